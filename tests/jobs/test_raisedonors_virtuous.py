"""RaiseDonors with Virtuous by its recipe: once a day to the import, back at any time, by the donor's id."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import configure, connect, lifecycle
from giftbridge.jobs.contacts.references import mark
from giftbridge.jobs.erase import erase
from giftbridge.jobs.gifts import watch
from giftbridge.jobs.projects import run as projects
from giftbridge.recipes import recipe
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run
from tests.jobs.driving import ADDRESS, connected, contacts, link, log, look_at, sync
from tests.world import Pair, World

SOURCE = "RaiseDonors"
ZONE = "America/New_York"
STANDING = ("cadence", "watch", "confirm", "projects")


@pytest.fixture
def pair(world: World) -> Pair:
    """Connected; nobody's existing contacts are brought over."""
    handover = world.clock.now().astimezone(ZoneInfo(ZONE)) + timedelta(hours=12)
    made = world.connect_virtuous({"handover_at": f"{handover:%H:%M}"})
    donor(made, "Old")
    begin(world, made)
    return made


def begin(world: World, pair: Pair) -> None:
    """What connecting leaves to be done: the schedules, the first of which notes where both sides stand."""
    app, connection = world.app, connected(world, pair)
    stored = app.connections.change(connection, created_at=int(app.now().timestamp() * 1000))
    for work in (
        connect.cadence_work(app, stored),
        *watch.standing_work(app, stored),
        *projects.standing_work(app, stored),
    ):
        app.inbox.put(work)
    world.tick()


def donor(pair: Pair, first: str = "Ada", **fields: Any) -> str:
    """A new donor on the platform; the id."""
    email = f"{first.lower()}.lane@example.org"
    made = pair.platform.add_contact(**{"firstName": first, "lastName": "Lane", "email": email, **fields})
    return str(made["id"])


def evening(world: World, pair: Pair) -> None:
    """Time passes until the handover, and a little more."""
    chosen = connected(world, pair)
    due = recipe(chosen.platform, chosen.crm, chosen.settings).next_handover(world.clock.now())
    world.advance(pair, seconds=(due - world.clock.now()).total_seconds() + 1)
    world.tick()


def imported(world: World, pair: Pair) -> list[Any]:
    """Somebody runs all imports, and an hour later it is known here; the rows."""
    rows = [row for one in pair.crm.run_everything() for row in one.get("rows", [])]
    world.advance(pair, hours=1, minutes=1)
    world.tick()
    return rows


def households(pair: Pair) -> dict[str, Any]:
    """Virtuous's contacts by the donor's id."""
    found: dict[str, Any] = {}
    for row in pair.crm.state()["contacts"]:
        found |= {one["id"]: row for one in row["contactReferences"] if one["source"] in (SOURCE, "Legacy RaiseDonors")}
    return found


def person(row: Any) -> Any:
    """The primary person of a contact."""
    return row["contactIndividuals"][0]


def points(row: Any) -> dict[str, str]:
    """The primary e-mail address and phone number."""
    methods = person(row)["contactMethods"]
    return {one["type"].rpartition(" ")[2]: one["value"] for one in methods if one["isPrimary"]}


def rename(pair: Pair, one: str, last: str) -> None:
    """Staff gives a donor another last name."""
    pair.crm.staff_edit("individual", person(households(pair)[one])["id"], firstName="Ada", lastName=last)


def activity(pair: Pair) -> list[str]:
    """What the platform shows."""
    return [row["text"] for row in pair.platform.state("activity")["activity"]]


@pytest.fixture
def ada(world: World, pair: Pair) -> str:
    """A donor whom both sides have."""
    one = donor(pair, phone="+13035550101", address=ADDRESS)
    evening(world, pair)
    imported(world, pair)
    assert link(world, pair, Side.PLATFORM, one).state == "linked"
    return one


