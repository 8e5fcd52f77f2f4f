"""The deployed stack: the real `sam deploy` of the built template into an emulator."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from local import fixups
from local.aws import client, environment
from local.build import ARCHITECTURE, RUNTIME, built, sam
from local.emulator_service import Emulator
from local.paths import BUILD, TEMPLATE
from local.stored import Stored, everything
from local.template import load
from local.vendors import parameters

NAME = "giftbridge-local"


class DeployError(Exception):
    """`sam deploy` ended with an error; the message holds its output."""


@dataclass(frozen=True)
class Stack:
    """A running emulator with the template deployed in it, and ways to look inside."""

    emulator: Emulator
    sandboxes: dict[str, str]  # vendor -> base address

    @property
    def endpoint(self) -> str:
        """The AWS endpoint, for boto3."""
        return self.emulator.url

    @property
    def api(self) -> str:
        """Base address of the HTTP API."""
        return f"{self.emulator.url}/_api"

    @cached_property
    def resources(self) -> dict[str, str]:
        """Logical id -> name, URL or id, for everything in the template."""
        return fixups.resources(self.endpoint, NAME)

    @cached_property
    def env(self) -> dict[str, str]:
        """The functions' environment variables, all together: CONNECTIONS_TABLE, CONTACTS_QUEUE_URL and so on."""
        found: dict[str, str] = {}
        for name in self.functions.values():
            settings = self.client("lambda").get_function_configuration(FunctionName=name)
            found |= settings.get("Environment", {}).get("Variables", {})
        return found

    @cached_property
    def functions(self) -> dict[str, str]:
        """Logical id -> deployed name of every function."""
        return {logical: name for logical, name in self.resources.items() if logical in self._template_functions}

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return client(self.endpoint, service)

    def invoke(self, function: str, event: object) -> Any:
        """Run a function (logical id) and return its answer. Raises FunctionError."""
        answer = self.client("lambda").invoke(FunctionName=self.resources[function], Payload=json.dumps(event))
        body = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise FunctionError(body)
        return body

    def workers(self, function: str) -> list[dict[str, Any]]:
        """The running processes of a function (logical id): `{"function", "pid", "busy"}`."""
        name = self.resources[function]
        return [worker for worker in self.emulator.ask("workers") if worker["function"] == name]

    def fire(self, schedule: str) -> None:
        """Fire a schedule (logical id) now."""
        fired = self.emulator.ask("fire?" + urlencode({"name": self.resources[schedule].rsplit("/", 1)[-1]}), "POST")
        if not fired:
            raise KeyError(f"{schedule} is not deployed")

    def stored(self) -> Iterator[Stored]:
        """Every byte in tables, queues, buckets and logs."""
        return everything(self.emulator)

    def log(self, function: str) -> str:
        """All that a function (logical id) printed, in the order of time.

        Stream by stream, as the emulator's search of a whole group ends after 10,000 lines.
        """
        logs, group = self.client("logs"), f"/aws/lambda/{self.resources[function]}"
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
        streams = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        events = [event for stream in streams for event in _events(logs, group, stream)]
        return "\n".join(event["message"] for event in sorted(events, key=lambda one: one["timestamp"]))

    def describe(self) -> dict[str, Any]:
        """For people and scripts."""
        return {
            "stack": NAME,
            "endpoint": self.endpoint,
            "api": self.api,
            "sandboxes": self.sandboxes,
            "resources": self.resources,
            "env": self.env,
        }

    @cached_property
    def _template_functions(self) -> set[str]:
        return {
            name for name, each in load(TEMPLATE)["Resources"].items() if each["Type"] == "AWS::Serverless::Function"
        }


def _events(logs: Any, group: str, stream: str) -> Iterator[dict[str, Any]]:
    """Of one stream; its end is where a token leads to itself."""
    asked: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
    while True:
        answer = logs.get_log_events(**asked)
        yield from answer["events"]
        if not answer["events"] or answer["nextForwardToken"] == asked.get("nextToken"):
            return
        asked["nextToken"] = answer["nextForwardToken"]


class FunctionError(Exception):
    """The function raised, died or timed out; the argument is Lambda's error."""


def deploy(stack: Stack) -> float:
    """Build and deploy unless the emulator holds just this already. Returns the seconds it took."""
    began = time.monotonic()
    with built() as version:
        _deploy(stack, version)
    return time.monotonic() - began


def _deploy(stack: Stack, version: str) -> None:
    overrides = _overrides(stack)
    wanted = hashlib.sha256(json.dumps([version, overrides]).encode()).hexdigest()
    stamp = stack.emulator.directory / "deployed.sha256"
    if _is_deployed(stack.endpoint) and stamp.is_file() and stamp.read_text() == wanted:
        return
    _sam_deploy(stack.endpoint, overrides)
    fixups.apply(stack.endpoint, NAME)
    _save(stack.emulator)
    stamp.write_text(wanted)


def write(stack: Stack, path: Path) -> None:
    """Put the description where people and scripts find it."""
    path.write_text(json.dumps(stack.describe(), indent=2, sort_keys=True) + "\n")


def _overrides(stack: Stack) -> list[str]:
    """The parameters that the template declares, of all we could set."""
    known = load(TEMPLATE).get("Parameters", {})
    chosen = {"Stage": "local", "Runtime": RUNTIME, "Architecture": ARCHITECTURE, "PublicUrl": stack.api}
    return [
        f"{name}={value}" for name, value in sorted((chosen | parameters(stack.sandboxes)).items()) if name in known
    ]


def _sam_deploy(endpoint: str, overrides: list[str]) -> None:
    options = [
        "--resolve-s3",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--region",
        "us-east-1",
    ]
    capabilities = ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    arguments = ["--template-file", str(BUILD / "template.yaml"), "--stack-name", NAME, *options, *capabilities]
    done = sam(
        ["deploy", *arguments, "--parameter-overrides", *overrides],
        environment(endpoint) | {"SAM_CLI_POLL_DELAY": "0.3"},
    )
    if done.returncode:
        raise DeployError(done.stdout + done.stderr)


def _is_deployed(endpoint: str) -> bool:
    stacks = client(endpoint, "cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackName"] == NAME and stack["StackStatus"].endswith("_COMPLETE") for stack in stacks)


def _save(emulator: Emulator) -> None:
    if emulator.keep:
        emulator.ask("save", "POST")
