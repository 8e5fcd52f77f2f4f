"""Gifts in the vendor's shapes, and what is made of gifts: pledges with their payments, soft credits."""

from __future__ import annotations

from typing import Any

from local.sandbox.wegive import plans
from local.sandbox.wegive.donors import full_name, simple_donor
from local.sandbox.wegive.funds import destination, show_allocations, shown_campaign, shown_fund
from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data, Row

GUEST = "Guest User"
GIFT_CRM_IDS = (
    "salesforce_id",
    "salesforce_payment_id",
    "neon_id",
    "neon_payment_id",
    "planning_center_id",
    "bloomerang_id",
    "virtuous_id",
    "dp_id",
)
_STAMPED = ("succeeded_at", "initiated_at", "failed_at", "refunded_at")
_COLUMNS = ("donor_id", "fund_id", "campaign_id", "scheduled_donation_id", "pledge_id", "payout_id", "import_id")
_CARD_BLANKS = [
    "owner_type",
    "owner_id",
    "has_vgs_tokens",
    "zip_code",
    "last_activity",
    "total_charged",
    "charges",
    "scheduled_donations_count",
    "scheduled_donations_monthly_estimate",
]


def shown_source(organisation: Organisation, gift: Row) -> Any:
    """What was paid with: a card, a bank account, or for all else an empty list."""
    look, data = Look(organisation.options), gift.data
    shared = {"id": gift.id, "email": None, "name": None, "created_at": look.stamp(gift.created), "primary": True}
    shared |= {"last_four": data["last_four"], "type": data["source_type"], **dict.fromkeys(_CARD_BLANKS)}
    if data["source_type"] == "card":
        return shared | {"issuer": data["issuer"], "expiration": "12/30", "expires_at": None}
    if data["source_type"] != "bank":
        return []
    for name in ("has_vgs_tokens", "zip_code"):
        del shared[name]
    numbers = dict.fromkeys(("plaid_token", "institution_number", "transit_number"))
    return shared | numbers | {"bank_account_type": "checking", "mandate_acceptance": True}


def gift_row(organisation: Organisation, gift: Row) -> Data:
    """A gift in a list (`TransactionTableResource`): no `updated_at`, no `refunded_at`, no `is_test`."""
    look, data = Look(organisation.options), gift.data
    donor = organisation.donors.get(data["donor_id"])
    owner = simple_donor(organisation, donor) if donor else {"name": GUEST}
    allocations = show_allocations(organisation, data)
    words = ("source_type", "status", "description", "fundraiser_name", "fundraiser_slug", "receipt_id", "tracking_url")
    return {
        "owner": owner,
        "name": full_name(donor) if donor else GUEST,
        "destination": destination(organisation),
        "donor": owner,
        "source": shown_source(organisation, gift),
        "amount": look.money(data["amount"]),
        "fee": look.money(data["fee"]),
        "cover_fees": look.flag(data["cover_fees"]),
        "fund": shown_fund(organisation, data),
        "id": look.id(gift.id),
        "date": look.stamp(data["date"]),
        **plans.of_gift(organisation, data),
        "campaign": shown_campaign(organisation, data),
        "created_at": look.stamp(gift.created),
        "succeeded_at": look.stamp(data["succeeded_at"]),
        "frequency": _frequency(organisation, data),
        "fundraiser_id": look.id(data["fundraiser_id"]),
        **{name: data[name] for name in words},
        **_tribute(data, look),
        "is_tax_deductible": look.flag(data["is_tax_deductible"]),
        "deleted_at": look.stamp(gift.deleted),
        "fund_allocations_count": len(allocations),
        "fund_allocations": allocations,
    }


