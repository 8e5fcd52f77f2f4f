"""The sandbox in a thread, and its control from a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx

from local.sandbox.common.remote import TenantControl
from local.sandbox.common.server import InThread
from local.sandbox.common.wire import CONTROL_PREFIX
from local.sandbox.handbid.app import build_app

Json = dict[str, Any]


class OrganisationControl(TenantControl):
    """One organisation of a running sandbox: `id`, `token`, and what its people do."""

    def __init__(self, url: str, settings: Json) -> None:
        self.id: str = settings["id"]
        self.token: str = settings["token"]
        self.url = f"{url}/organisations/{self.id}"
        super().__init__(url, f"{CONTROL_PREFIX}/organisations/{self.id}")

    @property
    def headers(self) -> dict[str, str]:
        """What the Platform API wants to see of a client."""
        return {"Authorization": f"Bearer {self.token}"}

    # settings

    def set(self, **settings: Any) -> Json:
        """Change settings (fields of `organisation.Settings`; `webhook` is merged)."""
        changed = cast(Json, self.call("PATCH", "", json=settings))
        self.token = changed["token"]
        return changed

    def revoke_token(self, *, revoked: bool = True) -> None:
        """Make the token worthless, or good again."""
        self.set(revoked=revoked)

    def state(self, *kinds: str) -> dict[str, list[Json]]:
        """All records, or those of some kinds (`control.KINDS`)."""
        only = {"only": ",".join(kinds)} if kinds else {}
        return cast(dict[str, list[Json]], self.call("GET", "/state", params=only))

    # contacts

    def add_contact(self, origin: str = "admin", **fields: Any) -> Json:
        """A contact made by somebody; fields in the contract's words."""
        return cast(Json, self.call("POST", "/contacts", json={"fields": fields, "origin": origin}))

    def seed_people(self, count: int, seed: str = "people", start: int = 0, step_ms: int = 1) -> list[str]:
        """Contacts of people `start` to `start + count` of a seed; their ids in that order."""
        wish = {"seed": seed, "start": start, "count": count, "step_ms": step_ms}
        return cast(list[str], self.call("POST", "/contacts/seed", json=wish)["ids"])

    def edit_contacts(self, ids: list[str], origin: str = "admin", **patch: Any) -> list[Json]:
        """The same merge patch (None removes) for some contacts."""
        return cast(list[Json], self.call("PATCH", "/contacts", json={"ids": ids, "patch": patch, "origin": origin}))

    def edit_contact(self, identifier: str, origin: str = "admin", **patch: Any) -> Json:
        """A merge patch (None removes) for one contact."""
        return self.edit_contacts([identifier], origin, **patch)[0]

    def delete_contacts(self, *ids: str, origin: str = "admin") -> None:
        """Delete contacts."""
        self.call("DELETE", "/contacts", json={"ids": list(ids), "origin": origin})

    # money

    def hold_auction(self, **auction: Any) -> Json:
        """An auction (fields of `auctions.Auction`); `event`, `receipts`, `transactions`."""
        return cast(Json, self.call("POST", "/auctions", json=auction))

    def add_receipt(self, event: str, **receipt: Any) -> Json:
        """One more receipt (fields of `auctions.Receipt`); `receipt`, `transactions`."""
        return cast(Json, self.call("POST", f"/events/{event}/receipts", json=receipt))

    def set_event_status(self, event: str, status: str) -> Json:
        """Move an event; `reconciled` is announced."""
        return cast(Json, self.call("PATCH", f"/events/{event}", json={"status": status}))

    def change_transaction(self, identifier: str, **changes: Any) -> Json:
        """Change a payment."""
        return cast(Json, self.call("PATCH", f"/transactions/{identifier}", json=changes))

    def refund(self, transaction: str, amount: int | None = None, reason: str | None = None) -> Json:
        """Refund a payment (cents; None = all that is left) and announce it."""
        wish = {"amount": amount, "reason": reason}
        return cast(Json, self.call("POST", f"/transactions/{transaction}/refunds", json=wish))

    def email_receipt(self, receipt: str) -> Json:
        """E-mail a receipt."""
        return cast(Json, self.call("POST", f"/receipts/{receipt}/email"))

    def give(self, *donations: Json, generate: Json | None = None) -> list[Json]:
        """Donations (`donations.Donation`) and generated ones (`donations.GeneratedDonations`)."""
        wish = {"donations": list(donations), "generate": generate}
        return cast(list[Json], self.call("POST", "/donations", json=wish))

    def refund_donation(self, donation: str, amount: int | None = None, reason: str | None = None) -> Json:
        """Refund a donation (cents; None = all that is left)."""
        wish = {"amount": amount, "reason": reason}
        return cast(Json, self.call("POST", f"/donations/{donation}/refunds", json=wish))

    def put_project(self, code: str, name: str, **project: Any) -> Json:
        """Make or replace a project (fields of `donations.Project`)."""
        return cast(Json, self.call("POST", "/projects", json={"code": code, "name": name, **project}))

    def put_raw(self, kind: str, **row: Any) -> Json:
        """A record as it is, good or bad."""
        return cast(Json, self.call("POST", "/raw", json={"kind": kind, "row": row}))

    def bad_data(self, case: str, event: str | None = None, contact: str | None = None) -> Json:
        """One of `bad_data.CASES`."""
        return cast(Json, self.call("POST", "/bad-data", json={"case": case, "event": event, "contact": contact}))

    # webhooks

    def deliveries(self) -> list[Json]:
        """Every event sent, with the outcome of each attempt."""
        return cast(list[Json], self.call("GET", "/deliveries"))

    def hand_made_event(self, kind: str, subject: str, variant: str = "valid", **options: Any) -> Json:
        """A request made by hand (`wishes.HandMade`); `request`, and `answer` unless `send=False`."""
        wish = {"type": kind, "subject": subject, "variant": variant, **options}
        return cast(Json, self.call("POST", "/webhooks", json=wish))

    def replay(self, delivery: str) -> Json:
        """Send a delivered request again, unchanged."""
        return cast(Json, self.call("POST", f"/deliveries/{delivery}/replay"))


class HandbidControl:
    """Control of a running sandbox at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: list[OrganisationControl] = []

    def organisation(self, **settings: Any) -> OrganisationControl:
        """A new organisation (fields of `organisation.Settings`)."""
        return self._hold("POST", f"{CONTROL_PREFIX}/organisations", settings)

    def existing(self, identifier: str) -> OrganisationControl:
        """An organisation that is there already."""
        return self._hold("GET", f"{CONTROL_PREFIX}/organisations/{identifier}", None)

    def _hold(self, method: str, path: str, body: Json | None) -> OrganisationControl:
        answer = httpx.request(method, self.url + path, json=body, timeout=30)
        answer.raise_for_status()
        self._made.append(OrganisationControl(self.url, answer.json()))
        return self._made[-1]

    def close(self) -> None:
        """Close the connections."""
        for organisation in self._made:
            organisation.close()


class HandbidSandbox(InThread, HandbidControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(state_file), port)
