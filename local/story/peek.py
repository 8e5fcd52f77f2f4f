"""Looks behind the scenes: what lies in the tables, and the bus."""

import json
from typing import Any

from local.stack import Stack
from local.story.cast import Charity


def announce(stack: Stack, organisation: str, event: str) -> None:
    """Put `event.reconciled` on the bus, as a platform on AWS would."""
    detail = {"v": 1, "platform": "handbid", "organisation": organisation, "event_id": event}
    entry = {"EventBusName": stack.env["EVENT_BUS_NAME"], "Source": "handbid", "DetailType": "event.reconciled"}
    stack.client("events").put_events(Entries=[{**entry, "Detail": json.dumps(detail)}])


def rows(stack: Stack, table: str, **where: str) -> list[dict[str, Any]]:
    """Items of a table (by its variable's name) whose text attributes are so, in DynamoDB's own notation."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.env[table])
    items = (item for page in pages for item in page["Items"])
    return [item for item in items if all(item.get(name, {}).get("S") == value for name, value in where.items())]


def linked(stack: Stack, connection: str, contact: str) -> str:
    """The CRM's id of a platform's contact, by its link."""
    key = {"pk": {"S": f"{connection}|contact|platform|{contact}"}}
    item = stack.client("dynamodb").get_item(TableName=stack.env["LINKS_TABLE"], Key=key)["Item"]
    return str(item["crm_id"]["S"])


def held_until(stack: Stack, charity: Charity) -> float:
    """Until when (epoch seconds) nobody may go on with what an account's gifts worker had begun."""
    (step,) = rows(stack, "CONNECTIONS_TABLE", pk=f"ACCOUNT#bloomerang:{charity.crm.id}", sk="STEP#gifts")
    links = rows(stack, "LINKS_TABLE", account=f"bloomerang:{charity.crm.id}", kind="gift")
    intents = [link["intent"]["M"]["not_before"]["N"] for link in links if "intent" in link]
    return max(int(moment) for moment in [step["held_until"]["N"], *intents]) / 1000
