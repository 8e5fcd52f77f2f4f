"""Page: a connection's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.errors import GiftbridgeError, Invalid, NotFound
from giftbridge.jobs import choosing, configure
from giftbridge.portal.settings_fields import Field, Form, Rows, Section, zones
from giftbridge.portal.settings_patch import (
    Change,
    Texts,
    cell,
    change_of,
    is_empty,
    more,
    rows_of,
    shown_then,
    texts,
    told_apart,
    typed_in,
)
from giftbridge.portal.settings_sections import form_of
from giftbridge.portal.visit import Visit, visit

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
SEEN: Final = "seen"
ADDING: Final = 3
"""Empty rows below those of a table."""
SELECTABLE: Final = 75
"""Entries of a list beyond which its ids are typed, with proposals."""
IN_ROWS: Final = 150
"""The same for all rows of a table together: each row would repeat the list."""
PROPOSED: Final = 75


@dataclass(frozen=True, slots=True)
class Shown:
    """The form as it stands: what is written in it, what is wrong with it, and what there is to choose from."""

    form: Form
    now: Texts
    seen: str
    lists: choosing.Lists
    message: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    untold: tuple[str, ...] = ()
    """What is wrong with things that have no field."""

    def options(self, one: Field) -> dict[str, str]:
        """What a field may be chosen from, by id."""
        return options(self.lists, one.choose)

    def rows(self, table: Rows) -> list[int]:
        """Places of the rows that are filled, and of some more."""
        filled = list(rows_of(table, self.now))
        first = max(filled, default=-1) + 1
        empty = [row for row in rows_of(table, self.now).values() if is_empty(table, row)]
        return [*filled, *range(first, first + max(0, ADDING - len(empty)))]

    def selects(self, one: Field, rows: int = 1) -> bool:
        """Whether that is a list to choose from, or a line to write in."""
        found = self.options(one)
        return bool(found) and len(found) <= SELECTABLE and (rows == 1 or len(found) * rows <= IN_ROWS)

    def proposals(self) -> dict[str, dict[str, str]]:
        """Lists that lines to write in propose from."""
        found: dict[str, dict[str, str]] = {}
        for table in self.form.tables():
            rows = len(self.rows(table))
            found |= {one.choose: self.options(one) for one in table.columns if not self.selects(one, rows)}
        found |= {one.choose: self.options(one) for one in self.form.fields() if not self.selects(one)}
        return {kind: dict(list(each.items())[:PROPOSED]) for kind, each in found.items() if kind}

    def is_wrong(self, section: Section) -> bool:
        """Whether anything in a section is."""
        names = {one.name for one in section.fields()}
        tables = {part.name for part in section.parts if isinstance(part, Rows)}
        return any(name in names or name.split(":")[0] in tables for name in self.wrong)

    def every(self) -> dict[str, tuple[str, Field]]:
        """All fields by their names in the form, with what they are called."""
        found = {one.name: (one.label, one) for one in self.form.fields()}
        for grid in self.form.grids():
            found |= {one.name: (f"{line}: {one.label}", one) for line, fields in grid.lines for one in fields}
        for table in self.form.tables():
            for index in self.rows(table):
                for one in table.cells:
                    found[cell(table, index, one)] = f"{table.title}, row {index + 1}: {one.label}", one
        return found


@router.get("/c/<_connection>/settings")
def show_settings(_connection: str) -> Response[str]:
    """What is in force."""
    here = visit(router)
    return _page(here, _fresh(here))


@router.post("/c/<_connection>/settings/save")
def save_settings(_connection: str) -> Response[str]:
    """Only what this person changed."""
    here = visit(router)
    one = here.connection
    form = form_of(one.platform, one.crm)
    standard, standing = texts(form, {}), texts(form, one.settings)
    seen = shown_then(here.given(SEEN), standard) or standing
    now = typed_in(form, here.typed, seen)
    change = change_of(form, seen, now, standing, standard)
    if not change.patch and not change.wrong:
        return here.go("c", one.id, "settings", done="same")
    try:
        _apply(here, change)
    except GiftbridgeError as error:
        return _again(here, Shown(form, now, told_apart(seen, standard), _lists(here)), change, error)
    return here.go("c", one.id, "settings", done="saved")


@router.get("/c/<_connection>/settings/choices")
def narrow(_connection: str) -> Response[str]:
    """What of a list has this word in its name, for a script."""
    here = visit(router)
    kind, word = here.query.get("kind", ""), here.query.get("q", "").strip()
    named = [one.name for one in _fields(here) if one.searched and one.choose == kind]
    if not named:
        raise NotFound("There is no such list.")
    if not here.partial:
        return here.go("c", here.connection.id, "settings")
    every = options(choosing.lists(here.app, here.connection), kind)
    chosen = next((here.query[name] for name in named if here.query.get(name)), "")
    found = choosing.matching(every, word)
    kept = {chosen: every.get(chosen, chosen)} if chosen and chosen not in found else {}
    shown = kept | dict(list(found.items())[:SELECTABLE])
    return here.page("settings/options.html", found=shown, chosen=chosen, some=bool(found))


def options(lists: choosing.Lists, kind: str) -> dict[str, str]:
    """A list, by id; names that stand twice are told apart."""
    every: Mapping[str, Mapping[str, str]] = {
        "fund": lists.purposes.funds, "campaign": lists.purposes.campaigns, "appeal": lists.purposes.appeals,
        "user": lists.thanks.users, "note": lists.thanks.notes,
    }  # fmt: skip
    found = every.get(kind, {})
    names = list(found.values())
    return {id_: f"{name} ({id_})" if names.count(name) > 1 else name for id_, name in found.items()}


def _fields(here: Visit) -> list[Field]:
    form = form_of(here.connection.platform, here.connection.crm)
    return [*form.fields(), *(one for table in form.tables() for one in table.columns)]


def _lists(here: Visit) -> choosing.Lists:
    if not any(one.choose for one in _fields(here)):
        return choosing.Lists()
    return choosing.lists(here.app, here.connection, again=here.query.get("lists") == "now")


def _fresh(here: Visit) -> Shown:
    one = here.connection
    form = form_of(one.platform, one.crm)
    shown = texts(form, one.settings, here.query)
    return Shown(form, shown, told_apart(shown, texts(form, {})), _lists(here))


def _apply(here: Visit, change: Change) -> None:
    """All mistakes are told at once, those that the form itself found too."""
    if change.wrong:
        found = configure.mistakes(here.app, here.connection, change.patch)
        raise Invalid("These settings can't be used.", found)
    configure.change(here.app, here.connection, change.patch)


def _again(here: Visit, shown: Shown, change: Change, error: GiftbridgeError) -> Response[str]:
    """The form with all that was typed, and what is wrong beside each field."""
    mistakes = error.mistakes if isinstance(error, Invalid) else ()
    fields = shown.every()
    wrong = dict(change.wrong)
    for path, why in mistakes:
        if change.place(path) in fields:
            wrong.setdefault(change.place(path), _said(why, fields[change.place(path)][1]))
    told = replace(
        shown,
        message=f"Nothing was saved. {error}",
        wrong=wrong,
        untold=tuple(why for path, why in mistakes if change.place(path) not in fields),
    )
    return _page(here, told, 422 if isinstance(error, Invalid) else 409)


def _said(why: str, one: Field) -> str:
    """In words for whoever fills in the form: how it is written, rather than a pattern or a type."""
    if one.hint and why.startswith(("String should match", "Input should be a valid", "This must be of type")):
        return one.hint
    plain = why.removeprefix("Value error, ")
    return plain[:1].upper() + plain[1:].rstrip(".") + "."


def _page(here: Visit, shown: Shown, status: int = 200) -> Response[str]:
    further = more(shown.form, here.connection.settings, here.query)
    return here.page("settings/show.html", status, shown=shown, cell=cell, zones=zones(), more=further)
