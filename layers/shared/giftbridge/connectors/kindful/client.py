"""Kindful's API with one organisation's credentials: imports to write, queries to read, links to acknowledge."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Final

from giftbridge.connectors.base import (
    ContactWrite,
    GiftWrite,
    Identity,
    Page,
    Purposes,
    Recalled,
    RefundWrite,
    Written,
)  # fmt: skip
from giftbridge.connectors.http import Api
from giftbridge.connectors.imports import ImportGift
from giftbridge.connectors.kindful import files, gifts, imports, jobs, mapping, paging, webhook
from giftbridge.connectors.kindful.confirm import Confirmation, Questions
from giftbridge.connectors.kindful.jobs import Entry
from giftbridge.connectors.kindful.models import Named
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.notice import Notice
from giftbridge.connectors.registry import Wiring
from giftbridge.domain import normalise
from giftbridge.domain.contact import Field, Record
from giftbridge.errors import Disconnected, GiftbridgeError, NotFound, Park, Retry

CUSTOMER: Final = "/api/v1"
PARTNER: Final = "/admin/oauth2/api/v1"


class Kindful:
    """Reads and writes contacts, records gifts."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        self._wiring = wiring
        self._seen = jobs.Seen()
        # Who was disconnected may be told so by 404, but an import or a page of a query can be missing as well.
        self._api = self._connected({404: Disconnected})
        self._pages = self._connected({})
        self._imports = imports.Imports(
            self._pages,
            self._api,
            self._write_options.group_names,
            timedelta(minutes=int(self._option("paused_minutes"))),
        )

    def _connected(self, meaning: Mapping[int, type[GiftbridgeError]]) -> Api:
        manifest, wiring = self.manifest, self._wiring
        family, authorization = _authorization(wiring.credentials)
        return Api(
            manifest.name, manifest.title, wiring.base_url(manifest) + family, wiring.client, wiring.gate, wiring.now,
            {"Authorization": authorization, "Accept": "application/json"}, meaning,
        )  # fmt: skip

    def _option(self, name: str) -> Any:
        return self._wiring.option(self.manifest, name)

    def identify(self) -> Identity:
        """The organisation; a customer's token and a partner's are told it in two forms. Raises `Retry` for neither."""
        told = self._api.get("/details")
        person = told if isinstance(told, Mapping) else {}
        partner = isinstance(person.get("organization"), Mapping)
        organisation = person["organization"] if partner else person
        if not organisation.get("id"):
            raise Retry("Kindful sent an answer that names no organisation.", code="garbled")
        names = [str(person.get(part) or "") for part in ("first_name", "last_name")] if partner else []
        zone = str(organisation.get("time_zone") or "")
        return Identity(
            database=str(organisation["id"]),
            name=str(organisation.get("name") or f"Kindful organisation {organisation['id']}"),
            connected_by=" ".join(names).strip(),
            time_zone=zone if "/" in zone else "",
        )

    def show_status(self, connected: bool, units: int) -> None:
        """Set what Kindful shows its user about the integration."""
        status = "Connected" if connected else "disconnected"
        self._api.call("POST", "/integrations/status", json={"data": {"status": status, "units": str(units)}})

    # -- contacts, read

    def contact_changes(self, cursor: str) -> Page[Record]:
        """All contacts, afterwards those that we have not acknowledged; a page costs one call."""
        place = paging.Place.parse(cursor)
        question = {"query": paging.QUERIES[place.listing], "columns": self._contact_columns}
        step = paging.step(self._ask_contacts, question, place.page, place.token)
        following = paging.Place(place.listing, step.page, step.token) if step.more else paging.Place(paging.CHANGES)
        return Page(tuple(mapping.readable(row) for row in step.rows), str(following), step.more)

    def contacts_by_email(self, email: str) -> list[Record]:
        """Nobody can be looked for, only whether there is somebody. Raises `Park` where there is, but unlisted."""
        wanted = normalise.email(email)
        if not wanted or not self._exists(wanted):
            return []
        question = {"query": paging.QUERIES[paging.CHANGES], "columns": self._contact_columns}
        listed = paging.rows(self._ask_contacts, question, int(self._option("readback_pages")))
        found = {one.id: one for one in (mapping.readable(row) for row in listed if _has(row, wanted))}
        standing = [one for one in found.values() if not one.deleted]
        if not standing:
            text = "Kindful has a contact with this e-mail address that it lists nowhere. Look there, then decide."
            raise Park(text, code="review_unlisted")
        return standing

    def _exists(self, email: str) -> bool:
        """Clients tell two names of the answer."""
        told = self._api.get("/contacts/email_exist", {"email": email})
        words = [told[word] for word in ("exist", "exists") if word in told] if isinstance(told, Mapping) else []
        if not words:
            raise Retry("Kindful sent an answer that says neither yes nor no.", code="garbled")
        return any(word is True or str(word).casefold() == "true" for word in words)

    def successor(self, contact_id: str) -> str:
        """Nobody tells: a merged contact's id is taken along by Kindful, which does not say where to."""
        return ""

    def contact_url(self, contact_id: str) -> str:
        """Unknown: no page of a contact is documented."""
        return ""

    def acknowledge(self, marks: Sequence[str]) -> None:
        """Link the contacts at the version that was read, so that they are listed again only when they change."""
        seen = [mapping.Seen.parse(one) for one in dict.fromkeys(marks)]
        for action in ("create", "update"):
            rows = [one.row(self._wiring.now()) for one in seen if one.action == action]
            for some in imports.portions(rows):
                self._api.call("POST", "/contacts/link", json=jobs.links(some, action), needs="id")

    # -- contacts, written

    def write_contacts(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """One import each for those that Kindful's own id finds and those that ours finds."""
        return self._imports.submit([imports.each(self._contact_entry, write) for write in batch], jobs.contacts)

    def _contact_entry(self, write: ContactWrite) -> Entry:
        current, now, options = write.current, self._wiring.now(), self._write_options
        if current is None:
            reference = write.reference.value
            return Entry("create", reference, mapping.create_row(write.contact, reference, now, options), False, now)
        at = mapping.later(now, current.stamp)
        row = mapping.update_row(write, current, at, options)
        return Entry("update", current.id, row, bool(mapping.kindful_id(current.id)), at)

    def recall_contact(self, write: ContactWrite) -> list[Recalled]:
        """Not needed: a repeated create is recognised by its reference."""
        return []

    # -- gifts

    def write_gifts(self, batch: Sequence[GiftWrite]) -> list[Written]:
        """Imports as for contacts, and one more for the parts of the gifts that have some."""
        told = [imports.each(self._told, write) for write in batch]
        entries = [one.entry if isinstance(one, gifts.Told) else one for one in told]
        return self._imports.submit_parts(told, self._imports.submit(entries, jobs.gifts))

    def _told(self, write: GiftWrite) -> gifts.Told:
        return gifts.of_write(write, self._purposes, self._wiring.now(), self._gift_options)

    def recall_gift(self, write: GiftWrite) -> list[str]:
        """Not needed, as for contacts."""
        return []

    def write_refund(self, write: RefundWrite) -> Written:
        """The gift's row once more, as refunded; a refund of a part is told in its note."""
        return self._imports.submit([imports.each(self._refund_entry, write)], jobs.gifts)[0]

    def _refund_entry(self, write: RefundWrite) -> Entry:
        return gifts.of_refund(write, self._wiring.now(), self._gift_options).entry

    def purposes(self) -> Purposes:
        """Funds and campaigns; Kindful has no appeals."""
        return Purposes(funds=self._names("/funds"), campaigns=self._names("/campaigns"))

    def gift_url(self, contact_id: str, gift_id: str) -> str:
        """Unknown, as for contacts."""
        return ""

    def import_table(self, gifts: Sequence[ImportGift], purposes: Purposes) -> list[list[str]]:
        """In the columns of the setting `import_columns`."""
        options = files.FileOptions(
            columns=self._option("import_columns"),
            words=self._option("import_words"),
            methods=self._option("methods"),
            dates=self._option("import_dates"),
            zone=str(self._wiring.settings.get("time_zone", "UTC")),
        )
        return files.import_table(gifts, purposes, options)

    # -- what was submitted

    def confirm(self, tickets: Sequence[str]) -> list[Written]:
        """Ask the jobs, and read back where they don't tell enough."""
        asked = [jobs.Ticket.parse(one) for one in tickets]
        return Confirmation(self._questions, asked, self._seen, self._wiring.now()).answers()

    # -- webhooks

    def notices(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        """The event that a webhook names."""
        return webhook.notices(body, headers)

    def verified(self, event_id: str) -> list[Notice]:
        """What Kindful says of an event. 404 is an event that it never sent, unless it no longer knows us either."""
        try:
            answer = self._pages.get("/webhooks/verify_event", {"id": event_id})
        except NotFound:
            self._api.get("/details")
            raise
        return webhook.told(event_id, answer)

    # -- shared

    def _ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """A page of a query; without a token, 404 says that the credentials are refused."""
        api = self._pages if "query_token" in body else self._api
        return api.call("POST", path, json=body, reads=True).body

    def _names(self, path: str) -> dict[str, str]:
        listed = self._api.get(path)
        if not isinstance(listed, list):
            raise Retry("Kindful sent an answer that is no list.", code="garbled")
        named = (Named.model_validate(row) for row in listed if isinstance(row, Mapping) and row.get("id"))
        return {str(one.id): one.name or str(one.id) for one in named}

    @cached_property
    def _purposes(self) -> Purposes:
        """An import makes every campaign that it does not find, so only those of the lists are named."""
        return self.purposes()

    @cached_property
    def _ask_contacts(self) -> paging.Ask:
        return partial(self._ask, "/contacts/query")

    @cached_property
    def _contact_columns(self) -> dict[str, list[str]]:
        return {"contact": list(mapping.COLUMNS) if self._option("columns") == "used" else ["all"]}

    @cached_property
    def _questions(self) -> Questions:
        return Questions(
            job=self._imports.status,
            queue=self._imports.queue,
            contacts=self._ask_contacts,
            transactions=partial(self._ask, "/transactions/query"),
            contact_columns=self._contact_columns,
            gift_columns={"transaction": list(gifts.COLUMNS) if self._option("columns") == "used" else ["all"]},
            own_stamps=self._option("import_stamp") == "row",
            most=int(self._option("readback_pages")),
        )

    @cached_property
    def _write_options(self) -> mapping.WriteOptions:
        groups: dict[Field, str] = {
            "do_not_call": str(self._option("do_not_call_group")),
            "do_not_mail": str(self._option("do_not_mail_group")),
        }
        return mapping.WriteOptions(self._option("names_in_updates") == "known", groups)

    @cached_property
    def _gift_options(self) -> gifts.GiftOptions:
        return gifts.GiftOptions(
            methods=self._option("methods"),
            note_length=int(self._option("note_length")),
            campaign_column=str(self._option("campaign_column")),
            max_designations=self.manifest.limits.max_designations,
            contacts=self._write_options,
        )


def _authorization(credentials: Mapping[str, Any]) -> tuple[str, str]:
    """The path family and the header that go with the credentials."""
    if credentials.get("kind") == "oauth":
        return PARTNER, f"Bearer {credentials.get('access_token', '')}"
    return CUSTOMER, f'Token token="{credentials.get("api_key", "")}"'


def _has(row: Mapping[str, Any], email: str) -> bool:
    return email in {normalise.email(str(row.get(column) or "")) for column in ("email", "alt_email")}


CONNECTOR: Final = Kindful
