"""The template's tables, queues, bucket, key and bus without its functions, for tests that run code in process."""

import json
from dataclasses import dataclass
from typing import Any

from local import fixups
from local.aws import client, environment
from local.emulator_service import Emulator
from local.paths import TEMPLATE
from local.stored import holding
from local.template import load, stores_only

_NAME = "giftbridge-stores"


@dataclass(frozen=True)
class Stores:
    """A running emulator with the stores in it."""

    emulator: Emulator
    env: dict[str, str]  # a function's variables, and those that lead boto3 to the emulator

    @property
    def endpoint(self) -> str:
        """The AWS endpoint, for boto3."""
        return self.emulator.url

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return client(self.endpoint, service)

    def holding(self, secret: bytes) -> list[str]:
        """Where a secret can be read among all stored bytes."""
        return holding(self.emulator, secret)


def create(emulator: Emulator) -> Stores:
    """Create the stores in a running emulator."""
    formation = client(emulator.url, "cloudformation")
    parameters = [{"ParameterKey": "Stage", "ParameterValue": "local"}]
    formation.create_stack(StackName=_NAME, TemplateBody=json.dumps(stores_only(load(TEMPLATE))), Parameters=parameters)
    formation.get_waiter("stack_create_complete").wait(StackName=_NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    fixups.apply(emulator.url, _NAME)
    outputs = formation.describe_stacks(StackName=_NAME)["Stacks"][0].get("Outputs", [])
    env = {each["Description"]: each["OutputValue"] for each in outputs}
    return Stores(emulator, environment(emulator.url) | env)
