"""Filling an account with made-up donors."""

from __future__ import annotations

from local.sandbox.gratavid import sending
from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.records import Contact
from local.sandbox.gratavid.wishes import Seed
from local.sandbox.people import person


def make_people(account: Account, plan: Seed) -> dict[str, list[str]]:
    """Store contacts, and sends where a note is named; returns their ids in the people's order."""
    contacts = [_contact(account, plan, index) for index in range(plan.people)]
    sends = [sending.send(account, account.notes[plan.note], contact).id for contact in contacts if plan.note]
    account.changed()
    return {"contacts": [contact.id for contact in contacts], "sends": sends}


def _contact(account: Account, plan: Seed, index: int) -> Contact:
    made = person(plan.seed, plan.first + index)
    contact = account.add_contact(made.email)
    contact.firstName, contact.lastName, contact.cellNumber = made.first, made.last, made.phone
    contact.customUserId = "" if plan.custom_ids is None else str(plan.custom_ids + index)
    return contact
