"""Transactions: one payment total with 1 to 20 designations that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.sandbox.bloomerang.call import Call, deleted, fetch
from local.sandbox.bloomerang.designations import (
    add_row,
    check_set,
    drop_row,
    edit_row,
    prepare_edit,
    prepare_new,
    show_designation,
)
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.lists import Filter, ListSpec, Test, choices, ids_of, list_page
from local.sandbox.bloomerang.models import given
from local.sandbox.bloomerang.models_gifts import DESIGNATIONS, TransactionFields, parse_transaction
from local.sandbox.bloomerang.store import Record
from local.sandbox.bloomerang.text import clean_date
from local.sandbox.bloomerang.views import without_nulls

_CARD = ("CreditCardType", "CreditCardLastFourDigits", "CreditCardExpMonth", "CreditCardExpYear")
_EFT = ("EftAccountType", "EftLastFourDigits", "EftRoutingNumber")
_CARD_METHODS = {"CreditCard", "ApplePay", "GooglePay"}
_NOT_STORED = {"AccountId", "Designations", "WalletItemId", "Attachments"}


def show_transaction(call: Call, gift: Record) -> dict[str, Any]:
    """A transaction in the read shape."""
    rows = rows_of(call, gift)
    refunds = gift.private["refunds"]
    return without_nulls(
        {
            "Id": gift.id,
            "AccountId": gift.account,
            **gift.data,
            "NonDeductibleAmount": round(sum(row.data.get("NonDeductibleAmount") or 0 for row in rows), 2),
            "Designations": [show_designation(call, row) for row in rows],
            "AttachmentIds": [],
            "IsRefunded": "Yes" if refunds else "No",
            "RefundIds": refunds,
            "AuditTrail": gift.audit(),
        }
    )


def rows_of(call: Call, gift: Record) -> list[Record]:
    """The designations of a transaction, in order."""
    return [call.database.designations.rows[row_id] for row_id in gift.private["designations"]]


def handle_list(call: Call) -> dict[str, Any]:
    """`GET /transactions`; whether `lastModified` and the custom field filter work is an option."""
    query = dict(call.query)
    if "lastModified" in query and call.options.transactions_last_modified != "honoured":
        if call.options.transactions_last_modified == "refused":
            raise invalid("Unknown query parameter 'lastModified'")
        del query["lastModified"]
    if call.options.transactions_custom_field == "ignored":
        query = {name: text for name, text in query.items() if not name.startswith("customField")}
    return list_page(Call(call.caller, call.method, call.path, call.values, query), LIST)


def get(call: Call) -> dict[str, Any]:
    """`GET /transaction/{id}`."""
    return show_transaction(call, call.record(call.database.transactions))


def create(call: Call) -> dict[str, Any]:
    """`POST /transaction`: only records, unless a wallet item makes it a charge."""
    fields = parse_transaction(call.body)
    data = _stored(call, fields)
    _check_account(call, fields.AccountId)
    rows = [(prepare_new(call, body), body) for body in fields.Designations]
    check_set([row["Type"] for row, _ in rows])
    _check_sum(fields.Amount, [row["Amount"] for row, _ in rows])
    gift = _add_gift(call, fields, data)
    with call.database.transactions.changing(gift):
        gift.private["designations"] = [add_row(call, gift, row, body).id for row, body in rows]
    _charge(call, gift, fields)
    _bump(call, gift.account)
    return show_transaction(call, gift)


def update(call: Call) -> dict[str, Any]:
    """`PUT /transaction/{id}`: rows with Id are edited, others added, omitted ones go (or stay, by option)."""
    gift = call.record(call.database.transactions)
    fields = parse_transaction(call.body)
    if fields.AccountId != gift.account:
        raise invalid("AccountId cannot be changed")
    data, plan = _stored(call, fields), _plan(call, gift, fields)
    _check_sum(fields.Amount, plan.amounts())
    check_set(plan.kinds())
    base = {} if call.options.put == "replace" else gift.data
    number = {"TransactionNumber": gift.data["TransactionNumber"]}
    with call.database.transactions.changing(gift):
        gift.data = base | data | number
        gift.private["designations"] = plan.apply(call, gift)
    call.database.touch(call.database.transactions, gift, call.who)
    _bump(call, gift.account)
    return show_transaction(call, gift)


def delete(call: Call) -> dict[str, Any]:
    """`DELETE /transaction/{id}`; a payment that was charged here can only be refunded."""
    gift = call.record(call.database.transactions)
    if gift.private["charged"]:
        raise invalid("Cannot delete a transaction that was processed by Bloomerang.")
    erase(call, gift)
    return deleted(gift, "Transaction")


def erase(call: Call, gift: Record) -> None:
    """Remove a transaction with all its rows."""
    rows = rows_of(call, gift)
    call.database.transactions.remove(gift)
    for row in rows:
        drop_row(call, row)
    for refund in gift.private["refunds"]:
        call.database.refunds.remove(call.database.refunds.rows[refund])
    _bump(call, gift.account)


@dataclass
class _Plan:
    """The designations of an update, checked: edits, additions, and rows that stay as they are."""

    edits: list[tuple[Record, dict[str, Any], dict[str, Any]]]
    additions: list[tuple[dict[str, Any], dict[str, Any]]]
    kept: list[Record]
    dropped: list[Record]

    def amounts(self) -> list[float]:
        """The amounts there will be."""
        return [data["Amount"] for data in self._data()]

    def kinds(self) -> list[str]:
        """The types there will be."""
        return [data["Type"] for data in self._data()]

    def apply(self, call: Call, gift: Record) -> list[int]:
        """Do it; returns the ids of the rows there are now."""
        for row in self.dropped:
            drop_row(call, row)
        for row, data, body in self.edits:
            edit_row(call, row, data, body, gift.data["Date"])
        fresh = [add_row(call, gift, data, body).id for data, body in self.additions]
        return [*sorted([row.id for row, *_ in self.edits] + [row.id for row in self.kept]), *fresh]

    def _data(self) -> list[dict[str, Any]]:
        edited = [data for _, data, _ in self.edits]
        return [*edited, *(data for data, _ in self.additions), *(row.data for row in self.kept)]


def _plan(call: Call, gift: Record, fields: TransactionFields) -> _Plan:
    rows = {row.id: row for row in rows_of(call, gift)}
    edited = [body for body in fields.Designations if body.get("Id") is not None]
    added = [body for body in fields.Designations if body.get("Id") is None]
    for body in edited:
        if body["Id"] not in rows:
            raise invalid(f"Designation {body['Id']} is not part of this transaction")
    if any(body.get("Type") == "Pledge" for body in added):
        raise invalid("A Pledge cannot be added to a transaction")
    omitted = [row for row_id, row in rows.items() if row_id not in {body["Id"] for body in edited}]
    keep = call.options.omitted_designations == "kept"
    return _Plan(
        [(rows[body["Id"]], prepare_edit(call, rows[body["Id"]], body), body) for body in edited],
        [(prepare_new(call, body), body) for body in added],
        omitted if keep else [],
        [] if keep else omitted,
    )


def _add_gift(call: Call, fields: TransactionFields, data: dict[str, Any]) -> Record:
    database = call.database
    number = {"TransactionNumber": database.new_id("transaction number")}
    gift = Record(database.new_id("transaction"), number | data, fields.AccountId)
    gift.created = gift.modified = database.now()
    gift.created_by = gift.modified_by = call.who
    gift.private = {"designations": [], "refunds": [], "charged": False}
    if call.options.transaction_list_lag:
        gift.seen_from = database.clock.now() + call.options.transaction_list_lag
    return database.transactions.add(gift)


def _stored(call: Call, fields: TransactionFields) -> dict[str, Any]:
    _check_details(call, fields)
    data = {name: value for name, value in given(fields).items() if name not in _NOT_STORED}
    for name in {"Date", "CheckDate"} & set(data):
        data[name] = clean_date(data[name], name, call.options) if data[name] is not None else None
    if data["Date"] is None or round(fields.Amount * 100, 6) != round(fields.Amount * 100):
        raise invalid("Amount has more than two decimals")
    return without_nulls(data)


def _check_details(call: Call, fields: TransactionFields) -> None:
    """A card or bank transfer wants a wallet item or its full details, where the database is strict."""
    if getattr(fields, "WalletItemId", None) is not None:
        return
    groups: list[tuple[str, ...]] = []
    if fields.Method in _CARD_METHODS and call.options.card_details == "strict":
        groups.append(_CARD)
    if fields.Method == "Eft" and call.options.eft_details == "strict":
        groups.append(_EFT)
    for name in (name for group in groups for name in group):
        if getattr(fields, name) in {None, ""}:
            raise required(name)
    for name in ("CreditCardLastFourDigits", "EftLastFourDigits"):
        digits = getattr(fields, name, None)
        if digits and not (len(digits) == 4 and digits.isdecimal()):
            raise invalid(f"{name} must be four digits")


def _check_account(call: Call, account: int) -> None:
    if call.options.household_as_account == "accept" and call.database.households.get(account):
        return
    fetch(call.database.constituents, account)


def _check_sum(amount: float, parts: list[float]) -> None:
    if round(amount * 100) != sum(round(part * 100) for part in parts):
        raise invalid("The transaction Amount must equal the sum of its designations")


def _charge(call: Call, gift: Record, fields: TransactionFields) -> None:
    wallet = getattr(fields, "WalletItemId", None)
    if wallet is not None:
        gift.private["charged"] = True
        charge = {"TransactionId": gift.id, "WalletItemId": wallet, "Amount": fields.Amount}
        call.database.ledger.charges.append(charge)


def _bump(call: Call, account: int) -> None:
    person = call.database.constituents.get(account)
    if person is not None and call.options.gifts_bump_constituent:
        call.database.touch(call.database.constituents, person, call.who)


def _amount(least: bool) -> Filter:
    def build(_call: Call, text: str) -> Test:
        try:
            limit = float(text)
        except ValueError as error:
            raise invalid(f"The value '{text}' is not valid.") from error
        if least:
            return lambda gift: float(gift.data["Amount"]) >= limit
        return lambda gift: float(gift.data["Amount"]) <= limit

    return build


def _of_type(call: Call, text: str) -> Test:
    return choices(DESIGNATIONS, lambda gift: [row.data["Type"] for row in rows_of(call, gift)])(call, text)


LIST = ListSpec(
    table=lambda call: call.database.transactions,
    show=show_transaction,
    filters={
        "transactionNumber": ids_of(lambda gift: [gift.data["TransactionNumber"]], "transactionNumber"),
        "type": _of_type,
        "minAmount": _amount(least=True),
        "maxAmount": _amount(least=False),
    },
    orders=("CreatedDate", "Date", "LastModifiedDate"),
    default_order="Date",
    default_direction="Desc",
    last_modified=True,
    account_filter="accountId",
    custom_kind="Transaction",
)
