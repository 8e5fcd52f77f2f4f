"""Three-way merge per field: what each side changed since both last agreed, and who wins where both did."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta
from typing import Literal

from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Changes, Contact, Field, Side
from giftbridge.domain.fingerprint import Prints

Direction = Literal["both", "to_crm", "to_platform", "off"]
Rule = Literal["newest", "platform", "crm"]


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """A recipe's say: where a field may flow, and who wins when both sides changed it."""

    directions: Mapping[Field, Direction] = dataclass_field(default_factory=dict)
    conflict: Mapping[Field, Rule] = dataclass_field(default_factory=dict)
    tie: Side = Side.CRM
    skew: timedelta = timedelta(minutes=5)
    closed: frozenset[Side] = frozenset()
    """Sides whose system takes no changes."""

    def allows(self, field: Field, to: Side) -> bool:
        """Whether `field` may be written to side `to`."""
        return to not in self.closed and self._points(field, to)

    def one_way(self, field: Field) -> Side | None:
        """The side that alone may tell the other of `field`, by the settings; None where both or neither may."""
        sources = [side for side in Side if self._points(field, side.other)]
        return sources[0] if len(sources) == 1 else None

    def _points(self, field: Field, to: Side) -> bool:
        return self.directions.get(field, "both") in ("both", f"to_{to}")


@dataclass(frozen=True, slots=True)
class Version:
    """One side's contact now: its values, fingerprints, and the stamp of its last change by anybody but us."""

    contact: Contact
    prints: Prints
    stamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What each side had when both last agreed; None where they never met."""

    platform: Prints
    crm: Prints


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides changed one field: who won, why, and the value that lost (personal data)."""

    field: Field
    winner: Side
    why: str
    lost: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What must be written where so that both agree."""

    to_crm: Changes
    to_platform: Changes
    conflicts: tuple[FieldConflict, ...] = ()
    withheld: tuple[Field, ...] = ()
    """Fields that changed but may not flow, by the recipe."""

    def changes(self, to: Side) -> Changes:
        """The changes to write to side `to`."""
        return self.to_crm if to is Side.CRM else self.to_platform


def merge(platform: Version, crm: Version, base: Base | None, policy: MergePolicy) -> Merged:
    """Merge field by field. A blank never erases: it is absence of information, not an edit."""
    merged = Merged({}, {})
    conflicts: list[FieldConflict] = []
    withheld: list[Field] = []
    for field in FIELDS:
        source = _source(field, platform, crm, base, policy, conflicts)
        if source is None:
            continue
        winner = platform if source is Side.PLATFORM else crm
        if policy.allows(field, source.other):
            merged.changes(source.other)[field] = winner.contact.value(field)
        else:
            withheld.append(field)
    return Merged(merged.to_crm, merged.to_platform, tuple(conflicts), tuple(withheld))


def _source(
    field: Field,
    platform: Version,
    crm: Version,
    base: Base | None,
    policy: MergePolicy,
    conflicts: list[FieldConflict],
) -> Side | None:
    """The side whose value must be written to the other, or None where nothing is to be done."""
    ours, theirs = platform.prints[field], crm.prints[field]
    if ours == theirs:
        return None
    if field in CONSENT_FIELDS:
        return Side.PLATFORM if ours else Side.CRM
    changed = _changed(ours, theirs, base, field)
    if len(changed) != 2:
        return next(iter(changed), None)
    if (only := policy.one_way(field)) is not None:  # the other's edit goes nowhere, so it beats nobody
        return only
    winner, why = _winner(field, platform, crm, policy)
    loser = crm if winner is Side.PLATFORM else platform
    conflicts.append(FieldConflict(field, winner, why, str(loser.contact.value(field))))
    return winner


def _changed(ours: str, theirs: str, base: Base | None, field: Field) -> set[Side]:
    """The sides that have something new to say about `field`."""
    changed = set()
    if ours and (base is None or ours != base.platform.get(field, "")):
        changed.add(Side.PLATFORM)
    if theirs and (base is None or theirs != base.crm.get(field, "")):
        changed.add(Side.CRM)
    return changed


def _winner(field: Field, platform: Version, crm: Version, policy: MergePolicy) -> tuple[Side, str]:
    rule = policy.conflict.get(field, "newest")
    if rule != "newest":
        return Side(rule), "the settings name this side for the field"
    if platform.stamp is None or crm.stamp is None:
        return policy.tie, "the time of one edit is unknown, so the side named in the settings"
    if abs(platform.stamp - crm.stamp) <= policy.skew:
        return policy.tie, "both edits are too close to tell, so the side named in the settings"
    if platform.stamp > crm.stamp:
        return Side.PLATFORM, "its edit is newer"
    return Side.CRM, "its edit is newer"
