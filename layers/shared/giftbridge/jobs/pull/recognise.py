"""A gift of the platform that came out of an import file of ours: the CRM has it, so it does not go there again."""

import re
from dataclasses import replace
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.gifts.case import Case, new_link
from giftbridge.stores.connections import Connection
from giftbridge.stores.link import PULLED

MARK: Final = "crm {account}/{gift}"
FOUND: Final = re.compile(r"\[crm ([^\s\]/]+)/([^\s\]/]+)\]")


def mark(connection: Connection, gift_id: str) -> str:
    """What an import file says of a gift, and by which it is known again."""
    return MARK.format(account=connection.account, gift=gift_id)


def from_crm(case: Case, gift: Gift) -> Result | None:
    """Linked to the CRM's gift that it was imported from; None for any other gift."""
    session, connection = case.session, case.session.connection
    found = FOUND.search(gift.note)
    if not found or found[1] != connection.account:
        return None
    links = session.app.links
    standing = links.get(connection.id, "gift", Side.CRM, found[2]) or replace(new_link(case), crm_id=found[2])
    if standing.platform_id not in ("", case.id):  # imported twice: the second one is nobody's news either
        return Result("unchanged", link=standing)
    linked = replace(
        standing, platform_id=case.id, state="linked", run=case.run.id, outcomes={"crm": "unchanged"},
        base={PULLED: ("", ""), **standing.base},
    )  # fmt: skip
    links.db.transact(links.join_ops(linked, case.link))
    return Result("unchanged", link=linked.joined())
