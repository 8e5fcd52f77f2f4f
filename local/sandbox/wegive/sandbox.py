"""The sandbox for tests: a server in a thread, and a handle on each of its organisations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from local.sandbox.common.remote import ServerControl, TenantControl, plain_client
from local.sandbox.common.server import InThread
from local.sandbox.wegive.app import build_app
from local.sandbox.wegive.world import World

API_PATH = "/api"
Kept = dict[str, Any]
"""A row as the sandbox keeps it: columns, `created`, `updated`, `deleted`; cents, and seconds since 1970."""


class WeGiveControl(ServerControl):
    """The control calls of a running sandbox server at `url`, in this process or another."""

    def organisation(
        self,
        name: str | None = None,
        *,
        api_key: str | None = None,
        title: str = "Paws Rescue",
        reference: dict[str, Any] | None = None,
        **options: Any,
    ) -> WeGiveOrganisation:
        """A new organisation; keyword arguments beyond the named ones are its `Options`."""
        chosen = name or f"organisation-{next(self._numbers)}"
        body = {"name": chosen, "title": title, "api_key": api_key, "options": options}
        body |= {"reference": reference} if reference else {}
        self.server.call("POST", "/organisations", json=body)
        return self.open(chosen)

    def open(self, name: str) -> WeGiveOrganisation:
        """A handle on an organisation that exists."""
        organisation = WeGiveOrganisation(self.url, name)
        self._open.append(organisation)
        return organisation


class WeGiveOrganisation(TenantControl):
    """One organisation of a sandbox: its control calls and a plain API client for tests."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, f"/_sandbox/organisations/{name}")
        self.url = url
        self.name = name
        self.summary: dict[str, Any] = self._summary()
        self.api_key: str = self.summary["api_keys"][0]
        headers = {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}
        self.api = plain_client(url + API_PATH, headers=headers)

    def _summary(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.call("GET", "")
        except httpx.HTTPError:
            super().close()
            raise
        return found

    def fund_id(self, name: str = "General Fund") -> int:
        """A fund's id by its name."""
        return int(self.call("GET", "")["funds"][name])

    def campaign_id(self, name: str = "Annual Fund") -> int:
        """A campaign's id by its name."""
        return int(self.call("GET", "")["campaigns"][name])

    def seed(self, people: int = 0, **plan: Any) -> dict[str, list[int]]:
        """Store made-up people and gifts (`PeoplePlan`); returns the ids by kind."""
        made: dict[str, list[int]] = self.call("POST", "/seed", json={"people": people, **plan})
        return made

    def state(self) -> dict[str, Any]:
        """Every row by resource, as the sandbox keeps it."""
        found: dict[str, Any] = self.call("GET", "/state")
        return found

    def set_options(self, **changes: Any) -> None:
        """Change options."""
        self.call("POST", "/options", json=changes)

    def act(self, action: str, **wish: Any) -> Any:
        """Let somebody do one of `control.ACTIONS`; returns the row or rows."""
        return self.call("POST", f"/do/{action}", json=wish)

    def donor(self, **fields: Any) -> int:
        """A new donor (`NewDonor`); returns the id."""
        return int(self.act("donor", **fields)["id"])

    def edit_donor(self, donor: int, **fields: Any) -> None:
        """Staff edit a donor's columns."""
        self.act("edit", resource="donors", ids=[donor], fields=fields)

    def give(self, donor: int | None = None, **gift: Any) -> int:
        """A gift (`Gift`); returns the id."""
        return int(self.act("give", donor=donor, **gift)["id"])

    def edit_gift(self, gift: int, *, silent: bool = False, **columns: Any) -> None:
        """Staff edit a gift's columns (cents, stamps in seconds); `silent` leaves `updated_at` alone."""
        self.act("edit", resource="transactions", ids=[gift], fields=columns, silent=silent)

    def settle(self, *gifts: int, outcome: str = "success") -> None:
        """Let processing gifts end, all of them when none is named."""
        self.act("settle", ids=list(gifts) or None, outcome=outcome)

    def refund(self, *gifts: int, amount: int | None = None) -> None:
        """Refund gifts, wholly or (cents) in part."""
        self.act("refund", ids=list(gifts), amount=amount)

    def set_status(self, status: str, *gifts: int) -> None:
        """Give gifts another status."""
        self.act("status", ids=list(gifts), status=status)

    def schedule(self, donor: int, **plan: Any) -> int:
        """A recurring plan (`Schedule`); returns the id."""
        return int(self.act("schedule", donor=donor, **plan)["id"])

    def edit_schedule(self, schedule: int, **changes: Any) -> None:
        """Change, pause, resume or cancel a plan."""
        self.act("edit-schedule", id=schedule, **changes)

    def charge(self, schedule: int, **payment: Any) -> int:
        """The next payment of a plan; returns the gift's id."""
        return int(self.act("charge", id=schedule, **payment)["id"])

    def pledge(self, donor: int, **pledge: Any) -> int:
        """A pledge (`Pledge`); returns the id."""
        return int(self.act("pledge", donor=donor, **pledge)["id"])

    def fund(self, name: str, **fund: Any) -> int:
        """A new fund (`Fund`); returns the id."""
        return int(self.act("fund", name=name, **fund)["id"])

    def archive(self, resource: str, *ids: int) -> None:
        """Staff archive rows."""
        self.act("archive", resource=resource, ids=list(ids))

    def restore(self, resource: str, *ids: int) -> None:
        """Staff restore archived rows."""
        self.act("restore", resource=resource, ids=list(ids))

    def spoil(self, resource: str, row: int, **fields: Any) -> None:
        """From now on show a row with these fields, whatever it holds."""
        self.act("spoil", resource=resource, ids=[row], fields=fields)

    def add_key(self, key: str | None = None) -> str:
        """Make a further API key."""
        return str(self.call("POST", "/keys", json={"key": key})["key"])

    def revoke_key(self, key: str | None = None) -> None:
        """Take a key away."""
        self.call("POST", "/access", json={"key": key or self.api_key})

    def restore_key(self, key: str | None = None) -> None:
        """Give a key back."""
        self.call("POST", "/access", json={"key": key or self.api_key, "active": True})

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        super().close()


class WeGiveSandbox(InThread, WeGiveControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(World(), state_file), port)
