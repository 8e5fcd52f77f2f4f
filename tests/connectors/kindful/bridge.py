"""The connector against a running sandbox, both by one clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import httpx
import pytest

from giftbridge.connectors.base import ContactWrite, Done, Donor, GiftWrite, Reference, RefundWrite, Submitted, Written
from giftbridge.connectors.registry import Wiring, connect
from giftbridge.domain.contact import Address, Contact, Field, Record
from giftbridge.domain.gift import Card, Designation, Gift, GiftStatus, Refund
from local.sandbox.kindful import KindfulAccount
from tests.connectors.contract import Bench
from tests.connectors.kindful.case import CASE

START: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADA: Final = Contact(
    first_name="Ada", last_name="Lane", email="ada.lane@example.org", phone="(202) 555-0143",
    address=Address("12 Elm St", "Albany", "NY", "12207", "US"),
)  # fmt: skip
BEA: Final = Contact(first_name="Bea", last_name="Moss", email="bea.moss@example.org")
REFERENCE: Final = "handbid-42-c17"
GIFT_REFERENCE: Final = "handbid-42-r9"


def told(answer: Written) -> Submitted:
    """An answer that must be a handing over."""
    assert isinstance(answer, Submitted), answer
    return answer


@dataclass
class Bridge:
    """A connector and the account that it is connected to."""

    account: KindfulAccount
    client: httpx.Client
    credentials: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    now: datetime = START
    connector: Any = None

    def __post_init__(self) -> None:
        self.gate = Bench("kindful", CASE)
        self.connector = self.connected(**self.settings)

    def connected(self, **settings: Any) -> Any:
        """Another connector of the same account, with settings."""
        return connect("kindful", Wiring(self.credentials, self.client, self.gate, lambda: self.now, settings))

    def pass_time(self, seconds: float) -> None:
        """Let time go on, on both sides."""
        self.now += timedelta(seconds=seconds)
        self.account.advance(seconds)

    # -- writes

    def create(self, *people: tuple[str, Contact]) -> list[Written]:
        """Create contacts by reference."""
        writes = [ContactWrite(Reference(name, self.now), contact) for name, contact in people]
        answers: list[Written] = self.connector.write_contacts(writes)
        return answers

    def change(self, current: Record, **changes: Any) -> ContactWrite:
        """A change of a contact as it was read, or of one that was not."""
        fields = cast(dict[Field, Any], changes)
        whole = (Contact() if current.unread else current.contact).changed(fields)
        return ContactWrite(Reference("gb-change", self.now), whole, current, frozenset(fields))

    def update(self, current: Record, **changes: Any) -> Submitted:
        """Hand over a change."""
        (answer,) = self.connector.write_contacts([self.change(current, **changes)])
        return told(answer)

    def give(self, *writes: GiftWrite) -> list[Written]:
        """Record gifts."""
        answers: list[Written] = self.connector.write_gifts(list(writes))
        return answers

    def settle(self, *answers: Written) -> list[Written]:
        """Let all jobs run, and ask what became of these."""
        self.account.run_jobs()
        confirmed: list[Written] = self.connector.confirm([told(answer).ticket for answer in answers])
        return confirmed

    def written(self, *people: tuple[str, Contact]) -> None:
        """Create contacts, to the end."""
        assert all(isinstance(answer, Done) for answer in self.settle(*self.create(*people)))
        self.pass_time(60)

    # -- reads

    def listed(self, cursor: str = "") -> dict[str, Record]:
        """Everything that the list shows, up to its last page."""
        seen: dict[str, Record] = {}
        for _ in range(60):
            page = self.connector.contact_changes(cursor)
            assert not page.more or page.cursor != cursor, "the list does not go on"
            seen |= {row.id: row for row in page.rows}
            cursor = page.cursor
            if not page.more:
                assert cursor == "changes"
                return seen
        pytest.fail("the list has no end")

    def contacts(self) -> list[dict[str, Any]]:
        """What Kindful has."""
        return [row["data"] | {"id": row["id"]} for row in self.account.state()["contact"]]

    def gifts(self) -> list[dict[str, Any]]:
        """The same of gifts and their parts."""
        return [row["data"] | {"id": row["id"]} for row in self.account.state()["transaction"]]

    @property
    def places(self) -> tuple[str, str, str]:
        """Ids of a campaign and of two funds."""
        lists = self.connector.purposes()
        (campaign, *_), (fund, other, *_) = lists.campaigns, lists.funds
        return campaign, fund, other

    def gift(self, *amounts: int, **changes: Any) -> Gift:
        """A gift of one or two parts."""
        campaign, *funds = self.places
        parts = tuple(Designation(amount, fund, campaign) for amount, fund in zip(amounts, funds, strict=False))
        known: dict[str, Any] = {
            "id": "r9", "contact_id": "c17", "amount": sum(amounts), "currency": "USD", "designations": parts,
            "status": GiftStatus.SUCCEEDED, "method": "card", "occurred_at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
            "card": Card("visa", "4242", 12, 2030), "note": "Spring Gala; Signed guitar", "acknowledged": True,
        }  # fmt: skip
        return Gift(**{**known, **changes})

    def by(
        self, gift: Gift, contact_id: str = "", current_id: str = "", contact: Contact = ADA, name: str = GIFT_REFERENCE
    ) -> GiftWrite:
        """The gift with its donor."""
        return GiftWrite(Reference(name, self.now), gift, contact_id, current_id, Donor(REFERENCE, contact))

    def refund(self, gift: Gift, refund: Refund, partial: bool = False) -> RefundWrite:
        """A refund of the gift."""
        reference = Reference(f"gb-{refund.id}", self.now)
        donor = Donor(REFERENCE, ADA)
        return RefundWrite(reference, gift, GIFT_REFERENCE, refund, partial, GIFT_REFERENCE, REFERENCE, donor)