def test_F13_a_new_donor_goes_over_in_the_evening_through_the_import(world: World, pair: Pair) -> None:
    one = donor(pair, phone="+13035550101", address=ADDRESS)
    for _ in range(3):
        world.advance(pair, minutes=61)
        world.tick()
    assert pair.crm.held() == []
    evening(world, pair)
    (row,) = pair.crm.held()
    assert row["body"]["referenceId"] == one
    found = link(world, pair, Side.PLATFORM, one)
    assert (found.state, found.crm_id) == ("submitted", "")
    imported(world, pair)
    found = link(world, pair, Side.PLATFORM, one)
    made = households(pair)[one]
    assert (found.state, found.crm_id) == ("linked", str(made["id"]))
    assert (person(made)["lastName"], points(made)["Email"]) == ("Lane", "ada.lane@example.org")
    crm_ids = {row["id"]: row["crmIds"] for row in pair.platform.state("contacts")["contacts"]}
    assert crm_ids[one] == {"virtuous": str(made["id"])}
    assert list(households(pair)) == [one], "no back-fill"


def hour(world: World, pair: Pair) -> list[Run]:
    """An hour passes; the runs that this brought, newest first."""
    before = {run.id for run in world.app.runs.latest(pair.connection.id)}
    world.advance(pair, hours=1, minutes=1)
    world.tick()
    return [run for run in world.app.runs.latest(pair.connection.id) if run.id not in before]


def named(world: World, pair: Pair, side: Side, one: str, started_by: str = "webhook") -> None:
    """A contact of one side is to be looked at."""
    work = Work(
        pair.connection.account, "contacts", "contact", f"{side}-hook-{one}", pair.connection.owner,
        pair.connection.id, "webhooks", world.app.now(), subject=one,
        data={"side": str(side), "started_by": started_by},
    )  # fmt: skip
    world.app.inbox.put(work)


def webhook(world: World, pair: Pair, side: Side, *ids: str) -> None:
    """One side's webhooks name contacts."""
    for one in ids:
        named(world, pair, side, one)
    world.tick()


def notes(world: World, run: Run) -> dict[str, list[str]]:
    """Record -> what the log notes of it."""
    return {item["record_id"]: item["notes"] for item in world.app.runs.lines(run.id)}


def test_F13_an_edit_goes_over_in_the_evening_under_the_donors_id_and_with_nothing_else(
    world: World, pair: Pair, ada: str
) -> None:
    pair.platform.edit_contact(
        ada, origin="donor", address={**ADDRESS, "street1": "9 Oak Ave"}, email="ada@example.org"
    )
    webhook(world, pair, Side.PLATFORM, ada)
    hour(world, pair)
    assert pair.crm.held() == [], "neither the webhook nor the schedule of the CRM sends it"
    evening(world, pair)
    (row,) = pair.crm.held()
    body = row["body"]
    assert (body["referenceId"], body["address1"], body["email"]) == (ada, "9 Oak Ave", "ada@example.org")
    assert "phone" not in body
    imported(world, pair)
    made = households(pair)[ada]
    assert (made["address"]["address1"], points(made)["Email"]) == ("9 Oak Ave", "ada@example.org")
    assert link(world, pair, Side.PLATFORM, ada).state == "linked"


def test_F13_a_number_that_comes_back_is_the_primary_one_again(world: World, pair: Pair, ada: str) -> None:
    """An import leaves both numbers, and finds nothing to do about one that is there."""
    for phone in ("+13035550199", "+13035550101"):
        pair.platform.edit_contact(ada, phone=phone)
        evening(world, pair)
        imported(world, pair)
        assert points(households(pair)[ada])["Phone"] == phone
        assert (link(world, pair, Side.PLATFORM, ada).state, contacts(pair)[ada]["phone"]) == ("linked", phone)


def test_F13_a_person_need_not_wait_for_the_evening(world: World, pair: Pair, ada: str) -> None:
    pair.platform.edit_contact(ada, lastName="Lane-Fox")
    sync(world, pair)
    assert [row["body"]["lastName"] for row in pair.crm.held()] == ["Lane-Fox"]


