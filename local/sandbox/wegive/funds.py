"""Funds, campaigns and the parts of a split gift in the vendor's shapes."""

from __future__ import annotations

from typing import Any

from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data, Row

FUND_CRM_IDS = (
    "salesforce_id",
    "raisers_edge_id",
    "planning_center_id",
    "bloomerang_id",
    "ccb_id",
    "virtuous_id",
    "dp_id",
)


def fund_model(organisation: Organisation, fund: Row) -> Data:
    """A fund as an allocation carries it (`Fund`): only here is `merged_into_id`."""
    look, data = Look(organisation.options), fund.data
    names = ("description", "custom_import_reference", "dp_gl_code", "code", "notes", "thank_you_url", "import_id")
    return {
        "id": fund.id,
        "organization_id": organisation.number,
        "name": data["name"],
        "created_at": look.stamp(fund.created),
        "updated_at": look.stamp(fund.updated),
        "last_cached_at": None,
        **{name: data.get(name) for name in names},
        **{name: data["crm_ids"].get(name) for name in FUND_CRM_IDS},
        "deleted_at": look.stamp(fund.deleted),
        **{name: data[name] for name in ("active", "default", "undesignated", "is_tax_deductible", "has_fmv", "fmv")},
        "override_thank_you": False,
        "merged_into_id": data.get("merged_into_id"),
    }


def fund_view(organisation: Organisation, fund: Row) -> Data:
    """A fund in its list and alone (`FundResource`)."""
    look, model = Look(organisation.options), fund_model(organisation, fund)
    for name in ("organization_id", "updated_at", "last_cached_at", "custom_import_reference", "dp_gl_code"):
        del model[name]
    del model["import_id"], model["merged_into_id"]
    given = look.money(given_to(organisation, fund))
    volumes = ("gross_donation_volume", "net_donation_volume", "recurring_donation_volume", "one_time_donation_volume")
    totals = dict.fromkeys(("total_given", "total_given_this_year", *volumes), given)
    return model | totals | {"type": "fund", "last_activity": None}


def pledge_fund(organisation: Organisation, fund: Row) -> Data:
    """A fund within a pledge: without its state and its ids elsewhere."""
    view = fund_view(organisation, fund)
    return {name: value for name, value in view.items() if name not in {"active", "undesignated", *FUND_CRM_IDS}}


def given_to(organisation: Organisation, fund: Row) -> int:
    """Cents given to a fund."""
    sums: dict[int | None, int] = organisation.remembered("funds", lambda: _sums_by_fund(organisation))
    return sums.get(fund.id, 0)


def _sums_by_fund(organisation: Organisation) -> dict[int | None, int]:
    sums: dict[int | None, int] = {}
    for gift in organisation.transactions:
        for part in parts_of(gift) if gift.data["status"] == "success" else ():
            sums[part["fund_id"]] = sums.get(part["fund_id"], 0) + part["amount"]
    return sums


def campaign_view(organisation: Organisation, campaign: Row) -> Data:
    """A campaign in its list and alone: its columns, and what `CampaignViewResource` names."""
    look, data = Look(organisation.options), campaign.data
    parent = organisation.campaigns.get(data.get("campaign_id"))
    kinds = ("donation", "service_revenue")
    sums = [f"{sort}_{kind}_volume" for kind in kinds for sort in ("net", "gross", "recurring", "one_time")]
    names = ("campaign_id", "slug", "goal", "start_date", "end_date", "type", "checkout_id", "p2p_preset_id")
    return {
        "id": campaign.id,
        "created_at": look.stamp(campaign.created),
        "updated_at": look.stamp(campaign.updated),
        "last_cached_at": None,
        "deleted_at": look.stamp(campaign.deleted),
        "name": data["name"],
        "organization_id": organisation.number,
        **{name: data.get(name) for name in (*names, "custom_import_reference", "import_id")},
        **{name: data["crm_ids"].get(name) for name in ("salesforce_id", "raisers_edge_id", "virtuous_id", "neon_id")},
        "parent_campaign": None if parent is None else {"id": look.id(parent.id), "name": parent.data["name"]},
        **dict.fromkeys(sums, look.money(0)),
    }


def parts_of(gift: Row) -> list[Data]:
    """Cents by fund: the gift's allocations, or all of it to its one fund."""
    if gift.data["allocations"]:
        return list(gift.data["allocations"])
    return [{"id": 0, "fund_id": gift.data["fund_id"], "amount": gift.data["amount"]}]


def allocation_rows(organisation: Organisation, data: Data) -> list[Data]:
    """The stored allocations of a gift or a schedule; for a single fund one row or none, by option."""
    if data["allocations"] or organisation.options.single_fund_rows == "none" or data["fund_id"] is None:
        return list(data["allocations"])
    return [{"id": data["single_allocation_id"], "fund_id": data["fund_id"], "amount": data["amount"]}]


def show_allocation(organisation: Organisation, row: Data) -> Data:
    """One allocation (`FundAllocationResource`): it does not say which gift it belongs to."""
    fund = fund_model(organisation, organisation.funds.rows[row["fund_id"]])
    return {"id": row["id"], "fund": fund, "amount": Look(organisation.options).money(row["amount"])}


def show_allocations(organisation: Organisation, data: Data) -> list[Data]:
    """The allocations of a gift or a schedule."""
    return [show_allocation(organisation, row) for row in allocation_rows(organisation, data)]


def shown_fund(organisation: Organisation, data: Data) -> Any:
    """`fund` of a gift: for a split gift one of the funds, none, or the default, by option."""
    look, fund_id = Look(organisation.options), data["fund_id"]
    if len(data["allocations"]) > 1:
        default = organisation.default_fund()
        match organisation.options.split_fund:
            case "first":
                fund_id = data["allocations"][0]["fund_id"]
            case "none":
                fund_id = None
            case "default":
                fund_id = default.id if default else None
    return look.related(_short(organisation.funds.get(fund_id), look))


def shown_campaign(organisation: Organisation, data: Data) -> Any:
    """`campaign` of a gift."""
    look = Look(organisation.options)
    return look.related(_short(organisation.campaigns.get(data.get("campaign_id")), look))


def destination(organisation: Organisation) -> Data:
    """The organisation as the receiver of a gift."""
    look = Look(organisation.options)
    names = ("thumbnail", "avatar", "banner", "url", "ein")
    return {
        "name": organisation.title,
        "categories": [],
        "id": look.id(organisation.number),
        "slug": organisation.name,
        **dict.fromkeys(names),
        "type": "organization",
        "legal_name": organisation.title,
        "dba": organisation.title,
    }


def _short(row: Row | None, look: Look) -> Data | None:
    return None if row is None else {"id": look.id(row.id), "name": row.data["name"]}
