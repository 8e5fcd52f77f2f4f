"""An NCOA run on the deployed stack: many addresses change at once, and nobody else waits for them.

`tests/limits/test_many_updates.py` counts the calls of 5,000 in both directions, without a clock.
"""

import time
from collections.abc import Iterator
from math import ceil
from typing import Any, Final

import pytest

from giftbridge.connectors.manifest import load_manifest
from tests.rows.conftest import FINAL, Deployment, Site, eventually, sums
from tests.rows.pairing import PairSite, apart, backends

PEOPLE: Final = 1_000
SEED: Final[dict[str, Any]] = {"seed": "people", "without_email": 0, "without_phone": 0, "without_address": 0}
ROWS: Final = load_manifest("virtuous").limits.write_batch
SOON: Final = 5.0
PATIENCE: Final = 300.0
"""Seconds."""


@pytest.fixture
def many(deployment: Deployment) -> Iterator[PairSite]:
    """RaiseDonors with Virtuous, so many people on both sides, who have met by an edit each: what changes goes over."""
    with backends(deployment) as keys:
        site = apart(deployment, keys["raisedonors"], "raisedonors", "virtuous")
        site.end.sandbox.seed(people=PEOPLE, **SEED)
        site.ours.sandbox.seed_people(PEOPLE)
        site.connect(handover_daily=False)
        site.ours.sandbox.set(webhook={"types": []})
        eventually(lambda: site.runs(state="done"), PATIENCE)
        site.rest()
        moved(site, "1 First St")
        met = site.finished(eventually(lambda: started(site), PATIENCE), PATIENCE)
        assert met["counts"]["crm"]["linked"] == PEOPLE
        site.rest()
        site.end.sandbox.reset_journal()
        yield site


def moved(site: PairSite, street: str) -> None:
    """Everybody has another address on the platform."""
    platform = site.ours.sandbox
    platform.edit_contacts([row["id"] for row in platform.state("contacts")["contacts"]], address={"street1": street})


def started(site: Site) -> str:
    """A run of what changed; empty while another is under way."""
    reply = site.call("POST", "~/sync", {})
    assert reply.status_code in (202, 409), reply.text
    return str(reply.json()["id"]) if reply.status_code == 202 else ""


def seconds_of_another(other: Site) -> float:
    """How long a change of another connection takes, from its webhook until the CRM has it."""
    who = other.person("Ada")
    began = time.monotonic()
    assert other.platform.hand_made_event("contact.updated", who)["answer"] == 202
    eventually(lambda: other.constituents(), 60, pause=0.1)
    return time.monotonic() - began


def test_F18_raisedonors_virtuous_many_addresses_go_in_batches_and_nobody_waits(many: PairSite, synced: Site) -> None:
    crm = many.end.sandbox
    moved(many, "9 Oak Ave")
    run = eventually(lambda: started(many), PATIENCE)
    took = seconds_of_another(synced)
    busy = many.run(run)["state"] not in FINAL
    ended = many.finished(run, PATIENCE)
    counts, calls = ended["counts"]["crm"], crm.calls()
    assert busy, "all the time"
    assert (ended["state"], counts["read"], counts["updated"]) == ("done", PEOPLE, PEOPLE)
    sums(ended)
    assert calls["POST /api/Contact/Batch"] <= ceil(PEOPLE / ROWS) * 1.05
    assert len(crm.held()) == PEOPLE
    assert took <= SOON
