"""Gifts that go by themselves, each as soon as the platform shows it: looked for on the connection's schedule."""

from contextlib import suppress

from giftbridge.connectors import registry
from giftbridge.errors import Conflict
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.gifts.run import start_changes
from giftbridge.jobs.health import working
from giftbridge.jobs.step import Progress
from giftbridge.recipes import Recipe, recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What makes a connection look, at once and then on its schedule; none where gifts go with their event."""
    if not _lists_gifts(connection):
        return []
    chosen, now = _recipe(connection), app.now()
    due = chosen.next_handover(now) if chosen.handover_daily else now
    return [
        Work(
            account=connection.account, queue="gifts", kind="watch", id=connection.id, organisation=connection.owner,
            connection=connection.id, lane="gifts", next_due=due,
        )
    ]  # fmt: skip


def watch(step: Step, batch: list[Work]) -> Progress:
    """A run of what is new, and when to look again."""
    connection = working(step.app, batch[0])
    with suppress(Conflict):  # it reads on by itself
        look(step.app, connection, "schedule")
    return Progress(_recipe(connection).next_handover(step.app.now()))


def look(app: App, connection: Connection, started_by: str) -> Run | None:
    """Start a run of what is new; None where gifts do not go by themselves. Raises `Conflict` if one is under way."""
    if not (_lists_gifts(connection) and _recipe(connection).gifts):
        return None
    return start_changes(app, connection, started_by)


def _lists_gifts(connection: Connection) -> bool:
    return "lists_gifts" in registry.manifest(connection.platform).capabilities


def _recipe(connection: Connection) -> Recipe:
    return recipe(connection.platform, connection.crm, connection.settings)
