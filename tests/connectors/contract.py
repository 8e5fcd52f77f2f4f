"""What the contract suite works with: a connector on a bench, and every call it can be asked for.

A connector joins by its folder under `giftbridge/connectors`. What only it can tell stands in
`tests/connectors/<name>/case.py` as `CASE`: made-up credentials, sample ids, and what its vendor would answer.
"""

import json
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from giftbridge.connectors import base, commitments, events, imports, notice, projects, pulls, thanks
from giftbridge.connectors.base import ContactWrite, Donor, GiftWrite, Reference, RefundWrite
from giftbridge.connectors.commitments import ScheduleWrite
from giftbridge.connectors.http import READS, new_client
from giftbridge.connectors.manifest import Manifest, load_manifest, names
from giftbridge.connectors.notice import Notice
from giftbridge.connectors.registry import Wiring, connect
from giftbridge.connectors.thanks import InteractionWrite, Thanked, ThanksWrite
from giftbridge.domain.contact import Address, Contact, Record
from giftbridge.domain.gift import Card, Designation, Gift, GiftStatus, Refund, Schedule
from giftbridge.domain.project import Project
from giftbridge.errors import Defer

FOLDER: Final = Path(__file__).parent
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
REFERENCE: Final = Reference("gb-3f1c9a", NOW)
DONOR: Final = Contact(
    first_name="Ada", last_name="Lane", email="ada.lane@example.org", phone="(202) 555-0143",
    address=Address("12 Elm St", "Albany", "NY", "12207", "US"), do_not_call=True,
)  # fmt: skip
REFUND: Final = Refund("re_1", 1000, NOW, "duplicate")
GIFT: Final = Gift(
    id="txn_1", contact_id="c_1", amount=12550, currency="USD", status=GiftStatus.SUCCEEDED, method="card",
    occurred_at=NOW, designations=(Designation(10000, "11", "21"), Designation(2550, "12", "21")), event_id="e_1",
    receipt_id="r_1", fee=390, card=Card("visa", "4242", 12, 2030), note="Spring Gala; Signed guitar",
    acknowledged=True,
)  # fmt: skip

THANKED: Final = Thanked(DONOR.email, DONOR.first_name, DONOR.last_name, DONOR.phone, "1219")
BY: Final = Donor("gb-c_1", DONOR)

Respond = Callable[[httpx.Request], Any]
"""The vendor's JSON for a request."""


@dataclass(frozen=True)
class Case:
    """What only this connector's own tests can tell."""

    folder: Path
    credentials: Mapping[str, Mapping[str, str]]
    """Kind of credentials, as the manifest names it -> a made-up set."""
    answers: Sequence[tuple[str, str | Respond]]
    """(pattern of `METHOD path`, a file of `fixtures/` or a function); the first that fits answers."""
    contact_id: str
    """A contact that the answers know."""
    event_id: str = ""
    gift_id: str = ""
    schedule_id: str = ""
    tickets: Sequence[str] = ()
    """Of what was submitted: one of a contact and one of a gift, both of which the answers know."""
    marks: Sequence[str] = ()
    """Marks of contacts, for `acknowledge`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    refusals: Mapping[int, Any] = field(default_factory=dict)
    """Status -> the vendor's own error body, at its most talkative: quoting `DONOR`."""
    keeps: Callable[[Contact], Contact] = lambda contact: contact
    """What the vendor keeps of a contact that it is told."""
    later: Callable[[Sequence[httpx.Request]], Sequence[tuple[str, str | Respond]]] = lambda _requests: ()
    """What a vendor that confirms later answers, once it has done what it was sent."""
    reads: Sequence[str] = ()
    """Patterns of `METHOD path` that change nothing though they are no GET."""
    searches_by_url: bool = False
    """The vendor takes the address of a search in the URL and in no other way."""
    key_in_url: bool = False
    """The vendor takes its key in the query and in no other way."""
    webhook: tuple[bytes, Mapping[str, str], list[Notice]] = (b"", {}, [])
    """A body, its headers, and what they say."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The vendor's answer."""
        asked = f"{request.method} {request.url.path}"
        for pattern, given in self.answers:
            if re.fullmatch(pattern, asked):
                body = self.fixture(given) if isinstance(given, str) else given(request)
                return httpx.Response(200, json=body)
        pytest.fail(f"{self.folder.name}/case.py has no answer to {asked}")

    def writes(self, request: httpx.Request) -> bool:
        """Whether a call may change something."""
        asked = f"{request.method} {request.url.path}"
        return request.method not in READS and not any(re.fullmatch(pattern, asked) for pattern in self.reads)

    def fixture(self, name: str) -> Any:
        """A vendor's payload from `fixtures/`."""
        return json.loads((self.folder / "fixtures" / name).read_text(encoding="utf-8"))

    @property
    def secrets(self) -> list[str]:
        """Everything that must never be seen."""
        told = ("kind", "expires_at")
        return [secret for kind in self.credentials.values() for name, secret in kind.items() if name not in told]


