"""Contract suite: what a webhook says, and what is refused as none."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.connectors.notice import Notice
from giftbridge.errors import Reject
from giftbridge.jobs.notices import WORK
from tests.connectors.contract import Bench, case_of

CALLERS = [name for name in names() if "webhooks" in load_manifest(name).capabilities]
EVERY_CALLER = pytest.mark.parametrize("name", CALLERS)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def parsed(name: str, body: bytes, headers: Mapping[str, str] | None = None) -> list[Notice]:
    known = case_of(name).webhook[1] if headers is None else headers
    found: list[Notice] = import_module(f"giftbridge.connectors.{name}.webhook").notices(body, known)
    return found


def outcome(name: str, body: bytes) -> list[Notice] | Reject:
    """What a body says, or why it says nothing."""
    try:
        return parsed(name, body)
    except Reject as refused:
        return refused


def pruned(value: Any) -> list[Any]:
    """A JSON value with each of its parts taken away or replaced in turn."""
    if not isinstance(value, dict):
        return []
    found: list[Any] = []
    for key in value:
        found.append({name: one for name, one in value.items() if name != key})
        found += [{**value, key: other} for other in (None, 7, [], {}, "", True, *pruned(value[key]))]
    return found


@EVERY_CALLER
def test_the_vendors_own_webhook_is_understood(name: str) -> None:
    body, headers, expected = case_of(name).webhook
    assert parsed(name, body, headers) == expected
    assert Bench(name, case_of(name)).connector.notices(body, headers) == expected
    assert {notice.kind for notice in expected} <= WORK.keys(), "somebody acts on it"


@EVERY_CALLER
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 200_000, b"<xml/>"])
def test_what_is_no_webhook_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(Reject):
        parsed(name, body)


@EVERY_CALLER
@OFTEN
@given(body=st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_arrives_is_a_crash(name: str, body: bytes) -> None:
    assert isinstance(outcome(name, body), list | Reject)


@EVERY_CALLER
def test_a_webhook_without_one_of_its_parts_is_no_crash_and_names_nobody_else(name: str) -> None:
    body, _, expected = case_of(name).webhook
    subjects = {notice.subject for notice in expected}
    for other in pruned(json.loads(body)):
        found = outcome(name, json.dumps(other).encode())
        assert isinstance(found, Reject) or {notice.subject for notice in found} <= subjects
