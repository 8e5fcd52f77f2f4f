"""A pair's behaviour is data: defaults, overlaid by the pair's own file, overlaid by a connection's settings."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.domain.contact import Side
from giftbridge.domain.routing import Purpose
from giftbridge.recipes import Recipe, in_force, recipe, system_settings

PLATFORMS = [name for name in names() if load_manifest(name).role == "platform"]
CRMS = [name for name in names() if load_manifest(name).role == "crm"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("crm", CRMS)
def test_every_pair_has_a_whole_recipe_without_any_setting(platform: str, crm: str) -> None:
    made = recipe(platform, crm, {})
    assert [part.name for part in fields(Recipe) if getattr(made, part.name) is None] == []
    assert made.cadence >= timedelta(minutes=1)
    assert made.policy.allows("email", Side.CRM)


def test_a_pair_that_nobody_wrote_a_file_for_works_by_the_defaults() -> None:
    assert recipe("some", "other", {}).policy.tie is Side.CRM


def test_settings_win() -> None:
    chosen = {
        "cadence_minutes": 15, "tie": "platform", "directions": {"phone": "off"}, "backfill": None,
        "default_purpose": {"fund": "11"}, "event_purposes": {"e_1": {"appeal": "7"}},
    }  # fmt: skip
    made = recipe("some", "other", chosen)
    assert made.cadence == timedelta(minutes=15)
    assert made.policy.tie is Side.PLATFORM
    assert not made.policy.allows("phone", Side.CRM)
    assert made.routing.by_event == {"e_1": Purpose(appeal="7")}
    assert made.backfill is True, "an unset setting is the default"


def test_a_connections_choice_for_one_field_leaves_the_pairs_choice_for_another() -> None:
    made = recipe("raisedonors", "virtuous", {"directions": {"phone": "off"}})
    assert not made.policy.allows("phone", Side.CRM)
    assert made.policy.allows("email", Side.CRM)
    assert not made.policy.allows("email", Side.PLATFORM)
    changed = recipe("raisedonors", "virtuous", {"directions": {"email": "both"}})
    assert changed.policy.allows("email", Side.PLATFORM), "who wants it may"


def test_a_pairs_file_sets_what_its_systems_shall_do_and_a_connection_may_change_it() -> None:
    chosen = system_settings("raisedonors", "virtuous", {"virtuous": {"reference_source": "Donors"}}, "virtuous")
    assert (chosen["contact_writes"], chosen["only_referenced"], chosen["reference_source"]) == (
        "import",
        True,
        "Donors",
    )
    assert system_settings("raisedonors", "bloomerang", {"bloomerang": {"calls_per_hour": 7}}, "bloomerang") == {
        "calls_per_hour": 7
    }


def test_people_see_the_settings_in_force_at_their_systems() -> None:
    seen = in_force("raisedonors", "virtuous", {"virtuous": {"calls_per_hour": 7}, "tie": "platform"})
    assert (seen["tie"], seen["virtuous"]["calls_per_hour"], seen["virtuous"]["only_referenced"]) == (
        "platform",
        7,
        True,
    )
    assert "systems" not in seen
    assert "bloomerang" not in in_force("raisedonors", "bloomerang", {})


def test_a_reference_names_a_contact_and_is_read_back() -> None:
    general = recipe("some", "other", {})
    assert general.named("some", "42", "c_1") == "some-42-c_1"
    assert general.contact_in("some-42-c_1", "some", "42") == "c_1"
    assert general.contact_in("some-43-c_1", "some", "42") == "", "another organisation's"
    assert general.contact_in("", "some", "42") == ""
    pair = recipe("raisedonors", "virtuous", {})
    assert (pair.named("raisedonors", "42", "1001"), pair.contact_in("1001", "raisedonors", "42")) == ("1001", "1001")


def test_a_day_s_handover_is_by_the_organisations_clocks() -> None:
    made = recipe("raisedonors", "virtuous", {"time_zone": "America/Denver", "handover_at": "22:30"})
    noon = datetime(2026, 7, 1, 18, tzinfo=UTC)
    assert made.next_handover(noon) == datetime(2026, 7, 2, 4, 30, tzinfo=UTC)
    assert made.next_run(noon) == noon + timedelta(hours=1), "the CRM is looked at all day"
    assert made.next_run(datetime(2026, 7, 2, 4, tzinfo=UTC)) == datetime(2026, 7, 2, 4, 30, tzinfo=UTC)
    hourly = recipe("raisedonors", "virtuous", {"handover_daily": False})
    assert hourly.next_handover(noon) == noon + timedelta(hours=1)
