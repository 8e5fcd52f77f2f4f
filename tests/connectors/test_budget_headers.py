"""A vendor that tells in its headers how many calls are left: the gate hears of it, if it makes sense."""

from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from giftbridge.errors import GiftbridgeError
from tests.connectors.contract import Bench, case_of

TOLD = {"X-RateLimit-Limit": "1500", "X-RateLimit-Remaining": "1499", "X-RateLimit-Reset": "1772370000"}


def observed(name: str, status: int, headers: dict[str, str]) -> list[tuple[int, int, datetime]]:
    """What the gate of a connector heard from one answer."""
    bench = Bench(name, case_of(name), troubles={0: lambda _: httpx.Response(status, headers=headers)})
    with suppress(GiftbridgeError):
        bench.connector.identify()
    return bench.observed


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500, 503])
def test_P05_every_answer_is_heard(status: int) -> None:
    assert observed("virtuous", status, TOLD) == [(1500, 1499, datetime(2026, 3, 1, 13, tzinfo=UTC))]


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("value", [None, "", "soon", "-1", "1.5", "²", "9" * 30])
def test_what_makes_no_sense_is_passed_over(name: str, value: str | None) -> None:
    headers = {**TOLD, name: value}
    given = {key: one for key, one in headers.items() if one is not None}
    assert observed("virtuous", 200, {key: one for key, one in given.items() if one.isascii()}) == []


def test_who_states_no_such_headers_is_not_believed_to_send_any() -> None:
    assert observed("bloomerang", 200, TOLD) == []
