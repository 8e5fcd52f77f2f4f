"""The management API, called as the operator."""

import getpass
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx

from giftbridge.aws.vault import token
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import FINAL
from ops.output import end
from ops.place import Place

OWN_KEY: Final = "GIFTBRIDGE_API_KEY"
KEY_GOOD: Final = timedelta(minutes=15)
LOOKS_SECONDS: Final = 1.0


@dataclass
class Management:
    """Calls for one connection, with the platform's key in `GIFTBRIDGE_API_KEY` or one that is good for minutes."""

    place: Place
    connection: Connection
    http: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON, below the connection. Ends with the API's own sentence where it refuses."""
        self.headers = self.headers or {"authorization": f"Bearer {self._key()}", "giftbridge-actor": actor()}
        one = self.connection
        url = f"{self.place.api}/v1/organisations/{one.organisation}/connections/{one.id}{path}"
        reply = self.http.request(method, url, json=body, headers=self.headers)
        if not reply.is_success:
            end(_why(reply))
        return reply.json()

    def ended(self, run: str, seen: Any) -> Any:
        """A run once it has ended; `seen` is told of it at each look."""
        while True:
            found = self.call("GET", f"/runs/{run}")
            seen(found)
            if found["state"] in FINAL:
                return found
            time.sleep(LOOKS_SECONDS)

    def _key(self) -> str:
        if given := os.environ.get(OWN_KEY):
            return given
        app, key = self.place.app, f"gb_{token()}"
        app.connections.keep_api_key(key, self.connection.platform, app.now(), app.now() + KEY_GOOD)
        return key


@contextmanager
def management(place: Place, connection: str) -> Iterator[Management]:
    """The API for the connection of this id. Ends where there is none."""
    with httpx.Client(timeout=60) as http:
        yield Management(place, found(place, connection), http)


def found(place: Place, connection: str) -> Connection:
    """The connection of this id, whoever's it is."""
    for one in place.app.connections.everywhere():
        if one.id == connection:
            return one
    end(f"There is no connection {connection}. `connections` lists them.")


def actor() -> str:
    """Who an operator is in the sync log."""
    return f"operator:{re.sub(r'[^!-~]', '', getpass.getuser())[:80]}"


def _why(reply: httpx.Response) -> str:
    try:
        problem = reply.json()
        wrong = [f"{one['path']}: {one['detail']}" for one in problem.get("errors", ())]
        return " ".join([str(problem.get("detail") or problem["title"]), *wrong])
    except (ValueError, KeyError, TypeError):
        return f"The management API answered {reply.status_code}."
