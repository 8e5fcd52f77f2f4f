"""Which record a row speaks about: `match_by`, the external ids of the application, and what a miss makes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from local.sandbox.kindful.columns import BadRow, text
from local.sandbox.kindful.keys import folded
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.run import JobRun, Row, kindful_id


class GoneError(Exception):
    """The row's contact was deleted by the customer, and rows about it are ignored."""


def find_contact(run: JobRun, row: Row) -> Record | None:
    """The contact a row means; GoneError by option when its external id leads to a deleted one."""
    how = run.match_by.get("contact", "external_id")
    sent = text(row.get("id"))
    if how == "id":
        return run.account.record("contact", kindful_id(sent))
    if how != "external_id":
        return _chosen(run, _by_words(run, row, how))
    if sent is None:
        return _chosen(run, _unnamed(run, row))
    found = run.account.linked(run.app, "contact", sent)
    if found is None and run.app.links["contact"].record_id(sent) and run.options.deleted_contact == "ignored":
        raise GoneError
    return found


def find_item(run: JobRun, kind: str, sent: str | None) -> Record | None:
    """The gift, note, pledge or credit with this id; only transactions match by Kindful's own id."""
    if sent is None:
        return None
    if kind == "transaction" and run.match_by.get("transaction") == "id":
        return run.account.transactions.get(kindful_id(sent))
    return run.account.linked(run.app, kind, sent)


def made_up_id() -> str:
    """What Kindful calls an item that came without an id: nothing a second sending could find."""
    return str(uuid.uuid4())


def campaign_of(run: JobRun, row: Row, *, required: bool) -> int | None:
    """The row's campaign. What is not found is made, whichever way it was looked for, even by Kindful's id."""
    columns = {"either": ("campaign", "campaign_name")}.get(run.options.campaign_column, (run.options.campaign_column,))
    name = next((found for column in columns if (found := text(row.get(column)))), None)
    key = text(row.get("campaign_id"))
    if name is None and key is None:
        if required:
            raise BadRow("campaign is required")
        return None
    return _found_or_made(run, "campaign", run.match_by.get("campaign", "external_id"), key, name)


def fund_of(run: JobRun, row: Row) -> int | None:
    """The row's fund; what is not found is made, left out, or makes the row bad, by option."""
    key, name = text(row.get("fund_id")), text(row.get("fund"))
    if name is None and key is None:
        return None
    how = run.match_by.get("fund", "external_id")
    if how == "name" and run.options.fund_by_name == "ignored":
        how = "external_id"
    if run.options.unknown_fund != "creates" and _find_named(run, "fund", how, key, name) is None:
        if run.options.unknown_fund == "bad_row":
            raise BadRow("fund is not known")
        return None
    return _found_or_made(run, "fund", how, key, name)


def _found_or_made(run: JobRun, kind: str, how: str, key: str | None, name: str | None) -> int:
    found = _find_named(run, kind, how, key, name)
    if found is not None:
        return found.id
    record = run.account.tables[kind].add({"name": name or key}, run.account.now())
    external = key or (name if how == "external_id" else None)
    if external is not None:
        run.app.links[kind].put(record.id, Link(external, record.version))
    run.created(kind.capitalize())
    return record.id


def _find_named(run: JobRun, kind: str, how: str, key: str | None, name: str | None) -> Record | None:
    if how == "id":
        return run.account.record(kind, kindful_id(key))
    if how == "name":
        found = run.account.tables[kind].find(("name", folded(name or key)))
        return found[0] if found else None
    return run.account.linked(run.app, kind, key or name or "")


def _by_words(run: JobRun, row: Row, how: str) -> Sequence[Record]:
    """Exact, but blind to case; a row without the words matches nobody."""
    email, company = folded(row.get("email")), folded(row.get("company_name"))
    first, last = folded(row.get("first_name")), folded(row.get("last_name"))
    contacts = run.account.contacts
    if how.startswith("first_name"):
        found = contacts.find(("name", first, last)) if first and last else []
    elif how.startswith("company_name"):
        found = contacts.find(("company", company)) if company else []
    else:
        return contacts.find(("email", email)) if email else []
    if how.endswith("_email"):
        return [record for record in found if email and folded(record.data.get("email")) == email]
    return found


def _unnamed(run: JobRun, row: Row) -> Sequence[Record]:
    """A row without an id is compared by first, last and e-mail, or by company and e-mail."""
    return _by_words(run, row, "company_name_email" if row.get("company_name") else "first_name_last_name_email")


def _chosen(run: JobRun, found: Sequence[Record]) -> Record | None:
    if not found:
        return None
    return found[0 if run.options.ambiguous_match == "first" else -1]
