"""Donors as contacts and transactions as gifts. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from iso3166 import countries_by_alpha3, countries_by_apolitical_name

from giftbridge.connectors.base import GiftSeen
from giftbridge.connectors.wegive import models, plans
from giftbridge.connectors.wegive.models import Donor, Fund, Source, Transaction
from giftbridge.connectors.wegive.values import Options, money, stamp
from giftbridge.domain.contact import Address, Contact, Record
from giftbridge.domain.gift import Card, Designation, Gift, GiftStatus, Method, Refund
from giftbridge.errors import Reject

METHODS: Final[Mapping[str, Method]] = {
    "card": "card", "bank": "ach", "cash": "cash", "check": "check", "paypal": "paypal", "venmo": "venmo",
    "crypto": "crypto", "in_kind": "in_kind", "stock": "stock", "wire": "wire",
}  # fmt: skip
STATUSES: Final[Mapping[str, GiftStatus]] = {
    "success": GiftStatus.SUCCEEDED, "processing": GiftStatus.PROCESSING, "pending": GiftStatus.PROCESSING,
    "failed": GiftStatus.FAILED, "cancelled": GiftStatus.CANCELLED, "canceled": GiftStatus.CANCELLED,
    "refunded": GiftStatus.REFUNDED,
}  # fmt: skip
WALLETS: Final[Mapping[str, str]] = {"paypal": "PayPal", "venmo": "Venmo", "crypto": "cryptocurrency", "stock": "stock"}
"""Ways to pay that a CRM may have no word for."""
CONSENT: Final = "do_not_contact"
UNTOLD: Final = "WeGive does not tell whether this donor may be contacted."


# -- donors


def record(raw: Mapping[str, Any]) -> Record:
    """A donor alone as the canonical record. Raises `ValidationError`.

    Stamps and what was given are not compared. That it tells whether to contact is documented of the list only.
    """
    seen = Donor.model_validate(raw)
    if CONSENT not in raw:
        return Record(seen.id, Contact(), None, "", problem=UNTOLD)
    return Record(seen.id, _contact(seen), stamp(raw.get("updated_at")), seen.model_dump_json())


def _contact(seen: Donor) -> Contact:
    """Whoever is not to be contacted is so in no way: consent is only ever made stricter."""
    company = seen.type == "company"
    emails = (seen.preferred_email_value, seen.email, seen.email_1, seen.email_2, seen.email_3)
    phones = (seen.preferred_phone_value, seen.phone, seen.mobile_phone, seen.home_phone, seen.office_phone)
    return Contact(
        kind="organisation" if company else "person",
        first_name="" if company else seen.first_name,
        last_name="" if company else seen.last_name,
        organisation_name=seen.name if company else "",
        email=next((one for one in emails if "@" in one), ""),
        phone=next((one for one in (*phones, seen.other_phone) if any(map(str.isdecimal, one))), ""),
        address=_address(seen.mailing_address) or _address(seen.billing_address),
        email_opt_out=seen.do_not_contact,
        do_not_call=seen.do_not_contact,
        do_not_mail=seen.do_not_contact,
    )


def _address(sent: models.Address | None) -> Address:
    if sent is None:
        return Address()
    street = ", ".join(part for part in (sent.address_1, sent.address_2) if part)
    return Address(street, sent.city, sent.state, sent.zip, _country(sent.country))


def _country(name: str) -> str:
    if len(name) == 2:
        return name.upper()
    known = countries_by_alpha3.get(name.upper()) or countries_by_apolitical_name.get(name.upper())
    return known.alpha2 if known else "US" if name.casefold() == "united states" else name


# -- gifts


def seen(raw: Mapping[str, Any]) -> GiftSeen:
    """A row of the list, whatever else is wrong with it."""
    return GiftSeen(str(raw["id"]), stamp(raw.get("created_at")))


def gift(gift_id: str, sent: Transaction, funds: Mapping[str, Fund], options: Options) -> Gift:
    """A transaction as a gift, one part for each fund. Raises `Reject` where it makes no sense."""
    if sent.is_test:
        raise Reject("It is a test gift.", code="test_gift")
    source = sent.source_type or (sent.source.type if sent.source else "")
    fee = money(sent.fee_amount if sent.fee_amount not in (None, "") else sent.fee or 0, options)
    covered = fee if sent.cover_fees and options.covered_fee == "on_top" else 0
    amount = money(sent.amount, options)
    state = _status(sent, source, options)
    given_back = Refund(gift_id, amount + covered, stamp(sent.refunded_at))
    return Gift(
        id=gift_id,
        contact_id=sent.donor_id or (sent.owner.id if sent.owner else ""),
        amount=amount + covered,
        currency=(sent.currency or options.default_currency).upper(),
        status=state,
        method=METHODS.get(source, "other"),
        occurred_at=_given_at(sent),
        designations=_designations(sent, amount, covered, funds, options),
        receipt_id=sent.receipt_id,
        fee=fee,
        card=_card(sent.source) if source == "card" and sent.source else None,
        check_number=sent.reference if source == "check" else "",
        note=_note(sent, source, options),
        refunds=(given_back,) if state is GiftStatus.REFUNDED else (),
        kind=plans.kind(sent, source, options.kinds),
        anonymous=sent.anonymous,
        schedule=plans.schedule(sent.scheduledDonation, options) if sent.scheduledDonation else None,
        pledge=plans.pledge(sent, options),
    )


def _status(sent: Transaction, source: str, options: Options) -> GiftStatus:
    """Where the money stands. WeGive tells no amount of a refund, so one of a part can't be told on."""
    word = sent.status.casefold()
    if word not in STATUSES:
        raise Reject("The status of the gift is unknown.", code="status_unknown")
    if sent.refunded_at and word != "refunded":
        raise Reject("A part of it was given back, but WeGive does not tell how much.", code="refund_unclear")
    if options.processing_is_success and (source, word) == ("bank", "processing"):
        return GiftStatus.SUCCEEDED
    return STATUSES[word]


