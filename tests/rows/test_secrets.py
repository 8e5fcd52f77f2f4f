"""Tokens and secrets: sealed, bound to their owner, never shown, refreshed by one, kept alive, moved to another key."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from giftbridge.errors import ConfigError, Disconnected
from giftbridge.jobs import dispatch, tokens
from giftbridge.jobs.context import App
from giftbridge.jobs.session import session_for_person
from giftbridge.stores.connections import Connection, owner
from tests.crash.tap import Killed, Tap
from tests.rows.browser import consented
from tests.rows.conftest import Deployment, Site
from tests.world import MovingClock

TOKENS = "/v2/oauth/token"


class KilledAfterRotation(Tap):
    """The worker dies as the vendor has answered with new tokens."""

    def _perhaps_die(self) -> None:
        if self.calls[-1].call == f"POST {TOKENS}":
            self.dead = True
            raise Killed


def stored(app: App, site: Site) -> Connection:
    """The connection as the bridge keeps it."""
    return app.connections.get(owner("handbid", site.platform.id), site.connection)


def opened(app: App, connection: Connection, system: str) -> dict[str, Any]:
    """Its secrets in plain: a test may."""
    sealed = app.connections.credentials(connection, system).envelope
    return app.vault.open("credentials", tokens.context(connection, system), sealed)


def refreshes(deployment: Deployment) -> int:
    """How often the vendor was asked for tokens."""
    return deployment.crms.server.count("POST", TOKENS)


def test_F04_no_secret_is_stored_logged_or_shown(
    deployment: Deployment, client: httpx.Client, site: Site, app: App
) -> None:
    consented(deployment, site)
    by_key = Site(
        deployment, client, deployment.crms.database(f"{site.crm.name}-k"), deployment.platforms.organisation()
    )
    by_key.connect()
    by_key.platform.seed_people(2)
    by_key.first_sync()
    shown = [
        one.call("GET", path).text
        for one in (site, by_key)
        for path in ("/connections", "~", "~/runs", "~/reviews", "~/waiting", "~/choices")
    ]
    shown += [client.get("/v1/systems").text, client.get("/openapi.json").text]
    secrets = [by_key.crm.api_key, by_key.platform.token, by_key.webhook["secret"], site.platform.token]
    secrets += [str(opened(app, stored(app, site), "bloomerang")[name]) for name in ("access_token", "refresh_token")]
    secrets += [client.headers["authorization"].removeprefix("Bearer "), deployment.crms.client_secret]
    kept = deployment.stored()
    for secret in secrets:
        assert len(secret) >= 12
        assert not [text for text in shown if secret in text]
        assert not [each.where for each in kept if secret.encode() in each.content]


def test_F04_a_secret_opens_for_its_own_connection_only(connected: Site, app: App) -> None:
    connection = stored(app, connected)
    assert opened(app, connection, "bloomerang")["api_key"] == connected.crm.api_key
    envelope = app.connections.credentials(connection, "bloomerang").envelope
    bound = tokens.context(connection, "bloomerang")
    for name in bound:
        with pytest.raises(ConfigError):
            app.vault.open("credentials", {**bound, name: "another"}, envelope)
    with pytest.raises(ConfigError):
        app.vault.open("oauth", bound, envelope)


def test_P07_a_row_copied_to_another_connection_does_not_open(
    deployment: Deployment, client: httpx.Client, connected: Site
) -> None:
    name = f"{connected.crm.name}-thief"
    thief = Site(deployment, client, deployment.crms.database(name), deployment.platforms.organisation(name=name))
    thief.connect()
    assert thief.get("~/choices")["funds"]
    with _secret_copied(deployment, connected, thief):
        reply = thief.call("GET", "~/choices")
        assert reply.status_code == 500
        assert connected.crm.api_key not in reply.text
        assert thief.crm.api_key not in reply.text
        assert connected.get("~/choices")["funds"], "the other is as it was"
        refused = deployment.ops("rewrap", "--to", deployment.stack.env["KMS_KEY_ARN"], fails=True)
        assert "open under no key" in refused, "the operator hears of it"
    assert thief.get("~/choices")["funds"]


@contextmanager
def _secret_copied(deployment: Deployment, of: Site, to: Site) -> Iterator[None]:
    """What somebody with access to the table might try; afterwards it is as it was."""
    table, tables = deployment.stack.env["CONNECTIONS_TABLE"], deployment.stack.client("dynamodb")
    keys = [
        {"pk": {"S": f"ORG#handbid:{one.platform.id}"}, "sk": {"S": f"SECRET#{one.connection}#bloomerang"}}
        for one in (of, to)
    ]
    stolen, own = (tables.get_item(TableName=table, Key=key)["Item"] for key in keys)
    tables.put_item(TableName=table, Item={**stolen, **keys[1]})
    yield
    tables.put_item(TableName=table, Item=own)


def admit(deployment: Deployment, key: str) -> None:
    """What deploying with `TokenKeyArn` does to the roles: they may use this key as they may the stack's own."""
    iam = deployment.stack.client("iam")
    for role in (name for one, name in deployment.stack.resources.items() if one.endswith("Role")):
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                if "kms:Decrypt" in statement["Action"]:
                    standing = statement["Resource"]
                    statement["Resource"] = [*(standing if isinstance(standing, list) else [standing]), key]
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def test_P07_everything_moves_to_a_second_key_without_a_pause(
    deployment: Deployment, site: Site, connected: Site
) -> None:
    keys = deployment.stack.client("kms")
    first, second = deployment.stack.env["KMS_KEY_ARN"], keys.create_key()["KeyMetadata"]["Arn"]
    contact = connected.person("Ada")
    admit(deployment, second)
    with ThreadPoolExecutor() as pool:
        moved = pool.submit(deployment.ops, "rewrap", "--to", second)
        meanwhile = [connected.call("GET", "~/choices").status_code]
        while not moved.done():
            meanwhile.append(connected.call("GET", "~/choices").status_code)
    assert set(meanwhile) == {200}
    counted = {line.split(maxsplit=1)[1]: int(line.split()[0]) for line in moved.result().splitlines()}
    assert counted["credentials rewrapped"] >= 2
    assert {"fingerprints rewrapped", "webhook rewrapped", "oauth rewrapped"} <= counted.keys()
    assert "rewrapped" not in deployment.ops("rewrap", "--to", second), "a second time there is nothing to do"
    try:
        keys.disable_key(KeyId=first)
        deployment.forget("WebhookIntakeFunction")
        assert connected.get("~/choices")["funds"], "opens under the second key alone"
        assert connected.platform.hand_made_event("contact.updated", contact)["answer"] == 202
    finally:
        keys.enable_key(KeyId=first)
    connected.first_sync()
    assert len(connected.constituents()) == 1


