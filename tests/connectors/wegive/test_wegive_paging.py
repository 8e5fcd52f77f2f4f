"""No gift and no donor is ever missed, whatever moves while pages are read: by the sandbox over HTTP, and by chance."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import GiftSeen, Page
from giftbridge.connectors.http import new_client
from giftbridge.connectors.registry import Wiring, connect
from giftbridge.domain.contact import Record
from giftbridge.domain.gift import Gift, GiftStatus
from giftbridge.errors import Reject, Retry
from giftbridge.settings import vendor_override
from local.sandbox.wegive import WeGiveOrganisation
from tests.connectors.contract import Bench
from tests.connectors.wegive.case import CASE
from tests.sandbox.wegive_schema import WeGiveDocument

pytest_plugins = ["tests.sandbox.wegive_fixtures"]

HOSTILE = ("page_drop", "page_repeat", "page_swap", "page_touch", "page_archive", "page_insert")
GIFTS = "/api/dashboard/transactions"
Next = Callable[[str], Page[Any]]


@pytest.fixture
def _no_network() -> None:
    """The sandbox is reached over HTTP."""


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with new_client(20) as made:
        yield made


Connect = Callable[..., Any]


@pytest.fixture
def connector(wegive: WeGiveOrganisation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Connects to the organisation, with settings."""
    monkeypatch.setenv("GIFTBRIDGE_WEGIVE_URL", f"{wegive.url}/api")
    vendor_override.cache_clear()

    def connected(**settings: Any) -> Any:
        gate, key = Bench("wegive", CASE), {"kind": "api_key", "api_key": wegive.api_key}
        return connect("wegive", Wiring(key, client, gate, lambda: datetime.now(UTC), settings))

    return connected


def drain(following: Next, cursor: str = "") -> tuple[dict[str, Any], str]:
    """Everything up to the last page, and the cursor for the next time; the cursor moves with every page."""
    seen: dict[str, Any] = {}
    for _ in range(200):
        page = following(cursor)
        assert not page.more or page.cursor != cursor, "the list does not go on"
        seen |= {row.id: row for row in page.rows}
        cursor = page.cursor
        if not page.more:
            return seen, cursor
    pytest.fail("the list has no end")


def kept(wegive: WeGiveOrganisation, resource: str = "transactions") -> set[str]:
    """The ids of everything there is, tests aside, archived rows included."""
    return {str(row["id"]) for row in wegive.state()[resource] if not row.get("is_test")}


def strike(wegive: WeGiveOrganisation, *modes: str, path: str = GIFTS) -> None:
    for mode in modes:
        wegive.fault(mode, method="GET", path=path, count=None)


# -- gifts


@pytest.mark.parametrize("mode", HOSTILE)
def test_a_whole_walk_sees_every_gift(wegive: WeGiveOrganisation, connector: Connect, mode: str) -> None:
    wegive.seed(people=3, gifts=620, seconds_apart=1)
    before = kept(wegive)
    strike(wegive, mode)
    seen, cursor = drain(connector().gift_changes)
    assert before <= seen.keys()
    wegive.clear_faults()
    later, _ = drain(connector().gift_changes, cursor)
    assert kept(wegive) <= seen.keys() | later.keys()


@pytest.mark.parametrize("mode", HOSTILE)
def test_a_window_sees_every_change(wegive: WeGiveOrganisation, connector: Connect, mode: str) -> None:
    gifts = wegive.seed(people=3, gifts=700, seconds_apart=60)["gifts"]
    _, cursor = drain(connector().gift_changes)
    changed, refunded = gifts[:450], gifts[455:690]
    wegive.act("edit", resource="transactions", ids=changed, fields={"memo": "seen to"})
    wegive.refund(*refunded)  # which does not move `updated_at`
    strike(wegive, mode)
    seen, cursor = drain(connector().gift_changes, cursor)
    assert {str(one) for one in (*changed, *refunded)} <= seen.keys()
    assert str(gifts[452]) not in seen, "what did not change is not read again"
    wegive.clear_faults()
    later, _ = drain(connector().gift_changes, cursor)
    moved = {str(row["id"]) for row in wegive.state()["transactions"] if row["created"] > row["initiated_at"]}
    assert moved <= seen.keys() | later.keys()


def test_what_changes_while_a_window_is_read_comes_with_it_or_with_the_next(
    wegive: WeGiveOrganisation, connector: Connect
) -> None:
    gifts = wegive.seed(people=3, gifts=900, seconds_apart=60)["gifts"]
    reader = connector()
    _, cursor = drain(reader.gift_changes)
    wegive.act("edit", resource="transactions", ids=gifts[400:], fields={"memo": "first"})
    page = reader.gift_changes(cursor)
    wegive.act("edit", resource="transactions", ids=gifts[:300], fields={"memo": "joins before"})
    rest, cursor = drain(reader.gift_changes, page.cursor)
    last, _ = drain(reader.gift_changes, cursor)
    told = {row.id for row in page.rows} | rest.keys() | last.keys()
    assert {str(one) for one in (*gifts[:300], *gifts[400:])} <= told


