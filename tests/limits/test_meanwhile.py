"""While 20,000 contacts are matched for the first time, nobody else waits for them."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.disturbances import new_site
from tests.rows.people import on_platform

PEOPLE = 20_000
SOON = 10.0
"""Seconds."""


@pytest.fixture
def busy(site: Site) -> Iterator[Site]:
    """A first sync that will take minutes, under way; it is ended by removing its connection."""
    site.crm.seed(people=PEOPLE, seed="people", without_email=0, without_phone=0, without_address=0, seconds_apart=1)
    site.platform.seed_people(PEOPLE)
    site.connect()
    run = site.post("~/first-sync", {"answer": "yes"})["id"]
    eventually(lambda: site.run(run)["progress"]["crm"]["found"] > 500 and site.crm.count() > 5)
    yield site
    assert site.run(run)["state"] == "running", "it was busy all the time"
    assert site.call("DELETE", "~?links=erase").is_success


def seconds_of(work: Callable[[], object]) -> float:
    """What it takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_webhook_of_the_same_organisation_is_done_within_seconds(
    busy: Site, record_property: Callable[[str, object], None]
) -> None:
    one = on_platform(busy, "Ada Lane", email="ada.lane@example.org", phone="+13035550101")

    def webhook() -> None:
        assert busy.platform.hand_made_event("contact.updated", one)["answer"] in (200, 202)
        assert busy.ended(1, timeout=60, started_by="webhook")[0]["counts"]["crm"]["created"] == 1

    took = seconds_of(webhook)
    record_property("webhook seconds", took)
    print("webhook", took)
    assert took <= SOON


def test_another_connections_sync_is_done_within_seconds(
    deployment: Deployment, client: httpx.Client, busy: Site, record_property: Callable[[str, object], None]
) -> None:
    other = new_site(deployment, client).connect()
    other.first_sync("no")
    on_platform(other, "Ada Lane", email="ada@example.org")
    took = seconds_of(other.sync)
    record_property("other connection seconds", took)
    print("other", took)
    assert len(other.constituents()) == 1
    assert took <= SOON