def test_F04_expiring_tokens_are_refreshed_by_one_worker_alone(deployment: Deployment, site: Site, app: App) -> None:
    """The vendor takes everything away from who uses a refresh token twice: all would fail if two had tried."""
    site.crm.set_options(old_refresh_token="revokes")
    consented(deployment, site)
    _nearly_expired(app, site)
    before = refreshes(deployment)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: site.call("GET", "~/choices").status_code, range(6)))
    assert set(answers) == {200}
    assert refreshes(deployment) - before == 1
    assert site.view()["health"] == "healthy"


def _nearly_expired(app: App, site: Site) -> None:
    """As the hour of a token is almost over."""
    connection = stored(app, site)
    standing = app.connections.credentials(connection, "bloomerang")
    secret = opened(app, connection, "bloomerang") | {"expires_at": (app.now() + timedelta(minutes=4)).isoformat()}
    envelope = tokens.seal(app, connection, "bloomerang", secret)
    app.connections.db.write(
        app.connections.keep_credentials_op(connection, "bloomerang", envelope, standing.version + 1)
    )


def test_F04_a_token_that_is_refused_before_its_time_is_rotated_once(deployment: Deployment, site: Site) -> None:
    """A vendor need not tell how long its tokens are good."""
    site.crm.set_options(expires_in="omitted", access_token_seconds=1)
    consented(deployment, site)
    site.person("Ada")
    time.sleep(1.5)
    site.crm.set_options(access_token_seconds=3600)
    before = refreshes(deployment)
    run = site.post("~/first-sync", {"answer": "yes"})["id"]
    time.sleep(2)
    deployment.tick()
    assert site.finished(run)["counts"]["crm"]["created"] == 1
    assert refreshes(deployment) - before == 1
    assert site.view()["health"] == "healthy"


def test_F04_the_rotated_token_is_stored_before_it_is_used(deployment: Deployment, site: Site, app: App) -> None:
    site.crm.set_options(access_token_seconds=200)
    consented(deployment, site)
    connection, tap = stored(app, site), Tap()
    was = opened(app, connection, "bloomerang")["refresh_token"]
    tap.attach(app)
    with session_for_person(app, connection) as session:
        session.crm.identify()
    calls = [each.call for each in tap.calls]
    after = calls[calls.index(f"POST {TOKENS}") :]
    assert after.index("dynamodb:PutItem") < after.index("GET /v2/database")
    assert "GET /v2/database" not in calls[: -len(after)]
    assert opened(app, connection, "bloomerang")["refresh_token"] != was


def test_F04_killed_between_rotation_and_storing_the_old_token_is_tried_once(
    deployment: Deployment, site: Site, app: App, clock: MovingClock
) -> None:
    site.crm.set_options(access_token_seconds=200)
    consented(deployment, site)
    connection = stored(app, site)
    stored_now = app.connections.credentials(connection, "bloomerang")
    secret = opened(app, connection, "bloomerang")
    KilledAfterRotation(moment="after").attach(app)
    with pytest.raises(Killed):
        tokens.refresh(app, connection, "bloomerang", stored_now, secret)
    Tap().attach(app)
    clock.advance(minutes=5)  # the dead worker's lease is over, and so is the token
    before = refreshes(deployment)
    with pytest.raises(Disconnected):
        tokens.usable(app, connection, "bloomerang")
    assert refreshes(deployment) - before == 1


def test_F04_a_year_without_any_use_kills_no_connection(
    deployment: Deployment, site: Site, app: App, clock: MovingClock
) -> None:
    consented(deployment, site)
    account, before = stored(app, site).account, refreshes(deployment)
    days_of_refresh = [0]
    for day in range(5, 401, 5):
        clock.advance(days=5)
        site.crm.advance(timedelta(days=5).total_seconds())
        if any(work.kind == "token" for work in app.inbox.due(account, "contacts", app.now())):
            assert account in {one for one, _, _ in app.inbox.due_accounts(app.now())}, "the tick would ring for it"
            days_of_refresh.append(day)
        dispatch.doorbell(app, "contacts", f'{{"v": 1, "account": "{account}"}}')
    assert refreshes(deployment) - before == len(days_of_refresh) - 1
    assert max(later - one for one, later in pairwise([*days_of_refresh, 400])) <= 365 / 6
    with session_for_person(app, stored(app, site)) as session:
        assert session.crm.identify().name == site.crm.summary["name"]
