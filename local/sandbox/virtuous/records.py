"""Making and changing contacts and what hangs on them, for the API, for staff and for imports alike."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.binding import Shape
from local.sandbox.virtuous.call import Call
from local.sandbox.virtuous.errors import refused
from local.sandbox.virtuous.organisation import Organisation, is_email, is_phone
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.text import country_name, together

Json = dict[str, Any]
_CONTACT: Json = {
    "contactType": "Household", "name": None, "informalName": None, "description": None, "website": None,
    "maritalStatus": None, "anniversaryMonth": None, "anniversaryDay": None, "anniversaryYear": None,
    "originSegmentId": None, "isPrivate": False, "isArchived": False, "mergedIntoContactId": None,
}  # fmt: skip
_PERSON: Json = {
    "prefix": None, "firstName": None, "middleName": None, "lastName": None, "suffix": None, "gender": None,
    "birthMonth": None, "birthDay": None, "birthYear": None, "approximateAge": None, "isDeceased": False,
    "deceasedDate": None, "passion": None, "avatarUrl": None,
}  # fmt: skip
_ADDRESS: Json = {
    "label": None, "address1": None, "address2": None, "city": None, "state": None, "postal": None, "country": None,
    "startMonth": 1, "startDay": 1, "endMonth": 12, "endDay": 31,
}  # fmt: skip


def written(call: Call, shape: Shape, body: Json, defaults: Json) -> Json:
    """What an update sets: all of the write model (what was left out loses its value), or what was sent.

    The vendor's reference says the former of every PUT; recordings show the latter. `defaults` stand for values
    that are taken away.
    """
    if call.options.put == "patch":
        return dict(body)
    return {name: _or(body.get(name), defaults.get(name)) for name in shape.fields}


def custom_values(organisation: Organisation, kind: str, sent: list[Json] | Json | None) -> dict[str, str]:
    """Custom field texts by name, from a list of rows or from an object; unknown names are dropped."""
    pairs = sent.items() if isinstance(sent, dict) else ((row.get("name"), row.get("value")) for row in sent or ())
    known = {
        title.casefold(): field.name
        for field in organisation.custom_fields
        if field.kind == kind
        for title in (field.name, field.display_name or field.name)
    }
    named = ((known.get(str(name or "").casefold()), value) for name, value in pairs)
    return {name: str(value) for name, value in named if name and value is not None}


def collections(sent: list[Json] | None) -> list[Json]:
    """Custom collections as stored: those without `name` (as in the read shape) are nothing."""
    named = [row for row in sent or () if row.get("name")]
    return [
        {
            "customCollectionId": place + 1,
            "customCollectionName": row["name"],
            "collectionInstanceId": place + 1,
            "fields": row.get("fields") or [],
        }
        for place, row in enumerate(named)
    ]


def check_type(call: Call, contact_type: str | None) -> str:
    """The contact type as it is spelt in the organisation."""
    if not contact_type:
        raise refused("The contact type is required.")
    for row in call.organisation.contact_types:
        if row["type"].casefold() == contact_type.casefold():
            return row["type"]
    raise refused(f"'{contact_type}' is not a valid contact type.")


def check_person(call: Call, body: Json) -> None:
    """Refuse a person without the names that the organisation insists on."""
    missing = [name for name in ("firstName", "lastName") if not (body.get(name) or "").strip()]
    limit = {"either": 1, "both": 2, "accepted": 3}[call.options.nameless]
    if len(missing) >= limit:
        raise refused("An individual needs a first name and a last name.")


def check_method(call: Call, body: Json) -> str:
    """The contact method type as it is spelt in the organisation; plain `Email` and `Phone` by option."""
    wanted, value = (body.get("type") or "").casefold(), body.get("value")
    if not wanted or not value:
        raise refused("A contact method needs a type and a value.")
    known = {kind.casefold(): kind for kind in call.organisation.method_types}
    if call.options.plain_method_types == "accepted":
        known |= {"email": "Home Email", "phone": "Home Phone"}
    if wanted not in known:
        raise refused(f"'{body['type']}' is not a valid contact method type.")
    return known[wanted]


def add_contact(call: Call, body: Json) -> Record:
    """A contact without people, in the write shape; its name follows its people where it has none."""
    people = [(row.get("firstName") or "", row.get("lastName") or "") for row in body.get("contactIndividuals") or ()]
    data = _CONTACT | {name: body[name] for name in _CONTACT if body.get(name) is not None}
    data["name"] = body.get("name") or together(people[:2])
    data["informalName"] = data["informalName"] or (people[0][0] if people else data["name"])
    data["references"] = []
    data["customFields"] = custom_values(call.organisation, "Contact", body.get("customFields"))
    data["customCollections"] = collections(body.get("customCollections"))
    return call.add(call.organisation.contacts, data)


def add_person(call: Call, contact: Record, body: Json, *, primary: bool, secondary: bool = False) -> Record:
    """A person of a contact with contact methods; primary where the contact has nobody yet."""
    organisation = call.organisation
    first = not organisation.individuals.children(contact.id)
    data = _PERSON | {name: body[name] for name in _PERSON if body.get(name) is not None}
    data |= {"isPrimary": False, "isSecondary": secondary and not primary}
    data["customFields"] = custom_values(organisation, "ContactIndividual", body.get("customFields"))
    data["customCollections"] = collections(body.get("customCollections"))
    person = call.add(organisation.individuals, data, contact.id)
    if primary or first:
        make_primary(call, organisation.individuals, person)
    for row in body.get("contactMethods") or ():
        add_method(call, person, row, primary=bool(row.get("isPrimary")))
    return person


def add_method(call: Call, person: Record, body: Json, *, primary: bool) -> Record:
    """A contact method; primary where it is the person's first e-mail address or phone number."""
    table = call.organisation.methods
    data = {
        "type": check_method(call, body),
        "value": body["value"],
        "isOptedIn": bool(body.get("isOptedIn")),
        "isPrimary": False,
        "archived": False,
    }
    method = call.add(table, data, person.id)
    if primary or not any(row.data["isPrimary"] for row in rivals(table, method)):
        make_primary(call, table, method)
    return method