def test_F13_what_is_looked_at_again_does_not_wait_beside_a_webhook(world: World, pair: Pair, ada: str) -> None:
    pair.platform.edit_contact(ada, phone="+13035550199")
    named(world, pair, Side.CRM, str(households(pair)[ada]["id"]))
    named(world, pair, Side.PLATFORM, ada, "schedule")
    world.tick()
    assert [row["body"]["referenceId"] for row in pair.crm.held()] == [ada]


def test_F13_after_a_pause_the_platform_waits_for_the_evening_all_the_same(world: World, pair: Pair, ada: str) -> None:
    lifecycle.pause(world.app, connected(world, pair))
    pair.platform.edit_contact(ada, lastName="Lane-Fox")
    pair.platform.give({"contact_id": ada, "amount": 2500})
    lifecycle.resume(world.app, connected(world, pair), "tester")
    world.tick()
    assert pair.crm.held() == []
    evening(world, pair)
    assert sorted("amount" in row["body"] for row in pair.crm.held()) == [False, True], "together"


def test_F13_an_edit_by_a_program_stays_on_the_platform(world: World, pair: Pair, ada: str) -> None:
    pair.platform.edit_contact(ada, origin="api", lastName="Program")
    evening(world, pair)
    assert pair.crm.held() == []


def test_F14_an_edit_in_the_crm_comes_back_within_the_hour_and_is_shown(world: World, pair: Pair, ada: str) -> None:
    someone = person(households(pair)[ada])
    pair.crm.staff_edit("individual", someone["id"], firstName="Adah", lastName="Lane")
    (run,) = [one for one in hour(world, pair) if one.kind == "contacts"]
    assert (run.subject, contacts(pair)[ada]["firstName"]) == ("crm", "Adah")
    assert activity(pair) == ["Changed from Virtuous CRM+: first name"]
    hour(world, pair)
    evening(world, pair)
    assert (len(activity(pair)), pair.crm.held()) == (1, []), "and is no edit of the platform"


@pytest.mark.parametrize("known", [True, False])
def test_F20_a_name_changed_in_the_crm_while_a_number_waits_in_the_import_stays(
    world: World, pair: Pair, ada: str, known: bool
) -> None:
    pair.platform.edit_contact(ada, phone="+13035550199")
    evening(world, pair)
    rename(pair, ada, "Fox")
    if known:
        hour(world, pair)
    imported(world, pair)
    hour(world, pair)
    made, kept = households(pair)[ada], contacts(pair)[ada]
    assert (person(made)["lastName"], points(made)["Phone"]) == ("Fox", "+13035550199")
    assert (kept["lastName"], kept["phone"]) == ("Fox", "+13035550199")


def test_F20_an_edit_in_the_crm_that_is_undone_while_something_waits_is_undone_on_both_sides(
    world: World, pair: Pair, ada: str
) -> None:
    pair.platform.edit_contact(ada, phone="+13035550199")
    evening(world, pair)
    for last in ("Fox", "Lane"):
        rename(pair, ada, last)
        hour(world, pair)
        assert contacts(pair)[ada]["lastName"] == last
    imported(world, pair)
    hour(world, pair)
    made, kept = households(pair)[ada], contacts(pair)[ada]
    assert (person(made)["lastName"], points(made)["Phone"]) == ("Lane", "+13035550199")
    assert (kept["lastName"], kept["phone"]) == ("Lane", "+13035550199")


def test_F20_an_edit_of_a_new_donor_whom_the_office_has_just_taken_in_goes_over(world: World, pair: Pair) -> None:
    """It is not known here yet that they are in Virtuous."""
    one = donor(pair, phone="+13035550101")
    evening(world, pair)
    pair.crm.run_everything()
    pair.platform.edit_contact(one, phone="+13035550199")
    sync(world, pair)
    assert contacts(pair)[one]["phone"] == "+13035550199"
    assert contacts(pair)[one]["crmIds"] == {"virtuous": str(households(pair)[one]["id"])}
    imported(world, pair)
    hour(world, pair)
    assert (points(households(pair)[one])["Phone"], contacts(pair)[one]["phone"]) == ("+13035550199", "+13035550199")
    assert link(world, pair, Side.PLATFORM, one).state == "linked"


