"""One WeGive organisation in the sandbox: its tables, keys, options, clock and hostile moods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.wegive.options import Options
from local.sandbox.wegive.store import Data, Row, Table

PAGE_MODES = frozenset({"page_drop", "page_repeat", "page_swap", "page_touch", "page_archive", "page_insert"})
"""Hostile paging: rows missing, doubled or swapped at a page's first edge; data that moves after a page was read."""

# First id of each kind; kinds do not overlap, so that mixing them up is seen.
_FIRST_IDS = {
    "donors": 1_100_001,
    "transactions": 2_200_001,
    "funds": 3_301,
    "campaigns": 4_401,
    "scheduled-donations": 550_001,
    "pledges": 660_001,
    "soft-credits": 77_001,
    "payouts": 88_001,
    "households": 99_001,
    "tags": 12_001,
    "allocation": 3_700_001,
    "address": 4_800_001,
    "other": 900_001,
}
_ID_STEP = 10_000_000
EMAILS = ("email_1", "email_2", "email_3")
# Resources the sandbox only keeps and shows: staff puts rows in as they are.
PLAIN = {
    "campaign-donors": "CampaignDonor",
    "campaign-event-registrations": "CampaignEventRegistration",
    "campaign-events": "CampaignEvent",
    "campaign-fundraisers": "CampaignFundraiser",
    "communication-lists": "CommunicationList",
    "custom-fields": "CustomField",
    "designation-lists": "DesignationList",
    "fundraisers": "Fundraiser",
    "notes": "Note",
    "pledge-creates": "PledgeCreate",
}


@dataclass
class ApiKey:
    """An API key made in the dashboard: `{token_id}|{secret}`."""

    key: str
    active: bool = True


def _addresses(donor: Data) -> set[str]:
    return {str(donor[name]).casefold() for name in EMAILS if donor.get(name)}


class Organisation:
    """All state of one organisation; a tenant of the sandbox server. Tables are named as the paths name them."""

    def __init__(self, name: str, number: int, options: Options, title: str) -> None:
        self.name = name
        self.number = number
        self.title = title
        self.options = options
        self.clock = Clock()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.keys: dict[str, ApiKey] = {}
        self.next_ids: dict[str, int] = {}
        self.resyncs: list[Data] = []
        self.calls_by_minute: tuple[int, int] = (0, 0)
        self.pages: dict[Any, list[int]] = {}
        self._sums: dict[Any, Any] = {}
        self._sums_version = 0
        self._make_tables()

    def _make_tables(self) -> None:
        by_gift = ("donor_id", "scheduled_donation_id", "pledge_id", "payout_id", "retried_id")
        self.donors = Table("Donor", ("household_id",), {"email": _addresses})
        self.transactions = Table("Transaction", by_gift)
        self.funds = Table("Fund")
        self.campaigns = Table("Campaign")
        self.schedules = Table("ScheduledDonation", ("donor_id",))
        self.pledges = Table("Pledge", ("donor_id",))
        self.soft_credits = Table("SoftCredit")
        self.payouts = Table("Payout")
        self.households = Table("Household")
        self.tags = Table("Tag")
        self.tables: dict[str, Table] = {
            "donors": self.donors,
            "transactions": self.transactions,
            "funds": self.funds,
            "campaigns": self.campaigns,
            "scheduled-donations": self.schedules,
            "pledges": self.pledges,
            "soft-credits": self.soft_credits,
            "payouts": self.payouts,
            "households": self.households,
            "tags": self.tags,
            **{name: Table(model) for name, model in PLAIN.items()},
        }

    @property
    def version(self) -> int:
        """Moves with every change of a row."""
        return sum(table.version for table in self.tables.values())

    def now(self) -> int:
        """The present in whole seconds."""
        return int(self.clock.now())

    def new_id(self, kind: str) -> int:
        """The next id of a kind; no id is used in two organisations."""
        first = _FIRST_IDS.get(kind, _FIRST_IDS["other"]) + _ID_STEP * self.number
        counter = kind if kind in _FIRST_IDS else "other"
        self.next_ids[counter] = self.next_ids.get(counter, first) + 1
        return self.next_ids[counter] - 1

    def add(self, resource: str, data: Data, created: int | None = None) -> Row:
        """Store a new row made now, or at `created`."""
        moment = self.now() if created is None else created
        return self.tables[resource].add(Row(self.new_id(resource), data, moment, moment))

    def default_fund(self) -> Row | None:
        """The fund for gifts that name none."""
        return next((fund for fund in self.funds if fund.data["default"] and fund.deleted is None), None)

    def remembered(self, question: Any, answer: Callable[[], Any]) -> Any:
        """Something counted from the gifts, once between two changes of gifts."""
        if self._sums_version != self.transactions.version:
            self._sums, self._sums_version = {}, self.transactions.version
        if question not in self._sums:
            self._sums[question] = answer()
        return self._sums[question]

    def page_fault(self, method: str, path: str) -> Fault | None:
        """The hostile paging rule that hits this list call, if any."""
        return self.faults.strike(method, path, PAGE_MODES)

    def dump(self) -> Data:
        """Everything but the journal, as JSON values."""
        return {
            "name": self.name,
            "number": self.number,
            "title": self.title,
            "options": self.options.model_dump(),
            "clock": {"shift": self.clock.shift, "frozen_at": self.clock.frozen_at},
            "faults": self.faults.dump(),
            "keys": [asdict(key) for key in self.keys.values()],
            "next_ids": self.next_ids,
            "resyncs": self.resyncs,
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    @classmethod
    def load(cls, state: Data) -> Organisation:
        """An organisation as `dump` left it."""
        options = Options.model_validate(state["options"])
        organisation = cls(state["name"], state["number"], options, state["title"])
        organisation.clock = Clock(**state["clock"])
        organisation.faults = FaultPlan(Fault.model_validate(rule) for rule in state["faults"])
        organisation.keys = {key["key"]: ApiKey(**key) for key in state["keys"]}
        organisation.next_ids = dict(state["next_ids"])
        organisation.resyncs = list(state["resyncs"])
        for name, table in organisation.tables.items():
            table.load(state["tables"][name])
        return organisation
