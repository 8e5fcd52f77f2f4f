"""Funds, campaigns and appeals of a CRM account, kept for an hour: names, no donor."""

from dataclasses import asdict
from datetime import timedelta
from typing import Final

from giftbridge.connectors.base import Purposes, RecordsGifts
from giftbridge.domain.contact import Side
from giftbridge.jobs.context import Session

FRESH: Final = timedelta(hours=1)


def known_purposes(session: Session) -> Purposes:
    """The account's lists, read again when they are older than an hour."""
    accounts, account = session.app.accounts, session.connection.account
    kept = accounts.purposes(account, session.app.now() - FRESH)
    if kept is not None:
        return Purposes(**kept)
    return refresh_purposes(session)


def refresh_purposes(session: Session) -> Purposes:
    """Read the lists now."""
    fresh = session.can(Side.CRM, RecordsGifts).purposes()  # type: ignore[type-abstract]
    lists = {name: dict(found) for name, found in asdict(fresh).items()}
    session.app.accounts.keep_purposes(session.connection.account, lists, session.app.now())
    return fresh
