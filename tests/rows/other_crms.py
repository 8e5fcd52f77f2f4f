"""A Handbid organisation with a CRM other than Bloomerang: what its tests share."""

from dataclasses import dataclass, field
from typing import Any

from tests.rows.conftest import FAST, SELDOM, Site, eventually


@dataclass
class OtherSite(Site):
    """`crm` is a sandbox's handle on the account or organisation of another vendor."""

    crm: Any
    crm_name: str = ""
    credentials: dict[str, str] = field(default_factory=dict)
    purpose: dict[str, str] = field(default_factory=dict)
    of_crm: dict[str, Any] = field(default_factory=dict)
    """Settings of the CRM's connector."""

    def body(self, **settings: Any) -> dict[str, Any]:
        """What connects both sides."""
        chosen = {self.crm_name: {**FAST, **self.of_crm}, self.platform_name: FAST, "default_purpose": self.purpose}
        return {
            "crm": self.crm_name,
            "credentials": self.credentials,
            "platform_credentials": {"token": self.platform.token},
            "settings": {**chosen, **SELDOM, **settings},
        }

    def waiting(self, *kinds: str, queue: str = "") -> list[Any]:
        """What waits, of these kinds."""
        found = self.get("~/waiting")["items"]
        return [one for one in found if one["kind"] in kinds and queue in ("", one["queue"])]

    def hooked(self) -> "OtherSite":
        """The same once its own webhook addresses are open and the vendor was told."""
        self.deployment.tick()
        eventually(lambda: not self.waiting("hook"))
        return self

    def gone_over(self, contact: str, *cents: int) -> Any:
        """An auction that is reconciled, whose gifts were handed over; the run."""
        payments = [{"amount": amount, "method": "cash"} for amount in cents]
        receipt = {"contactId": contact, "items": [{"name": "Quilt", "price": 50.0}], "payments": payments}
        return self.reconcile(str(self.platform.hold_auction(name="Gala", receipts=[receipt])["event"]["id"]))

    def heard(self) -> list[Any]:
        """Runs that webhooks started, all ended."""
        return self.ended(started_by="webhook")
