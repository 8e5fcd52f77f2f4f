"""Contacts through the import of Virtuous."""

from typing import Any

import pytest

from giftbridge.connectors.base import ContactWrite, Done, Reference, Submitted
from giftbridge.domain.contact import Changes, Contact, Field, Record
from giftbridge.errors import Defer, NotFound, Reject
from local.sandbox.virtuous import VirtuousOrganisation
from tests.connectors.contract import DONOR, NOW
from tests.connectors.virtuous.conftest import Connect
from tests.sandbox.virtuous_help import SOURCE

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]
pytestmark = pytest.mark.usefixtures("proper")

TOM = Contact(first_name="Tom", last_name="Lane", email="tom@example.org")
IMPORT = {"contact_writes": "import"}


def new(contact: Contact, reference: str = "gb-1") -> ContactWrite:
    """A contact to create."""
    return ContactWrite(Reference(reference, NOW), contact)


def handed(answer: Any) -> Submitted:
    """What was taken for later."""
    assert isinstance(answer, Submitted), answer
    return answer


def there(joined: Connect, virtuous: VirtuousOrganisation, contact: Contact = DONOR) -> Record:
    """A contact that is there."""
    (answer,) = joined().write_contacts([new(contact)])
    assert isinstance(answer, Done)
    return joined().contacts([answer.id])[answer.id]


