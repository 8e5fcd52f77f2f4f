"""What a donor will give, and what a gift is: recurring donations, pledges, kinds. Pure."""

from collections.abc import Mapping
from datetime import datetime

from giftbridge.connectors.wegive.models import Plan, Transaction
from giftbridge.connectors.wegive.values import Options, money, stamp
from giftbridge.domain.gift import GiftKind, Pledge, Schedule


def schedule(sent: Plan, options: Options) -> Schedule | None:
    """A recurring donation; None where nobody can tell when it begins. Raises `Reject` for an amount that is none."""
    start = stamp(sent.start_date) or stamp(sent.created_at)
    if not sent.id or start is None:
        return None
    covered = money(sent.fee_amount or 0, options) if sent.cover_fees and options.covered_fee == "on_top" else 0
    frequency = options.frequencies.get(sent.frequency.casefold(), "other")
    return Schedule(sent.id, frequency, money(sent.amount, options) + covered, start, _end(sent))


def _end(sent: Plan) -> datetime | None:
    """A cancelled one is archived; whatever comes first ends it."""
    ends = [moment for moment in (stamp(sent.ends_at), stamp(sent.deleted_at)) if moment]
    return min(ends, default=None)


def pledge(sent: Transaction, options: Options) -> Pledge | None:
    """The pledge that a gift pays off."""
    if sent.pledge is None:
        return None
    number = sent.pledge.id or sent.pledge_id
    return Pledge(number, money(sent.pledge.total_amount, options)) if number else None


def kind(sent: Transaction, source: str, kinds: Mapping[str, GiftKind]) -> GiftKind:
    """By the setting `kinds`: `campaign:12` or `field:Name=Value`; goods and services are told by the source."""
    campaign = sent.campaign_id or (sent.campaign.id if sent.campaign else "")
    told = {f"campaign:{campaign}", *(f"field:{name}={value}" for name, value in (sent.custom_fields or {}).items())}
    found = next((word for mark, word in kinds.items() if mark in told), None)
    return found or ("in_kind" if source == "in_kind" else "donation")
