"""A manifest, written line by line: a day may have a hundred thousand records.

`sha256` is over the canonical JSON of `runs`: keys sorted, no space. The bytes of the object are just those.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import IO, Any, Final

from giftbridge.aws.vault import Keyring
from giftbridge.domain.contact import Side
from giftbridge.jobs.context import App
from giftbridge.jobs.export.files import told
from giftbridge.jobs.pull.recognise import mark
from giftbridge.jobs.session import account_keyring
from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection
from giftbridge.stores.import_files import ImportFile
from giftbridge.stores.runs import OUTCOMES, Run

VERSION: Final = 2
HERE: Final = '"records":[]'
UNKNOWN: Final = '"totals":null'
COPIED: Final = ("kind", "side", "record_id", "other_id", "outcome", "code")


@dataclass(slots=True)
class Totals:
    """Cents of gifts that were recorded or put into a file, in all and for each of the CRM's funds."""

    cents: int = 0
    funds: dict[str, int] = field(default_factory=dict)
    known: bool = True
    """Amounts can be read for as long as labels can."""

    def add(self, other: "Totals") -> None:
        """Take another sum in."""
        self.known = self.known and other.known
        self.cents += other.cents
        for fund, cents in other.funds.items():
            self.funds[fund] = self.funds.get(fund, 0) + cents

    def told(self) -> dict[str, Any] | None:
        """As it is written."""
        return {"cents": self.cents, "funds": self.funds} if self.known else None


@dataclass
class _Book:
    """What is being written, and what its runs came to."""

    app: App
    connection: Connection
    out: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)
    totals: Totals = field(default_factory=Totals)
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    @cached_property
    def _keyring(self) -> Keyring:
        return account_keyring(self.app, self.connection.account)

    def runs(self, day: date) -> None:
        """All runs of the day, oldest first."""
        self._say("[")
        for place, run in enumerate(self.app.runs.of_days(self.connection.id, day, day)):
            self._say("," * bool(place))
            self._run(run)
        self._say("]")

    def _run(self, run: Run) -> None:
        """What is told of it, with its records, and what they come to behind them."""
        before, after = _canonical({**_header(run), "records": [], "totals": None}).split(HERE)
        self._say(before + '"records":[')
        totals = self._records(run)
        self._say("]" + after.replace(UNKNOWN, f'"totals":{_canonical(totals.told())}'))
        self.totals.add(totals)
        for name in OUTCOMES:
            self.sums[name] += sum(run.count(side, name) for side in Side)

    def _records(self, run: Run) -> Totals:
        totals = Totals()
        for place, item in enumerate(self.app.runs.lines(run.id)):
            self._say("," * bool(place) + _canonical(_record(self.connection, item)))
            totals.add(self._totals_of(item))
        return totals

    def _totals_of(self, item: Item) -> Totals:
        """Of a gift that stands: what the CRM refused later has brought nothing."""
        if item["outcome"] != "created" or not item.get("money"):
            return Totals()
        opened = self._keyring.open(item["money"], self.app.now())
        return Totals(**json.loads(opened)) if opened else Totals(known=False)

    def _say(self, text: str) -> None:
        self.out.write(text.encode())
        self.digest.update(text.encode())


def write(app: App, connection: Connection, day: date, filed: Sequence[ImportFile], out: IO[bytes]) -> None:
    """The runs of one UTC day with counters, records and totals, and the import files of that day."""
    head = {"account": connection.account, "connection": connection.id, "day": day.isoformat()}
    out.write((_canonical({**head, "files": [told(one) for one in filed]})[:-1] + ',"runs":').encode())
    book = _Book(app, connection, out)
    book.runs(day)
    tail = {"sha256": book.digest.hexdigest(), "sums": book.sums, "totals": book.totals.told(), "v": VERSION}
    out.write(("," + _canonical(tail)[1:]).encode())


def _header(run: Run) -> dict[str, Any]:
    sides = {str(side): {name: run.count(side, name) for name in ("read", *OUTCOMES)} for side in Side}
    told = {"id": run.id, "kind": run.kind, "mode": run.mode, "state": run.state, "started_by": run.started_by}
    return {**told, **sides}


def _record(connection: Connection, item: Item) -> dict[str, str]:
    """Ids, references and states."""
    reference = _reference(connection, item) if item["kind"] == "gift" else ""
    more = {"stage": item.get("stage", ""), "invoice": item.get("invoice", ""), "reference": reference}
    return {**{name: item[name] for name in COPIED}, **more}


def _reference(connection: Connection, item: Item) -> str:
    """By which the other side knows the gift as ours."""
    if item["side"] == Side.PLATFORM:
        return mark(connection, item["record_id"])
    return f"{connection.platform}-{connection.organisation}-{item['record_id']}"


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
