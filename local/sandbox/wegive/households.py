"""Households in the vendor's shape."""

from __future__ import annotations

from local.sandbox.wegive.donors import donor_row, total_given, total_this_year
from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data, Row

_SUMS = [
    "total_given",
    "total_given_this_year",
    "total_recurring_given",
    "total_recurring_given_this_year",
    "total_fundraised",
    "total_fundraised_this_year",
    "total_referrals",
    "total_service_revenue",
]
_LISTS = ["primary_accounts", "invites", "recent_donations", "scheduled_donations", "fundraisers", "pledge_plans"]


def household_view(organisation: Organisation, household: Row) -> Data:
    """A household in its list and alone (`HouseholdViewResource`); only what its members gave is summed."""
    look = Look(organisation.options)
    members = organisation.donors.of("household_id", household.id)
    shown = [donor_row(organisation, member) for member in members]
    details: Data = dict.fromkeys(_SUMS, look.money(0)) | {f"{name}_count": 0 for name in _SUMS}
    details["total_given"] = look.money(sum(total_given(organisation, member) for member in members))
    details["total_given_this_year"] = look.money(sum(total_this_year(organisation, member) for member in members))
    return {
        "members": shown,
        "admin_members": shown[:1],
        **{name: [] for name in _LISTS},
        "created_at": look.stamp(household.created),
        "updated_at": look.stamp(household.updated),
        "name": household.data["name"],
        "type": "household",
        "id": look.id(household.id),
        "enabled": look.flag(True),
        "donations_by_year": {},
        "donation_count": 0,
        "salesforce_id": None,
        "custom_fields": {},
        "donor_details": details,
    }
