"""The sync log as people read it, and trying again what failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

from giftbridge.aws.vault import Keyring
from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, NotFound
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.lifecycle import assert_working
from giftbridge.jobs.session import kept_keyring
from giftbridge.jobs.thanks import run as thanks
from giftbridge.jobs.thanks import watch
from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection
from giftbridge.stores.lines import LineKey
from giftbridge.stores.runs import Run

RecordKind = Literal["contact", "gift"]
LineKind = Literal["contact", "gift", "schedule", "file", "notice", "project"]
"""What a line of the log may be about: records, files for an import, a notice."""
LABELS_KEPT: Final = timedelta(minutes=5)
WITHOUT_LINES: Final = ("_read", "_unchanged")
"""Counters of a run that count what has no line."""


@dataclass(frozen=True, slots=True)
class LostValue:
    """A field that both sides had changed: who won, why, and the value that lost until that expires."""

    field: str
    winner: str
    why: str
    lost: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """What became of one record. `side` is where it is, `other_id` its counterpart; `label` is empty once expired."""

    kind: LineKind
    side: Side
    id: str
    other_id: str
    outcome: str
    code: str
    reason: str
    label: str
    url: str
    notes: tuple[str, ...]
    conflicts: tuple[LostValue, ...]
    retryable: bool
    at: datetime | None
    stage: str
    place: str
    """Where a listing goes on."""


def run_of(app: App, connection: Connection, run_id: str) -> Run:
    """Raises `NotFound`, also for a run of another connection."""
    run = app.runs.get(connection.id, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    return run


def log_lines(app: App, run: Run, outcome: str, after: str, limit: int, code: str = "") -> list[LogLine]:
    """The next lines of a run, of one outcome or code where asked."""
    items = app.runs.lines_after(run.id, after, outcome, limit, code)
    return _opened_all(app, run, items)


def page_of_lines(
    app: App, run: Run, outcome: str, after: str, limit: int, code: str = ""
) -> tuple[list[LogLine], str]:
    """The next lines of a run, and where to go on; a filter may find fewer though more lines follow."""
    items, following = app.lines.page(run.id, after, outcome, limit, code, _share(run, outcome, code))
    return _opened_all(app, run, items), following


def _share(run: Run, outcome: str, code: str) -> float:
    """How many of a run's lines should have an outcome or a code, by its counters; 0 where they don't say."""
    fitting = run.counts.get(code, 0) if code else sum(run.count(side, outcome) for side in Side)
    lines = sum(number for name, number in run.counts.items() if not name.endswith(WITHOUT_LINES))
    return fitting / lines if lines else 0.0


def labels(app: App, account: str, keys: Iterable[LineKey]) -> dict[LineKey, str]:
    """How staff recognise the records of some lines; empty where that has expired.

    They are kept in this process for some minutes, sealed: who answers questions comes back to their list each time.
    """
    wanted, now = set(keys), app.now()
    kept = app.labels.find(wanted, now)
    missing = wanted - kept.keys()
    lines: Mapping[LineKey, Item] = app.lines.of(missing) if missing else {}
    read = {one: lines.get(one, {}).get("label") for one in missing}
    app.labels.keep(read, now + LABELS_KEPT)
    keyring = kept_keyring(app, account) if wanted else None
    return {one: _open(keyring, label, now) for one, label in (kept | read).items() if keyring}


def retry(app: App, connection: Connection, run: Run, actor: str) -> list[Run]:
    """Start everything of a run that failed and may be tried again. Raises `Conflict` where there is nothing."""
    assert_working(connection)
    failed: dict[tuple[str, Side], list[str]] = {}
    for item in app.runs.lines(run.id, "failed"):
        if item["retryable"]:
            failed.setdefault((item["kind"], Side(item["side"]).other), []).append(item["record_id"])
    if not failed:
        raise Conflict("Nothing of this run can be tried again.", code="nothing_to_retry")
    return [_start(app, connection, kind, side, ids, actor, run) for (kind, side), ids in failed.items()]


def retry_line(app: App, connection: Connection, run: Run, key: LineKey, actor: str) -> Run:
    """Start one record of a run that failed, with what was chosen for it then.

    Raises `NotFound` where the run has no such line, `Conflict` where that can't be tried again.
    """
    assert_working(connection)
    found = app.lines.of([key]).get(key) if key.run == run.id and key.kind in get_args(RecordKind) else None
    if found is None:
        raise NotFound("There is no such record in this run.")
    if found["outcome"] != "failed" or not found["retryable"]:
        raise Conflict("This record can't be tried again.", code="nothing_to_retry")
    return _start(app, connection, key.kind, key.side.other, [key.record], actor, run)


def retry_record(app: App, connection: Connection, kind: RecordKind, side: Side, record_id: str, actor: str) -> Run:
    """Start one record, whatever became of it. Raises `Conflict` for what no run is about."""
    assert_working(connection)
    if kind == "gift" and side is not (Side.CRM if watch.thanks(connection) else Side.PLATFORM):
        raise Conflict("Nothing is made of the gifts of that side.", code="wrong_side")
    if kind == "contact" and "reads_contacts" not in registry.manifest(connection.platform).capabilities:
        raise Conflict("The platform has no contacts to sync.", code="contacts_off")
    return _start(app, connection, kind, side, [record_id], actor, None)


def _start(
    app: App, connection: Connection, kind: str, side: Side, ids: Sequence[str], actor: str, again: Run | None
) -> Run:
    if kind == "contact":
        return contacts.start_records(app, connection, side, ids, actor)
    if side is Side.CRM:
        return thanks.start_records(app, connection, ids, actor)
    choices = dict(again.choices) if again else {}
    return gifts.start_chosen(app, connection, ids, choices, actor, "chosen" if choices else "records")


def _opened_all(app: App, run: Run, items: Sequence[Item]) -> list[LogLine]:
    keyring = kept_keyring(app, run.account) if items else None
    return [_opened(item, keyring, app.now()) for item in items if keyring]


def _opened(item: Item, keyring: Keyring, now: datetime) -> LogLine:
    lost = [
        LostValue(one["field"], one["winner"], one["why"], _open(keyring, one.get("lost"), now))
        for one in item["conflicts"]
    ]
    return LogLine(
        kind=item["kind"],
        side=Side(item["side"]).other,
        id=item["record_id"],
        other_id=item["other_id"],
        outcome=item["outcome"],
        code=item["code"],
        reason=item["reason"],
        label=_open(keyring, item.get("label"), now),
        url=item["url"],
        notes=tuple(item["notes"]),
        conflicts=tuple(lost),
        retryable=item["retryable"],
        at=datetime.fromtimestamp(item["at"] / 1000, UTC) if item["at"] else None,
        stage=item.get("stage", ""),
        place=item["sk"],
    )


def _open(keyring: Keyring, sealed: Any, now: datetime) -> str:
    return keyring.open(sealed, now) if sealed else ""