def add_address(call: Call, contact: Record, body: Json, *, primary: bool) -> Record:
    """An address (`state`, `country` in the body); primary where it is the contact's first."""
    table = call.organisation.addresses
    data = _ADDRESS | {name: body[name] for name in _ADDRESS if body.get(name) is not None}
    data |= {"country": country_name(data["country"]), "isPrimary": False, "archived": False}
    address = call.add(table, data, contact.id)
    if primary or not any(row.data["isPrimary"] for row in rivals(table, address)):
        make_primary(call, table, address)
    return address


def add_reference(call: Call, contact: Record, source: str | None, identifier: str | None) -> None:
    """Give a contact a reference; one that another contact has is refused, moved or shared."""
    if not source or not identifier:
        raise refused("A reference needs a source and an id.")
    table = call.organisation.contacts
    for other in call.organisation.references(source, identifier):
        if other is contact:
            return
        if call.options.reference_taken == "refused":
            raise refused("The reference source and id already exist on another contact.")
        if call.options.reference_taken == "moves":
            drop_reference(call, other, source, identifier)
    reference = {"source": source, "id": identifier}
    call.change(table, contact, {"references": [*contact.data["references"], reference]})


def drop_reference(call: Call, contact: Record, source: str, identifier: str) -> None:
    """Take a reference away."""
    kept = [
        row
        for row in contact.data["references"]
        if (row["source"].casefold(), row["id"]) != (source.casefold(), identifier)
    ]
    call.change(call.organisation.contacts, contact, {"references": kept})


def add_tag(call: Call, contact: Record, tag: Record) -> Record:
    """Tag a contact; a tag it has already is not given twice."""
    for row in call.organisation.contact_tags.children(contact.id):
        if row.data["tagId"] == tag.id:
            return row
    return call.add(call.organisation.contact_tags, {"tagId": tag.id}, contact.id)


def tag_named(call: Call, name: str) -> Record:
    """A tag by name, made where there is none."""
    found = call.organisation.tags.with_word(("name", name.casefold()))
    return found[0] if found else call.add(call.organisation.tags, {"name": name, "group": "General"})


def rivals(table: Table, row: Record) -> list[Record]:
    """The other rows among which only one is primary: of the same parent and, for methods, the same kind."""
    others = [other for other in table.children(row.parent) if other is not row and not other.data.get("archived")]
    if "type" not in row.data:
        return others
    return [other for other in others if _sort(other) == _sort(row)]


def make_primary(call: Call, table: Table, row: Record) -> None:
    """Make a row the primary one; the one that was is not any more."""
    for other in rivals(table, row):
        if other.data["isPrimary"]:
            call.change(table, other, {"isPrimary": False})
    changes: Json = {"isPrimary": True}
    call.change(table, row, changes | ({"isSecondary": False} if "isSecondary" in row.data else {}))


def step_down(call: Call, table: Table, row: Record) -> None:
    """Let another row be primary when the primary one goes, where the organisation does that."""
    others = rivals(table, row)
    if row.data["isPrimary"] and others and call.options.primary_after_delete == "promote":
        make_primary(call, table, others[0])


def touched(call: Call, contact: Record) -> None:
    """A contact or something on it was changed: stamp it and tell subscribers."""
    if call.options.child_changes_bump:
        call.change(call.organisation.contacts, contact, {})
    announce(call.organisation, "ContactUpdate", [contact], call.actor)


def _sort(method: Record) -> str:
    kind = method.data["type"]
    return "email" if is_email(kind) else "phone" if is_phone(kind) else str(kind)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
