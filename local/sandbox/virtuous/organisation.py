"""One organisation in the sandbox: its records, keys, people, budget, options and what waits to be imported."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.text import digits

METHOD_TYPES = (
    "Home Email", "Work Email", "Other Email", "Home Phone", "Mobile Phone", "Work Phone", "Other Phone", "Fax",
    "Facebook", "Twitter", "LinkedIn", "Skype", "Web", "Other",
)  # fmt: skip
HOUR = 3600


@dataclass(frozen=True)
class Actor:
    """Who does something: `id` is what webhooks call `organizationUser.id`."""

    id: int
    name: str
    email: str


@dataclass
class ApiKey:
    """A key of one organisation; the vendor's last 15 years and carry a permission group (here: may it write)."""

    key: str
    user: Actor
    name: str = "Sandbox"
    may_write: bool = True
    active: bool = True


@dataclass
class Event:
    """Something subscribers are told: its name (`GiftCreate`), the records in webhook shape, and who did it."""

    name: str
    models: list[dict[str, Any]]
    actor: Actor
    at: float


class CustomField(BaseModel):
    """A custom field as the customer made it; values are texts on the wire."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field("Contact", pattern="^(Contact|ContactIndividual|Gift|RecurringGift|Project)$")
    name: str
    display_name: str | None = None
    data_type: str = "Text"
    options: list[str] = Field(default_factory=list)


@dataclass
class Row:
    """One transaction: held, then in an import. `contact` is the matched contact's id; None makes a new one."""

    id: int
    kind: str
    source: str
    body: dict[str, Any]
    held_at: float
    bucket: str = ""
    reasons: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)
    contact: int | None = None
    take: str = "incoming"
    decided: bool = False
    state: str = "open"
    made: dict[str, int] = field(default_factory=dict)


@dataclass
class Import:
    """A bundle of rows of one source, waiting for a person. `kind`: gift or contact."""

    id: int
    name: str
    kind: str
    source: str
    created: float
    rows: list[Row] = field(default_factory=list)


