"""Settings: a merge patch, checked whole."""

from typing import Any

import pytest

from giftbridge.jobs import configure
from giftbridge.stores.connections import Connection
from tests.management.conftest import Place


def patched(place: Place, connection: str, patch: Any) -> Any:
    reply = place.api.call("PATCH", f"/connections/{connection}", patch)
    assert reply.status == 200, reply.text
    return reply.json["settings"]


def mistakes(place: Place, connection: str, patch: Any) -> set[str]:
    reply = place.api.call("PATCH", f"/connections/{connection}", patch)
    assert reply.status == 422, reply.text
    return {each["path"].removeprefix("settings.") for each in reply.json["errors"]}


def test_F05_settings_are_merged_and_taken_back(place: Place) -> None:
    connection = place.connect()
    fund = str(place.crm.fund())
    seen = patched(
        place,
        connection,
        {
            "cadence_minutes": 15,
            "directions": {"phone": "to_crm", "email": "off"},
            "conflict": {"phone": "crm"},
            "default_purpose": {"fund": fund},
            "funds": {"GEN": fund},
            "bloomerang": {"child_changes": "bump", "methods": {"paypal": "Cash"}},
        },
    )
    assert seen["directions"] == {"phone": "to_crm", "email": "off"}
    seen = patched(place, connection, {"directions": {"email": None}, "conflict": None, "cadence_minutes": None})
    assert (seen["directions"], seen["conflict"], seen["cadence_minutes"]) == ({"phone": "to_crm"}, {}, 60)
    assert seen["bloomerang"]["methods"] == {"paypal": "Cash"}


def test_F05_every_mistake_is_told_with_its_path_and_nothing_is_changed(place: Place) -> None:
    connection = place.connect()
    before = place.view(connection)
    wrong = {
        "cadence_minutes": 4,
        "time_zone": "Mars/Olympus",
        "currency": "dollar",
        "directions": {"shoe_size": "both", "email": "sideways"},
        "conflict": {"email": "loudest"},
        "default_purpose": {"fund": "999999", "colour": "blue"},
        "event_purposes": {"501": {"campaign": "999998"}},
        "funds": {"GEN": "999997"},
        "bloomerang": {
            "child_changes": 5,
            "nonsense": 1,
            "methods": {"shells": "Cash", "card": 7},
            "gift_field_id": -1,
        },
        "handbid": "fast",
        "unheard": True,
        "backfill": "yes",
    }
    assert mistakes(place, connection, wrong) == {
        "cadence_minutes",
        "time_zone",
        "currency",
        "directions.shoe_size",
        "directions.email",
        "conflict.email",
        "default_purpose.fund",
        "default_purpose.colour",
        "event_purposes.501.campaign",
        "funds.GEN",
        "bloomerang.child_changes",
        "bloomerang.nonsense",
        "bloomerang.methods.shells",
        "bloomerang.methods.card",
        "bloomerang.gift_field_id",
        "handbid",
        "unheard",
        "backfill",
    }
    assert place.view(connection) == before


@pytest.mark.parametrize("minutes", [5, 7 * 24 * 60])
def test_the_ends_of_the_cadence_are_taken(place: Place, minutes: int) -> None:
    connection = place.connect()
    assert patched(place, connection, {"cadence_minutes": minutes})["cadence_minutes"] == minutes
    for beyond in (4, 7 * 24 * 60 + 1, 30.5, "30", True):
        assert mistakes(place, connection, {"cadence_minutes": beyond}) == {"cadence_minutes"}


def test_a_new_cadence_counts_at_once(place: Place) -> None:
    connection = place.synced()
    far = place.view(connection)["next_sync_at"]
    patched(place, connection, {"cadence_minutes": 5})
    assert place.view(connection)["next_sync_at"] <= far
    patched(place, connection, {"cadence_minutes": 7 * 24 * 60})
    assert place.view(connection)["next_sync_at"] > far


def test_two_who_change_settings_at_once_both_succeed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = place.connect()
    app, original = place.world.app, type(place.world.app.connections).save
    meddled: list[bool] = []

    def save(self: Any, changed: Connection) -> Connection:
        if not meddled:
            meddled.append(True)
            standing = app.connections.get(changed.owner, changed.id)
            configure.change(app, standing, {"skew_seconds": 60})
        return original(self, changed)

    monkeypatch.setattr(type(app.connections), "save", save)
    seen = patched(place, connection, {"tie": "platform"})
    assert (seen["skew_seconds"], seen["tie"]) == (60, "platform")


def test_choices_are_read_from_the_crm(place: Place) -> None:
    connection = place.connect()
    found = place.api.get(f"/connections/{connection}/choices")
    assert found["funds"][str(place.crm.fund())] == "Unrestricted"
    place.crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})
    assert "New roof" in place.api.get(f"/connections/{connection}/choices")["funds"].values()


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"bloomerang": {"frequencies": {"monthly": "Every month"}}}, "settings.bloomerang.frequencies.monthly"),
        ({"bloomerang": {"frequencies": {"hourly": "Monthly"}}}, "settings.bloomerang.frequencies.hourly"),
        ({"bloomerang": {"types": {"grant": "campaign:Spring"}}}, "settings.bloomerang.types.grant"),
        ({"bloomerang": {"methods": {"paypal": "PayPal"}}}, "settings.bloomerang.methods.paypal"),
        ({"bloomerang": {"methods": {"card": 7}}}, "settings.bloomerang.methods.card"),
        ({"pull": "yes"}, "settings.pull"),
    ],
)
def test_F36_tables_are_checked_when_they_are_set(place: Place, settings: dict[str, Any], path: str) -> None:
    assert mistakes(place, place.connect(), settings) == {path.removeprefix("settings.")}
