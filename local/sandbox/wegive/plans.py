"""Recurring schedules, pledges and payouts in the vendor's shapes."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

from local.sandbox.wegive import funds
from local.sandbox.wegive.donors import donor_row, full_name, simple_donor
from local.sandbox.wegive.look import Look
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data, Row

SOON_SECONDS = 30 * 86_400
_DAYS = {"daily": 1, "weekly": 7, "biweekly": 14}
_MONTHS = {"monthly": 1, "quarterly": 3, "annually": 12}
_OFFLINE = "offline"


def payments_of(organisation: Organisation, schedule: Row) -> list[Row]:
    """The gifts of a schedule, oldest first."""
    return organisation.transactions.of("scheduled_donation_id", schedule.id)


def schedule_status(organisation: Organisation, schedule: Row) -> str:
    """One of the words that lists filter by: cancelled, ended, paused, in-arrears, ending-soon, active."""
    data, now = schedule.data, organisation.now()
    payments = payments_of(organisation, schedule)
    if schedule.deleted is not None:
        return "cancelled"
    if data["ends_at"] is not None and data["ends_at"] <= now:
        return "ended"
    if data["paused_at"] is not None:
        return "paused"
    if payments and payments[-1].data["status"] == "failed":
        return "in-arrears"
    return "ending-soon" if data["ends_at"] is not None and data["ends_at"] - now < SOON_SECONDS else "active"


def total_paid(organisation: Organisation, schedule: Row) -> int:
    """Cents of a schedule's successful payments."""
    payments = payments_of(organisation, schedule)
    return sum(payment.data["amount"] for payment in payments if payment.data["status"] == "success")


def last_processed(organisation: Organisation, schedule: Row) -> int | None:
    """When a schedule's last payment was made."""
    payments = payments_of(organisation, schedule)
    return payments[-1].created if payments else None


def next_payment(organisation: Organisation, schedule: Row) -> int | None:
    """When the next payment is due; None where the frequency's word is not known or nothing is due."""
    if schedule_status(organisation, schedule) in {"cancelled", "ended", "paused"}:
        return None
    payments = payments_of(organisation, schedule)
    if not payments:
        return int(schedule.data["start_date"])
    return after(payments[-1].created, schedule.data["frequency"])


def after(moment: int, frequency: str) -> int | None:
    """The moment one period later, at the month's last day where the day is missing."""
    start = datetime.fromtimestamp(moment, UTC)
    if frequency in _DAYS:
        return int((start + timedelta(days=_DAYS[frequency])).timestamp())
    if frequency not in _MONTHS:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + _MONTHS[frequency], 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def of_gift(organisation: Organisation, data: Data) -> Data:
    """What a gift's list row tells of its schedule."""
    look, schedule = Look(organisation.options), organisation.schedules.get(data["scheduled_donation_id"])
    names = ("amount", "status", "first_processed", "next", "total_count", "total_given", "iteration", "id")
    if schedule is None:
        return {f"scheduled_donation_{name}": None for name in names}
    payments = payments_of(organisation, schedule)
    paid = [payment for payment in payments if payment.data["status"] == "success"]
    values = (
        look.money(schedule.data["amount"]),
        schedule_status(organisation, schedule),
        look.stamp(payments[0].created if payments else None),
        look.stamp(next_payment(organisation, schedule)),
        len(paid),
        look.money(total_paid(organisation, schedule)),
        data["iteration"],
        look.id(schedule.id),
    )
    return {f"scheduled_donation_{name}": value for name, value in zip(names, values, strict=True)}


def schedule_row(organisation: Organisation, schedule: Row) -> Data:
    """A schedule in a list and within a gift (`ScheduledDonationResource`): it has no status of its own."""
    look, shared = Look(organisation.options), _schedule(organisation, schedule)
    donor = organisation.donors.get(schedule.data["donor_id"])
    fund = organisation.funds.get(schedule.data["fund_id"])
    campaign = organisation.campaigns.get(schedule.data["campaign_id"])
    blanks = ("fundraiser_id", "fundraiser_name", "campaign_fundraiser_id", "campaign_fundraiser_name", "next_retry_at")
    return shared | {
        "id": schedule.id,
        "charge_amount": look.money(schedule.data["amount"]),
        "locked": False,
        "ends_at": look.stamp(schedule.data["ends_at"]),
        "fund": funds.fund_model(organisation, fund) if fund else None,
        "fund_id": fund.id if fund else None,
        "donor": donor_row(organisation, donor) if donor else None,
        "has_had_pm": True,
        "campaign_id": look.id(campaign.id) if campaign else None,
        "campaign_name": campaign.data["name"] if campaign else None,
        **dict.fromkeys(blanks),
        "is_test": schedule.data["is_test"],
        "salesforce_id": schedule.data["crm_ids"].get("salesforce_id"),
        "tracking_url": None,
    }


