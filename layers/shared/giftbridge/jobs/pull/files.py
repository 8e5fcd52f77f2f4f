"""Import files: CSV, sealed under the account's key until they expire, in the bucket that exports go to."""

import base64
import csv
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from giftbridge.aws.vault import Keyring
from giftbridge.errors import NotFound
from giftbridge.jobs.context import App
from giftbridge.jobs.session import account_keyring
from giftbridge.stores.connections import Connection

KEPT: Final = timedelta(days=7)
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate, when a cell begins with it."""


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """As CSV (RFC 4180); a cell that a spreadsheet would take for a formula is made a text."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([[_safe(cell) for cell in row] for row in rows])
    return written.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULAS) else cell


def keep(app: App, connection: Connection, keyring: Keyring, name: str, text: str) -> None:
    """Write the file, or replace it by another try's."""
    sealed = keyring.seal(text, app.now() + KEPT)
    data = base64.b64encode(bytes(sealed["data"])).decode()  # type: ignore[call-overload]
    body = json.dumps({"v": sealed["v"], "until": sealed["until"], "data": data}).encode()
    app.exports.put(_key(connection, name), body)


def read(app: App, connection: Connection, name: str) -> str:
    """The file's text. Raises `NotFound`, also once it has expired."""
    body = app.exports.get(_key(connection, name))
    text = _opened(account_keyring(app, connection.account), body, app) if body else ""
    if not text:
        raise NotFound("There is no such import file, or it has expired.")
    return text


def _opened(keyring: Keyring, body: bytes, app: App) -> str:
    stored = json.loads(body)
    return keyring.open({**stored, "data": base64.b64decode(stored["data"])}, app.now())


def _key(connection: Connection, name: str) -> str:
    return f"imports/{connection.platform}/{connection.organisation}/{connection.id}/{name}.json"
