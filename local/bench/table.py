"""The report for people, by rich where that is installed, and in plain columns where not; and as JSON, and Markdown."""

import json
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local.bench.lines import Line

HEAD = ("what", "figure", "beside", "aim", "")
FILE_WIDTH = 180
"""Characters a line where nobody looks at a terminal."""
VERDICT = {True: "met", False: "MISSED", None: ""}


def show(lines: Sequence[Line], notes: Sequence[str]) -> None:
    """Print the report."""
    if find_spec("rich"):
        _rich(lines)
    else:
        print(plain(lines))
    for note in notes:
        print(note)


def plain(lines: Sequence[Line]) -> str:
    """Columns of text, a heading per section."""
    rows = [_cells(line) for line in lines]
    widths = [max(len(row[place]) for row in [HEAD, *rows]) for place in range(len(HEAD))]
    text: list[str] = []
    section = ""
    for line, row in zip(lines, rows, strict=True):
        if line.section != section:
            section = line.section
            text += ["", section]
        text.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return "\n".join(text)


def markdown(lines: Iterable[Line]) -> str:
    """A table per section."""
    text: list[str] = []
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            text += ["", f"### {section}", "", "| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
        text.append("| " + " | ".join(cell.replace("|", "\\|") for cell in _cells(line)) + " |")
    return "\n".join(text) + "\n"


def write(lines: Sequence[Line], notes: Sequence[str], path: Path) -> None:
    """The report as JSON, and beside it as Markdown."""
    report = {"notes": list(notes), "lines": [line.as_json() for line in lines]}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text("\n".join(notes) + "\n" + markdown(lines), encoding="utf-8")


def _rich(lines: Sequence[Line]) -> None:
    from rich.console import Console
    from rich.table import Table

    made: Any = Table(*HEAD)
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            made.add_section()
            made.add_row(f"[bold]{section}")
        made.add_row(*_cells(line), style="red" if line.met is False else None)
    console = Console()
    console.print(made, width=None if console.is_terminal else FILE_WIDTH, crop=False)


def _cells(line: Line) -> tuple[str, ...]:
    return (line.of, line.figure, line.beside, line.aim, VERDICT[line.met])
