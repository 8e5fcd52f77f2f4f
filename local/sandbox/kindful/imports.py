"""Import jobs: flat rows of contacts, most with a gift, a note, a pledge or the like beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.sandbox.kindful.account import Change
from local.sandbox.kindful.changes import alter
from local.sandbox.kindful.columns import TRANSACTION_TYPES, BadRow, cents, flag, moment, text
from local.sandbox.kindful.contacts import Contacts
from local.sandbox.kindful.events import announce
from local.sandbox.kindful.matching import GoneError, campaign_of, find_item, fund_of, made_up_id
from local.sandbox.kindful.options import Options
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.run import JobRun, Row, StopJob

_NOTE_TEXTS = ("note_type", "note_subject", "note_sender_name", "note_sender_email")
_GIFT_TEXTS = {
    "transaction_note": "note",
    "check_num": "check_num",
    "card_type": "card_type",
    "stripe_charge_id": "gateway_transaction_id",
    "authorize_transaction_id": "gateway_transaction_id",
    "paypal_transaction_id": "gateway_transaction_id",
}
_GIFT_FLAGS = ("was_refunded", "is_donation", "acknowledged")
_DEDUCTIBLE = "non_tax_deductible_amount_in_cents"


@dataclass(frozen=True)
class ItemKind:
    """What rides beside a contact: its table, its label in statistics, the prefix of its columns."""

    kind: str
    label: str
    money: bool = True
    campaign_required: bool = False


ITEMS: dict[str, ItemKind | None] = {
    "contact": None,
    "contact_with_cause_team": None,
    "contact_with_transaction": ItemKind("transaction", "Transaction", campaign_required=True),
    "contact_with_note": ItemKind("note", "Note", money=False),
    "contact_with_pledge": ItemKind("pledge", "Pledge"),
    "contact_with_soft_credit": ItemKind("soft_credit", "Soft Credit"),
    "contact_with_non_cash_gift": ItemKind("non_cash_gift", "Non Cash Gift"),
}


def run_import(run: JobRun, rows: list[Row]) -> None:
    """Work on the rows of a contact format; StopJob when the format is not known."""
    data_format = run.job.body.get("data_format")
    if not isinstance(data_format, str) or data_format not in ITEMS:
        raise StopJob("setup_failed", "data_format is not valid")
    kind, contacts = ITEMS[data_format], Contacts(run, run.rows())
    run.each(rows, _work(run, contacts, Items(run, kind) if kind else None))


def _work(run: JobRun, contacts: Contacts, items: Items | None) -> Callable[[Row], dict[str, str]]:
    def work(row: Row) -> dict[str, str]:
        try:
            record, outcome = contacts.take(row)
        except GoneError:
            return {"contact": "ignored"}
        if items is None:
            return {"contact": outcome}
        return {"contact": outcome, items.kind.kind: items.take(row, record)}

    return work


class Items:
    """Takes the gifts (or notes, pledges, ...) of one job."""

    def __init__(self, run: JobRun, kind: ItemKind) -> None:
        self.kind = kind
        self._run = run
        self._prefix = kind.kind

    def take(self, row: Row, contact: Record) -> str:
        """What became of the row's item; BadRow when something required is missing."""
        run, kind, sent = self._run, self.kind, text(row.get(f"{self._prefix}_id"))
        found = find_item(run, kind.kind, sent)
        if found is None:
            return self._create(row, contact, sent or made_up_id())
        if found.deleted is not None or found.data.get("parent_id") is not None:
            return "ignored"
        if run.action_for(kind.kind) != "update":
            return "ignored"
        row_time = moment(row.get(f"{self._prefix}_updated_at"))
        if not run.fresh(kind.kind, found, row_time):
            return "ignored"
        data = self._columns(row) | self._places(row, required=False)
        run.update(kind.kind, found, Change(run.stamp(row_time), data, metadata=self._metadata(row)))
        return run.updated(kind.label)

    def _create(self, row: Row, contact: Record, external_id: str) -> str:
        run, kind = self._run, self.kind
        data = self._columns(row)
        for name in (f"{self._prefix}_time", *(["amount_in_cents"] if kind.money else [])):
            if data.get(name) is None:
                raise BadRow(f"{name} is required")
        data = _defaults(kind, run.options) | data | self._places(row, required=kind.campaign_required)
        stamp = run.stamp(moment(row.get(f"{self._prefix}_updated_at")))
        table = run.account.tables[kind.kind]
        record = table.add(data | {"contact_id": contact.id}, run.account.now(), stamp)
        alter(run.account, kind.kind, record, Change(stamp, metadata=self._metadata(row)))
        version = 0 if run.options.import_moves_link == "never" else record.version
        run.app.links[kind.kind].put(record.id, Link(external_id, version))
        if kind.kind == "transaction" and run.options.events_of_imports:
            announce(run.account, "transaction.created", record)
        return run.created(kind.label)

    def _places(self, row: Row, *, required: bool) -> dict[str, Any]:
        """Campaign and fund, made on the way when they are not found."""
        found = {"campaign_id": campaign_of(self._run, row, required=required), "fund_id": fund_of(self._run, row)}
        return {name: value for name, value in found.items() if value is not None}

    def _columns(self, row: Row) -> dict[str, Any]:
        options, prefix = self._run.options, self._prefix
        found: dict[str, Any] = {}
        if text(row.get(f"{prefix}_time")) is not None:
            found[f"{prefix}_time"] = moment(row[f"{prefix}_time"])
            if found[f"{prefix}_time"] is None:
                raise BadRow(f"{prefix}_time is not a time")
        if self.kind.money and text(row.get("amount_in_cents")) is not None:
            found["amount_in_cents"] = cents("amount_in_cents", row["amount_in_cents"])
        if text(row.get("currency")):
            found["currency"] = str(row["currency"]).lower()
        if text(row.get(_DEDUCTIBLE)) is not None:
            found["non_tax_deduct_amount_in_cents"] = cents(_DEDUCTIBLE, row[_DEDUCTIBLE])
        more = {"transaction": _gift_columns, "note": _note_columns}.get(self.kind.kind)
        if more is not None:
            return found | more(row, options)
        note = text(row.get(f"{prefix}_note"))
        return found | ({"note": note} if note is not None else {})

    def _metadata(self, row: Row) -> dict[str, Any]:
        names = self._run.job.body.get(f"{self._prefix}_metadata")
        return {str(name): row[name] for name in names if name in row} if isinstance(names, list) else {}


