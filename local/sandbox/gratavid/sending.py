"""Notes on their way to donors. Nothing here is idempotent: every call is one more send."""

from __future__ import annotations

from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.errors import invalid
from local.sandbox.gratavid.notifications import announce
from local.sandbox.gratavid.records import Contact, Note, Send, Task

LINKS = "https://account.gratavid.com"


def send(account: Account, note: Note, contact: Contact, task: Task | None = None) -> Send:
    """Send a note to a contact; by option later than now, or never if the contact unsubscribed."""
    skipped = contact.unsubscribed and not _still_sent(account)
    now = account.clock.now()
    new = Send(
        id=account.new_id("send"),
        note=note.id,
        contact=contact.id,
        task=task.id if task else "",
        url="",
        at=now,
        due=now + account.options.send_delay,
        channels=_channels(contact),
        state="skipped" if skipped else "queued",
    )
    new.url = f"{LINKS}/watch/{new.id if account.options.note_url == 'per_send' else note.id}"
    account.sends[new.id] = new
    if not skipped:
        account.queued[new.id] = None
    account.changed()
    settle(account)
    return new


def settle(account: Account) -> None:
    """Let what is due be sent."""
    now = account.clock.now()
    due = sorted((row for row in map(account.sends.__getitem__, account.queued) if row.due <= now), key=_by_time)
    for queued in due:
        del account.queued[queued.id]
        queued.state = "sent"
        account.changed()
        if queued.task or account.options.send_note_fires_task_sent:
            announce(account, "taskSent", account.contacts[queued.contact], queued)


def _by_time(send: Send) -> float:
    return send.due


def _channels(contact: Contact) -> list[str]:
    """E-mail always; a text where the contact opted in, has a number and never said STOP."""
    texts = contact.textOptIn and contact.cellNumber and not contact.stopped
    return ["email", "text"] if texts else ["email"]


def _still_sent(account: Account) -> bool:
    if account.options.unsubscribed_contact == "refused":
        raise invalid("The contact has unsubscribed")
    return account.options.unsubscribed_contact == "sent"
