"""Every code by which the shipped program names an error, a question or an outcome, found in its source."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from giftbridge.connectors.bloomerang.refusals import KNOWN_REFUSALS
from giftbridge.connectors.virtuous.refusals import KNOWN
from giftbridge.jobs.contacts.verdict import CLASSES
from tests.architecture.source import FunctionNode, Module, shipped

NAMES = ("code", "error")
"""What parameters, fields and variables that hold one are called."""
OTHERS = frozenset(
    {"SignIn", "sign_in", "exchange", "country_name", "_segment_id", "Part", "Project", "Fund", "Answer"}
)
"""Whose `code` is another: of a consent, a sign-in, a country, a segment, a fund."""
WORD = re.compile(r"[a-z][a-z_-]*")
ABSTRACT = frozenset({"error", "code", "failed"})
"""Of a base that nobody raises, and words that stand beside codes."""


@cache
def codes() -> frozenset[str]:
    """All of them; of `http_503` and the like the beginning, `http_`."""
    found = {code for module in shipped() for value in _values(module) for code in _texts(value)}
    return frozenset(code for code in found | set(CLASSES) | set(_refusals()) if WORD.fullmatch(code)) - ABSTRACT


def _values(module: Module) -> Iterator[ast.expr]:
    """What stands for a code in a module: given by name, by place, as a default, or assigned."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _last(node.func) not in OTHERS:
            yield from (each.value for each in node.keywords if each.arg in NAMES)
            yield from (node.args[place] for place in _places().get(_last(node.func), ()) if place < len(node.args))
        elif isinstance(node, ast.Assign):
            yield from _assigned(node)


def _refusals() -> Iterator[str]:
    """What connectors make of a vendor's refusals: tables of (pattern, code, text), and what `explain` answers."""
    yield from (code for table in (KNOWN, KNOWN_REFUSALS) for _, code, _ in table)
    explaining = (node for module in shipped() for node in module.functions() if node.name == "explain")
    for returned in (node.value for each in explaining for node in ast.walk(each) if isinstance(node, ast.Return)):
        pairs = [each for each in ast.walk(returned) if isinstance(each, ast.Tuple)] if returned else []
        yield from (text for pair in pairs for text in _texts(pair.elts[0]))


def _assigned(node: ast.Assign) -> Iterator[ast.expr]:
    """What `code = ...` and `code, why = (...) if ... else (...)` give it."""
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id in NAMES:
            yield node.value
        elif isinstance(target, ast.Tuple):
            places = [place for place, each in enumerate(target.elts) if getattr(each, "id", "") in NAMES]
            tuples = [each for each in ast.walk(node.value) if isinstance(each, ast.Tuple)]
            yield from (each.elts[place] for each in tuples for place in places)


@cache
def _places() -> dict[str, frozenset[int]]:
    """Function or class -> at which places those of that name take a code."""
    found: dict[str, frozenset[int]] = {}
    for module in shipped():
        for node in ast.walk(module.tree):
            if isinstance(node, FunctionNode | ast.ClassDef):
                places = {place for place, name in enumerate(_parameters(node)) if name in NAMES}
                found[node.name] = found.get(node.name, frozenset()) | places
    return found


def _parameters(node: ast.AST) -> list[str]:
    """Names in order, without `self`."""
    if isinstance(node, ast.ClassDef):
        made = [each for each in node.body if isinstance(each, FunctionNode) and each.name == "__init__"]
        if made:
            return _parameters(made[0])
        return [
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]
    assert isinstance(node, FunctionNode)
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may be; constants of any module by their name."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.JoinedStr):
        yield from _texts(value.values[0])
    elif isinstance(value, ast.Subscript):
        yield from _texts(value.value)
    elif isinstance(value, ast.Name | ast.Attribute):
        yield from _constants().get(_last(value), ())


@cache
def _constants() -> dict[str, frozenset[str]]:
    """Name of a module's constant -> the texts in it."""
    found: dict[str, frozenset[str]] = {}
    for node in (node for module in shipped() for node in module.tree.body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.isupper():
            found[node.target.id] = found.get(node.target.id, frozenset()) | frozenset(_held(node.value))
    return found


def _held(value: ast.expr | None) -> Iterator[str]:
    """The text that a constant is, or the texts that a table of them leads to."""
    held = value.values if isinstance(value, ast.Dict) else [value]
    yield from (one.value for one in held if isinstance(one, ast.Constant) and isinstance(one.value, str))
