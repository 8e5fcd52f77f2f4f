"""Erasing all links of a removed connection, some at a time, and then the sense of its fingerprints."""

from datetime import timedelta
from itertools import chain, islice
from typing import Final

from giftbridge.jobs.context import App, Step
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import KINDS

PORTION: Final = 500
INDEX_LAG: Final = timedelta(seconds=2)


def work_for(app: App, connection: Connection) -> Work:
    """What does it: there may be a hundred thousand."""
    return Work(
        account=connection.account, queue="contacts", kind="forget", id=connection.id, organisation=connection.owner,
        connection=connection.id, lane="bulk", next_due=app.now(),
    )  # fmt: skip


def forget_links(step: Step, batch: list[Work]) -> Progress:
    """A portion of them; when none is left, the account's key, unless another connection's links need it."""
    app, work = step.app, batch[0]
    listed = chain.from_iterable(app.links.listed(work.account, kind, work.connection) for kind in KINDS)
    keys = list(islice(listed, PORTION))
    if not keys:
        app.accounts.drop_key(work.account)
        return Progress()
    found = app.links.by_keys(keys)
    app.links.forget(found)
    return Progress(app.now() if found else app.now() + INDEX_LAG)
