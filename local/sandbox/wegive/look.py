"""How values look in answers; where the vendor's document says `string` for everything, the form is an option."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from local.sandbox.wegive.options import Options

_STAMP_FORMATS = {"iso_micros": "%Y-%m-%dT%H:%M:%S.000000Z", "iso": "%Y-%m-%dT%H:%M:%SZ", "sql": "%Y-%m-%d %H:%M:%S"}


class Look:
    """The forms of ids, amounts, flags and stamps of one organisation."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def id(self, number: int | None) -> int | str | None:
        """An id that the document calls a string."""
        return str(number) if number is not None and self.options.ids == "text" else number

    def money(self, cents: int | None) -> int | str | None:
        """An amount kept in cents."""
        if cents is None or self.options.amounts == "cents":
            return cents
        return str(cents) if self.options.amounts == "cents_text" else f"{cents / 100:.2f}"

    def flag(self, truth: bool) -> bool | str | int:
        """A truth that the document calls a string."""
        match self.options.flags:
            case "text":
                return "true" if truth else "false"
            case "number":
                return int(truth)
        return truth

    def stamp(self, seconds: int | None) -> str | None:
        """A moment in UTC."""
        if seconds is None:
            return None
        return datetime.fromtimestamp(seconds, UTC).strftime(_STAMP_FORMATS[self.options.stamps])

    def related(self, shown: dict[str, Any] | None) -> Any:
        """Another record's short form: an object, or its name alone."""
        if shown is None or self.options.related == "object":
            return shown
        return shown["name"]
