"""References and tags on contacts."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.binding import bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty, fetch, page, paging
from local.sandbox.virtuous.errors import not_found
from local.sandbox.virtuous.shapes import CONTACT_TAG, REFERENCE, SEARCH
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.views import audit, show_contact_row

Json = dict[str, Any]


def add_reference(call: Call) -> Empty:
    """`POST /ContactReference`: 200 without a body; what a contact has is read from the contact."""
    body = bind(REFERENCE, call.body, "contactReference")
    contact = fetch(call.organisation.contacts, body.get("contactId"))
    records.add_reference(call, contact, body.get("referenceSource"), body.get("referenceId"))
    records.touched(call, contact)
    return EMPTY


def drop_reference(call: Call) -> Empty:
    """`DELETE /ContactReference/{source}?referenceId=`."""
    source, identifier = call.values["source"], call.query.get("referenceid", "")
    found = call.organisation.references(source, identifier)
    if not found:
        raise not_found()
    for contact in found:
        records.drop_reference(call, contact, source, identifier)
        records.touched(call, contact)
    return EMPTY


def tags(call: Call) -> Json:
    """`GET /Tag`."""
    return page(list(call.organisation.tags), paging(call), _show_tag)


def search_tags(call: Call) -> Json:
    """`POST /Tag/Search`."""
    wanted = (bind(SEARCH, call.body, "search").get("search") or "").casefold()
    found = [tag for tag in call.organisation.tags if wanted in tag.data["name"].casefold()]
    return page(found, paging(call), _show_tag)


def tags_of_contact(call: Call) -> Json:
    """`GET /ContactTag/ByContact/{id}`."""
    contact = call.record(call.organisation.contacts)
    rows = call.organisation.contact_tags.children(contact.id)
    return page(rows, paging(call), lambda row: _show_contact_tag(call, row))


def add_tag(call: Call) -> Json:
    """`POST /ContactTag`: by ids, names are not taken here."""
    body = bind(CONTACT_TAG, call.body, "contactTag")
    contact = fetch(call.organisation.contacts, body.get("contactId"))
    row = records.add_tag(call, contact, fetch(call.organisation.tags, body.get("tagId")))
    records.touched(call, contact)
    return _show_contact_tag(call, row)


def drop_tag(call: Call) -> Empty:
    """`DELETE /ContactTag/{id}`."""
    row = call.record(call.organisation.contact_tags)
    call.organisation.contact_tags.remove(row)
    records.touched(call, call.organisation.contacts.rows[row.parent])
    return EMPTY


def _show_tag(tag: Record) -> Json:
    return {
        "id": tag.id,
        "tagName": tag.data["name"],
        "tagGroupName": tag.data["group"],
        "contactsByTagUrl": f"/api/Contact/ByTag/{tag.id}",
    }


def _show_contact_tag(call: Call, row: Record) -> Json:
    tag = call.organisation.tags.rows[row.data["tagId"]]
    total = len(call.organisation.contact_tags.with_word(("tag", tag.id)))
    shown = {"contactTagId": row.id, "tagId": tag.id, "name": tag.data["name"], "total": total}
    return {**shown, **audit(row), "contactsByTagUrl": f"/api/Contact/ByTag/{tag.id}"}


def by_tag(call: Call) -> Json:
    """`GET /Contact/ByTag/{id}`: abbreviated contacts."""
    tag = call.record(call.organisation.tags)
    rows = call.organisation.contact_tags.with_word(("tag", tag.id))
    contacts = [call.organisation.contacts.rows[row.parent] for row in rows]
    shown = [contact for contact in contacts if not contact.data["isArchived"]]
    return page(shown, paging(call), lambda contact: show_contact_row(call.organisation, contact))