class Organisation:
    """All state of one organisation; a tenant of the sandbox server."""

    STAFF: ClassVar[Actor] = Actor(157_900, "Pat Office", "pat.office@example.org")

    def __init__(self, name: str, number: int, title: str, time_zone: str, options: Options) -> None:
        self.name = name
        self.number = number
        self.title = title
        self.time_zone = time_zone
        self.options = options
        self.clock = Clock()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.keys: dict[str, ApiKey] = {}
        self.contact_types = [
            {"parentType": kind, "type": kind} for kind in ("Household", "Organization", "Foundation")
        ]
        self.method_types = list(METHOD_TYPES)
        self.custom_fields: list[CustomField] = []
        self.held: list[Row] = []
        self.imports: dict[int, Import] = {}
        self.last_row = 90_000
        self.budget: tuple[int, int] = (0, 0)
        self.outbox: list[Event] = []
        self._make_tables()

    def _make_tables(self) -> None:
        self.contacts = Table(501, _reference_words)
        self.individuals = Table(90_101, _person_words)
        self.methods = Table(700_001, _method_words)
        self.addresses = Table(800_001, _address_words)
        self.gifts = Table(38_001, _gift_words)
        self.recurring = Table(6_001, _transaction_words)
        self.projects = Table(101, _project_words)
        self.segments = Table(2_001, lambda record: [("code", record.data["code"].casefold())])
        self.tags = Table(301, lambda record: [("name", record.data["name"].casefold())])
        self.contact_tags = Table(40_001, lambda record: [("tag", record.data["tagId"])])
        self.webhooks = Table(51)

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by attribute name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    @property
    def version(self) -> int:
        """Moves with every change of a record."""
        rows = sum(len(found.rows) for found in self.imports.values())
        return sum(table.version for table in self.tables.values()) + self.last_row + len(self.held) + rows

    def now(self) -> float:
        """The present in seconds since 1970."""
        return self.clock.now()

    def new_row_id(self) -> int:
        """The next id of an import or a row in one."""
        self.last_row += 1
        return self.last_row

    # the hourly budget, one for all keys

    def spend(self, calls: int = 1) -> tuple[int, int]:
        """Use some of the hour's budget; what is left (negative when overdrawn) and when the hour ends."""
        hour = int(self.now()) // HOUR
        used = self.budget[1] if self.budget[0] == hour else 0
        self.budget = (hour, used + calls)
        return self.options.rate_limit_per_hour - used - calls, (hour + 1) * HOUR

    # what is found by other things than ids

    def references(self, source: str, identifier: str) -> list[Record]:
        """Contacts with a reference."""
        found = self.contacts.with_word(("reference", source.casefold(), identifier))
        if self.options.reference_case == "ignored":
            return found
        wanted = {"source": source, "id": identifier}
        return [contact for contact in found if wanted in contact.data["references"]]

    def by_transaction(self, table: Table, source: str, identifier: str) -> Record | None:
        """A gift or a commitment by the integration's own ids."""
        found = table.with_word(("transaction", source.casefold(), identifier))
        return found[0] if found else None

    def owner(self, method: Record) -> Record:
        """The contact of a contact method."""
        return self.contacts.rows[self.individuals.rows[method.parent].parent]

    def parent_type(self, contact_type: str) -> str | None:
        """The parent (Household, ...) of a contact type in any case; None when there is no such type."""
        for row in self.contact_types:
            if row["type"].casefold() == contact_type.casefold():
                return row["parentType"]
        return None

    def project(self, *, code: str | None = None, name: str | None = None) -> Record | None:
        """A project by its code or its name, in any case."""
        word = ("code", code.casefold()) if code else ("name", (name or "").casefold())
        found = self.projects.with_word(word)
        return found[0] if found else None

    def segment(self, code: str) -> Record | None:
        """A segment by its code."""
        found = self.segments.with_word(("code", code.casefold()))
        return found[0] if found else None

    # state

    def dump(self) -> dict[str, Any]:
        """Everything but the journal, as JSON values."""
        return {
            "name": self.name,
            "number": self.number,
            "title": self.title,
            "time_zone": self.time_zone,
            "options": self.options.model_dump(),
            "clock": {"shift": self.clock.shift, "frozen_at": self.clock.frozen_at},
            "faults": self.faults.dump(),
            "keys": [asdict(key) for key in self.keys.values()],
            "contact_types": self.contact_types,
            "method_types": self.method_types,
            "custom_fields": [found.model_dump() for found in self.custom_fields],
            "held": [asdict(row) for row in self.held],
            "imports": [asdict(found) for found in self.imports.values()],
            "last_row": self.last_row,
            "budget": list(self.budget),
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Organisation:
        """An organisation as `dump` left it."""
        options = Options.model_validate(state["options"])
        made = cls(state["name"], state["number"], state["title"], state["time_zone"], options)
        made.clock = Clock(**state["clock"])
        made.faults = FaultPlan(Fault.model_validate(rule) for rule in state["faults"])
        made.keys = {row["key"]: ApiKey(**{**row, "user": Actor(**row["user"])}) for row in state["keys"]}
        made.contact_types, made.method_types = state["contact_types"], state["method_types"]
        made.custom_fields = [CustomField.model_validate(row) for row in state["custom_fields"]]
        made.held = [Row(**row) for row in state["held"]]
        for found in state["imports"]:
            made.imports[found["id"]] = Import(**{**found, "rows": [Row(**row) for row in found["rows"]]})
        made.last_row, made.budget = state["last_row"], (state["budget"][0], state["budget"][1])
        for name, table in made.tables.items():
            table.load(state["tables"][name])
        return made


def is_email(method_type: str) -> bool:
    """Whether a contact method type is one of e-mail."""
    return "email" in method_type.casefold()


def is_phone(method_type: str) -> bool:
    """Whether a contact method type is one of phone."""
    return "phone" in method_type.casefold()


def _reference_words(contact: Record) -> Iterator[Hashable]:
    for reference in contact.data["references"]:
        yield "reference", reference["source"].casefold(), reference["id"]
    yield "name", (contact.data["name"] or "").casefold()


def _person_words(person: Record) -> list[Hashable]:
    data = person.data
    return [("name", (data["firstName"] or "").casefold(), (data["lastName"] or "").casefold())]


def _method_words(method: Record) -> list[Hashable]:
    value = method.data["value"] or ""
    words: list[Hashable] = [("value", value.casefold())]
    return [*words, ("digits", digits(value))] if is_phone(method.data["type"]) else words


def _address_words(address: Record) -> list[Hashable]:
    return [("street", (address.data["address1"] or "").casefold(), address.data["postal"] or "")]


def _transaction_words(record: Record) -> list[Hashable]:
    source, identifier = record.data.get("transactionSource"), record.data.get("transactionId")
    return [("transaction", source.casefold(), identifier)] if source and identifier else []


def _gift_words(gift: Record) -> list[Hashable]:
    shares: set[Hashable] = {("project", row["projectId"]) for row in gift.data["giftDesignations"]}
    return [*_transaction_words(gift), *shares]


def _project_words(project: Record) -> list[Hashable]:
    code, name = project.data["projectCode"], project.data["name"]
    return [*([("code", code.casefold())] if code else []), ("name", (name or "").casefold())]
