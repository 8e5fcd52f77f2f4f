"""createTask, and what it does to contacts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import ADA, ENDPOINT, choices, create_task
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server

CONSENT = {"cellNumber": "+15055550100", "textOptIn": "true"}


def test_a_task_is_made_for_a_contact(gratavid: GratavidAccount) -> None:
    user = choices(gratavid, "getUsers").json()["data"][1]["id"]
    answer = create_task(gratavid, assignedTo=user, customAccountId="77", **CONSENT).json()
    assert sorted(answer) == ["message", "taskId", "viewInGratavidLink"]
    assert all(isinstance(text, str) and text for text in answer.values())
    task, contact = gratavid.tasks()[0], gratavid.contacts()[0]
    assert (task["id"], task["assignedTo"], task["comments"]) == (answer["taskId"], user, "Ada gave $100")
    assert (task["contact"], task["state"]) == (contact["id"], "open")
    assert contact == contact | ADA | {"customAccountId": "77", "cellNumber": CONSENT["cellNumber"], "textOptIn": True}


def test_every_call_makes_one_more_task(gratavid: GratavidAccount) -> None:
    headers = {"Idempotency-Key": "the-same-each-time"}
    body = ADA | {"comments": "Ada gave $100"}
    ids = {
        gratavid.api.post(ENDPOINT, params={"event": "createTask"}, json=body, headers=headers).json()["taskId"]
        for _ in range(3)
    }
    assert (len(ids), len(gratavid.tasks(ADA["email"]))) == (3, 3)
    assert len(gratavid.contacts()) == 1


@pytest.mark.parametrize("fields", [{"email": ""}, {"email": " "}, {"comments": ""}, {"email": None}])
def test_email_and_comments_are_needed(gratavid: GratavidAccount, fields: dict[str, Any]) -> None:
    gratavid.set_options(other_than_text="convert")
    assert create_task(gratavid, **fields).status_code == 400
    assert (gratavid.tasks(), gratavid.contacts()) == ([], [])


def test_a_task_needs_nothing_else(gratavid: GratavidAccount) -> None:
    body = {"email": "bo@example.com", "comments": "Thank Bo"}
    assert gratavid.api.post(ENDPOINT, params={"event": "createTask"}, json=body).status_code == 200
    assert gratavid.tasks("bo@example.com")[0]["assignedTo"] == ""
    assert gratavid.contacts()[0]["textOptIn"] is None


@pytest.mark.parametrize(
    "fields", [{"customUserId": 1001}, {"textOptIn": True, "cellNumber": "+15055550100"}, {"lastName": ["Lane"]}]
)
def test_every_field_is_a_text(gratavid: GratavidAccount, fields: dict[str, Any]) -> None:
    assert create_task(gratavid, **fields).status_code == 400
    gratavid.set_options(other_than_text="convert")
    assert create_task(gratavid, **fields).status_code == 200
    contact = gratavid.contacts()[0]
    assert contact["customUserId"] == "1001"
    assert contact["textOptIn"] is (True if "textOptIn" in fields else None)


@pytest.mark.parametrize("field", ["salutation", "noteId", "gvSendId", "comment"])
def test_a_field_nobody_declared(gratavid: GratavidAccount, field: str) -> None:
    assert create_task(gratavid, **{field: "x"}).status_code == 400
    gratavid.set_options(unknown_fields="ignore")
    assert create_task(gratavid, **{field: "x"}).status_code == 200


def test_a_body_that_is_no_json_object(gratavid: GratavidAccount) -> None:
    def post(content: bytes, kind: str = "application/json") -> int:
        headers = {"Content-Type": kind}
        return gratavid.api.post(ENDPOINT, params={"event": "createTask"}, content=content, headers=headers).status_code

    good = b'{"email":"bo@example.com","comments":"Thank Bo"}'
    assert [post(body) for body in (b"", b"{", b"[]", b'"x"', b"\xff")] == [400] * 5
    assert (post(good), post(good, "text/plain")) == (200, 400)
    gratavid.set_options(other_than_json="accept")
    assert post(good, "text/plain") == 200


def test_the_words_for_consent_are_an_option(gratavid: GratavidAccount) -> None:
    def contact(word: str) -> Any:
        email = f"{word}@example.org"
        answer = create_task(gratavid, email=email, textOptIn=word)
        found = [row["textOptIn"] for row in gratavid.contacts() if row["email"] == email]
        return found[0] if answer.status_code == 200 else answer.status_code

    assert [contact(word) for word in ("true", "false", "Yes")] == [True, False, 400]
    gratavid.set_options(text_opt_in_yes=["yes"], text_opt_in_no=["no"])
    assert [contact(word) for word in ("yes", "no", "TRUE")] == [True, False, 400]
    gratavid.set_options(text_opt_in_other="ignore")
    assert contact("ignored") is None
    gratavid.set_options(text_opt_in_other="yes")
    assert contact("perhaps") is True
    gratavid.set_options(text_opt_in_other="no")
    assert contact("maybe") is False


def test_an_address_that_is_none(gratavid: GratavidAccount) -> None:
    assert create_task(gratavid, email="ada at example").status_code == 400
    gratavid.set_options(invalid_email="accept")
    assert create_task(gratavid, email="ada at example").status_code == 200


def test_an_assignee_nobody_knows(gratavid: GratavidAccount) -> None:
    gone = gratavid.user("Robin Video")
    gratavid.staff("remove_user", user=gone)
    assert create_task(gratavid, assignedTo="nobody").status_code == 400
    assert create_task(gratavid, assignedTo=gone).status_code == 400
    assert create_task(gratavid, assignedTo="Avery Admin").status_code == 400
    gratavid.set_options(unknown_reference="ignore")
    assert create_task(gratavid, assignedTo=gone).status_code == 200
    assert [task["assignedTo"] for task in gratavid.tasks()] == [""]


def test_long_comments(gratavid: GratavidAccount) -> None:
    assert create_task(gratavid, comments="€" * 20_000).status_code == 200
    gratavid.set_options(comments_limit=10)
    assert create_task(gratavid, comments="€" * 11).status_code == 400
    gratavid.set_options(comments_too_long="truncate")
    assert create_task(gratavid, comments="€" * 11).status_code == 200
    assert [len(task["comments"]) for task in gratavid.tasks()] == [20_000, 10]


def test_an_answer_without_ids(gratavid: GratavidAccount) -> None:
    gratavid.set_options(answer_ids="omitted")
    assert list(create_task(gratavid).json()) == ["message"]
    assert len(gratavid.tasks()) == 1


def test_one_contact_per_address(gratavid: GratavidAccount) -> None:
    create_task(gratavid)
    create_task(gratavid, email="ADA@example.org")
    assert len(gratavid.contacts()) == 1
    gratavid.set_options(email_case="counts")
    create_task(gratavid, email="Ada@Example.org")
    create_task(gratavid, email="Ada@Example.org")
    assert [row["email"] for row in gratavid.contacts()] == ["ada@example.org", "Ada@Example.org"]


@pytest.mark.parametrize(
    ("policy", "empty", "left"),
    [
        ("updated", "clears", {"customUserId": "2002", "firstName": "", "lastName": "Byron"}),
        ("updated", "ignored", {"customUserId": "2002", "firstName": "Ada", "lastName": "Byron"}),
        ("filled", "clears", {"customUserId": "1001", "firstName": "Ada", "lastName": "Byron"}),
        ("kept", "clears", {"customUserId": "1001", "firstName": "Ada", "lastName": ""}),
    ],
)
def test_what_a_call_does_to_a_contact_that_is_there(
    gratavid: GratavidAccount, policy: str, empty: str, left: dict[str, str]
) -> None:
    create_task(gratavid, lastName="")
    gratavid.set_options(existing_contact=policy, empty_text=empty)
    create_task(gratavid, customUserId="2002", firstName="", lastName="Byron")
    contact = gratavid.contacts()[0]
    assert contact == contact | left


def test_a_field_left_out_changes_nothing(gratavid: GratavidAccount) -> None:
    create_task(gratavid)
    body = {"email": ADA["email"], "comments": "Again"}
    gratavid.api.post(ENDPOINT, params={"event": "createTask"}, json=body)
    contact = gratavid.contacts()[0]
    assert contact == contact | ADA


@pytest.mark.parametrize(("policy", "consent"), [("applied", (True, False)), ("ignored", (False, True))])
def test_an_older_consent_after_a_stop(gratavid: GratavidAccount, policy: str, consent: tuple[bool, bool]) -> None:
    create_task(gratavid, **CONSENT)
    gratavid.stop_text(ADA["email"])
    contact = gratavid.contacts()[0]
    assert (contact["textOptIn"], contact["stopped"]) == (False, True)
    gratavid.set_options(opt_in_after_stop=policy)
    create_task(gratavid, **CONSENT)
    contact = gratavid.contacts()[0]
    assert (contact["textOptIn"], contact["stopped"]) == consent


def test_staff_delete_and_send_tasks_once(gratavid: GratavidAccount) -> None:
    first, second = (create_task(gratavid).json()["taskId"] for _ in range(2))
    assert gratavid.staff("delete_task", task=first)["state"] == "deleted"
    send = gratavid.send_task(second, "For Ada")
    assert (send["task"], send["state"]) == (second, "sent")
    for task in (first, second):
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            gratavid.send_task(task)
    assert [task["state"] for task in gratavid.tasks()] == ["deleted", "sent"]
    assert [row["label"] for row in choices(gratavid, "getNotes").json()["data"]] == ["Thank you", "Happy anniversary"]
