"""The client of a platform that serves the Platform API (docs/platform-api.yaml), with one organisation's token."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from giftbridge.connectors.base import ContactWrite, Done, Identity, Page, Recalled, Written
from giftbridge.connectors.http import Api
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.notice import Notice
from giftbridge.connectors.platform_api import mapping, webhook
from giftbridge.connectors.registry import Wiring
from giftbridge.domain import normalise
from giftbridge.domain.contact import Record
from giftbridge.errors import Conflict, NotFound, Reject, Retry

KEY: Final = "Idempotency-Key"
KEY_IN_USE: Final = "idempotency-key-in-use"


def explain(status: int, body: Any) -> tuple[str, str] | None:
    """A problem document's type; its detail may quote a contact and is not repeated."""
    if not isinstance(body, Mapping) or "type" not in body:
        return None
    code = str(body["type"]).rpartition(":")[2]
    if not re.fullmatch(r"[a-z][a-z-]*", code):
        code = f"http_{status}"
    return code, f"The platform refused this ({code})."


class PlatformApi:
    """Reads and writes contacts, tells them their ids in the CRM; a platform adds how its money is read."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        organisation = quote(str(wiring.settings["organisation"]), safe="")
        self.api = Api(
            manifest.name, manifest.title, f"{wiring.base_url(manifest)}/organisations/{organisation}", wiring.client,
            wiring.gate, wiring.now, {"Authorization": f"Bearer {wiring.credentials.get('token', '')}"},
            explain=explain,
        )  # fmt: skip

    def identify(self) -> Identity:
        """The organisation behind the token."""
        seen = self.api.get("", needs="id")
        return Identity(
            database=seen["id"],
            name=seen.get("name", ""),
            time_zone=seen.get("timeZone", ""),
            currency=seen.get("currency", ""),
        )

    # -- contacts

    def contact_changes(self, cursor: str) -> Page[Record]:
        """A page of the change feed; its cursor can be kept for the next time."""
        page = self.feed("/contacts", cursor)
        return Page(tuple(map(mapping.readable, page["items"])), page["nextCursor"], page["hasMore"])

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Contacts by id; deleted ones are left out."""
        found = map(mapping.readable, self.by_ids("/contacts", ids))
        return {record.id: record for record in found if not record.deleted}

    def contacts_by_email(self, email: str) -> list[Record]:
        """Contacts with exactly this address, which is told in a body: URLs end up in access logs."""
        if not normalise.email(email):
            return []
        answer = self.api.call("POST", "/contacts/search", json={"email": email}, needs="items", reads=True)
        found = map(mapping.readable, _listed(answer.body)["items"])
        return [record for record in found if not record.deleted]

    def successor(self, contact_id: str) -> str:
        """Platforms do not merge contacts: its own id while it is there."""
        return contact_id if self.contacts([contact_id]) else ""

    def contact_url(self, contact_id: str) -> str:
        """Unknown: the platform's own pages show it."""
        return ""

    def write_contacts(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """One call each; the platform forgets nothing under the same key, so a repeat is safe."""
        return [self._write_contact(write) for write in batch]

    def _write_contact(self, write: ContactWrite) -> Written:
        headers = {KEY: write.reference.value}
        try:
            answer = self.api.call(*self._request(write), headers=headers, json=_body(write), needs="id")
        except (Reject, NotFound, Conflict) as refused:
            if refused.code == KEY_IN_USE:
                raise Retry("The platform is still busy with the same request.", doubt=True, code=KEY_IN_USE) from None
            return refused
        seen = mapping.record(answer.body)
        return Done(seen.id, seen)

    def _request(self, write: ContactWrite) -> tuple[str, str]:
        if write.current is None:
            return "POST", "/contacts"
        return "PATCH", f"/contacts/{quote(write.current.id, safe='')}"

    def recall_contact(self, write: ContactWrite) -> list[Recalled]:
        """Not needed: a create is repeated under its key (`recall.contacts = "key"`)."""
        return []

    def remember_crm_id(self, contact_id: str, crm: str, crm_id: str, url: str) -> None:
        """Shown on the contact by the platform."""
        path = f"/contacts/{quote(contact_id, safe='')}/crm-ids/{crm}"
        self.api.call("PUT", path, json={"id": crm_id, **({"url": url} if url else {})})

    def add_activity(self, contact_id: str, text: str, at: datetime, reference: str) -> None:
        """An entry in the contact's activity."""
        body = {"type": "crm", "text": text, "occurredAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        self.api.call("POST", f"/contacts/{quote(contact_id, safe='')}/activity", json=body, headers={KEY: reference})

    def notices(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        """What a webhook says."""
        return webhook.notices(body, headers)

    def by_ids(self, path: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The records of a list with these ids; what is unknown is left out."""
        size = self.manifest.limits.read_batch
        rows: list[dict[str, Any]] = []
        for start in range(0, len(ids), size):
            rows += self.page(path, {"ids": ",".join(ids[start : start + size])})["items"]
        return rows

    def feed(self, path: str, cursor: str) -> Mapping[str, Any]:
        """A page of a list in the order of changes: `items`, `nextCursor`, `hasMore`."""
        query: dict[str, Any] = {"limit": self.manifest.limits.page_size}
        return self.page(path, {**query, "cursor": cursor} if cursor else query)

    def page(self, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """A list in its envelope. Raises `Retry` where it is none."""
        return {"nextCursor": "", "hasMore": False, **_listed(self.api.get(path, query, needs="items"))}


def _listed(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(answer["items"], list):
        raise Retry("The platform sent an answer that is no list.", code="garbled")
    return answer


def _body(write: ContactWrite) -> dict[str, Any]:
    return (
        mapping.create_body(write.contact)
        if write.current is None
        else mapping.update_body(write.contact, write.changed)
    )
