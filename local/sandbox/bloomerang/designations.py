"""Designations: the rows of a gift, checked, stored and shown."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang.call import Call, fetch
from local.sandbox.bloomerang.custom import apply_custom, check_required
from local.sandbox.bloomerang.database import OF_DESIGNATION, PAYMENT_OF
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.lists import ListSpec, ids_of
from local.sandbox.bloomerang.models import given
from local.sandbox.bloomerang.models_gifts import DesignationFields, SoftCreditIn, parse_designation
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.text import clean_block, clean_date
from local.sandbox.bloomerang.views import without_nulls

_LINKS = {"FundId": "Fund", "CampaignId": "Campaign", "AppealId": "Appeal"}
_PARENTS = {"PledgeId": "Pledge", "RecurringDonationId": "RecurringDonation"}
_FIXED = ("RecurringDonationFrequency", "RecurringDonationStartDate", "PledgeFrequency", *_PARENTS)
_DATES = ("RecurringDonationStartDate", "RecurringDonationEndDate")
_NOT_STORED = {"Id", "SoftCredits", "CustomValues", "Attachments", "PledgeInstallments", "IsExtraPayment"}
_SINGLE = {"Pledge", "RecurringDonation"}


def prepare_new(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """A new designation as it is stored, fully checked."""
    fields = parse_designation(body)
    if fields.Id is not None:
        raise invalid("Could not find member 'Id' on object of type 'DonationCreateModel'.")
    data = _stored(call, {"AcknowledgementStatus": call.options.default_acknowledgement}, fields)
    data["PledgeInstallments"] = _installments(call, fields)
    return without_nulls(_inherited(call, data))


def prepare_edit(call: Call, row: Record, body: dict[str, Any]) -> dict[str, Any]:
    """An existing designation with the given changes, fully checked."""
    fields = parse_designation(body, row.data["Type"])
    for name in set(_FIXED) & fields.model_fields_set:
        if getattr(fields, name) != row.data.get(name):
            raise invalid(f"{name} cannot be changed")
    return without_nulls(_stored(call, row.data, fields))


def check_set(kinds: list[str]) -> None:
    """A pledge or a schedule stands alone in its transaction."""
    if len(kinds) > 1 and _SINGLE & set(kinds):
        raise invalid("A Pledge or RecurringDonation transaction has exactly one designation")


def add_row(call: Call, gift: Record, data: dict[str, Any], body: dict[str, Any]) -> Record:
    """Store a checked designation of a gift with its soft credits."""
    database = call.database
    numbered = {"DesignationNumber": database.new_id("designation number"), "TransactionId": gift.id}
    row = database.add(
        database.designations,
        numbered | data | {"Date": gift.data["Date"]},
        call.who,
        account=gift.account,
        lag=call.options.transaction_list_lag,
    )
    set_soft_credits(call, row, body)
    return row


def edit_row(call: Call, row: Record, data: dict[str, Any], body: dict[str, Any], date: str) -> None:
    """Write a checked change into a designation."""
    with call.database.designations.changing(row):
        row.data = data | {"Date": date}
    call.database.touch(call.database.designations, row, call.who)
    set_soft_credits(call, row, body)


def drop_row(call: Call, row: Record) -> None:
    """Remove a designation with its soft credits."""
    for credit in soft_credits_of(call, row):
        call.database.soft_credits.remove(credit)
    call.database.designations.remove(row)


def soft_credits_of(call: Call, row: Record) -> list[Record]:
    """The soft credits given with a designation."""
    return call.database.soft_credits.with_word((row.id, OF_DESIGNATION))


def set_soft_credits(call: Call, row: Record, body: dict[str, Any]) -> None:
    """The soft credits of a designation become those given; not given, they stay."""
    if "SoftCredits" not in body:
        return
    for credit in soft_credits_of(call, row):
        call.database.soft_credits.remove(credit)
    for item in body["SoftCredits"] or []:
        data = {"Amount": item["Amount"], "DesignationId": row.id, "TransactionId": row.data["TransactionId"]}
        call.database.add(call.database.soft_credits, data, call.who, account=item["AccountId"])


def show_designation(call: Call, row: Record) -> dict[str, Any]:
    """A designation in the read shape: nested objects in place of ids."""
    database, data = call.database, row.data
    hidden = {*_LINKS, "TributeId", "QuickbooksAccountId", "Date"}
    return without_nulls(
        {
            "Id": row.id,
            **{name: value for name, value in data.items() if name not in hidden},
            "NonDeductibleAmount": data.get("NonDeductibleAmount", 0),
            "Note": data.get("Note", ""),
            "AcknowledgementInteractionIds": data.get("AcknowledgementInteractionIds", []),
            "Fund": _named(database.funds, data.get("FundId")),
            "Campaign": _named(database.campaigns, data.get("CampaignId")),
            "Appeal": _named(database.appeals, data.get("AppealId")),
            **_tribute(database.tributes, data.get("TributeId")),
            "SoftCreditIds": [credit.id for credit in soft_credits_of(call, row)],
            "AttachmentIds": [],
            "CustomValues": data.get("CustomValues", []),
            **_payments(call, row),
            "AuditTrail": row.audit(),
        }
    )


LIST = ListSpec(
    table=lambda call: call.database.designations,
    show=show_designation,
    filters={
        "transactionIds": ids_of(lambda row: [row.data["TransactionId"]], "transactionIds"),
        "designationNumbers": ids_of(lambda row: [row.data["DesignationNumber"]], "designationNumbers"),
    },
    orders=("CreatedDate", "Date", "LastModifiedDate"),
    default_order="Date",
    default_direction="Desc",
)


def _stored(call: Call, base: dict[str, Any], fields: DesignationFields) -> dict[str, Any]:
    values = {name: value for name, value in given(fields).items() if name not in _NOT_STORED}
    for name in set(_DATES) & set(values):
        values[name] = clean_date(values[name], name, call.options) if values[name] else None
    if "Note" in values:
        values["Note"] = clean_block(values["Note"] or "", call.options.note_limit, call.options)
    data = base | values
    if data.get("Amount") is None:
        raise required("Amount")
    custom = apply_custom(call, "Transaction", base.get("CustomValues", []), fields.CustomValues)
    check_required(call, "Transaction", custom)
    _check_links(call, values)
    _check_soft_credits(call, getattr(fields, "SoftCredits", None) or [])
    return data | {"CustomValues": custom}


def _check_links(call: Call, values: dict[str, Any]) -> None:
    database = call.database
    tables = {"CampaignId": database.campaigns, "AppealId": database.appeals, "TributeId": database.tributes}
    for name, table in tables.items():
        if values.get(name) is not None:
            fetch(table, values[name])
    if values.get("FundId") is not None:
        fund = fetch(database.funds, values["FundId"])
        if not fund.data["IsActive"] and call.options.inactive_fund == "refuse":
            raise invalid(f"Fund {fund.id} is not active")
    for name, kind in _PARENTS.items():
        if values.get(name) is not None:
            _parent(call, values[name], kind)


def _check_soft_credits(call: Call, items: list[SoftCreditIn]) -> None:
    for item in items:
        if item.AccountId is None or item.Amount is None:
            raise required("AccountId" if item.AccountId is None else "Amount")
        fetch(call.database.constituents, item.AccountId)


def _parent(call: Call, designation_id: int, kind: str) -> Record:
    """The pledge or schedule a payment names: a designation id, not a transaction id."""
    row = fetch(call.database.designations, designation_id)
    if row.data["Type"] != kind:
        raise invalid(f"Designation {designation_id} is not a {kind}")
    return row


def _inherited(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """A payment takes fund, campaign and appeal from its pledge or schedule."""
    for name, kind in _PARENTS.items():
        if data.get(name) is not None:
            parent = _parent(call, data[name], kind)
            return {link: parent.data.get(link) for link in _LINKS} | data
    return data


def _installments(call: Call, fields: DesignationFields) -> list[dict[str, Any]] | None:
    items = getattr(fields, "PledgeInstallments", None)
    if items is None:
        return None
    return [{"Date": clean_date(item.Date, "Date", call.options), "Amount": item.Amount} for item in items]


def _named(table: Table, record_id: int | None) -> dict[str, Any] | None:
    record = table.get(record_id or 0)
    return {"Id": record.id, "Name": record.data["Name"]} if record is not None else None


def _tribute(table: Table, record_id: int | None) -> dict[str, Any]:
    record = table.get(record_id or 0)
    if record is None:
        return {}
    name = {"Id": record.id, "Name": record.data["Name"]}
    return {"Tribute": name, "TributeType": record.data["TributeType"]}


def _payments(call: Call, row: Record) -> dict[str, Any]:
    """What a pledge or a schedule shows of its payments."""
    key = {"Pledge": "PledgeId", "RecurringDonation": "RecurringDonationId"}.get(row.data["Type"])
    if key is None:
        return {}
    paid = call.database.designations.with_word((row.id, PAYMENT_OF))
    ids = [other.id for other in paid]
    if key == "PledgeId":
        balance = row.data["Amount"] - sum(other.data["Amount"] for other in paid)
        return {"PledgePaymentIds": ids, "PledgeBalance": round(balance, 2)}
    ended = row.data.get("RecurringDonationEndDate", "9999") <= call.today()
    return {"RecurringDonationPaymentIds": ids, "RecurringDonationStatus": "Closed" if ended else "Active"}


def get(call: Call) -> dict[str, Any]:
    """`GET /transactions/designation/{id}`."""
    return show_designation(call, call.record(call.database.designations))
