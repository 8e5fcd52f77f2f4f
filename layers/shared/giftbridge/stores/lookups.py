"""What a page needs of several tables, by one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection, connection_key
from giftbridge.stores.doors import portal_session_key
from giftbridge.stores.dynamo import Dynamo, Key
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run, run_key


@dataclass(frozen=True, slots=True)
class Lookups:
    """Reads over the connections, runs and inbox tables."""

    db: Dynamo
    connections_table: str
    runs_table: str
    inbox_table: str

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

    def works_and_runs(
        self, works: Sequence[Work], runs: Sequence[tuple[str, str]]
    ) -> tuple[list[Work | None], list[Run | None]]:
        """Works as they are now, and runs by (connection, run): one for each, in order."""
        places: list[tuple[str, Key]] = [(self.inbox_table, work.key) for work in works]
        places += [(self.runs_table, run_key(*one)) for one in runs]
        found = self.db.get_each(places)
        first, rest = found[: len(works)], found[len(works) :]
        return [Work.of(one) if one else None for one in first], [Run.of(one) if one else None for one in rest]
