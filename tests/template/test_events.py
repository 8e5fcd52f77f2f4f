"""The files in events/: every function has some, and each looks like what AWS would send to it."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from giftbridge.aws.clock import SystemClock
from giftbridge.aws.queue import account_of
from tests.template.sam import ROOT, events_of, functions, transformed

FILES = sorted((ROOT / "events").glob("*.json"))
FOLDERS = {properties["CodeUri"].split("/")[1]: name for name, properties in functions().items()}


def function_of(path: Path) -> str:
    (folder,) = [each for each in FOLDERS if path.stem.startswith(f"{each}_")]
    return FOLDERS[folder]


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def matching(pattern: str) -> list[Path]:
    return [path for path in FILES if pattern in path.stem]


def test_every_function_has_an_event_and_every_event_a_function() -> None:
    assert {function_of(path) for path in FILES} == set(functions())


def test_the_readme_lists_every_file() -> None:
    text = (ROOT / "events/README.md").read_text()
    assert [path.name for path in FILES if f"`{path.name}`" not in text] == []


@pytest.mark.parametrize("path", matching("_doorbell"), ids=lambda path: path.stem)
def test_doorbells_come_from_the_functions_own_queue_and_name_an_account(path: Path) -> None:
    (record,) = load(path)["Records"]
    (queue,) = [event["Queue"]["Fn::GetAtt"][0] for name, event in events_of("SQS") if name == function_of(path)]
    name = transformed().of("SQS::Queue")[queue]["QueueName"]["Fn::Sub"]
    assert record["eventSourceARN"].endswith(name.replace("${AWS::StackName}", ""))
    assert account_of(record["body"], SystemClock()) == record["attributes"]["MessageGroupId"]


@pytest.mark.parametrize("name", ["contact_sync_tick", "batch_export_daily"])
def test_ticks_are_what_the_schedule_sends(name: str) -> None:
    path = ROOT / "events" / f"{name}.json"
    (sent,) = [
        json.loads(event["Input"]) for function, event in events_of("ScheduleV2") if function == function_of(path)
    ]
    assert load(path) == sent


def test_the_reconciled_event_matches_the_rule() -> None:
    event = load(ROOT / "events/transaction_push_event_reconciled.json")
    (rule,) = transformed().of("Events::Rule").values()
    assert event["detail-type"] in rule["EventPattern"]["detail-type"]
    assert set(event["detail"]) == {"v", "platform", "organisation", "event_id"}


@pytest.mark.parametrize(
    "path", [path for path in FILES if "version" in load(path) and "routeKey" in load(path)], ids=lambda path: path.stem
)
def test_requests_fit_a_route_of_their_function(path: Path) -> None:
    event = load(path)
    routes = {f"{each['Method']} {each['Path']}" for name, each in events_of("HttpApi") if name == function_of(path)}
    assert event["version"] == "2.0"
    assert event["routeKey"] in routes
    assert event["requestContext"]["routeKey"] == event["routeKey"]


def test_the_encoded_webhook_is_the_plain_one() -> None:
    plain, encoded = (load(path) for path in matching("webhook_intake_event_reconciled"))
    assert (plain["isBase64Encoded"], encoded["isBase64Encoded"]) == (False, True)
    assert base64.b64decode(encoded["body"]).decode() == plain["body"]
