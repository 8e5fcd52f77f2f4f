"""Virtuous's API with one organisation's credentials."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from giftbridge.connectors.base import (
    ContactWrite,
    Done,
    GiftWrite,
    Identity,
    Page,
    Purposes,
    Recalled,
    RefundWrite,
    Submitted,
    Written,
)  # fmt: skip
from giftbridge.connectors.http import Api
from giftbridge.connectors.imports import ImportGift
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.projects import KeptProject
from giftbridge.connectors.registry import Wiring
from giftbridge.connectors.virtuous import files, gifts, mapping, paging, queries
from giftbridge.connectors.virtuous.filing import Filing
from giftbridge.connectors.virtuous.giving import Giving
from giftbridge.connectors.virtuous.projects import Projects
from giftbridge.connectors.virtuous.queries import FULL, Queries, is_, is_in
from giftbridge.connectors.virtuous.refusals import explain
from giftbridge.connectors.virtuous.registration import CallsUs
from giftbridge.domain import normalise
from giftbridge.domain.contact import Record
from giftbridge.domain.project import Project
from giftbridge.domain.zones import time_zone
from giftbridge.errors import NotFound, Reject, Retry

OURS: Final = "Giftbridge"
DEMO: Final = "(Sandbox)"
BUDGET: Final = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
LONGEST_CHAIN: Final = 10
"""Merges of merges that are followed."""

Raw = Mapping[str, Any]


class Virtuous(CallsUs):
    """Reads and writes contacts, hands gifts over to the import, and tells what became of them; calls us."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        self._wiring = wiring
        secret = wiring.credentials.get("access_token") or wiring.credentials.get("api_key", "")
        self._api = Api(
            manifest.name, manifest.title, wiring.base_url(manifest), wiring.client, wiring.gate, wiring.now,
            {"Authorization": f"Bearer {secret}"}, explain=explain, budget_headers=BUDGET,
        )  # fmt: skip
        self._queries = Queries(self._api)
        self._projects = Projects(self._api, self._queries)
        self._giving = Giving(self._api, self._queries, self._gift_options)

    def _option(self, name: str) -> Any:
        return self._wiring.option(self.manifest, name)

    def identify(self) -> Identity:
        """The organisation of the key, known by its first contact: the one id that is told is that of a user in it.

        Names change and are shared by many; contacts are archived, but never deleted through the API. Raises `Reject`
        where there is none yet.
        """
        found = self._api.get("/api/Organization/Current", needs="organizationName")
        first = next(iter(self._queries.page(FULL, [], take=1, includeArchived=True).rows), None)
        if first is None:
            text = "Nobody can tell whose key this is before there is a contact in Virtuous. Make one, then connect."
            raise Reject(text, code="organisation_unknown")
        name = normalise.text(str(found["organizationName"] or ""))
        return Identity(
            database=f"{paging.number(first)}-{_digits(first.get('createDateTimeUtc'))}",
            name=name,
            demo=name.endswith(DEMO),
            time_zone=time_zone(str(found.get("organizationTimeZone") or "")),
        )

    # -- contacts, read

    def contact_changes(self, cursor: str) -> Page[Record]:
        """Contacts that changed; those merged away or archived as deleted."""
        take = max(2, min(int(self._option("page_rows")), queries.MOST))
        step = paging.next_page(paging.Cursor.parse(cursor), take, self._queries.changed)
        alive = self._queries.unarchived([str(row["id"]) for row in step.rows if not mapping.is_merged(row)])
        rows = [
            self._record(row) if str(row["id"]) in alive else mapping.gone(row)
            for row in step.rows
            if self._is_listed(row)
        ]
        return Page(tuple(rows), str(step.cursor), step.more, step.total)

    def _is_listed(self, raw: Raw) -> bool:
        return not self._option("only_referenced") or mapping.is_merged(raw) or mapping.is_ours(raw, self._options)

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Contacts by id; those merged away or archived are left out."""
        wanted = [one for one in ids if one.isascii() and one.isdecimal()]
        size, found = self.manifest.limits.read_batch, dict[str, Record]()
        for start in range(0, len(wanted), size):
            rows = self._by_ids(wanted[start : start + size])
            found |= {str(row["id"]): self._record(row) for row in rows if not mapping.is_merged(row)}
        return {one: found[one] for one in wanted if one in found}

    def _by_ids(self, ids: Sequence[str]) -> Sequence[Raw]:
        if not self._queries.takes(queries.ID, "In"):
            return [raw for one in ids if (raw := self._one(one)) is not None]
        rows = self._queries.page(FULL, [is_in(queries.ID, ids)], take=len(ids), includeArchived=False).rows
        return [row for row in rows if paging.number(row)]

    def _one(self, contact_id: str) -> Raw | None:
        """A contact by id, also one that was merged or archived; None where there is none."""
        try:
            raw: Raw = self._api.get(f"/api/Contact/{contact_id}", needs="id")
        except NotFound:
            return None
        return raw

    def contacts_by_email(self, email: str) -> list[Record]:
        """Everybody with exactly this address. The vendor's own look-up by address tells of one contact only."""
        wanted = normalise.email(email)
        if not wanted:
            return []
        if self._queries.takes(queries.EMAIL, "Is"):
            rows = self._queries.page(FULL, [is_(queries.EMAIL, wanted)], includeArchived=False).rows
        else:
            hits = self._queries.ask("/api/Contact/Search", {"search": wanted}, 0, queries.MOST).rows
            rows = self._by_ids(list(dict.fromkeys(str(row.get("id")) for row in hits)))
        return [self._record(row) for row in rows if mapping.has_email(row, wanted) and not mapping.is_merged(row)]

    def successor(self, contact_id: str) -> str:
        """Its own id while it is neither merged nor archived, else its survivor's, if there is one."""
        living = contact_id
        for _ in range(LONGEST_CHAIN):
            raw = self._one(living)
            if raw is None:
                return ""
            if not mapping.is_merged(raw):
                return living if self._queries.unarchived([living]) else ""
            living = str(raw["mergedIntoContactId"])
        return ""

    def contact_url(self, contact_id: str) -> str:
        """Unknown: no document names a contact's page."""
        return ""

    def _record(self, raw: Raw) -> Record:
        return mapping.readable(raw, self._options, self._types(str(raw.get("contactType") or "")))

    def _types(self, wanted: str) -> Mapping[str, str]:
        """Contact types and what they are; asked for once, and only where the customer added some."""
        if wanted.casefold() not in self._known_types and len(self._known_types) == len(mapping.KNOWN_TYPES):
            rows = queries.rows_of(self._api.get("/api/Contact/Types"))
            told = {str(row.get("type")).casefold(): str(row.get("parentType")).casefold() for row in rows}
            self._known_types.update({**told, wanted.casefold(): told.get(wanted.casefold(), mapping.PERSON)})
        return self._known_types

    @cached_property
    def _known_types(self) -> dict[str, str]:
        return dict(mapping.KNOWN_TYPES)

    # -- contacts, written

    def write_contacts(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """One by one, or all of them in one import."""
        filing = Filing(self._api, self._options, self._record)
        return filing.hand_over(batch) if self._option("contact_writes") == "import" else filing.write(batch)

    def recall_contact(self, write: ContactWrite) -> list[Recalled]:
        """By our reference."""
        found = self._by_reference(self._options.source, write.reference.value)
        return [Recalled(self._record(found), sure=True)] if found else []

    def _by_reference(self, source: str, reference: str) -> Raw | None:
        try:
            query = {"referenceSource": source, "referenceId": reference}
            raw: Raw = self._api.get("/api/Contact/Find", query, needs="id")
        except NotFound:
            return None
        return raw

    # -- gifts, and what was handed over

    def write_gifts(self, batch: Sequence[GiftWrite]) -> list[Written]:
        """New ones through the import, all in one call."""
        return self._giving.write(batch)

    def recall_gift(self, write: GiftWrite) -> list[str]:
        """By our reference; what waits in an import can't be found, and handing it over again does no harm."""
        return self._giving.recall(write)

    def write_refund(self, write: RefundWrite) -> Written:
        """Reversed as a whole; of a partial refund the rest is handed over as a new gift."""
        return self._giving.refund(write)

    def kept_projects(self) -> Mapping[str, KeptProject]:
        """Projects that have a code, by it."""
        return self._projects.kept()

    def keep_project(self, project: Project, current: KeptProject | None) -> None:
        """Active and available online, under its code."""
        self._projects.keep(project, current)

    def purposes(self) -> Purposes:
        """Projects and segments."""
        return self._giving.purposes(only_available=bool(self._option("only_available_projects")))

    def gift_url(self, contact_id: str, gift_id: str) -> str:
        """Unknown: no document names a gift's page."""
        return ""

    def confirm(self, tickets: Sequence[str]) -> list[Written]:
        """What became of contacts and gifts that were handed over."""
        parts = [ticket.split("|", 2) for ticket in tickets]
        wanted = [(part[1], part[2]) for part in parts if part[0] == "gift"]
        told = iter(self._giving.confirm(wanted) if wanted else ())
        known = self.contacts([part[1] for part in parts if part[0] == "contact-id"])
        return [
            next(told) if part[0] == "gift" else self._confirm_contact(ticket, part, known)
            for ticket, part in zip(tickets, parts, strict=True)
        ]

    def _confirm_contact(self, ticket: str, part: Sequence[str], known: Mapping[str, Record]) -> Written:
        """Whether an edit was taken over is for the caller to see in the record."""
        if part[0] == "contact-id":
            found = known.get(part[1])
            return Done(part[1], found) if found else NotFound("The contact is no longer there.", code="contact_gone")
        raw = self._by_reference(part[1], part[2])
        return Done(str(raw["id"]), self._record(raw)) if raw else Submitted(ticket)

    def import_table(self, gifts: Sequence[ImportGift], purposes: Purposes) -> list[list[str]]:
        """In the columns of the setting `import_columns`."""
        chosen = self._gift_options
        columns, dates = self._option("import_columns"), self._option("import_dates")
        options = files.FileOptions(columns, chosen.methods, chosen.source, dates, chosen.zone)
        return files.import_table(gifts, purposes, options)

    # -- shared

    @cached_property
    def _options(self) -> mapping.ContactOptions:
        source = str(self._option("reference_source") or OURS)
        others = (name.strip() for name in str(self._option("reference_sources_read")).split("|"))
        return mapping.ContactOptions(
            sources=(source, *(name for name in others if name)),
            person_type=self._option("person_type"),
            organisation_type=self._option("organisation_type"),
            organisation_person=self._option("organisation_person"),
            placeholder=self._option("placeholder_name"),
            email_type=self._option("email_type"),
            phone_type=self._option("phone_type"),
            address_label=self._option("address_label"),
            email_opt_in=bool(self._option("email_opt_in")),
            phone_opt_in=bool(self._option("phone_opt_in")),
        )

    @cached_property
    def _gift_options(self) -> gifts.GiftOptions:
        return gifts.GiftOptions(
            contacts=self._options,
            source=str(self._option("transaction_source") or self._options.source),
            methods=self._option("methods"),
            create_import=bool(self._option("create_import")),
            states=gifts.STATES.get(str(self._option("designation_states")), gifts.STATES["Add"]),
            zone=str(self._wiring.settings.get("time_zone", "UTC")),
            max_designations=self.manifest.limits.max_designations,
        )


def _digits(stamp: Any) -> str:
    """When a record was made, as a number. Raises `Retry` where that is not told."""
    found = re.sub(r"\D", "", str(stamp or ""))
    if not found:
        raise Retry("Virtuous sent a contact without the time when it was made.", code="garbled")
    return found


CONNECTOR: Final = Virtuous