def test_F20_an_edit_by_the_office_of_a_donor_whom_it_has_just_taken_in_comes_back(world: World, pair: Pair) -> None:
    one = donor(pair)
    evening(world, pair)
    handed = next(run for run in world.app.runs.latest(pair.connection.id) if run.kind == "contacts")
    pair.crm.run_everything()
    rename(pair, one, "Fox")
    sync(world, pair)
    assert (contacts(pair)[one]["lastName"], person(households(pair)[one])["lastName"]) == ("Fox", "Fox")
    (told,) = world.app.runs.lines(handed.id)
    assert (told["record_id"], told["outcome"], told["stage"]) == (one, "created", "confirmed")
    assert link(world, pair, Side.PLATFORM, one).state == "linked"
    hour(world, pair)
    assert contacts(pair)[one]["lastName"] == "Fox"


def test_F20_a_new_donor_whose_later_row_waits_is_known_and_not_looked_at_for_ever(world: World, pair: Pair) -> None:
    """The office runs the first row and leaves the second: what Virtuous has shows nothing of the last change."""
    one = donor(pair, phone="+13035550101")
    evening(world, pair)
    pair.crm.midnight()
    pair.platform.edit_contact(one, phone="+13035550199")
    evening(world, pair)
    (first,) = [found for found in pair.crm.imports() if found["state"] == "review"]
    pair.crm.run_import(first["id"])
    before = len(world.app.runs.latest(pair.connection.id))
    hour(world, pair)
    assert len(world.app.runs.latest(pair.connection.id)) - before <= 2
    assert contacts(pair)[one]["phone"] == "+13035550199"
    imported(world, pair)
    hour(world, pair)
    assert points(households(pair)[one])["Phone"] == contacts(pair)[one]["phone"] == "+13035550199"
    assert link(world, pair, Side.PLATFORM, one).state == "linked"


def test_F20_of_two_rows_of_a_donor_the_one_that_is_left_is_not_undone(world: World, pair: Pair, ada: str) -> None:
    pair.platform.edit_contact(ada, lastName="Byron")
    evening(world, pair)
    pair.crm.midnight()
    pair.platform.edit_contact(ada, phone="+13035550199")
    evening(world, pair)
    pair.crm.midnight()
    name, phone = (found for found in pair.crm.imports() if found["state"] == "review")
    pair.crm.run_import(phone["id"])
    for _ in range(2):
        hour(world, pair)
    assert (contacts(pair)[ada]["lastName"], contacts(pair)[ada]["phone"]) == ("Byron", "+13035550199")
    pair.crm.run_import(name["id"])
    hour(world, pair)
    assert (person(households(pair)[ada])["lastName"], contacts(pair)[ada]["lastName"]) == ("Byron", "Byron")


def test_F20_a_new_donor_whom_no_address_finds_is_not_described_anew(world: World, pair: Pair) -> None:
    """The office has taken them in and changed them; the donor edits before anybody here knows."""
    one = donor(pair)
    evening(world, pair)
    pair.crm.run_everything()
    rename(pair, one, "Fox")
    pair.platform.edit_contact(one, email="ada@example.net", phone="+13035550199")
    world.advance(pair, hours=1, minutes=1)
    look_at(world, pair, Side.PLATFORM, one)
    assert all("lastname" not in str(row["body"]).casefold() or "Fox" in str(row["body"]) for row in pair.crm.held())
    imported(world, pair)
    hour(world, pair)
    made, kept = households(pair)[one], contacts(pair)[one]
    assert (person(made)["lastName"], kept["lastName"]) == ("Fox", "Fox")
    assert (points(made)["Phone"], kept["phone"]) == ("+13035550199", "+13035550199")


