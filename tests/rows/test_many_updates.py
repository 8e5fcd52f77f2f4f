"""An NCOA run on the deployed stack: many addresses at once, and another connection that need not wait.

tests/limits holds the bounds of 5,000 in one process; here workers, queues and HTTP are the real ones.
"""

import os
import time
import uuid
from collections.abc import Iterator
from math import ceil

import httpx
import pytest

from giftbridge.connectors.manifest import load_manifest
from local.sandbox.virtuous import VirtuousControl
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.test_raisedonors_virtuous import SET_UP, VirtuousSite, backend

__all__ = ["backend"]

PEOPLE = 5_000 if os.environ.get("FULL") else 1_000
ROWS = load_manifest("virtuous").limits.write_batch
SOON = 5.0
"""Seconds."""
PATIENCE = 600.0
SEED = {"seed": "people", "without_email": 0, "without_phone": 0, "without_address": 0}


@pytest.fixture
def site(deployment: Deployment, backend: httpx.Client) -> Iterator[VirtuousSite]:
    """The same so many people in RaiseDonors and Virtuous, linked."""
    name = uuid.uuid4().hex[:12]
    control = VirtuousControl(deployment.stack.sandboxes["virtuous"])
    office = control.organisation(name, rate_limit_per_hour=1_000_000, set_up=SET_UP)
    office.seed(people=PEOPLE, source="RaiseDonors", reference_prefix="older-", **SEED)
    platform = deployment.platforms.organisation(name=name, unique_emails=True)
    platform.seed_people(PEOPLE)
    made = VirtuousSite(
        deployment, backend, deployment.crms.database(name), platform, platform_name="raisedonors", office=office
    )
    made.connect(handover_daily=False, backfill=True)
    run = made.finished(made.post("~/first-sync", {"answer": "yes"})["id"], PATIENCE)
    assert run["counts"]["crm"]["linked"] == PEOPLE
    yield made
    office.close()
    control.close()


def test_F18_many_addresses_go_in_batches_and_nobody_else_waits(site: VirtuousSite, synced: Site) -> None:
    ids = [row["id"] for row in site.platform.state("contacts")["contacts"]]
    site.platform.edit_contacts(ids, address={"street1": "9 Oak Ave"})
    site.there.reset_journal()
    run = site.post("~/sync")["id"]
    eventually(lambda: site.run(run)["state"] == "running")
    who = synced.person("Ada")
    began = time.monotonic()
    assert synced.platform.hand_made_event("contact.updated", who)["answer"] == 202
    eventually(lambda: len(synced.constituents()) == 1, pause=0.05)
    took = time.monotonic() - began
    assert site.run(run)["state"] == "running", "it was busy all the time"
    ended = site.finished(run, PATIENCE)
    assert ended["counts"]["crm"]["updated"] == PEOPLE
    assert site.there.calls()["POST /api/Contact/Batch"] <= ceil(PEOPLE / ROWS) * 1.05
    assert took <= SOON
