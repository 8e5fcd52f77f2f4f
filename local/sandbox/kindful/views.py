"""Records in the words of queries and metadata lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from local.sandbox.common.clock import utc_text
from local.sandbox.kindful.account import Account, App
from local.sandbox.kindful.columns import CONTACT_COLUMNS
from local.sandbox.kindful.events import donor_type, external_id
from local.sandbox.kindful.records import Record

Row = dict[str, Any]
_GIFT_COLUMNS = (
    "amount_in_cents",
    "campaign_id",
    "fund_id",
    "contact_id",
    "acknowledged",
    "note",
    "transaction_type",
    "success",
    "was_refunded",
    "currency",
    "check_num",
    "card_type",
    "non_tax_deduct_amount_in_cents",
    "is_donation",
    "batch_deposit",
    "batch_id",
    "gateway_transaction_id",
)
_FIELD_NAMES = ("custom_field_name1", "custom_field_name2", "custom_field_name3")
_FIELD_VALUES = ("custom_field_value1", "custom_field_value2", "custom_field_value3")


class Viewer:
    """Shows one account's records to one application; `base` is the path family it calls."""

    def __init__(self, account: Account, app: App, base: str) -> None:
        self.account = account
        self.app = app
        self.base = base

    def time(self, seconds: int | None) -> str | None:
        """A stamp as text, in the spelling of the account."""
        if seconds is None:
            return None
        if self.account.options.time_format == "iso":
            return utc_text(seconds)
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def contact(self, record: Record) -> Row:
        """A contact with all its columns."""
        columns = {name: record.data.get(name) for name in CONTACT_COLUMNS}
        more = {
            "email_deliverable": record.data.get("email_deliverable"),
            "donor_type": donor_type(record.data),
            "created_at": self.time(record.created),
            "updated_at": self.time(record.updated),
        }
        return self._named("contact", record) | columns | more

    def transaction(self, record: Record) -> Row:
        """A transaction with all its columns."""
        columns = {name: record.data.get(name) for name in _GIFT_COLUMNS}
        more = {
            "designation": None,
            "transaction_time": self.time(record.data["transaction_time"]),
            "updated_at": self.time(record.updated),
            "created_at": self.time(record.created),
            "deleted_at": self.time(record.deleted),
        }
        return self._named("transaction", record) | columns | more | dict.fromkeys([*_FIELD_NAMES, *_FIELD_VALUES])

    def campaign(self, record: Record) -> Row:
        """A campaign."""
        fund = self.account.record("fund", record.data.get("fund_id"))
        name = record.data["name"]
        columns = {"name": name, "description": None, "short_name": name, **dict.fromkeys(_FIELD_NAMES)}
        place = {"fund_id": record.data.get("fund_id"), "fund": fund.data["name"] if fund else None}
        return self._listed("campaign", record, columns | place)

    def fund(self, record: Record) -> Row:
        """A fund."""
        return self._listed("fund", record, {"name": record.data["name"]})

    def group(self, record: Record) -> Row:
        """A group (the form of the list's elements is not documented)."""
        return {"id": record.id, "name": record.data["name"]}

    def custom_field(self, record: Record) -> Row:
        """A custom field."""
        data = record.data
        group = {"id": str(_group_id(data["group"])), "name": data["group"]}
        shape = {"field_type": data["type"], "field_values": data["values"], "custom_field_group": group}
        return {"id": record.id, "name": data["name"], **shape}

    def custom_fields(self, contact: Record, wanted: list[Record]) -> Row:
        """A contact's values of some custom fields, by name."""
        values = contact.extra.get("custom", {})
        shown = {}
        for field in wanted:
            row = self.custom_field(field)
            row["custom_field_id"] = row.pop("id")
            shown[field.data["name"]] = row | {"value": values.get(str(field.id))}
        return shown

    def marks(self, kind: str, record: Record) -> Row:
        """What every result carries whatever columns were asked for."""
        links = {"self": f"{self.base}/{kind}s/{record.id}"}
        if kind == "transaction":
            links["contact"] = f"{self.base}/contacts/{record.data.get('contact_id')}"
        return {"record_type": kind, "_links": links}

    def _named(self, kind: str, record: Record) -> Row:
        name = external_id(self.app, kind, record.id)
        return {"id": record.id, "external_id": name, "sync_version": record.version}

    def _listed(self, kind: str, record: Record, columns: Row) -> Row:
        stamps = {"created_at": self.time(record.created), "updated_at": self.time(record.updated)}
        return self._named(kind, record) | columns | stamps | self.marks(kind, record)


def custom_field_groups(account: Account) -> list[Row]:
    """The groups the custom fields are in."""
    names = sorted({record.data["group"] for record in account.tables["custom_field"]})
    return [{"id": str(_group_id(name)), "name": name} for name in names]


def _group_id(name: str) -> int:
    return 60 + sum(map(ord, name)) % 900
