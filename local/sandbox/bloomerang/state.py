"""The whole of a database in read shapes, for comparing end states."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from local.sandbox.bloomerang.activity import INTERACTION, NOTE
from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.database import Database
from local.sandbox.bloomerang.gifts import show_transaction
from local.sandbox.bloomerang.reference import APPEAL, CAMPAIGN, FUND, TRIBUTE
from local.sandbox.bloomerang.refunds import show_refund, show_soft_credit
from local.sandbox.bloomerang.views import show_address, show_constituent, show_email, show_household, show_phone
from local.sandbox.bloomerang.world import Caller


def whole_state(database: Database) -> dict[str, Any]:
    """Every record by kind, in order of its id, plus what went to the payment processor."""
    call = Call(Caller(database, "", "", "OrgAdmin"), "GET", "")
    return {
        "constituents": [show_constituent(call, record) for record in database.constituents],
        "households": [show_household(call, record) for record in database.households],
        "emails": [show_email(record) for record in database.emails],
        "phones": [show_phone(record) for record in database.phones],
        "addresses": [show_address(record) for record in database.addresses],
        "transactions": [show_transaction(call, record) for record in database.transactions],
        "refunds": [show_refund(call, record) for record in database.refunds],
        "soft_credits": [show_soft_credit(call, record) for record in database.soft_credits],
        "interactions": [INTERACTION.show(call, record) for record in database.interactions],
        "notes": [NOTE.show(call, record) for record in database.notes],
        "tributes": [TRIBUTE.show(call, record) for record in database.tributes],
        "funds": [FUND.show(call, record) for record in database.funds],
        "campaigns": [CAMPAIGN.show(call, record) for record in database.campaigns],
        "appeals": [APPEAL.show(call, record) for record in database.appeals],
        "forwards": {str(loser): winner for loser, winner in database.forwards.items()},
        **asdict(database.ledger),
    }
