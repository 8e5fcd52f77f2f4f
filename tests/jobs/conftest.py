"""The jobs over tables in this process."""

from tests.large import world

__all__ = ["world"]
