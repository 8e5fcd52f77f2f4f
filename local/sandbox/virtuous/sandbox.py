"""The sandbox for tests: a server in a thread, and a handle on each of its organisations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from local.sandbox.common.remote import ServerControl, TenantControl, plain_client
from local.sandbox.common.server import InThread
from local.sandbox.virtuous.app import build_app
from local.sandbox.virtuous.world import World

API_PATH = "/api"
Json = dict[str, Any]


class VirtuousControl(ServerControl):
    """The control calls of a running sandbox server at `url`, in this process or another."""

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.url}/Token"

    def organisation(
        self,
        name: str | None = None,
        *,
        title: str | None = None,
        api_key: str | None = None,
        time_zone: str = "America/Phoenix",
        set_up: Json | None = None,
        **options: Any,
    ) -> VirtuousOrganisation:
        """A new organisation; keyword arguments beyond the named ones are its `Options`, `set_up` is `seed.SetUp`."""
        chosen = name or f"organisation-{next(self._numbers)}"
        body: Json = {"name": chosen, "title": title, "time_zone": time_zone, "options": options}
        body |= {"api_key": api_key} if api_key else {}
        body |= {"set_up": set_up} if set_up else {}
        self.server.call("POST", "/organisations", json=body)
        return self.open(chosen)

    def open(self, name: str) -> VirtuousOrganisation:
        """A handle on an organisation that exists."""
        found = VirtuousOrganisation(self.url, name)
        self._open.append(found)
        return found

    def user(self, email: str, password: str, *organisations: str, **fields: Any) -> Json:
        """Make a user of organisations (`two_factor`, `sso`, `name`); `numbers` are the ids to switch with."""
        body = {"email": email, "password": password, "organisations": list(organisations), **fields}
        made: Json = self.server.call("POST", "/users", json=body)
        return made

    def change_user(self, email: str, **changes: Any) -> None:
        """Change a user (`password`, `two_factor`, `sso`, `active`)."""
        self.server.call("PATCH", f"/users/{email}", json=changes)

    def code(self, email: str) -> str:
        """The last two-factor code sent to a user."""
        return str(self.server.call("GET", f"/users/{email}")["messages"][-1][-6:])


class VirtuousOrganisation(TenantControl):
    """One organisation of a sandbox: its control calls and a plain API client for tests."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, f"/_sandbox/organisations/{name}")
        self.url = url
        self.name = name
        self.summary: Json = self._summary()
        self.api_key: str = self.summary["api_keys"][0]
        headers = {"Authorization": f"Bearer {self.api_key}"}
        self.api = plain_client(url + API_PATH, headers=headers)

    def _summary(self) -> Json:
        try:
            found: Json = self.call("GET", "")
        except httpx.HTTPError:
            super().close()
            raise
        return found

    # what there is

    @property
    def id(self) -> str:
        """Which organisation of the sandbox it is."""
        return self.name

    def project(self, code: str = "GEN") -> int:
        """A project's id."""
        return int(self.call("GET", "")["projects"][code])

    def state(self) -> Json:
        """Every record in its read shape, by kind, and what waits to be imported."""
        found: Json = self.call("GET", "/state")
        return found

    def set_options(self, **changes: Any) -> None:
        """Change options."""
        self.call("POST", "/options", json=changes)

    def seed(self, people: int = 0, **plan: Any) -> dict[str, list[int]]:
        """Store made-up records (`seed.PeoplePlan`); returns the ids by kind."""
        made: dict[str, list[int]] = self.call("POST", "/seed", json={"people": people, **plan})
        return made

    def custom_field(self, name: str, kind: str = "Contact", **field: Any) -> None:
        """Make a custom field as the customer would (`organisation.CustomField`)."""
        self.call("POST", "/custom-fields", json={"name": name, "kind": kind, **field})

    def spend(self, calls: int) -> None:
        """Let other integrations use some of the hour's budget."""
        self.call("POST", "/budget", json={"calls": calls})

    # what is held and imported

    def held(self) -> list[Json]:
        """What was handed in and is not in an import yet."""
        found: list[Json] = self.call("GET", "/held")
        return found

    def midnight(self) -> list[Json]:
        """Bundle what is held into imports now; the imports made."""
        made: list[Json] = self.call("POST", "/midnight")
        return made

    def imports(self) -> list[Json]:
        """All imports with their rows, buckets and reasons."""
        found: list[Json] = self.call("GET", "/imports")
        return found

    def run_import(self, import_id: int, **how: Any) -> Json:
        """A person runs an import (`rows`, `match`, `update` of `wishes.RunWish`); the counts of what was made."""
        counts: Json = self.call("POST", f"/imports/{import_id}/run", json=how)
        return counts

    def run_everything(self, **how: Any) -> list[Json]:
        """Midnight, and a person who runs every import that waits."""
        self.midnight()
        return [self.run_import(found["id"], **how) for found in self.imports() if found["state"] == "review"]

    def discard(self, import_id: int, rows: list[int] | None = None) -> None:
        """A person throws an import's rows away."""
        self.call("DELETE", f"/imports/{import_id}", json={"rows": rows})

    def decide(self, row: int, **decision: Any) -> Json:
        """A person decides about a row (`contact`, `take`, `changes` of `wishes.Decision`)."""
        shown: Json = self.call("PATCH", f"/rows/{row}", json=decision)
        return shown

    # staff

    def staff_edit(self, kind: str, record_id: int, **fields: Any) -> Json:
        """Staff edits a contact, individual, method, address, gift or project (write-shaped fields)."""
        edited: Json = self._staff(action="edit", kind=kind, id=record_id, fields=fields)
        return edited

    def staff_merge(self, winner: int, loser: int) -> None:
        """Staff merges two contacts."""
        self._staff(action="merge", id=winner, loser=loser)

    def staff_rename_tag(self, name: str, new_name: str) -> None:
        """Staff renames a tag."""
        self._staff(action="rename_tag", name=name, new_name=new_name)

    def staff_delete_project(self, project: int) -> None:
        """Staff deletes a project without gifts."""
        self._staff(action="delete_project", id=project)

    def staff_call(self, method: str, path: str, body: Any = None) -> Any:
        """Staff does anything the API can do (path below `/api`); not in the journal."""
        return self._staff(action="call", method=method, path=path, body=body)

    def staff_gift(self, contact: int, amount: float, code: str = "GEN", **fields: Any) -> Json:
        """Staff enters a gift."""
        share = {"projectId": self.project(code), "amount": amount, "state": "Add"}
        body = {"contactId": contact, "giftType": "Check", "giftDate": "2026-07-01", "amount": amount}
        made: Json = self.staff_call("POST", "Gift", body | {"giftDesignations": [share]} | fields)
        return made

    def staff_reverse(self, gift: int, date: str | None = None) -> Json:
        """Staff refunds a gift, as a whole."""
        body = {"reversedGiftId": gift, "giftDate": date}
        made: Json = self.staff_call("POST", "Gift/ReversingTransaction", body)
        return made

    # credentials

    def add_key(self, key: str, **fields: Any) -> None:
        """Make a further API key (`wishes.NewKey`)."""
        self.call("POST", "/keys", json={"key": key, **fields})

    def revoke_key(self, key: str | None = None, *, active: bool = False) -> None:
        """Take an API key away, or give it back."""
        self.call("POST", "/access", json={"api_key": key or self.api_key, "active": active})

    def revoke_grants(self) -> None:
        """End every sign-in of the organisation's users."""
        self.call("POST", "/access", json={"grants": True})

    # webhooks

    def deliveries(self) -> list[Json]:
        """Every delivery with the outcome of each attempt."""
        found: list[Json] = self.call("GET", "/deliveries")
        return found

    def replay(self, delivery: str) -> Json:
        """Send a delivery again, unchanged."""
        sent: Json = self.call("POST", f"/deliveries/{delivery}/replay")
        return sent

    def hand_made_event(self, webhook: int, event: str, *ids: int, variant: str = "valid", **more: Any) -> Json:
        """A delivery made by hand (`wishes.HandMade`): `headers`, `body`, and `answer` unless `send=False`."""
        wish = {"webhook": webhook, "event": event, "ids": list(ids), "variant": variant, **more}
        sent: Json = self.call("POST", "/webhooks", json=wish)
        return sent

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        super().close()

    def _staff(self, **action: Any) -> Any:
        return self.call("POST", "/staff", json=action)


class VirtuousSandbox(InThread, VirtuousControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(World(), state_file), port)
