"""What a pair of systems does, as data: defaults for all, one pair's own, and a connection's settings on top."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from giftbridge.domain.cadence import next_daily, next_interval
from giftbridge.domain.contact import Side
from giftbridge.domain.merge import MergePolicy
from giftbridge.domain.routing import Purpose, Routing

ID: Final = "{id}"
"""Where a reference names the platform's contact."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one connection behaves."""

    policy: MergePolicy
    routing: Routing
    cadence: timedelta
    sweep: timedelta
    """How often both sides are compared as a whole; zero: never."""
    unconfirmed: timedelta
    backfill: bool
    contacts: bool
    gifts: bool
    pull: bool
    time_zone: str
    currency: str
    region: str
    ignored_origins: frozenset[str]
    """Who may edit on the platform without its being sent."""
    reference: str
    """Our mark on a contact in the CRM, with places for `platform`, `organisation` and `id`."""
    creates: frozenset[Side]
    """Where contacts that are missing may be created."""
    activity: bool
    """Whether the platform shows on a contact what was changed from the CRM."""
    handover_daily: bool
    """Whether what happened on the platform goes over once a day instead of with every run."""
    handover_at: time
    """When it does, by the organisation's clocks."""
    projects: bool
    import_by_hand: bool
    """Whether gifts go into files that the CRM's staff imports, and nothing is written to the CRM by its API."""

    def next_run(self, now: datetime) -> datetime:
        """When the schedule is due after `now`."""
        due = next_interval(now, self.cadence)
        return min(due, self.next_handover(now))

    def next_handover(self, now: datetime) -> datetime:
        """When what happened on the platform goes over after `now`."""
        if self.handover_daily:
            return next_daily(now, self.handover_at, self.time_zone)
        return next_interval(now, self.cadence)

    def named(self, platform: str, organisation: str, contact_id: str) -> str:
        """The reference of a platform's contact."""
        return self.reference.format(platform=platform, organisation=organisation, id=contact_id)

    def contact_in(self, reference: str, platform: str, organisation: str) -> str:
        """The platform's contact that a reference names; empty where it names none of this organisation."""
        before, _, after = self.named(platform, organisation, ID).partition(ID)
        if not (reference.startswith(before) and reference.endswith(after)):
            return ""
        return reference[len(before) : len(reference) - len(after)]


@cache
def defaults(platform: str, crm: str) -> Mapping[str, Any]:
    """`default.toml`, overlaid by the platform's file and the pair's own where there are any."""
    merged: dict[str, Any] = {}
    for name in ("default", platform, f"{platform}-{crm}"):
        source = files("giftbridge.recipes").joinpath(f"{name}.toml")
        if source.is_file():
            merged |= tomllib.loads(source.read_text(encoding="utf-8"))
    return merged


def system_settings(platform: str, crm: str, settings: Mapping[str, Any], system: str) -> Mapping[str, Any]:
    """What the pair's file says of one of its systems, with a connection's own settings on top."""
    chosen: dict[str, Any] = {**defaults(platform, crm)["systems"].get(system, {})}
    return chosen | {name: value for name, value in settings.get(system, {}).items() if value is not None}


def _overlaid(standard: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings on top; of a table, such as the fields' directions, whatever is not set stays as it is."""
    chosen = dict(standard)
    for name, value in settings.items():
        if isinstance(value, Mapping) and isinstance(chosen.get(name), Mapping):
            chosen[name] = {**chosen[name], **value}
        elif value is not None:
            chosen[name] = value
    return chosen


def in_force(platform: str, crm: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a connection as people know them: its own, the pair's, the general ones."""
    chosen = _overlaid(defaults(platform, crm), settings)
    named = {*chosen.pop("systems"), *(one for one in (platform, crm) if one in settings)}
    return chosen | {one: dict(system_settings(platform, crm, settings, one)) for one in named}


def recipe(platform: str, crm: str, settings: Mapping[str, Any]) -> Recipe:
    """The recipe of a pair with a connection's settings on top."""
    chosen = _overlaid(defaults(platform, crm), settings)
    return Recipe(
        policy=MergePolicy(
            directions=chosen["directions"],
            conflict=chosen["conflict"],
            tie=Side(chosen["tie"]),
            skew=timedelta(seconds=chosen["skew_seconds"]),
        ),
        routing=Routing(
            default=Purpose(**chosen["default_purpose"]),
            by_event={event: Purpose(**purpose) for event, purpose in chosen["event_purposes"].items()},
            funds=chosen["funds"],
        ),
        cadence=timedelta(minutes=chosen["cadence_minutes"]),
        sweep=timedelta(days=chosen["sweep_days"]),
        unconfirmed=timedelta(hours=chosen["unconfirmed_hours"]),
        backfill=chosen["backfill"],
        contacts=chosen["contacts"],
        gifts=chosen["gifts"],
        pull=chosen["pull"],
        time_zone=chosen["time_zone"],
        currency=chosen["currency"],
        region=chosen["region"],
        ignored_origins=frozenset(chosen["ignored_origins"]),
        reference=chosen["reference"],
        creates=frozenset(map(Side, chosen["creates"])),
        activity=chosen["activity"],
        handover_daily=chosen["handover_daily"],
        handover_at=time.fromisoformat(chosen["handover_at"]),
        projects=chosen["projects"] and not chosen["import_by_hand"],
        import_by_hand=chosen["import_by_hand"],
    )
