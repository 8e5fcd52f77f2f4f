"""Gifts as Kindful's transactions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from giftbridge.connectors.base import Donor, GiftWrite, Purposes, RefundWrite
from giftbridge.connectors.kindful.jobs import Entry, Kind, Ticket
from giftbridge.connectors.kindful.mapping import Row, WriteOptions, check_names, kindful_id, moment, whole_row
from giftbridge.connectors.kindful.models import GiftRow
from giftbridge.domain.gift import Designation, Gift, GiftStatus, Refund
from giftbridge.domain.money import major_from_cents
from giftbridge.errors import Reject

OF_THEIR_OWN: Final = frozenset({"card", "cash", "check", "ach", "paypal", "stock"})
"""Ways of payment that Kindful has a type for; of others the note tells."""
COLUMNS: Final = ("id", "external_id", "was_refunded", "updated_at", "deleted_at")
"""What is asked for of a transaction."""
EDGE: Final = timedelta(days=1)
"""Whether `after` and `before` take their own day, and of which zone, is not documented."""


@dataclass(frozen=True, slots=True)
class GiftOptions:
    """A connection's choices for gifts."""

    methods: Mapping[str, str]
    note_length: int
    campaign_column: str
    max_designations: int
    contacts: WriteOptions


@dataclass(frozen=True, slots=True)
class Told:
    """A gift as it is sent: its row, and the rows of its parts where it has several."""

    entry: Entry
    parts: tuple[Row, ...] = ()

    @property
    def action(self) -> str:
        """What is done with parts that are there already: those of a new gift are left alone."""
        return "update" if self.entry.kind == "correct" else "create"


def of_write(write: GiftWrite, purposes: Purposes, now: datetime, options: GiftOptions) -> Told:
    """A gift to record or to correct. Raises `Reject` where Kindful can't hold it."""
    gift, gift_id = write.gift, write.current_id or write.reference.value
    if len(gift.designations) > options.max_designations:
        raise Reject(f"A gift goes to Kindful with at most {options.max_designations} funds.", code="too_many_funds")
    places = [_place(part, purposes, options) for part in gift.designations]
    refunded = gift.status is GiftStatus.REFUNDED
    row = {
        **_donor(write.contact_id, write.donor, now, options),
        **_columns(gift, gift_id, now, options),
        **places[0],
        **_flags(gift, refunded, new=not write.current_id),
        "transaction_note": _note(gift, () if refunded else gift.refunds, now, options),
    }
    parts = _parts(gift, gift_id, places) if len(places) > 1 else ()
    return Told(_entry("correct" if write.current_id else "gift", gift, gift_id, row, write.contact_id, now), parts)


def of_refund(write: RefundWrite, now: datetime, options: GiftOptions) -> Told:
    """The gift once more: as refunded, or with a note of what was given back, as Kindful refunds whole gifts only.

    Without campaign and fund, so that it stays where it stands: the choices of today may be others.
    """
    gift = write.gift
    row = {
        **_donor(write.contact_id, write.donor, now, options),
        **_columns(gift, write.gift_id, now, options),
        **_flags(gift, not write.partial, new=False),
        "transaction_note": _note(gift, _all(write) if write.partial else (), now, options),
    }
    return Told(_entry("note" if write.partial else "refund", gift, write.gift_id, row, write.contact_id, now))


def days(tickets: list[Ticket]) -> dict[str, Any]:
    """The question for the transactions of the days of some gifts."""
    first = datetime.fromisoformat(min(ticket.day for ticket in tickets)) - EDGE
    last = datetime.fromisoformat(max(ticket.day for ticket in tickets)) + 2 * EDGE
    span = [{"after": first.date().isoformat()}, {"before": last.date().isoformat()}]
    return {"query": [{"and": span}]}


def reference(row: Mapping[str, Any]) -> str:
    """Under which name of ours a transaction was recorded."""
    return GiftRow.model_validate(row).external_id


