"""Webhooks signed as Virtuous does it, asked about as with Kindful, or known by their address as Gratavid's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from giftbridge.connectors.gratavid import webhook as gratavid_webhook
from giftbridge.connectors.http import Api
from giftbridge.connectors.kindful import webhook as kindful_webhook
from giftbridge.connectors.manifest import WebhookScheme
from giftbridge.connectors.virtuous import registration
from giftbridge.connectors.virtuous import webhook as virtuous_webhook
from giftbridge.errors import ConfigError, Conflict, NotFound
from giftbridge.jobs import configure, hooks, notices, registering, verifying
from giftbridge.jobs.check import OpenGate
from giftbridge.jobs.dispatch import HANDLERS
from giftbridge.stores.inbox import Work
from local.sandbox.common.remote import NO_TLS
from local.sandbox.gratavid import GratavidAccount
from local.sandbox.kindful import KindfulAccount
from local.sandbox.virtuous import VirtuousOrganisation
from local.sandbox.virtuous.courier import signed as sign
from local.sandbox.virtuous.options import Options
from tests.jobs.called import CRM, Called, called, calls_us
from tests.sandbox.virtuous_help import gift, hand_in, make, until
from tests.world import World

pytestmark = pytest.mark.emulated


pytest_plugins = [
    "tests.sandbox.virtuous_fixtures",
    "tests.sandbox.kindful_fixtures",
    "tests.sandbox.gratavid_fixtures",
]

DAYS = 3
SIGNED = WebhookScheme(
    signature_header="x-virtuous-signature", encoding="base64", tolerance_seconds=DAYS * 86_400, max_bytes=50_000
)
EVENTS = ("taskSent", "reply", "noteWatched", "unsubscribe", "stopText")
REFUSED = {"forged": 401, "altered": 401, "unsigned": 401, "stale": 401, "not_json": 400, "oversized": 413}


def api_of(organisation: VirtuousOrganisation) -> Api:
    headers = {"Authorization": f"Bearer {organisation.api_key}"}
    client = httpx.Client(verify=NO_TLS)
    return Api("virtuous", "Virtuous", organisation.url, client, OpenGate(), lambda: datetime.now(UTC), headers)


def subscriptions(organisation: VirtuousOrganisation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = organisation.state()["webhooks"]
    return found


@pytest.fixture
def signed(world: World, virtuous: VirtuousOrganisation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Called]:
    """A CRM that signs and is registered with by API."""
    api = api_of(virtuous)
    calls_us(
        monkeypatch, SIGNED, virtuous_webhook,
        register=lambda _, url, secret, known, event: registration.register(api, url, secret, known),
        unregister=lambda _, known, event: registration.unregister(api, known),
        drop_strays=lambda _, url, known: registration.drop_strays(api, url, known),
    )  # fmt: skip
    with called(world) as site:
        site.register()
        yield site


def arrived(site: Called, number: int) -> None:
    until(lambda: len(site.answers) >= number)


def test_F62_a_signed_webhook_of_the_crm_becomes_work_of_its_side(
    signed: Called, virtuous: VirtuousOrganisation
) -> None:
    ada = make(virtuous)["id"]
    arrived(signed, 1)
    assert signed.answers == [202]
    (work,) = signed.waiting("contact")
    assert (work.subject, work.data["side"], work.data["started_by"]) == (str(ada), "crm", "webhook")
    virtuous.staff_gift(ada, 20)
    arrived(signed, 2)
    assert signed.answers == [202, 202]
    (event,) = signed.waiting("confirm")
    assert event.event, "a reason to ask, and not the standing work"


@pytest.mark.parametrize("variant", REFUSED)
def test_F62_what_is_wrong_is_refused_and_nothing_is_kept(
    signed: Called, virtuous: VirtuousOrganisation, variant: str
) -> None:
    ada = make(virtuous)["id"]
    arrived(signed, 1)
    before = signed.waiting("contact", "notices")
    (webhook,) = subscriptions(virtuous)
    size = 60_000 if variant == "oversized" else 0
    wrong = virtuous.hand_made_event(webhook["id"], "ContactUpdate", ada, variant=variant, size=size)
    assert wrong["answer"] == REFUSED[variant]
    assert signed.waiting("contact", "notices") == before
    assert virtuous.hand_made_event(webhook["id"], "ContactUpdate", ada)["answer"] == 202


def test_F62_a_repeat_is_accepted_and_does_nothing_twice(signed: Called, virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    arrived(signed, 1)
    (delivery,) = virtuous.deliveries()
    assert virtuous.replay(delivery["id"])["answer"] == 202
    assert len(signed.waiting("contact")) == 1
    signed.world.pump()
    assert virtuous.replay(delivery["id"])["answer"] == 202
    assert signed.waiting("contact") == []


def test_F62_a_delivery_is_good_for_as_long_as_the_vendor_repeats_it(
    signed: Called, virtuous: VirtuousOrganisation
) -> None:
    make(virtuous)
    arrived(signed, 1)
    (delivery,) = virtuous.deliveries()
    signed.world.clock.advance(days=DAYS - 1)
    assert virtuous.replay(delivery["id"])["answer"] == 202
    signed.world.clock.advance(days=2)
    assert virtuous.replay(delivery["id"])["answer"] == 401


@pytest.mark.parametrize("ids", ["envelope", "each", "none"])
def test_F62_many_records_in_one_delivery_are_told_apart(
    signed: Called, virtuous: VirtuousOrganisation, ids: str
) -> None:
    virtuous.set_options(batch_event_ids=ids)
    hand_in(virtuous, *(gift(f"D-{number}") for number in range(3)))
    virtuous.run_everything()
    arrived(signed, 2)
    assert signed.answers == [202, 202], "new contacts, new gifts"
    (long,) = [work for work in signed.waiting("notices") if work.queue == "gifts"]
    told = {notice.subject for notice in notices.notices_in(long)}
    assert len(told) == 3
    _spread(signed, long)
    assert {work.subject for work in signed.waiting("confirm")} == told
    _spread(signed, long)
    assert len(signed.waiting("confirm")) == 3, "taken apart twice, as after a crash"


def _spread(site: Called, work: Work) -> None:
    verifying._spread(site.world.app, work, notices.notices_in(work))


def test_F62_header_and_encoding_of_the_signature_are_settings(signed: Called, virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(signature_header="X-Other", signature_encoding="hex")
    make(virtuous)
    arrived(signed, 1)
    assert signed.answers[0] == 401
    chosen = {CRM: {"signature_header": "X-Other", "signature_encoding": "hex"}}
    configure.change(signed.world.app, signed.connection, chosen)
    signed.world.clock.advance(minutes=2)  # intake goes by what it knew up to a minute ago
    make(virtuous, "Bea")
    until(lambda: 202 in signed.answers)


def test_F62_both_secrets_are_good_while_the_crm_is_told_the_new_one(
    signed: Called, virtuous: VirtuousOrganisation
) -> None:
    app, ada = signed.world.app, make(virtuous)["id"]
    (before,) = subscriptions(virtuous)
    assert registering.rotate(app, signed.connection, finish=False).live == 2
    assert virtuous.hand_made_event(before["id"], "ContactUpdate", ada)["answer"] == 202, "by the former one"
    with pytest.raises(Conflict, match="still being told"):
        registering.rotate(app, signed.connection, finish=True)
    signed.world.pump()
    (after,) = subscriptions(virtuous)
    assert (after["id"], after["payloadUrl"]) == (before["id"], before["payloadUrl"])
    assert after["secret"] != before["secret"]
    assert registering.rotate(app, signed.connection, finish=True).live == 1
    assert virtuous.hand_made_event(after["id"], "ContactUpdate", ada)["answer"] == 202


@pytest.fixture
def asked(world: World, kindful: KindfulAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Called]:
    """A CRM that signs nothing and is asked."""

    def verified(_: object, event_id: str) -> Any:
        answer = kindful.api.get("/webhooks/verify_event", params={"id": event_id})
        if answer.status_code == 404:
            raise NotFound("There is no such event.")
        return kindful_webhook.told(event_id, answer.json())

    calls_us(monkeypatch, WebhookScheme(kind="asked"), kindful_webhook, verified=verified)
    kindful.set_options(webhook_retry_seconds=0.02)
    with called(world) as site:
        site.register()
        kindful.set_webhook(site.url())
        yield site
        kindful.set_webhook(None)


@pytest.mark.parametrize("body", ["whole", "short"])
def test_F62_an_unsigned_event_counts_as_the_vendor_tells_it(asked: Called, kindful: KindfulAccount, body: str) -> None:
    kindful.set_options(webhook_body="short" if body == "short" else "full")
    made = kindful.staff_gift(kindful.staff_contact(first_name="Ada", last_name="Lane"))
    until(lambda: asked.answers == [202])
    (work,) = asked.waiting("verify")
    assert (work.subject, work.data["side"]) == (kindful.events()[0]["id"], "crm")
    told = kindful_webhook.told(
        work.subject, kindful.api.get("/webhooks/verify_event", params={"id": work.subject}).json()
    )
    assert [(one.kind, one.subject) for one in told] == [("crm.gift.changed", f"k{made}")]
    asked.world.pump()
    assert asked.waiting("verify", "confirm") == []


def test_F62_a_forged_event_is_dropped_and_counted(asked: Called, kindful: KindfulAccount) -> None:
    forged = {"type": "person.transaction.update", "id": "f0f0"}
    assert kindful.post_webhook(forged)["answer"] == 202
    assert len(asked.waiting("verify")) == 1
    asked.world.pump()
    assert asked.waiting("verify", "confirm") == []
    assert asked.world.measured["ForgedEvents"] == 1


def test_F62_an_event_that_nobody_could_ask_about_is_asked_about_later(asked: Called, kindful: KindfulAccount) -> None:
    asked.world.app.connections.change(asked.connection, status="paused")
    kindful.staff_gift(kindful.staff_contact(first_name="Ada", last_name="Lane"))
    until(lambda: asked.answers == [202])
    asked.world.pump()
    (work,) = asked.waiting("verify")
    assert (work.error, work.next_due) == ("paused", None)


@pytest.fixture
def secret(world: World, gratavid: GratavidAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Called]:
    """Addresses that nobody else knows, one per event."""
    calls_us(monkeypatch, WebhookScheme(kind="url", events=EVENTS, repeat_seconds=600), gratavid_webhook)
    with called(world) as site:
        site.register()
        for event in EVENTS:
            gratavid.subscribe(event, site.url(f"crm.{event}"))
        yield site


def replied(account: GratavidAccount, text: str = "So kind!") -> None:
    if not account.sends():
        note = {"noteId": account.note(), "email": "ada@example.org", "firstName": "Ada", "customUserId": "1001"}
        answer = account.api.put("/api/integrationsEndpoint", params={"event": "sendNote"}, json=note)
        assert answer.status_code == 200, answer.text
    account.reply(account.sends()[0]["id"], text=text)
    account.notifications()


def test_F62_an_unsigned_body_is_kept_sealed_and_opens_for_its_work(secret: Called, gratavid: GratavidAccount) -> None:
    replied(gratavid)
    (work,) = secret.waiting("engagement")
    assert (work.data["event"], work.queue, work.subject) == ("reply", "gifts", "reply")
    stored = repr(secret.world.app.inbox.db.get(secret.world.app.inbox.table, work.key))
    assert not [one for one in ("ada@example.org", "So kind", "1001") if one in stored]
    body = json.loads(hooks.opened(secret.world.app, work))
    assert (body["replyText"], body["contact_customUserId"]) == ("So kind!", "1001")
    assert datetime.fromisoformat(work.data["received_at"]).tzinfo is not None
    with pytest.raises(ConfigError):
        hooks.opened(secret.world.app, replace(work, connection="another"))
    with pytest.raises(ConfigError):
        hooks.opened(secret.world.app, replace(work, expires=(work.expires or datetime.now(UTC)) + timedelta(days=9)))
    secret.world.clock.advance(days=31)
    assert hooks.opened(secret.world.app, work) == b"", "whatever TTL has done meanwhile"


def test_F62_the_same_within_a_window_is_a_repeat(secret: Called, gratavid: GratavidAccount) -> None:
    replied(gratavid)
    (first,) = gratavid.notifications()
    gratavid.replay(first["number"])
    gratavid.notifications()
    assert len(secret.waiting("engagement")) == 1
    replied(gratavid, "And another word")
    assert len(secret.waiting("engagement")) == 2
    secret.world.clock.advance(seconds=601)
    gratavid.replay(first["number"])
    gratavid.notifications()
    assert len(secret.waiting("engagement")) == 3, "said again, later"
    assert set(secret.answers) == {202}


@pytest.mark.parametrize("encoding", ["json", "json_as_text", "form"])
def test_F62_a_body_is_read_in_every_form_it_may_come_in(
    secret: Called, gratavid: GratavidAccount, encoding: str
) -> None:
    gratavid.set_options(encoding=encoding)
    replied(gratavid)
    (work,) = secret.waiting("engagement")
    assert gratavid_webhook.fields(hooks.opened(secret.world.app, work))["replyText"] == "So kind!"


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"contact_email": ""}', "no=body", '{"contact_email": {"a": 1}}']
)
def test_F62_a_body_about_nobody_is_refused(secret: Called, gratavid: GratavidAccount, body: str) -> None:
    answer = httpx.post(secret.url("crm.reply"), content=body)
    assert answer.status_code == 400
    assert secret.waiting("engagement") == []


def test_F62_nobody_guesses_an_address_or_uses_one_of_another_system(secret: Called) -> None:
    body = {"contact_email": "ada@example.org"}
    for path in (f"{CRM}/guess", f"handbid/{secret.hook('crm.reply').id}"):
        assert httpx.post(f"{secret.base}/webhooks/{path}", json=body).status_code == 404
    assert secret.waiting("engagement") == []


def test_all_work_that_webhooks_make_has_a_worker() -> None:
    made = {(queue, kind) for queue, kind, _ in notices.WORK.values()} | {("gifts", "engagement")}
    assert [one for one in made if one[1] not in HANDLERS[one[0]]] == []


def counted(site: Called) -> list[str]:
    """`service:Operation` of every call to AWS from now on."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(f"{model.service_model.service_name}:{model.name}")

    for client in (site.intake.inbox.db.client, site.intake.doorbells.client, site.intake.secrets.vault.client):
        client.meta.events.register("before-call.*.*", note)
    return calls


