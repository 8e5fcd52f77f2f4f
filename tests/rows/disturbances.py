"""Stories that are disturbed all at once: answers of the CRM that get lost, and workers that are killed."""

import json
import os
import random
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.rows.conftest import FINAL, Deployment, Site, eventually
from tests.rows.money import ITEM, auction, paid, people
from tests.rows.people import ADDRESS, crm_email, crm_phone

WORKERS = ("ContactSyncFunction", "TransactionPushFunction")
SHORT_VISIBILITY = 35
"""More than a function's time-out, as everywhere, but less than a test can wait for."""
STORIES = 10
KILLS = 20
PATIENCE = 240.0
ROWS = ("Email", "Phone", "Address")
GIFT = {"method": "POST", "path": "/v2/transaction"}
DOUBTS: dict[str, dict[str, Any]] = {
    "answer_lost": {"mode": "reset_after"},
    "answer_cut": {"mode": "truncated"},
    "taken_late": {"mode": "slow", "effect": "late", "seconds": 24.0},
    "never_arrived": {"mode": "reset_before"},
    "server_error": {"mode": "status", "status": 500, "effect": "now"},
}


@dataclass
class Disturbed:
    """Everything that was disturbed, come to rest."""

    doubts: dict[str, Site] = field(default_factory=dict)
    undisturbed: str = ""
    stories: list[Site] = field(default_factory=list)
    killed: int = 0
    resumed: Site | None = None
    read_before: int = 0
    """Pages that the interrupted first sync had read when its worker was killed."""


def new_site(deployment: Deployment, client: httpx.Client) -> Site:
    """An organisation and a database of its own."""
    name = uuid.uuid4().hex[:12]
    return Site(deployment, client, deployment.crms.database(name), deployment.platforms.organisation(name=name))


@contextmanager
def short_visibility(deployment: Deployment) -> Iterator[None]:
    """A message whose worker was killed comes back soon."""
    client, env = deployment.stack.client("sqs"), deployment.stack.env
    urls = [env[f"{queue}_QUEUE_URL"] for queue in ("CONTACTS", "GIFTS")]
    usual = {
        url: client.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        for url in urls
    }
    for url in urls:
        client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(SHORT_VISIBILITY)})
    try:
        yield
    finally:
        for url in urls:
            client.set_queue_attributes(QueueUrl=url, Attributes=usual[url])


# -- answers that get lost


def doubtful(deployment: Deployment, client: httpx.Client, fault: dict[str, Any]) -> Site:
    """A gift on its way whose answer gets lost."""
    site = new_site(deployment, client).connect()
    site.first_sync("no")
    site.crm.set_options(transaction_list_lag=5.0)
    (one,) = people(site, 1)
    event = auction(site, paid(one, 5000))["event"]["id"]
    site.crm.fault(**GIFT, **fault)
    site.platform.set_event_status(event, "reconciled")
    return site


# -- stories whose workers are killed


def prepared(deployment: Deployment, client: httpx.Client) -> Site:
    """People in both, here and there; an auction of theirs."""
    site = new_site(deployment, client).connect()
    site.crm.seed(people=6, seed="people", without_email=0, without_phone=0, without_address=0)
    ids = site.platform.seed_people(6, start=3)
    site.platform.edit_contact(ids[0], phone="+12125550177", address=ADDRESS)
    receipts = [
        paid(ids[0], 5000, 2500),
        paid(ids[3], 9000, refunds=[{"amount": 1000, "reason": "Broken"}], status="partially_refunded"),
        {**paid(ids[4], 1234, method="check", checkNumber="77"), "emailed": True},
        {"contactId": ids[5], "items": [ITEM], "payments": [{"amount": 700, "method": "cash"}]},
    ]
    auction(site, *receipts)
    return site


def begin(site: Site) -> None:
    """First sync and reconciliation at once."""
    site.post("~/first-sync", {"answer": "yes"})
    site.platform.set_event_status(site.platform.state("events")["events"][0]["id"], "reconciled")


