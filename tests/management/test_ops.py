"""The operator's command line."""

from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from giftbridge import bootstrap
from giftbridge.connectors.http import new_client
from giftbridge.jobs import tokens
from giftbridge.settings import Settings
from local.stores import Stores
from ops.cli import cli
from tests.management.conftest import Place


@pytest.fixture
def ops(place: Place, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command over the same tables."""
    for name, value in {**stores.env, "STAGE": "local"}.items():
        if not name.startswith("GIFTBRIDGE_"):
            monkeypatch.setenv(name, value)

    def build(settings: Settings, **_: Any) -> Any:
        return replace(place.world.app, client=new_client(5))

    monkeypatch.setattr(bootstrap, "build", build)

    def run(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(cli, list(arguments), input=given)

    return run


def test_a_platforms_key_is_made_and_shown_once(place: Place, stores: Stores, ops: Any) -> None:
    done = ops("api-key", "create", "handbid")
    assert done.exit_code == 0, done.output
    key = done.output.strip()
    assert len(key) > 40
    assert stores.holding(key.encode()) == []
    place.api.key = key
    assert place.api.get("/connections") == {"items": []}
    for wrong in ("bloomerang", "nothing"):
        assert ops("api-key", "create", wrong).exit_code == 2


def test_an_oauth_client_is_read_from_a_pipe_and_sealed(place: Place, stores: Stores, ops: Any) -> None:
    done = ops("oauth-client", "set", "bloomerang", "--client-id", "me", given="very-secret\n")
    assert done.exit_code == 0, done.output
    assert "/oauth/callback" in done.output
    assert "very-secret" not in done.output
    assert stores.holding(b"very-secret") == []
    registration = tokens.flow(place.world.app, "bloomerang").registration
    assert (registration.client_id, registration.client_secret) == ("me", "very-secret")
    assert ops("oauth-client", "set", "handbid", "--client-id", "me", given="x\n").exit_code == 2
    assert ops("oauth-client", "set", "bloomerang", "--client-id", "me", given="\n").exit_code == 2


def test_P07_rewrapping_prints_counts(place: Place, ops: Any) -> None:
    place.connect()
    second = place.world.app.vault.client.create_key()["KeyMetadata"]["Arn"]
    assert "credentials rewrapped" in ops("rewrap", "--to", second).output
    assert "credentials already" in ops("rewrap", "--to", second, "--verbose").output
    assert "credentials rewrapped" in ops("rewrap", "--to", place.world.app.vault.key_arn).output


def test_stuck_work_is_listed_shown_and_woken(place: Place, ops: Any) -> None:
    place.platform.add_contact(firstName="Ada", lastName="Stuck", email="ada@example.org")
    connection = place.connect()
    place.crm.fault("status", status=500, count=1)
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    account = f"bloomerang:{place.crm.id}"
    (line,) = ops("work", "list", "--account", account, "--error", "any").output.splitlines()
    assert "error=http_500" in line
    assert connection in line
    assert line in ops("work", "list", "--error", "http_500").output
    assert ops("work", "list", "--account", account, "--kind", "cadence").output.count("\n") == 1
    key = line.split()[2]
    shown = ops("work", "show", account, "contacts", key)
    assert '"error": "http_500"' in shown.output
    assert "Stuck" not in shown.output
    assert ops("work", "show", account, "contacts", "nothing").exit_code == 1
    assert ops("work", "wake").exit_code == 2
    assert ops("work", "wake", "--account", account, "--error", "http_500").output == "1 woken.\n"
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1


def test_dead_letters_are_counted(ops: Any) -> None:
    done = ops("dlq", "list")
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == 3


def test_a_token_is_refreshed_by_hand(place: Place, ops: Any) -> None:
    connection = place.connect_by_consent()
    who = f"handbid:{place.platform.id}"
    assert ops("token", "refresh", who, connection).output == "Refreshed.\n"
    standing = place.world.app.connections.get(who, connection)
    assert place.world.app.connections.credentials(standing, "bloomerang").version == 2
    assert ops("token", "refresh", who, "nothing").exit_code == 1


def test_without_a_deployment_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTIONS_TABLE", raising=False)
    done = CliRunner().invoke(cli, ["dlq", "list"])
    assert (done.exit_code, "CONNECTIONS_TABLE" in done.output) == (2, True)
