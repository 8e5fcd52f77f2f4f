"""Pause, resume, reconnect, remove; the first question; sync now."""

from typing import Any

import pytest

from giftbridge.aws.vault import Keyring
from giftbridge.errors import NotFound
from giftbridge.jobs import lifecycle
from giftbridge.jobs.session import account_keyring
from giftbridge.stores.link import KINDS
from tests.management.conftest import Place


def stored(place: Place, connection: str) -> Any:
    return place.world.app.connections.get(f"handbid:{place.platform.id}", connection)


def runs(place: Place, connection: str) -> list[Any]:
    found: list[Any] = place.api.get(f"/connections/{connection}/runs")["items"]
    return found


def test_F06_yes_brings_all_over_and_shows_progress(place: Place) -> None:
    place.crm.seed(people=6, seed="a")
    place.platform.seed_people(4, seed="b")
    connection = place.connect()
    assert place.view(connection)["ask_first_sync"] is True
    assert place.view(connection)["next_sync_at"] is None
    begun = place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    assert (begun["mode"], begun["state"]) == ("first", "queued")
    assert place.view(connection)["active_run"]["id"] == begun["id"]
    place.world.pump()
    done = place.api.get(f"/connections/{connection}/runs/{begun['id']}")
    assert (done["state"], done["counts"]["crm"]["created"]) == ("done", 4)
    assert done["progress"]["platform"] == {"found": 4, "settled": 4}
    view = place.view(connection)
    assert (view["first_sync"], view["active_run"], view["ask_first_sync"]) == ("done", None, False)
    assert view["last_sync_at"]
    assert view["next_sync_at"]
    again = place.api.call("POST", f"/connections/{connection}/first-sync", {"answer": "yes"})
    assert (again.status, again.json["type"]) == (409, "urn:giftbridge:problem:answered")


def test_F06_no_brings_over_only_what_changes_from_now_on(place: Place) -> None:
    place.crm.seed(people=5, seed="a")
    ids = place.platform.seed_people(4, seed="b")
    ids.append(place.platform.add_contact(firstName="Ida", lastName="Phone", phone="+12025550123")["id"])
    connection = place.connect()
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "no"}, 202)
    place.world.pump()
    assert place.view(connection)["first_sync"] == "declined"
    assert (place.crm.count("POST", "/v2/constituent"), len(place.platform.state("contacts")["contacts"])) == (0, 5)
    place.platform.edit_contact(ids[0], firstName="Grace")
    run = place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    done = place.api.get(f"/connections/{connection}/runs/{run['id']}")
    assert (done["counts"]["crm"]["created"], done["counts"]["platform"]["created"]) == (1, 0)
    place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 6
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    assert (len(place.crm.state()["constituents"]), place.view(connection)["first_sync"]) == (10, "done")


def test_F06_nobody_is_asked_where_nothing_is_to_be_filled_in(place: Place) -> None:
    place.platform.seed_people(3, seed="b")
    connection = place.connect(backfill=False)
    assert place.view(connection)["ask_first_sync"] is False
    place.world.tick()
    assert place.view(connection)["first_sync"] == "declined"
    assert place.crm.state()["constituents"] == []


def test_F11_sync_now_says_who_and_never_runs_beside_another(place: Place) -> None:
    connection = place.synced()
    reply = place.api.call("POST", f"/connections/{connection}/sync", giftbridge_actor="user-42")
    assert (reply.status, reply.json["started_by"]) == (202, "user-42")
    again = place.api.call("POST", f"/connections/{connection}/sync")
    assert (again.status, again.json["type"]) == (409, "urn:giftbridge:problem:run_active")
    place.world.pump()
    assert [run["started_by"] for run in runs(place, connection)] == ["user-42", "api"]
    place.world.clock.advance(hours=2)
    place.world.tick()
    assert runs(place, connection)[0]["started_by"] == "schedule"


def test_F11_before_the_first_question_is_answered_nothing_is_synced(place: Place) -> None:
    connection = place.connect()
    reply = place.api.call("POST", f"/connections/{connection}/sync")
    assert (reply.status, reply.json["type"]) == (409, "urn:giftbridge:problem:first_sync_unasked")


