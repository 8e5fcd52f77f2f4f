"""Deliveries of webhooks: signed, batched when an import is run, repeated until taken, twice, out of order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import SECRET, Received, gift, hand_in, make, settled, subscribe

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]
HEADER = "x-virtuous-signature"


def signature(body: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def donor(number: int) -> Json:
    return {"firstname": f"Ada{number}", "lastname": "Lane", "email": f"ada.{number}@example.org"}


def events(listener: Received) -> list[str]:
    return [event["event"] for event in listener.events()]


def test_a_run_import_tells_of_many_at_once(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook)
    hand_in(virtuous, *(gift(f"D-{number}", contact=donor(number)) for number in range(3)))
    assert virtuous.deliveries() == []
    virtuous.run_everything()
    settled(virtuous, 2)
    by_name = {event["event"]: event for event in virtuous_listener.events()}
    assert set(by_name) == {"ContactCreate", "GiftCreate"}
    models = by_name["GiftCreate"]["models"]
    assert [model["gift"]["transactionId"] for model in models] == ["D-0", "D-1", "D-2"]
    assert ("gift" in by_name["GiftCreate"], "eventId" in by_name["GiftCreate"]) == (False, True)
    assert by_name["GiftCreate"]["organizationUser"]["emailAddress"] == "pat.office@example.org", "who ran it"
    hand_in(virtuous, gift("D-9", contact=donor(1)))
    virtuous.run_everything()
    settled(virtuous, 3)
    assert virtuous_listener.events()[-1].get("models") is None, "one is not batched"


@pytest.mark.parametrize(("rule", "of_envelope", "of_models"), [("each", False, True), ("none", False, False)])
def test_event_ids_of_batches(
    virtuous: VirtuousOrganisation,
    virtuous_listener: Received,
    virtuous_hook: str,
    rule: str,
    of_envelope: bool,
    of_models: bool,
) -> None:
    virtuous.set_options(batch_event_ids=rule, webhook_batch=2)
    subscribe(virtuous, virtuous_hook, contactCreate=False)
    hand_in(virtuous, *(gift(f"D-{number}", contact=donor(number)) for number in range(3)))
    virtuous.run_everything()
    settled(virtuous, 2)
    batch, single = sorted(virtuous_listener.events(), key=lambda event: "gift" in event)
    assert ("eventId" in batch, "eventId" in batch["models"][0]) == (of_envelope, of_models)
    assert "eventId" in single


@pytest.mark.parametrize("encoding", ["base64", "hex"])
def test_the_signature(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str, encoding: str
) -> None:
    virtuous.set_options(signature_encoding=encoding, signature_header="X-Hub")
    subscribe(virtuous, virtuous_hook)
    make(virtuous)
    settled(virtuous, 1)
    headers, body = virtuous_listener.requests[0]
    expected = signature(body)
    assert headers["x-hub"] == (expected.hex() if encoding == "hex" else base64.b64encode(expected).decode())
    assert HEADER not in headers


def test_without_a_secret_nothing_is_signed(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook, secret=None)
    make(virtuous)
    settled(virtuous, 1)
    assert HEADER not in virtuous_listener.requests[0][0]


def test_a_delivery_is_repeated_until_it_is_taken(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    virtuous_listener.statuses = [500, 302]
    subscribe(virtuous, virtuous_hook)
    make(virtuous)
    (delivery,) = settled(virtuous, 1)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", [500, 302, 200])
    assert len({event["eventId"] for event in virtuous_listener.events()}) == 1
    assert len({body for _, body in virtuous_listener.requests}) == 1


def test_a_listener_that_is_slow_is_told_again(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    virtuous.set_options(webhook_timeout_seconds=0.1)
    virtuous_listener.waits = [0.25]
    subscribe(virtuous, virtuous_hook)
    make(virtuous)
    (delivery,) = settled(virtuous, 1)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", ["ReadTimeout", 200])
    assert len(virtuous_listener.requests) == 2


def test_a_delivery_nobody_takes_is_given_up(virtuous: VirtuousOrganisation) -> None:
    subscribe(virtuous, "http://127.0.0.1:9/hook")
    make(virtuous)
    (delivery,) = settled(virtuous, 1)
    assert (delivery["state"], delivery["attempts"]) == ("given_up", ["ConnectError"] * 3)


def test_an_inactive_subscription_misses_events_for_good(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    webhook = subscribe(virtuous, virtuous_hook, active=False)
    make(virtuous)
    virtuous.api.put(f"/Webhook/{webhook}/Active", params={"active": "true"})
    make(virtuous, "Bea")
    settled(virtuous, 1)
    assert [event["contact"]["name"] for event in virtuous_listener.events()] == ["Bea Lane"]


def test_deliveries_can_come_twice_and_in_disorder(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    virtuous.set_options(webhook_delays=[0.15, 0.0], webhook_copies=1)
    subscribe(virtuous, virtuous_hook)
    for name in ("Ada", "Bea"):
        make(virtuous, name)
    settled(virtuous, 2)
    assert [event["contact"]["name"] for event in virtuous_listener.events()] == ["Bea Lane", "Ada Lane"]
    virtuous.set_options(webhook_delays=[], webhook_copies=2)
    make(virtuous, "Cleo")
    settled(virtuous, 4)
    first, second = virtuous_listener.events()[2:]
    assert first["eventId"] == second["eventId"]


@pytest.mark.parametrize("variant", ["forged", "altered", "unsigned"])
def test_a_dishonest_delivery_does_not_verify(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str, variant: str
) -> None:
    ada = make(virtuous)["id"]
    webhook = subscribe(virtuous, virtuous_hook)
    assert virtuous.hand_made_event(webhook, "ContactUpdate", ada, variant=variant)["answer"] == 200
    headers, body = virtuous_listener.requests[0]
    assert headers.get(HEADER) != base64.b64encode(signature(body)).decode()


def test_honest_deliveries_that_are_hard_to_take(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    webhook = subscribe(virtuous, virtuous_hook)
    virtuous.set_time("2026-07-31T00:00:00Z")
    for variant in ("oversized", "not_json", "stale"):
        virtuous.hand_made_event(webhook, "GiftCreate", 38001, 38002, variant=variant)
    (_, large), (_, broken), (headers, stale) = virtuous_listener.requests
    assert len(large) == 70_000
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)
    assert headers[HEADER] == base64.b64encode(signature(stale)).decode()
    assert json.loads(stale)["eventDateTimeUtc"] == "2026-07-01T00:00:00Z"
    assert json.loads(stale)["models"] == [{"gift": {"id": 38001}}, {"gift": {"id": 38002}}]


def test_a_delivery_is_replayed_as_it_was(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook)
    make(virtuous)
    (delivery,) = settled(virtuous, 1)
    assert virtuous.replay(delivery["id"])["answer"] == 200
    first, again = virtuous_listener.requests
    assert (first[0][HEADER], first[1]) == (again[0][HEADER], again[1])
