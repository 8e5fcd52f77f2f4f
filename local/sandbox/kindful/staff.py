"""What people in the customer's office do in Kindful, behind every application's back."""

from __future__ import annotations

from typing import Any

from local.sandbox.kindful.account import Account, Change
from local.sandbox.kindful.changes import alter
from local.sandbox.kindful.columns import CONTACT_COLUMNS, moment
from local.sandbox.kindful.events import announce, keep
from local.sandbox.kindful.imports import empty_gift
from local.sandbox.kindful.keys import folded
from local.sandbox.kindful.records import Record
from local.sandbox.kindful.views import Viewer

_GIFT_FIELDS = {*empty_gift(), "amount_in_cents", "transaction_time", "contact_id", "canceled", "voided"}


def add_contact(account: Account, fields: dict[str, Any]) -> Any:
    """Make a contact; no application knows it."""
    _check(fields, set(CONTACT_COLUMNS))
    return _shown(account, "contact", account.contacts.add(dict(fields), account.now()))


def edit_contact(account: Account, contact: int, fields: dict[str, Any], groups: dict[str, bool]) -> Any:
    """Change columns of a contact, and put it into groups or take it out (by id)."""
    _check(fields, {*CONTACT_COLUMNS, "email_deliverable"})
    record = find(account, "contact", contact)
    if alter(account, "contact", record, Change(account.now(), dict(fields), groups)):
        account.bump(record)
    return _shown(account, "contact", record)


def delete_contact(account: Account, contact: int) -> None:
    """Delete a contact and, softly, its gifts. Applications' external ids lead nowhere from then on."""
    record = find(account, "contact", contact)
    for gift in account.transactions.find(("contact", record.id)):
        delete_gift(account, gift.id)
    account.contacts.remove(record)


def merge(account: Account, winner_id: int, loser_id: int) -> Any:
    """Merge two contacts for ever: the winner's values win, gaps are filled, gifts and ids move to it."""
    winner, loser = find(account, "contact", winner_id), find(account, "contact", loser_id)
    if winner is loser:
        raise ValueError("a contact cannot be merged with itself")
    gaps = {name: value for name, value in loser.data.items() if value and not winner.data.get(name)}
    groups = {str(group): True for group in loser.extra.get("groups", [])}
    custom = {**loser.extra.get("custom", {}), **winner.extra.get("custom", {})}
    for gift in account.transactions.find(("contact", loser.id)):
        account.transactions.change(gift, {"contact_id": winner.id})
        if account.options.merge_bumps_gifts:
            account.bump(gift)
    for app in account.apps.values():
        if account.options.merge_links == "moved":
            app.links["contact"].merge(loser.id, winner.id)
        else:
            app.links["contact"].drop(loser.id)
    account.contacts.remove(loser)
    account.forwards[loser.id] = winner.id
    alter(account, "contact", winner, Change(account.now(), gaps, groups, custom))
    account.bump(winner)
    return _shown(account, "contact", winner)


def auto_merge(account: Account) -> None:
    """Kindful's own merging of contacts with the same name and e-mail, where the customer has switched it on."""
    seconds, now = account.options.auto_merge_seconds, account.clock.now()
    if seconds is None or now < account.merged_at + seconds:
        return
    account.merged_at = now
    first: dict[tuple[str, ...], int] = {}
    for record in list(account.contacts):
        names = tuple(folded(record.data.get(name)) for name in ("first_name", "last_name", "email"))
        winner = first.setdefault(names, record.id) if all(names) else record.id
        if winner != record.id:
            merge(account, winner, record.id)


def add_gift(account: Account, contact: int, fields: dict[str, Any]) -> Any:
    """A gift comes in by another way than the applications (columns as in queries)."""
    _check(fields, _GIFT_FIELDS)
    owner = find(account, "contact", contact)
    given = empty_gift() | {"transaction_time": account.now(), "amount_in_cents": 2500} | _timed(fields)
    record = account.transactions.add(given | {"contact_id": owner.id}, account.now())
    announce(account, "transaction.created", record)
    return _shown(account, "transaction", record)


def edit_gift(account: Account, gift: int, fields: dict[str, Any], what: str = "transaction.updated") -> Any:
    """Change columns of a gift; announced where they differ."""
    _check(fields, _GIFT_FIELDS)
    record = find(account, "transaction", gift)
    if alter(account, "transaction", record, Change(account.now(), _timed(fields))):
        account.bump(record)
        announce(account, what, record)
    return _shown(account, "transaction", record)


def refund(account: Account, gift: int) -> Any:
    """Refund a gift as a whole."""
    return edit_gift(account, gift, {"was_refunded": True}, "transaction.refunded")


def cancel(account: Account, gift: int) -> Any:
    """Cancel a gift."""
    return edit_gift(account, gift, {"canceled": True, "success": False}, "transaction.canceled")


def delete_gift(account: Account, gift: int) -> None:
    """Delete a gift softly: it keeps its id and gets `deleted_at`."""
    record = find(account, "transaction", gift)
    if record.deleted is None:
        record.deleted = account.now()
        account.bump(record)
        announce(account, "transaction.updated", record)


def add_named(account: Account, kind: str, name: str, group: str = "General") -> int:
    """Make a campaign, a fund, a group or a custom field; returns its id."""
    more = {"group": group, "type": "text", "values": []} if kind == "custom_field" else {}
    return account.tables[kind].add({"name": name} | more, account.now()).id


def other_event(account: Account, what: str, subject: dict[str, Any]) -> str:
    """Something else that is announced: a recurring gift, a report; `subject` is its object. The event's id."""
    return keep(account, what, subject).id


def unlink(account: Account, app: str, kind: str, record_id: int) -> None:
    """Take an application's link from a record."""
    account.app(app).links[kind].drop(record_id)
    account.moves += 1


def find(account: Account, kind: str, record_id: int) -> Record:
    """A record; KeyError when there is none."""
    record = account.record(kind, record_id)
    if record is None:
        raise KeyError(f"{kind} {record_id}")
    return record


def _shown(account: Account, kind: str, record: Record) -> Any:
    return getattr(Viewer(account, account.app(), ""), kind)(record)


def _timed(fields: dict[str, Any]) -> dict[str, Any]:
    if "transaction_time" not in fields:
        return dict(fields)
    return fields | {"transaction_time": moment(fields["transaction_time"])}


def _check(fields: dict[str, Any], known: set[str]) -> None:
    unknown = set(fields) - known
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
