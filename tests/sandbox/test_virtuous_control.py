"""The control side: seeds, journal, time, state file, isolation, faults, and the size it has to bear."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.processes import free_port
from local.sandbox.common.remote import NO_TLS
from local.sandbox.virtuous import VirtuousControl, VirtuousOrganisation, VirtuousSandbox
from tests.sandbox.virtuous_help import SOURCE, gift, hand_in, household, make, subscribe

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]


def test_organisations_are_apart(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation) -> None:
    other = virtuous_server.organisation()
    other.seed(3)
    virtuous.fault("status", count=None)
    assert other.api.post("/Contact/Query", json={}).json()["total"] == 3
    assert virtuous.api.get("/Organization").status_code == 500
    assert (other.count(), virtuous.count()) == (1, 1)


def test_a_name_or_key_is_given_once(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation) -> None:
    wrongs: list[dict[str, Any]] = [{"name": virtuous.name}, {"api_key": virtuous.api_key}, {"colour": "red"}]
    for wrong in wrongs:
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            virtuous_server.organisation(**wrong)


def test_control_calls_that_are_refused(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        virtuous_server.open("nobody")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        virtuous.set_options(put="upsert")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        virtuous.staff_call("POST", "Contact", {"contactType": "Household"})
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        virtuous.run_import(42)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        virtuous.call("GET", "/nothing")


def test_seeds_give_the_same_people_every_time(virtuous_server: VirtuousSandbox) -> None:
    states = []
    for _ in range(2):
        organisation = virtuous_server.organisation()
        organisation.freeze()
        organisation.set_time("2026-01-01T00:00:00Z")
        organisation.seed(20, organizations=2, gifts=5, shared_emails=3, source=SOURCE, reference_prefix="rd2-")
        states.append({kind: organisation.state()[kind] for kind in ("contacts", "addresses", "gifts")})
        organisation.close()
    assert states[0] == states[1]


def test_a_seed_holds_what_was_asked_for(virtuous: VirtuousOrganisation) -> None:
    made = virtuous.seed(200, organizations=5, gifts=30, shared_emails=10, without_email=0.1, source=SOURCE)
    assert {kind: len(ids) for kind, ids in made.items()} == {"people": 200, "organizations": 5, "gifts": 30}
    people = virtuous.state()["contacts"][:200]
    rows = [row for contact in people for row in contact["contactIndividuals"][0]["contactMethods"]]
    mails = [row["value"] for row in rows if row["type"] == "Home Email"]
    assert 170 <= len(mails) <= 190
    assert 1 <= len(mails) - len(set(mails)) <= 10
    assert all("@example." in mail for mail in mails)
    assert all("-555-" in row["value"] for row in rows if row["type"] == "Mobile Phone")
    assert virtuous.api.get(f"/Contact/{SOURCE}/7").json()["id"] == made["people"][7]


def test_subscribers_hear_nothing_of_seeds(virtuous: VirtuousOrganisation) -> None:
    subscribe(virtuous, "http://127.0.0.1:9/hook")
    virtuous.seed(3, gifts=2)
    assert virtuous.deliveries() == []


def test_the_journal_keeps_requests_for_checking(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2026-03-01T12:00:00Z")
    virtuous.freeze()
    contact = make(virtuous)["id"]
    virtuous.api.get(f"/Contact/{contact}")
    virtuous.api.post("/Contact/Query", json={}, params={"take": 1})
    first, _, third = virtuous.journal()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/api/Contact", 200)
    assert (first["body"], first["at"]) == (household(), "2026-03-01T12:00:00Z")
    assert "authorization" not in first["headers"]
    assert third["query"] == {"take": "1"}
    assert virtuous.calls()["GET /api/Contact/{id}"] == 1


def test_staff_calls_are_not_in_the_journal_and_cost_nothing(virtuous: VirtuousOrganisation) -> None:
    virtuous.staff_call("POST", "Contact", household())
    assert virtuous.staff_call("GET", "Contact/Find?email=ada@example.org")["name"] == "Ada Lane"
    assert virtuous.journal() == []
    assert virtuous.api.get("/Organization").headers["X-RateLimit-Remaining"] == "1499"


def test_staff_edits_only_what_it_edits(virtuous: VirtuousOrganisation) -> None:
    contact = make(virtuous, website="https://example.org")
    person = contact["contactIndividuals"][0]
    virtuous.staff_edit("contact", contact["id"], name="Ada L.")
    virtuous.staff_edit("individual", person["id"], lastName="Ray")
    virtuous.staff_edit("method", person["contactMethods"][0]["id"], value="ada.ray@example.org")
    gift_id = virtuous.staff_gift(contact["id"], 20)["id"]
    virtuous.staff_edit("gift", gift_id, notes="Thanks")
    virtuous.staff_edit("project", virtuous.project(), isActive=False)
    left = virtuous.api.get(f"/Contact/{contact['id']}").json()
    assert (left["name"], left["website"]) == ("Ada L.", "https://example.org")
    shown = left["contactIndividuals"][0]
    assert (shown["firstName"], shown["lastName"]) == ("Ada", "Ray")
    assert (shown["contactMethods"][0]["value"], shown["contactMethods"][0]["isOptedIn"]) == (
        "ada.ray@example.org",
        True,
    )
    assert shown["modifiedByUser"] == "Pat Office"
    assert virtuous.api.get(f"/Gift/{gift_id}").json()["amount"] == 20
    assert virtuous.api.get(f"/Project/{virtuous.project()}").json()["isActive"] is False


@pytest.mark.parametrize(("effect", "held"), [("none", 0), ("now", 1)])
def test_500_with_or_without_the_effect(virtuous: VirtuousOrganisation, effect: str, held: int) -> None:
    virtuous.fault("status", status=500, effect=effect)
    assert virtuous.api.post("/v2/Gift/Transaction", json=gift()).status_code == 500
    assert len(virtuous.held()) == held


@pytest.mark.parametrize(("mode", "held"), [("reset_before", 0), ("reset_after", 1)])
def test_a_lost_answer_may_have_had_its_effect(virtuous: VirtuousOrganisation, mode: str, held: int) -> None:
    virtuous.fault(mode)
    with pytest.raises(httpx.TransportError):
        virtuous.api.post("/v2/Gift/Transaction", json=gift())
    assert len(virtuous.held()) == held
    again = virtuous.api.post("/v2/Gift/Transaction", json=gift())
    assert again.status_code == (400 if held else 200), "a repetition is answered as a duplicate"


@pytest.mark.parametrize("mode", ["truncated", "html", "invalid_json"])
def test_answers_that_are_no_json(virtuous: VirtuousOrganisation, mode: str) -> None:
    virtuous.fault(mode, path="/api/Organization/Current")
    with pytest.raises((ValueError, httpx.TransportError)):
        virtuous.api.get("/Organization/Current").json()
    assert virtuous.api.get("/Organization/Current").status_code == 200


def test_slow_answers_and_a_429_out_of_turn(virtuous: VirtuousOrganisation) -> None:
    virtuous.fault("slow", seconds=0.05)
    started = time.perf_counter()
    assert virtuous.api.get("/Organization").status_code == 200
    assert time.perf_counter() - started >= 0.05
    headers = {"X-RateLimit-Limit": "1500", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772370000"}
    virtuous.fault("status", status=429, retry_after=7, headers=headers)
    refused = virtuous.api.get("/Organization")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert refused.headers["X-RateLimit-Remaining"] == "0"


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with VirtuousSandbox(state_file=file) as sandbox:
        organisation = sandbox.organisation("paws", put="patch")
        sandbox.user("svc@example.org", "secret", "paws")
        form = {"grant_type": "password", "username": "svc@example.org", "password": "secret"}
        token = httpx.post(sandbox.token_url, data=form, verify=NO_TLS).json()["access_token"]
        organisation.custom_field("Tier")
        organisation.seed(3, gifts=2)
        subscribe(organisation, "http://127.0.0.1:9/hook", contactCreate=False, giftCreate=False)
        hand_in(organisation, gift(frequency="Monthly"))
        organisation.run_everything()
        hand_in(organisation, gift("D-2"))
        organisation.midnight()
        hand_in(organisation, gift("D-3"))
        before = organisation.state()
    with VirtuousSandbox(state_file=file) as sandbox:
        organisation = sandbox.open("paws")
        assert organisation.state() == before
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{sandbox.url}/api/Organization", headers=headers, verify=NO_TLS).status_code == 200
        assert make(organisation, "Bea")["id"] == max(row["id"] for row in before["contacts"]) + 1
        organisation.run_everything()
        assert organisation.api.get(f"/Gift/{SOURCE}/D-3").status_code == 200


def test_a_process_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "local.sandbox.virtuous", "--port", str(port), "--state-file", str(tmp_path / "s")]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_sandbox/health")
            control = VirtuousControl(f"http://127.0.0.1:{port}")
            assert control.organisation().api.get("/Organization").status_code == 200
            control.server.call("POST", "/reset")
            assert control.server.call("GET", "/health")["organisations"] == 0
            control.close()
        finally:
            process.terminate()
    assert (tmp_path / "s").exists()


def test_a_query_takes_no_longer_than_its_people_grow(virtuous: VirtuousOrganisation) -> None:
    virtuous.seed(5_000)
    small = min(_seconds(virtuous, 5_000) for _ in range(3))
    virtuous.seed(15_000)
    assert min(_seconds(virtuous, 20_000) for _ in range(3)) < 8 * small, "four times the people"


def _seconds(organisation: VirtuousOrganisation, people: int) -> float:
    """What the last page of all people takes."""
    condition = {"parameter": "Last Modified Date", "operator": "OnOrAfter", "value": "Today"}
    body = {"groups": [{"conditions": [condition]}], "sortBy": "Id"}
    params = {"skip": people - 100, "take": 100}
    started = time.perf_counter()
    page = organisation.api.post("/Contact/Query/FullContact", json=body, params=params).json()
    assert (page["total"], len(page["list"])) == (people, 100)
    return time.perf_counter() - started


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, verify=NO_TLS)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError
