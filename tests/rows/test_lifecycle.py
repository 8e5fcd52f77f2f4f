"""A connection's life: health, settings, pause and resume, reconnect, remove, erase a donor."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from giftbridge.jobs.context import App
from tests.rows.conftest import Deployment, Site, eventually


def another(deployment: Deployment, client: httpx.Client, **settings: Any) -> Site:
    """A further organisation with a database, connected; nothing synced yet."""
    name = uuid.uuid4().hex[:12]
    crm, platform = deployment.crms.database(name), deployment.platforms.organisation(name=name)
    return Site(deployment, client, crm, platform).connect(**settings)


def new_key(site: Site) -> str:
    """A further private key of the database."""
    key = f"key-{uuid.uuid4().hex}"
    site.crm.add_key(key)
    return key


def first_name(site: Site, crm_id: str) -> str:
    """As the CRM has it."""
    return str(site.constituents()[crm_id]["FirstName"])


# -- looking at it, changing it


def test_F05_a_connection_shows_who_connected_it_and_how_it_is(connected: Site) -> None:
    view = connected.view()
    assert (view["connected_by"], view["health"], view["status"]) == ("Avery Admin", "healthy", "active")
    assert (view["last_sync_at"], view["next_sync_at"]) == (None, None)
    connected.first_sync()
    view = connected.view()
    assert view["last_sync_at"] < view["next_sync_at"]


def test_F05_settings_are_edited(synced: Site) -> None:
    reply = synced.call("PATCH", "~", {"cadence_minutes": 10, "time_zone": "America/Denver"})
    assert reply.status_code == 200
    view = synced.view()
    assert (view["settings"]["cadence_minutes"], view["settings"]["time_zone"]) == (10, "America/Denver")
    assert datetime.fromisoformat(view["next_sync_at"]) <= datetime.now(UTC) + timedelta(minutes=10)
    wrong = synced.call("PATCH", "~", {"cadence_minutes": 1, "default_purpose": {"fund": "12345678"}})
    assert {one["path"] for one in wrong.json()["errors"]} == {
        "settings.cadence_minutes",
        "settings.default_purpose.fund",
    }
    assert synced.view() == view


def test_F05_paused_it_rests_and_resumed_it_catches_up(deployment: Deployment, synced: Site, app: App) -> None:
    linked = synced.person("Ada")
    synced.sync()
    assert synced.post("~/pause")["status"] == "paused"
    calls, runs = synced.crm.calls(), synced.runs()
    event = _auction(synced, linked)
    synced.platform.edit_contact(linked, firstName="Adele")
    synced.platform.hand_made_event("contact.updated", linked)
    synced.platform.set_event_status(event, "reconciled")
    deployment.hurry(app, synced)
    deployment.tick()
    assert synced.call("POST", "~/sync", {}).json()["type"] == "urn:giftbridge:problem:paused"
    time.sleep(2)
    assert synced.crm.calls() == calls
    assert [one["id"] for one in synced.runs() if one["state"] == "done"] == [one["id"] for one in runs]
    view = synced.post("~/resume")
    assert view["status"] == "active"
    eventually(lambda: [row["FirstName"] for row in synced.constituents().values()] == ["Adele"])
    assert synced.ended(subject=event)[0]["counts"]["crm"]["created"] == 1
    assert len(synced.gifts()) == 1


def _auction(site: Site, contact: str) -> str:
    """A closed auction with one payment."""
    receipt = {"contactId": contact, "items": [{"name": "Quilt", "price": "50.00"}]}
    return str(site.platform.hold_auction(receipts=[receipt])["event"]["id"])


# -- a key that no longer works


@pytest.fixture
def bus(deployment: Deployment) -> Iterator[Any]:
    """Every event of ours on the bus from here on: `bus()` reads them all."""
    events, queues = deployment.stack.client("events"), deployment.stack.client("sqs")
    name = f"listener-{uuid.uuid4().hex[:8]}"
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    of = {"EventBusName": deployment.stack.env["EVENT_BUS_NAME"]}
    events.put_rule(Name=name, EventPattern='{"source": ["giftbridge"]}', **of)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}], **of)
    seen: list[str] = []

    def read() -> list[str]:
        while found := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.extend(message["Body"] for message in found)
            for message in found:
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    yield read
    events.remove_targets(Rule=name, Ids=["queue"], **of)
    events.delete_rule(Name=name, **of)
    queues.delete_queue(QueueUrl=url)


def test_F07_a_revoked_key_stops_that_connection_only_and_nothing_is_lost(
    deployment: Deployment, client: httpx.Client, synced: Site, app: App, bus: Any
) -> None:
    other = another(deployment, client)
    other.first_sync("no")
    linked = synced.person("Ada")
    synced.sync()
    synced.crm.revoke_key()
    synced.platform.edit_contact(linked, firstName="Adele")
    event = _auction(synced, linked)
    synced.platform.set_event_status(event, "reconciled")
    deployment.hurry(app, synced)
    deployment.tick()
    eventually(lambda: synced.view()["health"] == "reconnect")
    assert "Bloomerang no longer accepts the credentials" in synced.view()["health_reason"]
    _is_told_once(deployment, synced, app, bus)
    other.person("Rosa")
    assert other.sync()["counts"]["crm"]["created"] == 1
    assert other.view()["health"] == "healthy"
    view = synced.post("~/reconnect", {"credentials": {"api_key": new_key(synced)}})
    assert (view["id"], view["health"], view["health_reason"]) == (synced.connection, "healthy", "")
    eventually(lambda: [row["FirstName"] for row in synced.constituents().values()] == ["Adele"])
    assert synced.ended(subject=event)[0]["counts"]["crm"]["created"] == 1
    assert len(synced.gifts()) == 1


def _is_told_once(deployment: Deployment, site: Site, app: App, bus: Any) -> None:
    """Further work comes in and fails the same way; the owner hears of it one time."""
    told = eventually(lambda: [text for text in bus() if site.connection in text])
    deployment.hurry(app, site)
    deployment.tick()
    site.platform.hand_made_event("contact.updated", "1001")
    time.sleep(2)
    assert [text for text in bus() if site.connection in text] == told
    assert len(told) == 1
    assert "connection.disconnected" in told[0]
    assert site.platform.id in told[0]


def test_F05_reconnecting_keeps_links_and_takes_the_same_database_only(
    deployment: Deployment, client: httpx.Client, connected: Site
) -> None:
    connected.platform.seed_people(3)
    connected.first_sync()
    other = deployment.crms.database(f"{connected.crm.name}-other")
    reply = connected.call("POST", "~/reconnect", {"credentials": {"api_key": other.api_key}})
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:giftbridge:problem:other_database")
    connected.crm.revoke_key()
    connected.post("~/reconnect", {"credentials": {"api_key": new_key(connected)}})
    (run,) = connected.ended(started_by="schedule")
    assert run["counts"]["crm"]["created"] == run["counts"]["platform"]["created"] == 0
    assert (len(connected.constituents()), len(connected.contacts())) == (3, 3)


# -- the end of a connection


@pytest.mark.parametrize("links", ["keep", "erase"])
def test_F05_removed_its_secrets_are_destroyed_and_its_links_kept_or_erased(
    deployment: Deployment, connected: Site, app: App, links: str
) -> None:
    connected.platform.seed_people(4)
    connected.first_sync()
    reply = connected.call("DELETE", f"~?links={links}")
    assert reply.status_code == 202
    told = {"links": "kept" if links == "keep" else "erasing", "revoked_at_vendor": False}
    assert reply.json() == told, "a key can't be revoked through the CRM's API"
    assert connected.get("/connections")["items"] == []
    assert connected.call("GET", "~").status_code == 404
    rows = deployment.table("CONNECTIONS")
    assert not [row["sk"] for row in rows if row["sk"]["S"].startswith(f"SECRET#{connected.connection}")]
    deployment.forget("WebhookIntakeFunction")
    assert connected.platform.hand_made_event("contact.updated", "1001")["answer"] == 404

    if links == "erase":
        eventually(lambda: not _links(deployment, connected))
    former = connected.connection
    connected.connect()
    assert (connected.connection == former) == (links == "keep")
    run = connected.sync() if links == "keep" else connected.first_sync()
    assert run["counts"]["crm"]["created"] == run["counts"]["platform"]["created"] == 0
    assert run["counts"]["crm"]["linked"] == (0 if links == "keep" else 4), "found again"
    assert (len(connected.constituents()), len(connected.contacts())) == (4, 4)


def _links(deployment: Deployment, site: Site) -> list[Any]:
    mine = f"{site.connection}|"
    return [
        item for item in deployment.table("LINKS") if item["pk"]["S"].startswith(mine) and "|seen|" not in str(item)
    ]


@pytest.mark.parametrize("by", ["platform_id", "crm_id"])
def test_F05_an_erased_donor_is_never_synced_again_unless_allowed(
    deployment: Deployment, connected: Site, by: str
) -> None:
    ada, rosa = connected.person("Ada"), connected.person("Rosa")
    first = connected.first_sync()
    crm = {row["FirstName"]: one for one, row in connected.constituents().items()}
    donor = {by: ada if by == "platform_id" else crm["Ada"]}
    assert connected.post("~/erase", donor) == {"linked": True}
    labels = {line["id"]: line["label"] for line in connected.records(first["id"])}
    assert (labels[ada], bool(labels[rosa])) == ("", True), "the name is gone from the log too"
    for edited in ("Adele", "Adela"):
        connected.platform.edit_contact(ada, firstName=edited)
        connected.crm.staff_edit(int(crm["Ada"]), LastName=f"Of {edited}")
        connected.platform.hand_made_event("contact.updated", ada)
        connected.sync()
    connected.ended(2, started_by="webhook")
    assert (first_name(connected, crm["Ada"]), connected.contacts()[ada]["lastName"]) == ("Ada", "Lane")
    assert (len(connected.constituents()), len(connected.contacts())) == (2, 2), "nor created anew"
    assert connected.post("~/erase/undo", donor) == {"allowed": True}
    connected.platform.edit_contact(ada, lastName="Allowed")
    connected.sync()
    assert len(connected.constituents()) == 2
    linked = [line for line in connected.records(connected.runs(mode="changes")[0]["id"]) if line["id"] == ada]
    assert linked or first_name(connected, crm["Ada"]) == "Adela"
