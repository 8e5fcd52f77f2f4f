"""The import queue: what a job is told, how it is named in a ticket, and what its status says. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from giftbridge.connectors.base import Submitted, Written
from giftbridge.connectors.kindful.mapping import Row
from giftbridge.connectors.kindful.models import Job

Kind = Literal["create", "update", "gift", "correct", "note", "refund"]
Verdict = Literal["waiting", "done", "short", "merged", "failed"]

MAKES: Final[frozenset[str]] = frozenset({"create", "gift"})
CONTACTS: Final[frozenset[str]] = frozenset({"create", "update"})
FINISHED: Final = "complete"
MERGED: Final = "consolidated"
TOLD_HOLDS: Final = timedelta(seconds=10)
"""How long what a job said of itself counts for those behind it."""
ORDER_HOLDS: Final = timedelta(minutes=10)
"""A job that waits for longer is asked about itself."""
FAILED: Final = frozenset({"load_failed", "failed", "setup_failed", "error", "removed"})


@dataclass(frozen=True, slots=True)
class Ticket:
    """What must be known to ask what became of one row: no donor's data, only ids, counts and times."""

    job: str
    kind: Kind
    id: str
    at: int
    """The row's own time of change, in seconds since 1970."""
    made: int = 0
    changed: int = 0
    """How many new and how many known records the job is about."""
    split: str = ""
    """The job of the gift's parts."""
    day: str = ""
    """The gift's day in UTC."""
    queued: int = 0
    """When its jobs were handed over, in milliseconds since 1970."""

    @classmethod
    def parse(cls, text: str) -> "Ticket":
        """Of `str(ticket)`."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))

    @property
    def of_contact(self) -> bool:
        """Whether it is about a contact; else about a gift."""
        return self.kind in CONTACTS

    @property
    def sent(self) -> datetime:
        """`at`, in UTC."""
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an import and what its ticket says of it."""

    kind: Kind
    id: str
    row: Row
    by_kindful_id: bool
    at: datetime
    day: str = ""


def contacts(entries: Sequence[Entry], groups: frozenset[str]) -> dict[str, Any]:
    """Body of an import of contacts."""
    return _import("contact", entries, {}, groups)


def gifts(entries: Sequence[Entry], groups: frozenset[str]) -> dict[str, Any]:
    """Body of an import of gifts: a missing donor is made, one that is there is left alone."""
    match = {"transaction": "external_id", "campaign": "id", "fund": "id"}
    return {**_import("contact_with_transaction", entries, match, groups), "update_exceptions": {"contact": "create"}}


def splits(rows: Sequence[Row], action: str) -> dict[str, Any]:
    """Body of an import of the parts of gifts."""
    match = {"transaction": "external_id", "campaign": "id", "fund": "id"}
    told = {"data_format": "split_transaction", "action_type": action, "data_type": "json"}
    return {**told, "match_by": match, "data": list(rows)}


def links(rows: Sequence[Row], action: str) -> dict[str, Any]:
    """Body of a link job."""
    return {"action_type": action, "data_type": "json", "data": list(rows)}


def submitted(entries: Sequence[Entry], job: str, now: datetime) -> list[Submitted]:
    """The answer for each row of a job that was taken."""
    made = sum(entry.kind in MAKES for entry in entries)
    changed, queued = len(entries) - made, int(now.timestamp() * 1000)

    def ticket(entry: Entry) -> Ticket:
        at = int(entry.at.timestamp())
        return Ticket(job, entry.kind, entry.id, at, made, changed, day=entry.day, queued=queued)

    return [
        Submitted(str(ticket(entry)), entry.id, told=f"job {job}: {', '.join(sorted(entry.row))}") for entry in entries
    ]


def with_parts(answer: Written, job: str) -> Written:
    """The answer for a gift whose parts went by a second job."""
    if not isinstance(answer, Submitted):
        return answer
    ticket = Ticket(**{**asdict(Ticket.parse(answer.ticket)), "split": job})
    return Submitted(str(ticket), answer.id, f"{answer.told}; its parts: job {job}")


@dataclass
class Seen:
    """What was learned of jobs while they are asked about one after another: those that `ended` are not asked again.

    Jobs run one by one in their order (Kindful's documentation of the import's status), so while one waits nobody asks
    about those that were handed over after it; not for ever, in case that order does not hold.
    """

    ended: dict[str, Job] = field(default_factory=dict)
    _waits_since: int = 0
    _told: datetime | None = None

    def told(self, ticket: Ticket, said: Verdict, now: datetime) -> None:
        """What the ticket's jobs say now."""
        if said != "waiting":
            if ticket.queued >= self._waits_since:
                self._told = None
        elif ticket.queued and not (self._is_fresh(now) and self._waits_since <= ticket.queued):
            self._waits_since, self._told = ticket.queued, now

    def must_wait(self, ticket: Ticket, now: datetime) -> bool:
        """Whether the ticket's jobs come after one that waits."""
        is_new = now - datetime.fromtimestamp(ticket.queued / 1000, UTC) < ORDER_HOLDS
        return is_new and self._is_fresh(now) and self._waits_since < ticket.queued

    def _is_fresh(self, now: datetime) -> bool:
        return self._told is not None and now - self._told < TOLD_HOLDS


def has_ended(job: Job) -> bool:
    """Whether a job's status is its last."""
    return job.status.casefold() in FAILED | {MERGED, FINISHED}


def verdict(job: Job, ticket: Ticket) -> Verdict:
    """What a job says of its rows, the words of its status in any case.

    `short`: it ended, but does not tell that all went well; `merged`: its rows went on in another job.
    """
    status = job.status.casefold()
    if status in FAILED:
        return "failed"
    if status == MERGED:
        return "merged"
    if status != FINISHED:
        return "waiting"
    return "done" if not job.notifications and _fits(job, ticket) else "short"


def _fits(job: Job, ticket: Ticket) -> bool:
    model = "Contact" if ticket.of_contact else "Transaction"
    return (_count(job.stats, model), _count(job.update_stats, model)) == (ticket.made, ticket.changed)


def _count(counts: Mapping[str, int], model: str) -> int:
    return counts.get(model, 0)


def _import(
    data_format: str, entries: Sequence[Entry], match: Mapping[str, str], groups: frozenset[str]
) -> dict[str, Any]:
    """A group must be declared, else its column is none."""
    used = sorted(groups & {column for entry in entries for column in entry.row})
    how = {"contact": "id" if entries[0].by_kindful_id else "external_id", **match}
    return {
        "data_format": data_format,
        "action_type": "update",
        "data_type": "json",
        "match_by": {**how, "group": "name"} if used else how,
        **({"groups": used} if used else {}),
        "data": [entry.row for entry in entries],
    }
