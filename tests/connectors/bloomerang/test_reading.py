"""Bloomerang's quirks on the way in."""

from typing import Any

import httpx
import pytest

from giftbridge.connectors.bloomerang import mapping
from giftbridge.domain.contact import Address
from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import Bench

PERSON, ORGANISATION = CASE.fixture("constituents.json")["Results"]


def test_a_constituent_as_the_vendor_tells_it() -> None:
    record = mapping.record(PERSON)
    assert record.id == "1990657"
    assert record.contact.phone == "202-555-0143"
    assert record.contact.address == Address("12 Elm St", "Albany", "NY", "12207", "US")
    assert not record.contact.do_not_call, "DoNotSolicit is another matter"
    assert record.stamp is not None
    assert record.stamp.isoformat() == "2026-02-20T09:30:00+00:00"


def test_an_organisation_has_one_name() -> None:
    contact = mapping.record(ORGANISATION).contact
    assert (contact.kind, contact.organisation_name, contact.first_name) == ("organisation", "Lane & Sons", "")
    assert contact.email_opt_out


def test_only_an_edit_changes_what_is_compared() -> None:
    touched = {**PERSON, "AuditTrail": {"LastModifiedDate": "2026-03-01T00:00:00Z"}}
    assert mapping.record(touched).raw == mapping.record(PERSON).raw
    assert mapping.record({**PERSON, "JobTitle": "Poet"}).raw != mapping.record(PERSON).raw


@pytest.mark.parametrize("status", ["Inactive", "Deceased"])
def test_the_inactive_are_told_apart(status: str) -> None:
    assert mapping.record({**PERSON, "Status": status}).inactive
    assert not mapping.record(PERSON).inactive


@pytest.mark.parametrize("absent", [None, "", {}])
def test_absent_rows_read_as_blank(absent: Any) -> None:
    bare = {key: value for key, value in PERSON.items() if not key.startswith("Primary")}
    assert not mapping.record(bare).contact.reachable
    rows = {"PrimaryEmail": {"Id": 1, "Value": absent or ""}, "PrimaryPhone": {"Id": 1, "Number": absent or None}}
    assert not mapping.record({**bare, **rows}).contact.reachable


@pytest.mark.parametrize("spoilt", [{"FirstName": 7}, {"CommunicationRestrictions": "DoNotCall"}, {"AuditTrail": []}])
def test_a_record_in_no_documented_form_stops_no_other(spoilt: dict[str, Any]) -> None:
    bench = Bench("bloomerang", CASE)
    page = {"TotalFiltered": 2, "ResultCount": 2, "Results": [{**PERSON, **spoilt}, ORGANISATION]}
    bench.troubles[0] = lambda _: httpx.Response(200, json=page)
    found = bench.connector.contacts(["1990657", "1990700"])
    assert found["1990657"].problem
    assert not found["1990700"].problem


def test_a_fuzzy_search_finds_who_has_the_address_first_or_second() -> None:
    found = Bench("bloomerang", CASE).connector.contacts_by_email("Ada.LANE@example.org")
    assert [record.id for record in found] == ["1990657", "1990802"]
    assert Bench("bloomerang", CASE).connector.contacts_by_email("nobody@example.org") == []


def test_countries_have_their_everyday_names() -> None:
    for code in ("US", "GB", "KR", "VN", "DE", "FR", "BR", "NL"):
        read = {**PERSON, "PrimaryAddress": {"Street": "1 St", "Country": mapping.country_name(code)}}
        assert mapping.record(read).contact.address.country == code
