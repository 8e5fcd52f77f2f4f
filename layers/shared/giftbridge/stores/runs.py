"""The sync log: a header per run with counters that add up, one line per record that changed or failed, and what is
still to be done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from giftbridge.domain.contact import Side
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo, Op
from giftbridge.stores.versions import VERSION

BETWEEN: Final = "#pk = :pk AND #sk BETWEEN :low AND :top"
KEPT: Final = timedelta(days=400)
TIMES: Final = ("queued_at", "started_at", "ended_at")
PLAIN: Final = (
    "id", "connection", "organisation", "account", "kind", "mode", "started_by", "state", "phase", "subject", "error",
)  # fmt: skip
SEALED: Final = "k"
"""Where an entry of a run's list keeps a record, sealed."""
SEALED_KEPT: Final = timedelta(days=30)

RunKind = Literal["contacts", "gifts", "projects", "thanks", "export"]
Mode = Literal[
    "first", "baseline", "changes", "preview", "reconciled", "chosen", "records", "heard", "daily", "sweep", "pull"
]
State = Literal["queued", "running", "done", "failed", "cancelled"]
FINAL: Final[tuple[State, ...]] = ("done", "failed", "cancelled")
"""States that no run leaves again."""
Outcome = Literal["created", "updated", "unchanged", "skipped", "failed"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("created", "updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Run:
    """A header. Counters of a side say what was written to it: `read` is the sum of the outcomes in the end."""

    id: str
    connection: str
    organisation: str
    account: str
    kind: RunKind
    mode: Mode
    started_by: str
    state: State
    phase: str
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cursors: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    subject: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def key(self) -> dict[str, str]:
        """Listed per connection by time: ids begin with it."""
        return run_key(self.connection, self.id)

    @property
    def ended(self) -> bool:
        """Whether nothing becomes of it any more."""
        return self.state in FINAL

    def count(self, side: Side, what: str) -> int:
        """One counter."""
        return self.counts.get(f"{side}_{what}", 0)

    def item(self) -> Item:
        """As it is stored; counters stand at the top so that they can be added to."""
        return {
            **self.key, "v": VERSION, **{name: getattr(self, name) for name in PLAIN},
            "cursors": dict(self.cursors), "totals": dict(self.totals), "choices": dict(self.choices),
            **{name: _ms(getattr(self, name)) for name in TIMES if getattr(self, name)},
            **{f"n_{name}": number for name, number in self.counts.items()},
            "expires_at": int((self.queued_at + KEPT).timestamp()),
        }  # fmt: skip

    @classmethod
    def of(cls, item: Item) -> "Run":
        """From what `item` stored."""
        times = {name: _moment(item[name]) for name in TIMES if name in item}
        counts = {name[2:]: number for name, number in item.items() if name.startswith("n_")}
        maps = ("cursors", "totals", "choices")
        return cls(**{name: item[name] for name in (*PLAIN, *maps)}, **times, counts=counts)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to one record. `label` and lost values are sealed and expire."""

    kind: str
    side: Side
    record_id: str
    outcome: str
    code: str = ""
    reason: str = ""
    other_id: str = ""
    label: Mapping[str, Any] | None = None
    url: str = ""
    conflicts: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    retryable: bool = False
    at: datetime | None = None
    stage: str = ""
    """Of what a CRM takes in later: `submitted`, then `confirmed` or `refused`; `in_file` of what staff imports."""
    invoice: str = ""
    money: Mapping[str, Any] | None = None
    """Sealed: the cents of a gift that was recorded, and how many of them for each of the CRM's funds."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs table."""

    db: Dynamo
    table: str

    def add(self, run: Run) -> None:
        """A new run."""
        self.db.write(self.add_op(run))

    def add_op(self, run: Run) -> Op:
        """The same, for a transaction."""
        return dynamo.put(self.table, run.item(), "attribute_not_exists(#pk)")

    def get(self, connection: str, run_id: str) -> Run | None:
        """One run."""
        item = self.db.get(self.table, run_key(connection, run_id))
        return Run.of(item) if item else None

    def latest(self, connection: str, limit: int = 50, before: str = "") -> list[Run]:
        """Newest first."""
        top = f"RUN#{before}" if before else "RUN$"
        rows = self.db.query(self.table, BETWEEN, pk=connection, low="RUN#", top=top, descending=True, limit=limit + 1)
        found: list[Run] = []
        for item in rows:
            if item["sk"] != top:
                found.append(Run.of(item))
            if len(found) >= limit:
                break
        return found

    def of_days(self, connection: str, first: date, last: date) -> Iterator[Run]:
        """Of some UTC days, both included, oldest first."""
        low, top = f"RUN#{first:%Y%m%d}", f"RUN#{last:%Y%m%d}~"
        return map(Run.of, self.db.query(self.table, BETWEEN, pk=connection, low=low, top=top))

    def change_op(self, run: Run, changes: Mapping[str, Any], added: Mapping[str, int] | None = None) -> Op:
        """Move a run on: attributes set, counters added; only while its phase and cursors are those known here."""
        expression, values = dynamo.assignments({**changes, "touched": 1})
        for name, number in (added or {}).items():
            values[f"add_{name}"] = number
        if added:
            expression += " ADD " + ", ".join(f"#n_{name} :add_{name}" for name in added)
        return dynamo.update(
            self.table, run.key, expression, "#phase = :was_phase AND #cursors = :was_cursors",
            **values, was_phase=run.phase, was_cursors=dict(run.cursors),
        )  # fmt: skip

    def set_state(self, run: Run, state: State, now: datetime, error: str = "") -> None:
        """Queued, running, done, failed or cancelled."""
        self.db.write(self.state_op(run, state, now, error))

    def state_op(self, run: Run, state: State, now: datetime, error: str = "") -> Op:
        """The same, for a transaction."""
        stamp = "started_at" if state == "running" else "ended_at"
        expression, values = dynamo.assignments({"state": state, "error": error, stamp: _ms(now)})
        return dynamo.update(self.table, run.key, expression, "attribute_exists(#pk)", **values)

    # -- lines

    def write_lines(self, run: Run, lines: Iterable[Line]) -> None:
        """One item per record, replaced by a repeated step."""
        self.db.put_many(self.table, [self._line_item(run, line) for line in lines])

    def line_op(self, run: Run, line: Line) -> Op:
        """The same, for a transaction."""
        return dynamo.put(self.table, self._line_item(run, line))

    def _line_item(self, run: Run, line: Line) -> Item:
        names = ("kind", "outcome", "code", "reason", "record_id", "other_id", "label", "url", "retryable", "stage",
                 "invoice", "money")  # fmt: skip
        return {
            "pk": f"LINES#{run.id}", "sk": f"{line.kind}#{line.side}#{line.record_id}", "v": VERSION,
            "side": str(line.side), **{name: getattr(line, name) for name in names},
            "conflicts": [dict(one) for one in line.conflicts], "notes": list(line.notes),
            "at": _ms(line.at) if line.at else 0, "expires_at": int((run.queued_at + KEPT).timestamp()),
        }  # fmt: skip

    def lines(self, run_id: str, outcome: str = "") -> Iterator[Item]:
        """Lines of a run, of one outcome where asked."""
        for item in self.db.query(self.table, "#pk = :pk", pk=f"LINES#{run_id}"):
            if not outcome or item["outcome"] == outcome:
                yield item

    def lines_after(self, run_id: str, after: str, outcome: str, limit: int, code: str = "") -> list[Item]:
        """The next lines of a run behind the sort key `after`, of one outcome or code where asked."""
        found: list[Item] = []
        for item in self.db.query(self.table, "#pk = :pk AND #sk > :after", pk=f"LINES#{run_id}", after=after or " "):
            if outcome in ("", item["outcome"]) and code in ("", item["code"]):
                found.append(item)
            if len(found) >= limit:
                break
        return found

    def restage_ops(self, connection: str, item: Item, stage: str, **changes: Any) -> list[Op]:
        """A line moved on to `stage`; where its outcome is changed, the counters of its run follow."""
        moved = {**item, "stage": stage, **changes}
        ops = [dynamo.put(self.table, moved)]
        if moved["outcome"] != item["outcome"]:
            side, run = item["side"], item["pk"].removeprefix("LINES#")
            taken, given = f"n_{side}_{item['outcome']}", f"n_{side}_{moved['outcome']}"
            ops.append(
                dynamo.update(
                    self.table, run_key(connection, run), f"ADD #{taken} :less, #{given} :more",
                    "attribute_exists(#pk)", less=-1, more=1,
                )
            )  # fmt: skip
        return ops

    def unlabel(self, keys: Iterable[tuple[str, str, Side, str]]) -> int:
        """Take names and lost values off lines, given as (run, kind, side, record); answers how many there were."""
        found = self.db.get_many(self.table, [line_key(*one) for one in keys])
        self.db.put_many(self.table, [{**item, "label": None, "conflicts": []} for item in found])
        return len(found)

    def line(self, run_id: str, kind: str, side: Side, record_id: str) -> Item | None:
        """One line."""
        return self.db.get(self.table, line_key(run_id, kind, side, record_id))

    # -- what is still to be done

    def plan(self, run: Run, side: Side, entries: Mapping[str, Item], now: datetime) -> None:
        """Put records on a run's list; one that is there already stays. Unsealed ones last as long as the run."""
        shared = {"pk": todo_key(run.id, side), "v": VERSION}
        ends = int((run.queued_at + KEPT).timestamp()), int((now + SEALED_KEPT).timestamp())
        items = [{**each, **shared, "sk": one, "expires_at": ends[SEALED in each]} for one, each in entries.items()]
        self.db.put_many(self.table, items)

    def planned(self, run_id: str, side: Side, limit: int) -> list[Item]:
        """The first records of the list."""
        found: list[Item] = []
        for item in self.db.query(self.table, "#pk = :pk", pk=todo_key(run_id, side), limit=limit):
            found.append(item)
            if len(found) >= limit:
                break
        return found

    def planned_among(self, run_id: str, side: Side, ids: Iterable[str]) -> set[str]:
        """Which of `ids` are on the list."""
        return {item["sk"] for item in self.planned_items(run_id, side, ids)}

    def planned_items(self, run_id: str, side: Side, ids: Iterable[str]) -> list[Item]:
        """Those of `ids` that are on the list, with what it keeps of them."""
        pk = todo_key(run_id, side)
        return self.db.get_many(self.table, [{"pk": pk, "sk": one} for one in ids])

    def unplan_op(self, run_id: str, side: Side, record_id: str) -> Op:
        """Take a record off the list; only who does counts it."""
        return dynamo.delete(self.table, {"pk": todo_key(run_id, side), "sk": record_id}, "attribute_exists(#pk)")


def run_id(now: datetime, nonce: str) -> str:
    """Sorts by time."""
    return f"{now:%Y%m%dT%H%M%S%f}-{nonce[:8]}"


def began(run: str) -> datetime:
    """When a run was made, by its id (UTC)."""
    return datetime.strptime(run.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def run_key(connection: str, run: str) -> dict[str, str]:
    """Where a run of a connection stands."""
    return {"pk": connection, "sk": f"RUN#{run}"}


def line_key(run: str, kind: str, side: Side, record: str) -> dict[str, str]:
    """Where the line of a record stands."""
    return {"pk": f"LINES#{run}", "sk": f"{kind}#{side}#{record}"}


def todo_key(run: str, side: Side) -> str:
    """Under which partition a run's list of one side stands."""
    return f"TODO#{run}#{side}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
