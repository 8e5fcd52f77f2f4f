"""What donors and staff do in Gratavid; most of it is told to subscribers."""

from __future__ import annotations

from local.sandbox.gratavid import sending
from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.notifications import announce
from local.sandbox.gratavid.records import CONTACT_FIELDS, Contact, Note, Send, Task, User


def watch(account: Account, send_id: str, percent: int) -> list[int]:
    """The donor watches; the connector tells only of a note that is watched all the way through."""
    send = _received(account, send_id)
    if percent < 100:
        return []
    send.watched += 1
    account.changed()
    if send.watched > 1 and account.options.watched_again == "once":
        return []
    return announce(account, "noteWatched", account.contacts[send.contact], send)


def reply(account: Account, send_id: str, text: str, video: str) -> list[int]:
    """The donor answers, in words, with a video, or both."""
    send = _received(account, send_id)
    send.replies.append({"text": text, "video": video})
    account.changed()
    return announce(account, "reply", account.contacts[send.contact], send, text, video)


def unsubscribe(account: Account, who: str) -> list[int]:
    """The donor unsubscribes from e-mail."""
    contact = account.contact(who)
    contact.unsubscribed = True
    account.changed()
    return announce(account, "unsubscribe", contact, _last(account, contact))


def stop_text(account: Account, who: str) -> list[int]:
    """The donor answers STOP to a text."""
    contact = account.contact(who)
    contact.stopped, contact.textOptIn = True, False
    account.changed()
    return announce(account, "stopText", contact, _last(account, contact))


def send_task(account: Account, task_id: str, title: str) -> Send:
    """Staff record a video for a task and send it; ValueError unless the task is open."""
    task = _open(account, task_id)
    note = account.add_note(title, listed=False)
    sent = sending.send(account, note, account.contacts[task.contact], task)
    task.state = "sent"
    return sent


def delete_task(account: Account, task_id: str) -> Task:
    """Staff delete a task; nobody is told."""
    task = _open(account, task_id)
    task.state = "deleted"
    account.changed()
    return task


def send_note(account: Account, note_id: str, who: str) -> Send:
    """Staff send a note by themselves."""
    return sending.send(account, account.notes[note_id], account.contact(who))


def edit_contact(account: Account, who: str, fields: dict[str, str]) -> Contact:
    """Staff edit a contact: its e-mail and `CONTACT_FIELDS`; ValueError for others."""
    contact = account.contact(who)
    wrong = set(fields) - {"email", *CONTACT_FIELDS}
    if wrong:
        raise ValueError(f"a contact has no {sorted(wrong)[0]}")
    if "email" in fields:
        account.readdress(contact, fields["email"])
    for name in fields.keys() - {"email"}:
        setattr(contact, name, fields[name])
    account.changed()
    return contact


def archive_note(account: Account, note_id: str) -> Note:
    """Staff archive a note: it is offered and taken no more."""
    note = account.notes[note_id]
    note.listed = False
    account.changed()
    return note


def remove_user(account: Account, user_id: str) -> User:
    """Staff remove a user: no task can be assigned to it any more."""
    user = account.users[user_id]
    user.active = False
    account.changed()
    return user


def _received(account: Account, send_id: str) -> Send:
    send = account.sends[send_id]
    if send.state != "sent":
        raise ValueError(f"the donor did not receive it: it is {send.state}")
    return send


def _open(account: Account, task_id: str) -> Task:
    task = account.tasks[task_id]
    if task.state != "open":
        raise ValueError(f"the task is {task.state}")
    return task


def _last(account: Account, contact: Contact) -> Send | None:
    sends = account.sends_to(contact)
    return sends[-1] if sends and account.options.consent_names_note else None
