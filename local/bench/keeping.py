"""Finished measurements in .local/bench/, by name, parameters and the code that was measured."""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.bench.lines import Measurement
from local.paths import ROOT, RUN

FOLDER = RUN / "bench"
MEASURED = ("functions", "layers", "template.yaml", "local/sandbox", "local/emulator", "local/bench")
PRESENTATION = frozenset({
    "__main__.py", "calls.py", "units_per_contact.py", "pace.py", "first_sync.py", "cost.py", "prices.toml", "table.py",
    "lines.py", "keeping.py", "plan.py",
})  # fmt: skip
"""Modules that only tell what others measured: a change of theirs makes nothing be measured again."""
_UNUSED = frozenset({"__pycache__", ".ruff_cache", ".mypy_cache"})


def kept(measurement: Measurement, version: str) -> dict[str, Any] | None:
    """What was measured before with the same code, if it was: `figures`, `at`, `load`."""
    file = _file(measurement, version)
    found: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    return found


def keep(measurement: Measurement, version: str, figures: Any) -> dict[str, Any]:
    """Write a finished measurement down, with when and under which load it was made."""
    entry = {
        "measurement": measurement.name, "parameters": dict(measurement.parameters), "code": version,
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "load": os.getloadavg()[0], "figures": figures,
    }  # fmt: skip
    file = _file(measurement, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(entry, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(file)
    return entry


def code_version() -> str:
    """Hash of what is measured and of what measures it."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in MEASURED:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        for file in files:
            told = file.parent.name == "bench" and file.name in PRESENTATION
            if not _UNUSED & set(file.parts) and not told:
                yield file


def _file(measurement: Measurement, version: str) -> Path:
    named = json.dumps([measurement.name, sorted(measurement.parameters.items()), version])
    return FOLDER / f"{measurement.name}-{hashlib.sha256(named.encode()).hexdigest()[:16]}.json"
