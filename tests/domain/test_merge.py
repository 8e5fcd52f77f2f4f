"""Three-way merge: what it may never do, whatever both sides hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Contact, Field, Side
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.domain.merge import Base, Merged, MergePolicy, Version, merge
from tests.domain.strategies import PEOPLE

Situation = tuple[Version, Version, Base | None]

PRINTS = Fingerprinter(b"k" * 32)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLANK = Contact()
STAMPS = st.one_of(st.none(), st.integers(-900, 900).map(lambda seconds: NOON + timedelta(seconds=seconds)))
POLICIES = st.builds(
    MergePolicy,
    directions=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["both", "to_crm", "to_platform", "off"])),
    conflict=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["newest", "platform", "crm"])),
    tie=st.sampled_from(Side),
)


@st.composite
def edited(draw: st.DrawFn, contact: Contact) -> Contact:
    """A contact after some edits, blanks among them."""
    other = draw(st.one_of(PEOPLE, st.just(BLANK)))
    fields = draw(st.sets(st.sampled_from(FIELDS)))
    return contact.changed({field: other.value(field) for field in fields})


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Both sides, edited since they last agreed; the CRM may have reformatted what it was given."""
    agreed = draw(PEOPLE)
    reformatted = agreed.changed({"last_name": agreed.last_name[:5]}) if draw(st.booleans()) else agreed
    base = Base(PRINTS.fields(agreed), PRINTS.fields(reformatted)) if draw(st.booleans()) else None
    return version(draw(edited(agreed)), draw(STAMPS)), version(draw(edited(reformatted)), draw(STAMPS)), base


def version(contact: Contact, stamp: datetime | None = None) -> Version:
    return Version(contact, PRINTS.fields(contact), stamp)


def written(platform: Version, crm: Version, merged: Merged) -> tuple[Contact, Contact]:
    """Both sides after the writes."""
    return platform.contact.changed(merged.to_platform), crm.contact.changed(merged.to_crm)


@given(situations(), POLICIES)
def test_F20_consent_only_ever_gets_stricter(situation: Situation, policy: MergePolicy) -> None:
    platform, crm, base = situation
    for before, after in zip((platform, crm), written(platform, crm, merge(platform, crm, base, policy)), strict=True):
        for field in CONSENT_FIELDS:
            assert bool(after.value(field)) >= bool(before.contact.value(field))


@given(situations())
def test_F20_a_no_on_either_side_is_a_no_on_both(situation: Situation) -> None:
    platform, crm, base = situation
    ours, theirs = written(platform, crm, merge(platform, crm, base, MergePolicy()))
    for field in CONSENT_FIELDS:
        either = platform.contact.value(field) or crm.contact.value(field)
        assert ours.value(field) == theirs.value(field) == either


@given(situations(), POLICIES)
def test_a_blank_never_erases(situation: Situation, policy: MergePolicy) -> None:
    platform, crm, base = situation
    merged = merge(platform, crm, base, policy)
    assert all([*merged.to_crm.values(), *merged.to_platform.values()])


@given(situations(), POLICIES)
def test_nothing_flows_where_the_recipe_forbids_it(situation: Situation, policy: MergePolicy) -> None:
    platform, crm, base = situation
    merged = merge(platform, crm, base, policy)
    for field in FIELDS:
        direction = policy.directions.get(field, "both")
        assert field not in merged.to_crm or direction in ("both", "to_crm")
        assert field not in merged.to_platform or direction in ("both", "to_platform")
    assert not set(merged.withheld) & (merged.to_crm.keys() | merged.to_platform.keys())


@given(situations(), POLICIES, st.sampled_from(list(Side)))
def test_nothing_flows_to_a_system_that_takes_no_changes(
    situation: Situation, policy: MergePolicy, closed: Side
) -> None:
    platform, crm, base = situation
    open_ones = merge(platform, crm, base, policy)
    merged = merge(platform, crm, base, replace(policy, closed=frozenset({closed})))
    assert merged.changes(closed) == {}
    assert merged.changes(closed.other) == open_ones.changes(closed.other)
    assert set(merged.withheld) == {*open_ones.withheld, *open_ones.changes(closed)}


@given(situations(), POLICIES)
def test_F19_merging_again_changes_nothing(situation: Situation, policy: MergePolicy) -> None:
    platform, crm, base = situation
    ours, theirs = (version(contact) for contact in written(platform, crm, merge(platform, crm, base, policy)))
    again = merge(ours, theirs, Base(ours.prints, theirs.prints), policy)
    assert (again.to_crm, again.to_platform, again.conflicts) == ({}, {}, ())


@given(situations())
def test_a_merge_repeated_after_a_crash_writes_nothing_new(situation: Situation) -> None:
    platform, crm, base = situation
    ours, theirs = written(platform, crm, merge(platform, crm, base, MergePolicy()))
    again = merge(version(ours, platform.stamp), version(theirs, crm.stamp), base, MergePolicy())
    assert (again.to_crm, again.to_platform) == ({}, {})


@given(situations())
def test_no_field_goes_both_ways(situation: Situation) -> None:
    merged = merge(*situation, MergePolicy())
    assert not merged.to_crm.keys() & merged.to_platform.keys()


