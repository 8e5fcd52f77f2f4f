"""`POST /{Object}/Query` and its options: groups are alternatives, conditions in a group all have to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.sandbox.virtuous.binding import Shape, bind
from local.sandbox.virtuous.call import Call, page, paging
from local.sandbox.virtuous.conditions import MULTIPLE, OPERATORS, VALUELESS, Test, condition_test
from local.sandbox.virtuous.errors import refused
from local.sandbox.virtuous.gift_views import show_commitment, show_gift, show_gift_row, show_project
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.parameters import CONTACTS, GIFTS, INDIVIDUALS, PROJECTS, RECURRING, Family
from local.sandbox.virtuous.shapes import CONTACT_QUERY, QUERY
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.views import show_contact, show_contact_row, show_individual

Json = dict[str, Any]
_SORT_WORDS = {"giftdate": "gift date", "receiptdate": "receipt date", "id": "id", "name": "contact name"}


@dataclass(frozen=True)
class Asked:
    """One kind of record as queries see it. `hidden` rows are only answered to `includeArchived`."""

    table: Callable[[Organisation], Table]
    family: Family
    show: Callable[[Organisation, Record], Json]
    shape: Shape = QUERY
    hidden: Callable[[Record], bool] | None = None

    def query(self, call: Call) -> Json:
        """Serve the query; `skip` and `take` are in the URL."""
        body = bind(self.shape, call.body, "query")
        rows = _found(call, self, body)
        return page(rows, paging(call, body), lambda record: self.show(call.organisation, record))

    def options(self, call: Call) -> Json:
        """`GET .../QueryOptions`."""
        rows = [
            {
                "parameter": found.name,
                "type": "Date" if found.type == "Moment" else found.type,
                "operatorOptions": _operators(OPERATORS[found.type]),
                "valueOptions": list(found.choices),
            }
            for found in self.family.known(call.organisation).values()
        ]
        every = dict.fromkeys(name for names in OPERATORS.values() for name in names)
        return {"options": rows, "operatorOptions": _operators(every)}


def _found(call: Call, asked: Asked, body: Json) -> list[Record]:
    """The records that fit, in order."""
    table = asked.table(call.organisation)
    groups = [_all_of(call, asked.family, group) for group in body.get("groups") or ()]
    groups = [tests for tests in groups if tests]
    shown = asked.hidden is None or bool(body.get("includeArchived"))
    rows = [
        record
        for record in table
        if (shown or asked.hidden is None or not asked.hidden(record))
        and (not groups or any(all(test(record) for test in tests) for tests in groups))
    ]
    _sort(call, asked.family, rows, body)
    return rows


def _all_of(call: Call, family: Family, group: Json) -> list[Test]:
    known = family.known(call.organisation)
    tests = []
    for condition in group.get("conditions") or ():
        parameter = known.get((condition.get("parameter") or "").lower())
        if parameter is None:
            if call.options.unknown_condition == "ignored":
                continue
            raise refused(f"The parameter '{condition.get('parameter')}' is not valid.")
        tests.append(condition_test(call.organisation, parameter, condition))
    return tests


def _sort(call: Call, family: Family, rows: list[Record], body: Json) -> None:
    wanted = (body.get("sortBy") or "").lower()
    name = _SORT_WORDS.get(wanted, wanted)
    parameter = family.known(call.organisation).get(name)
    if wanted and name != "id" and parameter is None and call.options.unknown_sort == "refused":
        raise refused(f"'{body['sortBy']}' is not a valid sort.")
    if parameter is not None:
        rows.sort(key=lambda record: (_comparable(parameter.read(call.organisation, record)), record.id))
    elif name != "id" and call.options.unsorted == "modified":
        rows.sort(key=lambda record: (record.modified, record.id))
    if body.get("descending"):
        rows.reverse()


def _comparable(value: Any) -> tuple[bool, float, str]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool | int | float):
        return True, float(value), ""
    return value is not None, 0.0, str(value or "").casefold()


def _operators(names: Iterable[str]) -> list[Json]:
    return [
        {"operator": name, "multipleValuesAllowed": name in MULTIPLE, "valueRequired": name not in VALUELESS}
        for name in names
    ]


def _archived(contact: Record) -> bool:
    return bool(contact.data["isArchived"])


CONTACT_ROWS = Asked(lambda found: found.contacts, CONTACTS, show_contact_row, CONTACT_QUERY, _archived)
FULL_CONTACTS = Asked(lambda found: found.contacts, CONTACTS, show_contact, CONTACT_QUERY, _archived)
PEOPLE = Asked(lambda found: found.individuals, INDIVIDUALS, show_individual)
GIFT_ROWS = Asked(lambda found: found.gifts, GIFTS, show_gift_row)
FULL_GIFTS = Asked(lambda found: found.gifts, GIFTS, show_gift)
PROJECT_ROWS = Asked(lambda found: found.projects, PROJECTS, show_project)
COMMITMENTS = Asked(lambda found: found.recurring, RECURRING, show_commitment)
