"""Which settings a pair of systems has, section by section: what neither can do is not asked."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from giftbridge.connectors.manifest import Manifest, comments, load_manifest
from giftbridge.domain.contact import FIELDS
from giftbridge.jobs.abilities import abilities
from giftbridge.portal.settings_fields import Field, Fields, Form, Grid, Kind, Rows, Section
from giftbridge.portal.words import word

METHODS: Final = "methods"
NAMES: Final[Mapping[str, str]] = {
    "ach": "Bank transfer (ACH)", "wire": "Wire transfer", "paypal": "PayPal", "in_kind": "In kind",
    "first_name": "First name", "last_name": "Last name", "organisation_name": "Organisation's name",
    "email": "E-mail address", "phone": "Phone number", "email_opt_out": "No e-mail", "do_not_call": "No calls",
    "do_not_mail": "No letters",
}  # fmt: skip
PURPOSES: Final[Mapping[str, str]] = {"fund": "Fund", "campaign": "Campaign", "appeal": "Appeal"}
WHOLE: Final = "Write a whole number."
ACTIONS: Final[Mapping[str, str]] = {"task": "A task for staff", "note": "A note to the donor", "none": "Nothing"}
MEASURES: Final[Mapping[str, str]] = {
    "gifts": "Number of gifts", "lifetime": "Total given", "since_month": "Total in a year of giving",
    "years": "Years in a row",
}  # fmt: skip
MONTHS: Final = dict(
    zip(
        map(str, range(1, 13)),
        ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"),
        strict=True,
    )
)  # fmt: skip


@cache
def form_of(platform: str, crm: str) -> Form:
    """The form of a pair."""
    stated, other = load_manifest(platform), load_manifest(crm)
    able, pair = stated.capabilities | other.capabilities, abilities(platform, crm)
    sections = [
        _gifts(stated, other, able) if "reads_gifts" in able else None,
        _methods(other) if "reads_gifts" in able and METHODS in other.settings else None,
        _contacts(stated, other) if "reads_contacts" in stated.capabilities else None,
        _times(stated),
        _thanks(stated, other, able) if pair["thanks"] or pair["interactions"] else None,
        _advanced(stated, other),
    ]
    return Form(stated, other, tuple(section for section in sections if section))


def _gifts(platform: Manifest, crm: Manifest, able: frozenset[str]) -> Section:
    switches = [
        Field(("gifts",), "Gifts go over", "switch"),
        Field(("handover_daily",), "Once a day instead of with every run", "switch",
              help=f"What happened on {platform.title} goes over at the time below."),
        Field(("handover_at",), "Time of day", "time", help="By your organisation's clocks.",
              hint="Write a time of day such as 22:00."),
    ]  # fmt: skip
    if "takes_imports" in able:
        switches.append(
            Field(("import_by_hand",), "Staff imports the gifts", "switch",
                  help=f"They are put into a file a day, and nothing is written to {crm.title} by us.")
        )  # fmt: skip
    if {"takes_gift_files", "tells_gifts"} <= able:
        switches.append(Field(("pull",), f"Gifts of {crm.title} go into files for {platform.title}", "switch"))
    if {"lists_projects", "keeps_projects"} <= able:
        switches.append(Field(("projects",), f"Projects of {platform.title} are kept up in {crm.title}", "switch"))
    switches.append(
        Field(("currency",), "Currency", help=f"Three letters such as USD; empty: as {platform.title} says.",
              hint="Write three letters such as USD, or nothing.", capitals=True)
    )  # fmt: skip
    chosen = tuple(
        Field(("default_purpose", kind), f"Default {label.lower()}", choose=kind)  # type: ignore[arg-type]
        for kind, label in PURPOSES.items()
    )
    purpose = Fields(
        chosen, "Default purpose", f"From the lists of {crm.title}, for gifts that nothing else is said of."
    )
    events = [_events(platform)] if "holds_events" in able else []
    return Section("gifts", "Gifts", (Fields(tuple(switches)), purpose, _funds(platform, crm), *events))


def _funds(platform: Manifest, crm: Manifest) -> Rows:
    return Rows(
        ("funds",), "Funds", Field(("key",), f"Code in {platform.title}"),
        (Field((), f"Fund in {crm.title}", choose="fund"),), ("",),
        help=f"Which fund of {crm.title} a fund of {platform.title} leads to. Empty a row to remove it.",
        wanting="Choose the fund, or empty the row.",
    )  # fmt: skip


def _events(platform: Manifest) -> Rows:
    columns = tuple(Field((kind,), label, choose=kind) for kind, label in PURPOSES.items())  # type: ignore[arg-type]
    return Rows(
        ("event_purposes",), "Events", Field(("key",), f"Event's id in {platform.title}"),
        columns, tuple(PURPOSES),
        help="Events with a purpose of their own. What is left open, is as by default. Empty a row to remove it.",
        wanting="Choose a fund, a campaign or an appeal, or empty the row.",
    )  # fmt: skip


def _methods(crm: Manifest) -> Section:
    table = _table(crm, METHODS, f"In {crm.title}")
    return Section(METHODS, "Methods", (table,), f"How a gift was paid, in {crm.title}'s words.")


def _contacts(platform: Manifest, crm: Manifest) -> Section:
    ways = {
        "both": "Both ways", "to_crm": f"Only to {crm.title}", "to_platform": f"Only to {platform.title}",
        "off": "Not at all",
    }  # fmt: skip
    rules = {"newest": "The newest edit", "platform": platform.title, "crm": crm.title}
    sides = {"platform": platform.title, "crm": crm.title}
    lines = tuple(
        (named(each), (Field(("directions", each), "goes", "one", options=ways, unset="both"),
                       Field(("conflict", each), "who wins", "one", options=rules, unset="newest")))
        for each in FIELDS
    )  # fmt: skip
    stuck = [one.title for one in (platform, crm) if "writes_contacts" not in one.capabilities]
    notes = [f"{title} takes no changes, so nothing goes there." for title in stuck]
    grid = Grid(
        "Fields", ("Field", "Goes", "Who wins where both changed it"), lines,
        " ".join([*notes, "A donor's no to e-mail, calls or letters always wins."]),
    )  # fmt: skip
    rest = (
        Field(("tie",), "Who wins where the times can't tell", "one", options=sides),
        Field(("skew_seconds",), "Edits nearer than this can't be told apart (seconds)", "number", hint=WHOLE),
        Field(("region",), "Country of phone numbers without one", help="Two letters such as US.",
              hint="Write two letters such as US.", capitals=True),
    )  # fmt: skip
    creates = tuple(Field(("creates", side), f"In {title}", "member") for side, title in sides.items())
    origins = {"admin": "Staff", "donor": "Donors", "api": "Other software"}
    ignored = tuple(Field(("ignored_origins", origin), title, "member") for origin, title in origins.items())
    annotates = "annotates" in platform.capabilities
    shows = Field(("activity",), f"{platform.title} shows on a contact what was changed from {crm.title}", "switch")
    return Section(
        "contacts", "Contacts",
        (
            Fields((Field(("contacts",), "Contacts are kept in agreement", "switch"), *([shows] if annotates else []))),
            grid, Fields(rest),
            Fields(creates, "Where contacts that are missing are created"),
            Fields(ignored, f"Whose edits in {platform.title} are left alone"),
        ),
    )  # fmt: skip


def _times(platform: Manifest) -> Section:
    fields = [
        Field(("time_zone",), "Time zone", "zone", help="Of your organisation, such as America/Denver."),
        Field(("cadence_minutes",), "Minutes between two runs", "number", "From 5 minutes to a week.", hint=WHOLE),
    ]
    if "reads_contacts" in platform.capabilities:
        fields.append(
            Field(("sweep_days",), "Days between two comparisons of everything", "number", "0: never.", hint=WHOLE)
        )
        fields.append(
            Field(("unconfirmed_hours",), "Hours after which what was not confirmed is told as a difference", "number",
                  hint=WHOLE)
        )  # fmt: skip
    return Section("time", "Time", (Fields(tuple(fields)),))


def _thanks(platform: Manifest, crm: Manifest, able: frozenset[str]) -> Section:
    switches = [
        ("new_donation", "tells_giving", f"New gifts in {crm.title} are thanked for"),
        ("task_sent", "logs_interactions", f"Thanks that staff sent are logged in {crm.title}"),
        ("replies", "logs_interactions", f"Donors' replies are logged in {crm.title}"),
        ("watches", "logs_interactions", f"Thanks that donors watched are logged in {crm.title}"),
    ]
    chosen = tuple(Field(("thanks", name), label, "switch") for name, needs, label in switches if needs in able)
    texts = (
        Field(("thanks", "first_name"), "How donors are addressed", "one", unset="informal",
              options={"informal": "By their informal name", "given": "By their first name"}),
        Field(("thanks", "unsubscribe"), "When a donor unsubscribes", "one", unset="email_opt_out",
              options={"email_opt_out": f"No more e-mail, also in {crm.title}", "off": "Nothing more"}),
        Field(("thanks", "stop_text"), "When a donor stops text messages", "one", unset="do_not_call",
              options={"do_not_call": f"No more calls, also in {crm.title}", "off": "Nothing more"}),
    )  # fmt: skip
    each = tuple(_action(("thanks", "each_gift")))
    switched = Fields(chosen, "What is done", "What happened before something is switched on, triggers nothing.")
    gifts, donors = Fields(each, "For each new gift"), Fields(texts, "Donors")
    return Section("thanks", "Thanks", (switched, gifts, _milestones(), donors))


def _action(path: tuple[str, ...] = ()) -> list[Field]:
    return [
        Field((*path, "action"), "What", "one", options=ACTIONS, unset="task"),
        Field((*path, "assigned_to"), "Task is given to", choose="user"),
        Field((*path, "note"), "Note", choose="note"),
    ]


def _milestones() -> Rows:
    columns = (
        Field(("measure",), "Measure", "one", options=MEASURES, unset="gifts"),
        Field(("thresholds",), "Reached at", "thresholds", hint="Write numbers such as 5, 10, 25."),
        Field(("month",), "Year begins in", "one", options=MONTHS, unset="1"),
        *_action(),
    )
    return Rows(
        ("thanks", "milestones"), "Milestones",
        Field(("key",), "Name", hint="Write small letters, digits, - and _, at most 40."), columns, ("thresholds",),
        help="Reached at: one number or several, such as 5, 10, 25; totals in whole units of money, such as 1000. "
        "Empty it to remove the row.",
        wanting="Write at what numbers it is reached.", names_itself=True,
    )  # fmt: skip


def _advanced(platform: Manifest, crm: Manifest) -> Section:
    parts = [part for stated in (platform, crm) for part in _own(stated)]
    help_text = "What the systems' documents leave open. Change it only where you were told to."
    return Section("advanced", "Advanced", tuple(parts), help_text, folded=True)


def _own(stated: Manifest) -> list[Fields | Grid | Rows]:
    single = tuple(
        _field(stated, (name,), value) for name, value in stated.settings.items() if not isinstance(value, Mapping)
    )
    parts: list[Fields | Grid | Rows] = [Fields(single, stated.title)]
    for name, value in stated.settings.items():
        if isinstance(value, Mapping) and name != METHODS:
            parts += _tables(stated, name, value)
    return parts


def _tables(stated: Manifest, name: str, standard: Mapping[str, Any]) -> list[Grid | Rows]:
    """A table of the manifest's names, and of further ones where the customer may give them."""
    fixed = [_table(stated, name, "Means")] if standard else []
    if name not in stated.words:
        return [*fixed]
    free = Rows(
        (stated.name, name), f"{stated.title}: more {word(name).lower()}", Field(("key",), f"Word of {stated.title}"),
        (_field(stated, (name,), "", below=True),), ("",), _comment(stated, name), "Choose what it means.",
        frozenset(standard),
    )  # fmt: skip
    return [*fixed, free]