@given(PEOPLE, PEOPLE, st.sampled_from(sorted(set(FIELDS) - CONSENT_FIELDS)))
def test_one_sides_edit_of_a_field_goes_to_the_other(agreed: Contact, other: Contact, field: Field) -> None:
    base = Base(PRINTS.fields(agreed), PRINTS.fields(agreed))
    ours = version(agreed.changed({field: other.value(field)}))
    moved = bool(ours.prints[field]) and ours.prints[field] != base.crm[field]
    merged = merge(ours, version(agreed), base, MergePolicy())
    assert merged.to_crm == ({field: other.value(field)} if moved else {})
    assert merged.to_platform == {}
    back = merge(version(agreed), ours, base, MergePolicy())
    assert back.to_platform == merged.to_crm


def test_F19_what_the_crm_reformatted_is_no_edit() -> None:
    sent, kept = Contact(last_name="Lane-Worthington"), Contact(last_name="Lane-Worth")
    base = Base(PRINTS.fields(sent), PRINTS.fields(kept))
    merged = merge(version(sent), version(kept), base, MergePolicy())
    assert (merged.to_crm, merged.to_platform) == ({}, {})


ADA, EVE = Contact(first_name="Ada", phone="202-555-0100"), Contact(first_name="Eve", phone="202-555-0199")
SINCE = Base(PRINTS.fields(Contact(first_name="Amy")), PRINTS.fields(Contact(first_name="Amy")))
MINUTES = [-60, -6, -5, 0, 5, 6, 60]


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("tie", Side)
def test_F20_the_newer_edit_wins_and_near_ones_follow_the_recipe(minutes: int, tie: Side) -> None:
    crm = version(EVE, NOON)
    platform = version(ADA, NOON + timedelta(minutes=minutes))
    merged = merge(platform, crm, SINCE, MergePolicy(tie=tie))
    expected = tie if abs(minutes) <= 5 else Side.PLATFORM if minutes > 0 else Side.CRM
    assert {conflict.winner for conflict in merged.conflicts} == {expected}
    loser = ADA if expected is Side.CRM else EVE
    assert {conflict.field: conflict.lost for conflict in merged.conflicts} == {
        "first_name": loser.first_name, "phone": loser.phone,
    }  # fmt: skip
    assert all(conflict.why for conflict in merged.conflicts)


@pytest.mark.parametrize("stamps", [(None, NOON), (NOON, None), (None, None)])
@pytest.mark.parametrize("tie", Side)
def test_F20_unknown_times_follow_the_recipe(stamps: tuple[Any, Any], tie: Side) -> None:
    merged = merge(version(ADA, stamps[0]), version(EVE, stamps[1]), SINCE, MergePolicy(tie=tie))
    assert {conflict.winner for conflict in merged.conflicts} == {tie}


@pytest.mark.parametrize("named", ["platform", "crm"])
def test_F20_a_side_named_for_a_field_beats_time(named: Any) -> None:
    policy = MergePolicy(conflict={"first_name": named})
    later = {"platform": (NOON, NOON + timedelta(days=1)), "crm": (NOON + timedelta(days=1), NOON)}[named]
    merged = merge(version(ADA, later[0]), version(EVE, later[1]), SINCE, policy)
    assert {conflict.winner for conflict in merged.conflicts if conflict.field == "first_name"} == {Side(named)}


@pytest.mark.parametrize("only", Side)
@pytest.mark.parametrize("met", [True, False])
def test_F15_an_edit_that_may_not_go_over_beats_nobody(only: Side, met: bool) -> None:
    agreed = Contact(first_name="Ann", email="ann@example.org")
    sides = {side: agreed.changed({"email": f"{side}@example.org"}) for side in Side}
    base = Base(PRINTS.fields(agreed), PRINTS.fields(agreed)) if met else None
    policy = MergePolicy(directions={"email": f"to_{only.other}"}, tie=only.other)  # type: ignore[dict-item]
    merged = merge(version(sides[Side.PLATFORM]), version(sides[Side.CRM]), base, policy)
    assert merged.changes(only.other) == {"email": f"{only}@example.org"}
    assert (merged.changes(only), merged.conflicts, merged.withheld) == ({}, (), ())


def test_different_fields_of_both_sides_merge_without_a_conflict() -> None:
    agreed = Contact(first_name="Ada", last_name="Lane", email="ada@example.org")
    base = Base(PRINTS.fields(agreed), PRINTS.fields(agreed))
    ours, theirs = replace(agreed, email="new@example.org"), replace(agreed, last_name="Long")
    merged = merge(version(ours), version(theirs), base, MergePolicy())
    assert merged.to_crm == {"email": "new@example.org"}
    assert merged.to_platform == {"last_name": "Long"}
    assert merged.conflicts == ()


def test_those_who_never_met_fill_each_others_gaps() -> None:
    ours, theirs = Contact(first_name="Ada", email="ada@example.org"), Contact(first_name="Ada", phone="202-555-0100")
    merged = merge(version(ours), version(theirs), None, MergePolicy())
    assert merged.to_crm == {"email": "ada@example.org"}
    assert merged.to_platform == {"phone": "202-555-0100"}
