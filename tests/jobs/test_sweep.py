"""A sweep finds what has drifted, by class; it invents nothing, writes nothing, and may be stopped anywhere."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict
from giftbridge.jobs import drift, history
from giftbridge.jobs.connect import cadence_work
from giftbridge.jobs.contacts import sweep
from giftbridge.jobs.drift import Report
from giftbridge.jobs.erase import erase
from giftbridge.stores.dynamo import Dynamo
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Handover, Link
from giftbridge.stores.runs import Run, began
from tests.jobs.driving import (
    ADDRESS,
    ann,
    connected,
    constituents,
    contacts,
    ended,
    in_crm,
    let_pass,
    link,
    linked,
    sync,
    waiting,
    written,
)
from tests.world import Pair, World

CLEAN = {
    "drift_different": 0,
    "drift_unconfirmed": 0,
    "drift_missed": 0,
    "drift_missing_crm": 0,
    "drift_missing_platform": 0,
}


def swept(world: World, pair: Pair) -> tuple[Run, Report]:
    """A sweep, ended, with what it tells."""
    run = drift.sweep_now(world.app, connected(world, pair), "tester")
    world.pump()
    done = ended(world, pair, run, later=("cadence", "contact"))
    assert list(heaps(world, done)) == []
    return done, report(world, pair)


def report(world: World, pair: Pair) -> Report:
    return drift.report(world.app, connected(world, pair), "", "", 200)


def heaps(world: World, run: Run) -> list[dict[str, Any]]:
    """What is left of the lists that it noted."""
    return [item for heap in sweep.HEAPS for item in world.app.sweeps.after(run.id, heap, "", 100)]


def told(found: Report) -> set[tuple[str, Side, str, tuple[str, ...]]]:
    """Class, side, id and fields of every line."""
    return {(line.code, line.side, line.id, line.notes) for line in found.lines}


def people(world: World, number: int = 6) -> Pair:
    """So many on both sides, synced; the last of them edited later, so that no list of changes begins before it."""
    pair = world.connect()
    ids = pair.platform.seed_people(number)
    ended(world, pair, sync(world, pair, "first"))
    read_past(world, pair, ids[-1])
    return pair


def read_past(world: World, pair: Pair, contact: str) -> None:
    """An hour later this one is edited, and brought over."""
    world.advance(pair, hours=1)
    pair.platform.edit_contact(contact, lastName="Late")
    for _ in range(2):
        ended(world, pair, sync(world, pair))


def hidden_from_the_feed(pair: Pair, contact: str, **changed: Any) -> None:
    """A contact is changed but keeps its stamp: the list of changes shows it to nobody who has read so far."""
    pair.platform.put_raw("contacts", **{**contacts(pair)[contact], **changed})


def edit_phone_unseen(pair: Pair, constituent: str, number: str) -> None:
    """Phones have no list of changes, and here they do not stamp their constituent."""
    pair.crm.set_options(child_changes_bump=False)
    row = constituents(pair)[constituent]["PrimaryPhone"]
    pair.crm.staff_call("PUT", f"/phone/{row['Id']}", {"Type": row["Type"], "Number": number, "IsPrimary": True})


def test_a_pair_that_agrees_has_nothing_to_report(world: World) -> None:
    pair = people(world)
    before = connected(world, pair)
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    done, found = swept(world, pair)
    assert (found.found, found.lines) == (CLEAN, [])
    for side in Side:
        assert world.counts(done, side) == {"surveyed": 6, "read": 6, "unchanged": 6}
    assert (written(pair.crm), written(pair.platform)) == ({}, {})
    assert replace(connected(world, pair), sweep="", rev=0) == replace(before, sweep="", rev=0)


def test_what_no_list_of_changes_shows_was_missed(world: World) -> None:
    pair = people(world)
    one, other, *_ = sorted(contacts(pair))
    hidden_from_the_feed(pair, one, lastName="Lane-Fox")
    number = linked(world, pair)[other]
    edit_phone_unseen(pair, number, "512-555-0177")
    newcomer = {**contacts(pair)[one], "id": "unseen-1", "firstName": "Una", "email": "una@example.org", "crmIds": {}}
    pair.platform.put_raw("contacts", **newcomer)
    ended(world, pair, sync(world, pair))
    _, found = swept(world, pair)
    assert told(found) == {
        ("drift_missed", Side.PLATFORM, one, ("last_name",)),
        ("drift_missed", Side.CRM, number, ("phone",)),
        ("drift_missed", Side.PLATFORM, "unseen-1", ()),
    }
    assert found.found == {**CLEAN, "drift_missed": 3}
    (line,) = [one for one in found.lines if one.side is Side.CRM]
    assert (line.other_id, line.retryable, line.conflicts) == (other, True, ())
    assert line.label == f"{contacts(pair)[other]['firstName']} {contacts(pair)[other]['lastName']}"
    assert f"/{number}/" in line.url


def test_no_record_is_read_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems can't be: a sweep knows lists only, however much it finds."""
    pair = people(world)
    one, gone, *_ = sorted(contacts(pair))
    hidden_from_the_feed(pair, one, lastName="Lane-Fox")
    pair.crm.staff_delete(int(linked(world, pair)[gone]))
    ended(world, pair, sync(world, pair))

    def forbidden(*_: Any) -> Any:
        raise AssertionError("read alone")

    for system in (pair.connection.platform, pair.connection.crm):
        connector = import_module(f"giftbridge.connectors.{system}.client").CONNECTOR
        for name in ("contacts", "contacts_by_email", "successor"):
            monkeypatch.setattr(connector, name, forbidden)
    assert len(told(swept(world, pair)[1])) == 2


