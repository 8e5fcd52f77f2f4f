"""Finding people: fuzzy search, duplicates (name and one contact point) and the upsert built on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.constituents import create_from, update_from
from local.sandbox.bloomerang.contacts import ADDRESS, EMAIL, PHONE
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.lists import check_query, slice_page
from local.sandbox.bloomerang.models import ConstituentMerge, DuplicateQuestion, given, parse
from local.sandbox.bloomerang.store import Record
from local.sandbox.bloomerang.text import phone_digits
from local.sandbox.bloomerang.views import show_account, show_constituent

_SEARCH_TYPES = {"Individual", "Organization", "Household"}
_QUERY_NAMES = {
    "type": "Type",
    "firstName": "FirstName",
    "lastName": "LastName",
    "organizationName": "OrganizationName",
    "street": "Street",
    "phoneNumber": "PhoneNumber",
    "emailAddress": "EmailAddress",
}
_CONTACTS = {"PrimaryEmail": EMAIL, "PrimaryPhone": PHONE, "PrimaryAddress": ADDRESS}
_KEY_FIELD = {"PrimaryEmail": "Value", "PrimaryPhone": "Number", "PrimaryAddress": "Street"}


def search(call: Call) -> dict[str, Any]:
    """`GET /constituents/search`: any word anywhere, households mixed in, several answers."""
    check_query(call, {"search", "type", "skip", "take"})
    words = call.query.get("search", "").strip()
    if len(words) < call.options.search_min_length:
        raise invalid("search is too short")
    wanted = set(call.query["type"].split("|")) if "type" in call.query else _SEARCH_TYPES
    if not wanted <= _SEARCH_TYPES:
        raise invalid("The value is not valid for type.")
    database = call.database
    found = database.search.find(words, database.clock.now(), call.options.search_delay)
    rows = [show_account(call, account) for account in found if _kind(call, account) in wanted]
    return slice_page(call, rows, len(database.constituents) + len(database.households))


def duplicates_by_query(call: Call) -> dict[str, Any]:
    """`GET /constituent/duplicates`."""
    check_query(call, _QUERY_NAMES)
    body = {_QUERY_NAMES[name]: text for name, text in call.query.items() if name in _QUERY_NAMES}
    return _duplicates(call, parse(DuplicateQuestion, body))


def duplicates_by_body(call: Call) -> dict[str, Any]:
    """`POST /constituent/duplicates`."""
    return _duplicates(call, parse(DuplicateQuestion, call.body))


def merge(call: Call) -> dict[str, Any]:
    """`POST /constituent/merge`: written into the first duplicate, or created."""
    model = parse(ConstituentMerge, call.body)
    values = given(model)
    question = _question(values)
    _check_question(question)
    found = next(_matches(call, question), None)
    values["CustomEmailInterestIds"] = [item.Id for item in model.CustomEmailInterestIds or []]
    if found is None:
        kind = values.get("Type") or ("Organization" if values.get("FullName") else "Individual")
        return show_constituent(call, create_from(call, values | {"Type": kind}))
    update_from(call, found, _additions(call, found, values), replace=False)
    return show_constituent(call, found)


def _kind(call: Call, account: int) -> str:
    """The account's type; empty when it is gone and the index has not noticed yet."""
    found = call.database.constituents.get(account) or call.database.households.get(account)
    return str(found.data["Type"]) if found is not None else ""


def _duplicates(call: Call, question: DuplicateQuestion) -> dict[str, Any]:
    _check_question(question)
    rows = [show_constituent(call, record) for record in _matches(call, question)]
    return slice_page(call, rows, len(call.database.constituents))


def _check_question(question: DuplicateQuestion) -> None:
    if not question.OrganizationName and not (question.FirstName and question.LastName):
        raise required("OrganizationName" if question.Type == "Organization" else "FirstName and LastName")
    if not (question.Street or question.PhoneNumber or question.EmailAddress):
        raise invalid("At least one of street, phoneNumber or emailAddress is required")


def _matches(call: Call, question: DuplicateQuestion) -> Iterator[Record]:
    for record in call.database.constituents:
        named = question.Type in {None, record.data["Type"]} and _same_name(record, question)
        if named and _same_contact(call, record, question):
            yield record


def _same_name(record: Record, question: DuplicateQuestion) -> bool:
    data = record.data
    if question.OrganizationName:
        return _folded(data.get("FullName")) == _folded(question.OrganizationName)
    if _folded(data.get("LastName")) != _folded(question.LastName):
        return False
    return _folded(data.get("FirstName")) == _folded(question.FirstName)


def _same_contact(call: Call, record: Record, question: DuplicateQuestion) -> bool:
    database = call.database
    emails = {_folded(row.data["Value"]) for row in database.emails.of_account(record.id)}
    numbers = {phone_digits(row.data["Number"]) for row in database.phones.of_account(record.id)}
    streets = {_folded(row.data.get("Street")) for row in database.addresses.of_account(record.id)} - {""}
    return (
        _folded(question.EmailAddress) in emails
        or phone_digits(question.PhoneNumber or "") in numbers
        or _folded(question.Street) in streets
    )


def _folded(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _question(values: dict[str, Any]) -> DuplicateQuestion:
    rows = {name: given(values[name]) if values.get(name) else {} for name in _CONTACTS}
    return DuplicateQuestion(
        Type=values.get("Type"),
        FirstName=values.get("FirstName"),
        LastName=values.get("LastName"),
        OrganizationName=values.get("FullName"),
        EmailAddress=rows["PrimaryEmail"].get("Value"),
        PhoneNumber=rows["PrimaryPhone"].get("Number"),
        Street=rows["PrimaryAddress"].get("Street"),
    )


def _additions(call: Call, record: Record, values: dict[str, Any]) -> dict[str, Any]:
    """What merging adds: given fields, and contact rows the constituent does not have yet, as secondary."""
    kept = {name: value for name, value in values.items() if name not in _CONTACTS and name != "Type"}
    for name, kind in _CONTACTS.items():
        row = values.get(name)
        key = _KEY_FIELD[name]
        if row is None:
            continue
        fresh = kind.prepare(call, record.id, given(row)).data.get(key)
        if all(_folded(have.data.get(key)) != _folded(fresh) for have in kind.table(call).of_account(record.id)):
            kept[_plural(name)] = [row]
    return kept


def _plural(name: str) -> str:
    word = name.replace("Primary", "Secondary")
    return word + ("es" if word.endswith("s") else "s")
