"""Time zones, whatever they are called."""

import pytest

from giftbridge.domain.zones import time_zone
from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import Bench


@pytest.mark.parametrize(
    ("told", "zone"),
    [("US/Arizona", "US/Arizona"), ("Eastern Standard Time", "America/New_York"), ("Nowhere", ""), ("", "")],
)
def test_time_zones_are_told_in_one_way(told: str, zone: str) -> None:
    assert time_zone(told) == zone


def test_bloomerangs_users_zone_is_understood_by_its_windows_name() -> None:
    assert Bench("bloomerang", CASE).connector.identify().time_zone == "America/New_York"
