"""Short words for reading from the WeGive sandbox."""

from __future__ import annotations

from typing import Any

from local.sandbox.wegive import WeGiveOrganisation


def page(organisation: WeGiveOrganisation, resource: str, **query: Any) -> dict[str, Any]:
    """A list's answer; keys of `query` may hold brackets."""
    answer = organisation.api.get(f"/dashboard/{resource}", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids(organisation: WeGiveOrganisation, resource: str = "transactions", **query: Any) -> list[int]:
    """The ids of a list's page."""
    return [row["id"] for row in page(organisation, resource, **query)["data"]]


def one(organisation: WeGiveOrganisation, resource: str, row: int) -> dict[str, Any]:
    """A single record."""
    answer = organisation.api.get(f"/dashboard/{resource}/{row}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()["data"]
    return body
