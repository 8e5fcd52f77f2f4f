"""Erasing one donor: the link, what was seen of them, and their name in the log; never synced again unless allowed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.errors import NotFound
from giftbridge.jobs.contacts import references
from giftbridge.jobs.context import LABEL_KEPT, App
from giftbridge.jobs.session import account_keyring
from giftbridge.jobs.thanks import watch
from giftbridge.stores.connections import Connection
from giftbridge.stores.link import Link, key
from giftbridge.stores.runs import Run

RUNS_READ: Final = 1000
SLACK: Final = timedelta(days=1)


def erase(app: App, connection: Connection, side: Side, record_id: str) -> bool:
    """Forget a donor by either id; answers whether there was a link. Neither vendor's own data is touched."""
    prints = Fingerprinter(account_keyring(app, connection.account).fingerprints)
    standing = app.links.get(connection.id, "contact", side, record_id)
    links = _all_of(app, standing) if standing else [_unlinked(connection, side, record_id)]
    ids = sorted({(one, link.id(one)) for link in links for one in Side if link.id(one)})
    app.links.db.transact(
        app.links.erase_ops(connection.id, links, [(one, prints.identity(one, seen)) for one, seen in ids])
    )
    for link in links:
        _forget_sightings(app, link)
    _forget_milestones(app, connection, links[0].crm_id)
    for runs in _recent_runs(app, connection):
        app.runs.unlabel((run.id, "contact", one.other, seen) for run in runs for one, seen in ids)
    return standing is not None


def allow_again(app: App, connection: Connection, side: Side, record_id: str) -> None:
    """Take an erasure back, by either id. Raises `NotFound` where there was none."""
    prints = Fingerprinter(account_keyring(app, connection.account).fingerprints)
    if not app.links.allow_again(connection.id, side, prints.identity(side, record_id)):
        raise NotFound("This donor was not erased.")


def _all_of(app: App, link: Link) -> list[Link]:
    """A donor's links: records of the platform that the CRM has merged into one are one donor."""
    others = app.links.of_crm_record(link) if link.crm_id else []
    return [link, *(one for one in others if one.platform_id != link.platform_id)]


def _unlinked(connection: Connection, side: Side, record_id: str) -> Link:
    ids = {"platform_id": record_id} if side is Side.PLATFORM else {"crm_id": record_id}
    return Link(connection.account, connection.id, "contact", "gone", **ids)  # type: ignore[arg-type]


def _forget_sightings(app: App, link: Link) -> None:
    ids = {side: link.id(side) for side in Side if link.id(side)}
    for place, side in enumerate((Side.PLATFORM, Side.CRM)):
        email = link.base.get("email", ("", ""))[place]
        if email and side in ids:
            app.sightings.forget(link.connection, side, email, ids[side])
    if len(ids) == len(Side):
        app.sightings.forget(link.connection, Side.CRM, references.mark(ids[Side.PLATFORM]), ids[Side.CRM])


def _forget_milestones(app: App, connection: Connection, crm_id: str) -> None:
    """Links that are named by the donor's id; only a platform that thanks has left any."""
    if not crm_id or not watch.thanks(connection):
        return
    start = key(connection.id, "gift", Side.CRM, f"{crm_id}:")
    named = [one for one in app.links.listed(connection.account, "gift", connection.id) if one.startswith(start)]
    app.links.forget(app.links.by_keys(named))


def _recent_runs(app: App, connection: Connection) -> Iterator[list[Run]]:
    """Those whose labels may still be read, some at a time."""
    since, before = app.now() - LABEL_KEPT - SLACK, ""
    while found := app.runs.latest(connection.id, RUNS_READ, before):
        recent = [run for run in found if run.queued_at >= since]
        yield recent
        if len(recent) < len(found):
            return
        before = found[-1].id
