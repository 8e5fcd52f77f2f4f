"""Dollars a million contacts, at AWS's list prices: a first sync, and a month in which nothing changes."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from giftbridge.recipes import recipe
from local.bench.lines import Figures, Line
from local.paths import TEMPLATE
from local.template import load

MILLION = 1_000_000
GIGABYTE = 1024**3
HOURS, WEEKS = 730, 365 / 12 / 7
MESSAGE_REQUESTS = 3
"""A doorbell is sent, received and deleted."""
SHARDS_READ = 8 * 0.5
"""Units of a minute tick: each shard of the index of due work, read eventually consistent."""
PRICES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("prices.toml").read_text(encoding="utf-8"))


def lines(courses: Iterable[Figures]) -> Iterator[Line]:
    """Per CRM, from the largest size measured."""
    largest: dict[str, Figures] = {}
    for course in courses:
        if course["contacts"] > largest.get(course["crm"], {"contacts": 0})["contacts"]:
            largest[course["crm"]] = course
    for crm, course in largest.items():
        for of, parts in (("first sync", first_sync(course)), ("quiet month", quiet_month(course))):
            listed = ", ".join(f"{name} {dollars:.2f}" for name, dollars in parts.items())
            yield Line("Dollars a million contacts", f"{crm}: {of}", f"$ {sum(parts.values()):.2f}", listed)


def first_sync(course: Figures) -> dict[str, float]:
    """Dollars by service."""
    return _scaled(course["runs"]["first"], MILLION / course["contacts"])


def quiet_month(course: Figures) -> dict[str, float]:
    """Dollars by service: runs by the schedule, ticks, a sweep a week, and what is stored."""
    runs = HOURS * 60 / (recipe("handbid", course["crm"], {}).cadence.total_seconds() / 60)
    found = _scaled(course["runs"]["quiet"], runs)
    for name, dollars in _scaled(course["runs"]["sweep"], WEEKS * MILLION / course["contacts"]).items():
        found[name] += dollars
    ticks = HOURS * 60
    found["Lambda"] += _work(ticks * PRICES["assumed"]["tick_ms"] / 1000, ticks)
    found["DynamoDB"] += ticks * SHARDS_READ * PRICES["dynamodb"]["million_read_units"] / MILLION
    found["scheduler"] = ticks * PRICES["scheduler"]["million_invocations"] / MILLION
    found["KMS"] += PRICES["kms"]["key_month"]
    database = PRICES["dynamodb"]
    size = sum(course["stored_bytes"].values()) * MILLION / course["contacts"] / GIGABYTE
    found["storage"] = size * (database["gigabyte_month"] + database["recovery_gigabyte_month"])
    return found


def _scaled(run: Figures, times: float) -> dict[str, float]:
    """Dollars by service of so many such runs."""
    assumed, database = PRICES["assumed"], PRICES["dynamodb"]
    waits = run["total"] * assumed["vendor_call_ms"] + run["database_calls"] * assumed["database_call_ms"]
    seconds = (run["computed"] + waits / 1000) * times
    steps = max(times * run["steps"], seconds / 60)
    units = run["write_units"] * database["million_write_units"] + run["read_units"] * database["million_read_units"]
    return {
        "DynamoDB": units * times / MILLION,
        "Lambda": _work(seconds, steps),
        "SQS": steps * MESSAGE_REQUESTS * PRICES["sqs"]["million_requests"] / MILLION,
        "KMS": steps * assumed["keys_per_step"] * PRICES["kms"]["million_requests"] / MILLION,
    }


def _work(seconds: float, requests: float) -> float:
    price = PRICES["lambda"]
    memory = load(TEMPLATE)["Globals"]["Function"]["MemorySize"] / 1024
    return float(seconds * memory * price["gigabyte_second"] + requests * price["million_requests"] / MILLION)
