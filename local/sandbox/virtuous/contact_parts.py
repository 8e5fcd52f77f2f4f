"""What hangs on a contact and is written through paths of its own: people, contact methods, addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.binding import Shape, bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty, fetch
from local.sandbox.virtuous.errors import not_found, refused
from local.sandbox.virtuous.organisation import Organisation, is_email
from local.sandbox.virtuous.records import check_method, check_person, touched
from local.sandbox.virtuous.shapes import (
    ADDRESS_CREATE,
    ADDRESS_UPDATE,
    INDIVIDUAL_CREATE,
    INDIVIDUAL_UPDATE,
    METHOD_CREATE,
    METHOD_UPDATE,
)
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.text import country_name
from local.sandbox.virtuous.views import show_address, show_individual, show_method

Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One kind of row: its table, how it is shown, whose contact it belongs to and how it is written."""

    name: str
    table: Callable[[Organisation], Table]
    show: Callable[[Organisation, Record], Json]
    contact: Callable[[Organisation, Record], Record]
    create_shape: Shape
    update_shape: Shape
    make: Callable[[Call, Json], Record]
    change: Callable[[Call, Record, Json], None]
    defaults: Json

    def get(self, call: Call) -> Json:
        """`GET /{name}/{id}`."""
        return self.show(call.organisation, call.record(self.table(call.organisation)))

    def of_contact(self, call: Call) -> list[Json]:
        """`GET /{name}/ByContact/{id}`: a bare list."""
        contact = call.record(call.organisation.contacts)
        rows = self.table(call.organisation).children(contact.id)
        return [self.show(call.organisation, row) for row in rows if not row.data.get("archived")]

    def create(self, call: Call) -> Json:
        """`POST /{name}`."""
        row = self.make(call, bind(self.create_shape, call.body, self.name))
        touched(call, self.contact(call.organisation, row))
        return self.show(call.organisation, row)

    def update(self, call: Call) -> Json:
        """`PUT /{name}/{id}`: what is left out loses its value."""
        row = call.record(self.table(call.organisation))
        body = bind(self.update_shape, call.body, self.name)
        return self.set(call, row, records.written(call, self.update_shape, body, self.defaults))

    def set(self, call: Call, row: Record, values: Json) -> Json:
        """Set write-shaped values."""
        self.change(call, row, values)
        touched(call, self.contact(call.organisation, row))
        return self.show(call.organisation, row)

    def archive(self, call: Call) -> Empty:
        """`PUT /{name}/Archive/{id}`."""
        return self._set_archived(call, archived=True)

    def unarchive(self, call: Call) -> Empty:
        """`PUT /{name}/Unarchive/{id}`."""
        return self._set_archived(call, archived=False)

    def delete(self, call: Call) -> Empty:
        """`DELETE /{name}/{id}`."""
        table = self.table(call.organisation)
        row = call.record(table)
        contact = self.contact(call.organisation, row)
        if table is call.organisation.individuals:
            _drop_person(call, row)
        records.step_down(call, table, row)
        table.remove(row)
        touched(call, contact)
        return EMPTY

    def _set_archived(self, call: Call, *, archived: bool) -> Empty:
        table = self.table(call.organisation)
        row = call.record(table)
        if archived:
            records.step_down(call, table, row)
            call.change(table, row, {"isPrimary": False})
        call.change(table, row, {"archived": archived})
        touched(call, self.contact(call.organisation, row))
        return EMPTY


def find_individual(call: Call) -> Json:
    """`GET /ContactIndividual/Find?email=`: the first person with the address."""
    methods = call.organisation.methods.with_word(("value", call.query.get("email", "").strip().casefold()))
    for method in methods:
        if is_email(method.data["type"]) and not method.data["archived"]:
            return show_individual(call.organisation, call.organisation.individuals.rows[method.parent])
    raise not_found()


def method_types(call: Call) -> list[str]:
    """`GET /ContactMethod/Types`."""
    return list(call.organisation.method_types)


def _make_person(call: Call, body: Json) -> Record:
    contact = _owner(call.organisation.contacts, body.get("contactId"))
    check_person(call, body)
    flags = {"primary": bool(body.get("setAsPrimary")), "secondary": bool(body.get("setAsSecondary"))}
    return records.add_person(call, contact, body, **flags)


def _change_person(call: Call, person: Record, values: Json) -> None:
    table, changes = call.organisation.individuals, dict(values)
    check_person(call, person.data | changes)
    if "customFields" in changes:
        changes["customFields"] = records.custom_values(call.organisation, "ContactIndividual", changes["customFields"])
    if "customCollections" in changes:
        changes["customCollections"] = records.collections(changes["customCollections"])
    primary, secondary = changes.pop("setAsPrimary", None), changes.pop("setAsSecondary", None)
    call.change(table, person, changes)
    if primary:
        records.make_primary(call, table, person)
    elif secondary and not person.data["isPrimary"]:
        call.change(table, person, {"isSecondary": True})


def _make_method(call: Call, body: Json) -> Record:
    person = _owner(call.organisation.individuals, body.get("contactIndividualId"))
    return records.add_method(call, person, body, primary=bool(body.get("setAsPrimary")))


def _change_method(call: Call, method: Record, values: Json) -> None:
    table, changes = call.organisation.methods, dict(values)
    changes["type"] = check_method(call, method.data | changes)
    primary = changes.pop("setAsPrimary", None)
    call.change(table, method, changes)
    if primary:
        records.make_primary(call, table, method)


def _make_address(call: Call, body: Json) -> Record:
    contact = _owner(call.organisation.contacts, body.get("contactId"))
    return records.add_address(call, contact, body, primary=bool(body.get("setAsPrimary")))


def _change_address(call: Call, address: Record, values: Json) -> None:
    table, changes = call.organisation.addresses, dict(values)
    primary = changes.pop("setAsPrimary", None)
    if "country" in changes:
        changes["country"] = country_name(changes["country"])
    call.change(table, address, changes)
    if primary:
        records.make_primary(call, table, address)


def _owner(table: Table, record_id: int | None) -> Record:
    """What a new row hangs on, named in the body: 400 when it was not sent, 404 when it is not there."""
    if record_id is None:
        raise refused("The argument cannot be null")
    return fetch(table, record_id)


def _drop_person(call: Call, person: Record) -> None:
    if not records.rivals(call.organisation.individuals, person):
        raise refused("A contact needs at least one individual.")
    for method in call.organisation.methods.children(person.id):
        call.organisation.methods.remove(method)


INDIVIDUAL = Part(
    "contactIndividual",
    lambda organisation: organisation.individuals,
    show_individual,
    lambda organisation, row: organisation.contacts.rows[row.parent],
    INDIVIDUAL_CREATE,
    INDIVIDUAL_UPDATE,
    _make_person,
    _change_person,
    {"isDeceased": False},
)
METHOD = Part(
    "contactMethod",
    lambda organisation: organisation.methods,
    lambda _organisation, row: show_method(row),
    lambda organisation, row: organisation.owner(row),
    METHOD_CREATE,
    METHOD_UPDATE,
    _make_method,
    _change_method,
    {"isOptedIn": False},
)
ADDRESS = Part(
    "contactAddress",
    lambda organisation: organisation.addresses,
    lambda _organisation, row: show_address(row),
    lambda organisation, row: organisation.contacts.rows[row.parent],
    ADDRESS_CREATE,
    ADDRESS_UPDATE,
    _make_address,
    _change_address,
    {},
)
