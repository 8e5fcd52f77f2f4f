"""What a page needs of several tables, by one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.stores.accounts import budget_key, purposes_key
from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection, Credentials, connection_key, secret_key
from giftbridge.stores.doors import portal_session_key
from giftbridge.stores.dynamo import Dynamo, Key
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Link, key
from giftbridge.stores.runs import Run, line_key, run_key, todo_key

TOGETHER: Final = 50
"""Gifts of which link and line are read by one call."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """Reads over the connections, runs and inbox tables."""

    db: Dynamo
    connections_table: str
    runs_table: str
    inbox_table: str
    links_table: str

    def for_visit(
        self, session: str, now: datetime, who: str, connection: str, run: str
    ) -> tuple[Item | None, Connection | None, Run | None]:
        """What a portal session keeps, while it is good (whatever TTL has done meanwhile), and what its page is about.

        `who` is what the browser says: nothing of it may be shown unless the session says the same.
        """
        places = [
            (self.connections_table, portal_session_key(session)),
            (self.connections_table, connection_key(who, connection)),
            (self.runs_table, run_key(connection, run)),
        ]
        wanted = 1 + bool(connection) + bool(connection and run)
        kept, standing, found = [*self.db.get_each(places[:wanted]), None, None][:3]
        return (
            dict(kept["data"]) if kept and kept["until"] > int(now.timestamp() * 1000) else None,
            Connection.of(standing) if standing and standing["status"] != "removed" else None,
            Run.of(found) if found else None,
        )

    def for_reading(self, connection: Connection) -> tuple[Credentials | None, Item, Item | None]:
        """What reading the platform live takes: its credentials and its rate budget; and the CRM's own lists."""
        keys = (
            secret_key(connection, connection.platform), budget_key(connection.owner), purposes_key(connection.account)
        )  # fmt: skip
        secret, budget, lists = self.db.get_each([(self.connections_table, one) for one in keys])
        return Credentials.of(secret) if secret else None, budget or {}, lists

    def gifts(
        self, connection: str, ids: Sequence[str], run: Run | None
    ) -> tuple[dict[str, Link], dict[str, Item], set[str]]:
        """Links of the platform's gifts; what `run` told of them, or, while it is under way, has still to do."""
        links: dict[str, Link] = {}
        lines: dict[str, Item] = {}
        waiting: set[str] = set()
        for start in range(0, len(ids), TOGETHER):
            some = ids[start : start + TOGETHER]
            places = [(self.links_table, {"pk": key(connection, "gift", Side.PLATFORM, one)}) for one in some]
            found = self.db.get_each(places + [(self.runs_table, _told_of(run, one)) for one in some if run])
            links |= {one: Link.of(item) for one, item in zip(some, found, strict=False) if item}
            rest = dict(zip(some, found[len(some) :], strict=False))
            lines |= {one: item for one, item in rest.items() if item and "outcome" in item}
            waiting |= {one for one, item in rest.items() if item and "outcome" not in item}
        return links, lines, waiting

    def works_and_runs(
        self, works: Sequence[Work], runs: Sequence[tuple[str, str]]
    ) -> tuple[list[Work | None], list[Run | None]]:
        """Works as they are now, and runs by (connection, run): one for each, in order."""
        places: list[tuple[str, Key]] = [(self.inbox_table, work.key) for work in works]
        places += [(self.runs_table, run_key(*one)) for one in runs]
        found = self.db.get_each(places)
        first, rest = found[: len(works)], found[len(works) :]
        return [Work.of(one) if one else None for one in first], [Run.of(one) if one else None for one in rest]


def _told_of(run: Run, gift: str) -> dict[str, str]:
    """Where a run tells of a gift: in its line once it has ended, before that on the list of what is to be done."""
    if run.ended:
        return line_key(run.id, "gift", Side.CRM, gift)
    return {"pk": todo_key(run.id, Side.PLATFORM), "sk": gift}
