"""Writing the import files of a day: each is closed first, so that nothing is added to what staff has."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from giftbridge.aws.vault import Keyring
from giftbridge.errors import ConfigError
from giftbridge.jobs.context import App
from giftbridge.jobs.pull import files
from giftbridge.jobs.session import account_keyring
from giftbridge.stores.connections import Connection
from giftbridge.stores.import_files import ImportFile

Table = Sequence[Sequence[str]]


def write_files(app: App, connection: Connection, day: date) -> list[ImportFile]:
    """Every file of a UTC day, each written once and for all."""
    there = app.imports.between(connection.id, day.isoformat(), day.isoformat())
    if all(one.written_at for one in there):
        return there
    keyring = account_keyring(app, connection.account)
    return [one if one.written_at else _written(app, connection, keyring, one) for one in there]


def told(file: ImportFile) -> dict[str, Any]:
    """What the manifest says of a file; amounts in cents."""
    seen = {**asdict(file), "funds": dict(file.funds), "written_at": None}
    del seen["closed"]
    return {**seen, "written_at": file.written_at.isoformat() if file.written_at else None}


def _written(app: App, connection: Connection, keyring: Keyring, file: ImportFile) -> ImportFile:
    """A crash leaves it closed with its rows, out of which the next try makes the same text."""
    app.imports.close(connection.id, file.name)
    opened = [json.loads(_opened(app, keyring, file, row)) for _, row in app.imports.rows(connection.id, file.name)]
    text = files.table_text(joined(each["table"] for each in opened))
    files.keep(app, connection, keyring, file.name, text)
    written = replace(
        file, closed=True, rows=sum(len(each["table"]) - 1 for each in opened), gifts=len(opened),
        funds=_added(each["funds"] for each in opened), sha256=hashlib.sha256(text.encode()).hexdigest(),
        written_at=app.now().replace(microsecond=0),
    )  # fmt: skip
    app.imports.written(connection.id, written)
    return written


def _opened(app: App, keyring: Keyring, file: ImportFile, row: Any) -> str:
    text = keyring.open(row, app.now())
    if not text:
        raise ConfigError(f"the import file {file.name} was not written in time: its rows have expired")
    return text


def joined(tables: Iterable[Table]) -> list[list[str]]:
    """One table of many; headings that were set otherwise meanwhile stand beside the others."""
    headings: dict[str, None] = {}
    rows: list[dict[str, str]] = []
    for head, *body in tables:
        headings |= dict.fromkeys(head)
        rows += [dict(zip(head, cells, strict=True)) for cells in body]
    return [[*headings], *([row.get(name, "") for name in headings] for row in rows)]


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        for fund, cents in part.items():
            sums[fund] = sums.get(fund, 0) + cents
    return sums
