"""Questions for people."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from tests.management.conftest import Place


@pytest.fixture
def asked(place: Place) -> tuple[Place, str, Any]:
    """Two constituents share the address of one contact: nobody guesses."""
    for name in ("Ann", "Anne"):
        body = {
            "Type": "Individual",
            "FirstName": name,
            "LastName": "Twin",
            "PrimaryEmail": {"Type": "Home", "Value": "ann@example.org"},
        }
        place.crm.staff_call("POST", "/constituent", body)
    place.platform.add_contact(firstName="Ann", lastName="Twin", email="ann@example.org")
    connection = place.synced(directions={})
    return place, connection, questions(place, connection)


def questions(place: Place, connection: str) -> Any:
    found = place.api.get(f"/connections/{connection}/reviews")
    assert found["total"] == len(found["items"])
    return found["items"]


def answer(place: Place, connection: str, question: Any, decision: str, status: int = 200) -> Any:
    path = f"/connections/{connection}/reviews/{question['kind']}/{question['side']}/{question['id']}"
    return place.api.post(path, {"decision": decision}, status)


def of_platform(found: Any) -> Any:
    (one,) = [each for each in found if each["side"] == "platform"]
    return one


def test_F16_what_fits_two_is_asked_with_all_there_is_to_choose(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    ids = {str(one["Id"]) for one in place.crm.state()["constituents"]}
    assert (question["code"], set(question["candidates"])) == ("review_shared_email", ids)
    assert (question["label"], question["answers"]) == ("Ann Twin", ["match", "create", "ignore", "retry"])
    assert place.view(connection)["open_questions"] == len(found)


def test_F16_match_to_this_one(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    chosen = question["candidates"][1]
    run = answer(place, connection, question, f"match:{chosen}")["run"]
    place.world.pump()
    assert place.api.get(f"/connections/{connection}/runs/{run['id']}")["state"] == "done"
    link = place.world.app.links.get(connection, "contact", Side.PLATFORM, question["id"])
    assert link is not None
    assert (link.state, link.crm_id, link.question) == ("linked", chosen, None)
    assert all(one["side"] == "crm" for one in questions(place, connection))


def test_F16_create_anew(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    answer(place, connection, of_platform(found), "create")
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 3
    assert not [one for one in questions(place, connection) if one["side"] == "platform"]


def test_F16_do_not_sync(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    assert answer(place, connection, question, "ignore") == {"run": None}
    assert not [one for one in questions(place, connection) if one["side"] == "platform"]
    place.platform.edit_contact(question["id"], firstName="Annabel")
    place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    assert not [one for one in questions(place, connection) if one["side"] == "platform"]
    assert "Annabel" not in str(place.crm.state())
    answer(place, connection, question, "retry")
    place.world.pump()
    assert of_platform(questions(place, connection))["code"] == "review_shared_email"


def test_F16_try_again_after_the_crm_was_put_right(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    winner, loser = (int(one) for one in question["candidates"])
    place.crm.staff_merge(winner, loser)
    answer(place, connection, question, "retry")
    place.world.pump()
    link = place.world.app.links.get(connection, "contact", Side.PLATFORM, question["id"])
    assert link is not None
    assert (link.state, link.crm_id) == ("linked", str(winner))


def test_F16_answers_that_do_not_fit_are_refused(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    answer(place, connection, question, "match:999999", 422)
    answer(place, connection, question, "guess", 422)
    answer(place, connection, question, "match:", 422)
    answer(place, connection, {**question, "id": "nobody"}, "create", 404)
    answer(place, connection, {**question, "kind": "gift"}, "create", 404)
    chosen = question["candidates"][0]
    answer(place, connection, question, f"match:{chosen}")
    place.world.pump()
    answer(place, connection, question, "create", 404)


def test_F16_nobody_is_matched_to_one_who_is_linked_already(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    question = of_platform(found)
    second = place.platform.add_contact(firstName="Second", lastName="Twin", email="ann@example.org")
    answer(place, connection, question, f"match:{question['candidates'][0]}")
    place.world.pump()
    place.world.clock.advance(minutes=1)
    place.api.post(f"/connections/{connection}/sync", status=202)
    place.world.pump()
    (other,) = [one for one in questions(place, connection) if one["id"] == second["id"]]
    if question["candidates"][0] in other["candidates"]:
        answer(
            place, connection, other, f"match:{question['candidates'][0]}", 409 if "match" in other["answers"] else 422
        )
    assert len(place.crm.state()["constituents"]) == 2


def test_F16_asking_again_stops_nothing_and_doubles_nothing(asked: tuple[Place, str, Any]) -> None:
    place, connection, found = asked
    for _ in range(2):
        place.world.clock.advance(hours=1)
        place.world.tick()
    assert questions(place, connection) == [
        {**one, "run": now["run"], "label": now["label"]}
        for one, now in zip(found, questions(place, connection), strict=True)
    ]
    assert len(place.crm.state()["constituents"]) == 2
