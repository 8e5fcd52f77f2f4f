"""What a gift is a payment of: its schedule, which is there before it, or a pledge that the CRM has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from giftbridge.connectors.base import Donor, GiftWrite, Reference
from giftbridge.connectors.commitments import KeepsPledges, KeepsSchedules, PledgeSeen
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift, Pledge
from giftbridge.jobs.context import Session
from giftbridge.jobs.gifts.case import Case
from giftbridge.jobs.gifts.schedules import as_begun, keep_schedule
from giftbridge.stores.link import Link

TOWARDS_A_PLEDGE: Final = "towards a pledge"


@dataclass(frozen=True, slots=True)
class Promised:
    """A gift, and the CRM's ids of what it is a payment of."""

    gift: Gift
    schedule_id: str = ""
    pledge_id: str = ""

    def write(self, reference: Reference, contact_id: str, donor: Donor | None) -> GiftWrite:
        """What the CRM is asked to record."""
        return GiftWrite(
            reference, self.gift, contact_id, donor=donor, schedule_id=self.schedule_id, pledge_id=self.pledge_id
        )


def committed(case: Case, gift: Gift, contact_id: str) -> Promised:
    """The gift linked to its schedule or pledge; where it can't be, its note says what it is. Raises `Reject`."""
    if gift.pledge:
        pledge_id = _pledge_of(case.session, gift, gift.pledge, contact_id)
        return Promised(gift, pledge_id=pledge_id) if pledge_id else Promised(_noted(gift, TOWARDS_A_PLEDGE))
    if gift.schedule is None:
        return Promised(gift)
    crm = case.session.crm
    if isinstance(crm, KeepsSchedules) and crm.takes_frequency(gift.schedule.frequency):
        schedule_id = keep_schedule(case, crm, gift, gift.schedule, contact_id)
        return Promised(as_begun(case.session, gift), schedule_id=schedule_id)
    return Promised(_noted(gift, gift.schedule.words))


def in_words(gift: Gift) -> Gift:
    """The gift with a note that says what it is a payment of."""
    if gift.pledge:
        return _noted(gift, TOWARDS_A_PLEDGE)
    return _noted(gift, gift.schedule.words) if gift.schedule else gift


def _noted(gift: Gift, words: str) -> Gift:
    if words in gift.note:
        return gift
    return replace(gift, note="; ".join(part for part in (gift.note, words) if part))


def _pledge_of(session: Session, gift: Gift, pledge: Pledge, contact_id: str) -> str:
    """The CRM's id of the pledge: as linked while it is open, else the only one of the same amount; empty for none."""
    crm, links, connection = session.crm, session.app.links, session.connection
    if not isinstance(crm, KeepsPledges):
        return ""
    there = crm.open_pledges(contact_id)
    link = links.get(connection.id, "pledge", Side.PLATFORM, pledge.id)
    if link:
        return link.crm_id if link.crm_id in {one.id for one in there} else ""
    taken = links.find(connection.id, "pledge", Side.CRM, [one.id for one in there])
    found = chosen_pledge([one for one in there if one.id not in taken], gift, pledge)
    if found:
        made = Link(connection.account, connection.id, "pledge", "linked", platform_id=pledge.id, crm_id=found)
        links.db.transact(links.join_ops(made))
    return found


def chosen_pledge(there: Sequence[PledgeSeen], gift: Gift, pledge: Pledge) -> str:
    """Two that fit are not told apart by guessing."""
    fitting = [one for one in there if one.amount == pledge.amount and one.balance >= gift.amount]
    return fitting[0].id if len(fitting) == 1 else ""
