"""What a vendor shows its own users about the connection, where it shows anything. Never worth a failure."""

from contextlib import suppress

from giftbridge.connectors import registry
from giftbridge.connectors.base import ShowsStatus
from giftbridge.domain.contact import Side
from giftbridge.errors import GiftbridgeError
from giftbridge.jobs.context import App, Session
from giftbridge.jobs.session import session_for_person
from giftbridge.stores.connections import Connection


def show_connected(session: Session, records: int) -> None:
    """Say that we are connected, and how many records are kept in agreement."""
    for side in Side:
        system = session.system(side)
        if isinstance(system, ShowsStatus):
            with suppress(GiftbridgeError):
                system.show_status(True, records)


def show_disconnected(app: App, connection: Connection) -> None:
    """Say so while the credentials are still there."""
    if "shows_status" not in registry.manifest(connection.crm).capabilities:
        return
    with suppress(GiftbridgeError), session_for_person(app, connection) as session:
        if isinstance(session.crm, ShowsStatus):
            session.crm.show_status(False, 0)
