"""The smaller resources: soft credits, payouts, tags, households, and those the sandbox only keeps and shows."""

from __future__ import annotations

from local.sandbox.wegive import gifts, households, plans
from local.sandbox.wegive.filters import by_column, columns, created, crm, row_id, searching
from local.sandbox.wegive.lists import VIEWS, Filter, ListSpec, Value, column
from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import PLAIN, Organisation
from local.sandbox.wegive.store import Data, Row


def supporters(organisation: Organisation, tag: Row) -> int:
    """How many donors carry a tag."""
    return sum(tag.id in donor.data["tags"] for donor in organisation.donors)


def members(organisation: Organisation, household: Row) -> int:
    """How many donors live together."""
    return len(organisation.donors.of("household_id", household.id))


def tag_row(organisation: Organisation, row: Row) -> Data:
    """A tag in its list, with how many donors carry it."""
    look = Look(organisation.options)
    name = {"id": look.id(row.id), "name": row.data["name"], "deleted_at": look.stamp(row.deleted)}
    return name | {"created_at": look.stamp(row.created), "supporters": supporters(organisation, row), "automations": 0}


def _tag_view(organisation: Organisation, row: Row) -> Data:
    tag = tag_row(organisation, row)
    return {"id": tag["id"], "name": tag["name"], "entry_rules": row.data.get("entry_rules", [])}


def _plain(organisation: Organisation, row: Row) -> Data:
    look = Look(organisation.options)
    return {"id": look.id(row.id), "created_at": look.stamp(row.created), **_open(row)}


def _open(row: Row) -> Data:
    return {name: value for name, value in row.data.items() if not name.startswith("_")}


def _carried_by(organisation: Organisation, row: Row, text: str) -> bool:
    donor = organisation.donors.get(int(text)) if text.isdecimal() else None
    return donor is not None and row.id in donor.data["tags"]


def _none(_organisation: Organisation, _row: Row) -> int:
    return 0


NAMED: dict[str, Filter] = {"search": searching(lambda _organisation, row: (row.data.get("name"),))}
_NAMED_SORTS: dict[str, Value] = {"id": row_id, "created_at": created, **by_column("name")}
SOFT_CREDITS = ListSpec("soft-credits", gifts.soft_credit_view, gifts.soft_credit_view, views=())
PAYOUTS = ListSpec(
    "payouts",
    plans.payout_view,
    plans.payout_view,
    filters={
        "search": searching(lambda _organisation, row: (row.data["reference"],)),
        "processor": column("payment_processor"),
        "paid_at": lambda organisation, row, text: str(
            Look(organisation.options).stamp(row.data["paid_at"])
        ).startswith(text),
        **crm("salesforce_id"),
    },
    sorts={
        **by_column("reference", "paid_at"),
        "amount": plans.paid_out,
        "transaction_count": lambda organisation, row: len(organisation.transactions.of("payout_id", row.id)),
    },
    views=(),
)
TAGS = ListSpec(
    "tags",
    tag_row,
    _tag_view,
    filters={**NAMED, **columns("import_id"), "donor_id": _carried_by},
    stamps={"created_at": created},
    amounts={"supporter_count": supporters, "automations_count": _none},
    sorts={**_NAMED_SORTS, "supporters": supporters, "automations": _none},
)
HOUSEHOLDS = ListSpec(
    "households",
    households.household_view,
    households.household_view,
    filters={**NAMED, **columns("name"), **crm("salesforce_id")},
    amounts={"members": members},
    sorts={"members": members, "id": row_id, **by_column("name")},
)
# Filters by column and ranges of the kept resources; all else about them is theirs alone.
_COLUMNS = {
    "campaign-event-registrations": (
        *("campaign_event_id", "custom_question_id", "donor_id", "has_waiver", "household_id", "status"),
        *("transaction_id", "created_at"),
    ),
    "campaign-fundraisers": ("campaign_fundraiser_id",),
    "communication-lists": ("donor_id", "import_id"),
    "custom-fields": ("model", "type"),
    "designation-lists": ("designation",),
    "fundraisers": (
        *("campaign", "campaign_fundraiser_id", "household_id", "last_integration_status", "name", "owner_id"),
        "p2p_preset",
    ),
    "notes": (
        *("assigned_user", "assigned_user_id", "content", "created_at", "due_date", "is_complete", "is_task"),
        *("notable_id", "notable_type", "user_id", "user_name"),
    ),
    "pledge-creates": ("campaign_id",),
}
_RANGES = {
    "communication-lists": ("supporter_count", "automations_count"),
    "fundraisers": ("start_date", "expiration", "total_raised", "goal"),
    "pledge-creates": ("campaign_count", "pledge_count", "donation_count"),
}
_SORTED = {
    "campaign-event-registrations": ("quantity", "status"),
    "communication-lists": ("supporters", "automations"),
    "fundraisers": ("start_date", "goal", "expiration", "owner", "total_raised", "total_donors"),
    "notes": ("due_date",),
    "pledge-creates": ("campaign_count", "pledge_count", "donor_count", "donation_count"),
}


def _kept(name: str) -> ListSpec:
    return ListSpec(
        name,
        _plain,
        _plain,
        filters={**NAMED, **columns(*_COLUMNS.get(name, ()))},
        stamps={"created_at": created} if name == "communication-lists" else {},
        amounts=by_column(*_RANGES.get(name, ())),
        sorts={**_NAMED_SORTS, **by_column(*_SORTED.get(name, ()))},
        views=(*VIEWS, "ended") if name == "fundraisers" else VIEWS,
    )


OTHERS = (SOFT_CREDITS, PAYOUTS, TAGS, HOUSEHOLDS, *(_kept(name) for name in PLAIN))
