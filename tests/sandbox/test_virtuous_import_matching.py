"""Whose a handed-in row is: Match Needed, Update Needed or Ready for Import, and what a person makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import ADDRESS, DONOR, SOURCE, gift, hand_in, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]
BARE: Json = {"firstname": "Ada", "lastname": "Lane"}


def judged(organisation: VirtuousOrganisation, donor: Json, transaction: str = "D-1") -> Json:
    """The row of a gift from a donor, after midnight."""
    hand_in(organisation, gift(transaction, contact=donor))
    (found,) = organisation.midnight()
    (row,) = found["rows"]
    shown: Json = row
    return shown


def donor_of(organisation: VirtuousOrganisation, transaction: str = "D-1") -> Json:
    contact = organisation.api.get(f"/Gift/{SOURCE}/{transaction}").json()["contactId"]
    found: Json = organisation.api.get(f"/Contact/{contact}").json()
    return found


def known(organisation: VirtuousOrganisation, **more: Any) -> int:
    """Ada with phone and address, as the donor's data say."""
    contact = make(organisation, **more)
    person = contact["contactIndividuals"][0]["id"]
    phone = {"contactIndividualId": person, "type": "Mobile Phone", "value": DONOR["phone"]}
    organisation.api.post("/ContactMethod", json=phone)
    organisation.api.post("/ContactAddress", json={"contactId": contact["id"], **ADDRESS})
    return int(contact["id"])


@pytest.mark.parametrize(
    "clue",
    [
        {"referenceId": "48213"},
        {"email": "ADA@example.org"},
        {"phone": "480-555-0100"},
        {"address": ADDRESS},
    ],
)
def test_signals_that_are_sure(virtuous: VirtuousOrganisation, clue: Json) -> None:
    ada = known(virtuous, referenceSource=SOURCE, referenceId="48213")
    row = judged(virtuous, BARE | clue)
    assert (row["bucket"], row["contact"], row["reasons"]) == ("Ready for Import", ada, [])


def test_an_id_of_the_crm_is_sure_and_an_unknown_one_is_not(virtuous: VirtuousOrganisation) -> None:
    ada = known(virtuous)
    assert judged(virtuous, {"id": ada})["contact"] == ada
    assert judged(virtuous, {"id": 42}, "D-2")["bucket"] == "Match Needed"


def test_the_reference_wins_over_the_email(virtuous: VirtuousOrganisation) -> None:
    make(virtuous, "Bea")
    ada = known(virtuous, referenceSource=SOURCE, referenceId="48213")
    row = judged(virtuous, BARE | {"referenceId": "48213", "email": "bea@example.org"})
    assert (row["contact"], row["reasons"]) == (ada, ["email"])


def test_the_source_of_a_gifts_reference_is_the_transactions(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(name_alone="new")
    make(virtuous, referenceSource="Stripe", referenceId="48213")
    row = judged(virtuous, BARE | {"referenceId": "48213", "referenceSource": "Stripe"})
    assert (row["bucket"], row["contact"]) == ("Ready for Import", None)


def test_an_email_under_another_name_needs_a_match(virtuous: VirtuousOrganisation) -> None:
    ada = known(virtuous)
    row = judged(virtuous, {"firstname": "Bob", "lastname": "Other", "email": "ada@example.org"})
    assert (row["bucket"], row["candidates"], row["contact"]) == ("Match Needed", [ada], None)


def test_an_email_of_two_contacts_needs_a_match(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(duplicate_email="accepted")
    both = [make(virtuous, name, email="we@example.org")["id"] for name in ("Ada", "Tom")]
    row = judged(virtuous, BARE | {"email": "we@example.org"})
    assert (row["bucket"], row["candidates"]) == ("Match Needed", both)


@pytest.mark.parametrize(("rule", "bucket"), [("match_needed", "Match Needed"), ("new", "Ready for Import")])
def test_a_namesake(virtuous: VirtuousOrganisation, rule: str, bucket: str) -> None:
    virtuous.set_options(name_alone=rule)
    make(virtuous)
    assert judged(virtuous, BARE | {"email": "other.ada@example.com"})["bucket"] == bucket


def test_a_person_decides_whose_it_is(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    for number in (1, 2, 3):
        hand_in(virtuous, gift(f"D-{number}", contact=BARE | {"email": f"ada.{number}@example.com"}))
    (found,) = virtuous.midnight()
    first, second, third = (row["id"] for row in found["rows"])
    assert virtuous.run_import(found["id"], match="leave")["left"] == 3
    assert virtuous.decide(first, contact=ada, take="existing")["bucket"] == "Ready for Import"
    virtuous.decide(second, contact="new")
    counts = virtuous.run_import(found["id"], match="leave")
    assert (counts["gifts"], counts["contacts"], counts["left"]) == (2, 1, 1)
    assert donor_of(virtuous)["id"] == ada
    assert donor_of(virtuous, "D-2")["id"] != ada
    virtuous.run_import(found["id"], rows=[third], match="first", update="existing")
    assert donor_of(virtuous, "D-3")["id"] == ada
    assert [row["value"] for row in donor_of(virtuous)["contactIndividuals"][0]["contactMethods"]] == [
        "ada@example.org"
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"firstname": "Adele"}, "firstName"),
        ({"title": "Dr"}, "prefix"),
        ({"name": "The Lanes"}, "name"),
        ({"phone": "(480) 555-0100"}, "phone"),
        ({"address": ADDRESS | {"address1": "1 Test Street"}}, "address"),
        ({"address": ADDRESS | {"city": "TEMPE"}}, "address"),
    ],
)
def test_one_differing_datum_parks_the_gift(virtuous: VirtuousOrganisation, changed: Json, reason: str) -> None:
    known(virtuous)
    row = judged(virtuous, DONOR | changed)
    assert (row["bucket"], row["reasons"]) == ("Update Needed", [reason])


