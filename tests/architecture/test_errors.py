"""Every error says what to do next, and somebody does it."""

import ast
import inspect

import pytest

from giftbridge import errors
from giftbridge.errors import GiftbridgeError
from tests.architecture.source import package

TREE = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]
LEAVES = [one for one in TREE if one is not GiftbridgeError]
RAISED_ONLY = {"ConfigError"}
"""Outside the tree: nobody handles it, the message fails and the deployment is put right."""
HANDLED_IN = {
    "Retry": "jobs.step", "Defer": "jobs.step", "Disconnected": "jobs.step", "Paused": "jobs.step",
    "Fenced": "jobs.step", "NotFound": "jobs.gifts.push", "Reject": "jobs.gifts.push", "Park": "jobs.gifts.push",
    "Removed": "jobs.step", "Partial": "jobs.confirming", "Conflict": "jobs.contacts.pairs", "Invalid": "api.problems",
}  # fmt: skip
"""Error -> the part whose business it is."""


def names_in(part: str) -> set[str]:
    """Errors that a part catches, or asks for by `isinstance`."""
    found: set[str] = set()
    for module in package():
        if not f"{module.name}.".startswith(f"giftbridge.{part}."):
            continue
        for node in ast.walk(module.tree):
            asked = node.type if isinstance(node, ast.ExceptHandler) else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
                asked = node.args[1]
            found |= {name.id for name in ast.walk(asked) if isinstance(name, ast.Name)} if asked else set()
    return found


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_every_error_is_somebodys_business(error: type[Exception]) -> None:
    if error.__name__ in RAISED_ONLY:
        return
    assert error.__name__ in HANDLED_IN, "say who handles it"
    family = {one.__name__ for one in error.__mro__ if issubclass(one, GiftbridgeError)} - {"GiftbridgeError"}
    assert family & names_in(HANDLED_IN[error.__name__])


def test_the_step_handles_the_whole_tree() -> None:
    assert "GiftbridgeError" in names_in("jobs.step")


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.__name__)
def test_every_error_is_drawn_in_the_tree_and_described(error: type[Exception]) -> None:
    assert error.__doc__
    documented = errors.__doc__ or ""
    assert error.__name__ in documented, "errors.py draws the tree in its docstring"


def test_codes_are_stable_words_of_their_own() -> None:
    codes = {one.__name__: one.code for one in LEAVES if issubclass(one, GiftbridgeError) and "code" in vars(one)}
    assert len(set(codes.values())) == len(codes)
    assert all(code.replace("_", "").isalpha() for code in codes.values())


def test_nothing_is_caught_that_was_not_meant() -> None:
    """`except Exception` stands only where a bug is written down and raised again."""
    broad = [
        module.name
        for module in package()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in BROAD)
    ]
    assert sorted(set(broad)) == [
        "giftbridge.entry",
        "giftbridge.jobs.settling",
        "giftbridge.jobs.step",
        "giftbridge.logs",
    ]


BROAD = {"Exception", "BaseException"}
