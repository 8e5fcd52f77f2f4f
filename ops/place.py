"""Which deployment an operator means: its variables, and the application over it."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import click

from giftbridge import bootstrap
from giftbridge.errors import ConfigError
from giftbridge.jobs.context import App
from giftbridge.settings import Settings

LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}


def enter(file: Path | None, stack: str) -> App:
    """The application of a stack by its description (`make up` writes one), by its name, or by the environment."""
    if file:
        description = json.loads(file.read_text(encoding="utf-8"))
        os.environ.update({**LOCAL_CREDENTIALS, **description["env"], "AWS_ENDPOINT_URL": description["endpoint"]})
    elif stack:
        os.environ.update(_variables(stack))
    try:
        settings = Settings.from_environment()
    except ConfigError as error:
        raise click.UsageError(f"{error}. Name a stack by --stack-name, or its description by --stack.") from None
    return bootstrap.build(settings, measure=lambda _name, _value: None)


def dead_letter_queues(app: App) -> dict[str, str]:
    """Name -> URL of the dead-letter queue behind each queue."""
    found: dict[str, str] = {}
    client = app.doorbells.client
    for queue in ("contacts", "gifts", "exports"):
        url = app.settings.queue_url(queue)
        told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
        name = json.loads(told["RedrivePolicy"])["deadLetterTargetArn"].rsplit(":", 1)[-1]
        found[name] = client.get_queue_url(QueueName=name)["QueueUrl"]
    return found


def _variables(stack: str) -> dict[str, str]:
    """Those of a deployed function: all functions have the same."""
    session: Any = boto3.session.Session()
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    function = session.client("lambda").get_function_configuration(FunctionName=outputs["ManagementFunctionName"])
    variables: dict[str, str] = function["Environment"]["Variables"]
    return variables
