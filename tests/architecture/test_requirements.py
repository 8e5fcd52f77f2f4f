"""Locked dependencies are the same on every machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[A-Za-z0-9._\[\]-]+==[\w.+!]+( ;.*)?")
LOCKED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (ROOT, ROOT / "layers" / "shared", ROOT / "local")
    for path in folder.glob("requirements*.txt")
)


def test_there_are_locks() -> None:
    assert "layers/shared/requirements.txt" in LOCKED
    assert len(LOCKED) >= 4


@pytest.mark.parametrize("name", LOCKED)
def test_every_line_pins_one_version_and_names_no_place(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    loose = [line for line in lines if line and not PINNED.fullmatch(line)]
    assert loose == []