def schedule_view(organisation: Organisation, schedule: Row) -> Data:
    """A schedule alone (`ScheduledDonationOrganizationViewResource`)."""
    look, shared = Look(organisation.options), _schedule(organisation, schedule)
    donor = organisation.donors.get(schedule.data["donor_id"])
    payments = payments_of(organisation, schedule)
    blanks = ("user", "fundraiser", "paymentMethod", "campaign_fundraiser", "message", "session_id")
    return shared | {
        "id": look.id(schedule.id),
        "first_processed": look.stamp(payments[0].created if payments else None),
        "donor": donor_row(organisation, donor) if donor else None,
        "fund": funds.shown_fund(organisation, schedule.data),
        "campaign": funds.shown_campaign(organisation, schedule.data),
        "accounts": [],
        **dict.fromkeys(blanks),
        "ends_at": look.stamp(schedule.data["ends_at"]),
        "updated_at": look.stamp(schedule.updated),
        "is_test": look.flag(schedule.data["is_test"]),
    }


def _schedule(organisation: Organisation, schedule: Row) -> Data:
    look, data = Look(organisation.options), schedule.data
    donor = organisation.donors.get(data["donor_id"])
    payments = payments_of(organisation, schedule)
    failed = [row.data["failed_at"] for row in payments if row.data["failed_at"]]
    kind = data["source_type"] if data["source_type"] in {"card", "bank"} else _OFFLINE
    tribute = ("tribute_email", "tribute_name", "tribute_message")
    return {
        "name": full_name(donor) if donor else None,
        "net_amount": look.money(data["amount"] - data["fee"]),
        "amount": look.money(data["amount"]),
        "all_transactions_total": look.money(total_paid(organisation, schedule)),
        "type": "donation",
        "paused_at": look.stamp(data["paused_at"]),
        "deleted_at": look.stamp(schedule.deleted),
        "destination": funds.destination(organisation),
        "frequency": data["frequency"],
        "start_date": look.stamp(data["start_date"]),
        "cover_fees": data["cover_fees"],
        "fee_amount": look.money(data["fee"]),
        "payment_method_id": None if kind == _OFFLINE else schedule.id,
        "payment_method_type": kind,
        "payment_method": None,
        "created_at": look.stamp(schedule.created),
        "iteration": len(payments),
        "last_processed": look.stamp(last_processed(organisation, schedule)),
        **{name: data.get(name) for name in tribute},
        "paused_type": data["paused_type"],
        "paused_until": look.stamp(data["paused_until"]),
        "anonymous": data["anonymous"],
        "checkout": None,
        "last_failed_date": look.stamp(max(failed, default=None)),
        "fund_allocations": funds.show_allocations(organisation, data),
    }


def pledge_payments(organisation: Organisation, pledge: Row) -> list[Row]:
    """The successful gifts towards a pledge."""
    gifts = organisation.transactions.of("pledge_id", pledge.id)
    return [gift for gift in gifts if gift.data["status"] == "success"]


def pledge_status(organisation: Organisation, pledge: Row) -> str:
    """`completed` when all is paid, `ended` after its last day, else `active` (the vendor's words are not known)."""
    paid = sum(gift.data["amount"] for gift in pledge_payments(organisation, pledge))
    if paid >= pledge.data["total_amount"]:
        return "completed"
    end = pledge.data["end_date"]
    return "ended" if end is not None and end <= organisation.now() else "active"


def pledge_plan(organisation: Organisation, pledge: Row) -> Data:
    """A pledge as a gift carries it (`PledgeViewResource` and its columns), without its gifts."""
    look, data = Look(organisation.options), pledge.data
    donor, fund = organisation.donors.get(data["donor_id"]), organisation.funds.get(data["fund_id"])
    paid = pledge_payments(organisation, pledge)
    sum_paid = sum(gift.data["amount"] for gift in paid)
    size = data["installment_size"] or data["total_amount"]
    status = pledge_status(organisation, pledge)
    return {
        "id": look.id(pledge.id),
        "created_at": look.stamp(pledge.created),
        "updated_at": look.stamp(pledge.updated),
        "deleted_at": look.stamp(pledge.deleted),
        "start_date": look.stamp(data["start_date"]),
        "end_date": look.stamp(data["end_date"]),
        "installment_frequency": data["installment_frequency"],
        "donor": simple_donor(organisation, donor) if donor else None,
        "fund": funds.pledge_fund(organisation, fund) if fund else None,
        "name": full_name(donor) if donor else None,
        "total_amount": look.money(data["total_amount"]),
        "total_amount_paid": look.money(sum_paid),
        "campaign": funds.shown_campaign(organisation, data),
        "messages": [],
        "transaction_count": len(paid),
        "future_installments": max(0, -(-(data["total_amount"] - sum_paid) // size)),
        "installment_size": look.money(size),
        "payment_method": None,
        "donations": [],
        "pledge_create": None,
        "completed": look.flag(status == "completed"),
        "status": status,
    }


def paid_out(organisation: Organisation, payout: Row) -> int:
    """Cents of a payout: its gifts without their fees."""
    gifts = organisation.transactions.of("payout_id", payout.id)
    return sum(gift.data["amount"] - gift.data["fee"] for gift in gifts)


def payout_view(organisation: Organisation, payout: Row) -> Data:
    """A transfer to the organisation's bank."""
    look = Look(organisation.options)
    gifts = organisation.transactions.of("payout_id", payout.id)
    return {
        "reference": payout.data["reference"],
        "id": look.id(payout.id),
        "transaction_count": len(gifts),
        "deposits": len(gifts),
        "amount": look.money(paid_out(organisation, payout)),
        "payment_processor": payout.data["payment_processor"],
        "paid_at": look.stamp(payout.data["paid_at"]),
        "status": "paid",
    }
