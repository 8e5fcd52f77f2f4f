"""The sandbox for tests: a server in a thread, and a handle on each of its accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx

from local.sandbox.common.remote import ServerControl, TenantControl, plain_client
from local.sandbox.common.server import InThread
from local.sandbox.gratavid.app import build_app
from local.sandbox.gratavid.options import KNOWN_SOURCE
from local.sandbox.gratavid.world import World

Json = dict[str, Any]


class GratavidControl(ServerControl):
    """The control calls of a running sandbox server at `url`, in this process or another."""

    def account(
        self,
        name: str | None = None,
        *,
        api_key: str | None = None,
        users: list[str] | None = None,
        notes: list[str] | None = None,
        **options: Any,
    ) -> GratavidAccount:
        """A new account; keyword arguments beyond the named ones are its `Options`."""
        chosen = name or f"account-{next(self._numbers)}"
        given = {"api_key": api_key, "users": users, "notes": notes}
        body = {"name": chosen, "options": options} | {key: value for key, value in given.items() if value is not None}
        self.server.call("POST", "/accounts", json=body)
        return self.open(chosen)

    def open(self, name: str) -> GratavidAccount:
        """A handle on an account that exists."""
        account = GratavidAccount(self.url, name)
        self._open.append(account)
        return account

    def set_options(self, **changes: Any) -> None:
        """Change how calls are refused whose key is nobody's."""
        self.server.call("POST", "/options", json=changes)


class GratavidAccount(TenantControl):
    """One account of a sandbox: its control calls and a plain API client (`api`, key and source in its query)."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, f"/_sandbox/accounts/{name}")
        self.url = url
        self.name = name
        self.summary: Json = self._summary()
        self.api_key: str = next(iter(self.summary["api_keys"]))
        query = {"apiKey": self.api_key, "source": KNOWN_SOURCE}
        self.api = plain_client(url, params=query)

    def _summary(self) -> Json:
        try:
            return cast(Json, self.call("GET", ""))
        except httpx.HTTPError:
            super().close()
            raise

    def note(self, title: str = "Thank you") -> str:
        """A note's id."""
        return str(self.call("GET", "")["notes"][title])

    def user(self, label: str = "Avery Admin") -> str:
        """A user's id."""
        return str(self.call("GET", "")["users"][label])

    def set_options(self, **changes: Any) -> None:
        """Change options."""
        self.call("POST", "/options", json=changes)

    def seed(self, people: int, **plan: Any) -> dict[str, list[str]]:
        """Made-up contacts (`wishes.Seed`), and sends to them; their ids."""
        return cast(dict[str, list[str]], self.call("POST", "/seed", json={"people": people, **plan}))

    # what was received, for "never twice"

    def state(self) -> dict[str, list[Json]]:
        """Every record by kind, oldest first."""
        return cast(dict[str, list[Json]], self.call("GET", "/state"))

    def contacts(self) -> list[Json]:
        """The contacts."""
        return self.state()["contacts"]

    def tasks(self, email: str | None = None) -> list[Json]:
        """The tasks there are, of all contacts or one; those whose answer was lost count."""
        return self._of("tasks", email)

    def sends(self, email: str | None = None) -> list[Json]:
        """The sends there are, of all contacts or one; those whose answer was lost count."""
        return self._of("sends", email)

    def _of(self, kind: str, email: str | None) -> list[Json]:
        state = self.state()
        ids = {row["id"] for row in state["contacts"] if email in {None, row["email"]}}
        return [row for row in state[kind] if row["contact"] in ids]

    # donors; each returns the numbers of the notifications that follow

    def watch(self, *sends: str, percent: int = 100) -> list[int]:
        """Donors watch what they were sent; less than 100 per cent is told to nobody."""
        return self._donor(action="watch", sends=list(sends), percent=percent)

    def reply(self, *sends: str, text: str = "", video: str = "") -> list[int]:
        """Donors reply to what they were sent."""
        return self._donor(action="reply", sends=list(sends), text=text, video=video)

    def unsubscribe(self, contact: str) -> list[int]:
        """A donor (id or address) unsubscribes from e-mail."""
        return self._donor(action="unsubscribe", contact=contact)

    def stop_text(self, contact: str) -> list[int]:
        """A donor (id or address) answers STOP to a text."""
        return self._donor(action="stop_text", contact=contact)

    def _donor(self, **action: Any) -> list[int]:
        return cast(list[int], self.call("POST", "/donor", json=action)["notifications"])

    # staff

    def send_task(self, task: str, title: str = "For you") -> Json:
        """Staff record a task's video and send it; the send."""
        return self.staff("send_task", task=task, title=title)

    def send_note(self, note: str, contact: str) -> Json:
        """Staff send a note by themselves; the send."""
        return self.staff("send_note", note=note, contact=contact)

    def edit_contact(self, contact: str, **fields: str) -> Json:
        """Staff edit a contact (id or address)."""
        return self.staff("edit_contact", contact=contact, fields=fields)

    def staff(self, action: str, **fields: Any) -> Json:
        """Anything staff can do (`wishes.StaffAction`); the record they did it to."""
        return cast(Json, self.call("POST", "/staff", json={"action": action, **fields}))

    # keys

    def add_key(self, key: str) -> None:
        """Make a further key."""
        self.call("POST", "/keys", json={"key": key})

    def revoke_key(self, key: str | None = None) -> None:
        """Make a key worthless."""
        self.call("POST", "/keys", json={"key": key or self.api_key, "active": False})

    def restore_key(self, key: str | None = None) -> None:
        """Make a key good again."""
        self.call("POST", "/keys", json={"key": key or self.api_key})

    # notifications

    def subscribe(self, event: str, url: str) -> int:
        """A subscription made in Gratavid's own pages; its id."""
        return int(self.call("POST", "/subscriptions", json={"event": event, "url": url})["id"])

    def subscriptions(self) -> list[Json]:
        """Who hears of what."""
        return cast(list[Json], self.call("GET", "/subscriptions"))

    def drop_subscriptions(self) -> None:
        """Nobody hears of anything any more."""
        self.call("DELETE", "/subscriptions")

    def notifications(self, *, wait: bool = True) -> list[Json]:
        """Every notification with the outcome of each try; with `wait`, once nothing is on its way."""
        return cast(list[Json], self.call("GET", "/notifications", params={"wait": "1"} if wait else {}))

    def release(self, *numbers: int, order: str = "as_made", copies: int = 1, seed: str = "order") -> list[int]:
        """Post what is held back (all, or these): `as_made`, `reversed` or `shuffled`, each `copies` times."""
        body = {"numbers": list(numbers) or None, "order": order, "copies": copies, "seed": seed}
        return cast(list[int], self.call("POST", "/notifications/release", json=body)["notifications"])

    def replay(self, number: int) -> int:
        """Post a notification once more, the same in every byte; the new one's number."""
        return int(self.call("POST", f"/notifications/{number}/replay")["notifications"][0])

    def post(self, subscription: int, body: str, content_type: str = "application/json") -> int:
        """Post any body to a subscription's address; the notification's number."""
        wish = {"subscription": subscription, "body": body, "content_type": content_type}
        return int(self.call("POST", "/notifications", json=wish)["notifications"][0])

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        super().close()


class GratavidSandbox(InThread, GratavidControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(World(), state_file), port)
