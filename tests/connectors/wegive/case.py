"""WeGive for the contract suite: a donor, a company, a gift of two funds and a guest's check."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from tests.connectors.contract import Case

DASHBOARD: Final = "/api/dashboard"
ADA: Final = "11100001"
COMPANY: Final = "11100002"
GIFT: Final = "12200001"
GUESTS_GIFT: Final = "12200002"
EMPTY: Final = {"data": [], "meta": {"total": 0}}


def answered(body: Any) -> Callable[[httpx.Request], httpx.Response]:
    """The vendor answers with this instead."""
    return lambda _: httpx.Response(200, json=body)


CASE: Final = Case(
    folder=Path(__file__).parent,
    credentials={"api_key": {"kind": "api_key", "api_key": "101|made-up-key-of-wegive"}},
    answers=[
        (rf"GET {DASHBOARD}/transactions", "transactions.json"),
        (rf"GET {DASHBOARD}/transactions/{GIFT}", "transaction.json"),
        (rf"GET {DASHBOARD}/transactions/{GUESTS_GIFT}", "guest.json"),
        (rf"GET {DASHBOARD}/donors", "donors.json"),
        (rf"GET {DASHBOARD}/donors/{ADA}", "donor.json"),
        (rf"GET {DASHBOARD}/donors/{COMPANY}", "company.json"),
        (rf"GET {DASHBOARD}/funds", "funds.json"),
        (rf"GET {DASHBOARD}/scheduled-donations", "schedules.json"),
        (rf"POST {DASHBOARD}/donors/find-or-create", "donor.json"),
    ],
    contact_id=ADA,
    gift_id=GIFT,
    searches_by_url=True,
)
