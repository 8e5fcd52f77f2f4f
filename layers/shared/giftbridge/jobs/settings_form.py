"""The form of a connection's settings, and what is wrong with a merge patch: its names, types, ranges and ids."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from itertools import islice
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from giftbridge.connectors import registry
from giftbridge.connectors.base import Purposes
from giftbridge.connectors.manifest import Manifest, names
from giftbridge.domain import contact, merge
from giftbridge.jobs.thanks.settings import ThanksForm

LISTS: Final = {"fund": "funds", "campaign": "campaigns", "appeal": "appeals"}
MINUTES_OF_A_WEEK: Final = 7 * 24 * 60
SHOWN: Final = 10


def _clock(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValueError("write a time of day such as 22:00") from None
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone: write a name of the IANA list such as America/Denver") from None
    return name


class PurposeForm(BaseModel):
    """Ids of the CRM; empty for none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    fund: str | None = ""
    campaign: str | None = ""
    appeal: str | None = ""


class SettingsForm(BaseModel):
    """Settings of a connection; null takes a choice back. Beside these, one object per system with its own settings."""

    model_config = ConfigDict(extra="allow", strict=True)

    backfill: bool | None = None
    contacts: bool | None = None
    gifts: bool | None = None
    pull: bool | None = None
    import_by_hand: bool | None = None
    cadence_minutes: Annotated[int, Field(ge=5, le=MINUTES_OF_A_WEEK)] | None = None
    sweep_days: Annotated[int, Field(ge=0, le=365)] | None = None
    unconfirmed_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    tie: Literal["platform", "crm"] | None = None
    skew_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] | None = None
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    directions: dict[contact.Field, merge.Direction | None] | None = None
    conflict: dict[contact.Field, merge.Rule | None] | None = None
    default_purpose: PurposeForm | None = None
    event_purposes: dict[str, PurposeForm | None] | None = None
    funds: dict[str, str | None] | None = None
    ignored_origins: list[Literal["admin", "donor", "api"]] | None = None
    creates: list[Literal["platform", "crm"]] | None = None
    activity: bool | None = None
    handover_daily: bool | None = None
    handover_at: Annotated[str, Field(pattern=r"^\d\d:\d\d$"), AfterValidator(_clock)] | None = None
    projects: bool | None = None
    thanks: ThanksForm | None = None


def wrong(name: str, value: Any) -> bool:
    """Whether a single setting would be refused."""
    return bool(_mistakes_in_model({name: value}))


def mistakes_in_form(patch: Mapping[str, Any], platform: str, crm: str) -> list[tuple[str, str]]:
    """(path, why) of whatever has the wrong name, type or range."""
    general = {name: value for name, value in patch.items() if name not in (platform, crm)}
    found = _mistakes_in_model(general)
    found += [
        (f"settings.{name}", "There is no such setting.") for name in general if name not in SettingsForm.model_fields
    ]
    found += _out_of_reach(general, registry.manifest(platform), registry.manifest(crm))
    for system in (platform, crm):
        if patch.get(system) is not None:
            found += _mistakes_of_system(f"settings.{system}", patch[system], registry.manifest(system))
    return found


def names_purposes(patch: Mapping[str, Any]) -> bool:
    """Whether there is any fund, campaign or appeal in it."""
    return any(True for _ in purposes_in(patch))


def mistakes_in_purposes(patch: Mapping[str, Any], known: Purposes) -> list[tuple[str, str]]:
    """(path, why) of every fund, campaign and appeal that the CRM does not have, or no longer uses."""
    return [
        (f"settings.{path}", f"The CRM has no active {kind} with this id. {choices_of(getattr(known, LISTS[kind]))}")
        for path, kind, chosen in purposes_in(patch)
        if chosen not in getattr(known, LISTS[kind])
    ]


def choices_of(names: Mapping[str, str]) -> str:
    """The first ones to choose from, in words."""
    if not names:
        return "There is none to choose from."
    shown = ", ".join(f"{one} ({name})" for one, name in islice(names.items(), SHOWN))
    return f"Choose from: {shown}." if len(names) <= SHOWN else f"Choose from: {shown}, and more in `choices`."


