"""What is measured, in order, and which module tells of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from local.bench import (
    calls,
    cold,
    computed,
    cost,
    course,
    first_sync,
    intake,
    memory,
    pace,
    peer,
    units_per_contact,
)
from local.bench.lines import Figures, Line, Measurement
from local.bench.profiles import PROFILES

SMALL = 1_000
MILLION = 1_000_000
ON_THE_STACK = frozenset({"intake", "cold"})
"""Measurements that take a connected site of the deployed stack."""
Found = Mapping[str, Sequence[Figures]]


def measurements(sizes: Iterable[int], full: bool) -> list[Measurement]:
    """Small sizes first, so that there is soon something to see."""
    made = [Measurement("cold", {}, cold.measure), Measurement("intake", {}, intake.measure)]
    for size in sizes:
        for profile in PROFILES:
            made.append(Measurement("course", {"crm": profile.name, "contacts": size}, course.measure))
        made.append(Measurement("peer", {"contacts": size}, peer.measure))
        made.append(Measurement("computed", {"size": size, "small": SMALL}, computed.measure))
        if size > SMALL:
            made.append(Measurement("memory", {"contacts": size, "small": SMALL}, memory.measure))
    if full:
        made.append(Measurement("computed", {"size": MILLION, "small": SMALL}, computed.measure))
    return made


def lines(found: Found) -> Iterator[Line]:
    """The report, of whatever is measured by now."""
    courses = found.get("course", ())
    telling: Sequence[Callable[[Any], Iterator[Line]]] = (
        calls.lines, units_per_contact.lines, pace.lines, first_sync.lines,
    )  # fmt: skip
    for tell in telling:
        yield from tell(courses)
    yield from memory.lines(found.get("memory", ()))
    yield from computed.lines(found.get("computed", ()))
    for name, module in (("cold", cold), ("intake", intake)):
        for one in found.get(name, ()):
            yield from module.lines(one)
    yield from cost.lines(courses)
    yield from peer.lines(found.get("peer", ()))