def test_a_retry_brings_what_drifted_to_agree(world: World) -> None:
    pair = people(world)
    one, other, *_ = sorted(contacts(pair))
    hidden_from_the_feed(pair, one, lastName="Lane-Fox")
    edit_phone_unseen(pair, linked(world, pair)[other], "512-555-0177")
    done, _ = swept(world, pair)
    for again in history.retry(world.app, connected(world, pair), done, "tester"):
        world.pump()
        ended(world, pair, again)
    assert constituents(pair)[linked(world, pair)[one]]["LastName"] == "Lane-Fox"
    assert contacts(pair)[other]["phone"] == "+15125550177"
    world.advance(pair, hours=1)
    assert swept(world, pair)[1].found == CLEAN


def test_what_a_run_has_read_and_could_not_write_is_different(world: World) -> None:
    pair = world.connect()
    number = in_crm(pair)
    contact = ann(pair, address={**ADDRESS, "state": "Texass"})
    nameless = ann(pair, lastName="", email="cher@example.org")
    ended(world, pair, sync(world, pair, "first"))
    world.advance(pair, hours=1)
    done, found = swept(world, pair)
    assert linked(world, pair) == {contact: number}
    assert told(found) == {
        ("drift_different", Side.PLATFORM, contact, ("address",)),
        ("drift_missing_crm", Side.PLATFORM, nameless, ()),
    }
    assert world.counts(done, Side.CRM) == {"read": 2, "failed": 2, "surveyed": 1}
    assert world.counts(done, Side.PLATFORM) == {"read": 1, "unchanged": 1, "surveyed": 2}


def test_a_counterpart_that_is_gone_is_missing(world: World) -> None:
    pair = people(world)
    one, other, merged, survivor, *_ = sorted(contacts(pair))
    links = linked(world, pair)
    pair.crm.staff_delete(int(links[one]))
    pair.crm.staff_merge(int(links[survivor]), int(links[merged]))
    pair.platform.put_raw("contacts", **{**contacts(pair)[other], "status": "deleted"})
    ended(world, pair, sync(world, pair))
    _, found = swept(world, pair)
    seen = {(line.code, line.side, line.id, line.other_id) for line in found.lines}
    assert seen >= {
        ("drift_missing_crm", Side.PLATFORM, one, links[one]),
        ("drift_missing_crm", Side.PLATFORM, merged, links[merged]),
        ("drift_missing_platform", Side.CRM, links[other], other),
    }
    assert (found.found["drift_missing_crm"], found.found["drift_missing_platform"]) == (2, 1)


def test_edits_under_way_are_no_drift(world: World) -> None:
    """Nobody has read them yet, but the next run will: an edit, somebody new on each side, and a webhook's contact."""
    pair = people(world)
    one, other, webhook, *_ = sorted(contacts(pair))
    pair.platform.edit_contact(one, lastName="Lane-Fox")
    pair.crm.staff_edit(int(linked(world, pair)[other]), LastName="Lane-Wolf")
    ann(pair)
    in_crm(pair, "Bob", email="bob@example.org")
    assert swept(world, pair)[1].found == CLEAN
    done = ended(world, pair, sync(world, pair))
    assert (done.count(Side.CRM, "updated"), done.count(Side.CRM, "created")) == (1, 1)
    world.advance(pair, hours=1)
    ended(world, pair, sync(world, pair))
    hidden_from_the_feed(pair, webhook, lastName="Lane-Bear")
    _a_webhook_waits(world, pair, webhook)
    assert swept(world, pair)[1].found == CLEAN


