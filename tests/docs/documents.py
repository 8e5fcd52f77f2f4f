"""What people read: the Markdown of the project."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^(?:```.*?^```|(?: {4}[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
UNREAD = {".git", ".local", ".aws-sam", "node_modules", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis"}


@cache
def documents() -> tuple[Path, ...]:
    """Every page."""
    found = (path for path in ROOT.rglob("*.md") if not set(path.relative_to(ROOT).parts) & UNREAD)
    return tuple(sorted(path for path in found if not any(part.startswith(".venv") for part in path.parts)))


def code(path: Path) -> str:
    """All code of a page, blocks and inline, one piece a line."""
    text = path.read_text(encoding="utf-8")
    blocks = [found.group() for found in BLOCK.finditer(text)]
    return "\n".join([*blocks, *INLINE.findall(BLOCK.sub("", text))])


def anchors(path: Path) -> set[str]:
    """Where links may point to within a page."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(text)}


def relative(path: Path) -> str:
    """For the names of tests."""
    return path.relative_to(ROOT).as_posix()