def _entry(kind: Kind, gift: Gift, gift_id: str, row: Row, contact_id: str, now: datetime) -> Entry:
    kept = {column: value for column, value in row.items() if value}
    day = gift.occurred_at.astimezone(UTC).date().isoformat()
    return Entry(kind, gift_id, kept, bool(kindful_id(contact_id)), now, day)


def _donor(contact_id: str, donor: Donor | None, now: datetime, options: GiftOptions) -> Row:
    """The columns that find the donor, or make them where they are not there yet."""
    known = contact_id or (donor.reference if donor else "")
    if not known:
        raise Reject("The gift has no donor in Kindful yet.", code="donor_missing")
    row_id = kindful_id(known) or known
    if donor is None:
        return {"id": row_id}
    if not contact_id:
        check_names(donor.contact)
    return whole_row(donor.contact, row_id, now, options.contacts)


def _columns(gift: Gift, gift_id: str, now: datetime, options: GiftOptions) -> Row:
    return {
        "transaction_id": gift_id,
        "amount_in_cents": str(gift.amount),
        "currency": gift.currency.lower(),
        "transaction_time": moment(gift.occurred_at),
        "transaction_updated_at": moment(now),
        "transaction_type": options.methods.get(gift.method) or options.methods.get("other", ""),
        "check_num": gift.check_number,
        "card_type": gift.card.brand if gift.card else "",
        "is_donation": "true",
    }


def _flags(gift: Gift, refunded: bool, *, new: bool) -> Row:
    """What staff may have set meanwhile is not taken back: a no is only told of a new gift."""
    flags = {"was_refunded": refunded, "acknowledged": gift.acknowledged}
    return {column: "true" if flag else "false" for column, flag in flags.items() if flag or new}


def _place(part: Designation, purposes: Purposes, options: GiftOptions) -> Row:
    """Campaign and fund by Kindful's ids, known ones only: an import makes whatever it does not find."""
    if not part.campaign:
        text = "Kindful takes no gift without a campaign. Choose a campaign in the setting default_purpose, then retry."
        raise Reject(text, code="campaign_missing")
    if part.campaign not in purposes.campaigns:
        text = "Kindful does not have the campaign (any more). Choose another one, or another default_purpose."
        raise Reject(text, code="campaign_unknown")
    if part.fund and part.fund not in purposes.funds:
        text = "Kindful does not have the fund (any more). Choose another one, or change the map of funds."
        raise Reject(text, code="fund_unknown")
    campaign = {options.campaign_column: purposes.campaigns[part.campaign], "campaign_id": part.campaign}
    return {**campaign, **({"fund": purposes.funds[part.fund], "fund_id": part.fund} if part.fund else {})}


def _parts(gift: Gift, gift_id: str, places: list[Row]) -> tuple[Row, ...]:
    return tuple(
        {
            "id": f"{gift_id}-{number}",
            "transaction_id": gift_id,
            "unit_amount_in_cents": str(part.amount),
            "quantity": "1",
            **{column: value for column, value in place.items() if value},
        }
        for number, (part, place) in enumerate(zip(gift.designations, places, strict=True), 1)
    )


def _note(gift: Gift, refunds: tuple[Refund, ...], now: datetime, options: GiftOptions) -> str:
    """The invoice, cut between two items, with what else is to be said: each note replaces the one before."""
    cut = gift.note
    if len(cut) > options.note_length:
        cut = cut[: options.note_length].rpartition(";")[0] + "; ..."
    paid = "" if gift.method in OF_THEIR_OWN or gift.method == "other" else f"(paid by {gift.method})"
    told = " ".join(part for part in (cut, paid) if part)
    return "; ".join(part for part in (told, *(_given_back(one, now) for one in refunds)) if part)


def _all(write: RefundWrite) -> tuple[Refund, ...]:
    """Every part that was given back, this one too."""
    return write.gift.refunds if write.refund in write.gift.refunds else (*write.gift.refunds, write.refund)


def _given_back(refund: Refund, now: datetime) -> str:
    day = (refund.occurred_at or now).astimezone(UTC).date().isoformat()
    reason = f": {refund.reason}" if refund.reason else ""
    return f"Partially refunded {major_from_cents(refund.amount):.2f} on {day}{reason}"
