"""However work is started, the same code does it, and both sides look the same in the end."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from giftbridge.jobs.context import App
from local.paths import ROOT
from tests.rows.conftest import Deployment, Site, event_file, eventually

Start = Callable[[Deployment, Site, str], None]


def people_and_gifts(site: Site) -> Any:
    """What the CRM holds, without ids and times."""
    people = {row["Id"]: (row["FirstName"], row["LastName"]) for row in site.crm.state()["constituents"]}
    gifts = [
        (*people[gift["AccountId"]], gift["Amount"], gift["Method"], part["Note"].partition(" [")[0])
        for gift in site.gifts()
        for part in gift["Designations"]
    ]
    return sorted(people.values()), sorted(gifts)


def auction(site: Site) -> Any:
    """Two donors whom the CRM does not know yet, three payments."""
    ada, rosa = site.person("Ada"), site.person("Rosa")
    payments = [[{}], [{"amount": 2000, "method": "cash"}, {"amount": 3000, "method": "check", "checkNumber": "7"}]]
    receipts = [
        {"contactId": who, "items": [{"name": "Quilt", "price": "50.00"}], "payments": paid}
        for who, paid in zip((ada, rosa), payments, strict=True)
    ]
    return site.platform.hold_auction(name="Gala", receipts=receipts)


def by_webhook(_: Deployment, site: Site, event: str) -> None:
    """The platform's own webhook: it is sent as the event is reconciled."""
    request = site.platform.hand_made_event("event.reconciled", event)
    assert request["answer"] == 202


def by_bus(deployment: Deployment, site: Site, event: str) -> None:
    """An event on the bus."""
    detail = {"v": 1, "platform": "handbid", "organisation": site.platform.id, "event_id": event}
    entry = {"Source": "handbid", "DetailType": "event.reconciled", "Detail": json.dumps(detail)}
    bus = deployment.stack.env["EVENT_BUS_NAME"]
    answer = deployment.stack.client("events").put_events(Entries=[{**entry, "EventBusName": bus}])
    assert answer["FailedEntryCount"] == 0


def by_hand(_: Deployment, site: Site, event: str) -> None:
    """The management API."""
    site.post("~/gifts/send", {"ids": [row["id"] for row in site.platform.state("transactions")["transactions"]]})


def by_file(deployment: Deployment, site: Site, event: str) -> None:
    """The file from `events/`, as `sam local invoke` hands it over."""
    told = event_file("transaction_push_event_reconciled", demo__event=event, demo=site.platform.id)
    assert deployment.stack.invoke("TransactionPushFunction", told) == {"accepted": 1}


def by_webhook_file(deployment: Deployment, site: Site, event: str) -> None:
    """The webhook's file, signed by the platform, handed to the function; no bell rings, the clock finds it."""
    made = site.platform.hand_made_event("event.reconciled", event, send=False)["request"]
    told = event_file("webhook_intake_event_reconciled")
    told["pathParameters"]["hook"] = site.webhook["url"].rsplit("/", 1)[-1]
    told["headers"] |= made["headers"]
    told["body"] = made["body"]
    assert deployment.stack.invoke("WebhookIntakeFunction", told)["statusCode"] == 202


@pytest.mark.parametrize("start", [by_webhook, by_bus, by_hand, by_file, by_webhook_file])
def test_F61_gifts_go_over_the_same_however_they_are_started(
    deployment: Deployment, synced: Site, start: Start
) -> None:
    held = auction(synced)
    synced.platform.set(webhook={"types": []})
    synced.platform.set_event_status(held["event"]["id"], "reconciled")
    start(deployment, synced, held["event"]["id"])
    (run,) = synced.ended(kind="gifts")
    assert run["counts"]["crm"]["created"] == 3
    people, gifts = people_and_gifts(synced)
    assert people == [("Ada", "Lane"), ("Rosa", "Lane")]
    assert gifts == [
        ("Ada", "Lane", 50.0, "CreditCard", "Gala; Quilt"),
        ("Rosa", "Lane", 20.0, "Cash", "Gala; Quilt"),
        ("Rosa", "Lane", 30.0, "Check", "Gala; Quilt"),
    ]


def by_schedule(deployment: Deployment, site: Site, app: App) -> None:
    """The clock of the deployed stack, once the schedule is due."""
    deployment.hurry(app, site)
    deployment.tick()


def by_tick_file(deployment: Deployment, site: Site, app: App) -> None:
    """The clock's file from `events/`."""
    deployment.hurry(app, site)
    assert deployment.stack.invoke("ContactSyncFunction", event_file("contact_sync_tick"))["rung"] >= 1


def by_doorbell_file(deployment: Deployment, site: Site, app: App) -> None:
    """The doorbell's file from `events/`."""
    deployment.hurry(app, site)
    told = event_file("contact_sync_doorbell", **{"bloomerang:demo": f"bloomerang:{site.crm.id}"})
    assert deployment.stack.invoke("ContactSyncFunction", told) == {"batchItemFailures": []}


def by_request(_: Deployment, site: Site, _app: App) -> None:
    """The management API."""
    site.post("~/sync")


def by_contact_webhook(_: Deployment, site: Site, _app: App) -> None:
    """The platform's webhook names each contact that changed."""
    for contact in site.contacts():
        assert site.platform.hand_made_event("contact.updated", contact)["answer"] == 202


ON_AN_EMPTY_STACK = {
    "batch_export_daily": "planned", "batch_export_doorbell": [], "contact_sync_doorbell": [],
    "contact_sync_tick": "rung", "management_list_connections": 401, "oauth_callback_callback": 400,
    "oauth_callback_denied": 400, "oauth_callback_start": 404, "portal_enter": 404, "portal_form": 401,
    "portal_front": 401, "transaction_push_doorbell": [], "transaction_push_event_reconciled": "accepted",
    "webhook_intake_event_reconciled": 404, "webhook_intake_event_reconciled_base64": 404,
}  # fmt: skip
"""What the deployed function makes of a file as it is: an HTTP status, a number by its name, or nothing that failed."""


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "events").glob("*.json")))
def test_F61_every_file_of_events_runs_in_the_local_stack(deployment: Deployment, name: str) -> None:
    (function,) = [one for one in deployment.stack.resources if name.startswith(f"{_folder(one)}_")]
    here = {"https://example.execute-api.us-east-1.amazonaws.com": deployment.stack.api.removesuffix("/_api")}
    answer = deployment.stack.invoke(function, event_file(name, **here))
    expected = ON_AN_EMPTY_STACK[name]
    if isinstance(expected, str):
        assert answer[expected] >= 0
    else:
        assert answer.get("statusCode", answer.get("batchItemFailures")) == expected


def _folder(function: str) -> str:
    """`ContactSyncFunction` -> `contact_sync`; what is no function matches nothing."""
    words = re.findall("[A-Z][a-z]+", function.removesuffix("Function"))
    return "_".join(words).lower() if function.endswith("Function") else "\0"


@pytest.mark.parametrize("start", [by_schedule, by_tick_file, by_doorbell_file, by_request, by_contact_webhook])
def test_F61_contacts_go_over_the_same_however_they_are_started(
    deployment: Deployment, synced: Site, app: App, start: Callable[[Deployment, Site, App], None]
) -> None:
    for first in ("Ada", "Rosa"):
        synced.person(first)
    start(deployment, synced, app)
    eventually(lambda: len(synced.constituents()) == 2)
    assert people_and_gifts(synced)[0] == [("Ada", "Lane"), ("Rosa", "Lane")]
    assert sum(run["counts"]["crm"]["created"] for run in synced.ended(2)) == 2
