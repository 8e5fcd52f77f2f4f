"""Contacts: found, read, created, updated and archived. There is no delete, and merging is for people only."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.binding import Rows, bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty, page, paging
from local.sandbox.virtuous.errors import denied, invalid_request, not_found, refused
from local.sandbox.virtuous.organisation import Organisation, is_email
from local.sandbox.virtuous.records import add_address, add_contact, add_person, add_reference, check_person, check_type
from local.sandbox.virtuous.shapes import ARCHIVE, CONTACT_CREATE, CONTACT_UPDATE, NESTED_ADDRESS, SEARCH
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import digits, stamp_z
from local.sandbox.virtuous.views import full_name, show_contact, show_found_person

Json = dict[str, Any]
RESERVED = frozenset({"bytag", "byreference", "archive", "unarchive", "query", "togglefollow"})
EMAIL_TAKEN = "A contact with this email address already exists."


def get(call: Call) -> Json:
    """`GET /Contact/{id}`; one that was merged or archived is still answered."""
    return show_contact(call.organisation, call.record(call.organisation.contacts))


def by_reference(call: Call) -> Json:
    """`GET /Contact/{source}/{id}`; a source named like one of the vendor's own paths cannot be reached."""
    if call.values["source"].casefold() in RESERVED:
        raise not_found()
    found = call.organisation.references(call.values["source"], call.values["reference"])
    if not found:
        raise not_found()
    return show_contact(call.organisation, found[0])


def hmac_only(_call: Call) -> Json:
    """Paths that take the old HMAC credentials and no bearer."""
    raise denied()


def find(call: Call) -> Json:
    """`GET /Contact/Find`: by reference, else by e-mail address; one contact however many match."""
    source, identifier = call.query.get("referencesource"), call.query.get("referenceid")
    email = call.query.get("email")
    if source and identifier:
        found = call.organisation.references(source, identifier)
    elif email:
        found = with_email(call.organisation, email)
    else:
        raise refused("Either an email or a reference source and id are required.")
    if not found:
        raise not_found()
    newest = not source and call.options.email_finds == "newest"
    return show_contact(call.organisation, found[-1 if newest else 0])


def with_email(organisation: Organisation, email: str) -> list[Record]:
    """The contacts that have somebody with an e-mail address, by id; archived ones by option."""
    methods = organisation.methods.with_word(("value", email.strip().casefold()))
    used = (row for row in methods if is_email(row.data["type"]) and not row.data["archived"])
    owners = {owner.id: owner for owner in map(organisation.owner, used)}
    shown = organisation.options.archived_found
    return [owners[key] for key in sorted(owners) if shown or not owners[key].data["isArchived"]]


def search(call: Call) -> Json:
    """`POST /Contact/Search`: people whose name, e-mail or phone holds every word."""
    body = bind(SEARCH, call.body, "search")
    words = (body.get("search") or "").casefold().split()
    if not words:
        raise refused("The argument cannot be null")
    organisation = call.organisation
    found = [person for person in organisation.individuals if _is_found(organisation, person, words)]
    return page(found, paging(call), lambda person: show_found_person(organisation, person))


def create(call: Call) -> Json:
    """`POST /Contact`: at once, without matching; an e-mail address in use may be refused all the same."""
    shape = CONTACT_CREATE
    if call.options.nested_address_names == "both":
        shape = shape.extended(contactAddresses=Rows(NESTED_ADDRESS.extended(state="text", country="text")))
    body = bind(shape, call.body, "contact")
    _check_new(call, body)
    contact = add_contact(call, body)
    for row in body.get("contactIndividuals") or ():
        primary, secondary = bool(row.get("isPrimary")), bool(row.get("isSecondary"))
        add_person(call, contact, row, primary=primary, secondary=secondary)
    for row in body.get("contactAddresses") or ():
        names = {
            "state": row.get("stateCode") or row.get("state"),
            "country": row.get("countryCode") or row.get("country"),
        }
        add_address(call, contact, row | names, primary=bool(row.get("isPrimary")))
    if body.get("referenceSource") and body.get("referenceId"):
        add_reference(call, contact, body["referenceSource"], body["referenceId"])
    announce(call.organisation, "ContactCreate", [contact], call.actor)
    return show_contact(call.organisation, contact)