def _a_webhook_waits(world: World, pair: Pair, contact: str) -> None:
    at = pair.connection
    due = world.clock.now() + timedelta(days=1)
    world.app.inbox.put(Work(at.account, "contacts", "contact", contact, at.owner, at.id, "webhooks", due, contact))


@pytest.mark.parametrize(
    ("directions", "number"), [({}, 1), ({"last_name": "to_platform"}, 0), ({"last_name": "off"}, 0)]
)
def test_a_direction_that_is_off_explains_a_difference(world: World, directions: dict[str, str], number: int) -> None:
    pair = world.connect({"directions": directions})
    contact, late = ann(pair), ann(pair, email="late@example.org")
    ended(world, pair, sync(world, pair, "first"))
    world.advance(pair, hours=1)
    pair.platform.edit_contact(late, phone="+15125550100")
    ended(world, pair, sync(world, pair))
    hidden_from_the_feed(pair, contact, lastName="Lane-Fox")
    ended(world, pair, sync(world, pair))
    assert swept(world, pair)[1].found["drift_missed"] == number


def test_what_nobody_wanted_over_is_not_missing(world: World) -> None:
    """Existing contacts that were declined, one with an open question, one set aside for good, one inactive."""
    pair = world.connect()
    ann(pair)
    ann(pair, firstName="Cleo", email="", phone="+15125550100")
    in_crm(pair, "Bob", email="bob@example.org")
    ended(world, pair, sync(world, pair, "baseline"))
    in_crm(pair, "Eve", email="eve@example.org")
    in_crm(pair, "Eva", email="eve@example.org")
    in_crm(pair, "Dan", email="dan@example.org", Status="Inactive")
    ended(world, pair, sync(world, pair))
    world.advance(pair, hours=1)
    ended(world, pair, sync(world, pair))
    done, found = swept(world, pair)
    assert (found.found, found.lines) == (CLEAN, [])
    assert (done.count(Side.CRM, "skipped"), done.count(Side.PLATFORM, "skipped")) == (2, 4)


def submitted(world: World, pair: Pair, kind: str, record: str, run: str) -> None:
    """A CRM that confirms later has taken it."""
    connection = pair.connection
    standing = world.app.links.get(connection.id, kind, Side.PLATFORM, record)  # type: ignore[arg-type]
    new = Link(connection.account, connection.id, kind, "creating", platform_id=record)  # type: ignore[arg-type]
    handover = Handover("ticket", began(run), run, "created")
    world.app.links.save(replace(standing or new, state="submitted", handover=handover, run=run))


def test_what_was_never_confirmed_is_told_once_it_is_old(world: World) -> None:
    pair = world.connect({"unconfirmed_hours": 24})
    run = sync(world, pair, "first")
    contact = ann(pair)
    submitted(world, pair, "contact", contact, run.id)
    for gift in ("9001", "9002"):
        submitted(world, pair, "gift", gift, run.id)
    world.advance(pair, hours=23)
    assert swept(world, pair)[1].found == CLEAN
    world.advance(pair, hours=2)
    submitted(world, pair, "gift", "9002", swept(world, pair)[0].id)
    done, found = swept(world, pair)
    assert {(line.code, line.kind, line.side, line.id) for line in found.lines} == {
        ("drift_unconfirmed", "contact", Side.PLATFORM, contact),
        ("drift_unconfirmed", "gift", Side.PLATFORM, "9001"),
    }
    assert world.counts(done, Side.CRM) == {"read": 2, "failed": 2}


def test_where_contacts_are_off_only_links_are_looked_at(world: World) -> None:
    """Donors that gifts brought over: nobody follows their edits, but a donor who is gone stops their next gift."""
    pair = people(world, 4)
    one, other, *_ = sorted(contacts(pair))
    world.app.connections.change(connected(world, pair), settings={**pair.connection.settings, "contacts": False})
    hidden_from_the_feed(pair, one, lastName="Lane-Fox")
    ann(pair)
    pair.crm.staff_delete(int(linked(world, pair)[other]))
    _, found = swept(world, pair)
    assert told(found) == {("drift_missing_crm", Side.PLATFORM, other, ())}


def test_an_erased_donor_is_nobodys_drift(world: World) -> None:
    pair = people(world, 3)
    one, *_ = sorted(contacts(pair))
    assert erase(world.app, connected(world, pair), Side.PLATFORM, one)
    done, found = swept(world, pair)
    assert (found.found, done.count(Side.CRM, "read")) == (CLEAN, 3)


