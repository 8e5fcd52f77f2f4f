"""What people in the office do behind the integration's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.sandbox.virtuous import contact_parts, contacts, gifts, projects, records
from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.api import find_route
from local.sandbox.virtuous.binding import Shape, bind
from local.sandbox.virtuous.call import EMPTY, Call, fetch
from local.sandbox.virtuous.gift_views import show_gift, show_project
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.shapes import (
    ADDRESS_UPDATE,
    CONTACT_UPDATE,
    GIFT_UPDATE,
    INDIVIDUAL_UPDATE,
    METHOD_UPDATE,
    PROJECT,
)
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.views import show_contact
from local.sandbox.virtuous.world import Caller

Json = dict[str, Any]
Change = Callable[[Call, Record, Json], Any]


def office(organisation: Organisation, method: str = "POST") -> Call:
    """A call by the organisation's staff."""
    return Call(Caller(organisation, Organisation.STAFF), method)


def staff_call(organisation: Organisation, method: str, path: str, body: Any = None) -> Any:
    """An API call made by staff (path below `/api`): no key, no journal, no faults, no budget."""
    bare, _, query = path.partition("?")
    handler, values = find_route(method, [unquote(part) for part in bare.strip("/").split("/")])
    lower = {name.lower(): value for name, value in parse_qsl(query)}
    result = handler(Call(Caller(organisation, Organisation.STAFF), method, values, lower, body))
    return {} if result is EMPTY else result


def edit(organisation: Organisation, kind: str, record_id: int, fields: Json) -> Any:
    """Change fields of a record (write shape); the rest stays, whatever the API's PUT does."""
    table, shape, change, show = _editors(organisation)[kind]
    call, record = office(organisation, "PUT"), fetch(table, record_id)
    change(call, record, bind(shape, fields, kind))
    return show(organisation, record)


def merge(organisation: Organisation, winner_id: int, loser_id: int) -> None:
    """Merge two contacts: all that hangs on the loser moves; the loser stays, archived, and names the winner."""
    call = office(organisation)
    winner, loser = fetch(organisation.contacts, winner_id), fetch(organisation.contacts, loser_id)
    if winner is loser:
        raise ValueError("a contact cannot be merged with itself")
    for table in (organisation.individuals, organisation.addresses):
        for row in table.children(loser_id):
            table.move(row, winner_id)
            call.change(
                table, row, {"isPrimary": False} | ({"isSecondary": False} if "isSecondary" in row.data else {})
            )
    for table in (organisation.gifts, organisation.recurring, organisation.contact_tags):
        for row in table.children(loser_id):
            table.move(row, winner_id)
    _move_references(call, winner, loser)
    call.change(organisation.contacts, loser, {"mergedIntoContactId": winner_id, "isArchived": True})
    call.change(organisation.contacts, winner, {})
    told = {"both": [winner, loser], "winner": [winner], "loser": [loser], "none": []}
    for contact in told[organisation.options.merge_event]:
        announce(organisation, "ContactUpdate", [contact], call.actor)


def rename_tag(organisation: Organisation, name: str, new_name: str) -> None:
    """Give a tag another name: subscribers are not told."""
    found = organisation.tags.with_word(("name", name.casefold()))
    if not found:
        raise KeyError(name)
    office(organisation).change(organisation.tags, found[0], {"name": new_name})


def delete_project(organisation: Organisation, project_id: int) -> None:
    """Delete a project that no gift points to; the API has no path for that."""
    project = fetch(organisation.projects, project_id)
    if organisation.gifts.with_word(("project", project_id)):
        raise ValueError("the project has gifts")
    announce(organisation, "ProjectDelete", [project], Organisation.STAFF)
    organisation.projects.remove(project)


def _editors(organisation: Organisation) -> dict[str, tuple[Table, Shape, Change, Callable[..., Any]]]:
    person, method, address = contact_parts.INDIVIDUAL, contact_parts.METHOD, contact_parts.ADDRESS
    return {
        "contact": (organisation.contacts, CONTACT_UPDATE, contacts.change, show_contact),
        "individual": (organisation.individuals, INDIVIDUAL_UPDATE, person.set, person.show),
        "method": (organisation.methods, METHOD_UPDATE, method.set, method.show),
        "address": (organisation.addresses, ADDRESS_UPDATE, address.set, address.show),
        "gift": (organisation.gifts, GIFT_UPDATE, gifts.change, show_gift),
        "project": (organisation.projects, PROJECT.extended(projectCode="text"), projects.change, show_project),
    }


def _move_references(call: Call, winner: Record, loser: Record) -> None:
    if call.options.merged_references == "stay":
        return
    moved = list(loser.data["references"])
    call.change(call.organisation.contacts, loser, {"references": []})
    for reference in moved:
        records.add_reference(call, winner, reference["source"], reference["id"])
