"""Intent before effect: a crash anywhere leaves one contact, one gift, one refund.

Before a call that has an effect, the link says what is about to happen, under which reference, and until when nobody
may touch it. Who finds a dead intent asks the vendor before writing again.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from giftbridge.connectors.base import Confirms, Reference
from giftbridge.domain.contact import Side
from giftbridge.errors import Defer
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Intent, Link, Operation

GATHERING: Final = timedelta(seconds=5)
"""How long writes are gathered, and a batch is worked at, before it is checkpointed: a webhook need not wait longer."""
GLANCE: Final = timedelta(seconds=5)
"""A fresh intent is mostly done by then; only what is not is waited for until it is dead."""


def intend(
    session: Session, link: Link, operation: Operation, side: Side, reference: str, run: str, detail: str = "",
    meant: Mapping[str, str] = MappingProxyType({}),
) -> Link:  # fmt: skip
    """Write down what is about to happen at `side`. Raises `ConditionFailed` where another worker was faster."""
    now, patience = session.app.now(), session.request_patience(side)
    if session.system(side).manifest.limits.write_batch > 1:
        patience += GATHERING
    intent = Intent(
        op=operation,
        nonce=uuid.uuid4().hex,
        reference=reference,
        since=link.intent.since if link.intent else now,
        not_before=now + patience,
        run=run,
        detail=detail,
        meant=meant,
    )
    return session.app.links.save(replace(link, intent=intent))


def wait_for_live(session: Session, link: Link) -> None:
    """A live intent is never taken over. Raises `Defer`: once for a moment, then until it is dead."""
    intent, now = link.intent, session.app.now()
    if intent and intent.not_before > now:
        glance = intent.since + GLANCE
        until = min(glance, intent.not_before) if glance > now else intent.not_before
        raise Defer(f"This {link.kind} is being written right now.", until=until, code="intent")


def reference_in(link: Link) -> Reference:
    """The reference that the link's intent wrote down."""
    if link.intent is None:
        raise AssertionError("no effect without an intent")
    return Reference(link.intent.reference, link.intent.since)


def as_before(session: Session, side: Side, link: Link) -> Link:
    """What a try that comes to nothing leaves: an older doubt stands, unless the vendor was asked and had nothing.

    Who takes in later what it is handed may have nothing to show yet.
    """
    vendor = session.system(side)
    asked = vendor.manifest.recall.get(f"{link.kind}s") == "ask" and not isinstance(vendor, Confirms)
    return replace(link, intent=None) if asked else link


def take_back(session: Session, intended: Link, former: Link) -> None:
    """Nothing happened: the link is as it was, an older doubt included, or not there at all."""
    links = session.app.links
    if former.rev:
        links.save(replace(former, rev=intended.rev))
    else:
        links.db.write(links.drop_op(intended))