def test_a_record_that_a_run_dealt_with_meanwhile_is_left_to_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the lists and their comparison somebody edits, and a run of changes brings it over."""
    pair = people(world)
    one, *_ = sorted(contacts(pair))
    compare = sweep.PHASES["compare_platform"]

    def edited_first(session: Any, run: Run) -> None:
        if contacts(pair)[one]["lastName"] != "Lane-Fox":
            pair.platform.edit_contact(one, lastName="Lane-Fox")
            other = link(world, pair, Side.PLATFORM, one)
            world.app.links.save(replace(other, run=run.id, base={}))
        compare(session, run)

    monkeypatch.setitem(sweep.PHASES, "compare_platform", edited_first)
    assert swept(world, pair)[1].found == CLEAN


def test_two_sweeps_at_once_are_refused_and_a_run_is_not(world: World) -> None:
    pair = people(world, 3)
    run = drift.sweep_now(world.app, connected(world, pair), "tester")
    with pytest.raises(Conflict, match="under way"):
        drift.sweep_now(world.app, connected(world, pair), "tester")
    assert connected(world, pair).active_run == ""
    other = sync(world, pair)
    ended(world, pair, other)
    done = ended(world, pair, run)
    assert other.ended_at
    assert done.ended_at
    assert other.ended_at < done.ended_at, "it goes first"


def test_before_the_first_sync_there_is_nothing_to_compare(world: World) -> None:
    pair = world.connect()
    with pytest.raises(Conflict, match="before the first sync"):
        drift.sweep_now(world.app, connected(world, pair), "tester")
    assert report(world, pair) == Report(None, CLEAN, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "runs"), [(7, 1), (0, 0), (30, 0)])
def test_it_comes_by_itself_as_often_as_the_settings_say(world: World, days: int, runs: int) -> None:
    pair = world.connect({"sweep_days": days}, first_sync="done")
    world.app.connections.change(pair.connection, created_at=int(world.clock.now().timestamp() * 1000))
    world.app.inbox.put(cadence_work(world.app, connected(world, pair)))
    for _ in range(2):
        let_pass(world, pair, hours=1)
        assert sweeps(world, pair) == []
    let_pass(world, pair, days=7)
    let_pass(world, pair, hours=1)
    found = sweeps(world, pair)
    assert [(run.state, run.started_by) for run in found] == [("done", "schedule")] * runs


def sweeps(world: World, pair: Pair) -> list[Run]:
    return [run for run in world.app.runs.latest(pair.connection.id) if run.mode == "sweep"]


class Killed(BaseException):
    """As if the process were gone."""


def test_a_sweep_that_is_killed_anywhere_tells_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after every write to the tables that it makes: each piece may be repeated, and counts once."""
    monkeypatch.setattr(sweep, "PORTION", 4)
    pair = people(world, 9)
    one, other, gone, *_ = sorted(contacts(pair))
    hidden_from_the_feed(pair, one, lastName="Lane-Fox")
    edit_phone_unseen(pair, linked(world, pair)[other], "512-555-0177")
    pair.crm.staff_delete(int(linked(world, pair)[gone]))
    submitted(world, pair, "gift", "9001", world.latest(pair).id)
    world.advance(pair, days=3)
    ended(world, pair, sync(world, pair))
    whole, found = swept(world, pair)
    assert len(told(found)) == 4
    run = _killed_again_and_again(world, pair, monkeypatch)
    assert told(report(world, pair)) == told(found)
    assert {n: c for n, c in run.counts.items() if "surveyed" not in n} == {
        n: c for n, c in whole.counts.items() if "surveyed" not in n
    }


def _killed_again_and_again(world: World, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Every process dies before or after the first write that none has died at yet."""
    met: set[str] = set()

    def die_once(place: str) -> None:
        if place not in met:
            met.add(place)
            raise Killed

    def mortal(name: str) -> Any:
        write = getattr(Dynamo, name)

        def call(self: Dynamo, *arguments: Any) -> None:
            place = f"{name} {place_of(world, pair)}"
            die_once(f"before {place}")
            write(self, *arguments)
            die_once(f"after {place}")

        return call

    run = drift.sweep_now(world.app, connected(world, pair), "tester")
    with monkeypatch.context() as patch:
        for name in ("transact", "put_many", "delete_many"):
            patch.setattr(Dynamo, name, mortal(name))
        for _ in range(200):
            if not waiting(world, pair):
                break
            _live_on(world, pair)
    assert len(met) > 40
    return ended(world, pair, run)


def place_of(world: World, pair: Pair) -> str:
    """How far the sweep has got."""
    run = world.latest(pair)
    return f"{run.phase} {sorted(run.cursors.items())}"


def _live_on(world: World, pair: Pair) -> None:
    """The next process, once the lease of the dead one is over; its message is delivered again."""
    world.advance(pair, seconds=121)
    with suppress(Killed):
        world.tick()
