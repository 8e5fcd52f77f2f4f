"""Links and versions: what an application knows, what has changed since, and the echo of its own imports."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.kindful import KindfulAccount
from tests.sandbox.kindful_words import ADA, GIFT, LATER, NOON, contacts, done, gifts, give, link, outcomes

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


def ada(account: KindfulAccount) -> int:
    return account.staff_contact(first_name="Ada", last_name="Lane")


def as_link(row: dict[str, Any], external_id: str = "x-1") -> dict[str, Any]:
    return {"id": str(row["id"]), "external_id": external_id, "sync_version": str(row["sync_version"])}


def test_link_then_change_then_link_again(kindful: KindfulAccount) -> None:
    contact = ada(kindful)
    job = link(kindful, "contacts", as_link(contacts(kindful, "not_linked")[0]))
    assert (job["status"], job["stats"]["Integrations Contact Link"]) == ("complete", 1)
    assert (contacts(kindful, "not_linked"), contacts(kindful, "changed")) == ([], [])
    kindful.staff_edit(contact, city="Nashville")
    changed = contacts(kindful, "changed")
    assert [(row["external_id"], row["sync_version"], row["city"]) for row in changed] == [("x-1", 2, "Nashville")]
    link(kindful, "contacts", as_link(changed[0]))
    assert contacts(kindful, "changed") == []


def test_a_create_does_not_move_the_version(kindful: KindfulAccount) -> None:
    contact = ada(kindful)
    link(kindful, "contacts", as_link(contacts(kindful)[0]), action="create")
    assert contacts(kindful, "changed") == []
    kindful.staff_edit(contact, city="Nashville")
    for _ in range(2):
        link(kindful, "contacts", as_link(contacts(kindful, "changed")[0]), action="create")
    assert outcomes(kindful) == [{"id": str(contact), "link": "ignored"}]
    assert len(contacts(kindful, "changed")) == 1


def test_a_first_create_may_set_no_version_either(kindful: KindfulAccount) -> None:
    kindful.set_options(link_create="no_version")
    ada(kindful)
    link(kindful, "contacts", as_link(contacts(kindful)[0]), action="create")
    assert (len(contacts(kindful, "linked")), len(contacts(kindful, "changed"))) == (1, 1)


def test_a_version_read_too_early_leaves_the_record_changed(kindful: KindfulAccount) -> None:
    contact = ada(kindful)
    seen = contacts(kindful)[0]
    kindful.staff_edit(contact, city="Nashville")
    link(kindful, "contacts", as_link(seen))
    assert len(contacts(kindful, "changed")) == 1


def test_links_wait_in_the_import_queue(kindful: KindfulAccount) -> None:
    ada(kindful)
    row = as_link(contacts(kindful)[0])
    answer = kindful.api.post("/contacts/link", json={"action_type": "update", "data": [row]}).json()
    assert answer["status"] == "pending"
    assert kindful.api.get("/imports/stats").json()["pending_jobs"] == 1
    assert contacts(kindful, "linked") == []


def test_transactions_are_linked_by_several_applications(kindful: KindfulAccount) -> None:
    kindful.staff_gift(ada(kindful))
    link(kindful, "transactions", as_link(gifts(kindful)[0], "mine"), action="create")
    partner = kindful.partner()
    partner.post("/transactions/link", json={"action_type": "create", "data": [as_link(gifts(kindful)[0], "theirs")]})
    kindful.run_jobs()
    theirs = partner.post("/transactions/query", json={"query": ["linked"]}).json()["results"]
    assert (gifts(kindful)[0]["external_id"], theirs[0]["external_id"]) == ("mine", "theirs")


def test_a_linked_record_is_matched_by_imports(kindful: KindfulAccount) -> None:
    ada(kindful)
    link(kindful, "contacts", as_link(contacts(kindful)[0], "d-1"))
    done(kindful, ADA | {"city": "Nashville", "updated_at": "2026-03-05 00:00:00 UTC"})
    assert [row["city"] for row in contacts(kindful)] == ["Nashville"]


@pytest.mark.parametrize(
    ("policy", "created", "updated"),
    [("never", 1, 1), ("create", 0, 1), ("always", 0, 0)],
    ids=lambda value: str(value),
)
def test_an_applications_own_imports_echo(kindful: KindfulAccount, policy: str, created: int, updated: int) -> None:
    kindful.set_options(import_moves_link=policy)
    give(kindful, GIFT | {"updated_at": NOON})
    assert (len(contacts(kindful, "changed")), len(gifts(kindful, "changed"))) == (created, created)
    row = GIFT | {"city": "Nashville", "amount_in_cents": 1, "updated_at": LATER, "transaction_updated_at": LATER}
    give(kindful, row)
    assert (len(contacts(kindful, "changed")), len(gifts(kindful, "changed"))) == (updated, updated)


def test_bad_links(kindful: KindfulAccount) -> None:
    ada(kindful)
    row = as_link(contacts(kindful)[0])
    unknown = link(kindful, "contacts", row | {"id": "1"})
    assert (unknown["status"], unknown["notifications"]["count"]) == ("complete", 0)
    assert link(kindful, "contacts", row | {"external_id": ""})["notifications"]["count"] == 1
    many = link(kindful, "contacts", *[row] * 101)
    assert many["status"] == "load_failed"
    assert contacts(kindful, "linked") == []


def test_an_external_id_that_is_taken(kindful: KindfulAccount) -> None:
    first, second = ada(kindful), ada(kindful)
    rows = [as_link(row) for row in contacts(kindful)]
    assert link(kindful, "contacts", *rows)["notifications"]["count"] == 1
    assert [row["id"] for row in contacts(kindful, "linked")] == [first]
    kindful.set_options(external_id_taken="moved")
    link(kindful, "contacts", *rows)
    assert [row["id"] for row in contacts(kindful, "linked")] == [second]


def test_link_times_may_be_compared(kindful: KindfulAccount) -> None:
    contact = ada(kindful)
    link(kindful, "contacts", as_link(contacts(kindful)[0]) | {"updated_at": LATER})
    kindful.staff_edit(contact, city="Nashville")
    kindful.set_options(link_time="compared")
    link(kindful, "contacts", as_link(contacts(kindful)[0]) | {"updated_at": NOON})
    assert len(contacts(kindful, "changed")) == 1
    kindful.set_options(link_time="not_compared")
    link(kindful, "contacts", as_link(contacts(kindful)[0]) | {"updated_at": NOON})
    assert contacts(kindful, "changed") == []


def test_a_link_is_taken_away(kindful: KindfulAccount) -> None:
    done(kindful, ADA)
    kindful.staff("unlink", contacts(kindful)[0]["id"], kind="contact")
    assert len(contacts(kindful, "not_linked")) == 1
    done(kindful, ADA)
    assert len(contacts(kindful)) == 2


@pytest.mark.parametrize(("bumps", "count"), [(True, 1), (False, 0)])
def test_gifts_that_move_in_a_merge(kindful: KindfulAccount, *, bumps: bool, count: int) -> None:
    kindful.set_options(merge_bumps_gifts=bumps)
    winner, loser = ada(kindful), ada(kindful)
    kindful.staff_gift(loser)
    link(kindful, "transactions", as_link(gifts(kindful)[0]))
    kindful.staff_merge(winner, loser)
    assert gifts(kindful)[0]["contact_id"] == winner
    assert len(gifts(kindful, "changed")) == count


def test_a_merge_changes_what_is_left(kindful: KindfulAccount) -> None:
    done(kindful, ADA, ADA | {"id": "d-2"})
    winner, loser = (row["id"] for row in contacts(kindful))
    kindful.staff_merge(winner, loser)
    assert [row["id"] for row in contacts(kindful, "changed")] == [winner]
    link(kindful, "contacts", {"id": str(loser), "external_id": "d-1", "sync_version": "2"})
    assert contacts(kindful, "changed") == []
