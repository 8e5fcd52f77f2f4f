"""Erasing one donor."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import erase
from tests.management.conftest import Place


def ids(place: Place) -> tuple[str, str]:
    (contact,) = place.platform.state("contacts")["contacts"]
    (constituent,) = place.crm.state()["constituents"]
    return contact["id"], str(constituent["Id"])


@pytest.fixture
def one(place: Place) -> tuple[Place, str]:
    """One donor on both sides."""
    place.platform.add_contact(firstName="Ada", lastName="Gone", email="ada.gone@example.org")
    return place, place.synced()


def sync(place: Place, connection: str) -> Any:
    place.world.clock.advance(minutes=20)
    run = place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    return place.api.get(f"/connections/{connection}/runs/{run['id']}")


@pytest.mark.parametrize("name", ["platform_id", "crm_id"])
def test_F05_an_erased_donor_is_never_synced_again_unless_allowed(one: tuple[Place, str], name: str) -> None:
    place, connection = one
    contact, constituent = ids(place)
    body = {name: contact if name == "platform_id" else constituent}
    assert place.api.post(f"/connections/{connection}/erase", body) == {"linked": True}
    assert place.world.app.links.get(connection, "contact", Side.PLATFORM, contact) is None
    assert place.world.app.links.get(connection, "contact", Side.CRM, constituent) is None
    place.platform.edit_contact(contact, firstName="Adele")
    place.crm.staff_edit(int(constituent), LastName="Away")
    done = sync(place, connection)
    assert (done["counts"]["crm"]["skipped"], done["counts"]["platform"]["skipped"]) == (1, 1)
    body = {"kind": "contact", "side": "platform", "id": contact}
    place.api.post(f"/connections/{connection}/records/retry", body, 202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == len(place.platform.state("contacts")["contacts"]) == 1
    assert (place.crm.state()["constituents"][0]["FirstName"], ids(place)) == ("Ada", (contact, constituent))
    other = {"crm_id": constituent} if name == "platform_id" else {"platform_id": contact}
    assert place.api.post(f"/connections/{connection}/erase/undo", other) == {"allowed": True}
    place.api.post(f"/connections/{connection}/records/retry", body, 202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 1
    link = place.world.app.links.get(connection, "contact", Side.PLATFORM, contact)
    assert link is not None
    assert (link.state, link.crm_id) == ("linked", constituent)


@pytest.mark.parametrize("read_at_once", [erase.RUNS_READ, 1])
def test_F05_the_log_forgets_an_erased_donors_name(
    one: tuple[Place, str], stores: Any, monkeypatch: pytest.MonkeyPatch, read_at_once: int
) -> None:
    monkeypatch.setattr(erase, "RUNS_READ", read_at_once)
    place, connection = one
    contact, _ = ids(place)
    (run,) = place.api.get(f"/connections/{connection}/runs")["items"]
    path = f"/connections/{connection}/runs/{run['id']}/records"
    assert [line["label"] for line in place.api.get(path)["items"]] == ["Ada Gone"]
    for _ in range(2):  # its run is not among the newest
        sync(place, connection)
    place.api.post(f"/connections/{connection}/erase", {"platform_id": contact})
    assert [line["label"] for line in place.api.get(path)["items"]] == [""]
    assert stores.holding(b"Ada Gone") == []


def test_F05_a_donor_who_was_never_linked_can_be_erased(place: Place) -> None:
    contact = place.platform.add_contact(firstName="Early", lastName="Bird", email="early@example.org")
    connection = place.connect()
    assert place.api.post(f"/connections/{connection}/erase", {"platform_id": contact["id"]}) == {"linked": False}
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    assert place.crm.state()["constituents"] == []


def test_F05_who_fits_an_erased_donor_only_is_not_created_anew(one: tuple[Place, str]) -> None:
    place, connection = one
    _, constituent = ids(place)
    place.api.post(f"/connections/{connection}/erase", {"crm_id": constituent})
    place.platform.add_contact(firstName="Ada", lastName="Again", email="ada.gone@example.org")
    done = sync(place, connection)
    assert len(place.crm.state()["constituents"]) == 1
    assert done["counts"]["crm"]["created"] == 0


def test_F05_gifts_of_an_erased_donor_stay(one: tuple[Place, str]) -> None:
    place, connection = one
    contact, _ = ids(place)
    place.api.call("PATCH", f"/connections/{connection}", {"default_purpose": {"fund": str(place.crm.fund())}})
    place.api.post(f"/connections/{connection}/erase", {"platform_id": contact})
    auction = place.platform.hold_auction(
        status="reconciled", receipts=[{"contactId": contact, "items": [{"name": "Quilt", "price": 25}]}]
    )
    gift = auction["transactions"][0]["id"]
    run = place.api.post(f"/connections/{connection}/gifts/send", {"ids": [gift]}, 202)["run"]
    place.world.pump()
    done = place.api.get(f"/connections/{connection}/runs/{run['id']}")
    assert done["counts"]["crm"]["failed"] == 1
    assert place.crm.state()["transactions"] == []


def test_F05_exactly_one_id_is_taken(one: tuple[Place, str]) -> None:
    place, connection = one
    for body in ({}, {"platform_id": "1", "crm_id": "2"}, {"platform_id": ""}):
        assert place.api.call("POST", f"/connections/{connection}/erase", body).status == 422
    assert place.api.call("POST", f"/connections/{connection}/erase/undo", {"crm_id": "77"}).status == 404


# -- one donor, of whom the platform has two records that the CRM has merged into one


@pytest.fixture
def merged(place: Place) -> tuple[Place, str, list[str], str]:
    """Both of the platform's ids, and the one constituent that is left."""
    ids = [
        str(place.platform.add_contact(firstName="Ada", lastName=last, email=f"ada.{last.lower()}@example.org")["id"])
        for last in ("One", "Two")
    ]
    connection = place.synced()
    rows = {row["LastName"]: row["Id"] for row in place.crm.state()["constituents"]}
    place.crm.staff_merge(rows["One"], rows["Two"])
    place.platform.edit_contact(ids[1], phone="+13035550102")
    sync(place, connection)
    states = [place.world.app.links.get(connection, "contact", Side.PLATFORM, one) for one in ids]
    assert [(link.state, link.crm_id) for link in states if link] == [
        ("linked", str(rows["One"])),
        ("alias", str(rows["One"])),
    ]
    return place, connection, ids, str(rows["One"])


