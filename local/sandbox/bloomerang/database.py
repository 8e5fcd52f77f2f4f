"""One organisation's database in the sandbox: its tables, numbers, keys, options and hostile moods."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from local.sandbox.bloomerang.options import Options
from local.sandbox.bloomerang.search import SearchIndex
from local.sandbox.bloomerang.store import Record, SortKey, Table, Word
from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Journal

# First id of each kind. Kinds do not overlap, and numbers differ from ids, so that mixing them up is seen.
_FIRST_IDS = {
    "account": 1_990_001,
    "email": 3_100_001,
    "phone": 3_400_001,
    "address": 3_700_001,
    "transaction": 5_000_001,
    "designation": 7_000_001,
    "refund": 8_100_001,
    "soft credit": 8_400_001,
    "tribute": 8_700_001,
    "interaction": 9_100_001,
    "note": 9_400_001,
    "reference": 10,
    "custom field": 854_001,
    "custom value": 44_001,
    "account number": 1_001,
    "transaction number": 201,
    "designation number": 301,
}
# Words under which records are indexed that point to a designation.
PAYMENT_OF, OF_DESIGNATION = "payment of", "of designation"


@dataclass
class ApiKey:
    """A private key: its name shows in audit trails before the user's."""

    key: str
    name: str = "Sandbox"
    user: str = "Avery Admin"
    active: bool = True


@dataclass
class Ledger:
    """What went to the payment processor: nothing a sync may ever cause."""

    charges: list[dict[str, Any]] = field(default_factory=list)
    processor_refunds: list[dict[str, Any]] = field(default_factory=list)


