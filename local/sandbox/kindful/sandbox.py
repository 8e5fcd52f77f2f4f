"""The sandbox for tests: a server in a thread, and a handle on each of its accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from local.sandbox.common.remote import ServerControl, TenantControl, plain_client
from local.sandbox.common.server import InThread
from local.sandbox.kindful.account import CUSTOMER_APP
from local.sandbox.kindful.api import BASES
from local.sandbox.kindful.app import build_app
from local.sandbox.kindful.oauth import AUTHORIZE_PATH, TOKEN_PATH
from local.sandbox.kindful.world import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, World

CUSTOMER_PATH, PARTNER_PATH = BASES["customer"], BASES["partner"]


class KindfulControl(ServerControl):
    """The control calls of a running sandbox server at `url`, in this process or another."""

    client_id = DEFAULT_CLIENT_ID
    client_secret = DEFAULT_CLIENT_SECRET

    @property
    def authorize_url(self) -> str:
        """The consent page."""
        return self.url + AUTHORIZE_PATH

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return self.url + TOKEN_PATH

    def account(
        self,
        name: str | None = None,
        *,
        token: str | None = None,
        reference: dict[str, Any] | None = None,
        **options: Any,
    ) -> KindfulAccount:
        """A new account; keyword arguments beyond the named ones are its `Options`."""
        chosen = name or f"account-{next(self._numbers)}"
        body: dict[str, Any] = {"name": chosen, "token": token, "options": options}
        body |= {"reference": reference} if reference else {}
        self.server.call("POST", "/accounts", json=body)
        return self.open(chosen)

    def open(self, name: str) -> KindfulAccount:
        """A handle on an account that exists."""
        account = KindfulAccount(self.url, name)
        self._open.append(account)
        return account

    def consent(self, account: str, *, allow: bool = True, scope: str | None = None) -> None:
        """Let the consent page answer by itself from now on."""
        self.server.call("PUT", "/oauth/consent", json={"account": account, "allow": allow, "scope": scope})

    def ask_again(self) -> None:
        """Let the consent page show itself again."""
        self.server.call("DELETE", "/oauth/consent")

    def register(self, client_id: str, client_secret: str, redirect_uri: str | None = None) -> None:
        """Register a partner's application."""
        body = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}
        self.server.call("POST", "/oauth/clients", json=body)

    def refuse_unknown_with(self, status: int) -> None:
        """How credentials nobody knows are refused: 401 or 404."""
        self.server.call("PUT", "/unknown-credentials", json={"status": status})


class KindfulAccount(TenantControl):
    """One account of a sandbox: its control calls and a plain API client with the customer's own token."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, f"/_sandbox/accounts/{name}")
        self.url = url
        self.name = name
        try:
            self.summary: dict[str, Any] = self.call("GET", "")
        except httpx.HTTPError:
            super().close()
            raise
        self.token: str = self.summary["tokens"][0]
        headers = {"Authorization": f'Token token="{self.token}"'}
        self.api = plain_client(url + CUSTOMER_PATH, headers=headers)
        self._clients = [self.api]

    @property
    def id(self) -> int:
        """The organisation's own id, as `details` tells it."""
        return int(self.summary["id"])

    def partner(self, scope: str = "basic data_add data_query", **grant: Any) -> httpx.Client:
        """An API client of a partner's application that this account has let in, without a browser."""
        server = TenantControl(self.url, "/_sandbox")
        tokens = server.call("POST", "/oauth/grant", json={"account": self.name, "scope": scope, **grant})
        server.close()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        client = plain_client(self.url + PARTNER_PATH, headers=headers)
        self._clients.append(client)
        return client

    def seed(self, people: int = 0, **plan: Any) -> dict[str, list[int]]:
        """Store made-up records (`PeoplePlan`); returns the ids by kind."""
        made: dict[str, list[int]] = self.call("POST", "/seed", json={"people": people, **plan})
        return made

    def state(self) -> dict[str, Any]:
        """Every record as it is stored, by kind, and what each application knows."""
        found: dict[str, Any] = self.call("GET", "/state")
        return found

    def set_options(self, **changes: Any) -> None:
        """Change options."""
        self.call("POST", "/options", json=changes)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs in order of arrival, with what really became of each row (`outcomes`)."""
        found: list[dict[str, Any]] = self.call("GET", "/jobs")
        return found

    def run_jobs(self, count: int | None = None, app: str | None = None) -> list[str]:
        """Finish jobs now, whatever the clock says, and apply what they changed; their ids."""
        ended: list[str] = self.call("POST", "/jobs/run", json={"count": count, "app": app})
        return ended

    def begin_job(self, app: str | None = None) -> list[str]:
        """Let the next job of each application begin and not end."""
        begun: list[str] = self.call("POST", "/jobs/run", json={"app": app, "only_begin": True})
        return begun

    def plan_job(self, status: str = "error", rows: int | None = None, job: str | None = None, **plan: Any) -> None:
        """Let the next job (or one) end with a status, after its first `rows` rows (None: none, if it fails)."""
        self.call("POST", "/jobs/plan", json={"status": status, "rows": rows, "id": job, **plan})

    def consolidate(self, job: str, into: str) -> None:
        """Take a waiting job into another one."""
        self.call("POST", f"/jobs/{job}", json={"into": into})

    def force_status(self, job: str, status: str) -> None:
        """Give a job a status without doing its work."""
        self.call("POST", f"/jobs/{job}", json={"status": status})

    def pause(self, *, paused: bool = True) -> None:
        """An admin pauses the sync, or lets it go on."""
        self.call("PUT", "/pause", json={"paused": paused})

    def staff(self, action: str, record: int = 0, **more: Any) -> Any:
        """Somebody in the office does something (`StaffAction`)."""
        return self.call("POST", "/staff", json={"action": action, "id": record, **more})

    def staff_contact(self, **fields: Any) -> int:
        """Somebody makes a contact; its id."""
        return int(self.staff("add_contact", fields=fields)["id"])

    def staff_edit(self, contact: int, **fields: Any) -> Any:
        """Somebody edits a contact."""
        return self.staff("edit_contact", contact, fields=fields)

    def staff_gift(self, contact: int, **fields: Any) -> int:
        """A gift comes in by another way; its id."""
        return int(self.staff("add_gift", contact, fields=fields)["id"])

    def staff_merge(self, winner: int, loser: int) -> None:
        """Somebody merges two contacts."""
        self.staff("merge", winner, loser=loser)

    def revoke(self, *, grants: bool = False) -> None:
        """The customer disconnects: its token, or every OAuth grant."""
        self.call("POST", "/access", json={"grants": True} if grants else {"token": self.token})

    def restore(self, *, grants: bool = False) -> None:
        """The customer gives the access back."""
        self.call("POST", "/access", json={"active": True} | ({"grants": True} if grants else {"token": self.token}))

    def set_webhook(self, url: str | None, app: str = CUSTOMER_APP) -> None:
        """Where events are posted from now on, with the external ids of which application."""
        self.call("PUT", "/webhook", json={"url": url, "app": app})

    def events(self) -> list[dict[str, Any]]:
        """Every event so far, with the outcome of each attempt to deliver it."""
        found: list[dict[str, Any]] = self.call("GET", "/webhook")["events"]
        return found

    def post_webhook(self, body: Any = None, event: str | None = None) -> Any:
        """Post a forged body, or an event once more; `{"body", "answer"}`."""
        return self.call("POST", "/webhook/send", json={"body": body, "event": event})

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()
        super().close()


class KindfulSandbox(InThread, KindfulControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(World(), state_file), port)