def test_F20_what_lost_in_the_crm_stays_beaten_while_the_winner_waits(world: World, pair: Pair, ada: str) -> None:
    rename(pair, ada, "Fox")
    world.advance(pair, minutes=30)
    pair.platform.edit_contact(ada, lastName="Byron")
    evening(world, pair)
    hour(world, pair)
    webhook(world, pair, Side.CRM, str(households(pair)[ada]["id"]))
    assert (contacts(pair)[ada]["lastName"], person(households(pair)[ada])["lastName"]) == ("Byron", "Fox")
    assert link(world, pair, Side.PLATFORM, ada).state == "submitted"
    imported(world, pair)
    hour(world, pair)
    assert (contacts(pair)[ada]["lastName"], person(households(pair)[ada])["lastName"]) == ("Byron", "Byron")
    assert activity(pair) == []


def test_F14_of_several_numbers_and_addresses_the_primary_one_counts(world: World, pair: Pair, ada: str) -> None:
    made = households(pair)[ada]
    body = {"contactIndividualId": person(made)["id"], "type": "Mobile Phone", "value": "(303) 555-0199"}
    pair.crm.staff_call("POST", "ContactMethod", {**body, "isOptedIn": True})
    hour(world, pair)
    assert contacts(pair)[ada]["phone"] == "+13035550101"
    pair.crm.staff_call(
        "POST", "ContactMethod", {**body, "value": "(303) 555-0177", "isOptedIn": True, "setAsPrimary": True}
    )
    hour(world, pair)
    assert contacts(pair)[ada]["phone"] == "+13035550177"


def test_F14_who_does_not_carry_the_reference_is_never_brought_over(world: World, pair: Pair) -> None:
    pair.crm.seed(people=3)
    hour(world, pair)
    evening(world, pair)
    assert [row["firstName"] for row in contacts(pair).values()] == ["Old"]


def test_F15_an_address_changed_in_the_crm_is_ignored_and_the_log_says_so(world: World, pair: Pair, ada: str) -> None:
    someone = person(households(pair)[ada])
    address = next(one for one in someone["contactMethods"] if one["type"] == "Home Email")
    pair.crm.staff_edit("method", address["id"], value="other@example.org", isOptedIn=True)
    (run,) = [one for one in hour(world, pair) if one.kind == "contacts"]
    assert contacts(pair)[ada]["email"] == "ada.lane@example.org"
    assert ["email changed, but the settings do not let it go over"] in notes(world, run).values()
    evening(world, pair)
    assert pair.crm.held() == [], "nor is it taken back there"


def test_F15_an_address_changed_in_the_crm_does_not_beat_the_donors_own(world: World, pair: Pair, ada: str) -> None:
    pair.platform.edit_contact(ada, email="ada@example.net")
    someone = person(households(pair)[ada])
    address = next(one for one in someone["contactMethods"] if one["type"] == "Home Email")
    pair.crm.staff_edit("method", address["id"], value="other@example.org", isOptedIn=True)
    hour(world, pair)
    evening(world, pair)
    imported(world, pair)
    assert points(households(pair)[ada])["Email"] == contacts(pair)[ada]["email"] == "ada@example.net"


@pytest.mark.parametrize("source", [SOURCE, "Legacy RaiseDonors"])
def test_F16_our_reference_says_more_than_an_address(world: World, pair: Pair, source: str) -> None:
    old = next(iter(contacts(pair)))
    other = donor(pair, "Twin")
    address = {"type": "Home Email", "value": "twin.lane@example.org", "isOptedIn": True, "isPrimary": True}
    body = {
        "contactType": "Household", "referenceSource": source, "referenceId": old, "name": "Old Lane",
        "contactIndividuals": [{
            "firstName": "Olda", "lastName": "Lane", "isPrimary": True,
            "contactMethods": [address],
        }],
    }  # fmt: skip
    made = pair.crm.staff_call("POST", "Contact", body)
    hour(world, pair)
    assert link(world, pair, Side.PLATFORM, old).crm_id == str(made["id"])
    evening(world, pair)
    assert link(world, pair, Side.PLATFORM, other).crm_id != str(made["id"])


