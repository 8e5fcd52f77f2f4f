"""WeGive with Bloomerang in one process, driven step by step like the other worlds."""

import uuid
from dataclasses import dataclass
from typing import Any

from giftbridge.jobs import tokens
from giftbridge.jobs.gifts import watch
from giftbridge.jobs.pull import schedule as pulls
from giftbridge.stores.connections import Connection
from local.sandbox.wegive import WeGiveSandbox
from local.sandbox.wegive.sandbox import WeGiveOrganisation
from tests.world import Pair, World

FAST = {"calls_per_hour": 10_000_000}


@dataclass
class WeGivePair(Pair):
    """One connection with both its sides."""

    platform: WeGiveOrganisation  # type: ignore[assignment]

    def now(self, world: World) -> Connection:
        """The connection as it is now."""
        return world.app.connections.get(self.connection.owner, self.connection.id)


def connect(world: World, wegive: WeGiveSandbox, **settings: Any) -> WeGivePair:
    """A connection of a new organisation with a new database; its gifts were looked at once."""
    name = uuid.uuid4().hex[:10]
    crm, platform = world.bloomerang.database(name), wegive.organisation(name)
    organisation, app = str(platform.summary["id"]), world.app
    chosen = {
        "default_purpose": {"fund": str(crm.fund())}, "time_zone": "America/New_York", "wegive": FAST,
        "bloomerang": FAST, **settings,
    }  # fmt: skip
    connection = Connection(
        id=name, platform="wegive", organisation=organisation, crm="bloomerang", account=f"bloomerang:{crm.id}",
        settings=chosen, first_sync="declined", created_at=app.now(),
    )  # fmt: skip
    app.connections.db.transact(
        [
            app.connections.save_op(connection),
            app.accounts.join(connection.account, connection.owner, connection.id),
            app.connections.register_op(connection),
            *(
                _credentials(world, connection, "bloomerang", crm.api_key),
                _credentials(world, connection, "wegive", platform.api_key),
            ),
        ]
    )
    pair = WeGivePair(app.connections.get(connection.owner, connection.id), crm, platform)
    look(world, pair)
    world.pump()
    return pair


def _credentials(world: World, connection: Connection, system: str, key: str) -> Any:
    sealed = tokens.seal(world.app, connection, system, {"kind": "api_key", "api_key": key})
    return world.app.connections.keep_credentials_op(connection, system, sealed, 1)


def look(world: World, pair: WeGivePair) -> None:
    """A look at the platform's gifts."""
    watch.look(world.app, pair.now(world), "tester")


def look_at_crm(world: World, pair: WeGivePair) -> None:
    """A look at the CRM's gifts."""
    for work in pulls.standing_work(world.app, pair.now(world)):
        world.app.inbox.put(work)
    world.tick()
