"""What people in the office do to a database behind the integration's back."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang import gifts
from local.sandbox.bloomerang.api import BASE, find_route, serve
from local.sandbox.bloomerang.call import Call, fetch
from local.sandbox.bloomerang.constituents import erase, update_from
from local.sandbox.bloomerang.database import Database
from local.sandbox.bloomerang.models import ConstituentUpdate, given, parse
from local.sandbox.bloomerang.views import show_constituent
from local.sandbox.bloomerang.world import Caller

STAFF_NAME = "Pat Office"


def staff_call(database: Database, method: str, path: str, body: Any = None) -> Any:
    """An API call made by staff: no key, no journal, no faults; audit trails name the office."""
    bare, _, query_text = path.partition("?")
    query = dict(pair.split("=", 1) for pair in query_text.split("&") if pair)
    match = find_route(method, BASE + bare)
    return serve(Call(_staff(database), method, BASE + bare, match.values, query, body), match)


def edit(database: Database, constituent: int, fields: dict[str, Any]) -> Any:
    """Change fields of a constituent (write shape); the rest stays, whatever the API's PUT does."""
    call = Call(_staff(database), "PUT", "")
    record = fetch(database.constituents, constituent)
    update_from(call, record, given(parse(ConstituentUpdate, fields)), replace=False)
    return show_constituent(call, record)


def merge(database: Database, winner_id: int, loser_id: int) -> None:
    """Merge two constituents: the loser's rows, gifts and timeline move, then it is gone."""
    call = Call(_staff(database), "POST", "")
    winner, loser = fetch(database.constituents, winner_id), fetch(database.constituents, loser_id)
    if winner is loser:
        raise ValueError("a constituent cannot be merged with itself")
    _move_contacts(call, winner_id, loser_id)
    for table in (
        database.transactions,
        database.designations,
        database.refunds,
        database.soft_credits,
        database.interactions,
        database.notes,
    ):
        for record in table.of_account(loser_id):
            table.move(record, winner_id)
    erase(call, loser)
    database.forwards = {old: winner_id if new == loser_id else new for old, new in database.forwards.items()}
    database.forwards[loser_id] = winner_id
    database.touch(database.constituents, winner, call.who)
    database.note_change(winner_id)


def delete(database: Database, constituent: int, *, with_gifts: bool) -> None:
    """Delete a constituent, with its gifts where asked."""
    call = Call(_staff(database), "DELETE", "")
    record = fetch(database.constituents, constituent)
    mine = database.transactions.of_account(constituent)
    if mine and not with_gifts:
        raise ValueError("the constituent has transactions")
    for gift in mine:
        gifts.erase(call, gift)
    erase(call, record)


def _move_contacts(call: Call, winner: int, loser: int) -> None:
    for table in call.database.contact_tables:
        has_primary = any(row.data["IsPrimary"] for row in table.of_account(winner))
        for row in table.of_account(loser):
            table.move(row, winner)
            if has_primary:
                table.edit(row, {"IsPrimary": False})
            call.database.touch(table, row, call.who)


def _staff(database: Database) -> Caller:
    return Caller(database, STAFF_NAME, STAFF_NAME, "OrgAdmin")
