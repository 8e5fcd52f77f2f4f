"""The webhook address and its secrets."""

import base64
from typing import Any

from giftbridge.aws.vault import Vault
from giftbridge.jobs.hooks import HookSecrets
from tests.management.conftest import Place


def live(place: Place, connection: str) -> list[str]:
    """What intake, in a process of its own, takes for the secrets."""
    app = place.world.app
    hook = app.connections.hook(app.connections.get(f"handbid:{place.platform.id}", connection).hook)
    assert hook is not None
    opened = HookSecrets(Vault(app.vault.client, app.vault.key_arn), app.connections).open(hook)
    return [f"whsec_{base64.b64encode(secret).decode()}" for secret in opened]


def rotate(place: Place, connection: str, **body: Any) -> Any:
    return place.api.post(f"/connections/{connection}/webhook/rotate", body)


def test_F62_all_secrets_live_during_a_rotation(place: Place) -> None:
    made = place.api.post("/connections", place.body(), 201)
    connection, first = made["connection"]["id"], made["webhook"]["secret"]
    assert live(place, connection) == [first]
    second = rotate(place, connection)
    assert (second["url"], second["live_secrets"]) == (made["webhook"]["url"], 2)
    assert live(place, connection) == [second["secret"], first]
    third = rotate(place, connection)
    assert live(place, connection) == [third["secret"], second["secret"], first], "the second was lost, say"
    newest = [rotate(place, connection)["secret"] for _ in range(2)][-1]
    refused = place.api.call("POST", f"/connections/{connection}/webhook/rotate", {})
    assert (refused.status, refused.json["type"]) == (409, "urn:giftbridge:problem:too_many_secrets")
    done = rotate(place, connection, finish=True)
    assert (done["secret"], done["live_secrets"]) == ("", 1)
    assert live(place, connection) == [newest]


def test_a_connection_by_consent_gets_its_address_when_it_is_asked_for(place: Place) -> None:
    connection = place.connect_by_consent()
    assert place.view(connection)["webhook_url"] == ""
    assert place.api.call("POST", f"/connections/{connection}/webhook/rotate", {"finish": True}).status == 409
    made = rotate(place, connection)
    assert place.view(connection)["webhook_url"] == made["url"]
    assert live(place, connection) == [made["secret"]]


def test_F62_an_event_that_the_address_takes_starts_a_run(place: Place) -> None:
    made = place.api.post("/connections", place.body(), 201)
    connection = made["connection"]["id"]
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    hook = place.world.app.connections.hook(made["webhook"]["url"].rsplit("/", 1)[-1])
    assert hook is not None
    assert (hook.connection, hook.account) == (connection, f"bloomerang:{place.crm.id}")
