"""Which deployment an operator means: its variables, what its template made, and the application over it."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx

from giftbridge import bootstrap
from giftbridge.errors import ConfigError
from giftbridge.jobs.context import App
from giftbridge.settings import Settings
from ops.output import Ended, end

LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
NAME_A_STACK = "Name a stack by --stack-name, or its description by --stack."


@dataclass(frozen=True)
class Place:
    """A deployment. `stack` is its name in CloudFormation, empty where only the environment says what is meant."""

    app: App
    stack: str

    @cached_property
    def described(self) -> dict[str, Any]:
        """The stack as CloudFormation has it: `StackStatus`, `Outputs` and so on."""
        return describe(self.stack)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Of the stack."""
        return {output["OutputKey"]: output["OutputValue"] for output in self.described.get("Outputs", ())}

    @property
    def api(self) -> str:
        """Base address of the HTTP API."""
        return (self.app.settings.public_url or self.outputs.get("ApiUrl", "")).rstrip("/")

    def client(self, service: str) -> Any:
        """A client of an AWS service that functions have none of."""
        session: Any = boto3.session.Session()
        return session.client(service, config=bootstrap.RETRIES)

    def close(self) -> None:
        """Let connections go."""
        self.app.client.close()


def enter(file: Path | None, stack: str) -> Place:
    """A stack by its description (`make up` writes one), by its name, or by the environment; ends where none is."""
    if file:
        stack = _enter_description(file)
    elif stack:
        os.environ.update(_variables(stack))
    try:
        settings = Settings.from_environment()
    except ConfigError as error:
        end(f"{error}. {NAME_A_STACK}", Ended.USAGE)
    return Place(bootstrap.build(settings, measure=lambda _name, _value: None), stack)


def describe(stack: str) -> dict[str, Any]:
    """What CloudFormation knows of a stack. Raises `ClientError` where it is not there, or not ours to see."""
    if not stack:
        end(f"This needs the whole deployment. {NAME_A_STACK}", Ended.USAGE)
    session: Any = boto3.session.Session()
    found: dict[str, Any] = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return found


def _enter_description(file: Path) -> str:
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
        given = {**LOCAL_CREDENTIALS, **description["env"], "AWS_ENDPOINT_URL": description["endpoint"]}
        stack = str(description["stack"])
    except (ValueError, KeyError, TypeError):
        end(f"{file} describes no stack. `make up` writes such a file.", Ended.USAGE)
    if not _answers(description["endpoint"]):
        end("The local stack does not run. Start it by `make up`.")
    os.environ.update(given)
    return stack


def _answers(endpoint: str) -> bool:
    try:
        httpx.get(endpoint, timeout=5)
    except httpx.HTTPError:
        return False
    return True


def _variables(stack: str) -> dict[str, str]:
    """Those of a deployed function: all functions have the same."""
    described = describe(stack)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}
    if "ManagementFunctionName" not in outputs:
        status = described.get("StackStatus", "unknown")
        end(f"The stack {stack} is not deployed whole (it is {status}). Finish or roll back its deployment first.")
    session: Any = boto3.session.Session()
    function = session.client("lambda").get_function_configuration(FunctionName=outputs["ManagementFunctionName"])
    variables: dict[str, str] = function["Environment"]["Variables"]
    return variables
