"""A connection's settings: their form, what each may be, and changing them by a merge patch (RFC 7396)."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from datetime import time
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from giftbridge.connectors import registry
from giftbridge.connectors.base import Purposes, RecordsGifts
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.thanks import SendsThanks, ThanksChoices
from giftbridge.domain import contact, merge
from giftbridge.errors import Conflict, Invalid
from giftbridge.jobs import webhooks
from giftbridge.jobs.check import OpenGate, Secrets
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts.purposes import known_purposes, refresh_purposes
from giftbridge.jobs.projects import run as projects
from giftbridge.jobs.pull import schedule as pull
from giftbridge.jobs.session import session_for_person, wire
from giftbridge.jobs.thanks import settings as thanks
from giftbridge.jobs.thanks.settings import ThanksForm
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.inbox import Work

TRIES: Final = 5
LISTS: Final = {"fund": "funds", "campaign": "campaigns", "appeal": "appeals"}
MINUTES_OF_A_WEEK: Final = 7 * 24 * 60


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
        raise ValueError("there is no such time zone") from None
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


def change(app: App, connection: Connection, patch: Mapping[str, Any]) -> Connection:
    """Apply a merge patch. Raises `Invalid` with every mistake; nothing is changed then."""
    mistakes = mistakes_in_form(patch, connection.platform, connection.crm)
    if _names_purposes(patch):
        with session_for_person(app, connection) as session:
            mistakes += mistakes_in_purposes(patch, known_purposes(session))
    if not mistakes:
        mistakes = thanks.mistakes(merged(connection.settings, patch))
    if mistakes:
        raise Invalid("These settings can't be used.", mistakes)
    return _save(app, connection, patch)


def choices(app: App, connection: Connection) -> Purposes:
    """The CRM's funds, campaigns and appeals, read now."""
    with session_for_person(app, connection) as session:
        return refresh_purposes(session)


def thanks_choices(app: App, connection: Connection) -> ThanksChoices:
    """The platform's users and notes, read now. Raises `Conflict` where it does not thank."""
    with session_for_person(app, connection) as session:
        if not isinstance(session.platform, SendsThanks):
            raise Conflict(f"{session.platform.manifest.title} does not thank donors.", code="no_thanks")
        return session.platform.thanks_choices()


def refuse_unknown_purposes(app: App, connection: Connection, secrets: Secrets) -> None:
    """Before a connection is stored. Raises `Invalid`."""
    if not _names_purposes(connection.settings):
        return
    crm = wire(app, connection, connection.crm, OpenGate(), secrets[connection.crm])
    known = crm.purposes() if isinstance(crm, RecordsGifts) else Purposes()
    mistakes = mistakes_in_purposes(connection.settings, known)
    if mistakes:
        raise Invalid("These settings can't be used.", mistakes)


def merged(standing: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`standing` with a merge patch applied: null removes, objects are merged."""
    changed = dict(standing)
    for name, value in patch.items():
        if value is None:
            changed.pop(name, None)
        elif isinstance(value, Mapping):
            inner = changed.get(name)
            changed[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            changed[name] = value
    return changed


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
    found += _out_of_reach(general, registry.manifest(platform).title, registry.manifest(platform).capabilities)
    for system in (platform, crm):
        if patch.get(system) is not None:
            found += _mistakes_of_system(f"settings.{system}", patch[system], registry.manifest(system))
    return found


def mistakes_in_purposes(patch: Mapping[str, Any], known: Purposes) -> list[tuple[str, str]]:
    """(path, why) of every fund, campaign and appeal that the CRM does not have, or no longer uses."""
    return [
        (f"settings.{path}", f"The CRM has no active {kind} with this id.")
        for path, kind, chosen in _purposes_in(patch)
        if chosen not in getattr(known, LISTS[kind])
    ]


def _out_of_reach(patch: Mapping[str, Any], title: str, capabilities: Set[str]) -> Iterator[tuple[str, str]]:
    """What the platform can't do at all."""
    if patch.get("contacts") and "reads_contacts" not in capabilities:
        yield "settings.contacts", f"{title} has no contacts to sync."
    if patch.get("thanks") and "sends_thanks" not in capabilities:
        yield "settings.thanks", f"{title} does not thank donors."


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


def _names_purposes(patch: Mapping[str, Any]) -> bool:
    return any(True for _ in _purposes_in(patch))


def _purposes_in(patch: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
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


def _save(app: App, connection: Connection, patch: Mapping[str, Any]) -> Connection:
    for _ in range(TRIES):
        settings = thanks.stamped(connection.settings, merged(connection.settings, patch), app.now())
        changed = replace(connection, settings=settings)
        try:
            saved = app.connections.save(changed)
        except ConditionFailed:
            connection = app.connections.get(connection.owner, connection.id)
            continue
        _reschedule(app, connection, saved)
        webhooks.follow_settings(app, saved)
        return pull.switched(app, connection, saved)
    raise Conflict("The connection is being changed all the time. Try again.", code="overtaken")


def _reschedule(app: App, before: Connection, after: Connection) -> None:
    """A new interval counts from now; a schedule that sleeps goes on sleeping."""
    was, is_now = (recipe(one.platform, one.crm, one.settings) for one in (before, after))
    now = app.now()
    switched_on = is_now.projects and not was.projects
    schedules = (
        (schedule_of(app, after), was.next_run(now), is_now.next_run(now)),
        (watch_of(app, after), was.next_handover(now), is_now.next_handover(now)),
        (projects.work_of(app, after), was.next_handover(now), now if switched_on else is_now.next_handover(now)),
    )
    for work, then, due in schedules:
        if work and work.next_due and then != due:
            app.inbox.postpone(work, due, error=work.error)


def schedule_of(app: App, connection: Connection) -> Work | None:
    """The work that stands for a connection's schedule."""
    return app.inbox.get(
        Work(connection.account, "contacts", "cadence", connection.id, connection.owner, connection.id, "edits", None)
    )


def watch_of(app: App, connection: Connection) -> Work | None:
    """The work that looks for new gifts."""
    return app.inbox.get(
        Work(connection.account, "gifts", "watch", connection.id, connection.owner, connection.id, "gifts", None)
    )