def gift_view(organisation: Organisation, gift: Row) -> Data:
    """A gift alone (`TransactionViewResource`); what the document names, and by option the gift's columns."""
    look, data = Look(organisation.options), gift.data
    donor = organisation.donors.get(data["donor_id"])
    schedule = organisation.schedules.get(data["scheduled_donation_id"])
    pledge = organisation.pledges.get(data["pledge_id"])
    retried = organisation.transactions.get(data["retried_id"])
    retries = organisation.transactions.of("retried_id", gift.id)
    view = {
        "fund_allocations": show_allocations(organisation, data),
        "payout_items": [look.id(data["payout_id"])] if data["payout_id"] else [],
        "checkout": None,
        "name": full_name(donor) if donor else GUEST,
        "scheduledDonation": plans.schedule_row(organisation, schedule) if schedule else None,
        "amount": look.money(data["amount"]),
        "fee_amount": look.money(data["fee"]),
        "fee": look.money(data["fee"]),
        "calculated_fees_paid": look.money(data["fee"] if data["cover_fees"] else 0),
        "owner": simple_donor(organisation, donor) if donor else None,
        "status": data["status"],
        **_tribute(data, look),
        "campaign": shown_campaign(organisation, data),
        "fundraiser": data["fundraiser_name"],
        "campaign_fundraiser": None,
        "communications": [],
        "fund": shown_fund(organisation, data),
        "pledge": plans.pledge_plan(organisation, pledge) if pledge else None,
        "source": shown_source(organisation, gift),
        "retries": [gift_row(organisation, row) for row in retries],
        "retried_transaction": gift_row(organisation, retried) if retried else None,
        "user": None,
        "custom_question_answers": [],
        "custom_fields": data["custom_fields"],
        "has_registrations": look.flag(data["is_registration"]),
        "message": data["message"],
        "session_id": None,
    }
    return _columns(organisation, gift, look) | view if organisation.options.detail_columns == "spread" else view


def _columns(organisation: Organisation, gift: Row, look: Look) -> Data:
    """Columns that the document only hints at by an unnamed property; their names are those of filters and mappings."""
    data = gift.data
    words = ("currency", "reference", "memo", "description", "source_type", "receipt_id", "tracking_url", "iteration")
    flags = ("cover_fees", "is_test", "is_registration", "is_tax_deductible", "anonymous")
    return {
        "id": look.id(gift.id),
        "created_at": look.stamp(gift.created),
        "updated_at": look.stamp(gift.updated),
        "deleted_at": look.stamp(gift.deleted),
        "date": look.stamp(data["date"]),
        **{name: look.stamp(data[name]) for name in _STAMPED},
        **{name: look.id(data.get(name)) for name in _COLUMNS},
        **{name: data[name] for name in words},
        **{name: look.flag(data[name]) for name in flags},
        **{name: data["crm_ids"].get(name) for name in GIFT_CRM_IDS},
        "frequency": _frequency(organisation, data),
    }


def _frequency(organisation: Organisation, data: Data) -> str | None:
    if data["frequency"] == "once" and organisation.options.one_time_frequency == "null":
        return None
    return str(data["frequency"])


def _tribute(data: Data, look: Look) -> Data:
    names = ("tribute_name", "tribute_email", "tribute_message")
    return {"tribute": look.flag(bool(data["tribute_name"])), **{name: data[name] for name in names}}


def pledge_view(organisation: Organisation, pledge: Row) -> Data:
    """A pledge in its list and alone, with the gifts towards it."""
    paid = plans.pledge_payments(organisation, pledge)
    donations = [gift_row(organisation, gift) for gift in paid]
    return plans.pledge_plan(organisation, pledge) | {"donations": donations}


def soft_credit_view(organisation: Organisation, credit: Row) -> Data:
    """Somebody else who is credited for a gift."""
    look = Look(organisation.options)
    donor = organisation.donors.get(credit.data["donor_id"])
    gift: Any = organisation.transactions.get(credit.data["transaction_id"])
    return {
        "id": look.id(credit.id),
        "amount": look.money(credit.data["amount"]),
        "donor": simple_donor(organisation, donor) if donor else None,
        "transaction": gift_row(organisation, gift) if gift else None,
        "created_at": look.stamp(credit.created),
        "updated_at": look.stamp(credit.updated),
        "deleted_at": look.stamp(credit.deleted),
        "crm_id": credit.data.get("crm_id"),
    }
