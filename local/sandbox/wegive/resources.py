"""What each resource can be asked for: the filters, ranges and orders the vendor declares."""

from __future__ import annotations

from local.sandbox.wegive import donors, funds, gifts, plans
from local.sandbox.wegive.donors import full_name
from local.sandbox.wegive.filters import (
    by_column,
    columns,
    created,
    crm,
    donor_name,
    donor_type,
    first_email,
    flag,
    fund_name,
    gift_type,
    in_fund,
    of_donor,
    on_list,
    row_id,
    searching,
    sort_donor,
    source_types,
    tagged,
    updated,
)
from local.sandbox.wegive.lists import ListSpec, Value, column
from local.sandbox.wegive.organisation import EMAILS
from local.sandbox.wegive.others import OTHERS
from local.sandbox.wegive.query import truth

TRANSACTION_TYPES = ("recurring", "service-revenue", "both", "donation")

TRANSACTIONS = ListSpec(
    resource="transactions",
    row=gifts.gift_row,
    detail=gifts.gift_view,
    filters={
        "type": gift_type,
        "tax_deductible": flag(lambda row: row.data["is_tax_deductible"]),
        "is_test": flag(lambda row: row.data["is_test"]),
        "is_registration": flag(lambda row: row.data["is_registration"]),
        "fee_covered": flag(lambda row: row.data["cover_fees"]),
        "tribute": flag(lambda row: row.data["tribute_name"]),
        "designation": in_fund,
        "fund": in_fund,
        "search": searching(lambda organisation, row: (row.id, donor_name(organisation, row), row.data["description"])),
        "campaign": column("campaign_id"),
        "scheduled_donation": column("scheduled_donation_id"),
        "payout": column("payout_id"),
        "pledge": column("pledge_id"),
        "fundraiser": column("fundraiser_id"),
        "donor_type": of_donor(lambda donor: donor.data["type"]),
        "household_id": of_donor(lambda donor: donor.data.get("household_id")),
        "source_type_array": source_types,
        **columns("status", "donor_id", "source_type", "frequency", "tracking_url", "checkout", "import_id"),
        **columns("campaign_fundraiser_id", "campaign_event_id", "pledge_create", "last_integration_status"),
        **columns("message_id", "message_campaign", "message_journey", "message_communication_list"),
        **columns("designation_list"),
        **crm(*gifts.GIFT_CRM_IDS),
    },
    choices={"type": TRANSACTION_TYPES},
    stamps={
        "created": created,
        "updated_at": updated,
        **by_column("refunded_at", "succeeded_at", "initiated_at", "failed_at"),
    },
    amounts=by_column("amount"),
    sorts={
        **by_column("amount", "fee"),
        "designation": fund_name,
        "donor": donor_name,
        "created": created,
        "id": row_id,
    },
)
DONORS = ListSpec(
    resource="donors",
    row=donors.donor_row,
    detail=donors.donor_view,
    filters={
        "type": donor_type,
        "do_not_contact": flag(lambda row: row.data.get("do_not_contact")),
        "search": searching(lambda _organisation, row: (full_name(row), *(row.data.get(name) for name in EMAILS))),
        "email_1": first_email,
        "tag": tagged,
        "recurring": lambda organisation, row, text: truth(text) is bool(organisation.schedules.of("donor_id", row.id)),
        **columns("campaign_fundraiser_id", "import_id", "campaign", "pledge_create", "form_id", "form", "post"),
        **columns("impact_number_id", "frequency", "last_integration_status", "duplicates", "is_marketing"),
        **columns("designation", "fundraiser", "checkout", "journey"),
        **columns("message", "message_campaign", "message_journey"),
        **crm(*donors.CRM_IDS),
    },
    choices={"type": ("individual", "company", "recurring", "both"), "recurring": ("true", "false", "1", "0")},
    stamps={"created_at": created, "donated_at": donors.last_donation},
    amounts={"total_given": donors.total_given, "total_given_this_year": donors.total_this_year},
    sorts={
        "id": row_id,
        "created_at": created,
        "donor": sort_donor,
        "email": by_column("email_1")["email_1"],
        "total_given": donors.total_given,
        "total_given_this_year": donors.total_this_year,
        "last_donation": donors.last_donation,
        "enabled": row_id,
    },
    objects={"communication_list": on_list},
    views=("all", "active", "archived", "both"),
)
FUNDS = ListSpec(
    resource="funds",
    row=funds.fund_view,
    detail=funds.fund_view,
    filters={
        "search": searching(lambda _organisation, row: (row.data["name"], row.data["code"])),
        **columns("code", "type", "import_id", "designation_list", "last_integration_status"),
        **crm("salesforce_id", "planning_center_id", "bloomerang_id", "virtuous_id", "dp_id"),
    },
    amounts={"total_given": funds.given_to, "total_given_this_year": funds.given_to},
    sorts={
        **by_column("name", "last_activity"),
        "id": row_id,
        "created_at": created,
        "total_given": funds.given_to,
        "total_given_this_year": funds.given_to,
    },
)
CAMPAIGNS = ListSpec(
    resource="campaigns",
    row=funds.campaign_view,
    detail=funds.campaign_view,
    filters={
        "search": searching(lambda _organisation, row: (row.data["name"],)),
        "type": lambda _organisation, row, text: row.data["kind"] == text,
        **columns("import_id", "checkout", "pledge_create", "form", "donor_id", "household_id"),
        **columns("last_integration_status"),
        **crm("salesforce_id", "virtuous_id", "neon_id"),
    },
    choices={"type": ("general", "fundraiser", "event")},
    stamps={"created_at": created},
    sorts={
        **by_column("name", "type", "last_activity", "donation_count"),
        **by_column("net_donation_volume", "recurring_donation_volume"),
        "id": row_id,
        "created_at": created,
    },
)
_PLAN_AMOUNTS: dict[str, Value] = {
    "fee_amount": by_column("fee")["fee"],
    "net_amount": lambda _organisation, row: row.data["amount"] - row.data["fee"],
    "all_transactions_total": plans.total_paid,
}
SCHEDULES = ListSpec(
    resource="scheduled-donations",
    row=plans.schedule_row,
    detail=plans.schedule_view,
    filters={
        "status": lambda organisation, row, text: text in {"all", plans.schedule_status(organisation, row)},
        "payment_method_type": lambda organisation, row, text: (
            plans.schedule_row(organisation, row)["payment_method_type"] == text
        ),
        "is_test": flag(lambda row: row.data["is_test"]),
        "designation": in_fund,
        "campaign": column("campaign_id"),
        "search": searching(lambda organisation, row: (row.id, donor_name(organisation, row))),
        "household_id": of_donor(lambda donor: donor.data.get("household_id")),
        **columns("donor_id", "frequency", "checkout", "campaign_fundraiser_id", "import_id", "fundraiser"),
        **columns("campaign_event_id", "in_dunning", "last_integration_status"),
        **columns("message_id", "message_campaign", "message_journey", "message_communication_list"),
        **crm("salesforce_id", "neon_id", "planning_center_id", "virtuous_id", "dp_id"),
    },
    choices={
        "status": ("all", "paused", "expiring-soon", "cancelled", "in-arrears", "ended", "ending-soon", "active"),
        "payment_method_type": ("offline", "bank", "card"),
    },
    stamps={"created_at": created, "updated_at": updated, **by_column("start_date")},
    amounts={**by_column("amount"), **_PLAN_AMOUNTS},
    sorts={
        **by_column("amount", "start_date"),
        **_PLAN_AMOUNTS,
        "id": row_id,
        "last_processed": plans.last_processed,
        "created_at": created,
        "designation": fund_name,
        "donor": donor_name,
    },
    timeless=False,
)
PLEDGES = ListSpec(
    resource="pledges",
    row=gifts.pledge_view,
    detail=gifts.pledge_view,
    filters={
        "designation": column("fund_id"),
        "search": searching(lambda organisation, row: (row.id, donor_name(organisation, row))),
        "household_id": of_donor(lambda donor: donor.data.get("household_id")),
        **columns("donor_id", "installment_frequency", "pledge_create_id", "pledge_create", "import_id"),
        **columns("message_id", "message_campaign", "message_journey", "message_communication_list"),
        **columns("last_integration_status"),
        **crm("salesforce_id"),
    },
    stamps=by_column("start_date", "end_date"),
    sorts={"id": row_id, **by_column("start_date", "end_date", "total_amount"), "donor": donor_name},
    views=("all", "active", "archived", "ended"),
    ended=lambda organisation, row: plans.pledge_status(organisation, row) == "ended",
    timeless=False,
)

SPECS: dict[str, ListSpec] = {
    spec.resource: spec for spec in (TRANSACTIONS, DONORS, FUNDS, CAMPAIGNS, SCHEDULES, PLEDGES, *OTHERS)
}