def assert_cheap(calls: list[str]) -> None:
    services = [call.partition(":")[0] for call in calls]
    assert calls[0] == "dynamodb:TransactWriteItems", "durable before anything else"
    assert services.count("dynamodb") <= 2
    assert services.count("sqs") <= 1
    assert services.count("kms") == 0
    calls.clear()


def test_F62_an_unsigned_webhook_costs_no_more_than_a_signed_one(secret: Called) -> None:
    hook, calls = secret.hook("crm.reply"), counted(secret)
    for number in range(4):
        body = json.dumps({"contact_email": "ada@example.org", "replyText": f"{number}"}).encode()
        assert secret.intake.receive(CRM, hook.id, {}, body) == 1
        if number:  # the first one is cold: hook and key are read
            assert_cheap(calls)
        calls.clear()


def test_F62_an_event_to_be_asked_about_costs_no_more_than_a_signed_one(asked: Called) -> None:
    hook, calls = asked.hook(), counted(asked)
    for number in range(4):
        assert asked.intake.receive(CRM, hook.id, {}, json.dumps({"id": f"event-{number}"}).encode()) == 1
        if number:
            assert_cheap(calls)
        calls.clear()


def test_F62_a_hundred_records_in_one_delivery_cost_no_more_than_one(
    signed: Called, virtuous: VirtuousOrganisation
) -> None:
    (webhook,), hook, calls = subscriptions(virtuous), signed.hook(), counted(signed)
    for number in range(4):
        models = [{"contact": {"id": one}} for one in range(100)]
        frame = {"event": "ContactUpdate", "eventId": f"e{number}", "models": models}
        body = json.dumps(frame)
        headers = {name.lower(): text for name, text in sign(Options(), webhook["secret"], body).items()}
        assert signed.intake.receive(CRM, hook.id, headers, body.encode()) == 1
        if number:
            assert_cheap(calls)
        calls.clear()
    assert len(signed.waiting("notices")) == 4
