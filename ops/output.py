"""What commands print: tables for people, JSON for scripts; and how they end."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="for scripts")]
Yes = Annotated[bool, typer.Option("--yes", help="ask nothing")]
WIDE = 240
"""Columns where nobody reads along: lines are not to be cut for a script."""


class Ended(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOTHING = 3
    """Nothing fits what was asked for."""


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal, where there is one."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A sentence beside what was asked for."""
    console(stderr=True).print(text, markup=False)


def end(text: str, code: Ended = Ended.FAILED) -> NoReturn:
    """Say why, and end."""
    say(text)
    raise typer.Exit(code)


def show_json(found: object) -> None:
    """As JSON; times and numbers as their text."""
    typer.echo(json.dumps(found, indent=1, sort_keys=True, default=str))


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str = "") -> None:
    """Rows as a table of these columns, or all that they have as JSON."""
    if as_json:
        show_json(list(rows))
        return
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_text(row.get(column, "")) for column in columns))
    console().print(table)


def confirmed(question: str, *, yes: bool) -> None:
    """Ask, unless that was answered beforehand. Ends where the answer is no, or where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        end("Nothing was changed: nobody can be asked here. Add --yes.", Ended.USAGE)
    if not typer.confirm(question, err=True):
        end("Nothing was changed.")


def counted(rows: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """How many there are of each."""
    found: dict[tuple[str, ...], int] = {}
    for row in rows:
        found[row] = found.get(row, 0) + 1
    return found


def _text(value: object) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat(timespec="seconds"))
    return "" if value is None else str(value)
