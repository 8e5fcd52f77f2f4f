"""Lambda: processes, failures, time-outs, environment, logs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator.conftest import Aws, archive, eventually

HANDLER = """
import importlib.util, os, time

def handler(event, context):
    print("seen", event.get("word", "nothing"))
    time.sleep(event.get("seconds", 0))
    if event.get("raises"):
        raise ValueError("as told")
    if event.get("exits"):
        os._exit(3)
    return {
        "pid": os.getpid(),
        "left": context.get_remaining_time_in_millis(),
        "name": context.function_name,
        "variable": os.environ.get("COLOUR"),
        "endpoint": os.environ["AWS_ENDPOINT_URL"],
        "found": [name for name in ("boto3", "ministack", "local") if importlib.util.find_spec(name)],
    }
"""


@pytest.fixture(scope="module")
def function(aws: Aws) -> str:
    """A deployed function."""
    return aws.function(HANDLER, Environment={"Variables": {"COLOUR": "green"}})


def test_a_function_sees_its_environment_and_no_package_but_its_own(aws: Aws, function: str) -> None:
    answer = aws.invoke(function, {})
    assert answer["variable"] == "green"
    assert answer["endpoint"] == aws.emulator.url
    assert answer["name"] == function
    assert answer["found"] == []
    assert 9_000 < answer["left"] <= 10_000


def test_invocations_run_in_parallel_each_in_its_own_process(aws: Aws, function: str) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(4) as together:
        answers = list(together.map(lambda _: aws.invoke(function, {"seconds": 1}), range(4)))
    assert len({answer["pid"] for answer in answers}) == 4
    assert time.monotonic() - began < 3


def test_a_warm_process_is_used_again_also_after_an_error(aws: Aws) -> None:
    function = aws.function(HANDLER)
    first = aws.invoke(function, {})["pid"]
    error = aws.invoke(function, {"raises": True})
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "as told")
    assert "stackTrace" in error
    assert aws.invoke(function, {})["pid"] == first


def test_a_process_that_ends_fails_the_invocation_and_the_next_gets_a_new_one(aws: Aws, function: str) -> None:
    assert aws.invoke(function, {"exits": True})["errorType"] == "Runtime.ExitError"
    assert aws.invoke(function, {})["name"] == function


def test_a_function_is_ended_at_its_timeout(aws: Aws) -> None:
    function = aws.function(HANDLER, timeout=1)
    began = time.monotonic()
    assert "timed out" in aws.invoke(function, {"seconds": 30})["errorMessage"]
    assert time.monotonic() - began < 3
    assert aws.workers(function) == []


def test_new_code_is_used_at_once(aws: Aws) -> None:
    function = aws.function("def handler(event, context):\n    return 'old'\n")
    assert aws.invoke(function, {}) == "old"
    new = archive("def handler(event, context):\n    return 'new'\n")
    aws.__getattr__("lambda").update_function_code(FunctionName=function, ZipFile=new)
    assert aws.invoke(function, {}) == "new"


def test_a_function_that_cannot_be_imported_says_so(aws: Aws) -> None:
    assert aws.invoke(aws.function("import nothing_of_this_name"), {})["errorType"] == "ModuleNotFoundError"


def test_what_a_function_prints_is_in_its_log(aws: Aws, function: str) -> None:
    aws.invoke(function, {"word": "elderberry"})
    events = eventually(lambda: aws.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"])
    assert any("seen elderberry" in event["message"] for event in events)


def test_what_a_function_raises_is_logged_in_the_chosen_format(aws: Aws) -> None:
    function = aws.function(HANDLER, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"})
    error = aws.invoke(function, {"raises": True})
    events = eventually(lambda: aws.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"])
    (line,) = [json.loads(event["message"]) for event in events if "as told" in event["message"]]
    assert (line["log_level"], line["errorType"], line["requestId"]) == ("ERROR", "ValueError", error["requestId"])
