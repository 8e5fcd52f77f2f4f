"""One organisation's account in the sandbox: what it holds, its keys, subscriptions, options and clock."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.gratavid.courier import Courier
from local.sandbox.gratavid.options import Options
from local.sandbox.gratavid.records import Contact, Note, Notification, Send, Subscription, Task, User


class Account:
    """All state of one organisation; a tenant of the sandbox server."""

    def __init__(self, name: str, options: Options, courier: Courier) -> None:
        self.name = name
        self.options = options
        self.courier = courier
        self.clock = Clock()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.keys: dict[str, bool] = {}
        self.users: dict[str, User] = {}
        self.notes: dict[str, Note] = {}
        self.contacts: dict[str, Contact] = {}
        self.tasks: dict[str, Task] = {}
        self.sends: dict[str, Send] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.notifications: dict[int, Notification] = {}
        self.numbers: dict[str, int] = {}
        self.queued: dict[str, None] = {}
        self._by_email: dict[str, list[Contact]] = {}
        self.calls_by_minute: tuple[int, int] = (0, 0)
        self.version = 0

    def changed(self) -> None:
        """Note a change, so that it is kept."""
        self.version += 1

    def number(self, kind: str) -> int:
        """The next number of a kind, from 1."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    def new_id(self, kind: str) -> str:
        """An opaque text, the same every time for the same account and order."""
        text = f"{self.name}:{kind}:{self.number(kind)}"
        return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()

    def add_user(self, label: str) -> User:
        """A user of the organisation."""
        user = User(self.new_id("user"), label)
        self.users[user.id] = user
        self.changed()
        return user

    def add_note(self, title: str, *, listed: bool = True) -> Note:
        """A video message."""
        note = Note(self.new_id("note"), title, listed)
        self.notes[note.id] = note
        self.changed()
        return note

    def add_contact(self, email: str) -> Contact:
        """A contact of an address, whoever has it already."""
        contact = Contact(self.new_id("contact"), email)
        self.contacts[contact.id] = contact
        self._by_email.setdefault(email.casefold(), []).append(contact)
        self.changed()
        return contact

    def readdress(self, contact: Contact, email: str) -> None:
        """Give a contact another address."""
        self._by_email[contact.email.casefold()].remove(contact)
        contact.email = email
        self._by_email.setdefault(email.casefold(), []).append(contact)
        self.changed()

    def contact_by_email(self, email: str) -> Contact | None:
        """The contact of an address; by option its case counts."""
        found = self._by_email.get(email.casefold(), [])
        fits = (contact for contact in found if self.options.email_case == "ignored" or contact.email == email)
        return next(fits, None)

    def contact(self, who: str) -> Contact:
        """A contact by id or address; KeyError when there is none."""
        found = self.contacts.get(who) or self.contact_by_email(who)
        if found is None:
            raise KeyError(who)
        return found

    def sends_to(self, contact: Contact) -> list[Send]:
        """What was sent to a contact, oldest first."""
        return [send for send in self.sends.values() if send.contact == contact.id and send.state == "sent"]

    def dump(self) -> dict[str, Any]:
        """Everything but the journal, as JSON values."""
        return {
            "name": self.name,
            "options": self.options.model_dump(),
            "clock": {"shift": self.clock.shift, "frozen_at": self.clock.frozen_at},
            "faults": self.faults.dump(),
            "keys": self.keys,
            "numbers": self.numbers,
            **self.records(),
        }

    def records(self) -> dict[str, Any]:
        """Every record by kind, oldest first."""
        kinds = ("users", "notes", "contacts", "tasks", "sends", "subscriptions", "notifications")
        return {kind: [asdict(record) for record in getattr(self, kind).values()] for kind in kinds}

    @classmethod
    def load(cls, state: dict[str, Any], courier: Courier) -> Account:
        """An account as `dump` left it; what was on its way is lost."""
        account = cls(state["name"], Options.model_validate(state["options"]), courier)
        account.clock = Clock(**state["clock"])
        account.faults = FaultPlan(Fault.model_validate(rule) for rule in state["faults"])
        account.keys, account.numbers = state["keys"], state["numbers"]
        account.users = {row["id"]: User(**row) for row in state["users"]}
        account.notes = {row["id"]: Note(**row) for row in state["notes"]}
        account.contacts = {row["id"]: Contact(**row) for row in state["contacts"]}
        account.tasks = {row["id"]: Task(**row) for row in state["tasks"]}
        account.sends = {row["id"]: Send(**row) for row in state["sends"]}
        account.subscriptions = {row["id"]: Subscription(**row) for row in state["subscriptions"]}
        account.notifications = {row["number"]: Notification(**row) for row in state["notifications"]}
        account._resume()
        return account

    def _resume(self) -> None:
        for contact in self.contacts.values():
            self._by_email.setdefault(contact.email.casefold(), []).append(contact)
        self.queued = {send.id: None for send in self.sends.values() if send.state == "queued"}
        for notification in self.notifications.values():
            if notification.state == "pending":
                notification.state = "lost"