def _out_of_reach(patch: Mapping[str, Any], platform: Manifest, crm: Manifest) -> Iterator[tuple[str, str]]:
    """What the platform or the CRM can't do at all."""
    able, title = platform.capabilities | crm.capabilities, platform.title
    lacks = (
        ("contacts", "reads_contacts" not in platform.capabilities, f"{title} has no contacts to sync."),
        ("thanks", "sends_thanks" not in able, f"{title} does not thank donors."),
        ("thanks", not {"tells_giving", "logs_interactions"} & able, f"{crm.title} tells of no gifts to thank for."),
        ("import_by_hand", "reads_gifts" not in able, f"{title} has no gifts to import."),
        ("import_by_hand", "takes_imports" not in able, f"{crm.title} has no import that is known here."),
        ("event_purposes", "holds_events" not in able, f"{title} has no events: gifts go one by one."),
        ("pull", "takes_gift_files" not in able, f"{title} takes no gifts of the CRM."),
        ("pull", "tells_gifts" not in able, f"{crm.title} tells no gifts to the platform."),
        ("projects", not {"lists_projects", "keeps_projects"} <= able, f"{title} and {crm.title} share no projects."),
    )
    for name, lacking, why in lacks:
        if patch.get(name) and lacking:
            yield f"settings.{name}", why


def _mistakes_in_model(patch: Mapping[str, Any]) -> list[tuple[str, str]]:
    try:
        SettingsForm.model_validate(dict(patch))
    except ValidationError as refused:
        return [(".".join(["settings", *_path(error["loc"])]), error["msg"]) for error in refused.errors()]
    return []


def _path(location: tuple[int | str, ...]) -> list[str]:
    """Without what pydantic puts in for a key that is wrong itself."""
    return [str(part) for part in location if part != "[key]"]


def _mistakes_of_system(path: str, given: Any, stated: Manifest) -> Iterator[tuple[str, str]]:
    """A system's own settings: names that its manifest knows, of the same type, of the values that it allows."""
    if not isinstance(given, Mapping):
        yield path, "This must be an object."
        return
    for name, value in given.items():
        standard = stated.settings.get(name)
        if standard is None:
            yield f"{path}.{name}", "There is no such setting."
        elif isinstance(standard, Mapping) and value is not None:
            yield from _mistakes_of_table(f"{path}.{name}", value, standard, stated.checks.get(name, ""), stated, name)
        elif value is not None:
            yield from _mistakes_of_value(f"{path}.{name}", value, standard, stated.checks.get(name, ""))


def _mistakes_of_table(
    path: str, given: Any, standard: Mapping[str, Any], check: str, stated: Manifest, name: str
) -> Iterator[tuple[str, str]]:
    """A table: of names that the manifest knows, unless the customer gives them."""
    if not isinstance(given, Mapping):
        yield path, "This must be an object."
        return
    for entry, value in given.items():
        if entry not in standard and name not in stated.words:
            yield f"{path}.{entry}", "There is no such setting."
        elif value is not None:
            yield from _mistakes_of_value(f"{path}.{entry}", value, standard.get(entry, ""), check)


def _mistakes_of_value(path: str, value: Any, standard: Any, check: str) -> Iterator[tuple[str, str]]:
    if type(value) is not type(standard):
        yield path, f"This must be of type {type(standard).__name__}."
    elif type(value) is int and value < 0:
        yield path, "This must not be negative."
    elif check and not re.fullmatch(check, str(value)):
        yield path, f"This is none of: {check.strip('|').replace('|', ', ')}."


def purposes_in(patch: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(path, kind, id) of every id of the CRM in a patch; what is of a wrong type is told elsewhere."""
    events = patch.get("event_purposes")
    purposes: dict[str, Any] = {"default_purpose": patch.get("default_purpose")}
    if isinstance(events, Mapping):
        purposes |= {f"event_purposes.{event}": purpose for event, purpose in events.items()}
    for path, purpose in purposes.items():
        for kind in LISTS if isinstance(purpose, Mapping) else ():
            if isinstance(purpose.get(kind), str) and purpose[kind]:
                yield f"{path}.{kind}", kind, purpose[kind]
    funds = patch.get("funds")
    for code, fund in funds.items() if isinstance(funds, Mapping) else ():
        if isinstance(fund, str):
            yield f"funds.{code}", "fund", fund
    yield from _in_tables(patch)


def _in_tables(patch: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Ids in tables of a CRM, such as that of the kinds of gifts: written as `campaign:15`."""
    for system, settings in patch.items():
        crm = system in names() and registry.manifest(system).role == "crm"
        for table, values in settings.items() if crm and isinstance(settings, Mapping) else ():
            for name, value in values.items() if isinstance(values, Mapping) else ():
                kind, _, chosen = value.partition(":") if isinstance(value, str) else ("", "", "")
                if kind in LISTS and chosen:
                    yield f"{system}.{table}.{name}", kind, chosen
