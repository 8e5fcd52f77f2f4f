"""The vendor's six calls. Path, verb and the query's `event` together say which one is meant.

There is no way to ask afterwards: no call reads tasks, sends, watches or replies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandbox.gratavid import sending, subscriptions
from local.sandbox.gratavid.asked import Call, check_email, check_query
from local.sandbox.gratavid.contacts import contact_for
from local.sandbox.gratavid.errors import ApiError, invalid, required
from local.sandbox.gratavid.records import CONTACT_FIELDS, Note, Task

ENDPOINT, MANAGE = "/api/integrationsEndpoint", "/api/manageIntegrations"
_PERSON = ("email", "textOptIn", *CONTACT_FIELDS)
_TASK_FIELDS = (*_PERSON, "comments", "assignedTo")
_NOTE_FIELDS = (*_PERSON, "noteId")


@dataclass(frozen=True)
class Operation:
    """What serves a call, and the parameters it declares besides `apiKey`, `source` and `event`."""

    serve: Callable[[Call], Response]
    parameters: tuple[str, ...] = ()


def operation(method: str, path: str, event: str | None) -> Operation:
    """The operation that is meant; ApiError when there is none."""
    verbs = {verb: names for (where, verb), names in OPERATIONS.items() if where == path}
    if not verbs:
        raise ApiError("path", "Not found")
    if method not in verbs:
        raise ApiError("method", "Method not allowed")
    if not event:
        raise required("event")
    if event not in verbs[method]:
        raise invalid(f"Unknown event {event}")
    return verbs[method][event]


def serve(call: Call, wanted: Operation) -> Response:
    """Check what every call has, and do what is asked."""
    sending.settle(call.account)
    check_query(call, wanted.parameters)
    return wanted.serve(call)


def create_task(call: Call) -> Response:
    """One more task, for staff to record a video; every call makes one."""
    fields = call.fields(_TASK_FIELDS, ("email", "comments"))
    check_email(call, fields["email"])
    comments, assigned = _comments(call, fields["comments"]), _assignee(call, fields.get("assignedTo", ""))
    contact, account = contact_for(call.account, fields), call.account
    task = Task(account.new_id("task"), contact.id, comments, assigned, account.clock.now())
    account.tasks[task.id] = task
    account.changed()
    ids = {"taskId": task.id, "viewInGratavidLink": f"{sending.LINKS}/tasks/{task.id}"}
    return _answer(call, "Task created", ids)


def send_note(call: Call) -> Response:
    """One more message to a donor; every call sends one, though it is a PUT."""
    fields = call.fields(_NOTE_FIELDS, ("noteId", "email"))
    check_email(call, fields["email"])
    note = _note(call, fields["noteId"])
    contact = contact_for(call.account, fields)
    sent = sending.send(call.account, note, contact).id if note else call.account.new_id("nothing")
    ids = {"noteId": fields["noteId"], "gvSendId": sent, "viewInGratavidLink": f"{sending.LINKS}/sends/{sent}"}
    return _answer(call, "Note sent", ids)


def get_users(call: Call) -> Response:
    """Users, for `assignedTo`."""
    return _choices(call, [(user.id, user.label) for user in call.account.users.values() if user.active])


def get_notes(call: Call) -> Response:
    """Notes that can be sent, for `noteId`."""
    return _choices(call, [(note.id, note.title) for note in call.account.notes.values() if note.listed])


OPERATIONS: dict[tuple[str, str], dict[str, Operation]] = {
    (ENDPOINT, "POST"): {"createTask": Operation(create_task)},
    (ENDPOINT, "PUT"): {"sendNote": Operation(send_note)},
    (MANAGE, "GET"): {"getUsers": Operation(get_users), "getNotes": Operation(get_notes)},
    (MANAGE, "POST"): {"webhookSubscribe": Operation(subscriptions.subscribe, (subscriptions.EVENT_PARAMETER,))},
    (MANAGE, "DELETE"): {
        "webhookUnsubscribe": Operation(
            subscriptions.unsubscribe, ("webhookSubscribeId", subscriptions.EVENT_PARAMETER)
        )
    },
}


def _comments(call: Call, comments: str) -> str:
    limit = call.options.comments_limit
    if limit is None or len(comments) <= limit:
        return comments
    if call.options.comments_too_long == "refuse":
        raise invalid("comments is too long")
    return comments[:limit]


def _assignee(call: Call, user_id: str) -> str:
    user = call.account.users.get(user_id)
    if user is not None and user.active:
        return user_id
    if user_id and call.options.unknown_reference == "refuse":
        raise invalid("assignedTo is not a user")
    return ""


def _note(call: Call, note_id: str) -> Note | None:
    note = call.account.notes.get(note_id)
    if note is not None and note.listed:
        return note
    if call.options.unknown_reference == "refuse":
        raise invalid("noteId is not a note")
    return None


def _answer(call: Call, message: str, ids: dict[str, str]) -> Response:
    return JSONResponse({"message": message} | (ids if call.options.answer_ids == "sent" else {}))


def _choices(call: Call, found: list[tuple[str, str]]) -> Response:
    """Only `id` is what a call may send back; what `sample` and `value` hold is not documented."""
    data: list[dict[str, Any]] = [
        {"id": identifier, "label": label, "sample": label, "value": label} for identifier, label in found
    ]
    return JSONResponse({"status": call.options.status_word, "data": data})
