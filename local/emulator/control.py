"""`/_local/...`: what AWS has no API for - processes, the clock, snapshots, stored bytes."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from local.emulator import alarms, clock, inner, stored
from local.emulator.pool import Pool
from local.emulator.snapshots import Snapshots

PREFIX = "/_local/"
Query = dict[str, list[str]]


class Control:
    """Answers `GET` and `POST` under the prefix with JSON."""

    def __init__(self, pool: Pool, snapshots: Snapshots | None) -> None:
        self._snapshots = snapshots
        self._actions: dict[str, Callable[[Query], Any]] = {
            "GET workers": lambda _query: pool.listing(),
            "GET schedules": _upcoming,
            "POST fire": _fire,
            "POST alarms": _alarms,
            "POST save": self._save,
            "GET stored": _stored,
        }

    def answer(self, method: str, path: str, query: bytes) -> tuple[int, Any]:
        """HTTP status and body."""
        action = self._actions.get(f"{method} {path.removeprefix(PREFIX)}")
        if action is None:
            return 404, {"known": sorted(self._actions)}
        return 200, action(parse_qs(query.decode()))

    def _save(self, _query: Query) -> str:
        if self._snapshots is None:
            return "this emulator keeps no state"
        self._snapshots.save()
        return "saved"


def _upcoming(query: Query) -> list[dict[str, Any]]:
    after = datetime.fromisoformat(query["after"][0]) if "after" in query else datetime.now(UTC)
    return [_described(schedule, after) for schedule in clock.schedules()]


def _described(schedule: clock.Schedule, after: datetime) -> dict[str, Any]:
    due = schedule.next_after(after)
    return {
        "name": schedule.name,
        "expression": schedule.record["ScheduleExpression"],
        "enabled": schedule.enabled,
        "next": due.isoformat() if due else None,
    }


def _fire(query: Query) -> list[str]:
    """Fire the named schedules now (`?name=`), whatever their expression says."""
    chosen = [schedule for schedule in clock.schedules() if schedule.name in query.get("name", [])]
    for schedule in chosen:
        clock.fire(schedule, datetime.now(UTC))
    return [schedule.name for schedule in chosen]


def _alarms(query: Query) -> dict[str, str]:
    """The state of each alarm, evaluated now or as at another moment (`at`), by what was measured `since` one."""
    given = {name: datetime.fromisoformat(query[name][0]).timestamp() for name in ("at", "since") if name in query}
    return alarms.evaluate(given.get("at", inner.now()), given.get("since", 0.0))


def _stored(_query: Query) -> list[dict[str, str]]:
    return [{"where": where, "bytes": base64.b64encode(value).decode()} for where, value in stored.values()]


def encoded(body: Any) -> bytes:
    """The JSON sent back."""
    return json.dumps(body).encode()