@pytest.mark.parametrize("by", ["platform_id", "alias", "crm_id"])
def test_F05_a_merged_donor_is_erased_as_a_whole_by_any_id(merged: tuple[Place, str, list[str], str], by: str) -> None:
    place, connection, ids, constituent = merged
    body = {"crm_id": constituent} if by == "crm_id" else {"platform_id": ids[by == "alias"]}
    assert place.api.post(f"/connections/{connection}/erase", body) == {"linked": True}
    links = place.world.app.links
    assert [links.get(connection, "contact", Side.PLATFORM, one) for one in ids] == [None, None]
    assert links.get(connection, "contact", Side.CRM, constituent) is None
    before = place.crm.state()["constituents"]
    for one in ids:
        place.platform.edit_contact(one, firstName="Adele")
    sync(place, connection)
    assert place.crm.state()["constituents"] == before, "nothing of them goes over any more"
    receipt = {"contactId": ids[1], "items": [{"name": "Quilt", "price": 50.0}], "payments": [{"method": "cash"}]}
    event = place.platform.hold_auction(receipts=[receipt])["event"]["id"]
    place.platform.set_event_status(event, "reconciled")
    place.world.pump()
    assert place.crm.state()["transactions"] == []
    other = {"crm_id": constituent} if by != "crm_id" else {"platform_id": ids[1]}
    assert place.api.post(f"/connections/{connection}/erase/undo", other) == {"allowed": True}
    prints_left = [one for one in ids if links.erased(connection, Side.PLATFORM, [one])]
    assert prints_left == []
