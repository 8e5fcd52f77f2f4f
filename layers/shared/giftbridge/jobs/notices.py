"""From what a webhook says to work that is due. Light, as intake uses it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from giftbridge.connectors.notice import Notice
from giftbridge.stores.doors import Hook
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Kind

WORK: Final[Mapping[str, tuple[str, Kind, str]]] = {
    "contact.updated": ("contacts", "contact", "webhooks"),
    "event.reconciled": ("gifts", "reconcile", "gifts"),
    "transaction.refunded": ("gifts", "gift", "gifts"),
    "crm.contact.changed": ("contacts", "contact", "webhooks"),
    "crm.gift.changed": ("gifts", "confirm", "gifts"),
    "event.unverified": ("gifts", "verify", "webhooks"),
}
"""Kind of notice -> queue, kind of work, lane."""


def work_of(notice: Notice, source: Hook | Work, side: str, now: datetime) -> Work:
    """The work that a notice from one side makes for the connection of `source`."""
    queue, kind, lane = WORK[notice.kind]
    return _work(source, queue, kind, lane, notice.id, notice.subject, now, {"started_by": "webhook", "side": side})


def work_of_many(event: str, notices: list[Notice], hook: Hook, now: datetime) -> Work:
    """One piece of work for a long webhook, which a worker takes apart."""
    queue, _, lane = WORK[notices[0].kind]
    listed = [[one.id, one.kind, one.subject] for one in notices]
    return _work(hook, queue, "notices", lane, event, "", now, {"side": hook.side, "notices": listed})


def notices_in(work: Work) -> list[Notice]:
    """What `work_of_many` has put into it."""
    return [Notice(*each) for each in work.data["notices"]]


def _work(
    source: Hook | Work, queue: str, kind: Kind, lane: str, event: str, subject: str, now: datetime,
    data: Mapping[str, Any],
) -> Work:  # fmt: skip
    return Work(
        account=source.account, queue=queue, kind=kind, id=event, organisation=source.organisation,
        connection=source.connection, lane=lane, next_due=now, subject=subject, event=event, data=data,
    )  # fmt: skip