def test_a_preview_writes_nothing_anywhere(place: Place) -> None:
    place.crm.seed(people=5, seed="same", without_email=0)
    place.platform.seed_people(7, seed="same", start=2)
    connection = place.connect()
    run = place.api.post(f"/connections/{connection}/preview", status=202)
    place.world.pump()
    done = place.api.get(f"/connections/{connection}/runs/{run['id']}")
    assert (done["state"], done["mode"]) == ("done", "preview")
    assert done["counts"]["crm"]["created"] == 4
    written = [call for side in (place.crm, place.platform) for call in side.calls() if not call.startswith("GET")]
    assert written == []
    view = place.view(connection)
    assert (view["first_sync"], view["active_run"]) == ("unasked", None)


def test_F05_paused_nothing_is_done_and_resumed_it_catches_up(place: Place) -> None:
    ids = place.platform.seed_people(2, seed="p")
    connection = place.synced()
    assert place.api.post(f"/connections/{connection}/pause")["status"] == "paused"
    assert place.api.call("POST", f"/connections/{connection}/sync").json["type"] == "urn:giftbridge:problem:paused"
    place.platform.edit_contact(ids[0], firstName="Paused")
    place.world.clock.advance(hours=3)
    before = place.crm.calls()
    place.world.tick()
    assert place.crm.calls() == before
    assert place.api.get(f"/connections/{connection}/choices")["funds"]
    assert place.view(connection)["next_sync_at"] is None
    place.api.post(f"/connections/{connection}/resume")
    place.world.pump()
    assert "Paused" in [person["FirstName"] for person in place.crm.state()["constituents"]]
    assert place.view(connection)["next_sync_at"]


def test_F07_a_revoked_key_stops_this_connection_and_all_goes_on_after_reconnecting(place: Place) -> None:
    ids = place.platform.seed_people(2, seed="r")
    connection = place.synced()
    place.crm.revoke_key()
    place.platform.edit_contact(ids[0], firstName="Waited")
    place.world.clock.advance(hours=2)
    place.world.tick()
    view = place.view(connection)
    assert (view["health"], view["status"]) == ("reconnect", "active")
    assert "Bloomerang" in view["health_reason"]
    sync = place.api.call("POST", f"/connections/{connection}/sync")
    assert (sync.status, sync.json["type"]) == (409, "urn:giftbridge:problem:disconnected")
    wrong = place.api.call("POST", f"/connections/{connection}/reconnect", {"credentials": {"api_key": "wrong"}})
    assert (wrong.status, wrong.json["errors"][0]["path"]) == (422, "credentials")
    assert place.view(connection)["health"] == "reconnect"
    place.crm.add_key(f"second-{place.crm.name}", user="Bo Baker")
    body = {"credentials": {"api_key": f"second-{place.crm.name}"}}
    again = place.api.post(f"/connections/{connection}/reconnect", body)
    assert (again["health"], again["health_reason"], again["connected_by"]) == ("healthy", "", "Bo Baker")
    place.world.pump()
    assert "Waited" in [person["FirstName"] for person in place.crm.state()["constituents"]]
    assert len(place.crm.state()["constituents"]) == 2


def test_F05_reconnecting_takes_the_same_database_only(place: Place) -> None:
    connection = place.connect()
    other = place.world.bloomerang.database()
    before = place.world.app.connections.credentials(stored(place, connection), "bloomerang")
    reply = place.api.call("POST", f"/connections/{connection}/reconnect", {"credentials": {"api_key": other.api_key}})
    assert (reply.status, reply.json["type"]) == (422, "urn:giftbridge:problem:other_database")
    assert place.world.app.connections.credentials(stored(place, connection), "bloomerang") == before
    assert place.api.call("POST", f"/connections/{connection}/reconnect", {}).status == 422


def test_F05_reconnecting_one_side_tells_that_the_other_is_broken_too(place: Place) -> None:
    connection = place.connect()
    place.platform.revoke_token()
    body = {"credentials": {"api_key": place.crm.api_key}}
    reply = place.api.call("POST", f"/connections/{connection}/reconnect", body)
    assert [each["path"] for each in reply.json["errors"]] == ["platform_credentials"]