def test_F16_who_carries_the_reference_of_a_linked_donor_is_asked_about(world: World, pair: Pair, ada: str) -> None:
    body = {
        "contactType": "Household", "referenceSource": "Legacy RaiseDonors", "referenceId": ada, "name": "A. Lane",
        "contactIndividuals": [{"firstName": "A.", "lastName": "Lane", "isPrimary": True}],
    }  # fmt: skip
    made = pair.crm.staff_call("POST", "Contact", body)
    run = look_at(world, pair, Side.CRM, str(made["id"]))
    assert log(world, run) == {("platform", str(made["id"])): ("failed", "review_taken")}
    question = link(world, pair, Side.CRM, str(made["id"])).question
    assert question is not None
    assert question.candidates == (ada,)


def test_F16_who_was_erased_is_not_known_by_the_reference_either(world: World, pair: Pair, ada: str) -> None:
    def noted() -> Any:
        return world.app.sightings.find(pair.connection.id, Side.CRM, [mark(ada)])

    hour(world, pair)
    assert noted(), "the list of the CRM has shown it"
    erase(world.app, connected(world, pair), Side.PLATFORM, ada)
    assert noted() == {}


def test_F17_what_was_there_before_does_not_go_by_itself(world: World) -> None:
    pair = world.connect_virtuous()
    old = donor(pair, "Old")
    pair.platform.give({"contact_id": old, "amount": 9900, "occurred_at": "2026-01-05T12:00:00.000Z"})
    begin(world, pair)
    sync(world, pair)
    watch.look(world.app, connected(world, pair), "tester")
    world.pump()
    assert pair.crm.held() == []
    pair.platform.edit_contact(old, lastName="Lane-Fox")
    sync(world, pair)
    assert [row["body"]["referenceId"] for row in pair.crm.held()] == [old], "edits from now on"


def test_F38_a_donation_is_one_gift_with_a_part_for_each_project(world: World, pair: Pair, ada: str) -> None:
    parts = [{"code": "SCH", "amount": 2500}, {"code": "NEW", "amount": 1500}]
    donation = {"contact_id": ada, "amount": 4000, "projects": parts, "source_code": "GALA26", "notes": "For the well"}
    pair.platform.give({**donation, "frequency": "Monthly"})
    bo = donor(pair, "Bo")
    pair.platform.give({"contact_id": bo, "amount": 700, "gift_type": "ACH", "source_code": "WEB"})
    hour(world, pair)
    assert pair.crm.held() == []
    evening(world, pair)
    gifts = {row["body"]["amount"]: row["body"] for row in pair.crm.held() if "amount" in row["body"]}
    first, second = gifts["40.00"], gifts["7.00"]
    shares = {part["id"]: part["amountDesignated"] for part in first["designations"]}
    assert shares == {pair.crm.project("SCH"): "25.00", pair.crm.project("GEN"): "15.00"}
    assert (first["segment"], first["creditCardType"], first["giftType"]) == ("GALA26", "Visa", "Credit")
    assert first["notes"].startswith("For the well; Monthly")
    assert (second["giftType"], second["notes"], second.get("segment")) == ("EFT", "source WEB", None)
    assert second["contact"]["referenceId"] == bo
    imported(world, pair)
    assert sorted(gift["amount"] for gift in pair.crm.state()["gifts"]) == [7.0, 40.0]


def test_F38_a_gift_of_a_donor_whom_the_office_has_taken_in_does_not_describe_them(world: World, pair: Pair) -> None:
    """Its import would bring back what staff has changed of them since; that they are there is not known here yet."""
    one = donor(pair)
    evening(world, pair)
    pair.crm.run_everything()
    rename(pair, one, "Fox")
    world.advance(pair, hours=1, minutes=1)
    pair.platform.give({"contact_id": one, "amount": 700})
    watch.look(world.app, connected(world, pair), "tester")
    world.pump()
    (row,) = pair.crm.held()
    assert row["body"]["contact"] == {"id": households(pair)[one]["id"], "referenceId": one}
    imported(world, pair)
    assert person(households(pair)[one])["lastName"] == "Fox"
    hour(world, pair)
    assert contacts(pair)[one]["lastName"] == "Fox"


