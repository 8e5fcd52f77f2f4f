"""Reference data: funds, campaigns, appeals, tributes, custom fields, database, user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from local.sandbox.bloomerang.call import Call, fetch
from local.sandbox.bloomerang.errors import ApiError, invalid, required
from local.sandbox.bloomerang.lists import ListSpec, Test, check_query, first_stamp, slice_page, truth
from local.sandbox.bloomerang.models import Body, given, parse, written
from local.sandbox.bloomerang.models_gifts import Money
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.text import clean_date, clean_line
from local.sandbox.bloomerang.views import without_nulls

CUSTOM_KINDS = ("Constituent", "Transaction", "Interaction", "Note", "Benevon")


class ManagedIn(Body):
    """What every named reference value takes; `Id` only on update."""

    Id: int | None = None
    Name: str | None = None
    IsActive: bool | None = None
    SortIndex: int | None = None


class FundIn(ManagedIn):
    """A fund."""

    IsDefault: bool | None = None
    GeneralLedgerClass: str | None = None
    DefaultQuickbooksAccountId: int | None = None
    QuickbooksAccountIds: list[int] | None = None


class CampaignIn(ManagedIn):
    """A campaign."""

    StartDate: str | None = None
    EndDate: str | None = None
    Goal: Money | None = None


class TributeIn(Body):
    """A tribute."""

    Id: int | None = None
    Name: str | None = None
    TributeType: Literal["InHonorOf", "InMemoryOf"] | None = None
    Note: str | None = None
    NotificantAccountIds: list[int] | None = None
    IsActive: bool | None = None
    IsDefault: bool | None = None


@dataclass(frozen=True)
class Managed:
    """One kind of reference value: its table, body and whether it has an audit trail."""

    table: Callable[[Call], Table]
    model: type[Body]
    needed: tuple[str, ...] = ("Name",)
    audited: bool = True
    searchable: bool = True
    goals: bool = False

    def list_spec(self) -> ListSpec:
        """The list of this kind."""
        search = {"search": _named_like} if self.searchable else {}
        goals = {"hasGoal": truth(lambda record: "Goal" in record.data)} if self.goals else {}
        active = {"isActive": truth(lambda record: record.data["IsActive"])}
        return ListSpec(self.table, self.show, active | search | goals, last_modified=self.audited)

    def show(self, _call: Call, record: Record) -> dict[str, Any]:
        """The read shape."""
        audit = {"AuditTrail": record.audit()} if self.audited else {}
        raised = {"Raised": 0} if self.goals else {}
        return without_nulls({"Id": record.id, **record.data, **raised, **audit})

    def get(self, call: Call) -> dict[str, Any]:
        """`GET /<kind>/{id}`."""
        return self.show(call, call.record(self.table(call)))

    def create(self, call: Call) -> dict[str, Any]:
        """`POST /<kind>`."""
        values = given(parse(self.model, call.body))
        if values.pop("Id", None) is not None:
            raise invalid("Could not find member 'Id' on object.")
        for name in self.needed:
            if not values.get(name):
                raise required(name)
        base = {"IsActive": True, "SortIndex": len(self.table(call))}
        record = call.database.add(self.table(call), base | _clean(call, values), call.who)
        return self.show(call, record)

    def update(self, call: Call) -> dict[str, Any]:
        """`PUT /<kind>/{id}`."""
        record = call.record(self.table(call))
        values = written(parse(self.model, call.body), call.options.put_null)
        if values.pop("Id", record.id) != record.id:
            raise invalid("Id does not match the path")
        self.table(call).edit(record, _clean(call, values))
        call.database.touch(self.table(call), record, call.who)
        return self.show(call, record)


FUND = Managed(lambda call: call.database.funds, FundIn, audited=False)
CAMPAIGN = Managed(lambda call: call.database.campaigns, CampaignIn, goals=True)
APPEAL = Managed(lambda call: call.database.appeals, ManagedIn)
TRIBUTE = Managed(
    lambda call: call.database.tributes, TributeIn, ("Name", "TributeType"), audited=False, searchable=False
)
EMAIL_INTEREST = Managed(lambda call: call.database.email_interests, ManagedIn, audited=False, searchable=False)


def search_tributes(call: Call) -> dict[str, Any]:
    """`GET /tributes/search`: three characters at least."""
    check_query(call, {"search", "skip", "take"})
    words = call.query.get("search", "").strip()
    if len(words) < 3:
        raise invalid("search must have at least 3 characters")
    table = call.database.tributes
    rows = [TRIBUTE.show(call, record) for record in table if _named_like(call, words)(record)]
    return slice_page(call, rows, len(table))


def custom_fields(call: Call) -> list[dict[str, Any]]:
    """`GET /customFields/{type}/`: a bare array."""
    kind = _kind(call)
    rows = (record for record in call.database.custom_fields if record.private["kind"] == kind)
    return [_audited(record) for record in _active(call, rows)]


def custom_values(call: Call) -> list[dict[str, Any]]:
    """`GET /customValues/{type}` and `/{fieldId}`: pick values as a bare array."""
    kind, wanted = _kind(call), call.values.get("field")
    if wanted is not None:
        if not wanted.isdecimal():
            raise invalid("The value is not valid for fieldId")
        fetch(call.database.custom_fields, int(wanted))
    fields = {record.id for record in call.database.custom_fields if record.private["kind"] == kind}
    rows = (record for record in call.database.custom_values if record.data["FieldId"] in fields)
    chosen = (record for record in rows if wanted in {None, str(record.data["FieldId"])})
    return [_audited(record) for record in _active(call, chosen)]


def custom_categories(call: Call) -> list[dict[str, Any]]:
    """`GET /customFieldCategories/{type}/`: one category per type."""
    return [{"Id": 1 + CUSTOM_KINDS.index(_kind(call)), "Name": "Custom Fields", "SortIndex": 0}]


def database(call: Call) -> dict[str, Any]:
    """`GET /database`."""
    return {
        "Id": str(call.database.number),
        "Name": call.database.name,
        "Flavor": call.database.flavor,
        "BaseLicenseProvider": "Bloomerang",
        "AccountingIntegration": "None",
    }


def current_user(call: Call) -> dict[str, Any]:
    """`GET /user/current`."""
    user = call.caller.user
    mail = f"{user.split()[0].lower()}@example.org"
    return {
        "Id": 77,
        "Name": user,
        "Email": mail,
        "UserName": mail,
        "IsActive": True,
        "PermissionLevel": call.options.permission_level,
        "SendTaskEmails": False,
        "UserTimeZone": {"Id": call.database.time_zone, "Name": call.database.time_zone, "UtcOffset": "00:00:00"},
    }


def _clean(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    cleaned = dict(values)
    if "Name" in values:
        cleaned["Name"] = clean_line(values["Name"] or "", call.options.name_limit, call.options)
        if not cleaned["Name"]:
            raise required("Name")
    for name in {"StartDate", "EndDate"} & set(values):
        cleaned[name] = clean_date(values[name], name, call.options) if values[name] else None
    return {name: value for name, value in cleaned.items() if value is not None}


def _named_like(_call: Call, text: str) -> Test:
    return lambda record: text.casefold() in str(record.data["Name"]).casefold()


def _kind(call: Call) -> str:
    for kind in CUSTOM_KINDS:
        if kind.casefold() == call.values["type"].casefold():
            return kind
    raise ApiError(404, 0, "No HTTP resource was found")


def _active(call: Call, rows: Iterable[Record]) -> list[Record]:
    check_query(call, {"isActive", "lastModified"})
    wanted = call.query.get("isActive", "true").lower() == "true"
    stamp = first_stamp(call, call.query["lastModified"]) if "lastModified" in call.query else 0
    return [record for record in rows if record.data["IsActive"] is wanted and record.modified >= stamp]


def _audited(record: Record) -> dict[str, Any]:
    return {"Id": record.id, **record.data, "AuditTrail": record.audit()}
