"""Contract suite: a contact goes to the vendor and comes back as the vendor keeps it; blanks never go."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giftbridge.connectors.base import ContactWrite, Done, Submitted
from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.domain import normalise
from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Contact
from giftbridge.errors import GiftbridgeError, Reject
from tests.connectors.contract import REFERENCE, Bench, Case, case_of, current, listed
from tests.domain.strategies import ANY_CONTACTS, CONTACTS

WRITERS = [name for name in names() if "writes_contacts" in load_manifest(name).capabilities]
EVERY_WRITER = pytest.mark.parametrize("name", WRITERS)
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spelled(contact: Contact) -> dict[str, str]:
    return {field: normalise.canonical(contact, field) for field in FIELDS}


def write(bench: Bench, one: ContactWrite) -> Done | GiftbridgeError:
    (answer,) = bench.connector.write_contacts([one])
    if isinstance(answer, Submitted):
        return Done(answer.id, listed(bench.later().connector, answer.id))
    assert isinstance(answer, Done | GiftbridgeError)
    return answer


def leaves(value: Any) -> Iterator[Any]:
    """Everything at the bottom of a JSON value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for one in inner:
            yield from leaves(one)


def assert_nothing_blank(case: Case, bench: Bench) -> None:
    sent = [json.loads(request.content) for request in bench.writes()]
    assert not [leaf for body in sent for leaf in leaves(body) if leaf in ("", None)], case.folder.name


@EVERY_WRITER
@OFTEN
@given(contact=CONTACTS)
def test_a_new_contact_comes_back_as_it_was_sent(name: str, contact: Contact) -> None:
    case = case_of(name)
    answer = write(Bench(name, case), ContactWrite(REFERENCE, contact))
    assert isinstance(answer, Done)
    assert answer.record is not None
    assert spelled(answer.record.contact) == spelled(case.keeps(contact))
    assert answer.record.id == answer.id


@EVERY_WRITER
@OFTEN
@given(contact=ANY_CONTACTS)
def test_a_blank_is_never_sent(name: str, contact: Contact) -> None:
    bench = Bench(name, case_of(name))
    answer = write(bench, ContactWrite(REFERENCE, contact))
    assert isinstance(answer, Done | Reject), "a contact the vendor can't hold is refused, with a reason"
    assert_nothing_blank(bench.case, bench)


@EVERY_WRITER
@OFTEN
@given(contact=CONTACTS, changed=st.sets(st.sampled_from(sorted(set(FIELDS) - CONSENT_FIELDS)), min_size=1))
def test_an_update_keeps_what_it_does_not_change(name: str, contact: Contact, changed: set[Any]) -> None:
    bench = Bench(name, case_of(name))
    before = current(bench)
    changed = {field for field in changed if contact.value(field) and field != "organisation_name"}
    after = before.contact.changed({field: contact.value(field) for field in changed})
    answer = write(bench, ContactWrite(REFERENCE, after, before, frozenset(changed)))
    assert isinstance(answer, Done)
    if answer.record is not None:
        assert spelled(answer.record.contact) == spelled(bench.case.keeps(after))


@EVERY_WRITER
@pytest.mark.parametrize("field", sorted(CONSENT_FIELDS))
def test_a_no_reaches_the_vendor(name: str, field: Any) -> None:
    bench = Bench(name, case_of(name))
    before = current(bench)
    if not bench.case.keeps(before.contact.changed({field: True})).value(field):
        pytest.skip(f"{name} knows no such thing")
    write(bench, ContactWrite(REFERENCE, before.contact.changed({field: True}), before, frozenset({field})))
    assert len(bench.writes()) == 1
    fresh, refusing = Bench(name, case_of(name)), before.contact.changed({field: True})
    made = write(fresh, ContactWrite(REFERENCE, refusing))
    assert isinstance(made, Done)
    assert made.record is not None
    assert made.record.contact.value(field) is fresh.case.keeps(refusing).value(field)


@EVERY_WRITER
def test_the_same_record_reads_the_same(name: str) -> None:
    assert current(Bench(name, case_of(name))).raw == current(Bench(name, case_of(name))).raw
