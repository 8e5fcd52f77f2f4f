"""What people in the office do: donors, funds, campaigns, payouts, archiving, and rows that are spoilt on purpose."""

from __future__ import annotations

from local.sandbox.wegive import wishes
from local.sandbox.wegive.giving import seconds
from local.sandbox.wegive.organisation import PLAIN, Organisation
from local.sandbox.wegive.store import Data, Row, Table
from local.sandbox.wegive.writes import new_donor


def add_donor(organisation: Organisation, wish: wishes.NewDonor) -> Row:
    """A donor is entered by hand."""
    fields = wish.model_dump(exclude={"household", "created_at"}, exclude_none=True)
    household = None if wish.household is None else organisation.households.one(wish.household).id
    return new_donor(organisation, fields | {"household_id": household}, seconds(wish.created_at))


def edit(organisation: Organisation, wish: wishes.Edit) -> list[Row]:
    """Columns of rows change; an edited donor does not touch the stamps of the donor's gifts."""
    table, now = table_of(organisation, wish.resource), None if wish.silent else organisation.now()
    return [table.edit(table.one(row), dict(wish.fields), now) for row in wish.ids]


def spoil(organisation: Organisation, wish: wishes.Edit) -> list[Row]:
    """From now on rows are shown with these fields, whatever they hold (`fields` empty: as they are)."""
    table = table_of(organisation, wish.resource)
    return [table.edit(table.one(row), {"_spoilt": dict(wish.fields)}) for row in wish.ids]


def merge_donors(organisation: Organisation, wish: wishes.Merge) -> Row:
    """The loser's gifts, plans and pledges go to the winner; the loser is archived."""
    winner, loser = _pair(organisation.donors, wish)
    now = organisation.now()
    stamp = now if organisation.options.merge_bumps_gifts else None
    for table in (organisation.transactions, organisation.schedules, organisation.pledges):
        for row in table.of("donor_id", loser.id):
            table.edit(row, {"donor_id": winner.id}, stamp)
    organisation.donors.archive(loser, now, now)
    return organisation.donors.edit(winner, {}, now)


def add_fund(organisation: Organisation, wish: wishes.Fund) -> Row:
    """A designation is made; a new default takes the place of the old one."""
    if wish.default:
        for fund in organisation.funds:
            organisation.funds.edit(fund, {"default": False})
    return organisation.add(
        "funds", wish.model_dump() | {"active": True, "has_fmv": wish.fmv > 0, "merged_into_id": None}
    )


def merge_funds(organisation: Organisation, wish: wishes.Merge) -> Row:
    """The loser is archived and names the winner; whether its gifts move is an option."""
    winner, loser = _pair(organisation.funds, wish)
    now = organisation.now()
    organisation.funds.edit(loser, {"merged_into_id": winner.id, "active": False}, now)
    organisation.funds.archive(loser, now, now)
    if organisation.options.merged_fund_gifts == "move":
        for gift in organisation.transactions:
            _move_gift(organisation, gift, loser.id, winner.id)
    return loser


def add_campaign(organisation: Organisation, wish: wishes.Campaign) -> Row:
    """A campaign is made."""
    kinds = ("general", "fundraiser", "event")
    slug = wish.name.lower().replace(" ", "-")
    columns: Data = {"name": wish.name, "kind": wish.kind, "type": kinds.index(wish.kind) + 1, "goal": wish.goal}
    return organisation.add("campaigns", columns | {"campaign_id": wish.parent, "slug": slug, "crm_ids": {}})


def pay_out(organisation: Organisation, wish: wishes.Payout) -> Row:
    """Gifts are paid out; that changes them."""
    gifts = [organisation.transactions.one(gift) for gift in wish.ids]
    columns = {"reference": wish.reference, "payment_processor": wish.payment_processor, "crm_ids": {}}
    payout = organisation.add("payouts", columns | {"paid_at": organisation.now()})
    for gift in gifts:
        organisation.transactions.edit(gift, {"payout_id": payout.id}, organisation.now())
    return payout


def credit(organisation: Organisation, wish: wishes.SoftCredit) -> Row:
    """Somebody else is credited for a gift."""
    donor, gift = organisation.donors.one(wish.donor), organisation.transactions.one(wish.gift)
    columns = {"donor_id": donor.id, "transaction_id": gift.id, "amount": wish.amount}
    return organisation.add("soft-credits", columns)


def add_household(organisation: Organisation, wish: wishes.Household) -> Row:
    """Donors become a household."""
    members = [organisation.donors.one(member) for member in wish.members]
    household = organisation.add("households", {"name": wish.name})
    for member in members:
        organisation.donors.edit(member, {"household_id": household.id}, organisation.now())
    return household


def archive(organisation: Organisation, wish: wishes.Rows) -> list[Row]:
    """Rows are archived."""
    return _archive(organisation, wish, organisation.now())


def restore(organisation: Organisation, wish: wishes.Rows) -> list[Row]:
    """Archived rows come back."""
    return _archive(organisation, wish, None)


def put_plain(organisation: Organisation, wish: wishes.Plain) -> Row:
    """A row of a resource the sandbox only keeps and shows."""
    if wish.resource not in PLAIN:
        raise ValueError(f"resource is one of {', '.join(PLAIN)}")
    return organisation.add(wish.resource, dict(wish.fields))


def table_of(organisation: Organisation, resource: str) -> Table:
    """The table of a resource; KeyError for an unknown one."""
    return organisation.tables[resource]


def _archive(organisation: Organisation, wish: wishes.Rows, deleted: int | None) -> list[Row]:
    table = table_of(organisation, wish.resource)
    rows = [table.one(row) for row in wish.ids]
    for row in rows:
        table.archive(row, deleted, organisation.now())
    return rows


def _pair(table: Table, wish: wishes.Merge) -> tuple[Row, Row]:
    winner, loser = table.one(wish.winner), table.one(wish.loser)
    if winner is loser:
        raise ValueError("a record cannot be merged with itself")
    return winner, loser


def _move_gift(organisation: Organisation, gift: Row, loser: int, winner: int) -> None:
    parts = [
        row | {"fund_id": winner if row["fund_id"] == loser else row["fund_id"]} for row in gift.data["allocations"]
    ]
    fund = winner if gift.data["fund_id"] == loser else gift.data["fund_id"]
    if (parts, fund) != (gift.data["allocations"], gift.data["fund_id"]):
        organisation.transactions.edit(gift, {"allocations": parts, "fund_id": fund}, organisation.now())
