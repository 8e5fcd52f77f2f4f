"""The switches of thanks, what each does, and when it was switched on: what is older triggers nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from giftbridge.connectors.thanks import EngagementKind
from giftbridge.domain.milestones import Measure, Milestone

Switch = Literal["new_donation", "task_sent", "replies", "watches"]
SWITCHES: Final[tuple[Switch, ...]] = ("new_donation", "task_sent", "replies", "watches")
OF_ENGAGEMENT: Final[Mapping[EngagementKind, Switch]] = {
    "task_sent": "task_sent", "reply": "replies", "watch": "watches",
}  # fmt: skip
STAMPS: Final = "switched_on"
NAME: Final = "thanks"


class ActionForm(BaseModel):
    """A task (given to a user, or to nobody yet), a note to send, or nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: Literal["task", "note", "none"] | None = None
    note: Annotated[str, Field(max_length=200)] | None = None
    assigned_to: Annotated[str, Field(max_length=200)] | None = None


class MilestoneForm(ActionForm):
    """Thresholds are numbers of gifts or of years, or cents; `month` is where a year of giving begins."""

    measure: Measure | None = None
    thresholds: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=20)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None


class ThanksForm(BaseModel):
    """What a connection does about thanks; every switch is off until it is chosen."""

    model_config = ConfigDict(extra="forbid", strict=True)

    new_donation: bool | None = None
    task_sent: bool | None = None
    replies: bool | None = None
    watches: bool | None = None
    each_gift: ActionForm | None = None
    milestones: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")], MilestoneForm | None] | None = None
    first_name: Literal["informal", "given"] | None = None
    unsubscribe: Literal["email_opt_out", "off"] | None = None
    stop_text: Literal["do_not_call", "off"] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about one trigger."""

    action: Literal["task", "note", "none"] = "task"
    note: str = ""
    assigned_to: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Action":
        """From settings."""
        return cls(given.get("action") or "task", given.get("note") or "", given.get("assigned_to") or "")


@dataclass(frozen=True, slots=True)
class Goal:
    """A milestone with what is done about it, and since when it counts."""

    milestone: Milestone
    action: Action
    since: datetime


@dataclass(frozen=True, slots=True)
class Thanks:
    """A connection's settings of thanks, read. `since` holds the switches that are on."""

    since: Mapping[Switch, datetime]
    each_gift: Action
    goals: Mapping[str, Goal]
    informal: bool
    consent: Mapping[EngagementKind, str]
    """What a donor who says no is not to get any more: the field that is set in the CRM."""


def thanks_of(settings: Mapping[str, Any], connected: datetime) -> Thanks:
    """What stands in a connection's settings; a switch chosen when connecting counts from then on."""
    chosen: Mapping[str, Any] = settings.get(NAME) or {}
    stamps = chosen.get(STAMPS) or {}
    consent = {"unsubscribe": chosen.get("unsubscribe") or "email_opt_out"}
    consent |= {"stop_text": chosen.get("stop_text") or "do_not_call"}
    since = {switch: _stamp(stamps, switch, connected) for switch in SWITCHES if chosen.get(switch)}
    return Thanks(
        since=since,
        each_gift=Action.of(chosen.get("each_gift") or {}),
        goals=_goals(chosen.get("milestones") or {}, stamps, since.get("new_donation", connected)),
        informal=(chosen.get("first_name") or "informal") == "informal",
        consent={kind: field for kind, field in consent.items() if field != "off"},  # type: ignore[misc]
    )


def _goals(milestones: Mapping[str, Any], stamps: Mapping[str, Any], switched: datetime) -> dict[str, Goal]:
    return {
        name: Goal(
            Milestone(one["measure"], tuple(one["thresholds"]), one.get("month") or 1),
            Action.of(one),
            max(switched, _stamp(stamps, _goal(name), switched)),
        )
        for name, one in milestones.items()
    }


def stamped(before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Settings with the moments at which switches were turned on, and milestones set or changed."""
    chosen = after.get(NAME)
    if not isinstance(chosen, Mapping):
        return dict(after)
    was: Mapping[str, Any] = before.get(NAME) or {}
    former, standing = _timed(was), was.get(STAMPS) or {}
    stamps = {
        name: standing.get(name, "") if former.get(name) == measured else now.isoformat()
        for name, measured in _timed(chosen).items()
    }
    return {**after, NAME: {**chosen, STAMPS: {name: stamp for name, stamp in stamps.items() if stamp}}}


def _timed(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What has a moment from which it counts: with another value, it counts anew."""
    switches: dict[str, Any] = {switch: True for switch in SWITCHES if chosen.get(switch)}
    goals = {
        _goal(name): [one.get("measure"), one.get("thresholds"), one.get("month") or 1]
        for name, one in (chosen.get("milestones") or {}).items()
    }
    return switches | goals


def mistakes(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(path, why) of what does not make sense together, in whole settings."""
    chosen: Mapping[str, Any] = settings.get(NAME) or {}
    path = f"settings.{NAME}"
    found = _without_note(f"{path}.each_gift", chosen.get("each_gift") or {})
    for name, one in (chosen.get("milestones") or {}).items():
        found += _without_note(f"{path}.milestones.{name}", one)
        found += [
            (f"{path}.milestones.{name}.{part}", "A milestone needs this.")
            for part in ("measure", "thresholds")
            if not one.get(part)
        ]
    return found


def _without_note(path: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    wanting = given.get("action") == "note" and not given.get("note")
    return [(f"{path}.note", "Choose the note that is to be sent.")] if wanting else []


def _goal(name: str) -> str:
    return f"milestones.{name}"


def _stamp(stamps: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    """To the second: the CRM's stamps have no more."""
    told = datetime.fromisoformat(stamps[name]).astimezone(UTC) if stamps.get(name) else otherwise
    return told.replace(microsecond=0)
