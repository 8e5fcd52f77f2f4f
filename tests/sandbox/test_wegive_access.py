"""Keys, organisations, paths and limits."""

from __future__ import annotations

import httpx
import pytest

from local.sandbox.wegive import WeGiveOrganisation, WeGiveSandbox
from tests.sandbox.wegive_calls import ids, one

pytest_plugins = ["tests.sandbox.wegive_fixtures"]


def get(organisation: WeGiveOrganisation, authorization: str | None, path: str = "/dashboard/donors") -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return httpx.get(f"{organisation.url}/api{path}", headers=headers)


def test_the_whole_key_with_its_bar_is_the_credential(wegive: WeGiveOrganisation) -> None:
    number, bar, secret = wegive.api_key.partition("|")
    assert (number.isdecimal(), bar) == (True, "|")
    assert get(wegive, f"Bearer {wegive.api_key}").status_code == 200
    for wrong in (f"Bearer {secret}", f"Bearer {number}", wegive.api_key, f"Basic {wegive.api_key}", None):
        answer = get(wegive, wrong)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


@pytest.mark.parametrize("status", [401, 403])
def test_a_revoked_key_is_refused_until_it_is_given_back(wegive: WeGiveOrganisation, status: int) -> None:
    wegive.set_options(bad_key=status)
    other = wegive.add_key()
    wegive.revoke_key()
    assert wegive.api.get("/dashboard/donors").status_code == status
    assert get(wegive, f"Bearer {other}").status_code == 200
    wegive.restore_key()
    assert wegive.api.get("/dashboard/donors").status_code == 200


def test_a_key_opens_one_organisation_only(wegive_server: WeGiveSandbox, wegive: WeGiveOrganisation) -> None:
    stranger = wegive_server.organisation()
    mine, theirs = wegive.donor(first_name="Ada"), stranger.donor(first_name="Ben")
    assert mine != theirs
    assert (ids(wegive, "donors"), ids(stranger, "donors")) == ([mine], [theirs])
    assert wegive.api.get(f"/dashboard/donors/{theirs}").status_code == 404
    assert stranger.count() == 1


def test_a_key_may_be_kept_from_some_resources(wegive: WeGiveOrganisation) -> None:
    wegive.set_options(forbidden=["payouts"])
    answer = wegive.api.get("/dashboard/payouts")
    assert (answer.status_code, answer.json()) == (403, {"message": "This action is unauthorized."})
    assert wegive.api.get("/dashboard/funds").status_code == 200


@pytest.mark.parametrize("told", [True, False])
def test_a_rate_limit_is_an_option(wegive: WeGiveOrganisation, told: bool) -> None:
    wegive.set_time("2026-03-01T12:00:40Z")
    wegive.freeze()
    wegive.set_options(rate_limit_per_minute=2, rate_limit_retry_after=told)
    answers = [wegive.api.get("/dashboard/funds") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers.get("Retry-After") == ("20" if told else None)
    wegive.advance(20)
    assert wegive.api.get("/dashboard/funds").status_code == 200


@pytest.mark.parametrize("path", ["/transactions", "/v1/dashboard/funds", "/dashboard", "/dashboard/webhooks"])
def test_unknown_paths(wegive: WeGiveOrganisation, path: str) -> None:
    answer = wegive.api.get(path)
    assert (answer.status_code, set(answer.json())) == (404, {"message"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/dashboard/transactions"),
        ("PUT", "/dashboard/transactions/5"),
        ("POST", "/dashboard/funds"),
        ("POST", "/dashboard/campaigns"),
        ("POST", "/dashboard/donors"),
        ("PATCH", "/dashboard/donors/5"),
        ("DELETE", "/dashboard/donors/5"),
        ("GET", "/dashboard/model-archive"),
        ("GET", "/communication-lists/5/subscribe"),
    ],
)
def test_the_api_takes_no_gifts_funds_campaigns_or_edits(wegive: WeGiveOrganisation, method: str, path: str) -> None:
    answer = wegive.api.request(method, path, json={"amount": 5})
    assert answer.status_code == 405
    assert f"The {method} method is not supported" in answer.json()["message"]


def test_the_mapping_pages_paths_are_an_option(wegive: WeGiveOrganisation) -> None:
    gift = wegive.give(wegive.donor(first_name="Ada"))
    assert wegive.api.get(f"/transactions/{gift}").status_code == 404
    wegive.set_options(bare_paths=True)
    assert wegive.api.get(f"/transactions/{gift}").json()["data"]["id"] == gift
    assert wegive.api.get("/fund_allocations").status_code == 200
    assert one(wegive, "transactions", gift)["id"] == gift


@pytest.mark.parametrize("row", ["99", "abc", "0"])
def test_an_unknown_record(wegive: WeGiveOrganisation, row: str) -> None:
    answer = wegive.api.get(f"/dashboard/transactions/{row}")
    assert (answer.status_code, set(answer.json())) == (404, {"message"})


def test_the_journal_keeps_no_key(wegive: WeGiveOrganisation) -> None:
    wegive.api.get("/dashboard/transactions", params={"updated_at[start]": "2026-01-01"})
    entry = wegive.journal("GET", "/api/dashboard/transactions")[0]
    assert entry["query"] == {"updated_at[start]": "2026-01-01"}
    assert wegive.api_key not in str(entry)
