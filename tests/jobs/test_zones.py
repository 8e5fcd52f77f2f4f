"""On which day a gift was given, where the platform does not tell its organisation's time zone."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from giftbridge.jobs import connect
from giftbridge.jobs.gifts import watch
from giftbridge.settings import vendor_override
from giftbridge.stores.connections import Connection
from local.sandbox.wegive import WeGiveSandbox
from local.sandbox.wegive.sandbox import WeGiveOrganisation
from tests.wegive_world import FAST
from tests.world import World

NEW_YEAR_IN_UTC = "2027-01-01T03:00:00Z"


@pytest.fixture(scope="module")
def wegive_server() -> Iterator[WeGiveSandbox]:
    """The platform."""
    with WeGiveSandbox() as server:
        yield server


@pytest.fixture
def organisation(wegive_server: WeGiveSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeGiveOrganisation]:
    """Of the platform, to which the connector is led; it has a donor."""
    monkeypatch.setenv("GIFTBRIDGE_WEGIVE_URL", f"{wegive_server.url}/api")
    vendor_override.cache_clear()
    made = wegive_server.organisation(uuid.uuid4().hex[:10])
    made.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")
    yield made
    vendor_override.cache_clear()


def connected(world: World, organisation: WeGiveOrganisation, crm: Any, **chosen: Any) -> Connection:
    """The organisation connected with a database of Bloomerang."""
    settings = {"default_purpose": {"fund": str(crm.fund())}, "wegive": FAST, "bloomerang": FAST, **chosen}
    planned = connect.draft("wegive", str(organisation.summary["id"]), "bloomerang", settings)
    keys = {"wegive": organisation.api_key, "bloomerang": crm.api_key}
    secrets = {name: {"kind": "api_key", "api_key": key} for name, key in keys.items()}
    return connect.connect(world.app, planned, secrets).connection


def test_F33_a_gift_of_new_years_eve_stays_in_its_year_by_the_crms_zone(
    world: World, organisation: WeGiveOrganisation
) -> None:
    crm = world.bloomerang.database(time_zone="America/Chicago")
    connection = connected(world, organisation, crm)
    watch.look(world.app, connection, "tester")
    world.pump()
    organisation.give(organisation.state()["donors"][0]["id"], amount=2_500, created_at=NEW_YEAR_IN_UTC)
    watch.look(world.app, world.app.connections.get(connection.owner, connection.id), "tester")
    world.pump()
    (gift,) = crm.state()["transactions"]
    assert gift["Date"] == "2026-12-31"


@pytest.mark.parametrize(
    ("told", "chosen", "zone"),
    [
        ("America/Chicago", {}, "America/Chicago"),
        ("Central Standard Time", {}, "America/Chicago"),
        ("America/Chicago", {"time_zone": "America/Denver"}, "America/Denver"),
        ("Nowhere", {}, None),
    ],
)
def test_F01_the_crms_zone_counts_where_the_platform_tells_none_and_nobody_chose(
    world: World, organisation: WeGiveOrganisation, told: str, chosen: dict[str, str], zone: str | None
) -> None:
    crm = world.bloomerang.database(time_zone=told)
    assert connected(world, organisation, crm, **chosen).settings.get("time_zone") == zone