def resting(site: Site, runs: int) -> bool:
    """Whether so many runs have ended and nothing waits but the schedule."""
    found = site.runs()
    busy = [work for work in site.get("~/waiting")["items"] if work["kind"] not in ("cadence", "missed")]
    return len(found) >= runs and not busy and all(run["state"] in FINAL for run in found)


def end_state(site: Site) -> str:
    """Both sides as one comparable text, without times and the database's own ids."""
    constituents = site.constituents()
    here = [
        [row.get("FirstName"), row.get("LastName"), crm_email(row), crm_phone(row),
         (row.get("PrimaryAddress") or {}).get("Street"), *(len(row[f"{kind}Ids"]) for kind in ROWS)]
        for row in constituents.values()
    ]  # fmt: skip
    names = ("firstName", "lastName", "email", "phone", "address", "status")
    there = [
        [[row.get(name) for name in names], crm_email(constituents.get(row["crmIds"].get("bloomerang", ""), {}))]
        for row in site.contacts().values()
    ]
    gifts = [
        [crm_email(constituents[str(gift["AccountId"])]), gift["Amount"], gift["Method"], gift["IsRefunded"],
         part["Amount"], part["Fund"]["Name"], part["Note"], part["AcknowledgementStatus"]]
        for gift in site.gifts() for part in gift["Designations"]
    ]  # fmt: skip
    texts = {
        name: sorted(map(json.dumps, rows)) for name, rows in (("crm", here), ("platform", there), ("gifts", gifts))
    }
    return json.dumps(texts, indent=1).replace(f"-{site.platform.id}-", "-")  # our reference names the organisation


def kill_some(deployment: Deployment, seed: int) -> int:
    """Kill busy workers at random moments; how many it were."""
    dice, killed, deadline = random.Random(seed), 0, time.monotonic() + PATIENCE
    while killed < KILLS and time.monotonic() < deadline:
        time.sleep(dice.uniform(0.05, 0.5))
        busy = [worker["pid"] for name in WORKERS for worker in deployment.stack.workers(name) if worker["busy"]]
        if busy:
            killed += kill(dice.choice(busy))
    return killed


def kill(pid: int) -> bool:
    """End a worker at once."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def interrupted_first_sync(deployment: Deployment, client: httpx.Client) -> tuple[Site, int]:
    """A longer first sync, killed once after some pages; how many pages it had read."""
    site = new_site(deployment, client).connect()
    site.crm.seed(people=400, seed="many", without_email=0, without_address=1, without_phone=1)
    site.post("~/first-sync", {"answer": "yes"})
    pages = eventually(lambda: max(0, site.crm.count("GET", "/v2/constituents") - 3), pause=0.02)
    for worker in deployment.stack.workers(WORKERS[0]):
        if worker["busy"]:
            kill(worker["pid"])
    return site, pages


def disturb(deployment: Deployment, client: httpx.Client) -> Disturbed:
    """Everything at once, as each takes a minute or two to come back; then wait until all rests."""
    done = Disturbed()
    calm = prepared(deployment, client)
    begin(calm)
    _wait(deployment, [(calm, 2)])
    done.undisturbed = end_state(calm)
    with short_visibility(deployment):
        done.stories = [prepared(deployment, client) for _ in range(STORIES)]
        done.doubts = {name: doubtful(deployment, client, fault) for name, fault in DOUBTS.items()}
        time.sleep(2)  # until every doubtful answer is lost
        for site in done.stories:
            begin(site)
        done.killed = kill_some(deployment, seed=41)
        done.resumed, done.read_before = interrupted_first_sync(deployment, client)
        _wait(deployment, [*((site, 2) for site in (*done.stories, *done.doubts.values())), (done.resumed, 1)])
    return done


def _wait(deployment: Deployment, sites: Sequence[tuple[Site, int]]) -> None:
    """Until so many runs of each have ended and nothing waits."""
    open_sites = list(sites)

    def all_rest() -> bool:
        deployment.tick()
        open_sites[:] = [(site, runs) for site, runs in open_sites if not resting(site, runs)]
        return not open_sites

    eventually(all_rest, PATIENCE, pause=3.0)
