"""What became of imports: by their status, and where that is not enough by reading what they left behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from giftbridge.connectors.base import Done, Submitted, Written
from giftbridge.connectors.kindful import gifts, paging
from giftbridge.connectors.kindful.jobs import FAILED, Seen, Ticket, Verdict, has_ended, verdict
from giftbridge.connectors.kindful.mapping import readable
from giftbridge.connectors.kindful.models import GiftRow, Job, Queue
from giftbridge.domain.contact import Record
from giftbridge.errors import Park, Partial, Reject

GLANCE: Final = 2
"""Pages of changes that are looked at for what an update that went well has made of a contact."""

TOO_LONG: Final = (
    "Kindful does not tell what became of this, and its lists are too long to find out. Look, then decide."
)


@dataclass(frozen=True, slots=True)
class Questions:
    """How Kindful is asked, and how far."""

    job: Callable[[str], Job | None]
    """A job's status; None for one that is not known."""
    queue: Callable[[], Queue]
    contacts: paging.Ask
    transactions: paging.Ask
    contact_columns: Mapping[str, Any]
    gift_columns: Mapping[str, Any]
    own_stamps: bool
    """Whether an import leaves the row's time as that of the last change, else Kindful's own."""
    most: int
    """Pages that are read at most."""


@dataclass(frozen=True, slots=True)
class Left:
    """What imports left behind; `whole`: what is not here is nowhere in Kindful."""

    records: Mapping[str, Record]
    gifts: Mapping[str, GiftRow]
    whole_contacts: bool
    whole_gifts: bool
    own_stamps: bool

    def knows(self, ticket: Ticket) -> bool:
        """Whether it is certain what Kindful has, and has not, of the row."""
        found = ticket.id in (self.records if ticket.of_contact else self.gifts)
        return found or (self.whole_contacts if ticket.of_contact else self.whole_gifts)

    def holds(self, ticket: Ticket) -> bool:
        """Whether Kindful has what the row said, as far as its columns tell."""
        return self._holds_contact(ticket) if ticket.of_contact else self._holds_gift(ticket)

    def fresh(self, ticket: Ticket) -> Record | None:
        """The contact as it is now; an update may be applied later than its job ends."""
        record = self.records.get(ticket.id) if ticket.of_contact else None
        stale = record is not None and record.stamp is not None and record.stamp < ticket.sent
        return None if stale else record

    def _holds_contact(self, ticket: Ticket) -> bool:
        record = self.records.get(ticket.id)
        if record is None or record.deleted:
            return False
        return ticket.kind == "create" or self._is_ours(record.stamp, ticket)

    def _holds_gift(self, ticket: Ticket) -> bool:
        gift = self.gifts.get(ticket.id)
        if gift is None or gift.deleted_at:
            return False
        if ticket.kind == "refund":
            return gift.was_refunded
        return ticket.kind == "gift" or self._is_ours(gift.updated_at, ticket)

    def _is_ours(self, stamp: datetime | None, ticket: Ticket) -> bool:
        """Whether the last change is that of our row: a row that was ignored met a newer one."""
        if stamp is None:
            return True
        return int(stamp.timestamp()) == ticket.at if self.own_stamps else stamp >= ticket.sent


