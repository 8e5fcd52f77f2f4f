"""Driving one connection: its runs, what both sides have afterwards, what the sync log says of it."""

from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts import run as contact_runs
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Link, LinkKind
from giftbridge.stores.runs import OUTCOMES, Mode, Run
from local.sandbox.common.remote import TenantControl
from tests.world import Pair, World

ADDRESS = {"street1": "1 Main St", "city": "Austin", "state": "TX", "postalCode": "78701", "country": "US"}
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def connected(world: World, pair: Pair) -> Connection:
    """The connection as it is now."""
    return world.app.connections.get(pair.connection.owner, pair.connection.id)


def sync(world: World, pair: Pair, mode: Mode = "changes") -> Run:
    """A run, as far as it gets without waiting."""
    run = contact_runs.start(world.app, connected(world, pair), mode, "tester")
    world.pump()
    return world.run(pair, run)


def look_at(world: World, pair: Pair, side: Side, *ids: str) -> Run:
    """A run of chosen records, as far as it gets without waiting."""
    run = contact_runs.start_records(world.app, connected(world, pair), side, ids, "tester")
    world.pump()
    return world.run(pair, run)


def let_pass(world: World, pair: Pair, times: int = 1, **by: float) -> None:
    """Time passes on both sides, with the minute tick after each while."""
    for _ in range(times):
        world.advance(pair, **(by or {"seconds": 61}))
        world.tick()


def waiting(world: World, pair: Pair) -> list[Work]:
    """What is still to be done, by queue."""
    account = pair.connection.account
    return [work for queue in ("contacts", "gifts") for work in world.app.inbox.waiting(account, queue)]


def ended(world: World, pair: Pair, run: Run, later: tuple[str, ...] = ()) -> Run:
    """The run as it ended: done, every record counted once, the next one may begin. Work of the kinds `later` may be
    left."""
    seen = world.run(pair, run)
    assert (seen.state, [work for work in waiting(world, pair) if work.kind not in later]) == ("done", [])
    assert connected(world, pair).active_run == ""
    for side in Side:
        assert seen.count(side, "read") == sum(seen.count(side, outcome) for outcome in OUTCOMES), seen.counts
    return seen


def log(world: World, run: Run) -> dict[tuple[str, str], tuple[str, str]]:
    """The sync log of what the run is about: (side written to, record's id) -> (outcome, code)."""
    kind = run.kind.removesuffix("s")
    lines = [line for line in world.app.runs.lines(run.id) if line["kind"] == kind]
    return {(line["side"], line["record_id"]): (line["outcome"], line["code"]) for line in lines}


def link(world: World, pair: Pair, side: Side, record_id: str, kind: LinkKind = "contact") -> Link:
    """The link of one record."""
    found = world.app.links.get(pair.connection.id, kind, side, record_id)
    assert found is not None
    return found


def linked(world: World, pair: Pair) -> dict[str, str]:
    """Contact -> constituent, of all that are linked."""
    links = world.app.links.find(pair.connection.id, "contact", Side.PLATFORM, list(contacts(pair)))
    return {one.platform_id: one.crm_id for one in links.values() if one.state == "linked" and not one.intent}


def contacts(pair: Pair) -> dict[str, dict[str, Any]]:
    """The platform's active contacts by id."""
    rows = pair.platform.state("contacts")["contacts"]
    return {row["id"]: row for row in rows if row["status"] == "active"}


def constituents(pair: Pair) -> dict[str, dict[str, Any]]:
    """The CRM's constituents by id."""
    return {str(row["Id"]): row for row in pair.crm.state()["constituents"]}


def ann(pair: Pair, **fields: Any) -> str:
    """Ann Lee on the platform; her id."""
    named = {"firstName": "Ann", "lastName": "Lee", "email": "ann@example.org", **fields}
    return str(pair.platform.add_contact(**{name: value for name, value in named.items() if value})["id"])


def in_crm(pair: Pair, first: str = "Ann", last: str = "Lee", email: str = "ann@example.org", **fields: Any) -> str:
    """Somebody whom staff makes in the CRM; the id."""
    body = {"Type": "Individual", "FirstName": first, "LastName": last, **fields}
    if email:
        body["PrimaryEmail"] = {"Type": "Home", "Value": email, "IsPrimary": True}
    return str(pair.crm.staff_call("POST", "/constituent", body)["Id"])


def written(vendor: TenantControl) -> dict[str, int]:
    """Calls that change something, per `METHOD /path`."""
    return {call: number for call, number in vendor.calls().items() if call.split()[0] in WRITES}
