"""Gratavid for the contract suite. The key stands in the query of every call: the vendor has no other way."""

from pathlib import Path
from typing import Any, Final

import httpx

from tests.connectors.contract import Case

LINK: Final = "https://account.gratavid.com"


def managed(request: httpx.Request) -> Any:
    """`getUsers` or `getNotes`, as the query's `event` says."""
    return CASE.fixture({"getUsers": "users.json", "getNotes": "notes.json"}[request.url.params["event"]])


CASE: Final = Case(
    folder=Path(__file__).parent,
    credentials={"api_key": {"kind": "api_key", "api_key": "gv-made-up-key-1f6e"}},
    answers=[
        (r"GET /api/manageIntegrations", managed),
        (r"DELETE /api/manageIntegrations", lambda _: {}),
        (
            r"POST /api/integrationsEndpoint",
            lambda _: {"message": "Task created", "taskId": "t_1", "viewInGratavidLink": f"{LINK}/tasks/t_1"},
        ),
        (
            r"PUT /api/integrationsEndpoint",
            lambda _: {
                "message": "Note sent", "noteId": "n_5", "gvSendId": "s_9", "viewInGratavidLink": f"{LINK}/sends/s_9",
            },
        ),
    ],
    contact_id="",
    key_in_url=True,
)  # fmt: skip
