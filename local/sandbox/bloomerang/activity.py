"""Interactions, notes and households: as much of them as a sync touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from local.sandbox.bloomerang.call import Call, deleted, fetch
from local.sandbox.bloomerang.custom import apply_custom, check_required
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.lists import Filter, ListSpec, choices
from local.sandbox.bloomerang.models import Body, CustomValueIn, given, parse, written
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.text import clean_block, clean_date
from local.sandbox.bloomerang.views import show_household

ChannelWord = Literal[
    "Email", "MassEmail", "Phone", "TextMessage", "Mail", "InPerson", "SocialMedia", "Website", "Twitter",
    "Other", "EngagementSurveyEmail", "EngagementSurvey",
]  # fmt: skip
PurposeWord = Literal[
    "Acknowledgement", "ImpactCultivation", "Newsletter", "Receipt", "Solicitation", "SpecialEvent",
    "VolunteerActivity", "PledgeReminder", "Welcome", "BenevonPointOfEntry", "BenevonFollowUp", "BenevonAskEvent",
    "BenevonOneOnOneAsk", "BenevonOngoingCultivation", "Other",
]  # fmt: skip


class NoteIn(Body):
    """A note."""

    AccountId: int | None = None
    Date: str | None = None
    Note: str | None = None
    CustomValues: list[CustomValueIn] | None = None
    Attachments: list[dict[str, Any]] | None = None


class InteractionIn(NoteIn):
    """An interaction."""

    Channel: ChannelWord | None = None
    Purpose: PurposeWord | None = None
    Subject: str | None = None
    IsInbound: bool | None = None


@dataclass(frozen=True)
class Activity:
    """One kind of timeline entry of a constituent."""

    label: str
    table: Callable[[Call], Table]
    model: type[NoteIn]
    needed: tuple[str, ...]
    extra: dict[str, Any]
    filters: dict[str, Filter]

    def list_spec(self) -> ListSpec:
        """The list of this kind: no lastModified."""
        return ListSpec(
            table=self.table,
            show=self.show,
            filters=self.filters,
            orders=("CreatedDate", "Date", "LastModifiedDate"),
            default_order="Date",
            account_filter="constituent",
        )

    def show(self, _call: Call, record: Record) -> dict[str, Any]:
        """The read shape."""
        own = {"Id": record.id, **self.extra, **record.data, "AuditTrail": record.audit()}
        return own | ({"AccountId": record.account} if record.account else {})

    def get(self, call: Call) -> dict[str, Any]:
        """`GET /<kind>/{id}`."""
        return self.show(call, call.record(self.table(call)))

    def create(self, call: Call) -> dict[str, Any]:
        """`POST /<kind>`."""
        values = given(parse(self.model, call.body))
        for name in self.needed:
            if values.get(name) in {None, ""}:
                raise required(name)
        account = values.get("AccountId")
        if account is not None:
            fetch(call.database.constituents, account)
        data = self._stored(call, {}, values)
        return self.show(call, call.database.add(self.table(call), data, call.who, account=account or 0))

    def update(self, call: Call) -> dict[str, Any]:
        """`PUT /<kind>/{id}`: the constituent stays."""
        record = call.record(self.table(call))
        values = written(parse(self.model, call.body), call.options.put_null)
        if values.get("AccountId", record.account) != record.account:
            raise invalid("AccountId cannot be changed")
        data = self._stored(call, {} if call.options.put == "replace" else record.data, values)
        with self.table(call).changing(record):
            record.data = data
        call.database.touch(self.table(call), record, call.who)
        return self.show(call, record)

    def delete(self, call: Call) -> dict[str, Any]:
        """`DELETE /<kind>/{id}`."""
        record = call.record(self.table(call))
        self.table(call).remove(record)
        return deleted(record, self.label)

    def _stored(self, call: Call, base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        data = base | {name: value for name, value in values.items() if name not in {"AccountId", "Attachments"}}
        data["CustomValues"] = apply_custom(call, self.label, base.get("CustomValues", []), values.get("CustomValues"))
        check_required(call, self.label, data["CustomValues"])
        if not data.get("Date"):
            raise required("Date")
        data["Date"] = clean_date(data["Date"], "Date", call.options)
        for name in {"Note", "Subject"} & set(data):
            data[name] = clean_block(data[name] or "", call.options.note_limit, call.options)
        return {name: value for name, value in data.items() if value is not None}


INTERACTION = Activity(
    "Interaction",
    lambda call: call.database.interactions,
    InteractionIn,
    ("Date", "Channel", "Purpose", "Subject"),
    {"IsInbound": False, "IsBcc": False, "AttachmentIds": [], "LetterAttachmentIds": []},
    {
        "channel": choices(get_args(ChannelWord), lambda record: [record.data["Channel"]]),
        "purpose": choices(get_args(PurposeWord), lambda record: [record.data["Purpose"]]),
    },
)
NOTE = Activity(
    "Note",
    lambda call: call.database.notes,
    NoteIn,
    ("AccountId", "Date", "Note"),
    {"AttachmentIds": []},
    {},
)
HOUSEHOLDS = ListSpec(table=lambda call: call.database.households, show=show_household, last_modified=True)


def get_household(call: Call) -> dict[str, Any]:
    """`GET /household/{id}`."""
    return show_household(call, call.record(call.database.households))