def test_new_contacts_are_one_import_and_confirmed_by_their_references(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    connector = joined(**IMPORT)
    nameless = new(Contact(email="x@example.org"), "gb-3")
    ada, refused, tom = connector.write_contacts([new(DONOR), nameless, new(TOM, "gb-2")])
    assert isinstance(refused, Reject)
    assert virtuous.calls() == {"POST /api/Contact/Batch": 1}
    tickets = [handed(ada).ticket, handed(tom).ticket]
    assert connector.confirm(tickets) == [Submitted(ticket) for ticket in tickets]
    virtuous.run_everything()
    first, second = connector.confirm(tickets)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert first.record is not None
    assert first.record.contact == DONOR.changed({"do_not_call": False}), "imports know nothing of consent"


def test_an_edit_tells_only_what_changes_in_the_crms_own_spelling(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    record = there(joined, virtuous)
    wanted = record.contact.changed({"first_name": " Ada ", "email": "new@example.org"})
    connector = joined(**IMPORT)
    (answer,) = connector.write_contacts([ContactWrite(Reference("gb-1", NOW), wanted, record, frozenset({"email"}))])
    assert handed(answer).id == record.id
    (row,) = virtuous.journal("POST", "/api/Contact/Batch")[0]["body"]["contacts"]
    assert row == {"referenceId": "gb-1", "name": "Ada Lane", "emailType": "Home Email", "email": "new@example.org"}
    (before,) = connector.confirm([handed(answer).ticket])
    assert isinstance(before, Done)
    assert before.record is not None
    assert before.record.contact.email == DONOR.email, "whether it was taken over is for the caller to see"
    virtuous.midnight()
    (found,) = virtuous.imports()
    assert found["rows"][0]["reasons"] == ["email"]
    virtuous.run_import(found["id"])
    (after,) = connector.confirm([handed(answer).ticket])
    assert isinstance(after, Done)
    assert after.record is not None
    assert after.record.contact.email == "new@example.org"


@pytest.mark.parametrize(
    ("reference", "changed", "told"),
    [
        ("gb-1", "phone", {"name": "Ada Lane"}),
        ("gb-1", "last_name", {"firstName": "Ada", "lastName": "Byron"}),
        ("gb-2", "phone", {"firstName": "Ada", "lastName": "Lane"}),
    ],
)
def test_an_edit_names_the_person_only_where_that_is_to_change_or_tells_whose_it_is(
    joined: Connect, virtuous: VirtuousOrganisation, reference: str, changed: Field, told: dict[str, str]
) -> None:
    record = there(joined, virtuous)
    wanted = record.contact.changed({changed: {"phone": "+13035550177", "last_name": "Byron"}[changed]})
    write = ContactWrite(Reference("nonce", NOW), wanted, record, frozenset({changed}), known_as=reference)
    handed(joined(**IMPORT).write_contacts([write])[0])
    body = virtuous.held()[0]["body"]
    assert {name: text for name, text in body.items() if "ame" in name} == told


TRUST = Contact(kind="organisation", organisation_name="Lane Trust", email="office@example.org", phone="+13035550101")


def test_F13_a_new_organisation_is_imported_by_its_name(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector = joined(**IMPORT)
    ticket = handed(connector.write_contacts([new(TRUST)])[0]).ticket
    assert virtuous.held()[0]["body"] == {
        "referenceId": "gb-1", "name": "Lane Trust", "contactType": "Organization",
        "emailType": "Home Email", "email": TRUST.email, "phoneType": "Home Phone", "phone": TRUST.phone,
    }  # fmt: skip
    virtuous.run_everything()
    (done,) = connector.confirm([ticket])
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.contact == TRUST
    stored = virtuous.staff_call("GET", f"Contact/{done.id}")
    assert (stored["name"], stored["contactType"]) == ("Lane Trust", "Organization")
    assert stored["contactReferences"] == [{"source": SOURCE, "id": "gb-1"}]


@pytest.mark.parametrize(
    ("changes", "name", "told"),
    [
        ({"organisation_name": "Lane Foundation"}, "Lane Foundation", {}),
        ({"organisation_name": " Lane  Trust"}, "Lane Trust", {}),
        ({"email": "new@example.org"}, "Lane Trust", {"emailType": "Home Email", "email": "new@example.org"}),
    ],
    ids=["another name", "the same name, spelled otherwise", "its address alone"],
)
def test_F13_an_organisation_is_edited_by_an_import(
    joined: Connect, virtuous: VirtuousOrganisation, changes: Changes, name: str, told: dict[str, str]
) -> None:
    record, connector = there(joined, virtuous, TRUST), joined(**IMPORT)
    wanted = record.contact.changed(changes)
    write = ContactWrite(Reference("nonce", NOW), wanted, record, frozenset(changes), known_as="gb-1")
    ticket = handed(connector.write_contacts([write])[0]).ticket
    assert virtuous.held()[0]["body"] == {"referenceId": "gb-1", "name": name, **told}
    virtuous.run_everything()
    (done,) = connector.confirm([ticket])
    assert isinstance(done, Done)
    assert (done.id, done.record and done.record.contact) == (
        record.id, TRUST.changed({"organisation_name": name, "email": told.get("email", TRUST.email)}),
    )  # fmt: skip


def test_a_no_goes_at_once(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    record, connector = there(joined, virtuous), joined(**IMPORT)
    wanted = record.contact.changed({"email_opt_out": True, "last_name": "Byron"})
    reference = Reference("gb-1", NOW)
    (answer,) = connector.write_contacts([ContactWrite(reference, wanted, record, frozenset({"email_opt_out"}))])
    assert isinstance(answer, Done)
    both = ContactWrite(reference, wanted, answer.record, frozenset({"email_opt_out", "last_name"}))
    handed(connector.write_contacts([both])[0])
    now = connector.contacts([record.id])[record.id].contact
    assert (now.email_opt_out, now.last_name) == (True, "Lane")


def test_an_edit_of_a_contact_that_went_is_told(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    record, connector = there(joined, virtuous), joined(**IMPORT)
    wanted = record.contact.changed({"last_name": "Byron"})
    write = ContactWrite(Reference("gb-1", NOW), wanted, record, frozenset({"last_name"}))
    ticket = handed(connector.write_contacts([write])[0]).ticket
    virtuous.staff_call("PUT", f"Contact/Archive/{record.id}", {})
    (answer,) = connector.confirm([ticket])
    assert isinstance(answer, NotFound)


def test_where_one_of_a_batch_is_refused_the_others_go(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    virtuous.fault(mode="status", status=400, method="POST", path="/api/Contact/Batch", count=2)
    first, second = joined(**IMPORT).write_contacts([new(DONOR), new(TOM, "gb-2")])
    assert isinstance(first, Reject)
    assert handed(second).ticket == f"contact|{SOURCE}|gb-2"


def test_what_stops_a_later_row_leaves_all_in_doubt(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    for after, status in ((0, 400), (1, 429)):
        virtuous.fault("status", method="POST", path="/api/Contact/Batch", after=after, status=status)
    with pytest.raises(Defer) as stopped:
        joined(**IMPORT).write_contacts([new(DONOR), new(TOM, "gb-2")])
    assert stopped.value.doubt