def _given_at(sent: Transaction) -> datetime:
    moment = stamp(sent.created_at)
    if moment is None:
        raise Reject("The date of the gift is missing or is none.", code="date_invalid")
    return moment


def _designations(
    sent: Transaction, amount: int, covered: int, funds: Mapping[str, Fund], options: Options
) -> tuple[Designation, ...]:
    """Cents for each fund, funds that were merged together; a fee on top goes to the first."""
    parts: dict[str, int] = {}
    for row in sent.fund_allocations:
        code = _code(row.fund, funds)
        parts[code] = parts.get(code, 0) + money(row.amount, options)
    if not parts:
        parts = {_code(sent.fund or (Fund(id=sent.fund_id) if sent.fund_id else None), funds): amount}
    parts[next(iter(parts))] += covered
    return tuple(Designation(part, code) for code, part in parts.items())


def _code(fund: Fund | None, funds: Mapping[str, Fund]) -> str:
    """The fund's code, or its id; that of the fund it was merged into, and of a fund told by name the known one's."""
    if fund is None:
        return ""
    found, passed = _known(fund, funds), {fund.id}
    while found.merged_into_id and found.merged_into_id not in passed:
        passed.add(found.merged_into_id)
        found = funds.get(found.merged_into_id, Fund(id=found.merged_into_id))
    return found.code or found.id or found.name


def _known(fund: Fund, funds: Mapping[str, Fund]) -> Fund:
    if fund.code or fund.merged_into_id:
        return fund
    named = [one for one in funds.values() if one.name == fund.name and fund.name]
    return funds.get(fund.id) or (named[0] if len(named) == 1 and not fund.id else fund)


def _card(source: Source) -> Card:
    """Expiration is `MM/YY`."""
    found = re.fullmatch(r"(\d{1,2})/(?:20)?(\d{2})", source.expiration)
    month, year = (int(found[1]), 2000 + int(found[2])) if found else (0, 0)
    return Card(source.issuer, source.last_four, month, year)


def _note(sent: Transaction, source: str, options: Options) -> str:
    """The donor's and staff's words, and what no other field of a gift holds."""
    often = sent.frequency if sent.frequency not in ("", "once", "one_time", "one-time") else ""
    regular = " ".join(part for part in ("recurring", often) if part) if often or sent.scheduled_donation_id else ""
    tribute = ": ".join(part for part in (sent.tribute_name, sent.tribute_message) if part)
    parts = (
        sent.memo,
        sent.description,
        sent.message,
        f"tribute to {tribute}" if tribute else "",
        options.anonymous_note if sent.anonymous else "",
        regular,
        "" if sent.is_tax_deductible else "service revenue, not tax-deductible",
        f"reference {sent.reference}" if sent.reference and source != "check" else "",
        f"paid by {WALLETS[source]}" if source in WALLETS else "",
    )
    return "; ".join(dict.fromkeys(part for part in parts if part))
