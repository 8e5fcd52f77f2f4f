"""Whose key it is, and donors as WeGive tells them."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import Identity
from giftbridge.domain.contact import Address, Contact
from giftbridge.errors import Disconnected, Reject
from tests.connectors.contract import Bench
from tests.connectors.wegive.case import ADA, CASE, COMPANY, EMPTY, answered

DONOR = CASE.fixture("donor.json")["data"]


def donor(**changes: Any) -> Any:
    """The donor as read, with some fields changed; a field that is `...` is left out."""
    bench = Bench("wegive", CASE)
    told = {name: value for name, value in {**DONOR, **changes}.items() if value is not ...}
    bench.troubles[0] = answered({"data": told})
    return bench.connector.contacts([ADA])[ADA]


# -- whose key it is


def test_the_organisation_is_the_one_that_gifts_and_donors_name() -> None:
    assert Bench("wegive", CASE).connector.identify() == Identity("1", "Paws Rescue")


def test_an_organisation_without_gifts_is_named_by_its_number() -> None:
    bench = Bench("wegive", CASE, troubles={0: answered(EMPTY)})
    assert bench.connector.identify() == Identity("1", "WeGive organisation 1")


def test_a_key_that_nothing_names_connects_nobody() -> None:
    bench = Bench("wegive", CASE, troubles={0: answered(EMPTY), 1: answered(EMPTY)})
    with pytest.raises(Reject) as refused:
        bench.connector.identify()
    assert refused.value.code == "organisation_unknown"


def test_a_key_that_may_not_read_is_refused() -> None:
    bench = Bench("wegive", CASE, troubles={1: lambda _: httpx.Response(403, json={"message": "unauthorized"})})
    with pytest.raises(Disconnected):
        bench.connector.identify()


def test_the_whole_key_is_sent_with_its_bar() -> None:
    bench = Bench("wegive", CASE)
    bench.connector.identify()
    assert bench.sent[0].headers["authorization"] == "Bearer 101|made-up-key-of-wegive"


# -- donors


def test_a_donor_is_a_contact() -> None:
    found = Bench("wegive", CASE).connector.contacts([ADA])[ADA]
    assert found.contact == Contact(
        first_name="Ada", last_name="Lane", email="ada.lane@example.org", phone="(202) 555-0143",
        address=Address("12 Elm St, Apt 4", "Albany", "NY", "12207", "US"),
    )  # fmt: skip
    assert found.stamp == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_whoever_is_not_to_be_contacted_is_so_in_no_way() -> None:
    contact = Bench("wegive", CASE).connector.contacts([COMPANY])[COMPANY].contact
    assert (contact.kind, contact.organisation_name, contact.first_name) == ("organisation", "Lane & Sons", "")
    assert contact.email_opt_out
    assert contact.do_not_call
    assert contact.do_not_mail


@pytest.mark.parametrize("word", ["true", "1", 1, "TRUE"])
def test_a_truth_may_be_a_word_or_a_number(word: Any) -> None:
    assert donor(do_not_contact=word).contact.do_not_mail


def test_a_donor_whose_consent_is_not_told_is_nobody_to_create() -> None:
    found = donor(do_not_contact=...)
    assert found.problem
    assert found.contact == Contact()


def test_the_list_tells_the_consent_that_the_donor_alone_does_not() -> None:
    bare = {name: value for name, value in DONOR.items() if name != "do_not_contact"}
    bench = Bench("wegive", CASE, troubles={1: answered({"data": bare})})
    rows = {record.id: record for record in bench.connector.contact_changes("").rows}
    assert rows[ADA].problem == ""
    assert not rows[ADA].contact.do_not_mail


def test_a_donor_of_the_list_is_the_donor_alone() -> None:
    """What compares a listed donor with a fetched one must find them equal."""
    connector = Bench("wegive", CASE).connector
    listed = {record.id: record for record in connector.contact_changes("").rows}
    assert listed == connector.contacts([ADA, COMPANY])


def test_what_was_given_since_is_no_change_of_a_donor() -> None:
    assert donor(total_given=999, updated_at="2026-05-01T00:00:00Z").raw == donor().raw
    assert donor(last_name="Lake").raw != donor().raw


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        ({"preferred_email_value": "two@example.org"}, "two@example.org"),
        ({"preferred_email_value": "email_2", "email": None}, "ada.lane@example.org"),
        ({"preferred_email_value": None, "email": None, "email_1": None}, "ada@example.org"),
        ({"preferred_email_value": None, "email": None, "email_1": None, "email_2": None}, ""),
    ],
)
def test_the_preferred_address_is_the_donors(changes: dict[str, Any], email: str) -> None:
    assert donor(**changes).contact.email == email


@pytest.mark.parametrize(
    ("told", "country"), [("usa", "US"), ("us", "US"), ("Germany", "DE"), ("Elsewhere", "Elsewhere")]
)
def test_countries_become_codes(told: str, country: str) -> None:
    assert donor(mailing_address={"address_1": "1 Oak St", "country": told}).contact.address.country == country


def test_archived_donors_are_left_out_and_listed_as_deleted() -> None:
    rows = [{**row, "deleted_at": "2026-03-01T12:00:00Z"} for row in CASE.fixture("donors.json")["data"]]
    bench = Bench("wegive", CASE, troubles={0: answered({"data": rows, "meta": {"total": 2}})})
    assert [record.deleted for record in bench.connector.contact_changes("").rows] == [True, True]
    assert len(bench.sent) == 1, "an archived donor costs no call"
    gone = Bench("wegive", CASE, troubles={0: lambda _: httpx.Response(404, json={"message": "No query results"})})
    assert gone.connector.contacts([ADA]) == {}
    assert Bench("wegive", CASE).connector.successor(ADA) == ADA


def test_a_search_finds_every_address_of_a_donor_and_no_neighbour() -> None:
    for address in ("ada.lane@example.org", "Ada@Example.org"):
        found = Bench("wegive", CASE).connector.contacts_by_email(address)
        assert [record.id for record in found] == [ADA]
    assert Bench("wegive", CASE).connector.contacts_by_email("lane@example.org") == []


def test_an_id_that_is_no_number_is_nobodys_and_costs_no_call() -> None:
    bench = Bench("wegive", CASE)
    assert bench.connector.contacts(["../funds/1", "²"]) == {}
    assert bench.sent == []
