"""Refunds (whole transactions only) and soft credits."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang.call import Call, deleted, fetch
from local.sandbox.bloomerang.errors import invalid
from local.sandbox.bloomerang.lists import ListSpec, ids_of
from local.sandbox.bloomerang.models import parse
from local.sandbox.bloomerang.models_gifts import RefundIn, RefundUpdate, SoftCreditCreate, SoftCreditUpdate
from local.sandbox.bloomerang.store import Record
from local.sandbox.bloomerang.text import clean_block, clean_date


def show_refund(_call: Call, refund: Record) -> dict[str, Any]:
    """A refund."""
    return {"Id": refund.id, **refund.data, "AuditTrail": refund.audit()}


def create_refund(call: Call) -> dict[str, Any]:
    """`POST /refund`: once a transaction; asks the processor too unless told not to."""
    asked, database = parse(RefundIn, call.body), call.database
    gift = fetch(database.transactions, asked.TransactionId)
    if gift.private["refunds"]:
        raise invalid("Transaction has already been refunded.")
    data = {
        "TransactionId": gift.id,
        "Date": clean_date(asked.Date, "Date", call.options),
        "Amount": gift.data["Amount"],
        "Note": clean_block(asked.Note or "", call.options.note_limit, call.options),
    }
    refund = database.add(database.refunds, data, call.who, account=gift.account)
    gift.private["refunds"].append(refund.id)
    database.touch(database.transactions, gift, call.who)
    if asked.RunProcessorRefund is not False:
        sent = "RunProcessorRefund" in asked.model_fields_set
        database.ledger.processor_refunds.append(
            {"RefundId": refund.id, "TransactionId": gift.id, "Amount": gift.data["Amount"], "AskedFor": sent}
        )
    return show_refund(call, refund)


def get_refund(call: Call) -> dict[str, Any]:
    """`GET /refund/{id}`."""
    return show_refund(call, call.record(call.database.refunds))


def update_refund(call: Call) -> dict[str, Any]:
    """`PUT /refund/{id}`: date and note."""
    refund, asked = call.record(call.database.refunds), parse(RefundUpdate, call.body)
    if asked.Id != refund.id or asked.TransactionId not in {None, refund.data["TransactionId"]}:
        raise invalid("Id and TransactionId cannot be changed")
    changes: dict[str, Any] = {}
    if asked.Date is not None:
        changes["Date"] = clean_date(asked.Date, "Date", call.options)
    if asked.Note is not None:
        changes["Note"] = clean_block(asked.Note, call.options.note_limit, call.options)
    call.database.refunds.edit(refund, changes)
    call.database.touch(call.database.refunds, refund, call.who)
    return show_refund(call, refund)


def delete_refund(call: Call) -> dict[str, Any]:
    """`DELETE /refund/{id}`: the transaction counts again."""
    refund = call.record(call.database.refunds)
    gift = call.database.transactions.rows[refund.data["TransactionId"]]
    gift.private["refunds"].remove(refund.id)
    call.database.refunds.remove(refund)
    call.database.touch(call.database.transactions, gift, call.who)
    return deleted(refund, "Refund")


REFUNDS = ListSpec(
    table=lambda call: call.database.refunds,
    show=show_refund,
    filters={"transactionId": ids_of(lambda refund: [refund.data["TransactionId"]], "transactionId")},
    orders=("CreatedDate", "Date", "LastModifiedDate"),
    default_order="Date",
    last_modified=True,
)


def show_soft_credit(_call: Call, credit: Record) -> dict[str, Any]:
    """A soft credit."""
    return {"Id": credit.id, "AccountId": credit.account, **credit.data, "AuditTrail": credit.audit()}


def create_soft_credit(call: Call) -> dict[str, Any]:
    """`POST /softcredit`."""
    asked, database = parse(SoftCreditCreate, call.body), call.database
    fetch(database.constituents, asked.AccountId)
    row = fetch(database.designations, asked.DesignationId)
    data = {"Amount": asked.Amount, "DesignationId": row.id, "TransactionId": row.data["TransactionId"]}
    return show_soft_credit(call, database.add(database.soft_credits, data, call.who, account=asked.AccountId))


def get_soft_credit(call: Call) -> dict[str, Any]:
    """`GET /softcredit/{id}`."""
    return show_soft_credit(call, call.record(call.database.soft_credits))


def update_soft_credit(call: Call) -> dict[str, Any]:
    """`PUT /softcredit/{id}`: amount and constituent."""
    database = call.database
    credit, asked = call.record(database.soft_credits), parse(SoftCreditUpdate, call.body)
    if asked.Id != credit.id:
        raise invalid("Id does not match the path")
    if asked.AccountId is not None:
        database.soft_credits.move(credit, fetch(database.constituents, asked.AccountId).id)
    if asked.Amount is not None:
        database.soft_credits.edit(credit, {"Amount": asked.Amount})
    database.touch(database.soft_credits, credit, call.who)
    return show_soft_credit(call, credit)


def delete_soft_credit(call: Call) -> dict[str, Any]:
    """`DELETE /softcredit/{id}`."""
    credit = call.record(call.database.soft_credits)
    call.database.soft_credits.remove(credit)
    return deleted(credit, "SoftCredit")


SOFT_CREDITS = ListSpec(
    table=lambda call: call.database.soft_credits,
    show=show_soft_credit,
    orders=("AccountId", "CreatedDate", "LastModifiedDate"),
    default_order="AccountId",
    last_modified=True,
    account_filter="constituent",
)
