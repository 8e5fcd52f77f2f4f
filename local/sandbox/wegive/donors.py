"""Donors, their addresses and households in the vendor's three shapes: short, list row and detail."""

from __future__ import annotations

from datetime import UTC, datetime

from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import EMAILS, Organisation
from local.sandbox.wegive.store import Data, Row

CRM_IDS = (
    "salesforce_id",
    "salesforce_account_id",
    "neon_id",
    "neon_account_id",
    "planning_center_id",
    "bloomerang_id",
    "virtuous_id",
    "dp_id",
)
PHONES = ("mobile_phone", "home_phone", "office_phone", "other_phone", "fax")
_VIEW_BLANKS = [
    "chat_id",
    "anniversary",
    "communication_settings",
    "custom_communication_settings",
    "profile_settings",
    "page_settings",
    "donor_level",
    "referral_count",
    "avatar",
    "handle",
    "donor_profile_type",
    "profile_privacy",
    "dollar_amount_privacy",
    "include_name",
    "include_profile_picture",
    "desktop_notifications",
    "mobile_notifications",
    "email_notifications",
    "sms_notifications",
    "general_communication",
    "marketing_communication",
    "donation_updates_receipts",
    "impact_stories_use_of_funds",
    "total_referrals",
    "total_lifetime_impact",
    "primary_user",
]


def full_name(donor: Row) -> str:
    """The donor's name: a company's, or first, middle and last."""
    data = donor.data
    if data.get("company"):
        return str(data["company"])
    parts = (data.get("first_name"), data.get("middle_name"), data.get("last_name"))
    return " ".join(part for part in parts if part)


def successful_gifts(organisation: Organisation, donor: Row) -> list[Row]:
    """The donor's gifts that count: successful, no test, not archived."""
    found: list[Row] = organisation.remembered(("gifts", donor.id), lambda: _successful_gifts(organisation, donor))
    return found


def _successful_gifts(organisation: Organisation, donor: Row) -> list[Row]:
    gifts = organisation.transactions.of("donor_id", donor.id)
    return [
        gift for gift in gifts if gift.data["status"] == "success" and not gift.data["is_test"] and gift.deleted is None
    ]


def total_given(organisation: Organisation, donor: Row) -> int:
    """Cents given to tax-deductible funds."""
    return _sums(organisation, donor)[0]


def total_this_year(organisation: Organisation, donor: Row) -> int:
    """Cents given in the present calendar year (UTC)."""
    return _sums(organisation, donor)[1].get(_year(organisation.now()), 0)


def last_donation(organisation: Organisation, donor: Row) -> int | None:
    """When the donor last gave."""
    return _sums(organisation, donor)[2]


def _sums(organisation: Organisation, donor: Row) -> tuple[int, dict[int, int], int | None]:
    """Cents in all, cents by year, and the last gift's stamp."""

    def count() -> tuple[int, dict[int, int], int | None]:
        gifts, years = successful_gifts(organisation, donor), dict[int, int]()
        for gift in gifts:
            years[_year(gift.created)] = years.get(_year(gift.created), 0) + gift.data["amount"]
        total = sum(gift.data["amount"] for gift in gifts if gift.data["is_tax_deductible"])
        return total, years, max((gift.created for gift in gifts), default=None)

    found: tuple[int, dict[int, int], int | None] = organisation.remembered(("sums", donor.id), count)
    return found


def _year(seconds: int) -> int:
    return datetime.fromtimestamp(seconds, UTC).year


def show_address(address: Data | None) -> Data | None:
    """An address as an object."""
    if address is None:
        return None
    return {**address, "readable_string": readable(address)}


def readable(address: Data | None) -> str | None:
    """An address in one line."""
    if address is None:
        return None
    region = " ".join(address[name] for name in ("state", "zip") if address.get(name))
    parts = (address.get("address_1"), address.get("address_2"), address.get("city"), region, address.get("country"))
    return ", ".join(part for part in parts if part)


def simple_donor(organisation: Organisation, donor: Row) -> Data:
    """A donor within a gift (`DonorSimpleResource`): no first and no last name of its own."""
    look, data = Look(organisation.options), donor.data
    return {
        "primary_user": None,
        "id": look.id(donor.id),
        "deleted_at": look.stamp(donor.deleted),
        "organization_id": look.id(organisation.number),
        "created_at": look.stamp(donor.created),
        "type": data["type"],
        **{name: data.get(name) for name in (*PHONES, *EMAILS)},
        "mailingAddress": readable(data.get("mailing_address")),
        "mailing_address_object": show_address(data.get("mailing_address")),
        "billingAddress": readable(data.get("billing_address")),
        "billing_address_object": show_address(data.get("billing_address")),
        "name": full_name(donor),
        "total_given": look.money(total_given(organisation, donor)),
        "total_given_this_year": look.money(total_this_year(organisation, donor)),
        "avatar": None,
        "last_donation": look.stamp(last_donation(organisation, donor)),
        "enabled": look.flag(True),
        "total_given_to_element": None,
        "pivot": None,
        "tagged_on": None,
    }


