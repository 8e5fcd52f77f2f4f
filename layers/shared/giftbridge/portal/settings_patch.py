"""A form of settings as texts, and the merge patch of what a person changed in it.

What is compared is what this person was shown: what somebody else changed meanwhile stays as they want it.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from giftbridge.portal.settings_fields import ON, Field, Form, Rows, at

Texts = dict[str, str]
"""Field of the form -> what stands in it."""
Row = dict[str, str]
NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
MONEY: Final = re.compile(r"\$?([0-9]{1,9})(?:\.([0-9]{2}))?")
LONGEST: Final = 200
TOO_LONG: Final = f"This is too long: {LONGEST} characters at most."
KEY: Final = "key"
PAGE: Final = 15
"""Rows of a table that are shown at once."""
MOST_ROWS: Final = 100
IN_MONEY: Final = frozenset({"lifetime", "since_month"})


@dataclass(slots=True)
class Change:
    """What a person wants. `wrong`: field of the form -> what is wrong with it, as far as the form can tell."""

    patch: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Path of a setting -> the field of the form that it is in."""

    def put(self, path: Sequence[str], value: Any) -> None:
        """Set one value of the patch."""
        *above, last = path
        into = self.patch
        for part in above:
            into = into.setdefault(part, {})
        into[last] = value

    def place(self, path: str) -> str:
        """The field of the form that a mistake's path is about; empty where there is none."""
        sought = path.removeprefix("settings.")
        while sought and sought not in self.places:
            sought = sought.rpartition(".")[0]
        return self.places.get(sought, "")


def texts(form: Form, settings: Mapping[str, Any], after: Mapping[str, str] | None = None) -> Texts:
    """What is in force, as the form shows it; of rows a page, `after` the names given for their tables."""
    whole = form.whole(settings)
    shown = {one.name: _text(one, _value(whole, one)) for one in form.fields()}
    for table in form.tables():
        names = [name for name in _names(table, whole) if name > (after or {}).get(table.name, "")]
        for index, name in enumerate(names[:PAGE]):
            shown |= _row_texts(table, index, name, at(whole, table.path)[name])
    return shown


def more(form: Form, settings: Mapping[str, Any], after: Mapping[str, str]) -> dict[str, str]:
    """Table -> the last name shown of one that has more rows."""
    whole, found = form.whole(settings), {}
    for table in form.tables():
        names = [name for name in _names(table, whole) if name > after.get(table.name, "")]
        if len(names) > PAGE:
            found[table.name] = names[PAGE - 1]
    return found


def told_apart(shown: Texts, standard: Texts) -> str:
    """What a form was filled with, for the form itself to carry: only what is not as usual."""
    changed = {name: text for name, text in shown.items() if standard.get(name) != text}
    return json.dumps(changed, ensure_ascii=False, separators=(",", ":"))


def shown_then(carried: str, standard: Texts) -> Texts | None:
    """The same, read back; None where it makes no sense."""
    try:
        given = json.loads(carried)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        return None
    return standard | given


def typed_in(form: Form, typed: Mapping[str, Sequence[str]], seen: Texts) -> Texts:
    """What stands in the form now. Fields that were not sent are as they were; names of no field are passed over."""
    now = dict(seen)
    for one in form.fields():
        if one.name in typed:
            now[one.name] = _spelled(one, typed[one.name][-1])
    for table in form.tables():
        parts = {cell(table, 0, each).rpartition(":")[2]: each for each in table.cells}
        for name, values in typed.items():
            index, part = _cell_of(table, name)
            if part in parts and int(index) < MOST_ROWS:
                now[name] = _spelled(parts[part], values[-1])
    return now


def change_of(form: Form, seen: Texts, now: Texts, standing: Texts, standard: Texts) -> Change:
    """The merge patch that leads from `seen` to `now`; `standing` is in force, `standard` would be without settings."""
    long = {name: TOO_LONG for name, text in now.items() if len(text) > LONGEST and text != seen.get(name)}
    made = Change({}, long, {one.name: one.name for one in form.fields()})
    lists: dict[tuple[str, ...], None] = {}
    for one in form.fields():
        if now[one.name] == seen.get(one.name):
            continue
        if one.kind == "member":
            lists[one.path[:-1]] = None
        else:
            made.put(one.path, _wanted(one, now[one.name], standard[one.name]))
    for path in lists:
        _put_list(made, [one for one in form.fields() if one.path[:-1] == path], seen, now, standing, standard)
    for table in form.tables():
        _put_rows(made, table, *(rows_of(table, each) for each in (seen, now, standing)))
    return made


def rows_of(table: Rows, given: Texts) -> dict[int, Row]:
    """A table's rows by their place in the form, each with its name under `key`."""
    found: dict[int, Row] = {}
    for name, text in given.items():
        index, part = _cell_of(table, name)
        if part:
            found.setdefault(int(index), {})["" if part == "value" else part] = text
    return dict(sorted(found.items()))


def cell(table: Rows, index: int, column: Field) -> str:
    """The name of a field in a row."""
    return f"{table.name}:{index}:{column.name or 'value'}"


def _names(table: Rows, whole: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in at(whole, table.path) or {} if name not in table.fixed)


def _row_texts(table: Rows, index: int, name: str, value: Any) -> Iterator[tuple[str, str]]:
    yield cell(table, index, table.key), name
    for one in table.columns:
        if one.kind == "thresholds":
            yield cell(table, index, one), _thresholds(value)
        else:
            yield cell(table, index, one), _text(one, at(value, one.path) if one.path else value)


