"""Where a vendor calls us is registered once: through crashes, lost answers, reconnecting, rotation and removal."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from giftbridge.connectors.manifest import WebhookScheme
from giftbridge.connectors.virtuous import webhook as virtuous_webhook
from giftbridge.errors import NotFound, Reject, Retry
from giftbridge.jobs import connect, lifecycle, registering
from tests.jobs.called import CRM, Called, called, calls_us
from tests.world import World

pytestmark = pytest.mark.emulated


SIGNED = WebhookScheme(signature_header="x-signature", encoding="base64", tolerance_seconds=3 * 86_400)


@dataclass
class Vendor:
    """Takes registrations; it has no list of them, as far as a caller goes."""

    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    made: int = 50
    names_ids: bool = True
    lose: bool = False
    """The next registration is made, and its answer is lost."""
    refuse: type[Exception] | None = None

    def register(self, url: str, secret: str, known: str, event: str) -> str:
        if self.refuse:
            raise self.refuse("The vendor refuses.")
        number = int(known) if known and int(known) in self.rows else self._next()
        self.rows[number] = {"url": url, "secret": secret, "event": event}
        if self.lose:
            self.lose = False
            raise Retry("No answer.", doubt=True, code="no_answer")
        return str(number) if self.names_ids else ""

    def unregister(self, registration: str, event: str) -> None:
        if self.refuse:
            raise self.refuse("The vendor refuses.")
        if not registration.isdecimal() or int(registration) not in self.rows:
            raise NotFound("There is none.")
        del self.rows[int(registration)]

    def drop_strays(self, url: str, registration: str) -> None:
        for number in [one for one, row in self.rows.items() if row["url"] == url and str(one) != registration]:
            del self.rows[number]

    def _next(self) -> int:
        self.made += 1
        return self.made


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def site(world: World, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Called]:
    """A CRM that is told by API where to call."""
    calls_us(
        monkeypatch, SIGNED, virtuous_webhook,
        register=lambda _, *given: vendor.register(*given),
        unregister=lambda _, *given: vendor.unregister(*given),
        drop_strays=lambda _, *given: vendor.drop_strays(*given),
    )  # fmt: skip
    with called(world) as there:
        yield there


def again(site: Called) -> None:
    """Later, when what failed is due again."""
    site.world.clock.advance(minutes=1)
    site.world.tick()


def noted(site: Called) -> dict[str, Any]:
    found = site.connection.registrations["crm"]
    return dict(found)


def test_F05_an_address_is_opened_and_registered_once(site: Called, vendor: Vendor) -> None:
    site.register()
    assert {number: row["url"] for number, row in vendor.rows.items()} == {51: site.url()}
    assert noted(site) == {"id": "51", "url": site.url(), "asked": False}
    first = vendor.rows[51]["secret"]
    site.register()
    assert vendor.rows == {51: {"url": site.url(), "secret": first, "event": ""}}
    stored = repr(site.world.app.connections.db.get(site.world.app.connections.table, site.connection.key))
    assert first not in stored


def test_F05_a_registration_whose_answer_was_lost_is_not_left_double(site: Called, vendor: Vendor) -> None:
    vendor.lose = True
    site.register()
    assert noted(site) == {"id": "", "url": site.url(), "asked": True}
    again(site)
    assert list(vendor.rows) == [52]
    assert noted(site)["id"] == "52"
    assert site.waiting("hook") == []


def test_F05_a_crash_after_the_answer_is_like_a_lost_one(
    site: Called, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, noting = registering._note, []

    def dies(*arguments: Any) -> None:
        noting.append(arguments)
        if len(noting) == 2:
            raise KeyboardInterrupt
        original(*arguments)

    monkeypatch.setattr(registering, "_note", dies)
    with pytest.raises(KeyboardInterrupt):
        site.register()
    site.world.clock.advance(minutes=5)
    site.world.tick()
    assert list(vendor.rows) == [52]


def test_F05_one_that_staff_deleted_is_made_anew(site: Called, vendor: Vendor) -> None:
    site.register()
    vendor.rows.clear()
    site.register()
    assert [row["url"] for row in vendor.rows.values()] == [site.url()]
    assert noted(site)["id"] in map(str, vendor.rows)


def test_F05_what_the_vendor_refuses_waits_and_can_be_seen(site: Called, vendor: Vendor) -> None:
    vendor.refuse = Reject
    site.register()
    (work,) = site.waiting("hook")
    assert (work.error, bool(work.next_due)) == ("rejected", True)
    vendor.refuse = None
    again(site)
    assert (site.waiting("hook"), len(vendor.rows)) == ([], 1)


def test_F05_a_vendor_that_names_no_id_is_told_once(site: Called, vendor: Vendor) -> None:
    vendor.names_ids = False
    site.register()
    site.register()
    assert len(vendor.rows) == 1


def test_F05_removing_takes_the_registration_back(site: Called, vendor: Vendor) -> None:
    site.register()
    hook, app = site.hook(), site.world.app
    lifecycle.remove(app, site.connection, "keep")
    assert vendor.rows == {}
    assert app.connections.hook(hook.id) is None
    former = app.connections.former(site.pair.connection.owner, site.pair.connection.id)
    assert former is not None
    assert (former.hooks, former.registrations) == ({}, {})


def test_F05_one_that_could_not_be_taken_back_is_taken_up_again(site: Called, vendor: Vendor) -> None:
    site.register()
    app, was = site.world.app, site.connection
    vendor.refuse = Retry
    lifecycle.remove(app, was, "keep")
    assert site.world.measured["UnregistrationsFailed"] == 1
    former = app.connections.former(was.owner, was.id)
    assert former is not None
    assert former.registrations["crm"]["id"] == "51"
    vendor.refuse = None
    secrets = {CRM: {"kind": "api_key", "api_key": site.pair.crm.api_key}, "handbid": {"kind": "token", "token": "t"}}
    made = connect.establish(app, replace(former, status="active", health="healthy"), secrets)
    site.world.tick()
    assert made.connection.id == was.id
    assert {number: row["url"] for number, row in vendor.rows.items()} == {51: site.url()}


def test_F05_a_removal_in_the_middle_leaves_nothing_behind(
    site: Called, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = vendor.register

    def slow(*given: str) -> str:
        registration = original(*given)
        lifecycle.remove(site.world.app, site.connection, "keep")
        return registration

    monkeypatch.setattr(vendor, "register", slow)
    site.register()
    assert vendor.rows == {}