def test_every_kind_of_gift_is_listed_but_tests(wegive: WeGiveOrganisation, connector: Connect) -> None:
    wegive.set_options(default_type="donation")
    ada = wegive.donor(first_name="Ada", last_name="Lane")
    service = wegive.give(ada, is_tax_deductible=False)
    archived, test = wegive.give(ada), wegive.give(ada, is_test=True)
    waiting = wegive.give(ada, source_type="bank")
    wegive.archive("transactions", archived)
    seen, cursor = drain(connector().gift_changes)
    assert seen.keys() == {str(service), str(archived), str(waiting)}
    assert all(isinstance(one, GiftSeen) and one.occurred_at for one in seen.values())
    found = connector().gifts([str(test), str(waiting)])
    assert isinstance(found[str(test)], Reject)
    wegive.settle(waiting)
    assert str(waiting) in drain(connector().gift_changes, cursor)[0]
    assert connector().gifts([str(waiting)])[str(waiting)].status is GiftStatus.SUCCEEDED


def test_a_quiet_look_costs_two_calls(wegive: WeGiveOrganisation, connector: Connect) -> None:
    wegive.seed(people=2, gifts=30)
    _, cursor = drain(connector().gift_changes)
    wegive.reset_journal()
    drain(connector().gift_changes, cursor)
    assert wegive.count("GET") == 2


@pytest.mark.parametrize(
    "options",
    [
        {"ids": "text", "flags": "text", "amounts": "cents_text", "total": "text", "stamps": "sql"},
        {"flags": "number", "related": "name", "single_fund_rows": "one", "stamps": "iso"},
        {"range_precision": "days", "range_start": "inclusive", "default_order": "unstable", "split_fund": "none"},
        {"object_encoding": "both", "unknown_query": "refused", "one_time_frequency": "null"},
    ],
)
def test_however_the_vendor_writes_it(wegive: WeGiveOrganisation, connector: Connect, options: dict[str, Any]) -> None:
    wegive.set_options(**options)
    made = wegive.seed(people=4, companies=1, gifts=36, mixed=True)
    seen, cursor = drain(connector().gift_changes)
    assert seen.keys() == kept(wegive)
    assert isinstance(connector().gift_changes(cursor).rows, tuple)
    found = connector().gifts([str(one) for one in made["gifts"]])
    assert sum(isinstance(one, Gift) for one in found.values()) == 32, "four of 36 are tests"
    assert all(
        sum(part.amount for part in one.designations) == one.amount for one in found.values() if isinstance(one, Gift)
    )
    donors, _ = drain(connector().contact_changes)
    assert donors.keys() == {str(one) for one in (*made["people"], *made["companies"])}
    assert not [one for one in donors.values() if one.problem]


def test_ranges_as_json_where_the_vendor_wants_them_so(wegive: WeGiveOrganisation, connector: Connect) -> None:
    wegive.set_options(object_encoding="json")
    wegive.seed(people=1, gifts=3)
    seen, cursor = drain(connector(range_encoding="json").gift_changes)
    assert len(seen) == 3
    drain(connector(range_encoding="json").gift_changes, cursor)
    with pytest.raises(Reject):
        connector().gift_changes("")
    wegive.set_options(wrong_object="ignored")
    with pytest.raises(Retry, match="sort"):
        connector().gift_changes("")


# -- donors


@pytest.mark.parametrize("mode", HOSTILE)
def test_a_walk_sees_every_donor(wegive: WeGiveOrganisation, connector: Connect, mode: str) -> None:
    wegive.seed(people=70)
    before = kept(wegive, "donors")
    strike(wegive, mode, path="/api/dashboard/donors")
    seen, _ = drain(connector().contact_changes)
    assert before <= seen.keys()
    assert all(isinstance(one, Record) and (one.deleted or one.contact.last_name) for one in seen.values())


# -- the vendor's own document


def test_P10_every_request_is_as_the_document_says(
    wegive_document: WeGiveDocument, wegive: WeGiveOrganisation, connector: Connect
) -> None:
    made = wegive.seed(people=30, gifts=210, mixed=True)
    reader = connector()
    reader.identify()
    _, cursor = drain(reader.gift_changes)
    drain(reader.gift_changes, cursor)
    drain(reader.contact_changes)
    reader.gifts([str(one) for one in made["gifts"][:9]])
    reader.contacts_by_email("ada.lane@example.org")
    reader.successor(str(made["people"][0]))
    sent = wegive.journal()
    assert len(sent) > 40
    assert [problem for entry in sent for problem in wegive_document.problems(entry)] == []
