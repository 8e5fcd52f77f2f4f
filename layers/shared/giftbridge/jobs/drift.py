"""The drift report as people ask for it: a sweep at once, and what the newest one found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from giftbridge.errors import Conflict
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.contacts.verdict import CLASSES, Class
from giftbridge.jobs.context import App
from giftbridge.jobs.history import LogLine, log_lines, page_of_lines
from giftbridge.jobs.lifecycle import assert_working
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import Run


@dataclass(frozen=True, slots=True)
class Report:
    """The newest sweep, how many records of each class it found, and some of them; no run where there was none."""

    run: Run | None
    found: Mapping[Class, int]
    lines: Sequence[LogLine]
    following: str = ""
    """Where a page goes on; empty at the end."""


def sweep_now(app: App, connection: Connection, actor: str) -> Run:
    """Compare both sides as a whole. Raises `Conflict` where a sweep is under way or nothing was synced yet."""
    assert_comparable(connection)
    return contacts.start_sweep(app, connection, actor)


def assert_comparable(connection: Connection) -> None:
    """Raises `Conflict` where there is nothing to compare, or nothing may be done; `Disconnected`."""
    assert_working(connection)
    if not contacts.lists_both(connection):
        raise Conflict("One of the systems can't list its contacts.", code="no_lists")
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    if not contacts.may_sweep(connection, chosen):
        raise Conflict("There is nothing to compare before the first sync.", code="first_sync_unasked")


def report(app: App, connection: Connection, code: str, after: str, limit: int) -> Report:
    """The newest sweep's, as far as it has got; the next lines behind `after`, of one class where asked."""
    run = _newest(app, connection)
    return Report(run, _found(run), log_lines(app, run, "", after, limit, code) if run else ())


def page(app: App, connection: Connection, code: str, after: str, limit: int) -> Report:
    """The same by as few reads as a page needs: of one class there may be fewer, though more follow."""
    run = _newest(app, connection)
    lines, following = page_of_lines(app, run, "", after, limit, code) if run else ([], "")
    return Report(run, _found(run), lines, following)


def _newest(app: App, connection: Connection) -> Run | None:
    return app.runs.get(connection.id, connection.sweep) if connection.sweep else None


def _found(run: Run | None) -> dict[Class, int]:
    return {name: run.counts.get(name, 0) if run else 0 for name in CLASSES}