@pytest.mark.parametrize("links", ["keep", "erase"])
def test_F05_removed_nothing_waits_and_no_secret_is_left(place: Place, links: str) -> None:
    place.platform.seed_people(3, seed="x")
    connection = place.synced()
    place.api.post(f"/connections/{connection}/sync", status=202)
    standing, app = stored(place, connection), place.world.app
    run = standing.active_run
    reply = place.api.call("DELETE", f"/connections/{connection}?links={links}")
    assert (reply.status, reply.json["links"]) == (202, "kept" if links == "keep" else "erasing")
    assert place.api.call("GET", f"/connections/{connection}").status == 404
    assert place.api.get("/connections")["items"] == []
    for system in ("handbid", "bloomerang"):
        with pytest.raises(NotFound):
            app.connections.credentials(standing, system)
    assert app.connections.hook(standing.hook) is None
    assert app.accounts.connections(standing.account) == []
    cancelled = app.runs.get(connection, run)
    assert cancelled is not None
    assert cancelled.state == "cancelled"
    calls = place.crm.calls()
    place.world.tick()
    assert place.crm.calls() == calls
    place.world.clock.advance(minutes=1)
    place.world.tick()
    assert app.inbox.waiting(standing.account, "contacts") == []
    listed = [key for kind in KINDS for key in app.links.listed(standing.account, kind, connection)]
    assert len(listed) == (3 if links == "keep" else 0)
    assert (app.accounts.wrapped_key(standing.account) is None) == (links == "erase")


def test_F05_a_removal_that_dies_in_the_middle_erases_the_links_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.platform.seed_people(3, seed="dies")
    connection = place.synced()
    account, app = stored(place, connection).account, place.world.app

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "_finish_works", dies)
        with pytest.raises(KeyboardInterrupt):
            place.api.call("DELETE", f"/connections/{connection}?links=erase")
    for _ in range(3):
        place.world.clock.advance(minutes=1)
        place.world.tick()
    assert [key for kind in KINDS for key in app.links.listed(account, kind, connection)] == []
    assert app.accounts.wrapped_key(account) is None


def test_F05_connected_again_after_keeping_the_links_nothing_is_doubled(place: Place) -> None:
    place.platform.seed_people(3, seed="y")
    first = place.synced()
    assert place.api.call("DELETE", f"/connections/{first}").status == 202
    again = place.connect()
    assert again == first
    view = place.view(again)
    assert (view["first_sync"], view["ask_first_sync"]) == ("done", False)
    place.api.post(f"/connections/{again}/sync", status=202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 3
    assert runs(place, again)[0]["counts"]["crm"]["created"] == 0


def test_F05_connected_again_after_erasing_it_is_a_new_connection(place: Place) -> None:
    place.platform.seed_people(2, seed="z")
    first = place.synced()
    keyring = account_keyring(place.world.app, f"bloomerang:{place.crm.id}")
    assert place.api.call("DELETE", f"/connections/{first}?links=erase").status == 202
    place.world.pump()
    place.world.clock.advance(minutes=1)
    place.world.tick()
    again = place.connect()
    assert again != first
    assert place.view(again)["first_sync"] == "unasked"
    fresh: Keyring = account_keyring(place.world.app, f"bloomerang:{place.crm.id}")
    assert fresh != keyring


def test_F05_an_erasure_leaves_another_organisations_links_of_that_account(place: Place) -> None:
    other = place.world.handbid.organisation(name=f"second-{place.crm.name}")
    place.platform.seed_people(2, seed="one")
    mine = place.synced()
    neighbour = Place(
        place.world, type(place.api)(place.api.handler, place.api.key, other.id), place.browser, place.crm, other
    )
    theirs = neighbour.synced()
    account = f"bloomerang:{place.crm.id}"
    kept = set(place.world.app.links.listed(account, "contact", theirs))
    place.api.call("DELETE", f"/connections/{mine}?links=erase")
    place.world.pump()
    place.world.clock.advance(minutes=1)
    place.world.tick()
    assert list(place.world.app.links.listed(account, "contact", mine)) == []
    assert kept
    assert set(place.world.app.links.listed(account, "contact", theirs)) == kept
    assert place.world.app.accounts.wrapped_key(account)
