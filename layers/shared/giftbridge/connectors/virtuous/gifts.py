"""Gifts as Virtuous wants them: as a transaction for its import, and as a whole where one is changed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from giftbridge.connectors.base import Donor, GiftWrite, RefundWrite
from giftbridge.connectors.virtuous.mapping import ContactOptions
from giftbridge.connectors.virtuous.models import GiftRow
from giftbridge.connectors.virtuous.writing import contact_type, person_name, title
from giftbridge.domain import normalise
from giftbridge.domain.gift import Designation, Gift
from giftbridge.domain.money import cents_from_major, major_from_cents
from giftbridge.errors import Reject

Body = dict[str, Any]

REVERSING: Final = "Reversing Transaction"
CARDS: Final[Mapping[str, str]] = {
    "visa": "Visa", "mastercard": "MasterCard", "discover": "Discover", "amex": "American Express",
    "american express": "American Express", "diners": "Diners Club", "diners club": "Diners Club", "jcb": "JCB",
}  # fmt: skip
FREQUENCIES: Final[Mapping[str, str]] = {
    "weekly": "Weekly", "monthly": "Monthly", "every_two_months": "Bimonthly", "quarterly": "Quarterly",
    "twice_yearly": "Semiannually", "yearly": "Annually",
}  # fmt: skip
KEPT: Final[Mapping[str, str]] = {
    **{name: name for name in (
        "giftType", "giftDate", "batch", "segmentId", "mediaOutletId", "notes", "isPrivate", "receiptDate",
        "contactIndividualId", "contactPassthroughId", "cashAccountingCode", "isTaxDeductible", "giftAskId", "grantId",
        "contactMembershipId", "currencyCode", "exchangeRate", "tributeType", "tributeId",
    )},
    "tributeDescription": "tribute",
    "acknowledgeeId": "acknowledgeeIndividualId",
}  # fmt: skip
"""The write model of a gift -> where its value stands in what is read; what is left out of a PUT may be taken away."""
STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "Add": {"add": "Add", "update": "Update", "delete": "Delete"},
    "Added": {"add": "Added", "update": "Updated", "delete": "Deleted"},
}
"""The words for what happens to a part of a gift, as two of the vendor's pages have them."""


@dataclass(frozen=True, slots=True)
class GiftOptions:
    """A connection's choices for gifts. `source` is the name under which they are handed over."""

    contacts: ContactOptions
    source: str
    methods: Mapping[str, str]
    create_import: bool
    states: Mapping[str, str]
    zone: str
    max_designations: int


def transaction(write: GiftWrite, options: GiftOptions) -> Body:
    """Body of `POST /v2/Gift/Transaction`. Amounts are texts there. Raises `Reject` for what Virtuous can't hold."""
    gift = write.gift
    if len(gift.designations) > options.max_designations:
        raise Reject(f"Virtuous holds at most {options.max_designations} projects a gift.", code="too_many_funds")
    body: Body = {
        "transactionSource": options.source,
        "transactionId": write.reference.value,
        "contact": _giver(write.contact_id, write.donor, options),
        "giftDate": gift.local_date(options.zone).isoformat(),
        "giftType": options.methods.get(gift.method, options.methods["other"]),
        "amount": _text(gift.amount),
        "currencyCode": gift.currency.upper(),
        "notes": gift.note,
        "segment": segment(gift),
        **_payment(gift),
        **_commitment(gift),
        "designations": [
            {"id": project(part.fund), "amountDesignated": _text(part.amount)} for part in gift.designations
        ],
    }
    return {name: value for name, value in body.items() if value not in ("", None)}


def segment(gift: Gift) -> str:
    """The code of the one segment that a gift has. Raises `Reject` where its parts have several."""
    codes = {part.appeal for part in gift.designations if part.appeal}
    if len(codes) > 1:
        raise Reject("Virtuous holds one segment a gift, this one has several.", code="too_many_appeals")
    return next(iter(codes), "")