def donor_row(organisation: Organisation, donor: Row) -> Data:
    """A donor in a list (`DonorTableResource`): a first name, but no last name."""
    look, data = Look(organisation.options), donor.data
    row = simple_donor(organisation, donor)
    del row["primary_user"]
    return row | {
        "chat_id": None,
        "first_name": data.get("first_name"),
        "preferred_email": data.get("preferred_email"),
        "preferred_phone": data.get("preferred_phone"),
        "do_not_contact": look.flag(bool(data.get("do_not_contact"))),
    }


def donor_view(organisation: Organisation, donor: Row) -> Data:
    """A donor alone (`DonorViewResource`)."""
    look, data = Look(organisation.options), donor.data
    email, phone = (data.get(str(data.get(name))) for name in ("preferred_email", "preferred_phone"))
    view: Data = dict.fromkeys(_VIEW_BLANKS)
    view |= {name: data.get(name) for name in (*PHONES, *EMAILS, "first_name", "middle_name", "last_name")}
    view |= {name: data.get(name) for name in ("address_me_as", "birthdate", "preferred_email", "preferred_phone")}
    view |= _giving(organisation, donor, look)
    view |= _belongings(organisation, donor, look)
    view |= {
        "id": look.id(donor.id),
        "uuid": data.get("uuid"),
        "organization_id": look.id(organisation.number),
        "organization_name": organisation.title,
        "type": data["type"],
        "name": full_name(donor),
        "short_name": data.get("first_name") or full_name(donor),
        "email": email or data.get("email_1"),
        "phone": phone or data.get("mobile_phone"),
        "created_at": look.stamp(donor.created),
        "mailing_address": show_address(data.get("mailing_address")),
        "billing_address": show_address(data.get("billing_address")),
        "enabled": look.flag(True),
        "preferred_email_value": email,
        "preferred_phone_value": phone,
    }
    return view | (_columns(donor, look) if organisation.options.detail_columns == "spread" else {})


def _columns(donor: Row, look: Look) -> Data:
    """Columns that the document only hints at by an unnamed property."""
    return {
        "updated_at": look.stamp(donor.updated),
        "deleted_at": look.stamp(donor.deleted),
        "do_not_contact": look.flag(bool(donor.data.get("do_not_contact"))),
        **{name: donor.data["crm_ids"].get(name) for name in CRM_IDS},
    }


def _belongings(organisation: Organisation, donor: Row, look: Look) -> Data:
    household = organisation.households.get(donor.data.get("household_id"))
    tags = [organisation.tags.rows[tag] for tag in donor.data["tags"]]
    return {
        "scheduled_donations": [look.id(row.id) for row in organisation.schedules.of("donor_id", donor.id)],
        "pledge_plans": [look.id(row.id) for row in organisation.pledges.of("donor_id", donor.id)],
        "households": [_named(household, look)] if household else [],
        "tags": [_named(tag, look) for tag in tags],
        "users": [],
        "accounts": [],
        "notes": donor.data.get("notes"),
        "custom_question_answers": [],
        "custom_fields": donor.data.get("custom_fields", {}),
    }


def _giving(organisation: Organisation, donor: Row, look: Look) -> Data:
    gifts = successful_gifts(organisation, donor)
    services = [gift.data["amount"] for gift in gifts if not gift.data["is_tax_deductible"]]
    total = look.money(total_given(organisation, donor))
    details = {"total_given": total, "total_given_count": len(gifts), "total_fundraised": look.money(0)}
    return {
        "service_revenue_count": len(services),
        "total_service_revenue": look.money(sum(services)),
        "total_soft_credit": look.money(0),
        "soft_credit_count": 0,
        "total_given": total,
        "donations_by_year": {str(year): look.money(cents) for year, cents in _sums(organisation, donor)[1].items()},
        "first_gift": look.stamp(min((gift.created for gift in gifts), default=None)),
        "donor_details": details | {"total_fundraised_count": 0},
    }


def _named(row: Row, look: Look) -> Data:
    return {"id": look.id(row.id), "name": row.data["name"]}
