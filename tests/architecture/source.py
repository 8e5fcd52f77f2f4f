"""The shipped code as a tree: files, imports, functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "shared" / "giftbridge"
FUNCTIONS = ROOT / "functions"
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """Dotted, `giftbridge.jobs.step` or `functions.contact_sync.app`."""
        base = PACKAGE.parent if self.path.is_relative_to(PACKAGE) else ROOT
        return ".".join(self.path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        """All lines of the file."""
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def imports(self) -> Iterator[str]:
        """Every module it imports, lazily or for types alone included; `from a import b` as `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} imports relatively"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[FunctionNode]:
        """Functions and methods, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))

    def docstrings(self) -> set[int]:
        """Ids of the nodes that are docstrings."""
        owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        bodies = [node.body for node in ast.walk(self.tree) if isinstance(node, owners)]
        return {
            id(statement.value)
            for body in bodies
            for statement in body
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        }

    def words(self) -> Iterator[tuple[int, str]]:
        """(line, word) of all names and texts in the code; prose in docstrings and comments is free."""
        prose = self.docstrings()
        for node in ast.walk(self.tree):
            line = getattr(node, "lineno", 0)
            match node:
                case ast.Constant(value=str(text)) if id(node) not in prose:
                    yield line, text
                case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.alias(name=word):
                    yield line, word
                case ast.FunctionDef(name=word) | ast.ClassDef(name=word):
                    yield line, word


def body_lines(node: FunctionNode) -> int:
    """Lines of a function's body, less its docstring."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    last = body[-1].end_lineno if body else None
    return last - body[0].lineno + 1 if last else 0


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def package() -> tuple[Module, ...]:
    """The layer's own code."""
    return tuple(Module(path, ast.parse(path.read_text(encoding="utf-8"))) for path in _files(PACKAGE))


@cache
def entries() -> tuple[Module, ...]:
    """The functions' own code."""
    return tuple(Module(path, ast.parse(path.read_text(encoding="utf-8"))) for path in _files(FUNCTIONS))


def shipped() -> tuple[Module, ...]:
    """All that is deployed."""
    return package() + entries()
