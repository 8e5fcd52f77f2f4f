"""Creates of which nobody knows yet whether they happened: what may be their outcome is not taken for somebody new.

Without an e-mail address nothing else would tell that a record which turns up at the other side is our own.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from giftbridge.domain.contact import FIELDS, Contact, Field, Side
from giftbridge.errors import Reject
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Intent, Link
from giftbridge.stores.sightings import Sighting

POINTS: Final[tuple[Field, ...]] = ("email", "phone", "address")
SOON: Final = timedelta(minutes=30)
LATER: Final = timedelta(days=1)
"""Where a person must answer first."""


class MaybeOurs(Reject):
    """The record may be what an interrupted create left; it is due again `after`."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("An interrupted create may have made it. It is looked at again.", code="maybe_ours")
        self.after = after


def described(session: Session, contact: Contact) -> str:
    """What an intent remembers of the contact that is sent: a fingerprint of each field."""
    prints = session.prints.fields(contact)
    return " ".join(f"{field}:{prints[field]}" for field in FIELDS if prints[field])


def sent(intent: Intent | None) -> Mapping[str, str]:
    """The fingerprints that a create's intent wrote down."""
    return dict(part.split(":", 1) for part in intent.detail.split()) if intent else {}


def note(session: Session, side: Side, link: Link) -> None:
    """The create of `link` at `side` may have left a record with these contact points."""
    marks = [mark for point, mark in sent(link.intent).items() if point in POINTS]
    seen = [Sighting(link.id(side.other), mark) for mark in marks]
    session.app.sightings.note(_place(link.connection), side, seen)


def forget(session: Session, side: Side, link: Link) -> None:
    """It is known now."""
    for point, mark in sent(link.intent).items():
        if point in POINTS:
            session.app.sightings.forget(_place(link.connection), side, mark, link.id(side.other))


def assert_nobodys(session: Session, side: Side, contact: Contact) -> None:
    """Raises `MaybeOurs` where a record of `side` has a contact point that an unfinished create has sent there."""
    app, connection = session.app, session.connection.id
    prints = session.prints.fields(contact)
    noted = app.sightings.find(_place(connection), side, [prints[point] for point in POINTS])
    ids = sorted({one.id for group in noted.values() for one in group})
    links = app.links.find(connection, "contact", side.other, ids)
    open_ones = [link for link in links.values() if not link.id(side) and (link.state == "creating" or link.asks)]
    if open_ones:
        raise MaybeOurs(LATER if all(link.asks for link in open_ones) else SOON)


def _place(connection: str) -> str:
    """Apart from what surveys have seen."""
    return f"{connection}|meant"
