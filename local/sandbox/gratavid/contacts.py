"""Contacts: one per e-mail address, made and filled by the calls that name them."""

from __future__ import annotations

from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.errors import invalid
from local.sandbox.gratavid.options import Options
from local.sandbox.gratavid.records import CONTACT_FIELDS, Contact


def contact_for(account: Account, fields: dict[str, str]) -> Contact:
    """The contact of `email`; the vendor's help: a contact that exists already is not made a second time.

    What the fields do to a contact that was there is not documented (options `existing_contact`, `empty_text`).
    """
    opted_in = _consent(account.options, fields.get("textOptIn"))
    contact = account.contact_by_email(fields["email"])
    if contact is None:
        contact = account.add_contact(fields["email"])
        _take(contact, fields)
        contact.textOptIn = opted_in
    elif account.options.existing_contact != "kept":
        _take(contact, _wanted(contact, fields, account.options))
        _consent_again(contact, opted_in, account.options)
    account.changed()
    return contact


def _take(contact: Contact, fields: dict[str, str]) -> None:
    for name in CONTACT_FIELDS:
        setattr(contact, name, fields.get(name, getattr(contact, name)))


def _wanted(contact: Contact, fields: dict[str, str], options: Options) -> dict[str, str]:
    if options.existing_contact == "filled":
        return {name: text for name, text in fields.items() if not getattr(contact, name, "")}
    return {name: text for name, text in fields.items() if text or options.empty_text == "clears"}


def _consent_again(contact: Contact, opted_in: bool | None, options: Options) -> None:
    """Consent for a contact that was there; `applied` after a STOP lets a careless caller undo the donor's word."""
    if opted_in is None or (options.existing_contact == "filled" and contact.textOptIn is not None):
        return
    if contact.stopped and opted_in and options.opt_in_after_stop == "ignored":
        return
    contact.textOptIn = opted_in
    contact.stopped = contact.stopped and not opted_in


def _consent(options: Options, word: str | None) -> bool | None:
    if not word:
        return None
    if word in options.text_opt_in_yes:
        return True
    if word in options.text_opt_in_no:
        return False
    if options.text_opt_in_other == "refuse":
        raise invalid("textOptIn is not valid")
    return {"yes": True, "no": False, "ignore": None}[options.text_opt_in_other]