class Database:
    """All state of one organisation; a tenant of the sandbox server."""

    def __init__(self, name: str, number: int, options: Options, flavor: str, time_zone: str) -> None:
        self.name = name
        self.number = number
        self.flavor = flavor
        self.time_zone = time_zone
        self.options = options
        self.clock = Clock()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.keys: dict[str, ApiKey] = {}
        self.ledger = Ledger()
        self.next_ids = dict(_FIRST_IDS)
        self.forwards: dict[int, int] = {}
        self.calls_by_minute: tuple[int, int] = (0, 0)
        self._make_tables()
        self.search = SearchIndex(self.search_text)

    def _make_tables(self) -> None:
        dated: tuple[SortKey, ...] = ("Id", "CreatedDate", "LastModifiedDate", "Date")
        self.constituents = Table("constituent", words=_own_words)
        self.households = Table("household")
        self.emails = Table("email")
        self.phones = Table("phone")
        self.addresses = Table("address")
        self.designations = Table("designation", dated, _payment_words)
        self.transactions = Table("transaction", dated, self._gift_words)
        self.refunds = Table("refund", dated)
        by_account: tuple[SortKey, ...] = ("Id", "CreatedDate", "LastModifiedDate", "AccountId")
        self.soft_credits = Table("soft credit", by_account, _credit_words)
        self.interactions = Table("interaction", dated)
        self.notes = Table("note", dated)
        self.tributes = Table("tribute")
        self.funds = Table("fund")
        self.campaigns = Table("campaign")
        self.appeals = Table("appeal")
        self.email_interests = Table("email interest")
        self.custom_fields = Table("custom field")
        self.custom_values = Table("custom value")

    def _gift_words(self, gift: Record) -> list[Word]:
        rows = (self.designations.get(row_id) for row_id in gift.private["designations"])
        return [word for row in rows if row is not None for word in _own_words(row)]

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by attribute name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    @property
    def contact_tables(self) -> tuple[Table, Table, Table]:
        """E-mails, phones, addresses."""
        return self.emails, self.phones, self.addresses

    @property
    def version(self) -> int:
        """Moves with every change of a record."""
        return sum(table.version for table in self.tables.values())

    def now(self) -> int:
        """The present in whole seconds."""
        return int(self.clock.now())

    def new_id(self, kind: str) -> int:
        """The next id or number of a kind."""
        self.next_ids[kind] += 1
        return self.next_ids[kind] - 1

    def add(self, table: Table, data: dict[str, Any], who: str, *, account: int = 0, lag: float = 0.0) -> Record:
        """Store a new record made by `who`, in lists after `lag` seconds."""
        now = self.now()
        record = Record(self.new_id(_id_kind(table)), data, account, now, who, now, who)
        if lag:
            record.seen_from = self.clock.now() + lag
        return table.add(record)

    def touch(self, table: Table, record: Record, who: str) -> None:
        """Stamp a record as changed by `who` now."""
        table.touch(record, self.now(), who)

    def touch_account(self, account: int, who: str) -> None:
        """Stamp a constituent whose child changed, and let the search index follow it."""
        constituent = self.constituents.get(account)
        if constituent is None:
            return
        self.note_change(account)
        if self.options.child_changes_bump:
            self.touch(self.constituents, constituent, who)

    def note_change(self, account: int) -> None:
        """Tell the search index that an account's text may have changed."""
        self.search.changed(account, self.clock.now())

    def search_text(self, account: int) -> str | None:
        """What an account is found by; None when it is gone."""
        record = self.constituents.get(account) or self.households.get(account)
        if record is None:
            return None
        named = [str(record.data.get(name, "")) for name in ("FirstName", "MiddleName", "LastName", "FullName")]
        values = [str(row.data["Value"]) for row in self.emails.of_account(account)]
        numbers = [str(row.data["Number"]) for row in self.phones.of_account(account)]
        return " ".join([*named, *values, *numbers, str(record.data["AccountNumber"])]).casefold()

    def page_fault(self, method: str, path: str) -> Fault | None:
        """The hostile paging rule that hits this list call, if any."""
        return self.faults.strike(method, path, {"page_drop", "page_repeat", "page_swap"})

    def dump(self) -> dict[str, Any]:
        """Everything but the journal, as JSON values."""
        return {
            "name": self.name,
            "number": self.number,
            "flavor": self.flavor,
            "time_zone": self.time_zone,
            "options": self.options.model_dump(),
            "clock": {"shift": self.clock.shift, "frozen_at": self.clock.frozen_at},
            "faults": self.faults.dump(),
            "keys": [asdict(key) for key in self.keys.values()],
            "ledger": asdict(self.ledger),
            "next_ids": self.next_ids,
            "forwards": {str(loser): winner for loser, winner in self.forwards.items()},
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Database:
        """A database as `dump` left it."""
        options = Options.model_validate(state["options"])
        database = cls(state["name"], state["number"], options, state["flavor"], state["time_zone"])
        database.clock = Clock(**state["clock"])
        database.faults = FaultPlan(Fault.model_validate(rule) for rule in state["faults"])
        database.keys = {key["key"]: ApiKey(**key) for key in state["keys"]}
        database.ledger = Ledger(**state["ledger"])
        database.next_ids.update(state["next_ids"])
        database.forwards = {int(loser): winner for loser, winner in state["forwards"].items()}
        for name, table in database.tables.items():
            table.load(state["tables"][name])
        for account in [*database.constituents.rows, *database.households.rows]:
            database.search.changed(account, 0.0)
        return database


def custom_texts(value: dict[str, Any]) -> list[str]:
    """The texts of one read-shaped custom value."""
    picked = value["Values"] if "Values" in value else [value["Value"]]
    return [text["Value"] for text in picked]


def _own_words(record: Record) -> list[Word]:
    values = record.data.get("CustomValues", [])
    return [(value["FieldId"], text) for value in values for text in custom_texts(value)]


def _payment_words(row: Record) -> list[Word]:
    parents = (row.data.get("PledgeId"), row.data.get("RecurringDonationId"))
    return [(parent, PAYMENT_OF) for parent in parents if parent is not None]


def _credit_words(credit: Record) -> list[Word]:
    return [(credit.data["DesignationId"], OF_DESIGNATION)]


def _id_kind(table: Table) -> str:
    if table.kind in {"constituent", "household"}:
        return "account"
    return table.kind if table.kind in _FIRST_IDS else "reference"