def project(fund: str) -> int:
    """A project's id. Raises `Reject` for what can be none."""
    if not (fund.isascii() and fund.isdecimal()):
        raise Reject("The fund that is chosen is no project of Virtuous. Check the settings.", code="fund_unknown")
    return int(fund)


def _giver(contact_id: str, donor: Donor | None, options: GiftOptions) -> Body:
    """Who gave. A contact that is known is named by its id alone: what else is told and differs makes a person decide.

    Raises `Reject` for a donor without a name, or none at all.
    """
    reference = {"referenceId": donor.reference} if donor and donor.reference else {}
    if contact_id:
        return {"id": int(contact_id), **reference}
    if donor is None:
        raise Reject("It is not known in Virtuous who gave this.", code="donor_missing")
    contact = donor.contact
    email = "" if "email" in normalise.unusable(contact) else contact.email
    address = {"emailType": options.contacts.email_type, "email": email} if email else {}
    kind = {"type": contact_type(contact, options.contacts)}
    if contact.kind == "organisation":
        return {**reference, **kind, "name": title(contact, options.contacts), **address}
    first, last = person_name(contact, options.contacts)
    return {**reference, **kind, "firstname": first, "lastname": last, **address}


def _payment(gift: Gift) -> Body:
    """The number of a check and the brand of a card."""
    brand = CARDS.get(gift.card.brand.casefold(), gift.card.brand) if gift.card else ""
    return {name: value for name, value in (("checkNumber", gift.check_number), ("creditCardType", brand)) if value}


def _commitment(gift: Gift) -> dict[str, str]:
    """The first payment of a schedule makes a commitment under the schedule's id, the others are linked to it by it."""
    often = FREQUENCIES.get(gift.schedule.frequency, "") if gift.schedule else ""
    if gift.schedule is None or not often:
        return {}
    return {"frequency": often, "recurringGiftTransactionId": gift.schedule.id}


def _text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


# -- gifts that exist


def correction(raw: Mapping[str, Any], write: GiftWrite, segment_id: int | None, options: GiftOptions) -> Body | None:
    """Body of `PUT /Gift/{id}` with other projects or another segment; None where nothing differs."""
    seen, gift = GiftRow.model_validate(raw), write.gift
    standing = {row.projectId: cents_from_major(row.amountDesignated) for row in seen.giftDesignations}
    wanted = {project(part.fund): part.amount for part in gift.designations}
    if standing == wanted and segment_id in (None, raw.get("segmentId")):
        return None
    kept = {name: raw[own] for name, own in KEPT.items() if raw.get(own) not in (None, "")}
    fields = [
        {name: row[name] for name in ("name", "value", "displayName") if row.get(name) is not None}
        for row in raw.get("customFields") or ()
    ]
    return {
        **kept,
        **({"segmentId": segment_id} if segment_id is not None else {}),
        **_payment(gift),
        "amount": major_from_cents(gift.amount),
        "giftDesignations": _changes(standing, wanted, options.states),
        **_payments(raw, options.states["update"]),
        **({"customFields": fields} if fields else {}),
    }


def _changes(standing: Mapping[int, int], wanted: Mapping[int, int], states: Mapping[str, str]) -> list[Body]:
    rows = [
        {"projectId": key, "amount": major_from_cents(amount), "state": states["update" if key in standing else "add"]}
        for key, amount in wanted.items()
    ]
    gone = [(key, amount) for key, amount in standing.items() if key not in wanted]
    return rows + [
        {"projectId": key, "amount": major_from_cents(amount), "state": states["delete"]} for key, amount in gone
    ]


def _payments(raw: Mapping[str, Any], state: str) -> Body:
    """What the gift pays for: left out, it would no longer count as a payment of a pledge or a recurring gift."""
    found = {
        name: [{"id": row["id"], "amount": raw["amount"], "state": state} for row in raw.get(name) or ()]
        for name in ("recurringGiftPayments", "pledgePayments")
    }
    return {name: rows for name, rows in found.items() if rows}


