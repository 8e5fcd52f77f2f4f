"""The import endpoints: what is handed in is answered 200 without a body, and nothing exists after it.

From the vendor's reference: a transaction is held until midnight, then bundled with the others of its source
into an import that a person reviews and runs. There is no path to read or cancel what is held.
"""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import imports
from local.sandbox.virtuous.binding import Rows, Shape, bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty
from local.sandbox.virtuous.donor import Donor, contact_donor, gift_donor
from local.sandbox.virtuous.errors import refused
from local.sandbox.virtuous.matching import sum_fits
from local.sandbox.virtuous.organisation import Organisation, Row
from local.sandbox.virtuous.shapes import (
    CONTACT_BATCH,
    CONTACT_TRANSACTION,
    GIFT_BATCH,
    GIFT_TRANSACTION,
    OTHER_DESIGNATION_ROWS,
)

Json = dict[str, Any]


def contact(call: Call) -> Empty:
    """`POST /Contact/Transaction`: one flat contact."""
    body = bind(CONTACT_TRANSACTION, call.body, "contact")
    return _hold_contacts(call, body.get("referenceSource"), [body])


def contacts(call: Call) -> Empty:
    """`POST /Contact/Batch`: many contacts of one source."""
    body = bind(CONTACT_BATCH, call.body, "batch")
    return _hold_contacts(call, body.get("referenceSource"), body.get("contacts") or [])


def gift(call: Call) -> Empty:
    """`POST /v2/Gift/Transaction`."""
    body = bind(_gift_shape(call), call.body, "transaction")
    _hold(call, _new_gifts(call, [body], body.get("transactionSource")))
    return EMPTY


def gifts(call: Call) -> Empty:
    """`POST /v2/Gift/Transactions`: with `createImport` the import is there at once, but has still to be run."""
    shape = GIFT_BATCH.extended(transactions=Rows(_gift_shape(call)))
    body = bind(shape, call.body, "transactions")
    bodies = body.get("transactions") or []
    _check_size(call, bodies)
    defaults = {
        "batch": body.get("batch"),
        "giftDate": body.get("defaultGiftDate"),
        "giftType": body.get("defaultGiftType"),
    }
    for sent in bodies:
        sent.update({name: value for name, value in defaults.items() if value and not sent.get(name)})
    rows = _new_gifts(call, bodies, body.get("transactionSource"))
    if not body.get("createImport"):
        _hold(call, rows)
    elif rows:
        imports.bundle(call.organisation, rows, call.organisation.now(), body.get("importName"))
    return EMPTY


def _hold_contacts(call: Call, source: str | None, bodies: list[Json]) -> Empty:
    if not source:
        raise refused("The reference source is required.")
    _check_size(call, bodies)
    for body in bodies:
        _check_names(call, contact_donor(source, body))
    _hold(call, [_row(call, "contact", source, body) for body in bodies])
    return EMPTY


def _new_gifts(call: Call, bodies: list[Json], source: str | None) -> list[Row]:
    """The rows to keep: those whose transaction id is known already are refused, or dropped, by option."""
    rows, known = [], _waiting(call.organisation)
    for body in bodies:
        own, identifier = body.get("transactionSource") or source, body.get("transactionId")
        if not own:
            raise refused("The transaction source is required.")
        _check_gift(call, own, body)
        key = (own.casefold(), identifier)
        exists = identifier and call.organisation.by_transaction(call.organisation.gifts, own, identifier)
        if identifier and (exists or key in known):
            if call.options.repeated_transaction == "refused":
                raise refused(call.options.repeated_transaction_text)
            continue
        known.add(key)
        rows.append(_row(call, "gift", own, body))
    return rows


def _check_gift(call: Call, source: str, body: Json) -> None:
    _check_names(call, gift_donor(source, body))
    if "giftDesignations" in body:
        body["designations"] = [_other_designation(row) for row in body.pop("giftDesignations") or ()]
    if call.options.designation_sum == "refused" and not sum_fits(body):
        raise refused("The sum of the designations does not equal the amount of the gift.")


def _check_names(call: Call, donor: Donor) -> None:
    """Nameless donors are rejected, as integrations report; by option they wait in the import instead."""
    limit = {"either": 1, "both": 2, "accepted": 3}[call.options.nameless]
    if donor.id is None and call.options.nameless_transaction == "refused" and donor.missing_names() >= limit:
        raise refused("A contact needs a first name and a last name.")


def _check_size(call: Call, bodies: list[Json]) -> None:
    limit = call.options.batch_limit
    if limit is not None and len(bodies) > limit:
        raise refused(f"No more than {limit} transactions can be sent at a time.")


def _waiting(organisation: Organisation) -> set[tuple[str, str | None]]:
    """Source and transaction id of every gift that is held or in an import and not yet made."""
    imported = (row for found in organisation.imports.values() for row in found.rows if row.state == "open")
    rows = (row for row in (*organisation.held, *imported) if row.kind == "gift")
    return {(row.source.casefold(), row.body.get("transactionId")) for row in rows}


def _gift_shape(call: Call) -> Shape:
    if call.options.designation_keys == "both":
        return GIFT_TRANSACTION.extended(giftDesignations=OTHER_DESIGNATION_ROWS)
    return GIFT_TRANSACTION


def _other_designation(row: Json) -> Json:
    amount = row.get("amountDesignated") or row.get("amount")
    return {
        "id": row.get("projectId"),
        "code": row.get("projectCode"),
        "name": row.get("project"),
        "amountDesignated": amount,
    }


def _row(call: Call, kind: str, source: str, body: Json) -> Row:
    return Row(call.organisation.new_row_id(), kind, source, body, call.organisation.now())


def _hold(call: Call, rows: list[Row]) -> None:
    call.organisation.held += rows
