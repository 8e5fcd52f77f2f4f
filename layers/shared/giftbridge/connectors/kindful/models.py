"""What Kindful sends, as far as it is used. Numbers and flags may come as text, columns only as asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field

from giftbridge.connectors.received import Received

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO: Final = frozenset({"false", "f", "no", "n", "0"})


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | dict | list) else str(value).strip()


def _number(value: Any) -> int:
    text = _text(value)
    return int(text) if text.isascii() and text.isdecimal() else 0


def _stamp(value: Any) -> datetime | None:
    """Unix seconds, ISO 8601, or the documents' `2015-10-13 18:56:12 UTC`."""
    text = _text(value)
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        return EPOCH + timedelta(seconds=int(text))
    moment = datetime.fromisoformat(text.removesuffix("UTC").strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp_if_any(value: Any) -> datetime | None:
    try:
        return _stamp(value)
    except (ValueError, OverflowError):
        return None


def _yes(value: Any) -> bool:
    """A flag is set by anything but a plain no."""
    return bool(value) and str(value).strip().casefold() not in NO


def _said_no(value: Any) -> bool:
    """Nothing is no answer."""
    return value is False or str(value).strip().casefold() in NO


def _counts(value: Any) -> dict[str, int]:
    return {str(key): _number(count) for key, count in value.items()} if isinstance(value, Mapping) else {}


def _noted(value: Any) -> int:
    """How many notifications a job has; their own form is not documented."""
    if not isinstance(value, Mapping):
        return len(value) if isinstance(value, list) else 0
    results = value.get("results")
    return max(_number(value.get("count")), len(results) if isinstance(results, list) else 0)


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[int, BeforeValidator(_number)]
Stamp = Annotated[datetime | None, BeforeValidator(_stamp)]
StampIfAny = Annotated[datetime | None, BeforeValidator(_stamp_if_any)]
Yes = Annotated[bool, BeforeValidator(_yes)]
SaidNo = Annotated[bool, BeforeValidator(_said_no)]
Counts = Annotated[dict[str, int], BeforeValidator(_counts)]
Noted = Annotated[int, BeforeValidator(_noted)]


class Row(Received):
    """Ids come as numbers or as texts."""

    model_config = ConfigDict(coerce_numbers_to_str=True, populate_by_name=True)


class ContactRow(Row):
    """A contact of a query. `external_id` is our own name for it, `sync_version` counts its changes."""

    id: Number = Field(gt=0)
    external_id: Text = ""
    sync_version: Number = 0
    donor_type: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    company_name: Text = ""
    email: Text = ""
    alt_email: Text = ""
    primary_phone: Text = ""
    addr1: Text = ""
    addr2: Text = ""
    city: Text = ""
    state: Text = ""
    postal: Text = ""
    country: Text = ""
    opted_out: SaidNo = Field(default=False, alias="email_opt_in")
    updated_at: Stamp = None
    deleted_at: Text = ""


class GiftRow(Row):
    """A transaction of a query."""

    external_id: Text = ""
    was_refunded: Yes = False
    updated_at: StampIfAny = None
    deleted_at: Text = ""


class Named(Row):
    """A campaign or a fund of the lists."""

    id: Number = Field(gt=0)
    name: Text = ""


class Job(Row):
    """What became of an import; `stats` counts what was made, `update_stats` what was changed."""

    status: Text
    stats: Counts = Field(default_factory=dict)
    update_stats: Counts = Field(default_factory=dict)
    notifications: Noted = 0


class Queue(Row):
    """Whether it is a good time to sync."""

    sync_enabled: Yes
    pending_jobs: Number = 0
    pending_updates: Number = 0

    @property
    def paused(self) -> bool:
        """Somebody in Kindful paused it: nothing else holds it up."""
        return not (self.sync_enabled or self.pending_jobs or self.pending_updates)
