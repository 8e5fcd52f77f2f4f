"""Contacts by import: who is meant, what is silently ignored, and what becomes of the values."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.kindful import KindfulAccount, KindfulSandbox
from tests.sandbox.kindful_words import ADA, EARLY, LATER, NOON, contacts, done, outcomes, post

pytest_plugins = ["tests.sandbox.kindful_fixtures"]
NAMED = {"first_name": "Ada", "last_name": "Lane"}


def only(account: KindfulAccount) -> dict[str, Any]:
    found = contacts(account)
    assert len(found) == 1
    return found[0]


def test_a_rows_id_becomes_the_applications_external_id(kindful: KindfulAccount) -> None:
    done(kindful, ADA | {"city": "Nashville", "state": "TN", "postal": "37206"})
    row = only(kindful)
    assert (row["external_id"], row["sync_version"], row["donor_type"]) == ("d-1", 1, "Person")
    assert (row["city"], row["state"], row["postal"], row["record_type"]) == ("Nashville", "TN", "37206", "contact")
    theirs = kindful.partner().post("/contacts/query", json={"query": ["not_linked"]}).json()["results"]
    assert [(found["id"], found["external_id"]) for found in theirs] == [(row["id"], None)]


def test_sending_a_create_again_does_nothing(kindful: KindfulAccount) -> None:
    done(kindful, ADA, action_type="create")
    again = done(kindful, ADA | {"last_name": "Byron", "updated_at": LATER}, action_type="create")
    assert (again["status"], again["stats"]["Contact"], again["notifications"]["count"]) == ("complete", 0, 0)
    assert only(kindful)["last_name"] == "Lane"
    assert outcomes(kindful) == [{"id": "d-1", "contact": "ignored"}]


@pytest.mark.parametrize(
    ("sent", "taken"),
    [(LATER, True), (EARLY, False), (None, False), ("soon", False), (1_900_000_000, True), ("1900000000", True)],
)
def test_an_update_needs_a_newer_time(kindful: KindfulAccount, sent: Any, *, taken: bool) -> None:
    done(kindful, ADA | {"updated_at": NOON})
    job = done(kindful, ADA | {"last_name": "Byron", "updated_at": sent})
    assert (job["status"], job["notifications"]["count"]) == ("complete", 0)
    assert only(kindful)["last_name"] == ("Byron" if taken else "Lane")
    assert job["update_stats"]["Contact"] == int(taken)


@pytest.mark.parametrize(("policy", "name"), [("updated", "Byron"), ("ignored", "Lane")])
def test_an_equal_time_goes_by_option(kindful: KindfulAccount, policy: str, name: str) -> None:
    kindful.set_options(equal_update_time=policy)
    done(kindful, ADA | {"updated_at": NOON})
    done(kindful, ADA | {"last_name": "Byron", "updated_at": NOON})
    assert only(kindful)["last_name"] == name


def test_an_edit_in_kindful_beats_older_rows(kindful: KindfulAccount) -> None:
    done(kindful, ADA | {"updated_at": NOON})
    kindful.staff_edit(only(kindful)["id"], last_name="Office")
    done(kindful, ADA | {"last_name": "Byron", "updated_at": LATER})
    assert only(kindful)["last_name"] == "Office"
    done(kindful, ADA | {"last_name": "Byron", "updated_at": "2026-03-02T01:00:00Z"})
    assert only(kindful)["last_name"] == "Byron"


def test_an_import_may_leave_kindfuls_own_time(kindful: KindfulAccount) -> None:
    kindful.set_options(import_stamp="clock")
    done(kindful, ADA | {"updated_at": NOON})
    done(kindful, ADA | {"last_name": "Byron", "updated_at": LATER})
    assert only(kindful)["last_name"] == "Lane"


def test_an_update_of_nobody_is_a_create(kindful: KindfulAccount) -> None:
    assert done(kindful, ADA)["stats"]["Contact"] == 1


def test_update_exceptions_leave_contacts_alone(kindful: KindfulAccount) -> None:
    done(kindful, ADA | {"updated_at": NOON})
    done(kindful, ADA | {"last_name": "Byron", "updated_at": LATER}, update_exceptions={"contact": "create"})
    assert only(kindful)["last_name"] == "Lane"


def test_rows_with_one_id_are_one_contact(kindful: KindfulAccount) -> None:
    job = done(kindful, ADA, {"id": "d-1", "city": "Nashville"}, {"id": "d-1", "city": "Memphis", "title": "Dr."})
    assert job["stats"]["Contact"] == 1
    assert (only(kindful)["city"], only(kindful)["title"]) == ("Memphis", "Dr.")


def test_what_came_another_way_is_not_matched_and_doubles(kindful: KindfulAccount) -> None:
    kindful.staff_contact(**NAMED, email="ada@example.org")
    done(kindful, ADA)
    assert [row["external_id"] for row in contacts(kindful)] == [None, "d-1"]


@pytest.mark.parametrize(
    ("how", "row", "found"),
    [
        ("email", {"email": "ADA@example.org"}, True),
        ("email", {"email": "a.d.a@example.org"}, False),
        ("first_name_last_name", {}, True),
        ("first_name_last_name_email", {"email": "Ada@Example.org"}, True),
        ("first_name_last_name_email", {"email": "b@example.org"}, False),
        ("company_name", {"company_name": "fern trust"}, True),
        ("company_name_email", {"company_name": "FERN TRUST", "email": "ada@example.org"}, True),
        ("company_name_email", {"company_name": "Fern Trust"}, False),
    ],
)
def test_matching_by_words(kindful: KindfulAccount, how: str, row: dict[str, str], *, found: bool) -> None:
    kindful.staff_contact(**NAMED, email="ada@example.org", company_name="Fern Trust")
    done(kindful, NAMED | {"id": "d-1"} | row, match_by={"contact": how})
    assert len(contacts(kindful)) == (1 if found else 2)
    assert contacts(kindful)[-1]["external_id"] == "d-1"


def test_an_email_may_be_the_spouses(kindful: KindfulAccount) -> None:
    for first in ("Ada", "Ben"):
        kindful.staff_contact(first_name=first, last_name="Lane", email="lanes@example.org")
    ben = {"id": "d-2", "first_name": "Ben", "last_name": "Lane", "email": "lanes@example.org"}
    done(kindful, ben, match_by={"contact": "email"})
    assert [row["external_id"] for row in contacts(kindful)] == ["d-2", None]
    kindful.set_options(ambiguous_match="last")
    done(kindful, ben | {"id": "d-3"}, match_by={"contact": "email"})
    assert [row["external_id"] for row in contacts(kindful)] == ["d-2", "d-3"]


@pytest.mark.parametrize(("policy", "name"), [("replace", "d-9"), ("keep", "d-1")])
def test_a_match_under_another_id(kindful: KindfulAccount, policy: str, name: str) -> None:
    kindful.set_options(matched_other_id=policy)
    done(kindful, ADA)
    done(kindful, ADA | {"id": "d-9"}, match_by={"contact": "email"})
    assert only(kindful)["external_id"] == name


def test_rows_without_an_id_are_compared_by_name_and_email(kindful: KindfulAccount) -> None:
    bare = NAMED | {"email": "ada@example.org"}
    for _ in range(2):
        done(kindful, bare)
    assert only(kindful)["external_id"] is None
    done(kindful, NAMED)
    done(kindful, NAMED)
    assert len(contacts(kindful)) == 3


def test_match_by_id_means_kindfuls_id(kindful: KindfulAccount) -> None:
    contact = kindful.staff_contact(**NAMED)
    row = {"id": str(contact), "city": "Nashville", "updated_at": "2026-03-05 00:00:00 UTC"}
    done(kindful, row, match_by={"contact": "id"})
    assert (only(kindful)["city"], only(kindful)["external_id"]) == ("Nashville", None)


def test_mixing_the_meanings_of_id_spoils_the_map(kindful: KindfulAccount) -> None:
    contact = kindful.staff_contact(**NAMED)
    done(kindful, NAMED | {"id": str(contact)})
    assert [row["external_id"] for row in contacts(kindful)] == [None, str(contact)]


def test_applications_have_their_own_external_ids(kindful: KindfulAccount) -> None:
    done(kindful, ADA)
    post(kindful.partner(), ADA)
    kindful.run_jobs()
    assert [row["external_id"] for row in contacts(kindful)] == ["d-1", None]


def test_a_merge_repoints_ids_for_ever(kindful: KindfulAccount) -> None:
    done(kindful, ADA, {"id": "d-2", "first_name": "Ada", "last_name": "Lane-Byron", "city": "Nashville"})
    winner, loser = (row["id"] for row in contacts(kindful))
    gift = kindful.staff_gift(loser, amount_in_cents=5000)
    kindful.staff_merge(winner, loser)
    kept = only(kindful)
    assert (kept["id"], kept["last_name"], kept["city"], kept["external_id"]) == (winner, "Lane", "Nashville", "d-1")
    late = "2026-03-05 00:00:00 UTC"
    done(kindful, {"id": "d-2", "title": "Dr.", "updated_at": late})
    assert only(kindful)["title"] == "Dr."
    done(kindful, {"id": str(loser), "title": "Prof.", "updated_at": late}, match_by={"contact": "id"})
    assert only(kindful)["title"] == "Prof."
    stored = next(row for row in kindful.state()["transaction"] if row["id"] == gift)
    assert (stored["data"]["contact_id"], stored["version"]) == (winner, 2)


def test_kindful_may_merge_by_itself_every_day(kindful: KindfulAccount) -> None:
    kindful.set_time("2099-01-01T00:00:00Z")
    for email in ("ada@example.org", "ADA@example.org", "other@example.org", None):
        kindful.staff_contact(**NAMED, email=email)
    kindful.advance(86_401)
    assert len(contacts(kindful)) == 4
    kindful.set_options(auto_merge_seconds=86_400)
    assert [row["email"] for row in contacts(kindful)] == ["ada@example.org", "other@example.org", None]


def test_a_merge_may_unlink_the_loser(kindful: KindfulAccount) -> None:
    kindful.set_options(merge_links="unlinked")
    done(kindful, ADA, ADA | {"id": "d-2"})
    winner, loser = (row["id"] for row in contacts(kindful))
    kindful.staff_merge(winner, loser)
    done(kindful, ADA | {"id": "d-2"})
    assert [row["external_id"] for row in contacts(kindful)] == ["d-1", "d-2"]


@pytest.mark.parametrize(("policy", "left"), [("creates", 1), ("ignored", 0)])
def test_a_contact_deleted_in_kindful(kindful: KindfulAccount, policy: str, left: int) -> None:
    kindful.set_options(deleted_contact=policy)
    done(kindful, ADA)
    kindful.staff("delete_contact", only(kindful)["id"])
    done(kindful, ADA | {"updated_at": LATER})
    assert len(contacts(kindful)) == left


def test_names_are_required_unless_there_is_a_company(kindful: KindfulAccount) -> None:
    job = done(kindful, {"id": "1", "last_name": "Lane"}, {"id": "2", "company_name": "Fern Trust"})
    assert (job["stats"]["Contact"], job["notifications"]["count"]) == (1, 1)
    assert only(kindful)["donor_type"] == "Organization"


@pytest.mark.parametrize(
    ("column", "sent", "kept"),
    [
        ("state", "Tennessee", None),
        ("state", "TN", "TN"),
        ("postal", "37206-1234", None),
        ("birthday", "1985/02/13", "1985-02-13"),
        ("birthday", "07/29/1985", None),
        ("birthday", "1985-13-40", None),
        ("gender", "x", "F"),
        ("gender", "m", "M"),
        ("gender", "", "F"),
        ("country", "US", "US"),
    ],
)
def test_values_that_break_a_rule_are_left_out(kindful: KindfulAccount, column: str, sent: str, kept: Any) -> None:
    done(kindful, ADA | {column: sent})
    assert only(kindful)[column] == kept


def test_values_abroad_and_by_option(kindful: KindfulAccount) -> None:
    done(kindful, ADA | {"country": "CA", "state": "QC", "postal": "H2Y 1C6"})
    assert (only(kindful)["state"], only(kindful)["postal"]) == ("QC", "H2Y 1C6")
    kindful.set_options(bad_address_value="kept", us_birthdays=True, country_reads="full")
    row = {"id": "d-2", "state": "Tennessee", "birthday": "07/29/1985", "country": "US"}
    done(kindful, NAMED | row)
    found = contacts(kindful)[1]
    assert (found["state"], found["birthday"], found["country"]) == ("Tennessee", "1985-07-29", "United States")


@pytest.mark.parametrize(("policy", "city"), [("ignored", "Nashville"), ("clears", None)])
def test_a_blank_column_goes_by_option(kindful: KindfulAccount, policy: str, city: str | None) -> None:
    kindful.set_options(blank_column=policy)
    done(kindful, ADA | {"city": "Nashville", "updated_at": NOON})
    done(kindful, ADA | {"city": "", "updated_at": LATER})
    assert only(kindful)["city"] == city


def test_groups_count_only_when_declared(kindful: KindfulAccount) -> None:
    row = ADA | {"Auction 2026": "yes", "updated_at": NOON}
    done(kindful, row)
    assert kindful.state()["contact"][0]["extra"] == {}
    done(kindful, row | {"updated_at": LATER}, groups=["Auction 2026"], match_by={"group": "name"})
    group = kindful.call("GET", "")["groups"]["Auction 2026"]
    assert [found["external_id"] for found in contacts(kindful, {"by_group_id": [group]})] == ["d-1"]
    out = ADA | {str(group): "no", "updated_at": "2026-03-02 00:00:00 UTC"}
    job = done(kindful, out, groups=[str(group)], match_by={"group": "id"})
    assert job["update_stats"]["Group"] == 1
    assert contacts(kindful, {"by_group_id": [group]}) == []


def test_custom_fields_are_made_by_external_id_only(kindful_server: KindfulSandbox) -> None:
    account = kindful_server.account(queue="manual", reference={"custom_fields": ["Events|Table"]})
    table = account.summary["custom_fields"]["Table"]
    late = {"updated_at": "2099-01-01 00:00:00 UTC"}
    done(account, ADA | {"Events|Table": "12"}, custom_fields=["Events|Table"], match_by={"custom_field": "name"})
    done(account, ADA | late | {"Events|Seat": "1"}, custom_fields=["Events|Seat"], match_by={"custom_field": "name"})
    done(account, ADA | late | {"999": "1"}, custom_fields=["999"], match_by={"custom_field": "id"})
    done(account, ADA | late | {"shirt": "L", "hat": "M"}, custom_fields=["shirt"])
    shown = contacts(account, custom_fields=["all"])[0]["custom_fields"]
    assert {name: field["value"] for name, field in shown.items()} == {"Table": "12", "shirt": "L"}
    assert shown["Table"]["custom_field_id"] == table
    assert list(contacts(account, custom_fields=["linked"])[0]["custom_fields"]) == ["shirt"]
    assert list(contacts(account, custom_fields=[table])[0]["custom_fields"]) == ["Table"]
    assert "custom_fields" not in contacts(account)[0]
    account.close()


def test_metadata_is_stored(kindful: KindfulAccount) -> None:
    done(kindful, ADA | {"bidder": "117", "table": "4"}, contact_metadata=["bidder"])
    assert kindful.state()["contact"][0]["extra"]["metadata"] == {"bidder": "117"}


@pytest.mark.parametrize(("bumps", "version"), [(False, 1), (True, 2)])
def test_an_update_that_changes_nothing(kindful: KindfulAccount, *, bumps: bool, version: int) -> None:
    kindful.set_options(unchanged_update_bumps=bumps)
    done(kindful, ADA | {"updated_at": NOON})
    done(kindful, ADA | {"updated_at": LATER})
    assert only(kindful)["sync_version"] == version
