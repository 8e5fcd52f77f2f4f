"""Conditions of queries as plain comparisons: MiniStack parses them anew for each item, and a log has thousands.

The first item of each query goes through MiniStack, which refuses what AWS refuses.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.emulator import inner

Test = Callable[[Mapping[str, Any]], bool]
PLAIN = re.compile(r"(#\w+) = (:\w+)(?: AND (#\w+) (?:(<=|>=|<|>|=) (:\w+)|BETWEEN (:\w+) AND (:\w+)))?")
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": str.__eq__, "<": str.__lt__, ">": str.__gt__, "<=": str.__le__, ">=": str.__ge__,
}  # fmt: skip


def install() -> None:
    """Every query of texts by the forms that are plain."""
    asked: Any = inner.tables._evaluate_condition
    last: tuple[str, Any, Any, Test | None] = ("", None, None, None)

    def evaluate(expr: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        nonlocal last
        if slot not in ("KeyConditionExpression", "FilterExpression"):
            return asked(expr, item, values, names, slot)
        if last[0] == expr and last[1] is values and last[2] is names and last[3] is not None:
            return last[3](item)
        found = asked(expr, item, values, names, slot)
        last = (expr, values, names, plain(expr, values, names))
        return found

    inner.tables._evaluate_condition = evaluate


def plain(expr: str, values: Mapping[str, Any], names: Mapping[str, str]) -> Test | None:
    """The condition as a comparison of texts; None where it is of another form."""
    form = PLAIN.fullmatch(expr.strip())
    if form is None:
        return None
    hash_name, hash_value, sort_name, how, other, low, top = form.groups()
    texts = {each: values.get(each, {}).get("S") for each in (hash_value, other, low, top) if each}
    if None in texts.values() or any(each not in names for each in (hash_name, sort_name) if each):
        return None
    whose, text = names[hash_name], texts[hash_value]
    if sort_name is None:
        return lambda item: bool(item.get(whose, {}).get("S") == text)
    place = names[sort_name]
    if low:
        first, last = texts[low], texts[top]
        return lambda item: bool(item[whose]["S"] == text and first <= item[place]["S"] <= last)
    compare, limit = COMPARE[how], texts[other]
    return lambda item: bool(item[whose]["S"] == text and compare(item[place]["S"], limit))
