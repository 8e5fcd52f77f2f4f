"""The platform's webhooks at intake: what gets in, what does not, how fast, at what cost."""

import json
import time
import uuid
from typing import Any

import httpx
import pytest

from giftbridge import bootstrap
from giftbridge.jobs.context import App
from giftbridge.jobs.intake import Intake
from giftbridge.settings import Settings
from local.sandbox.handbid.organisation import WebhookSettings
from local.sandbox.handbid.webhooks import sign
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.counting import Counted

REFUSED = {
    "forged": 401,
    "altered": 401,
    "unsigned": 401,
    "stale": 401,
    "future": 401,
    "not_json": 400,
    "oversized": 413,
}


def signed(site: Site, kind: str, subject: str, event_id: str = "") -> Any:
    """An honest request of the platform."""
    word = {"contact.updated": "contactId", "event.reconciled": "eventId"}[kind]
    body = json.dumps({"type": kind, "data": {"organisationId": site.platform.id, word: subject}})
    settings = WebhookSettings(url=site.webhook["url"], secrets=[site.webhook["secret"]])
    return sign(settings, event_id or f"msg_{uuid.uuid4().hex}", body)


@pytest.mark.parametrize("variant", REFUSED)
def test_F62_what_is_wrong_gets_its_status_and_nothing_happens(synced: Site, variant: str) -> None:
    contact = synced.person("Ida")
    before = synced.runs()
    size = 1_000_000 if variant == "oversized" else 0
    answer = synced.platform.hand_made_event("contact.updated", contact, variant=variant, size=size)["answer"]
    assert answer == REFUSED[variant]
    assert _webhooks_waiting(synced) == []
    assert synced.runs() == before
    assert synced.platform.hand_made_event("contact.updated", contact)["answer"] == 202, "honest ones still get in"
    assert synced.ended(started_by="webhook")[0]["counts"]["crm"]["created"] == 1


def test_F62_unknown_addresses_are_nobodys(deployment: Deployment, synced: Site) -> None:
    request = signed(synced, "contact.updated", "1")
    for path in ("handbid/nobody", "nobody/x", "bloomerang/x"):
        reply = httpx.post(f"{deployment.stack.api}/webhooks/{path}", content=request.body, headers=request.headers)
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


def test_F62_a_repeated_event_does_nothing_twice(synced: Site) -> None:
    contact = synced.person("Rosa")
    request = signed(synced, "contact.updated", contact)

    def deliver() -> Any:
        reply = httpx.post(request.url, content=request.body, headers=request.headers)
        assert reply.status_code == 202
        return reply.json()["accepted"]

    assert deliver() == 1
    synced.ended(started_by="webhook")
    assert [deliver(), deliver()] == [0, 0], "accepted, since the sender did nothing wrong"
    time.sleep(1)
    assert len(synced.runs(started_by="webhook")) == 1
    assert len(synced.constituents()) == 1


def test_F62_both_secrets_are_good_during_a_rotation(deployment: Deployment, synced: Site) -> None:
    contact = synced.person("Mei")

    def answer(variant: str) -> Any:
        return synced.platform.hand_made_event("contact.updated", contact, variant=variant)["answer"]

    assert answer("valid") == 202
    fresh = synced.post("~/webhook/rotate")
    assert (fresh["live_secrets"], fresh["url"]) == (2, synced.webhook["url"])
    synced.platform.set(webhook={"secrets": [synced.webhook["secret"], fresh["secret"]]})
    assert [answer("first_secret"), answer("last_secret"), answer("valid")] == [202, 202, 202]
    assert synced.post("~/webhook/rotate", {"finish": True})["live_secrets"] == 1
    deployment.forget("WebhookIntakeFunction")  # else it goes by what it knew up to a minute ago
    assert [answer("first_secret"), answer("last_secret"), answer("valid")] == [401, 202, 202]


def test_F62_failed_events_are_listed_and_run_again(synced: Site) -> None:
    contact = synced.person("Ivy")
    event = synced.platform.hold_auction(
        receipts=[{"contactId": contact, "items": [{"name": "Quilt", "price": "50.00"}]}]
    )["event"]["id"]
    assert synced.platform.hand_made_event("event.reconciled", event)["answer"] == 202, "but it is not reconciled yet"

    def failed() -> Any:
        return [one for one in _webhooks_waiting(synced) if one["error"]]

    (listed,) = eventually(failed)
    assert (listed["kind"], listed["subject"], listed["error"]) == ("reconcile", event, "not_reconciled")
    assert listed["next_due"]
    synced.platform.set(webhook={"types": []})
    synced.platform.set_event_status(event, "reconciled")
    assert synced.post("~/waiting/retry") == {"woken": 1}
    (run,) = synced.ended(subject=event)
    assert run["counts"]["crm"]["created"] == 1
    assert _webhooks_waiting(synced) == []


def test_F62_warm_intake_answers_within_100_ms(synced: Site) -> None:
    """95 of 100; the best of three rounds, as other programs share this machine."""
    rounds = [_p95(synced) for _ in range(3)]
    assert min(rounds) <= 0.100, rounds


def test_F62_an_accepted_webhook_costs_two_reads_or_writes_one_message_and_no_key(
    deployment: Deployment, synced: Site, app: App
) -> None:
    counted = Counted()
    intake = bootstrap.build_intake(Settings.from_environment(deployment.stack.env), session=counted.session())
    hook = _hook(synced)
    _receive(intake, hook, signed(synced, "contact.updated", "1"))  # cold: the key and the hook are read
    counted.calls.clear()
    for number in range(3):
        request = signed(synced, "contact.updated", f"{number}")
        assert _receive(intake, hook, request) == 1
        services = [call.partition(":")[0] for call in counted.calls]
        assert services.count("dynamodb") <= 2
        assert services.count("sqs") <= 1
        assert services.count("kms") == 0
        assert counted.calls[0] == "dynamodb:TransactWriteItems", "durable before anything else"
        counted.calls.clear()


def test_F62_what_was_answered_is_durable_even_if_no_bell_can_be_rung(
    deployment: Deployment, synced: Site, app: App
) -> None:
    contact = synced.person("Kofi")
    counted = Counted()
    settings = Settings.from_environment({**deployment.stack.env, "CONTACTS_QUEUE_URL": deployment.stack.endpoint})
    intake, request = (
        bootstrap.build_intake(settings, session=counted.session()),
        signed(synced, "contact.updated", contact),
    )
    with pytest.raises(Exception, match="SendMessage"):
        _receive(intake, _hook(synced), request)
    assert [one["subject"] for one in _webhooks_waiting(synced)] == [contact]
    deployment.tick()
    assert synced.ended(started_by="webhook")[0]["counts"]["crm"]["created"] == 1


def _webhooks_waiting(site: Site) -> list[Any]:
    return [one for one in site.get("~/waiting")["items"] if one["webhook"]]


def _hook(site: Site) -> str:
    return str(site.webhook["url"].rsplit("/", 1)[-1])


def _receive(intake: Intake, hook: str, request: Any) -> int:
    return intake.receive("handbid", hook, request.headers, request.body.encode())


def _p95(site: Site) -> float:
    """Seconds, seen by the sender, for events about somebody who is not there: no work follows that would disturb."""
    took = []
    with httpx.Client() as http:
        for number in range(110):
            request = signed(site, "event.reconciled", f"nothing-{number}")
            began = time.perf_counter()
            assert http.post(request.url, content=request.body, headers=request.headers).status_code == 202
            took.append(time.perf_counter() - began)
    return sorted(took[10:])[94]
