"""The contract suite: what every connector does, whoever its vendor is.

Connectors are found by their manifests; nobody lists them here. A new one fails below until it keeps the contract, and
each failure names what is missing.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from giftbridge.connectors.base import Done, Page, Submitted
from giftbridge.connectors.http import MINUTE
from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.domain.contact import Record
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.errors import Defer, Disconnected, GiftbridgeError, Retry
from tests.connectors.contract import BATCHES, DONOR, NOW, Bench, calls, case_of, failure, requests_of, run

EVERY = pytest.mark.parametrize("name", names())
EVERY_CALL = pytest.mark.parametrize(("name", "operation"), calls())
EVERY_BATCH = pytest.mark.parametrize(("name", "operation"), calls(only=BATCHES))

Answer = Callable[[httpx.Request], httpx.Response]


def each_call_fails(name: str, operation: str, trouble: Answer) -> list[tuple[httpx.Request, Exception, Bench]]:
    """Fail every call of an operation in turn: (the call, the error, the bench)."""
    case = case_of(name)
    met = []
    for place, request in enumerate(requests_of(name, operation)):
        bench = Bench(name, case, troubles={place: trouble})
        met.append((request, failure(bench, operation), bench))
        assert len(bench.sent) == place + 1, "nothing is repeated, and nothing goes on after a failure"
    return met


def answering(status: int, body: object = None, **headers: str) -> Answer:
    return lambda _: httpx.Response(status, json=body, headers=headers)


def raising(error: type[Exception]) -> Answer:
    def raised(request: httpx.Request) -> httpx.Response:
        raise error(f"{DONOR.email} {request.headers}")

    return raised


def doubt(bench: Bench, operation: str) -> bool | None:
    """The doubt of the `Retry` that an operation ends in; None where it makes sense of what it got."""
    try:
        run(bench, operation)
    except Retry as error:
        return error.doubt
    return None


# -- a good day


@EVERY_CALL
def test_every_call_goes_through_the_gate_to_the_vendor_alone(name: str, operation: str) -> None:
    bench = Bench(name, case_of(name))
    run(bench, operation)
    own = httpx.URL(load_manifest(name).base_url)
    assert bench.taken == len(bench.sent)
    assert {(request.url.scheme, request.url.host) for request in bench.sent} <= {(own.scheme, own.host)}
    assert bench.blocked == []


@EVERY
def test_who_connects_is_told_whose_database_it_is(name: str) -> None:
    for kind in load_manifest(name).credentials:
        identity = Bench(name, case_of(name), kind=kind).connector.identify()
        assert identity.database, "identify names no database"
        assert identity.name, "identify gives nothing to show"


@EVERY
def test_changes_are_read_page_by_page_and_go_on_from_the_last_cursor(name: str) -> None:
    if "reads_contacts" not in load_manifest(name).capabilities:
        return
    connector = Bench(name, case_of(name)).connector
    seen, cursor = set(), ""
    for _ in range(10):
        page: Page[Record] = connector.contact_changes(cursor)
        seen |= {record.id for record in page.rows}
        cursor = page.cursor
        if not page.more:
            break
    assert not page.more, "the list has no end"
    assert cursor, "the last page gives no cursor for the next time"
    assert case_of(name).contact_id in seen
    assert isinstance(connector.contact_changes(cursor), Page)


@EVERY_BATCH
def test_a_write_that_worked_is_done_under_an_id_or_handed_over_with_a_ticket(name: str, operation: str) -> None:
    bench = Bench(name, case_of(name))
    (answer,) = run(bench, operation)
    assert isinstance(answer, Done | Submitted)
    if isinstance(answer, Submitted):
        assert "confirms" in load_manifest(name).capabilities
        assert 0 < len(answer.ticket) <= 400
        assert not [told for told in (DONOR.email, DONOR.last_name, "555") if told in answer.ticket + answer.told]
    else:
        assert answer.id
    assert bench.writes()


@EVERY
def test_what_was_submitted_can_be_asked_about(name: str) -> None:
    if "confirms" not in load_manifest(name).capabilities:
        return
    case = case_of(name)
    assert len(case.tickets) == 2, "the case needs a ticket of a contact and one of a gift"
    answers = Bench(name, case).connector.confirm(list(case.tickets))
    assert [type(answer) for answer in answers] == [Done, Done]
    assert all(answer.id for answer in answers)


@EVERY
def test_a_create_that_may_be_repeated_carries_its_reference(name: str) -> None:
    manifest = load_manifest(name)
    for what, operation in (("contacts", "create_contact"), ("gifts", "record_gift")):
        if manifest.recall.get(what) == "key":
            bench = Bench(name, case_of(name))
            run(bench, operation)
            told = [f"{dict(request.headers)} {request.content.decode()}" for request in bench.writes()]
            assert all("gb-3f1c9a" in one for one in told)


# -- a bad day


@EVERY_CALL
def test_wrong_credentials_disconnect(name: str, operation: str) -> None:
    refusal = case_of(name).refusals.get(401)
    for _, error, _ in each_call_fails(name, operation, answering(401, refusal)):
        assert isinstance(error, Disconnected), repr(error)
        assert error.system == name


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (format_datetime(NOW + timedelta(minutes=7), usegmt=True), timedelta(minutes=7)),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), timedelta()),
        (None, MINUTE),
        ("soon", MINUTE),
        ("-5", MINUTE),
        ("²", MINUTE),
    ],
)
@EVERY_CALL
def test_too_many_calls_wait_until_the_time_the_vendor_names(
    name: str, operation: str, asked: str | None, wait: timedelta
) -> None:
    headers = [] if asked is None else [(b"Retry-After", asked.encode("latin-1"))]
    for _, error, bench in each_call_fails(name, operation, lambda _: httpx.Response(429, headers=headers)):
        assert isinstance(error, Defer), repr(error)
        assert error.until == NOW + wait
        assert bench.blocked == [NOW + wait]


@pytest.mark.parametrize("asked", ["9" * 15, "9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT"])
@EVERY
def test_no_vendor_makes_us_wait_for_ever(name: str, asked: str) -> None:
    error = failure(Bench(name, case_of(name), troubles={0: answering(429, **{"Retry-After": asked})}), "identify")
    assert isinstance(error, Defer)
    assert error.until <= NOW + timedelta(days=1)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
@EVERY_CALL
def test_an_outage_is_tried_again_and_leaves_doubt_about_writes(name: str, operation: str, status: int) -> None:
    for request, error, _ in each_call_fails(name, operation, answering(status)):
        assert isinstance(error, Retry), repr(error)
        assert error.doubt is case_of(name).writes(request)


@pytest.mark.parametrize("error_type", [httpx.ConnectError, httpx.ConnectTimeout])
@EVERY_CALL
def test_what_was_never_sent_leaves_no_doubt(name: str, operation: str, error_type: type[Exception]) -> None:
    """Unless some of it was handed over by an earlier call."""
    confirms = "confirms" in load_manifest(name).capabilities
    for _, error, bench in each_call_fails(name, operation, raising(error_type)):
        assert isinstance(error, Retry), repr(error)
        assert not error.doubt or (confirms and len(bench.writes()) > 1)


@pytest.mark.parametrize(
    "error_type", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
@EVERY_CALL
def test_silence_after_a_write_leaves_doubt(name: str, operation: str, error_type: type[Exception]) -> None:
    for request, error, _ in each_call_fails(name, operation, raising(error_type)):
        assert isinstance(error, Retry), repr(error)
        assert error.doubt is case_of(name).writes(request)


@pytest.mark.parametrize(
    "body", [b'{"Results": [{"Id": 1', b"<html><body>Maintenance</body></html>", b"\xff\xfe\x00", b"[" * 100_000]
)
@EVERY_CALL
def test_a_garbled_answer_is_tried_again(name: str, operation: str, body: bytes) -> None:
    for request, error, _ in each_call_fails(name, operation, lambda _: httpx.Response(200, content=body)):
        assert isinstance(error, Retry), repr(error)
        assert error.doubt is case_of(name).writes(request)


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[]", b'"fine"', b"7", b'{"Results": 7, "items": "none"}'])
@EVERY_CALL
def test_an_answer_of_another_shape_is_no_crash(name: str, operation: str, body: bytes) -> None:
    case = case_of(name)
    for place, request in enumerate(requests_of(name, operation)):
        bench = Bench(name, case, troubles={place: lambda _: httpx.Response(200, content=body)})
        assert doubt(bench, operation) in (None, case.writes(request))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@EVERY_CALL
def test_redirects_are_never_followed(name: str, operation: str, status: int) -> None:
    moved = answering(status, location="https://elsewhere.invalid/v2")
    for _, error, bench in each_call_fails(name, operation, moved):
        assert isinstance(error, Retry), repr(error)
        assert not [request for request in bench.sent if request.url.host == "elsewhere.invalid"]


@EVERY_CALL
def test_a_shut_gate_makes_no_call(name: str, operation: str) -> None:
    for place in range(len(requests_of(name, operation))):
        bench = Bench(name, case_of(name), closed_after=place)
        assert isinstance(failure(bench, operation), Defer)
        assert len(bench.sent) == place


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422])
@EVERY_BATCH
def test_a_refused_record_is_answered_and_stops_no_other(name: str, operation: str, status: int) -> None:
    case = case_of(name)
    body = case.refusals.get(status, case.refusals.get(400))
    places = [place for place, one in enumerate(requests_of(name, operation)) if case.writes(one)]
    for place in places:
        (answer,) = run(Bench(name, case, troubles={place: answering(status, body)}), operation)
        assert isinstance(answer, GiftbridgeError)
        assert DONOR.email not in str(answer)
        assert DONOR.last_name not in str(answer)
        assert answer.code.replace("_", "").replace("-", "").isalnum(), answer.code


@EVERY
def test_half_a_character_in_an_answer_stops_nothing(name: str) -> None:
    """Vendors that count in UTF-16 cut an emoji in two; neither half can be hashed, stored or sent."""
    if "reads_contacts" not in load_manifest(name).capabilities:
        return
    case = case_of(name)

    def cut(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=case.answer(request).content.replace(b'"Ada"', b'"Ada \\ud83d"'))

    rows = Bench(name, case, troubles=dict.fromkeys(range(10), cut)).connector.contact_changes("").rows
    told = Fingerprinter(b"k" * 32)
    assert "Ada ?" in {record.contact.first_name for record in rows}
    assert all(told.raw(record.raw) and told.fields(record.contact) for record in rows)


# -- nothing to do, nothing to see


@EVERY
def test_nothing_asked_costs_no_call(name: str) -> None:
    bench = Bench(name, case_of(name))
    connector = bench.connector
    for ask in ("contacts", "gifts", "write_contacts", "write_gifts", "confirm"):
        if hasattr(connector, ask):
            assert not getattr(connector, ask)([])
    if hasattr(connector, "contacts_by_email"):
        assert [connector.contacts_by_email(blank) for blank in ("", "  ")] == [[], []]
    assert bench.sent == []


@EVERY_CALL
def test_no_secret_is_seen_in_urls_and_logs(name: str, operation: str, caplog: pytest.LogCaptureFixture) -> None:
    case = case_of(name)
    caplog.set_level(logging.DEBUG)
    for kind in load_manifest(name).credentials:
        bench = Bench(name, case, kind=kind)
        run(bench, operation)
        urls = " ".join(str(request.url) for request in bench.sent)
        assert not [secret for secret in case.secrets if secret in caplog.text]
        assert any(secret in urls for secret in case.secrets) is case.key_in_url


@EVERY
def test_no_secret_is_seen_by_looking_at_a_connector(name: str) -> None:
    case = case_of(name)
    for kind in load_manifest(name).credentials:
        connector = Bench(name, case, kind=kind).connector
        connector.identify()
        seen = repr(connector) + repr(vars(connector))
        assert not [secret for secret in case.secrets if secret in seen]