# -- refunds


def standing_references(write: RefundWrite) -> list[str]:
    """Under which references the gift may stand that this refund takes back, the last one first.

    Virtuous reverses whole gifts, so after each partial refund a new gift stands for the rest. A refund of a part takes
    back the rest that the one before left; one of all of it whatever stands.
    """
    rests = rest_references(write.gift_reference, _before(write))
    if write.partial and rests:
        return rests[:1]
    return [*rests, write.gift_reference]


def rest_references(gift_reference: str, refunds: int) -> list[str]:
    """The references of the gifts for the rest after each of so many refunds, the last one first."""
    return [_rest_reference(gift_reference, place) for place in range(refunds, 0, -1)]


def _rest_reference(gift_reference: str, place: int) -> str:
    return f"{gift_reference}-rest-{place}"


def of_rest(write: GiftWrite, standing: GiftRow) -> GiftWrite:
    """A correction for no more money than the gift for the rest is about."""
    left = cents_from_major(standing.amount)
    gift = replace(write.gift, amount=left, designations=share(write.gift.designations, left))
    return replace(write, gift=gift)


def rest(write: RefundWrite, standing: GiftRow) -> GiftWrite:
    """The gift that stands for what is left, under a reference that follows from the first one's.

    It is given to what the gift that it takes the place of is given to, whatever the settings say today.
    """
    before = _before(write)
    left = write.gift.amount - sum(one.amount for one in write.gift.refunds[:before]) - write.refund.amount
    if left <= 0:
        raise Reject("Nothing is left of the gift after this refund.", code="nothing_left")
    gift = replace(write.gift, amount=left, designations=share(_parts(standing), left))
    reference = replace(write.reference, value=_rest_reference(write.gift_reference, before + 1))
    return GiftWrite(reference, gift, str(standing.contactId), donor=write.donor)


def _parts(row: GiftRow) -> tuple[Designation, ...]:
    """What a gift that exists is given to."""
    return tuple(
        Designation(cents_from_major(part.amountDesignated), str(part.projectId), appeal=row.segmentCode)
        for part in row.giftDesignations
        if part.amountDesignated > 0
    )


def _before(write: RefundWrite) -> int:
    """How many refunds of the gift came before this one."""
    ids = [one.id for one in write.gift.refunds]
    return ids.index(write.refund.id) if write.refund.id in ids else 0


def share(parts: Sequence[Designation], left: int) -> tuple[Designation, ...]:
    """The parts, each less in the same proportion, to the cent; a part of which nothing is left falls away.

    Raises `Reject` where there are none.
    """
    if not parts:
        raise Reject("The gift has no project in Virtuous. Give it one there, then retry.", code="split_differs")
    whole = sum(part.amount for part in parts)
    amounts = [part.amount * left // whole for part in parts]
    for place in range(left - sum(amounts)):
        amounts[place] += 1
    return tuple(replace(part, amount=amount) for part, amount in zip(parts, amounts, strict=True) if amount > 0)


def reversal(write: RefundWrite, gift_id: int, standing: str, day: str) -> Body:
    """Body of `POST /Gift/ReversingTransaction`; its note names the refund and the gift that it takes back."""
    note = " ".join(part for part in (write.refund.reason, f"[ref {write.reference.value} of {standing}]") if part)
    return {"giftDate": day, "reversedGiftId": gift_id, "notes": note}


def is_by(row: GiftRow, reference: str) -> bool:
    """Whether a reversal is the one of this refund."""
    return f"[ref {reference} of " in row.notes


def takes_back(row: GiftRow, standing: str) -> bool:
    """Whether a reversal of ours takes back this gift."""
    return f" of {standing}]" in row.notes


def is_strange(row: GiftRow, gift: GiftRow) -> bool:
    """Whether somebody else's reversal may be of this gift: which one it reverses is told nowhere, but the sum fits."""
    return "[ref " not in row.notes and row.amount == -gift.amount
