"""Contacts both ways, in process: what goes over, once, and that everything rests afterwards."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from giftbridge.connectors.base import ContactWrite, Written
from giftbridge.connectors.platform_api.client import PlatformApi
from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts import run as contact_runs
from giftbridge.stores.runs import Run, Runs, State
from tests.jobs.driving import (
    ADDRESS,
    ann,
    connected,
    constituents,
    contacts,
    ended,
    in_crm,
    let_pass,
    linked,
    log,
    look_at,
    sync,
    written,
)
from tests.world import World


def test_first_sync_matches_creates_and_then_rests(world: World) -> None:
    pair = world.connect()
    pair.crm.seed(people=12, seed="people", without_email=0)
    platform_ids = set(pair.platform.seed_people(12, start=6))
    crm_ids = set(constituents(pair))
    done = ended(world, pair, sync(world, pair, "first"))
    assert world.counts(done, Side.CRM) == {"surveyed": 12, "read": 12, "linked": 6, "unchanged": 6, "created": 6}
    assert world.counts(done, Side.PLATFORM) == {"surveyed": 12, "read": 12, "unchanged": 6, "created": 6}
    links = linked(world, pair)
    assert len(links) == len(set(links.values())) == 18
    assert (set(links), set(links.values())) == (set(contacts(pair)), set(constituents(pair)))
    people = constituents(pair)
    for one, contact in contacts(pair).items():
        names = (people[links[one]]["FirstName"], people[links[one]]["LastName"])
        assert names == (contact["firstName"], contact["lastName"])
    told = log(world, done)
    assert set(told.values()) == {("created", "")}
    born_in_crm = {one for side, one in told if side == "platform"}
    born_on_platform = {one for side, one in told if side == "crm"}
    assert (len(born_in_crm), len(born_on_platform)) == (6, 6)
    assert born_in_crm < crm_ids
    assert born_on_platform < platform_ids
    assert {contacts(pair)[one]["crmIds"]["bloomerang"] for one in born_on_platform} == {
        links[one] for one in born_on_platform
    }


def test_a_run_after_that_reads_a_page_of_each_list_and_writes_nothing(world: World) -> None:
    pair = world.connect()
    pair.crm.seed(people=12, seed="people", without_email=0)
    pair.platform.seed_people(12, start=6)
    sync(world, pair, "first")
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    quiet = ended(world, pair, sync(world, pair))
    assert world.counts(quiet, Side.CRM).keys() <= {"read", "unchanged", "surveyed"}
    assert world.counts(quiet, Side.PLATFORM).keys() <= {"read", "unchanged", "surveyed"}
    assert log(world, quiet) == {}
    calls = pair.crm.calls()
    assert calls.pop("GET /v2/constituents") in (1, 2)  # 2: a child's stamp fell into the next second
    assert calls == {"GET /v2/emails": 1, "GET /v2/addresses": 1}
    assert pair.platform.calls() == {"GET /organisations/{id}/contacts": 1}


def test_every_further_edit_goes_over(world: World) -> None:
    """Each write to the platform has an idempotency key of its own, not that of the create."""
    pair = world.connect()
    number = in_crm(pair)
    sync(world, pair, "first")
    (contact,) = contacts(pair)
    for name in ("Beth", "Cleo", "Beth"):
        let_pass(world, pair)
        pair.crm.staff_edit(int(number), FirstName=name)
        done = ended(world, pair, sync(world, pair))
        assert log(world, done) == {("platform", number): ("updated", "")}
        assert contacts(pair)[contact]["firstName"] == name
    let_pass(world, pair)
    pair.platform.edit_contact(contact, firstName="Dora")
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", contact): ("updated", "")}
    assert constituents(pair)[number]["FirstName"] == "Dora"
    patches = pair.platform.journal("PATCH")
    assert len(patches) == 3


def test_what_is_edited_between_our_read_and_our_write_is_brought_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = world.connect()
    contact = ann(pair)
    sync(world, pair, "first")
    (number,) = constituents(pair)
    pair.crm.staff_edit(int(number), FirstName="Anna")
    write = PlatformApi.write_contacts

    def meanwhile(self: PlatformApi, batch: Sequence[ContactWrite]) -> list[Written]:
        monkeypatch.undo()
        pair.platform.edit_contact(contact, lastName="Byron", emailOptOut=True)
        return write(self, batch)

    monkeypatch.setattr(PlatformApi, "write_contacts", meanwhile)
    sync(world, pair)
    let_pass(world, pair)
    sync(world, pair)
    seen = constituents(pair)[number]
    assert (seen["FirstName"], seen["LastName"], seen["EmailInterestType"]) == ("Anna", "Byron", "OptedOut")
    assert (contacts(pair)[contact]["firstName"], contacts(pair)[contact]["lastName"]) == ("Anna", "Byron")


def test_an_address_that_the_platform_gives_to_one_contact_only_fails_that_contact(world: World) -> None:
    pair = world.connect()
    pair.platform.set(unique_emails=True)
    first, second = in_crm(pair), in_crm(pair, "Zoe", "Zim", "zoe@example.org")
    sync(world, pair, "first")
    row = constituents(pair)[first]["PrimaryEmail"]
    pair.crm.staff_edit(int(first), PrimaryEmail={"Id": row["Id"], "Type": "Home", "Value": "zoe@example.org"})
    pair.crm.staff_edit(int(second), FirstName="Zora")
    let_pass(world, pair)
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("platform", first): ("failed", "email-exists"), ("platform", second): ("updated", "")}
    assert sorted((one["firstName"], one["email"]) for one in contacts(pair).values()) == [
        ("Ann", "ann@example.org"),
        ("Zora", "zoe@example.org"),
    ]
    pair.platform.reset_journal()
    let_pass(world, pair, 3)
    assert written(pair.platform) == {}


def test_a_linked_contact_that_the_list_does_not_show_yet_is_neither_lost_nor_moved(world: World) -> None:
    pair = world.connect(constituent_list_lag=40)
    contact = ann(pair)
    sync(world, pair, "first")
    pair.platform.edit_contact(contact, firstName="Anna")
    run = look_at(world, pair, Side.PLATFORM, contact)
    before = linked(world, pair)
    assert (run.state, list(constituents(pair))) == ("running", [before[contact]])
    let_pass(world, pair, 2)
    done = ended(world, pair, run)
    assert log(world, done) == {("crm", contact): ("updated", "")}
    (person,) = constituents(pair).values()
    assert (person["FirstName"], linked(world, pair)) == ("Anna", before)


def test_a_contact_in_no_agreed_form_fails_alone(world: World) -> None:
    pair = world.connect()
    good, bad = ann(pair), ann(pair, firstName="Bad", email="bad@example.org")
    pair.platform.put_raw("contacts", **{**contacts(pair)[bad], "phone": 15125550100})
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {("crm", good): ("created", ""), ("crm", bad): ("failed", "unreadable")}
    (person,) = constituents(pair).values()
    assert (person["FirstName"], linked(world, pair)) == ("Ann", {good: str(person["Id"])})
    assert world.measured["RecordsFailed"] == 1
    pair.platform.edit_contact(bad, phone="+15125550100")
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", bad): ("created", "")}
    assert len(constituents(pair)) == 2


def test_a_constituent_that_was_deleted_while_the_walk_went_on_hides_nobody(world: World) -> None:
    pair = world.connect()
    pair.crm.seed(people=60, seed="crowd", without_email=0)
    gone = min(map(int, constituents(pair)))
    pages: list[str] = []

    def delete_one(request: object) -> None:
        if "/v2/constituents?" not in str(getattr(request, "url", "")):
            return
        pages.append(str(request))
        if len(pages) == 3:  # the newest stamp, the first page, now the second
            pair.crm.staff_delete(gone)

    world.app.client.event_hooks = {"request": [delete_one]}
    run = sync(world, pair, "first")
    world.app.client.event_hooks = {}
    let_pass(world, pair, 3)
    ended(world, pair, run)
    assert str(gone) not in constituents(pair)
    assert set(linked(world, pair).values()) >= set(constituents(pair))
    assert len(contacts(pair)) in (59, 60)


def test_the_close_of_an_older_run_repeated_after_a_crash_undoes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = world.connect()
    ann(pair, address=ADDRESS)
    marked = Runs.set_state
    crashed: list[str] = []

    def dies_once(self: Runs, run: Run, state: State, now: datetime, error: str = "") -> None:
        if state == "done" and not crashed:
            crashed.append(run.id)
            raise RuntimeError("the process ends here")
        marked(self, run, state, now, error)

    monkeypatch.setattr(Runs, "set_state", dies_once)
    with pytest.raises(RuntimeError):
        sync(world, pair, "first")
    older = world.latest(pair)
    assert (older.state, connected(world, pair).active_run) == ("running", "")
    ann(pair, firstName="Bea", email="bea@example.org")
    newer = contact_runs.start(world.app, connected(world, pair), "changes", "tester")
    world.pump()
    kept = connected(world, pair)
    assert (world.run(pair, newer).state, kept.last_run) == ("done", newer.id)
    let_pass(world, pair, 3)
    assert world.run(pair, older).state == "done"
    now = connected(world, pair)
    assert (now.last_run, now.cursors, now.active_run) == (newer.id, kept.cursors, "")
    assert len(constituents(pair)) == 2
