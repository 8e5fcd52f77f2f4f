"""`/Token`: the password grant, two-factor codes, single sign-on, refreshing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.sandbox.common.remote import NO_TLS
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from tests.sandbox.virtuous_help import household

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

PASSWORD = "pass & word+1"
_NUMBERS = itertools.count(1)
SignIn = Callable[..., httpx.Response]


@pytest.fixture
def email(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation) -> str:
    """A user of the organisation, without two-factor."""
    address = f"svc.{next(_NUMBERS)}@example.org"
    virtuous_server.user(address, PASSWORD, virtuous.name)
    return address


@pytest.fixture
def sign_in(virtuous_server: VirtuousSandbox, email: str) -> SignIn:
    def post(**fields: str) -> httpx.Response:
        form = {"grant_type": "password", "username": email, "password": PASSWORD} | fields
        return httpx.post(virtuous_server.token_url, data=form, verify=NO_TLS)

    return post


def refresh(server: VirtuousSandbox, token: str) -> httpx.Response:
    return httpx.post(server.token_url, data={"grant_type": "refresh_token", "refresh_token": token}, verify=NO_TLS)


def works(organisation: VirtuousOrganisation, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{organisation.url}/api/Organization/Current", headers=headers, verify=NO_TLS)
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def test_a_password_gives_tokens_for_15_days(virtuous: VirtuousOrganisation, email: str, sign_in: SignIn) -> None:
    virtuous.set_time("2018-06-20T11:31:09Z")
    virtuous.freeze()
    body = sign_in().json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "bearer",
        "expires_in": 1295999,
        "refresh_token": body["refresh_token"],
        "userName": email,
        "twoFactorEnabled": "False",
        ".issued": "Wed, 20 Jun 2018 11:31:09 GMT",
        ".expires": "Thu, 05 Jul 2018 11:31:08 GMT",
    }
    assert works(virtuous, body["access_token"])
    virtuous.advance(1295999)
    assert not works(virtuous, body["access_token"])


def test_how_long_tokens_last_is_an_option(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, sign_in: SignIn
) -> None:
    virtuous.set_options(access_token_seconds=3599, refresh_token_seconds=7200)
    virtuous.freeze()
    tokens = sign_in().json()
    assert tokens["expires_in"] == 3599
    virtuous.advance(7200)
    assert refresh(virtuous_server, tokens["refresh_token"]).status_code == 400


def test_a_wrong_password_or_user(sign_in: SignIn) -> None:
    for wrong in ({"password": "guess"}, {"username": "nobody@example.org"}):
        answer = sign_in(**wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("how", [{"json": {}}, {"files": {"grant_type": (None, "password")}}])
def test_only_a_form_is_read(virtuous_server: VirtuousSandbox, how: dict[str, Any]) -> None:
    answer = httpx.post(virtuous_server.token_url, **how, verify=NO_TLS)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_two_factor_answers_202_without_a_token(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, email: str, sign_in: SignIn
) -> None:
    virtuous_server.change_user(email, two_factor=True)
    waiting = sign_in()
    assert waiting.status_code == 202
    description = "2-step verification code (OTP) sent."
    assert waiting.json() == {"error": "awaiting_verification", "error_description": description}
    good = sign_in(otp=virtuous_server.code(email))
    assert (good.status_code, good.json()["twoFactorEnabled"]) == (200, "True")
    assert works(virtuous, good.json()["access_token"])
    assert sign_in(otp=virtuous_server.code(email)).status_code == 400, "a code is good once"


def test_a_code_in_a_header_is_not_read(virtuous_server: VirtuousSandbox, email: str, sign_in: SignIn) -> None:
    virtuous_server.change_user(email, two_factor=True)
    sign_in()
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    headers = {"OTP": virtuous_server.code(email)}
    assert httpx.post(virtuous_server.token_url, data=form, headers=headers, verify=NO_TLS).status_code == 202


def test_a_wrong_and_a_late_code(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, email: str, sign_in: SignIn
) -> None:
    virtuous.set_options(code_seconds=60)
    virtuous_server.change_user(email, two_factor=True)
    sign_in()
    wrong = sign_in(otp="not it")
    assert (wrong.status_code, wrong.json()["error_description"]) == (400, "The verification code is incorrect.")
    virtuous.advance(60)
    late = sign_in(otp=virtuous_server.code(email))
    assert (late.status_code, late.json()["error_description"]) == (400, "The verification code has expired.")
    virtuous.set_options(token_errors="alike")
    assert sign_in(otp="not it").json() == sign_in(password="guess").json()


def test_a_wrong_code_may_bring_the_question_again(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, email: str, sign_in: SignIn
) -> None:
    virtuous.set_options(wrong_code="asks_again")
    virtuous_server.change_user(email, two_factor=True)
    assert [sign_in().status_code, sign_in(otp="not it").status_code] == [202, 202]
    assert sign_in(otp=virtuous_server.code(email)).status_code == 200


def test_a_wrong_password_sends_no_code(virtuous_server: VirtuousSandbox, email: str, sign_in: SignIn) -> None:
    virtuous_server.change_user(email, two_factor=True)
    assert sign_in(password="guess").status_code == 400
    with pytest.raises(IndexError):
        virtuous_server.code(email)


def test_single_sign_on_users_have_no_password(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, email: str, sign_in: SignIn
) -> None:
    virtuous_server.change_user(email, sso=True)
    answer = sign_in()
    assert (answer.status_code, "single sign-on" in answer.json()["error_description"]) == (400, True)
    virtuous.set_options(token_errors="alike")
    assert sign_in().json()["error_description"] == "The user name or password is incorrect."


def test_refreshing_rotates(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, sign_in: SignIn) -> None:
    first = sign_in().json()
    second = refresh(virtuous_server, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert works(virtuous, second["access_token"])
    assert refresh(virtuous_server, first["refresh_token"]).status_code == 400
    virtuous.set_options(old_refresh_token="usable")
    assert refresh(virtuous_server, first["refresh_token"]).status_code == 200


def test_refreshing_may_keep_the_token(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, sign_in: SignIn
) -> None:
    virtuous.set_options(refresh_rotation="keeps")
    first = sign_in().json()
    assert refresh(virtuous_server, first["refresh_token"]).json()["refresh_token"] == first["refresh_token"]


def test_a_refresh_token_lasts_365_days(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, sign_in: SignIn
) -> None:
    virtuous.freeze()
    token = sign_in().json()["refresh_token"]
    virtuous.advance(365 * 86_400 - 1)
    token = refresh(virtuous_server, token).json()["refresh_token"]
    virtuous.advance(365 * 86_400)
    assert refresh(virtuous_server, token).json()["error"] == "invalid_grant"


def test_signed_out_and_disabled_users(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, email: str, sign_in: SignIn
) -> None:
    tokens = sign_in().json()
    virtuous.revoke_grants()
    assert not works(virtuous, tokens["access_token"])
    assert refresh(virtuous_server, tokens["refresh_token"]).status_code == 400
    virtuous_server.change_user(email, active=False)
    assert sign_in().status_code == 400


def test_a_user_switches_between_organisations(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation
) -> None:
    other = virtuous_server.organisation(title="Paws Rescue")
    user = virtuous_server.user(f"two.{next(_NUMBERS)}@example.org", PASSWORD, virtuous.name, other.name)
    form = {"grant_type": "password", "username": user["email"], "password": PASSWORD}
    token = httpx.post(virtuous_server.token_url, data=form, verify=NO_TLS).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{virtuous.url}/api", headers=headers, verify=NO_TLS) as api:
        assert [row["organizationName"] for row in api.get("/Organization").json()] == [
            f"{virtuous.name} (Sandbox)",
            "Paws Rescue",
        ]
        number = str(user["numbers"][other.name])
        switched = api.put("/Organization/Switch", json={"organizationUserId": number})
        assert (switched.status_code, switched.content) == (200, b"")
        assert api.get("/Organization/Current").json()["organizationName"] == "Paws Rescue"
        api.post("/Contact", json=household())
    assert (len(virtuous.state()["contacts"]), len(other.state()["contacts"])) == (0, 1)


def test_the_journal_hides_passwords_and_codes(virtuous_server: VirtuousSandbox, sign_in: SignIn) -> None:
    virtuous_server.server.reset_journal()
    sign_in(otp="123456")
    (entry,) = virtuous_server.server.journal(path="/Token")
    assert (entry["body"]["password"], entry["body"]["otp"]) == ("***", "***")


def test_faults_hit_the_token_endpoint(virtuous_server: VirtuousSandbox, sign_in: SignIn) -> None:
    virtuous_server.server.fault("status", status=500, path="/Token")
    assert [sign_in().status_code, sign_in().status_code] == [500, 200]
