"""The Platform API's operations, by the ids they have in the document."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandbox.handbid import contacts
from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.problems import ProblemError, bad_request
from local.sandbox.handbid.store import Feed, Place, Row
from local.sandbox.handbid.webhooks import Courier

PAGING_MODES = frozenset({"repeat_rows", "stuck_cursor"})
BEGINNING = Place("", "")
ROWS_REPEATED = 3
MOST_FOUND = 100


@dataclass(frozen=True)
class Call:
    """One request that was read and allowed."""

    organisation: Organisation
    courier: Courier
    method: str
    url_path: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any

    @property
    def id(self) -> str:
        """The record the path is about."""
        return str(self.path["id"])


Handler = Callable[[Call], Response]


def get_organisation(call: Call) -> Response:
    """The organisation itself."""
    return JSONResponse(call.organisation.public())


def search_contacts(call: Call) -> Response:
    """Those with an address."""
    found = call.organisation.store.with_email(call.organisation.id, call.body["email"].strip())
    return JSONResponse({"items": found[:MOST_FOUND]})


def create_contact(call: Call) -> Response:
    """A new contact."""
    contact = contacts.create(call.organisation, call.body, "integration")
    call.courier.announce(call.organisation, "contact.updated", contact["id"])
    return _one_contact(contact, 201)


def get_contact(call: Call) -> Response:
    """One contact, also a deleted one."""
    return _one_contact(call.organisation.get("contacts", call.id))


def update_contact(call: Call) -> Response:
    """A merge patch, perhaps for one version only."""
    wanted = call.headers["If-Match"]
    version = None if wanted is None else int(wanted.strip('"'))
    contact, changed = contacts.edit(call.organisation, call.id, call.body, "integration", version)
    if changed:
        call.courier.announce(call.organisation, "contact.updated", contact["id"])
    return _one_contact(contact)


def put_crm_id(call: Call) -> Response:
    """The contact's id in a CRM."""
    return _one_contact(contacts.put_crm_id(call.organisation, call.id, call.path["crm"], call.body))


def add_activity(call: Call) -> Response:
    """An entry in the contact's activity."""
    return JSONResponse(contacts.add_activity(call.organisation, call.id, call.body), 201)


def list_event_transactions(call: Call) -> Response:
    """The change feed of one auction's payments."""
    call.organisation.get("events", call.id)
    return _page(call, Feed("transactions", call.id))


def one_of(kind: str) -> Handler:
    """A handler that answers one record of a kind."""
    return lambda call: JSONResponse(call.organisation.get(kind, call.id))


def page_of(kind: str) -> Handler:
    """A handler that answers a change feed, or chosen records, of a kind."""

    def handle(call: Call) -> Response:
        _refuse_mixture(call, "cursor", "ids")
        return _chosen_or_page(call, kind)

    return handle


HANDLERS: dict[str, Handler] = {
    "getOrganisation": get_organisation,
    "listContacts": page_of("contacts"),
    "searchContacts": search_contacts,
    "createContact": create_contact,
    "getContact": get_contact,
    "updateContact": update_contact,
    "putCrmId": put_crm_id,
    "addActivity": add_activity,
    "listEvents": page_of("events"),
    "getEvent": one_of("events"),
    "listEventTransactions": list_event_transactions,
    "chooseTransactions": page_of("transactions"),
    "getTransaction": one_of("transactions"),
    "chooseReceipts": page_of("receipts"),
    "getReceipt": one_of("receipts"),
    "listDonations": page_of("donations"),
    "getDonation": one_of("donations"),
    "listProjects": page_of("projects"),
    "listRefunds": page_of("refunds"),
}


def _one_contact(contact: Row, status: int = 200) -> Response:
    return JSONResponse(contact, status, {"ETag": f'"{contact["version"]}"'})


def _refuse_mixture(call: Call, *names: str) -> None:
    given = [name for name in names if call.query.get(name) is not None]
    if len(given) > 1:
        raise bad_request(f"These parameters exclude each other: {', '.join(given)}.")


def _chosen_or_page(call: Call, kind: str) -> Response:
    if (ids := call.query.get("ids")) is not None:
        return _found(call.organisation.store.chosen(call.organisation.id, kind, ids))
    return _page(call, Feed(kind, status=call.query.get("status")))


def _found(rows: list[Row]) -> Response:
    return JSONResponse({"items": rows, "nextCursor": write_cursor(None, BEGINNING), "hasMore": False})


def _page(call: Call, feed: Feed) -> Response:
    organisation, limit = call.organisation, call.query["limit"]
    start = read_cursor(feed, call.query["cursor"])
    rows = organisation.store.page(organisation.id, feed, start, limit + 1)
    more = len(rows) > limit
    following = rows[limit][0] if more else _end(rows, start)
    shown = [row for _, row in rows[:limit]]
    fault = organisation.faults.strike(call.method, call.url_path, PAGING_MODES)
    if fault is not None and fault.mode == "stuck_cursor":
        following, more = start, True
    if fault is not None and fault.mode == "repeat_rows":
        before = organisation.store.before(organisation.id, feed, start, fault.body or ROWS_REPEATED)
        shown = [*(row for _, row in reversed(before)), *shown]
    return JSONResponse({"items": shown, "nextCursor": write_cursor(feed, following), "hasMore": more})


def _end(rows: list[tuple[Place, Row]], start: Place) -> Place:
    """Where the next poll begins: all rows of the last stamp come again, as another may still get it."""
    return Place(rows[-1][0].stamp, "") if rows else start


def write_cursor(feed: Feed | None, place: Place) -> str:
    """A place in a feed as an opaque text; None = the beginning of any feed."""
    name = "" if feed is None else "|".join((feed.kind, feed.group, feed.status or ""))
    return base64.urlsafe_b64encode(json.dumps([1, name, *place]).encode()).decode().rstrip("=")


def read_cursor(feed: Feed, text: str | None) -> Place:
    """The place a cursor stands for; raises ProblemError 400 when it belongs to another list, or to none."""
    if text is None:
        return BEGINNING
    try:
        _version, _name, stamp, identifier = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        place = Place(str(stamp), str(identifier))
    except (binascii.Error, ValueError, TypeError):
        raise _bad_cursor() from None
    if text not in (write_cursor(feed, place), write_cursor(None, BEGINNING)):
        raise _bad_cursor()
    return place


def _bad_cursor() -> ProblemError:
    return ProblemError(400, "bad-cursor", "The cursor was not made for this list.")