def test_F38_payments_of_a_standing_order_are_one_commitment(world: World, pair: Pair, ada: str) -> None:
    order = {"contact_id": ada, "amount": 2500, "frequency": "Monthly", "recurring_id": "rec_7"}
    for _ in range(2):
        pair.platform.give(order)
        evening(world, pair)
        imported(world, pair)
    (commitment,) = pair.crm.state()["recurring"]
    assert (commitment["frequency"], commitment["amount"]) == ("Monthly", 25.0)
    assert [gift["amount"] for gift in pair.crm.state()["gifts"]] == [25.0, 25.0]


def test_F38_two_parts_given_back_between_two_looks_are_both_told_as_the_imports_allow(
    world: World, pair: Pair, ada: str
) -> None:
    (donation,) = pair.platform.give({"contact_id": ada, "amount": 5000})
    evening(world, pair)
    imported(world, pair)
    for cents in (1000, 500):
        pair.platform.refund_donation(donation["id"], cents)
    evening(world, pair)
    (row,) = pair.crm.held()
    assert row["body"]["amount"] == "40.00"
    found = link(world, pair, Side.PLATFORM, donation["id"], "gift")
    assert (found.state, found.intent) == ("submitted", None)
    imported(world, pair)
    world.tick()
    (row,) = pair.crm.held()
    assert row["body"]["amount"] == "35.00"
    imported(world, pair)
    assert sorted(gift["amount"] for gift in pair.crm.state()["gifts"]) == [-50.0, -40.0, 35.0, 40.0, 50.0]
    found = link(world, pair, Side.PLATFORM, donation["id"], "gift")
    assert (found.state, found.detail) == ("linked", "")
    evening(world, pair)
    assert pair.crm.held() == []
    runs = world.app.runs.latest(connected(world, pair).id, 20)
    assert [item for run in runs for item in world.app.runs.lines(run.id) if item["outcome"] == "failed"] == []


def test_F38_a_refund_of_a_gift_that_waits_goes_once_it_is_there(world: World, pair: Pair, ada: str) -> None:
    (donation,) = pair.platform.give({"contact_id": ada, "amount": 5000})
    evening(world, pair)
    pair.platform.refund_donation(donation["id"])
    evening(world, pair)
    assert (pair.crm.held(), pair.crm.state()["gifts"]) == ([], []), "an import has the gift, and nothing more"
    imported(world, pair)
    world.tick()
    assert sorted(gift["amount"] for gift in pair.crm.state()["gifts"]) == [-50.0, 50.0]


def crm_projects(pair: Pair) -> dict[str, Any]:
    """Virtuous's projects by code."""
    return {row["projectCode"]: row for row in pair.crm.state()["projects"]}


def test_F40_projects_are_kept_up_once_that_is_switched_on(world: World, pair: Pair) -> None:
    pair.platform.put_project("WELL", "A well", description="Clean water")
    pair.platform.put_project("GONE", "Given up", active=False)
    pair.platform.put_project("SCH", "Scholarships for all")
    evening(world, pair)
    assert "WELL" not in crm_projects(pair)
    configure.change(world.app, connected(world, pair), {"projects": True})
    world.tick()
    well, school = crm_projects(pair)["WELL"], crm_projects(pair)["SCH"]
    assert (well["name"], well["description"], well["isActive"], well["isAvailableOnline"]) == (
        "A well", "Clean water", True, True,
    )  # fmt: skip
    assert (school["onlineDisplayName"] or school["name"], "GONE" in crm_projects(pair)) == (
        "Scholarships for all",
        False,
    )
    run = next(one for one in world.app.runs.latest(pair.connection.id) if one.kind == "projects")
    assert (run.state, world.counts(run, Side.CRM)) == ("done", {"read": 3, "created": 1, "updated": 1, "skipped": 1})
    pair.crm.reset_journal()
    evening(world, pair)
    assert [call for call in pair.crm.calls() if "Project" in call and "Query" not in call] == []
    lists = world.app.accounts.purposes(pair.connection.account, world.app.now() - timedelta(days=2))
    assert "WELL" in (lists or {}).get("codes", {}), "gifts find it at once"
