"""What happens in a soak: the same seed and number make the same list of events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

Pair = tuple[str, str]
"""A platform and a CRM."""

PAIRS: Final[tuple[Pair, ...]] = (
    ("handbid", "bloomerang"),
    ("handbid", "kindful"),
    ("wegive", "bloomerang"),
    ("raisedonors", "virtuous"),
    ("gratavid", "bloomerang"),
)
EVENTS_PER_ROUND: Final = 2_500
"""So many events have one connection of each pair."""
LONGEST_ROUNDS: Final = 6
STANDING: Final = 4
"""People whom both sides have before they are connected, where a first sync brings them together."""
HASTE: Final = 0.25
"""Share of refunds and messages that may be about a gift of just now."""
FIELDS: Final = ("last", "phone")

_PEOPLE = {"join": 5, "edit_platform": 4, "edit_crm": 3, "edit_both": 1}
_MONEY = {"gift": 8, "failed_gift": 1, "refund": 2}
_WEBHOOKS = {"repeat": 2, "early": 1}
REPERTOIRE: Final[Mapping[Pair, Mapping[str, int]]] = {
    ("handbid", "bloomerang"): {**_PEOPLE, "enrol": 3, **_MONEY, "reconcile": 3, **_WEBHOOKS},
    ("handbid", "kindful"): {**_PEOPLE, "enrol": 3, **_MONEY, "reconcile": 3, **_WEBHOOKS},
    ("wegive", "bloomerang"): {"join": 4, **_MONEY, "bank_gift": 2, "settle": 2, "bounce": 1},
    ("raisedonors", "virtuous"): {**_PEOPLE, **_MONEY, "repeat": 2},
    ("gratavid", "bloomerang"): {"enrol": 4, "gift": 8, "send": 4, "watch": 3, "reply": 2, "unsubscribe": 1},
}
"""Pair -> kind of event -> how often, relative to the others."""
FIRST_SYNC: Final = frozenset({("handbid", "bloomerang"), ("handbid", "kindful")})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody does. What is new by it (a name, a phone, an amount) follows from `number`."""

    number: int
    site: int
    kind: str
    who: int = -1
    """Which person of the site."""
    about: int = -1
    """Number of the event that made the gift or the message that this one is about."""
    field: str = ""
    """What is edited, one of `FIELDS`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it: the connections, by number, and the events in their order."""

    seed: int
    sites: tuple[Pair, ...]
    events: tuple[Event, ...]


@dataclass
class _Site:
    """What a site has by then, in numbers of people and of events."""

    people: int = 0
    givers: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)


def plan(seed: int, events: int) -> Plan:
    """So many events, spread over every pair; at the end no auction is left open. Raises ValueError for too few."""
    sites = PAIRS * min(LONGEST_ROUNDS, 1 + events // EVENTS_PER_ROUND)
    if events < 2 * len(sites):
        raise ValueError(f"{events} events are too few: at least {2 * len(sites)}, so that each connection has some")
    dice = Random(seed)
    states = [_Site(STANDING, list(range(STANDING))) if pair in FIRST_SYNC else _Site() for pair in sites]
    made = [_any(dice, number, sites, states) for number in range(events - len(sites))]
    made += [_last(dice, len(made) + site, site, sites, states) for site in range(len(sites))]
    return Plan(seed, sites, tuple(made))


def _any(dice: Random, number: int, sites: tuple[Pair, ...], states: list[_Site]) -> Event:
    site = dice.randrange(len(sites))
    while True:
        kinds = REPERTOIRE[sites[site]]
        (kind,) = dice.choices(list(kinds), list(kinds.values()))
        event = _make(dice, Event(number, site, kind), sites[site], states[site])
        if event is not None:
            return event


def _last(dice: Random, number: int, site: int, sites: tuple[Pair, ...], states: list[_Site]) -> Event:
    """What is under way ends; else somebody comes."""
    comes = "enrol" if sites[site][0] == "gratavid" else "join"
    kind = "reconcile" if states[site].opened else "settle" if states[site].pending else comes
    event = _make(dice, Event(number, site, kind), sites[site], states[site])
    assert event is not None
    return event


def _make(dice: Random, event: Event, pair: Pair, state: _Site) -> Event | None:
    """The event with whom and what it is about, or None where there is nobody and nothing yet."""
    return _MAKERS[event.kind](dice, event, pair, state)


def _with(event: Event, who: int = -1, about: int = -1, name: str = "") -> Event:
    return Event(event.number, event.site, event.kind, who, about, name)


def _comes(_dice: Random, event: Event, pair: Pair, state: _Site) -> Event | None:
    """Somebody new, at the side where gifts are made or at the other one."""
    state.people += 1
    if event.kind == "join" or pair[0] == "gratavid":
        state.givers.append(state.people - 1)
    return _with(event, state.people - 1)


def _edit(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    if not state.people:
        return None
    return _with(event, dice.randrange(state.people), name=dice.choice(FIELDS))


def _gift(dice: Random, event: Event, pair: Pair, state: _Site) -> Event | None:
    if not state.givers:
        return None
    if event.kind == "bank_gift":
        state.pending.append(event.number)
    elif event.kind == "gift":
        (state.opened if pair[0] == "handbid" else state.due).append(event.number)
    return _with(event, dice.choice(state.givers))


def _reconcile(_dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    if not state.opened:
        return None
    state.due += state.opened
    state.opened = []
    return event


def _bank(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    if not state.pending:
        return None
    gift = state.pending.pop(dice.randrange(len(state.pending)))
    if event.kind == "settle":
        state.due.append(gift)
    return _with(event, about=gift)


def _refund(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    """Of the oldest gift, which has most likely gone over, or of any."""
    if not state.due:
        return None
    return _with(event, about=state.due.pop(_oldest_or_any(dice, state.due)))


def _oldest_or_any(dice: Random, found: list[int]) -> int:
    return dice.randrange(len(found)) if dice.random() < HASTE else 0


def _webhook(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    """A webhook again, or one that is ahead of what it tells."""
    if event.kind == "repeat":
        return event
    return _with(event, about=dice.choice(state.due)) if state.due else None


def _send(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    """Staff send what a gift was thanked with; each once."""
    if not state.due:
        return None
    gift = state.due.pop(_oldest_or_any(dice, state.due))
    state.sent.append(gift)
    return _with(event, about=gift)


def _engage(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    return _with(event, about=dice.choice(state.sent)) if state.sent else None


def _leave(dice: Random, event: Event, _pair: Pair, state: _Site) -> Event | None:
    """Who does not want any more gives no more either; some always stay."""
    if len(state.givers) < STANDING:
        return None
    return _with(event, state.givers.pop(dice.randrange(len(state.givers))))


_MAKERS: Final[Mapping[str, Callable[[Random, Event, Pair, _Site], Event | None]]] = {
    "join": _comes, "enrol": _comes,
    "edit_platform": _edit, "edit_crm": _edit, "edit_both": _edit,
    "gift": _gift, "failed_gift": _gift, "bank_gift": _gift,
    "reconcile": _reconcile, "settle": _bank, "bounce": _bank, "refund": _refund,
    "repeat": _webhook, "early": _webhook,
    "send": _send, "watch": _engage, "reply": _engage, "unsubscribe": _leave,
}  # fmt: skip