def _table(stated: Manifest, name: str, head: str) -> Grid:
    standard: Mapping[str, Any] = stated.settings[name]
    lines = tuple((named(entry), (_field(stated, (name, entry), value),)) for entry, value in standard.items())
    return Grid(f"{stated.title}: {word(name).lower()}", ("What", head), lines, _comment(stated, name))


def _field(stated: Manifest, path: tuple[str, ...], standard: Any, *, below: bool = False) -> Field:
    check = stated.checks.get(path[0], "")
    words = check.split("|") if check and not set(check) & set("[]+*.=") else []
    kind: Kind = "switch" if isinstance(standard, bool) else "number" if isinstance(standard, int) else "text"
    label = "Means" if below else word(path[0]) if path[1:] else named(path[-1])
    return Field(
        () if below else (stated.name, *path), label, "one" if words else kind, _help(stated, path),
        {one: one or "—" for one in words}, hint=WHOLE if kind == "number" else "",
    )  # fmt: skip


def _help(stated: Manifest, path: tuple[str, ...]) -> str:
    if path == ("calls_per_hour",):
        return f"0: {stated.limits.calls_per_hour:,}."
    return _comment(stated, ".".join(path))


def _comment(stated: Manifest, path: str) -> str:
    return comments(stated.name).get(f"settings.{path}", "")


def named(name: str) -> str:
    """A field, a method or a setting in words."""
    return NAMES.get(name) or name.replace("_", " ").capitalize()