def case_of(name: str) -> Case:
    """The connector's own case; a new connector learns here what it lacks."""
    if not (FOLDER / name / "case.py").is_file():
        pytest.fail(f"tests/connectors/{name}/case.py is missing")
    case: Case = import_module(f"tests.connectors.{name}.case").CASE
    return case


Trouble = Callable[[httpx.Request], httpx.Response]


@dataclass(repr=False)
class Bench:
    """A connector over a vendor that answers as its case says, and a gate that counts."""

    name: str
    case: Case
    kind: str = ""
    troubles: dict[int, Trouble] = field(default_factory=dict)
    """What happens to the n-th call instead."""
    closed_after: int | None = None
    """The gate lets this many calls through."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    sent: list[httpx.Request] = field(default_factory=list)
    taken: int = 0
    blocked: list[datetime] = field(default_factory=list)
    observed: list[tuple[int, int, datetime]] = field(default_factory=list)

    def take(self) -> None:
        """The gate."""
        if self.taken == self.closed_after:
            raise Defer("The budget is used up.", until=NOW, code="budget")
        self.taken += 1

    def block(self, until: datetime) -> None:
        """The gate is told to stay shut."""
        self.blocked.append(until)

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """The gate is told what the vendor counts."""
        self.observed.append((limit, remaining, reset))

    @property
    def manifest(self) -> Manifest:
        """The connector's."""
        return load_manifest(self.name)

    @property
    def connector(self) -> Any:
        """The connector, built as the application builds it."""
        kind = self.kind or self.manifest.credentials[0]
        client = new_client(5, httpx.MockTransport(self._handle))
        settings = {"organisation": "org_1", **self.case.settings, **self.settings}
        return connect(self.name, Wiring(self.case.credentials[kind], client, self, lambda: NOW, settings))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        place = len(self.sent)
        self.sent.append(request)
        return self.troubles[place](request) if place in self.troubles else self.case.answer(request)

    def writes(self) -> list[httpx.Request]:
        """The calls that change something."""
        return [request for request in self.sent if self.case.writes(request)]

    def later(self) -> "Bench":
        """The same vendor, once it has done what it was sent."""
        answers = [*self.case.later(self.writes()), *self.case.answers]
        return Bench(self.name, replace(self.case, answers=answers), settings=self.settings)


def current(bench: Bench) -> Record:
    """The contact of the case as the connector reads it, on a bench of its own."""
    connector = Bench(bench.name, bench.case, settings=bench.settings).connector
    if "fetches_contacts" in bench.manifest.capabilities:
        record: Record = connector.contacts([bench.case.contact_id])[bench.case.contact_id]
        return record
    return listed(connector, bench.case.contact_id)


def listed(connector: Any, contact_id: str) -> Record:
    """A contact as the first page of all contacts shows it."""
    rows: dict[str, Record] = {one.id: one for one in connector.contact_changes("").rows}
    return rows[contact_id]


def _update(bench: Bench, connector: Any) -> Any:
    record = current(bench)
    changed = record.contact.changed({"email": "new.address@example.org", "do_not_mail": True})
    write = ContactWrite(REFERENCE, changed, record, frozenset({"email", "do_not_mail"}))
    return connector.write_contacts([write])


def _gift_write(bench: Bench, current_id: str = "") -> GiftWrite:
    return GiftWrite(REFERENCE, GIFT, bench.case.contact_id, current_id, BY)


def _interaction(bench: Bench) -> InteractionWrite:
    return InteractionWrite(REFERENCE, bench.case.contact_id, "reply", NOW, "Gratavid reply", "So kind!")


def _refund(bench: Bench, connector: Any, partial: bool) -> Any:
    write = RefundWrite(REFERENCE, GIFT, bench.case.gift_id, REFUND, partial, "gb-3f1c9a", bench.case.contact_id, BY)
    return [connector.write_refund(write)]


SCHEDULE: Final = Schedule("sd_1", "monthly", 2500, NOW)