@pytest.mark.parametrize("changed", [{"phone": "+1 (480) 555-0100"}, {"address": ADDRESS | {"address1": "1 TEST ST"}}])
def test_spellings_may_be_seen_through(virtuous: VirtuousOrganisation, changed: Json) -> None:
    virtuous.set_options(compare="normalised")
    known(virtuous)
    assert judged(virtuous, DONOR | changed)["bucket"] == "Ready for Import"


@pytest.mark.parametrize(("update", "first"), [("incoming", "Adele"), ("existing", "Ada")])
def test_a_person_says_whose_data_count(virtuous: VirtuousOrganisation, update: str, first: str) -> None:
    ada = known(virtuous)
    judged(virtuous, DONOR | {"firstname": "Adele"})
    counts = virtuous.run_everything(update=update)[0]
    assert (counts["gifts"], counts["contacts"], counts["updated"]) == (1, 0, 1), "the reference is new either way"
    left = virtuous.api.get(f"/Contact/{ada}").json()
    assert (left["contactIndividuals"][0]["firstName"], left["name"]) == (first, f"{first} Lane")
    assert left["contactReferences"] == [{"source": SOURCE, "id": "48213"}]


def test_updates_can_be_left(virtuous: VirtuousOrganisation) -> None:
    known(virtuous)
    judged(virtuous, DONOR | {"firstname": "Adele"})
    assert virtuous.run_everything(update="leave")[0]["left"] == 1
    assert virtuous.api.get(f"/Gift/{SOURCE}/D-1").status_code == 404


def test_a_match_that_brings_differing_data_can_be_left_too(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    judged(virtuous, BARE | {"email": "ada@example.com"})
    assert virtuous.run_everything(match="first", update="leave")[0]["left"] == 1
    assert virtuous.run_everything(match="first", update="existing")[0]["gifts"] == 1
    assert donor_of(virtuous)["id"] == ada


@pytest.mark.parametrize(("place", "primary"), [("primary", "ada@example.com"), ("beside", "ada@example.org")])
def test_where_an_imported_email_goes(virtuous: VirtuousOrganisation, place: str, primary: str) -> None:
    virtuous.set_options(import_rows=place)
    ada = known(virtuous, referenceSource=SOURCE, referenceId="48213")
    body = {"referenceSource": SOURCE, "referenceId": "48213", "firstName": "Ada", "lastName": "Lane"}
    virtuous.api.post("/Contact/Transaction", json=body | {"email": "ada@example.com", "phone": "480-555-0100"})
    assert virtuous.run_everything()[0]["updated"] == 1
    rows = virtuous.api.get(f"/Contact/{ada}").json()["contactIndividuals"][0]["contactMethods"]
    emails = {row["value"]: row["isPrimary"] for row in rows if "Email" in row["type"]}
    assert emails == {value: value == primary for value in ("ada@example.org", "ada@example.com")}


def test_a_contact_batch_makes_and_edits_contacts(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Tier")
    ada = known(virtuous, referenceSource=SOURCE, referenceId="1")
    rows = [
        {"referenceId": "1", "firstName": "Ada", "lastName": "Ray", "customFields": {"Tier": "Gold"}},
        {"referenceId": "2", "contactType": "Organization", "name": "Fern Trust", "email": "fern@example.org"},
        {"referenceId": "3", "firstName": "Tom", "lastName": "Day", "birthMonth": "9", "tags": "Online;Gala"},
    ]
    answer = virtuous.api.post("/Contact/Batch", json={"referenceSource": SOURCE, "contacts": rows})
    assert (answer.status_code, answer.content) == (200, b"")
    assert virtuous.api.get(f"/Contact/{SOURCE}/2").status_code == 404
    counts = virtuous.run_everything()[0]
    assert (counts["contacts"], counts["updated"], counts["left"]) == (2, 1, 0)
    left = virtuous.api.get(f"/Contact/{ada}").json()
    assert (left["name"], left["customFields"][0]["value"]) == ("Ada Ray", "Gold")
    fern = virtuous.api.get(f"/Contact/{SOURCE}/2").json()
    assert (fern["name"], fern["contactType"]) == ("Fern Trust", "Organization")
    tom = virtuous.api.get(f"/Contact/{SOURCE}/3").json()
    assert (tom["contactIndividuals"][0]["birthMonth"], tom["tags"]) == (9, ["Online", "Gala"])


def test_a_merged_contacts_reference_leads_to_the_winner(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(merged_references="stay")
    ada = make(virtuous)["id"]
    old = make(virtuous, "Bea", referenceSource=SOURCE, referenceId="9")["id"]
    virtuous.staff_merge(ada, old)
    assert judged(virtuous, {"firstname": "Bea", "lastname": "Lane", "referenceId": "9"})["contact"] == ada


def test_an_archived_contact_is_not_matched_by_email(virtuous: VirtuousOrganisation) -> None:
    ada = known(virtuous)
    virtuous.api.put(f"/Contact/Archive/{ada}")
    row = judged(virtuous, BARE | {"email": "ada@example.org"})
    assert (row["bucket"], row["contact"]) == ("Ready for Import", None)
