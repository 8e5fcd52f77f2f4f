"""What donors and the payment processor do: gifts, their ends, refunds, recurring plans, pledges."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from local.sandbox.wegive import wishes
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.plans import payments_of
from local.sandbox.wegive.store import Data, Row

_PAID = {"success", "refunded"}


def give(organisation: Organisation, wish: wishes.Gift) -> Row:
    """A gift comes in."""
    shared = payment(organisation, wish)
    created = seconds(wish.created_at) or organisation.now()
    status = wish.status or ("processing" if wish.source_type == "bank" else "success")
    kept = {"currency", "reference", "memo", "description", "message", "frequency", "tracking_url", "custom_fields"}
    taxed = wish.is_tax_deductible
    data: Data = shared | wish.model_dump(include=kept | {"is_registration"})
    data |= {
        "status": status,
        "date": seconds(wish.date) or created,
        "is_tax_deductible": _deductible(organisation, shared) if taxed is None else taxed,
        "scheduled_donation_id": wish.schedule,
        "pledge_id": wish.pledge,
        **dict.fromkeys(
            ("payout_id", "retried_id", "iteration", "fundraiser_id", "fundraiser_name", "fundraiser_slug")
        ),
        **dict.fromkeys(("succeeded_at", "failed_at", "refunded_at", "import_id")),
        "initiated_at": created,
        "refunded_amount": 0,
    }
    data |= _ended(status, created)
    gift = organisation.add("transactions", data, created)
    gift.data["receipt_id"] = f"R-{gift.id}"
    return gift


def payment(organisation: Organisation, wish: wishes.Payment) -> Data:
    """What gifts and plans share, as columns; the fee that the donor covers is within the amount by option."""
    covered = wish.cover_fees and organisation.options.covered_fee == "in_amount"
    amount = wish.amount + (wish.fee if covered else 0)
    if wish.donor is not None:
        organisation.donors.one(wish.donor)
    kept = {"fee", "cover_fees", "source_type", "anonymous", "is_test", "crm_ids"}
    tribute = {"tribute_name", "tribute_email", "tribute_message"}
    parts = allocations(organisation, wish, amount)
    return wish.model_dump(include=kept | tribute) | {
        "amount": amount,
        "donor_id": wish.donor,
        "fund_id": _fund(organisation, wish, parts),
        "allocations": parts,
        "single_allocation_id": organisation.new_id("allocation"),
        "campaign_id": wish.campaign,
        "last_four": "4242" if wish.source_type in {"card", "bank"} else None,
        "issuer": "visa" if wish.source_type == "card" else None,
    }


def allocations(organisation: Organisation, wish: wishes.Payment, amount: int) -> list[Data]:
    """The parts of a split: as given, or even shares whose first ones carry the odd cents (33.34/33.33/33.33)."""
    parts = [(part.fund, part.amount) for part in wish.allocations]
    if wish.split:
        share, odd = divmod(amount, len(wish.split))
        parts = [(fund, share + (index < odd)) for index, fund in enumerate(wish.split)]
    return [
        {"id": organisation.new_id("allocation"), "fund_id": organisation.funds.one(fund).id, "amount": cents}
        for fund, cents in parts
    ]


def settle(organisation: Organisation, wish: wishes.Settlement) -> list[Row]:
    """The bank's word on processing gifts comes in; ValueError for a gift that is not processing."""
    ids = wish.ids
    if ids is None:
        ids = [gift.id for gift in organisation.transactions if gift.data["status"] == "processing"]
    gifts = [organisation.transactions.one(gift) for gift in ids]
    if any(gift.data["status"] != "processing" for gift in gifts):
        raise ValueError("only processing gifts can be settled")
    return set_status(organisation, wishes.Status(ids=ids, status=wish.outcome))


def set_status(organisation: Organisation, wish: wishes.Status) -> list[Row]:
    """Gifts get another status, whatever they had."""
    now = organisation.now()
    gifts = [organisation.transactions.one(gift) for gift in wish.ids]
    changes = {"status": wish.status, **_ended(wish.status, now)}
    return [organisation.transactions.edit(gift, dict(changes), now) for gift in gifts]


def refund(organisation: Organisation, wish: wishes.Refund) -> list[Row]:
    """Gifts are refunded, as the options say; the gift keeps its amount and nothing shows how much went back."""
    gifts = [organisation.transactions.one(gift) for gift in wish.ids]
    if any(gift.data["status"] != "success" for gift in gifts):
        raise ValueError("only successful gifts can be refunded")
    return [_refund(organisation, gift, wish.amount) for gift in gifts]


