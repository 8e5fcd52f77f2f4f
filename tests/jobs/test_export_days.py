"""The daily export: of yesterday by the clock, of any day by a person who names it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from giftbridge.errors import ConfigError
from giftbridge.jobs import dispatch
from local.stores import Stores
from tests.jobs.driving import connected, sync
from tests.world import Pair, World

pytestmark = pytest.mark.emulated


@pytest.fixture(scope="module")
def stores(own_stores: Stores) -> Stores:
    """None but this module's connections are exported."""
    return own_stores


def _export(world: World, **detail: str) -> None:
    event: dict[str, Any] = {"detail-type": "daily-export"} | ({"detail": detail} if detail else {})
    dispatch.direct(world.app, "exports", event)
    world.pump()


def _runs(world: World, pair: Pair, day: str) -> list[str]:
    connection = connected(world, pair)
    key = f"manifests/{connection.platform}/{connection.organisation}/{connection.id}/{day}.json"
    stored = world.app.exports.client.get_object(Bucket=world.app.exports.bucket, Key=key)
    return [run["id"] for run in json.loads(stored["Body"].read())["runs"]]


def test_the_clock_exports_yesterday_and_a_person_the_day_they_name(world: World) -> None:
    pair = world.connect()
    run = sync(world, pair, "first")
    day = run.queued_at.date()
    _export(world)
    assert _runs(world, pair, (day - timedelta(days=1)).isoformat()) == []
    _export(world, day=day.isoformat())
    assert _runs(world, pair, day.isoformat()) == [run.id]


@pytest.mark.parametrize("day", ["31.12.2025", "yesterday", "2025-02-30"])
def test_a_day_that_is_none_is_refused(world: World, day: str) -> None:
    with pytest.raises(ConfigError, match="2025-12-31"):
        _export(world, day=day)
