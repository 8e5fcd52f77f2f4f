"""One gift of the CRM: whether it goes into the import file, and how."""

from dataclasses import dataclass, replace
from typing import Final

from giftbridge.connectors.pulls import CrmGift, FileGift
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Designation
from giftbridge.errors import GiftbridgeError, Reject
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.context import Session
from giftbridge.jobs.pull.donors import SKIPPED, donor_of
from giftbridge.jobs.pull.recognise import mark
from giftbridge.stores.link import PULLED, Link, LinkKind
from giftbridge.stores.runs import Line, Outcome, Run

IN_FILE: Final = "in_import_file"


@dataclass(slots=True)
class Told:
    """A gift of the CRM with its link; `row` is what goes into the file."""

    session: Session
    run: Run
    id: str
    gift: CrmGift | GiftbridgeError | None
    link: Link | None
    row: FileGift | None = None

    @property
    def ours(self) -> bool:
        """We recorded it in the CRM, out of the platform."""
        connection = self.session.connection
        sign = f"{connection.platform}-{connection.organisation}-"
        marked = isinstance(self.gift, CrmGift) and any(one.startswith(sign) for one in self.gift.marks)
        return marked or (self.link is not None and PULLED not in self.link.base)


def settle(told: Told, file: str) -> Result:
    """Into the file, or the reason why not. Raises `Defer`, `Retry`, `Disconnected`."""
    if told.gift is None or told.ours:
        return Result("unchanged")
    try:
        if isinstance(told.gift, GiftbridgeError):
            raise Reject(str(told.gift), code=told.gift.code)
        return _settle(told, told.gift, file)
    except Reject as refused:
        outcome: Outcome = "skipped" if refused.code in SKIPPED else "failed"
        return Result(outcome, line(told, outcome, refused.code, str(refused)))


def _settle(told: Told, gift: CrmGift, file: str) -> Result:
    session, link = told.session, told.link
    if gift.amount <= 0:
        raise Reject("The amount is zero or negative.", code="amount_not_positive")
    donor = donor_of(session, told.run.id, gift.contact_id)
    row = _row(session, gift, donor, link.platform_id if link else "")
    known = session.prints.of(PULLED, repr(replace(row, platform_id="")))
    if link and link.base[PULLED][0] == known:
        return Result("unchanged")
    told.row = row
    outcome: Outcome = "updated" if link else "created"
    connection = session.connection
    link = link or Link(connection.account, connection.id, "gift", "submitted", crm_id=gift.id)
    kept = replace(link, base={PULLED: (known, "")}, run=told.run.id, outcomes={"platform": outcome})
    said = line(told, outcome, IN_FILE, notes=(f"in the import file {file}",), link=kept)
    return Result(outcome, said, (session.app.links.save_op(kept),), link=kept)


def _row(session: Session, gift: CrmGift, donor: str, platform_id: str) -> FileGift:
    """With the platform's ids and fund codes; a fund that has none is left to the platform's default."""
    codes = _codes(session)
    parts: dict[str, int] = {}
    for part in gift.parts:
        code = codes.get(part.fund, "")
        parts[code] = parts.get(code, 0) + part.amount
    there = replace(
        gift,
        parts=tuple(Designation(amount, code) for code, amount in parts.items()),
        schedule_id=_platforms(session, "schedule", gift.schedule_id),
        pledge_id=_platforms(session, "pledge", gift.pledge_id),
    )
    return FileGift(there, donor, mark(session.connection, gift.id), session.recipe.currency, platform_id)


def _codes(session: Session) -> dict[str, str]:
    """CRM fund -> the platform's code, where the fund map leads to it from one code alone."""
    funds = session.recipe.routing.funds
    several = {fund for fund in funds.values() if list(funds.values()).count(fund) > 1}
    return {fund: code for code, fund in funds.items() if fund not in several}


def _platforms(session: Session, kind: LinkKind, crm_id: str) -> str:
    link = session.app.links.get(session.connection.id, kind, Side.CRM, crm_id) if crm_id else None
    return link.platform_id if link else ""


def line(
    told: Told,
    outcome: str,
    code: str = "",
    reason: str = "",
    *,
    notes: tuple[str, ...] = (),
    link: Link | None = None,
) -> Line:
    """The line of the sync log; no amount and no name outside of its sealed label."""
    gift = told.gift if isinstance(told.gift, CrmGift) else None
    label = f"{gift.amount / 100:.2f} on {gift.day.isoformat()}" if gift else ""
    return Line(
        kind="gift",
        side=Side.PLATFORM,
        record_id=told.id,
        outcome=outcome,
        code=code,
        reason=reason,
        other_id=link.platform_id if link else "",
        label=told.session.seal(label),
        notes=notes,
        at=told.session.app.now(),
        stage="in_file" if code == IN_FILE else "",
    )
