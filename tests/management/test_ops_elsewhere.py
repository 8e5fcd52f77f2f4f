"""The command line where a deployment is half there, or the credentials are of another account."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from ops import doctor
from ops.cli import NOT_ALLOWED, cli

STACK = "giftbridge-prod"
HOME, ELSEWHERE = "111111111111", "222222222222"
SERVICES = ("cloudformation", "lambda", "sts")
COMMANDS = [
    ("doctor",), ("connections",), ("dlq", "redrive", "--yes"), ("work", "wake", "--kind", "hook"),
    ("api-key", "create", "handbid"), ("rewrap", "--to", "arn:aws:kms:us-east-1:111111111111:key/other"),
]  # fmt: skip
commands = pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    """What AWS answers, by service; it is asked for nothing beyond that, and for all of it."""
    session: Any = boto3
    made = {
        name: session.client(name, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x") for name in SERVICES
    }
    stubs = {name: Stubber(client) for name, client in made.items()}
    monkeypatch.setattr(boto3.session.Session, "client", lambda _session, service, **_: made[service])
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def described(stub: Stubber, status: str, *outputs: str) -> None:
    """CloudFormation knows the stack so, with outputs of these names."""
    named = [{"OutputKey": name, "OutputValue": f"{STACK}-{name}"} for name in outputs]
    stack = {"StackName": STACK, "CreationTime": datetime.now(UTC), "StackStatus": status, "Outputs": named}
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})


def run(*words: str) -> Result:
    """A command for the stack; nothing of its deployment may have come into the environment."""
    before = dict(os.environ)
    done = CliRunner().invoke(cli, ["--stack-name", STACK, *words])
    assert dict(os.environ) == before
    assert "Traceback" not in done.output
    return done


@commands
@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_is_half_deployed_is_named_and_nothing_is_done(
    aws: dict[str, Stubber], words: tuple[str, ...], status: str
) -> None:
    described(aws["cloudformation"], status, "ApiUrl")
    done = run(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert (
        done.stderr.split()
        == (
            f"The stack {STACK} is not deployed whole (it is {status}). Finish or roll back its deployment first."
        ).split()
    )


@commands
@pytest.mark.parametrize("code", sorted(NOT_ALLOWED))
def test_credentials_that_may_not_see_the_stack_are_refused_in_a_sentence(
    aws: dict[str, Stubber], words: tuple[str, ...], code: str
) -> None:
    aws["cloudformation"].add_client_error(
        "describe_stacks", code, "arn:aws:iam::222222222222:user/me is not authorized"
    )
    done = run(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"AWS refuses these credentials ({code}). Nothing was changed by this call.\n"


@commands
def test_credentials_that_see_the_stack_and_not_its_functions_change_nothing(
    aws: dict[str, Stubber], words: tuple[str, ...]
) -> None:
    described(aws["cloudformation"], "UPDATE_COMPLETE", "ManagementFunctionName")
    aws["lambda"].add_client_error("get_function_configuration", "AccessDeniedException")
    done = run(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "AWS refuses these credentials (AccessDeniedException)." in done.stderr


@pytest.mark.parametrize(("owner", "state", "code"), [(HOME, "ok", 0), (ELSEWHERE, "wrong", 1)])
def test_the_doctor_tells_credentials_of_another_account_than_the_keys(
    aws: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch, owner: str, state: str, code: int
) -> None:
    settings = SimpleNamespace(kms_key_arn=f"arn:aws:kms:us-east-1:{HOME}:key/one")
    here: Any = SimpleNamespace(app=SimpleNamespace(settings=settings), client=boto3.session.Session().client)
    here.close = lambda: None
    monkeypatch.setattr("ops.cli.enter", lambda *_: here)
    monkeypatch.setattr(doctor, "CHECKS", (doctor.identity,))
    aws["sts"].add_response("get_caller_identity", {"Account": owner})
    done = run("doctor")
    assert (done.exit_code, done.stdout.splitlines()[1].split()[:2]) == (code, ["account", state])
    assert ("use credentials of the key's account" in done.stdout) == (state == "wrong")
