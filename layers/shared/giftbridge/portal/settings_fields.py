"""What a form of settings is made of: sections of fields, of grids of fields, and of rows that people add and remove.

A field is called by the path of its setting, with dots, so that a mistake told with that path finds it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal
from zoneinfo import available_timezones

from giftbridge.connectors.manifest import Manifest
from giftbridge.recipes import in_force, system_settings

Kind = Literal["text", "number", "switch", "member", "one", "time", "zone", "thresholds"]
List = Literal["", "fund", "campaign", "appeal", "user", "note"]
WORLD: Final = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
ON: Final = "yes"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to set. `path` in a column of rows begins below the row."""

    path: tuple[str, ...]
    label: str
    kind: Kind = "text"
    help: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    choose: List = ""
    """Which of the systems' own lists it is chosen from."""
    unset: str = ""
    """What holds where nothing is said."""
    hint: str = ""
    """How it is written, said where it was not."""
    capitals: bool = False

    @property
    def name(self) -> str:
        """The field's name in the form."""
        return ".".join(self.path)

    @property
    def searched(self) -> bool:
        """Whether its list may be searched: not one of people, whose names belong in no address."""
        return self.choose not in ("", "user")


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields one below the other; as a group of their own where they have a title."""

    fields: tuple[Field, ...]
    title: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of fields."""

    title: str
    heads: tuple[str, ...]
    """Of the first column, and of each field's."""
    lines: tuple[tuple[str, tuple[Field, ...]], ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with names of people's own choosing. `decides`: a row without any of these columns is removed."""

    path: tuple[str, ...]
    title: str
    key: Field
    columns: tuple[Field, ...]
    decides: tuple[str, ...]
    help: str = ""
    wanting: str = ""
    """What is said of a new row that lacks what decides."""
    fixed: frozenset[str] = frozenset()
    """Names that stand elsewhere in the form."""
    names_itself: bool = False
    """Whether a row without a name gets one from its first column."""

    @property
    def cells(self) -> tuple[Field, ...]:
        """The fields of a row."""
        return self.key, *self.columns

    @property
    def name(self) -> str:
        """The path of the table."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form under a heading."""

    id: str
    title: str
    parts: tuple[Fields | Grid | Rows, ...]
    help: str = ""
    folded: bool = False

    def fields(self) -> Iterator[Field]:
        """All fields but those of rows."""
        for part in self.parts:
            if isinstance(part, Fields):
                yield from part.fields
            elif isinstance(part, Grid):
                yield from (each for _, fields in part.lines for each in fields)


@dataclass(frozen=True, slots=True)
class Form:
    """The settings of a pair of systems."""

    platform: Manifest
    crm: Manifest
    sections: tuple[Section, ...]

    def fields(self) -> Iterator[Field]:
        """All fields but those of rows."""
        for section in self.sections:
            yield from section.fields()

    def grids(self) -> list[Grid]:
        """All tables of fields."""
        return [part for section in self.sections for part in section.parts if isinstance(part, Grid)]

    def tables(self) -> list[Rows]:
        """All rows."""
        return [part for section in self.sections for part in section.parts if isinstance(part, Rows)]

    def whole(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Every setting as it is in force, those of both systems among them."""
        chosen = in_force(self.platform.name, self.crm.name, settings)
        for stated in (self.platform, self.crm):
            own = system_settings(self.platform.name, self.crm.name, settings, stated.name)
            chosen[stated.name] = {name: _laid(standard, own.get(name)) for name, standard in stated.settings.items()}
        return chosen


def _laid(standard: Any, own: Any) -> Any:
    if own is None:
        return standard
    return {**standard, **own} if isinstance(standard, Mapping) else own


def at(settings: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a path; None where there is none."""
    found: Any = settings
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


@cache
def zones() -> tuple[str, ...]:
    """Time zones by area and city, to choose from; others of the IANA list are taken too."""
    return tuple(sorted(zone for zone in available_timezones() if zone.partition("/")[0] in WORLD))
