"""The sync log and trying again."""

from typing import Any

from tests.management.conftest import Place


def failing(place: Place) -> tuple[str, Any, str]:
    """A connection whose first sync failed for one contact of the platform: nobody could ever reach it."""
    place.platform.seed_people(3, seed="fine")
    lost = place.platform.add_contact(firstName="Nora", lastName="Nowhere")["id"]
    connection = place.synced()
    (run,) = place.api.get(f"/connections/{connection}/runs")["items"]
    return connection, run, lost


def test_F12_the_log_tells_what_failed_and_whom_it_is_about(place: Place) -> None:
    connection, run, lost = failing(place)
    counts = run["counts"]["crm"]
    assert counts["read"] == 4 == sum(counts[name] for name in ("created", "updated", "unchanged", "skipped", "failed"))
    assert (counts["created"], counts["failed"], run["started_by"]) == (3, 1, "api")
    assert run["started_at"] <= run["ended_at"]
    (line,) = place.api.get(f"/connections/{connection}/runs/{run['id']}/records?outcome=failed")["items"]
    assert (line["kind"], line["side"], line["id"], line["retryable"]) == ("contact", "platform", lost, True)
    assert (line["code"], line["label"]) == ("no_contact_point", "Nora Nowhere")
    assert "e-mail" in line["reason"]
    created = place.api.get(f"/connections/{connection}/runs/{run['id']}/records?outcome=created")["items"]
    assert all(one["url"].startswith("https://crm.bloomerang.co/Constituent/") for one in created)
    assert {one["other_id"] for one in created} == {str(one["Id"]) for one in place.crm.state()["constituents"]}


def test_F12_labels_expire(place: Place) -> None:
    connection, run, _ = failing(place)
    place.world.clock.advance(days=31)
    (line,) = place.api.get(f"/connections/{connection}/runs/{run['id']}/records?outcome=failed")["items"]
    assert line["label"] == ""


def test_F12_records_are_listed_page_by_page(place: Place) -> None:
    connection, run, _ = failing(place)
    seen: list[str] = []
    following = ""
    while True:
        page = place.api.get(f"/connections/{connection}/runs/{run['id']}/records?limit=1&cursor={following}")
        seen += [one["id"] for one in page["items"]]
        following = page["next"]
        if not following:
            break
    assert len(seen) == len(set(seen)) == 4
    bad = place.api.call("GET", f"/connections/{connection}/runs/{run['id']}/records?cursor=***")
    assert bad.status == 422


def test_F12_runs_are_listed_page_by_page(place: Place) -> None:
    connection, first, _ = failing(place)
    for _ in range(2):
        place.api.post(f"/connections/{connection}/sync", status=202)
        place.world.pump()
    newest = place.api.get(f"/connections/{connection}/runs?limit=2")
    assert len(newest["items"]) == 2
    rest = place.api.get(f"/connections/{connection}/runs?limit=2&before={newest['next']}")
    assert [run["id"] for run in rest["items"]] == [first["id"]]
    assert rest["next"] == ""


def test_F12_what_failed_is_tried_again(place: Place) -> None:
    connection, run, lost = failing(place)
    place.platform.edit_contact(lost, email="nora@example.org")
    started = place.api.post(f"/connections/{connection}/runs/{run['id']}/retry", status=202)["items"]
    place.world.pump()
    (again,) = [place.api.get(f"/connections/{connection}/runs/{one['id']}") for one in started]
    assert (again["mode"], again["counts"]["crm"]["created"]) == ("records", 1)
    nothing = place.api.call("POST", f"/connections/{connection}/runs/{again['id']}/retry")
    assert (nothing.status, nothing.json["type"]) == (409, "urn:giftbridge:problem:nothing_to_retry")


def test_F12_one_record_is_tried_again(place: Place) -> None:
    connection, _, lost = failing(place)
    place.platform.edit_contact(lost, email="nora@example.org")
    body = {"kind": "contact", "side": "platform", "id": lost}
    run = place.api.post(f"/connections/{connection}/records/retry", body, 202)
    place.world.pump()
    assert place.api.get(f"/connections/{connection}/runs/{run['id']}")["counts"]["crm"]["created"] == 1
    gift = place.api.call("POST", f"/connections/{connection}/records/retry", {**body, "kind": "gift", "side": "crm"})
    assert gift.status == 409


def test_F12_a_conflict_shows_the_value_that_lost(place: Place) -> None:
    place.platform.add_contact(firstName="Ada", lastName="Both", email="ada@example.org")
    connection = place.synced(conflict={"first_name": "crm"})
    (contact,) = place.platform.state("contacts")["contacts"]
    (constituent,) = place.crm.state()["constituents"]
    place.platform.edit_contact(contact["id"], firstName="Adele")
    place.crm.staff_edit(constituent["Id"], FirstName="Adelheid")
    run = place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    lines = place.api.get(f"/connections/{connection}/runs/{run['id']}/records")["items"]
    (conflict,) = [one for line in lines for one in line["conflicts"]]
    assert (conflict["field"], conflict["winner"], conflict["lost"]) == ("first_name", "crm", "Adele")
    place.world.clock.advance(days=31)
    lines = place.api.get(f"/connections/{connection}/runs/{run['id']}/records")["items"]
    assert [one["lost"] for line in lines for one in line["conflicts"]] == [""]


def test_F62_what_waits_is_listed_and_run_again(place: Place) -> None:
    place.platform.add_contact(firstName="Ada", lastName="Waits", email="ada@example.org")
    connection = place.synced()
    place.crm.fault("status", status=500, count=1)
    place.platform.edit_contact(place.platform.state("contacts")["contacts"][0]["id"], firstName="Grace")
    place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    stuck = [one for one in place.api.get(f"/connections/{connection}/waiting")["items"] if one["error"]]
    assert [(one["kind"], one["error"]) for one in stuck] == [("run", "http_500")]
    assert place.api.post(f"/connections/{connection}/waiting/retry") == {"woken": 1}
    place.world.pump()
    assert [person["FirstName"] for person in place.crm.state()["constituents"]] == ["Grace"]
    assert not [one for one in place.api.get(f"/connections/{connection}/waiting")["items"] if one["error"]]