def _schedule_write(bench: Bench, current_id: str = "") -> ScheduleWrite:
    return ScheduleWrite(REFERENCE, SCHEDULE, bench.case.contact_id, GIFT, current_id)


Operation = Callable[[Bench, Any], Any]
CREATE: Final = ContactWrite(REFERENCE, DONOR)
OPERATIONS: Final[Mapping[str, Mapping[str, Operation]]] = {
    "": {"identify": lambda _, c: c.identify()},
    "reads_contacts": {
        "contact_changes": lambda _, c: c.contact_changes(""),
        "contacts_by_email": lambda _, c: c.contacts_by_email(DONOR.email),
        "successor": lambda b, c: c.successor(b.case.contact_id),
    },
    "fetches_contacts": {"contacts": lambda b, c: c.contacts([b.case.contact_id])},
    "acknowledges": {"acknowledge": lambda b, c: c.acknowledge(list(b.case.marks))},
    "writes_contacts": {
        "create_contact": lambda _, c: c.write_contacts([CREATE]),
        "update_contact": _update,
        "recall_contact": lambda _, c: c.recall_contact(CREATE),
    },
    "reads_gifts": {"gifts": lambda b, c: c.gifts([b.case.gift_id])},
    "holds_events": {
        "event": lambda b, c: c.event(b.case.event_id),
        "event_gifts": lambda b, c: c.event_gifts(b.case.event_id, ""),
    },
    "lists_events": {"events": lambda _, c: c.events("")},
    "lists_refunds": {"refunded_gifts": lambda _, c: c.refunded_gifts("")},
    "lists_gifts": {"gift_changes": lambda _, c: c.gift_changes("")},
    "records_gifts": {
        "record_gift": lambda b, c: c.write_gifts([_gift_write(b)]),
        "correct_gift": lambda b, c: c.write_gifts([_gift_write(b, b.case.gift_id)]),
        "recall_gift": lambda b, c: c.recall_gift(_gift_write(b)),
        "refund": lambda b, c: _refund(b, c, partial=False),
        "partial_refund": lambda b, c: _refund(b, c, partial=True),
        "purposes": lambda _, c: c.purposes(),
    },
    "keeps_schedules": {
        "write_schedule": lambda b, c: [c.write_schedule(_schedule_write(b))],
        "change_schedule": lambda b, c: [c.write_schedule(_schedule_write(b, b.case.schedule_id))],
        "end_schedule": lambda b, c: [c.end_schedule(b.case.schedule_id, NOW)],
        "recall_schedule": lambda b, c: c.recall_schedule(_schedule_write(b)),
    },
    "keeps_pledges": {"open_pledges": lambda b, c: c.open_pledges(b.case.contact_id)},
    "lists_schedules": {"schedules": lambda _, c: c.schedules("")},
    "tells_gifts": {
        "crm_gift_changes": lambda _, c: c.crm_gift_changes(""),
        "crm_gifts": lambda b, c: c.crm_gifts([b.case.gift_id]),
    },
    "finds_donors": {"find_or_create_donor": lambda _, c: c.find_or_create_donor(DONOR)},
    "takes_imports": {"import_table": lambda _, c: c.import_table([], base.Purposes())},
    "takes_gift_files": {"gift_file": lambda _, c: c.gift_file([])},
    "annotates": {
        "remember_crm_id": lambda b, c: c.remember_crm_id(b.case.contact_id, "crm", "17", "https://crm.invalid/17"),
        "add_activity": lambda b, c: c.add_activity(b.case.contact_id, "Gave $25", NOW, REFERENCE.value),
    },
    "sends_thanks": {
        "create_task": lambda _, c: [c.create_task(ThanksWrite(THANKED, "Thank Ada: $25", "u_77"))],
        "send_note": lambda _, c: [c.send_note(ThanksWrite(THANKED, note="n_5"))],
        "thanks_choices": lambda _, c: c.thanks_choices(),
    },
    "tells_giving": {
        "giving_changes": lambda _, c: c.giving_changes("", NOW),
        "donations": lambda b, c: c.donations([b.case.gift_id]),
        "giving": lambda b, c: c.giving(b.case.contact_id),
        "supporters": lambda b, c: c.supporters([b.case.contact_id]),
    },
    "logs_interactions": {
        "constituent_by_account_number": lambda _, c: c.constituent_by_account_number("1219"),
        "log_interaction": lambda b, c: [c.log_interaction(_interaction(b))],
        "recall_interaction": lambda b, c: c.recall_interaction(_interaction(b)),
    },
    "confirms": {"confirm": lambda b, c: c.confirm(list(b.case.tickets))},
    "lists_projects": {"project_changes": lambda _, c: c.project_changes("")},
    "keeps_projects": {
        "kept_projects": lambda _, c: c.kept_projects(),
        "keep_project": lambda _, c: c.keep_project(Project("WELL", "A well", "For clean water"), None),
    },
    "verifies_events": {"verified": lambda _, c: c.verified("e_1")},
    "shows_status": {"show_status": lambda _, c: c.show_status(True, 5)},
}
"""Capability -> what a job may ask for; without a capability: every connector."""
SILENT: Final = frozenset({"successor", "recall_contact", "recall_gift", "gift_file", "import_table"})
"""What a connector may know without a call."""
BATCHES: Final = (
    "create_contact", "update_contact", "record_gift", "correct_gift", "refund", "partial_refund", "create_task",
    "send_note", "log_interaction", "write_schedule", "change_schedule", "end_schedule",
)  # fmt: skip
"""Writes whose refusal concerns one record alone."""
PROTOCOLS: Final[Mapping[str, type]] = {
    "reads_contacts": base.ReadsContacts,
    "writes_contacts": base.WritesContacts,
    "reads_gifts": base.ReadsGifts,
    "holds_events": events.HoldsEvents,
    "lists_events": events.ListsEvents,
    "lists_refunds": events.ListsRefunds,
    "lists_gifts": base.ListsGifts,
    "records_gifts": base.RecordsGifts,
    "confirms": base.Confirms,
    "shows_status": base.ShowsStatus,
    "annotates": base.Annotates,
    "fetches_contacts": base.FetchesContacts,
    "acknowledges": base.Acknowledges,
    "lists_projects": projects.ListsProjects,
    "keeps_projects": projects.KeepsProjects,
    "webhooks": notice.ReceivesWebhooks,
    "unsigned_webhooks": notice.TellsRepeats,
    "verifies_events": notice.VerifiesEvents,
    "registers_webhooks": notice.RegistersWebhooks,
    "sends_thanks": thanks.SendsThanks,
    "tells_engagement": thanks.TellsEngagement,
    "tells_giving": thanks.TellsGiving,
    "logs_interactions": thanks.LogsInteractions,
    "keeps_schedules": commitments.KeepsSchedules,
    "keeps_pledges": commitments.KeepsPledges,
    "lists_schedules": commitments.ListsSchedules,
    "tells_gifts": pulls.TellsGifts,
    "finds_donors": pulls.FindsDonors,
    "takes_gift_files": pulls.TakesGiftFiles,
    "takes_imports": imports.TakesImports,
}
CREDENTIALS: Final = frozenset({"api_key", "oauth", "token", "password"})
OTHER_CAPABILITIES: Final = CREDENTIALS | {"refunds"}