def _thresholds(milestone: Mapping[str, Any]) -> str:
    numbers = milestone.get("thresholds") or []
    if milestone.get("measure") not in IN_MONEY:
        return ", ".join(map(str, numbers))
    return ", ".join(f"{one // 100}.{one % 100:02}" if one % 100 else str(one // 100) for one in numbers)


def _value(whole: Mapping[str, Any], one: Field) -> Any:
    if one.kind == "member":
        return one.path[-1] in (at(whole, one.path[:-1]) or ())
    return at(whole, one.path)


def _text(one: Field, value: Any) -> str:
    if isinstance(value, bool):
        return ON if value else ""
    return one.unset if value is None else str(value)


def _cell_of(table: Rows, name: str) -> tuple[str, str]:
    """(index, part) of a field's name; empty for one that is none of the table's."""
    found = re.fullmatch(re.escape(table.name) + r":([0-9]{1,3}):([a-z_]+)", name)
    return (found[1], found[2]) if found else ("", "")


def _spelled(one: Field, text: str) -> str:
    clean = text.strip()
    return clean.upper() if one.capitals else clean


def _wanted(one: Field, text: str, standard: str) -> Any:
    """None takes a choice back, where that leads to just this."""
    emptied = not text and one.kind in ("number", "zone", "time", "one") and "" not in one.options
    return None if text == standard or emptied or (not text and one.capitals) else _parsed(one, text)


def _parsed(one: Field, text: str) -> Any:
    """What makes no sense is left as it is: whoever checks the settings says so."""
    if one.kind in ("switch", "member"):
        return bool(text)
    number = one.kind == "number" or one.name == "month"
    return int(text) if number and NUMBER.fullmatch(text) else text


def _put_list(
    made: Change, members: Iterable[Field], seen: Texts, now: Texts, standing: Texts, standard: Texts
) -> None:
    """A list is set as a whole: with what stands by now where this person changed nothing."""
    chosen = [(one, (now if now[one.name] != seen.get(one.name) else standing)[one.name]) for one in members]
    usual = all(text == standard[one.name] for one, text in chosen)
    path = chosen[0][0].path[:-1]
    made.put(path, None if usual else [one.path[-1] for one, text in chosen if text])


def _put_rows(
    made: Change, table: Rows, seen: Mapping[int, Row], now: Mapping[int, Row], standing: Mapping[int, Row]
) -> None:
    was = {row[KEY]: row for row in seen.values() if row.get(KEY)}
    taken = {row.get(KEY, "") for each in (seen, now, standing) for row in each.values()}
    wanted: dict[str, Row] = {}
    for index, row in now.items():
        name = row.get(KEY) or _name_for(table, row, {*taken, *wanted})
        _note_places(made, table, index, name)
        why = _wrong_with(table, row, name, was, wanted)
        if why:
            made.wrong.setdefault(cell(table, index, why[0]), why[1])
        elif name and _decided(table, row):
            wanted[name] = row
    for name in was:
        if name not in wanted:
            made.put((*table.path, name), None)
    for name, row in wanted.items():
        _put_row(made, table, name, was.get(name), row)


def _note_places(made: Change, table: Rows, index: int, name: str) -> None:
    path = f"{table.name}.{name}"
    made.places.setdefault(path, cell(table, index, table.key if table.columns[0].path else table.columns[0]))
    for one in table.columns:
        if one.path:
            made.places.setdefault(f"{path}.{one.name}", cell(table, index, one))


def _name_for(table: Rows, row: Row, taken: Collection[str]) -> str:
    """The name of a row that was given none, where it needs none."""
    if not (table.names_itself and _decided(table, row)):
        return ""
    first, count = row.get(table.columns[0].name, ""), 1
    while (made := first if count == 1 else f"{first}-{count}") in taken:
        count += 1
    return made


def _wrong_with(
    table: Rows, row: Row, name: str, was: Mapping[str, Row], wanted: Mapping[str, Row]
) -> tuple[Field, str] | None:
    if not name and _decided(table, row):
        return table.key, "Write the name, or empty the row."
    if name and name in {*wanted, *table.fixed}:
        return table.key, "This stands twice."
    if name and not _decided(table, row) and name not in was:
        return next(one for one in table.columns if one.name in table.decides), table.wanting
    return None


def is_empty(table: Rows, row: Row) -> bool:
    """Whether nothing was written in a row."""
    return not row.get(KEY) and not _decided(table, row)


def _decided(table: Rows, row: Row) -> bool:
    return any(row.get(column) for column in table.decides)


def _put_row(made: Change, table: Rows, name: str, was: Row | None, row: Row) -> None:
    before = was or {one.name: one.unset for one in table.columns}
    for one in table.columns:
        text = row.get(one.name, one.unset)
        if one.kind == "thresholds":
            if was is None or (text, row.get("measure")) != (before.get(one.name), before.get("measure")):
                made.put((*table.path, name, *one.path), _numbers(text, row.get("measure", "") in IN_MONEY))
        elif text != before.get(one.name) or (was is None and one.name == "measure"):
            keeps = text != one.unset or one.name == "measure"
            made.put((*table.path, name, *one.path), _parsed(one, text) if keeps else None)


def _numbers(text: str, money: bool) -> list[Any]:
    """Of numbers with commas between them; money in cents. What is none stays a text."""
    return [_cents(part) if money else _count(part) for part in re.split(r"[,;\s]+", text) if part]


def _count(text: str) -> Any:
    return int(text) if NUMBER.fullmatch(text) else text


def _cents(text: str) -> Any:
    found = MONEY.fullmatch(text)
    return int(found[1]) * 100 + int(found[2] or 0) if found else text
