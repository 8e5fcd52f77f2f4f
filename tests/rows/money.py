"""Gifts on both sides: auctions, what the CRM has of a gift, totals in cents."""

from typing import Any

from tests.rows.conftest import Deployment, Site

ITEM = {"name": "Quilt", "price": 50.0}
CARD = {"brand": "Visa", "last4": "4242", "expMonth": 4, "expYear": 2030}


def paid(contact: str, *amounts: int, **payment: Any) -> dict[str, Any]:
    """A receipt with one payment for each amount (cents)."""
    return {"contactId": contact, "items": [ITEM], "payments": [{"amount": amount, **payment} for amount in amounts]}


def auction(site: Site, *receipts: dict[str, Any], name: str = "Spring Gala") -> dict[str, Any]:
    """An auction that is closed, not reconciled."""
    held: dict[str, Any] = site.platform.hold_auction(name=name, receipts=list(receipts))
    return held


def people(site: Site, count: int) -> list[str]:
    """Contacts of the platform that the CRM does not know yet."""
    return list(site.platform.seed_people(count))


def cents(amount: float) -> int:
    """Of an amount in dollars."""
    return round(amount * 100)


def notes(gift: dict[str, Any]) -> list[str]:
    """The note of every designation."""
    return [part["Note"] for part in gift["Designations"]]


def parts(gift: dict[str, Any]) -> dict[str, int]:
    """Fund -> cents."""
    return {part["Fund"]["Name"]: cents(part["Amount"]) for part in gift["Designations"]}


def reasons(site: Site, run: dict[str, Any], outcome: str = "failed") -> dict[str, tuple[str, str]]:
    """Record -> code and reason, of the run's lines about gifts."""
    lines = site.records(run["id"], outcome)
    return {line["id"]: (line["code"], line["reason"]) for line in lines if line["kind"] == "gift"}


def look_again(deployment: Deployment, site: Site) -> None:
    """The time comes at which waiting gifts are looked at again."""
    account = f"bloomerang:{site.crm.id}"
    assert "0 woken" not in deployment.ops("work", "wake", "--account", account, "--kind", "gift")
    deployment.tick()
