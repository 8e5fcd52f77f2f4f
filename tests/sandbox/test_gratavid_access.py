"""Who may call, and what a refused call looks like: none of it is documented, so it goes by options."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.gratavid import GratavidAccount, GratavidSandbox
from tests.sandbox.gratavid_fixtures import ENDPOINT, MANAGE, choices, create_task
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server

USERS = {"source": "microsoftPowerAutomate", "event": "getUsers"}


def ask(account: GratavidAccount, **query: str) -> httpx.Response:
    return httpx.get(account.url + MANAGE, params=USERS | query)


def test_the_key_travels_in_the_query_only(gratavid: GratavidAccount) -> None:
    assert ask(gratavid, apiKey=gratavid.api_key).status_code == 200
    headers = {"apiKey": gratavid.api_key, "X-API-KEY": gratavid.api_key, "Authorization": f"Bearer {gratavid.api_key}"}
    answer = httpx.get(gratavid.url + MANAGE, params=USERS, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid API key"})
    assert ask(gratavid, apiKey="wrong").status_code == 401
    assert ask(gratavid, apikey=gratavid.api_key).status_code == 401


def test_the_journal_does_not_keep_the_key(gratavid: GratavidAccount) -> None:
    create_task(gratavid)
    entry = gratavid.journal()[0]
    assert (entry["query"]["apiKey"], entry["query"]["event"]) == ("***", "createTask")
    assert gratavid.api_key not in str(entry)


def test_a_revoked_key_is_dead_at_once_and_can_be_restored(gratavid: GratavidAccount) -> None:
    gratavid.revoke_key()
    assert create_task(gratavid).status_code == 401
    assert gratavid.tasks() == []
    gratavid.restore_key()
    assert create_task(gratavid).status_code == 200


def test_a_key_can_be_replaced(gratavid: GratavidAccount, gratavid_server: GratavidSandbox) -> None:
    gratavid.add_key(f"{gratavid.name}-second")
    gratavid.revoke_key()
    assert ask(gratavid, apiKey=f"{gratavid.name}-second").status_code == 200
    assert ask(gratavid, apiKey=gratavid.api_key).status_code == 401
    other = gratavid_server.account()
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        other.add_key(gratavid.api_key)
    other.close()


@pytest.mark.parametrize("status", [401, 403, 400, 200])
def test_a_bad_key_is_refused_in_one_of_several_ways(
    gratavid: GratavidAccount, gratavid_server: GratavidSandbox, status: int
) -> None:
    gratavid.set_options(refused_key_status=status)
    gratavid.revoke_key()
    assert choices(gratavid, "getUsers").status_code == status
    gratavid_server.set_options(refused_key_status=status)
    assert ask(gratavid, apiKey="nobody's").status_code == status
    gratavid_server.set_options(refused_key_status=401)


@pytest.mark.parametrize("status", [400, 422, 500, 200])
@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("message", '{"message":"email is required"}'),
        ("status", '{"status":"error","message":"email is required"}'),
        ("error", '{"error":"email is required"}'),
        ("text", "email is required"),
        ("empty", ""),
    ],
)
def test_a_wrong_call_is_refused_in_one_of_several_ways(
    gratavid: GratavidAccount, status: int, shape: str, body: str
) -> None:
    gratavid.set_options(input_error_status=status, error_body=shape)
    answer = create_task(gratavid, email="")
    assert (answer.status_code, answer.text) == (status, body)
    assert gratavid.tasks() == []


@pytest.mark.parametrize(
    ("method", "path", "event", "status"),
    [
        ("GET", ENDPOINT, "createTask", 405),
        ("DELETE", ENDPOINT, "sendNote", 405),
        ("PUT", MANAGE, "getUsers", 405),
        ("GET", "/api/tasks", "createTask", 404),
        ("GET", "/", "getUsers", 404),
        ("POST", ENDPOINT, "sendNote", 400),
        ("PUT", ENDPOINT, "createTask", 400),
        ("GET", MANAGE, "getTasks", 400),
        ("GET", MANAGE, "", 400),
    ],
)
def test_verb_path_and_event_together_pick_the_operation(
    gratavid: GratavidAccount, method: str, path: str, event: str, status: int
) -> None:
    assert gratavid.api.request(method, path, params={"event": event}).status_code == status


def test_there_is_no_way_to_look_up_what_was_made(gratavid: GratavidAccount) -> None:
    task = create_task(gratavid).json()["taskId"]
    events = ["getTask", "getTasks", "getSends", "getReplies", "getContacts", "createTask", "sendNote"]
    answers = [gratavid.api.get(path, params={"event": event}) for path in (ENDPOINT, MANAGE) for event in events]
    answers += [gratavid.api.get(f"{ENDPOINT}/{task}", params={"event": "createTask"})]
    assert {answer.status_code for answer in answers} == {400, 404, 405}
    assert all(task not in answer.text for answer in answers)


def test_only_the_known_source_is_taken_unless_told_otherwise(gratavid: GratavidAccount) -> None:
    query = {"apiKey": gratavid.api_key, "event": "getUsers"}
    plain = httpx.Client(base_url=gratavid.url)
    answers = [plain.get(MANAGE, params=query | {"source": source}) for source in ("", "giftbridge", USERS["source"])]
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    gratavid.set_options(sources=["giftbridge"])
    assert plain.get(MANAGE, params=query | {"source": "giftbridge"}).status_code == 200
    gratavid.set_options(unknown_source="accept")
    assert plain.get(MANAGE, params=query | {"source": "anything"}).status_code == 200
    assert plain.get(MANAGE, params=query).status_code == 400
    plain.close()


def test_a_parameter_nobody_declared(gratavid: GratavidAccount) -> None:
    def odd() -> int:
        return gratavid.api.get(MANAGE, params={"event": "getUsers", "page": "2"}).status_code

    assert odd() == 400
    gratavid.set_options(unknown_query="ignore")
    assert odd() == 200


def test_rate_limit_option(gratavid: GratavidAccount) -> None:
    gratavid.freeze()
    gratavid.set_options(rate_limit_per_minute=2)
    assert [create_task(gratavid).status_code for _ in range(3)] == [200, 200, 429]
    assert len(gratavid.tasks()) == 2
    assert 1 <= int(choices(gratavid, "getUsers").headers["Retry-After"]) <= 60
    gratavid.set_options(rate_limit_retry_after=False)
    assert "Retry-After" not in choices(gratavid, "getUsers").headers
    gratavid.advance(61)
    assert choices(gratavid, "getUsers").status_code == 200


def test_accounts_are_apart(gratavid: GratavidAccount, gratavid_server: GratavidSandbox) -> None:
    other = gratavid_server.account()
    create_task(other)
    gratavid.fault("status", count=None)
    foreign: dict[str, Any] = {"assignedTo": gratavid.user()}
    assert create_task(other, **foreign).status_code == 400
    assert (len(other.tasks()), gratavid.tasks()) == (1, [])
    assert (choices(gratavid, "getUsers").status_code, choices(other, "getUsers").status_code) == (500, 200)
    assert (gratavid.count(), other.count()) == (1, 3)
    other.close()