@dataclass
class Confirmation:
    """One round: each job and each list is asked for once, and no job of which enough was `seen` before."""

    ask: Questions
    tickets: Sequence[Ticket]
    seen: Seen
    now: datetime
    _jobs: dict[str, Job | None] = field(default_factory=dict)

    def answers(self) -> list[Written]:
        """What became of each ticket's row, in order."""
        words = {ticket: self._verdict(ticket) for ticket in sorted(self.tickets, key=lambda one: one.queued)}
        said = [(ticket, words[ticket]) for ticket in self.tickets]
        left = self._left(said)
        return [self._answer(ticket, word, left) for ticket, word in said]

    def _verdict(self, ticket: Ticket) -> Verdict:
        """What its jobs say, those handed over first asked first."""
        if self.seen.must_wait(ticket, self.now):
            return "waiting"
        said = self._said(ticket)
        self.seen.told(ticket, said, self.now)
        return said

    def _said(self, ticket: Ticket) -> Verdict:
        job, parts = self._job(ticket.job), self._job(ticket.split)
        if parts is not None and verdict(parts, ticket) == "waiting":
            return "waiting"
        return verdict(job, ticket) if job is not None else "short"

    def _job(self, job_id: str) -> Job | None:
        ended = self.seen.ended
        if not job_id or job_id in ended:
            return ended.get(job_id)
        if job_id not in self._jobs:
            found = self._jobs[job_id] = self.ask.job(job_id)
            if found is not None and has_ended(found):
                ended[job_id] = found
        return self._jobs[job_id]

    # -- reading back

    def _left(self, said: Sequence[tuple[Ticket, Verdict]]) -> Left:
        """Look for what jobs that don't tell enough left behind, and for what updates made of contacts."""
        doubtful = [ticket for ticket, word in said if word in ("short", "merged", "failed")]
        updated = {ticket.id for ticket, word in said if word == "done" and ticket.kind == "update"}
        seen = self._listed(paging.CHANGES, updated, GLANCE)
        contacts = self._contacts({ticket.id for ticket in doubtful if ticket.of_contact})
        transactions = self._transactions([ticket for ticket in doubtful if not ticket.of_contact])
        return Left(
            records={name: readable(row) for name, row in {**seen.found, **contacts.found}.items()},
            gifts={name: GiftRow.model_validate(row) for name, row in transactions.found.items()},
            whole_contacts=contacts.whole,
            whole_gifts=transactions.whole,
            own_stamps=self.ask.own_stamps,
        )

    def _contacts(self, wanted: set[str]) -> paging.Search:
        """First among the changes, as an import is one; then among all."""
        changes = self._listed(paging.CHANGES, wanted, self.ask.most)
        rest = self._listed(paging.EVERYTHING, wanted - changes.found.keys(), self.ask.most)
        return paging.Search({**changes.found, **rest.found}, rest.whole)

    def _listed(self, listing: str, wanted: set[str], most: int) -> paging.Search:
        question = {"query": paging.QUERIES[listing], "columns": self.ask.contact_columns}
        return paging.search(self.ask.contacts, question, wanted, lambda row: readable(row).id, most)

    def _transactions(self, tickets: list[Ticket]) -> paging.Search:
        """Among those of the gifts' days."""
        if not tickets:
            return paging.Search({}, whole=True)
        question = {**gifts.days(tickets), "columns": self.ask.gift_columns}
        wanted = {ticket.id for ticket in tickets}
        return paging.search(self.ask.transactions, question, wanted, gifts.reference, self.ask.most)

    # -- answering

    def _answer(self, ticket: Ticket, said: Verdict, left: Left) -> Written:
        if said == "waiting":
            return Submitted(str(ticket), ticket.id)
        if said == "done" or left.holds(ticket):
            return self._refused_parts(ticket) or Done(ticket.id, left.fresh(ticket))
        if not left.knows(ticket):
            return Park(TOO_LONG, code="review_unconfirmed")
        return Submitted(str(ticket), ticket.id) if self._may_come(said) else _missing(said)

    def _may_come(self, said: Verdict) -> bool:
        """Whether what is not there yet may still come: updates are applied late, and merged jobs tell nothing."""
        return bool(self._queue.pending_updates or (said == "merged" and self._queue.pending_jobs))

    @cached_property
    def _queue(self) -> Queue:
        return self.ask.queue()

    def _refused_parts(self, ticket: Ticket) -> Partial | None:
        parts = self._job(ticket.split)
        if parts is None or not (parts.status.casefold() in FAILED or parts.notifications):
            return None
        text = "The gift is in Kindful, but it refused the parts. Split it there by hand, or retry."
        return Partial(text, record_id=ticket.id, code="parts_refused")


def _missing(said: Verdict) -> Reject:
    if said == "failed":
        return Reject("Kindful's import failed before it came to this. Retry.", code="import_failed")
    text = "Kindful took this and ignored it: it has a newer change, or misses something in it. Look there, then retry."
    return Reject(text, code="ignored_by_crm")