def _refund(organisation: Organisation, gift: Row, cents: int | None) -> Row:
    now, options = organisation.now(), organisation.options
    changes: Data = {"status": "refunded", "refunded_at": now}
    if cents is not None and cents < gift.data["amount"]:
        if options.partial_refund == "refused":
            raise ValueError("partial refunds are not possible")
        if options.partial_refund == "noted":
            changes = {
                "refunded_at": now,
                "memo": f"Partially refunded: {cents / 100:.2f} of {gift.data['amount'] / 100:.2f}",
            }
    changes["refunded_amount"] = gift.data["amount"] if cents is None else cents
    return organisation.transactions.edit(gift, changes, now if options.refund_bumps_updated else None)


def retry(organisation: Organisation, wish: wishes.Retry) -> Row:
    """A failed gift is charged again: a new gift that names the one it retries."""
    failed, now = organisation.transactions.one(wish.id), organisation.now()
    data = copy.deepcopy(failed.data) | {"retried_id": failed.id, "initiated_at": now, "failed_at": None, "date": now}
    data |= {"status": wish.status, **_ended(wish.status, now)}
    gift = organisation.add("transactions", data)
    gift.data["receipt_id"] = f"R-{gift.id}"
    return gift


def schedule(organisation: Organisation, wish: wishes.Schedule) -> Row:
    """A donor begins to give regularly; nothing is charged yet."""
    created = seconds(wish.created_at) or organisation.now()
    data = payment(organisation, wish) | {
        "frequency": wish.frequency,
        "start_date": seconds(wish.start_date) or created,
        "ends_at": seconds(wish.ends_at),
        **dict.fromkeys(("paused_at", "paused_until", "paused_type")),
    }
    return organisation.add("scheduled-donations", data, created)


def edit_schedule(organisation: Organisation, wish: wishes.ScheduleEdit) -> Row:
    """A plan changes."""
    row, now = organisation.schedules.one(wish.id), organisation.now()
    changes = wish.model_dump(include={"amount", "frequency"}, exclude_none=True)
    if wish.ends_at is not None:
        changes["ends_at"] = seconds(wish.ends_at)
    if wish.paused is not None:
        changes |= {"paused_at": now if wish.paused else None, "paused_type": 1 if wish.paused else None}
        changes["paused_until"] = seconds(wish.paused_until)
    organisation.schedules.edit(row, changes, now)
    if wish.cancelled is not None:
        organisation.schedules.archive(row, now if wish.cancelled else None, now)
    return row


def charge(organisation: Organisation, wish: wishes.Charge) -> Row:
    """The next payment of a plan, a gift like its plan; ValueError when the plan is cancelled."""
    plan = organisation.schedules.one(wish.id)
    if plan.deleted is not None:
        raise ValueError("the plan is cancelled")
    same = ("cover_fees", "source_type", "anonymous", "is_test", "tribute_name", "tribute_email", "tribute_message")
    asked = wishes.Gift(
        **{name: plan.data[name] for name in same},
        donor=plan.data["donor_id"],
        amount=plan.data["amount"],
        fund=plan.data["fund_id"] or 0,
        campaign=plan.data["campaign_id"],
        frequency=plan.data["frequency"],
        schedule=plan.id,
        status=wish.status,
        created_at=wish.created_at,
    )
    iteration = len(payments_of(organisation, plan)) + 1
    gift = give(organisation, asked)
    parts = [row | {"id": organisation.new_id("allocation")} for row in plan.data["allocations"]]
    again = {"fee": plan.data["fee"], "allocations": parts, "iteration": iteration}
    return organisation.transactions.edit(gift, again)


def pledge(organisation: Organisation, wish: wishes.Pledge) -> Row:
    """A donor promises an amount."""
    default = organisation.default_fund()
    data = wish.model_dump(include={"total_amount", "installment_frequency", "installment_size"}) | {
        "donor_id": organisation.donors.one(wish.donor).id,
        "fund_id": wish.fund if wish.fund is not None else default.id if default else None,
        "campaign_id": wish.campaign,
        "start_date": seconds(wish.start_date) or organisation.now(),
        "end_date": seconds(wish.end_date),
        "crm_ids": {},
    }
    return organisation.add("pledges", data)


def seconds(moment: datetime | None) -> int | None:
    """Whole seconds since 1970; a moment without an offset is UTC."""
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _fund(organisation: Organisation, wish: wishes.Payment, parts: list[Data]) -> Any:
    if parts:
        return parts[0]["fund_id"]
    if wish.fund is None:
        default = organisation.default_fund()
        return default.id if default else None
    return organisation.funds.one(wish.fund).id if wish.fund else None


def _deductible(organisation: Organisation, shared: Data) -> bool:
    fund = organisation.funds.get(shared["fund_id"])
    return fund is None or bool(fund.data["is_tax_deductible"])


def _ended(status: str, moment: int) -> Data:
    """The stamp that goes with a status."""
    if status in _PAID:
        more = {"refunded_at": moment} if status == "refunded" else {}
        return {"succeeded_at": moment, **more}
    return {"failed_at": moment} if status == "failed" else {}
