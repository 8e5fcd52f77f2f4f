"""What came by webhook and is worked on after the answer: events that nobody signed, and many in one."""

from collections.abc import Sequence

from giftbridge.connectors.notice import Notice, VerifiesEvents
from giftbridge.domain.contact import Side
from giftbridge.errors import NotFound
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.notices import notices_in, work_of
from giftbridge.jobs.session import open_session
from giftbridge.jobs.step import Progress
from giftbridge.stores.inbox import Work


def verify(step: Step, batch: list[Work]) -> Progress:
    """Ask the vendor about an event: only what it says counts, and one that it never sent is dropped."""
    work = batch[0]
    session = open_session(step, work.organisation, work.connection, work.lane)
    vendor = session.can(Side(work.data["side"]), VerifiesEvents)  # type: ignore[type-abstract]
    try:
        _spread(step.app, work, vendor.verified(work.subject))
    except NotFound:
        step.app.measure("ForgedEvents", 1)
    return Progress()


def take_apart(step: Step, batch: list[Work]) -> Progress:
    """Each notice of a long webhook as work of its own."""
    work = batch[0]
    _spread(step.app, work, notices_in(work))
    return Progress()


def _spread(app: App, work: Work, notices: Sequence[Notice]) -> None:
    """Repeated after a crash it adds what is missing, as every notice has an id."""
    made = [work_of(notice, work, str(work.data["side"]), app.now()) for notice in notices]
    added = [one for one in made if app.inbox.add(one)]
    for queue in sorted({one.queue for one in added}):
        ring(app, work.account, queue)
