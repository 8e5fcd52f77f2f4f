"""The operator's command line."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from giftbridge import bootstrap
from giftbridge.connectors.http import new_client
from giftbridge.domain.contact import Side
from giftbridge.jobs import tokens
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.redrive import Wanted, waiting
from giftbridge.settings import Settings
from giftbridge.stores.inbox import Work
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


def stuck(place: Place) -> str:
    """A first sync that the CRM answered by an error; the connection."""
    place.platform.add_contact(firstName="Ada", lastName="Stuck", email="ada@example.org")
    connection = place.connect()
    place.crm.fault("status", status=500, count=1)
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    return connection


def listed(ops: Any, *arguments: str) -> list[dict[str, Any]]:
    """What is stuck."""
    done = ops("dlq", "ls", "--json", *arguments)
    assert done.exit_code in (0, 3), done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["stuck"]
    return found


def test_F60_what_is_stuck_is_found_by_connection_kind_and_error(place: Place, ops: Any) -> None:
    connection = stuck(place)
    account = f"bloomerang:{place.crm.id}"
    for filters in (
        ("--account", account),
        ("--connection", connection),
        ("--connection", connection, "--kind", "run", "--error", "http_500"),
    ):
        (line,) = listed(ops, *filters)
        assert (line["error"], line["connection"], line["tries"]) == ("http_500", connection, 1)
    assert listed(ops, "--connection", connection, "--kind", "gift") == []
    assert ops("dlq", "ls", "--connection", connection, "--error", "KeyError").exit_code == 3
    shown = ops("dlq", "show", line["key"], "--account", account, "--json")
    assert json.loads(shown.stdout)["error"] == "http_500"
    assert "Stuck" not in shown.output
    told = ops("dlq", "show", line["key"], "--account", account).output
    assert re.search(r"^error +http_500 *$", told, re.MULTILINE)
    assert "Stuck" not in told
    assert ops("dlq", "show", "nothing", "--account", account).exit_code == 3


def test_F60_a_redrive_shows_what_it_would_do_first(place: Place, ops: Any) -> None:
    connection = stuck(place)
    chosen = ("--connection", connection)
    preview = ops("dlq", "redrive", *chosen, "--dry-run", "--json")
    assert [(row["kind"], row["number"]) for row in json.loads(preview.stdout)] == [("run", 1)]
    refused = ops("dlq", "redrive", *chosen)
    assert (refused.exit_code, "--yes" in refused.output) == (2, True)
    assert listed(ops, *chosen)
    assert ops("dlq", "redrive", *chosen, "--yes", "--no-wait").exit_code == 0
    assert listed(ops, *chosen) == []
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1


def test_F60_a_redrive_while_the_crm_is_down_changes_nothing(place: Place, ops: Any) -> None:
    connection = stuck(place)
    place.crm.fault("status", status=503, count=5)
    done = ops("dlq", "redrive", "--connection", connection, "--yes", "--no-wait")
    assert (done.exit_code, "Left alone" in done.output, "Nothing was changed" in done.output) == (3, True, True)
    assert [line["tries"] for line in listed(ops, "--connection", connection)] == [1]
    forced = ops("dlq", "redrive", "--connection", connection, "--yes", "--no-wait", "--force")
    assert forced.exit_code == 0
    assert listed(ops, "--connection", connection) == []


def test_P08_a_redrive_has_a_rate(place: Place, ops: Any) -> None:
    connection = place.connect()
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "no"}, 202)
    place.world.pump()
    app = place.world.app
    standing = app.connections.get(f"handbid:{place.platform.id}", connection)
    for number in range(5):
        work = Work(
            account=standing.account, queue="contacts", kind="contact", id=f"e{number}", organisation=standing.owner,
            connection=connection, lane="webhooks", next_due=app.now(), subject=f"c{number}", event=f"e{number}",
            attempt=3, error="KeyError", data={"side": "platform"},
        )  # fmt: skip
        app.inbox.put(work)
    chosen = ("--connection", connection, "--kind", "contact", "--error", "KeyError")
    assert ops("dlq", "redrive", *chosen, "--rate", "0.5", "--yes", "--no-wait").exit_code == 0
    dues = sorted(
        work.next_due for work in waiting(app, Wanted(connection=connection, kind="contact")) if work.next_due
    )
    assert [round((due - dues[0]).total_seconds()) for due in dues] == [0, 2, 4, 6, 8]


def test_F60_what_is_discarded_needs_a_word_and_can_be_brought_back(place: Place, ops: Any) -> None:
    ada = place.platform.add_contact(firstName="Ada", lastName="Back", email="ada@example.org")["id"]
    connection = place.connect()
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "no"}, 202)
    place.world.pump()
    app = place.world.app
    standing = app.connections.get(f"handbid:{place.platform.id}", connection)
    work = Work(
        account=standing.account, queue="contacts", kind="contact", id="e1", organisation=standing.owner,
        connection=connection, lane="webhooks", next_due=None, subject=str(ada), event="e1", attempt=3,
        error="KeyError", data={"side": "platform", "started_by": "webhook"},
    )  # fmt: skip
    app.inbox.put(work)
    assert ops("dlq", "discard").exit_code == 2
    assert ops("dlq", "discard", "--connection", connection).exit_code == 2, "nobody can be asked"
    assert listed(ops, "--connection", connection)
    assert ops("dlq", "discard", "--connection", connection, "--yes").exit_code == 0
    assert listed(ops, "--connection", connection) == []
    assert not app.inbox.add(work), "the same event is not taken in again"
    (past,) = json.loads(ops("webhooks", "ls", connection, "--json").stdout)
    assert (past["event"], past["state"].startswith("given up by operator:")) == ("e1", True)
    assert ops("webhooks", "replay", connection, "--event", "other", "--yes").exit_code == 3
    refused = ops("webhooks", "replay", connection, "--event", "e1")
    assert (refused.exit_code, "--yes" in refused.output) == (2, True), "nobody can be asked"
    assert waiting(app, Wanted(connection=connection, kind="contact")) == []
    assert ops("webhooks", "replay", connection, "--event", "e1", "--yes").exit_code == 0
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1


def test_F60_a_discarded_run_lets_the_next_begin_and_standing_work_stays(place: Place, ops: Any) -> None:
    connection = stuck(place)
    assert ops("dlq", "discard", "--connection", connection, "--yes").exit_code == 0
    (run,) = place.api.get(f"/connections/{connection}/runs")["items"]
    assert run["state"] == "cancelled"
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1
    app = place.world.app
    (schedule,) = waiting(app, Wanted(connection=connection, kind="cadence"))
    app.inbox.postpone(schedule, None, error="KeyError", attempt=4)
    kept = ops("dlq", "discard", "--connection", connection, "--yes")
    assert (kept.exit_code, "belongs to its connection" in kept.output) == (1, True)
    assert waiting(app, Wanted(connection=connection, kind="cadence"))


def test_F60_a_run_of_gifts_that_no_other_run_lists_stays(place: Place, ops: Any) -> None:
    connection = stuck(place)
    app = place.world.app
    whole = next(one for one in app.connections.everywhere() if one.id == connection)
    run = gifts.start_chosen(app, whole, ["g1", "g2"], {}, "anna")
    (work,) = [one for one in waiting(app, Wanted(connection=connection, kind="run")) if one.subject == run.id]
    app.inbox.postpone(work, None, error="KeyError", attempt=4)
    kept = ops("dlq", "discard", "--connection", connection, "--error", "KeyError", "--yes")
    assert (kept.exit_code, "No other run lists the gifts of this one" in kept.output) == (1, True)
    assert app.runs.planned(run.id, Side.PLATFORM, 5)
    found = app.runs.get(connection, run.id)
    assert found is not None
    assert found.state != "cancelled"
    app.runs.set_state(found, "done", app.now())
    assert ops("dlq", "discard", "--connection", connection, "--error", "KeyError", "--yes").exit_code == 0


def test_work_is_listed_and_woken(place: Place, ops: Any) -> None:
    connection = stuck(place)
    account = f"bloomerang:{place.crm.id}"
    kinds = {row["kind"] for row in json.loads(ops("work", "ls", "--account", account, "--json").stdout)}
    assert {"cadence", "run"} <= kinds
    assert ops("work", "ls", "--account", account, "--error", "none_such").exit_code == 3
    assert ops("work", "wake").exit_code == 2
    assert ops("work", "wake", "--connection", connection, "--error", "http_500").stdout == "1 woken.\n"
    asked = ops("work", "wake", "--connection", connection, "--error", "http_500", "--json")
    assert json.loads(asked.stdout) == {"woken": 0}, "its error is forgotten"
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1


def test_connections_are_listed_with_what_is_stuck(place: Place, ops: Any) -> None:
    connection = stuck(place)
    account = f"bloomerang:{place.crm.id}"
    (row,) = json.loads(ops("connections", "--account", account, "--json").stdout)
    assert (row["connection"], row["health"], row["stuck"]) == (connection, "healthy", 1)
    assert ops("connections", "--account", account, "--unhealthy").exit_code == 3


def test_a_token_is_refreshed_by_hand(place: Place, ops: Any) -> None:
    connection = place.connect_by_consent()
    who = f"handbid:{place.platform.id}"
    assert ops("token", "refresh", who, connection).output == "Refreshed.\n"
    standing = place.world.app.connections.get(who, connection)
    assert place.world.app.connections.credentials(standing, "bloomerang").version == 2
    assert ops("token", "refresh", who, "nothing").exit_code == 1


def test_without_a_deployment_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTIONS_TABLE", raising=False)
    done = CliRunner().invoke(cli, ["dlq", "ls"])
    assert (done.exit_code, "CONNECTIONS_TABLE" in done.output) == (2, True)
