"""A line of the report: a figure beside its bound or baseline, and whether it is what was aimed at."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Figures = Mapping[str, Any]
SLACK = 1.05


@dataclass(frozen=True)
class Line:
    """`of` says what was measured with what; `met` is None where nothing was aimed at."""

    section: str
    of: str
    figure: str
    beside: str = ""
    aim: str = ""
    met: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """For the JSON report."""
        return asdict(self)


@dataclass(frozen=True)
class Measurement:
    """Something to measure, known by its name and parameters; `take` answers with figures fit for JSON."""

    name: str
    parameters: Mapping[str, Any]
    take: Callable[..., Figures]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{name}={value}" for name, value in self.parameters.items())])


def thousands(number: float) -> str:
    """`12,345`, or with digits behind the point where it is small."""
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:,.2f}"
