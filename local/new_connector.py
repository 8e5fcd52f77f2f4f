"""Starts a connector: `python -m local.new_connector <name> [--title T] [--role crm|platform]`.

Writes a folder of code, a folder for its tests and a page, and nothing else: registry, contract suite and
documentation checks find it by its manifest. The suite fails until the gaps are filled, and names them.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Final

SKELETON: Final = Path(__file__).parent / "connector_skeleton"
CAPABILITIES: Final = {
    "crm": ("reads_contacts", "fetches_contacts", "writes_contacts", "records_gifts"),
    "platform": ("reads_contacts", "fetches_contacts", "writes_contacts", "reads_gifts", "holds_events", "annotates"),
}


def create(root: Path, name: str, title: str, role: str) -> list[Path]:
    """Write the new connector's files under `root`. Raises `ValueError` for a bad name, `FileExistsError`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name):
        raise ValueError(f"{name!r}: a name is one word of small letters, such as acme or acme_giving")
    words = {
        "name": name,
        "title": title,
        "role": role,
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "capabilities": ", ".join(f'"{one}"' for one in CAPABILITIES[role]),
    }
    targets = {
        "code": root / "layers" / "shared" / "giftbridge" / "connectors" / name,
        "tests": root / "tests" / "connectors" / name,
    }
    for target in targets.values():
        target.mkdir(parents=True)
    made = [_fill(source, targets[part] / source.stem, words) for part in targets for source in _files(part)]
    (targets["tests"] / "fixtures").mkdir()
    return [*made, _fill(SKELETON / "docs" / "page.md.txt", root / "docs" / "connectors" / f"{name}.md", words)]


def _files(part: str) -> list[Path]:
    return sorted((SKELETON / part).glob("*.txt"))


def _fill(source: Path, target: Path, words: dict[str, str]) -> Path:
    text = Template(source.read_text(encoding="utf-8")).substitute(words)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as file:
        file.write(text)
    return target


def main(arguments: Sequence[str] | None = None) -> None:
    """Create it and say what comes next."""
    parser = argparse.ArgumentParser(prog="python -m local.new_connector", description="Start a new connector.")
    parser.add_argument("name", help="one word of small letters: its folder and its name everywhere")
    parser.add_argument("--title", default="", help="as people write it")
    parser.add_argument("--role", choices=sorted(CAPABILITIES), default="crm")
    chosen = parser.parse_args(arguments)
    try:
        made = create(Path.cwd(), chosen.name, chosen.title or chosen.name.replace("_", " ").title(), chosen.role)
    except (ValueError, FileExistsError) as refused:
        parser.error(str(refused))
    for path in made:
        print(path.relative_to(Path.cwd()))
    print(f"Next: python -m pytest tests/connectors -k {chosen.name}, and docs/adding-a-connector.md")


if __name__ == "__main__":
    main()