def update(call: Call) -> Json:
    """`PUT /Contact/{id}`: names and the like; people, e-mails, phones and addresses in it are dropped unread."""
    contact = call.record(call.organisation.contacts)
    body = bind(CONTACT_UPDATE, call.body, "contact")
    change(call, contact, records.written(call, CONTACT_UPDATE, body, {"isPrivate": False}))
    shown = show_contact(call.organisation, contact)
    if call.options.put_answer_stamp == "z":
        shown["modifiedDateTimeUtc"] = stamp_z(contact.modified)
    return shown


def change(call: Call, contact: Record, values: Json) -> None:
    """Set write-shaped values of a contact and tell subscribers."""
    changes = dict(values)
    if "contactType" in changes:
        changes["contactType"] = check_type(call, changes["contactType"])
    if "customFields" in changes:
        changes["customFields"] = records.custom_values(call.organisation, "Contact", changes["customFields"])
    if "customCollections" in changes:
        changes["customCollections"] = records.collections(changes["customCollections"])
    call.change(call.organisation.contacts, contact, changes)
    announce(call.organisation, "ContactUpdate", [contact], call.actor)


def archive(call: Call) -> Empty:
    """`PUT /Contact/Archive/{id}`."""
    bind(ARCHIVE, call.body or {}, "archive")
    return _set_archived(call, archived=True)


def unarchive(call: Call) -> Empty:
    """`PUT /Contact/Unarchive/{id}`."""
    return _set_archived(call, archived=False)


def types(call: Call) -> list[Json]:
    """`GET /Contact/Types`."""
    return [dict(row) for row in call.organisation.contact_types]


def custom_fields(kind: str) -> Any:
    """The custom fields of a kind of record."""

    def handler(call: Call) -> list[Json]:
        return [
            {
                "dataType": field.data_type,
                "name": field.name,
                "displayName": field.display_name or field.name,
                "options": list(field.options),
                "createDateTimeUtc": "2020-01-01T00:00:00",
                "createdByUser": "Avery Admin",
                "modifiedDateTimeUtc": "2020-01-01T00:00:00",
                "modifiedByUser": "Avery Admin",
            }
            for field in call.organisation.custom_fields
            if field.kind == kind
        ]

    return handler


def _set_archived(call: Call, *, archived: bool) -> Empty:
    contact = call.record(call.organisation.contacts)
    call.change(call.organisation.contacts, contact, {"isArchived": archived})
    if call.options.archive_event:
        announce(call.organisation, "ContactUpdate", [contact], call.actor)
    return EMPTY


def _check_new(call: Call, body: Json) -> None:
    body["contactType"] = check_type(call, body.get("contactType"))
    people = body.get("contactIndividuals") or []
    for part in (body, *people):
        if isinstance(part.get("customFields"), list) and call.options.create_custom_fields == "object":
            raise invalid_request(["contact.customFields"])
    if not people and not body.get("name"):
        raise refused("A contact needs a name.")
    for person in people:
        check_person(call, person)
        for method in person.get("contactMethods") or ():
            kind = records.check_method(call, method)
            if is_email(kind) and call.options.duplicate_email == "refused":
                _check_email(call.organisation, method["value"])
    source, identifier = body.get("referenceSource"), body.get("referenceId")
    taken = source and identifier and call.organisation.references(source, identifier)
    if taken and call.options.reference_taken == "refused":
        raise refused("The reference source and id already exist on another contact.")


def _check_email(organisation: Organisation, email: str) -> None:
    if any(not found.data["isArchived"] for found in with_email(organisation, email)):
        raise refused(EMAIL_TAKEN)


def _is_found(organisation: Organisation, person: Record, words: list[str]) -> bool:
    contact = organisation.contacts.rows[person.parent]
    if contact.data["isArchived"]:
        return False
    values = [str(row.data["value"]) for row in organisation.methods.children(person.id) if not row.data["archived"]]
    numbers = [digits(value) for value in values]
    text = " ".join([full_name(person), contact.data["name"] or "", *values, *numbers]).casefold()
    return all(word in text for word in words)