def _defaults(kind: ItemKind, options: Options) -> dict[str, Any]:
    if kind.kind != "transaction":
        return {}
    return empty_gift() | {"transaction_type": "check" if options.missing_transaction_type == "check" else None}


def empty_gift() -> dict[str, Any]:
    """The columns of a transaction about which nothing was said."""
    return {
        "campaign_id": None,
        "fund_id": None,
        "acknowledged": False,
        "note": None,
        "transaction_type": "check",
        "success": True,
        "was_refunded": False,
        "currency": "usd",
        "check_num": None,
        "card_type": None,
        "non_tax_deduct_amount_in_cents": 0,
        "is_donation": True,
        "gateway_transaction_id": None,
        "batch_deposit": None,
        "batch_id": None,
    }


def _gift_columns(row: Row, options: Options) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, name in _GIFT_TEXTS.items():
        value = text(row.get(column))
        if value is not None:
            found[name] = value
    for name in _GIFT_FLAGS:
        said = flag(row[name], options) if name in row else None
        if said is not None and not (name == "was_refunded" and options.refund_by_import == "ignored"):
            found[name] = said
    kind = text(row.get("transaction_type"))
    if kind is not None:
        found["transaction_type"] = _gift_type(kind, options)
    return found


def _gift_type(sent: str, options: Options) -> str:
    if sent in TRANSACTION_TYPES or options.unknown_transaction_type == "kept":
        return sent
    if options.unknown_transaction_type == "bad_row":
        raise BadRow("transaction_type is not known")
    return "check"


def _note_columns(row: Row, options: Options) -> dict[str, Any]:
    """A note; the name of its text's column is told differently by different sources."""
    names = ("message", "note_body", "message_body")
    columns = names if options.note_text_column == "any" else (options.note_text_column,)
    bodies = [value for name in columns if (value := text(row.get(name)))]
    named = {name: value for name in _NOTE_TEXTS if (value := text(row.get(name)))}
    return named | ({"body": bodies[0]} if bodies else {})