def calls(only: Sequence[str] = ()) -> list[Any]:
    """(connector, operation) of all connectors there are, by what their manifests state."""
    return [
        pytest.param(name, operation, id=f"{name}-{operation}")
        for name in names()
        for capability, operations in OPERATIONS.items()
        if not capability or capability in load_manifest(name).capabilities
        for operation in operations
        if not only or operation in only
    ]


def run(bench: Bench, operation: str) -> Any:
    """Ask the connector on the bench for one operation."""
    chosen = {name: one for operations in OPERATIONS.values() for name, one in operations.items()}[operation]
    return chosen(bench, bench.connector)


def requests_of(name: str, operation: str) -> list[httpx.Request]:
    """The calls of an operation when all goes well."""
    bench = Bench(name, case_of(name))
    run(bench, operation)
    if not bench.sent and operation not in SILENT:
        pytest.fail(f"{name}: {operation} made no call")
    return bench.sent


def failure(bench: Bench, operation: str) -> Exception:
    """The error of an operation that must fail, proved to tell no secret and no donor."""
    try:
        answer = run(bench, operation)
    except Exception as error:
        assert_discreet(bench.case, error)
        return error
    pytest.fail(f"{bench.name}: {operation} answered {answer!r} instead of failing")


def assert_discreet(case: Case, error: BaseException) -> None:
    """Neither message, arguments nor cause hold a secret or a donor's data."""
    told = "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(vars(error))
    assert not [secret for secret in [*case.secrets, DONOR.email, DONOR.last_name] if secret in told]
