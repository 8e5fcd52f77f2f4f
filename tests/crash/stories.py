"""Small stories, one per job: what is there before, what starts the job, and how both sides look in the end."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.export import run as exports
from giftbridge.jobs.gifts import trigger, watch
from tests.world import Pair, World

VISA = {"brand": "visa", "last4": "4242", "expMonth": 1, "expYear": 2030}


@dataclass(frozen=True)
class Story:
    """A job to be disturbed."""

    name: str
    prepare: Callable[[World], Pair]
    start: Callable[[World, Pair], Any]
    kills: int = 20
    """Places at which it can die, at least."""


def _connected(world: World, pair: Pair) -> Any:
    return world.app.connections.get(pair.connection.owner, pair.connection.id)


def people_apart(world: World) -> Pair:
    """Two in both (one of them differing), two only in the CRM, two only on the platform."""
    pair = world.connect()
    pair.crm.seed(people=4, seed="people", without_email=0, without_phone=0, without_address=0)
    ids = pair.platform.seed_people(4, start=2)
    pair.platform.edit_contact(ids[0], phone="+12125550177")
    return pair


def first_sync(world: World, pair: Pair) -> Any:
    """The first sync."""
    contacts.start(world.app, _connected(world, pair), "first", "tester")


def people_edited(world: World) -> Pair:
    """In agreement, then edited: one here, one there, one on both sides (different fields, and the same field)."""
    pair = people_apart(world)
    first_sync(world, pair)
    world.pump()
    linked = _links(world, pair)
    for number, (platform_id, crm_id) in enumerate(sorted(linked.items())[:4]):
        if number in (0, 2, 3):
            pair.platform.edit_contact(platform_id, phone=f"+1212555013{number}", origin="admin")
        if number in (1, 2):
            pair.crm.staff_edit(int(crm_id), FirstName=f"Edited{'abc'[number]}")
        if number == 3:
            pair.platform.edit_contact(platform_id, emailOptOut=True)
    return pair


def changes(world: World, pair: Pair) -> Any:
    """A run of changes."""
    contacts.start(world.app, _connected(world, pair), "changes", "tester")


def auction_over(world: World) -> Pair:
    """A reconciled auction of people the CRM does not know yet."""
    pair = world.connect(first_sync="declined")
    hold_auction(pair)
    return pair


def hold_auction(pair: Pair, guests: int = 3) -> None:
    """A reconciled auction with so many guests; a part of the last payment is given back at once."""
    ids = pair.platform.seed_people(guests)
    payments: list[list[dict[str, Any]]] = [
        [{"amount": 5000, "method": "card", "card": VISA}],
        [{"amount": 2500, "method": "cash"}, {"amount": 1234, "method": "check", "checkNumber": "77"}],
        [{"amount": 9000, "method": "cash", "refunds": [{"amount": 1000, "reason": "broken"}]}],
    ]
    receipts = [
        {"contactId": who, "items": [{"name": "Quilt", "price": 50.0}], "payments": paid, "emailed": True}
        for who, paid in zip(ids, payments[-guests:], strict=True)
    ]
    auction = pair.platform.hold_auction(name="Gala", receipts=receipts)
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")


def reconcile(world: World, pair: Pair) -> Any:
    """The event arrives on the bus."""
    event = pair.platform.state("events")["events"][0]
    detail = {"platform": "handbid", "organisation": pair.platform.id, "event_id": event["id"]}
    trigger.event_reconciled(world.app, detail)


def auction_refunded(world: World) -> Pair:
    """All gifts are over; one is refunded afterwards, wholly."""
    pair = auction_over(world)
    reconcile(world, pair)
    world.pump()
    gift = pair.platform.state("transactions")["transactions"][0]
    pair.platform.refund(gift["id"])
    return pair


def donations_given(world: World) -> Pair:
    """Online donations of people the CRM does not know yet, one of them refunded in part; the list was noted before."""
    pair = world.connect(first_sync="declined", system="raisedonors")
    look(world, pair)
    world.pump()
    gifts = [{"contact_id": who, "amount": 5000} for who in pair.platform.seed_people(3)]
    given = pair.platform.give(*gifts)
    pair.platform.refund_donation(given[1]["id"], 1000, "broken")
    return pair


def look(world: World, pair: Pair) -> Any:
    """A look at the list of donations."""
    watch.look(world.app, _connected(world, pair), "tester")


def export(world: World, pair: Pair) -> Any:
    """The daily export of this connection: those of other tests are not its matter."""
    world.advance(pair, days=1)
    exports.plan(world.app, _connected(world, pair), (world.app.now() - timedelta(days=1)).date())


STORIES = [
    Story("first_sync", people_apart, first_sync),
    Story("changes", people_edited, changes),
    Story("reconcile", auction_over, reconcile),
    Story("refund", auction_refunded, reconcile),
    Story("donations", donations_given, look),
    Story("export", auction_refunded, export, kills=10),
]


def _links(world: World, pair: Pair) -> dict[str, str]:
    app, connection = world.app, pair.connection
    ids = [row["id"] for row in pair.platform.state("contacts")["contacts"]]
    found = app.links.find(connection.id, "contact", Side.PLATFORM, ids)
    return {one: link.crm_id for one, link in found.items()}


def end_state(world: World, pair: Pair) -> str:
    """Both sides, the links and what the log says was created, as one comparable text without ids and times."""
    crm, platform = pair.crm.state(), pair.platform.state("contacts")
    people = {row["Id"]: _constituent(row) for row in crm["constituents"]}
    links = _links(world, pair)
    gifts = [_gift(row, people) for row in crm["transactions"]]
    there = [_with_counterpart(row, people, links.get(row["id"], "")) for row in platform["contacts"]]
    told = {"people": sorted(people.values()), "contacts": sorted(there), "gifts": sorted(gifts)}
    text = json.dumps({**told, "created": _created(world, pair)}, indent=1, sort_keys=True)
    return text.replace(f"-{pair.platform.id}-", "-organisation-")


def _with_counterpart(row: dict[str, Any], people: dict[int, str], crm_id: str) -> list[str]:
    known = "known there" if crm_id and row["crmIds"].get("bloomerang") == crm_id else "not known there"
    return [_contact(row), people.get(int(crm_id or 0), "unlinked"), known]


def _created(world: World, pair: Pair) -> dict[str, int]:
    runs = world.app.runs.latest(pair.connection.id, 50)
    lines = [line["sk"] for run in runs for line in world.app.runs.lines(run.id, "created")]
    return {"records": len(set(lines)), "lines": len(lines)}


def _constituent(row: dict[str, Any]) -> str:
    address = row.get("PrimaryAddress") or {}
    return json.dumps([
        row.get("FirstName"), row.get("LastName"), (row.get("PrimaryEmail") or {}).get("Value"),
        (row.get("PrimaryPhone") or {}).get("Number"), address.get("Street"), address.get("City"),
        row.get("EmailInterestType"),
        len(row.get("EmailIds", [])), len(row.get("PhoneIds", [])), len(row.get("AddressIds", [])),
    ])  # fmt: skip


def _contact(row: dict[str, Any]) -> str:
    return json.dumps([row.get(name) for name in ("firstName", "lastName", "email", "phone", "address", "emailOptOut")])


def _gift(row: dict[str, Any], people: dict[int, str]) -> str:
    parts = [[part["Amount"], part["Note"], part["Fund"]["Name"]] for part in row["Designations"]]
    money = [row[name] for name in ("Date", "Amount", "Method", "IsRefunded")]
    return json.dumps([people.get(row["AccountId"]), *money, parts])
