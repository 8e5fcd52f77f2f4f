"""Which two records are one, found from either side."""

from dataclasses import replace
from datetime import timedelta

import pytest

from giftbridge.domain.contact import Side
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.link import Intent, Link, Question
from giftbridge.stores.links import Links
from tests.stores.conftest import NOW

INTENT = Intent("create", "n1", "gb-1", NOW, NOW + timedelta(minutes=1), "run", "c_1")


@pytest.fixture
def ours(name: str) -> Link:
    """A link that begins at the platform."""
    return Link(
        account=f"crm:{name}", connection=name, kind="contact", state="creating", platform_id="c_1", intent=INTENT,
        base={"email": ("a", "b"), "phone": ("a", "")}, raw={"crm": "r"}, stamps={"crm": "s"}, spelling=1,
        outcomes={"crm": "created"}, question=Question("match", "Who is it?", ("1", "2")),
    )  # fmt: skip


def join(links: Links, link: Link, rival: Link | None = None) -> Link:
    links.db.transact(links.join_ops(link, rival))
    return link.joined()


def same(one: Link | None, other: Link) -> bool:
    """The same link, wherever it was read."""
    return one is not None and one.item() == other.item()


def test_a_link_comes_back_as_it_was_saved(links: Links, ours: Link) -> None:
    saved = links.save(ours)
    found = links.get(ours.connection, "contact", Side.PLATFORM, "c_1")
    assert found is not None
    assert (found.intent, found.question, found.base) == (INTENT, ours.question, ours.base)
    assert found.rev == saved.rev == 1
    assert links.get(ours.connection, "gift", Side.PLATFORM, "c_1") is None
    assert links.get("somebody-else", "contact", Side.PLATFORM, "c_1") is None


def test_of_two_writers_one_learns_that_it_was_late(links: Links, ours: Link) -> None:
    saved = links.save(ours)
    with pytest.raises(ConditionFailed):
        links.save(ours)
    links.save(replace(saved, detail="first"))
    with pytest.raises(ConditionFailed):
        links.save(replace(saved, detail="second"))


def test_a_joined_link_is_found_from_both_sides(links: Links, ours: Link) -> None:
    link = join(links, replace(links.save(ours), crm_id="17", state="linked"))
    for side, record in ((Side.PLATFORM, "c_1"), (Side.CRM, "17")):
        assert same(links.get(ours.connection, "contact", side, record), link)
    assert links.find(ours.connection, "contact", Side.CRM, ["17", "18"]).keys() == {"17"}


def test_a_record_born_in_the_crm_is_found_there_and_joined(links: Links, ours: Link) -> None:
    born = links.save(replace(ours, platform_id="", crm_id="17"))
    found = links.get(ours.connection, "contact", Side.CRM, "17")
    assert found is not None
    assert found.born is Side.CRM
    join(links, replace(found, platform_id="c_1", state="linked"))
    for side, record in ((Side.PLATFORM, "c_1"), (Side.CRM, "17")):
        joined = links.get(ours.connection, "contact", side, record)
        assert joined is not None
        assert (joined.platform_id, joined.crm_id) == ("c_1", "17")
    with pytest.raises(ConditionFailed):
        links.save(replace(born, detail="late"))


def test_one_crm_record_has_one_primary_link(links: Links, ours: Link) -> None:
    join(links, replace(links.save(ours), crm_id="17", state="linked"))
    other = links.save(replace(ours, platform_id="c_2"))
    with pytest.raises(ConditionFailed):
        join(links, replace(other, crm_id="17", state="linked"))
    assert links.get(ours.connection, "contact", Side.CRM, "17") is not None


def test_F21_a_link_follows_a_merge_in_the_crm(links: Links, ours: Link) -> None:
    join(links, replace(links.save(ours), crm_id="17", state="linked"))
    link = links.get(ours.connection, "contact", Side.PLATFORM, "c_1")
    assert link is not None
    links.db.transact(links.move_ops(replace(link, crm_id="99"), "17"))
    assert links.get(ours.connection, "contact", Side.CRM, "17") is None
    moved = links.get(ours.connection, "contact", Side.CRM, "99")
    assert moved is not None
    assert moved.platform_id == "c_1"


def test_erased_donors_leave_a_keyed_hash_and_can_be_let_in_again(links: Links, ours: Link) -> None:
    link = join(links, replace(links.save(ours), crm_id="17", state="linked"))
    links.db.transact(links.erase_ops(link.connection, [link], [(Side.PLATFORM, "p-print"), (Side.CRM, "c-print")]))
    assert links.get(ours.connection, "contact", Side.PLATFORM, "c_1") is None
    assert links.get(ours.connection, "contact", Side.CRM, "17") is None
    assert links.erased(ours.connection, Side.CRM, ["c-print", "other"]) == {"c-print"}
    assert links.erased(ours.connection, Side.PLATFORM, ["c-print"]) == set()
    assert links.allow_again(ours.connection, Side.CRM, "c-print")
    assert links.erased(ours.connection, Side.PLATFORM, ["p-print"]) == set(), "under both ids"
    assert not links.allow_again(ours.connection, Side.CRM, "c-print")


def test_all_links_of_a_connection_are_listed_with_its_questions(links: Links, ours: Link) -> None:
    for number in range(40):
        link = links.save(replace(ours, platform_id=f"c_{number}", question=None))
        join(links, replace(link, crm_id=str(number), state="linked"))
    asking = links.save(replace(ours, platform_id="c_asking", state="parked"))
    links.save(replace(ours, connection=f"{ours.connection}-2", platform_id="c_x", crm_id="x", state="linked"))
    listed = links.by_keys(links.listed(ours.account, "contact", ours.connection))
    assert {link.crm_id for link in listed} == {"", *map(str, range(40))}
    (question,) = links.by_keys(links.questions(ours.account, "contact", ours.connection))
    assert question.platform_id == asking.platform_id
    assert question.question == ours.question
    links.save(replace(question, decision="ignore"))
    assert list(links.questions(ours.account, "contact", ours.connection)) == [], "an answered one asks no more"


def test_more_than_a_batch_is_read_at_once(links: Links, ours: Link) -> None:
    links.db.put_many(links.table, [replace(ours, platform_id=f"c_{number}").item() for number in range(230)])
    found = links.find(ours.connection, "contact", Side.PLATFORM, [f"c_{number}" for number in range(260)])
    assert len(found) == 230
    links.forget(found.values())
    assert links.find(ours.connection, "contact", Side.PLATFORM, list(found)) == {}
