"""Short words for what tests do with the Kindful sandbox, and the rows they send."""

from __future__ import annotations

from typing import Any

import httpx

from local.sandbox.kindful import KindfulAccount

EARLY, NOON, LATER = "2026-03-01 10:00:00 UTC", "2026-03-01 12:00:00 UTC", "2026-03-01 14:00:00 UTC"
ADA: dict[str, Any] = {"id": "d-1", "first_name": "Ada", "last_name": "Lane", "email": "ada@example.org"}
GIFT: dict[str, Any] = {
    **ADA,
    "transaction_id": "g-1",
    "amount_in_cents": "5000",
    "transaction_time": NOON,
    "transaction_updated_at": NOON,
    "campaign": "Spring",
    "campaign_id": "c-1",
    "transaction_type": "credit",
}


def post(client: httpx.Client, *rows: dict[str, Any], path: str = "/imports", **envelope: Any) -> str:
    """Post an import (a contact update unless said otherwise); the job's id."""
    body = {"data_format": "contact", "action_type": "update", "data_type": "json", "data": list(rows)}
    answer = client.post(path, json=body | envelope)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"id", "status"}
    return str(answer.json()["id"])


def status(account: KindfulAccount, job: str) -> dict[str, Any]:
    """A job as the API tells it."""
    answer = account.api.get(f"/imports/{job}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def done(account: KindfulAccount, *rows: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    """Post an import by the customer's token and let it run; the job as the API tells it."""
    job = post(account.api, *rows, **envelope)
    account.run_jobs()
    return status(account, job)


def give(account: KindfulAccount, *rows: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    """Import gifts and let the job run."""
    return done(account, *rows, data_format="contact_with_transaction", **envelope)


def link(account: KindfulAccount, kind: str, *rows: dict[str, Any], action: str = "update") -> dict[str, Any]:
    """Link records and let the job run; `kind` is `contacts` or `transactions`."""
    body = {"action_type": action, "data_type": "json", "data": list(rows)}
    answer = account.api.post(f"/{kind}/link", json=body)
    assert answer.status_code == 200, answer.text
    account.run_jobs()
    return status(account, answer.json()["id"])


def outcomes(account: KindfulAccount) -> list[dict[str, str]]:
    """What became of the rows of the last job."""
    found: list[dict[str, str]] = account.jobs()[-1]["outcomes"]
    return found


def contacts(account: KindfulAccount, *query: Any, **more: Any) -> list[dict[str, Any]]:
    """The first page of a query for contacts (all of them by default)."""
    return _results(account, "contacts", query, more)


def gifts(account: KindfulAccount, *query: Any, **more: Any) -> list[dict[str, Any]]:
    """The first page of a query for transactions (all of them by default)."""
    return _results(account, "transactions", query, more)


def _results(account: KindfulAccount, kind: str, query: tuple[Any, ...], more: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = list(query) or [{"or": ["linked", "not_linked"]}]
    answer = account.api.post(f"/{kind}/query", json={"query": wanted, **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found
