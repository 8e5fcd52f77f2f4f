"""Recorded once whatever happens: lost answers, killed workers, messages and events that come twice."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.rows.conftest import Deployment, Site, eventually, sums
from tests.rows.disturbances import DOUBTS, KILLS, Disturbed, disturb, end_state
from tests.rows.money import auction, cents, paid, people

GIFTS = 8


@pytest.fixture(scope="module")
def disturbed(deployment: Deployment, client: httpx.Client) -> Disturbed:
    """All disturbances, come to rest."""
    return disturb(deployment, client)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_F41_the_crm_is_asked_before_a_gift_is_sent_again(disturbed: Disturbed, doubt: str) -> None:
    site = disturbed.doubts[doubt]
    assert [cents(gift["Amount"]) for gift in site.gifts()] == [5000]
    assert site.crm.count("POST", "/v2/transaction") == (2 if doubt == "never_arrived" else 1)
    (run,) = site.runs(kind="gifts")
    assert (run["state"], run["counts"]["crm"]["failed"], run["counts"]["crm"]["created"]) == ("done", 0, 1)
    sums(run)


def test_F41_a_killed_worker_records_no_gift_twice(disturbed: Disturbed) -> None:
    for site in disturbed.stories:
        notes = [gift["Designations"][0]["Note"] for gift in site.gifts()]
        assert len(notes) == len(set(notes)) == 5


def test_P06_twenty_kills_of_real_workers_leave_both_sides_as_undisturbed(disturbed: Disturbed) -> None:
    assert disturbed.killed == KILLS
    for site in disturbed.stories:
        assert end_state(site) == disturbed.undisturbed
        for run in site.runs():
            assert run["state"] == "done"
            sums(run)
            assert run["counts"]["crm"]["failed"] == run["counts"]["platform"]["failed"] == 0


def test_F10_handbid_bloomerang_a_first_sync_resumes_where_it_stopped(disturbed: Disturbed) -> None:
    site = disturbed.resumed
    assert site is not None
    assert len(site.contacts()) == 400
    walk = [entry["query"]["skip"] for entry in site.crm.journal("GET", "/v2/constituents")
            if entry["query"].get("orderBy") == "Id"]  # fmt: skip
    assert disturbed.read_before >= 1
    assert len(walk) <= len(set(walk)) + 1, "at most the page at which it was killed is read again"
    (run,) = site.runs(mode="first")
    sums(run)
    assert run["counts"]["platform"]["created"] == 400


@pytest.fixture
def event(synced: Site) -> str:
    """A closed auction with some gifts."""
    receipts = [paid(one, 5000 + number) for number, one in enumerate(people(synced, GIFTS))]
    return str(auction(synced, *receipts)["event"]["id"])


def assert_once(site: Site) -> None:
    """Every gift is there once, and every donor."""
    assert sorted(cents(gift["Amount"]) for gift in site.gifts()) == [5000 + number for number in range(GIFTS)]
    assert len(site.constituents()) == GIFTS


def ring(deployment: Deployment, site: Site, queue: str) -> None:
    """A doorbell as it stands in a queue."""
    account = f"bloomerang:{site.crm.id}"
    deployment.stack.client("sqs").send_message(
        QueueUrl=queue, MessageBody=json.dumps({"v": 1, "account": account}), MessageGroupId=account,
        MessageDeduplicationId=uuid.uuid4().hex,
    )  # fmt: skip


def test_F41_a_message_that_is_delivered_twice(deployment: Deployment, synced: Site, event: str) -> None:
    for _ in range(3):
        ring(deployment, synced, deployment.stack.env["GIFTS_QUEUE_URL"])
    synced.reconcile(event)
    for _ in range(3):
        ring(deployment, synced, deployment.stack.env["GIFTS_QUEUE_URL"])
    synced.sync()
    assert_once(synced)


def test_F41_two_workers_at_once(deployment: Deployment, synced: Site, event: str) -> None:
    account = {"v": 1, "account": f"bloomerang:{synced.crm.id}"}
    with ThreadPoolExecutor(4) as pool:
        synced.platform.set_event_status(event, "reconciled")
        tries = [pool.submit(deployment.stack.invoke, "TransactionPushFunction", account) for _ in range(4)]
        assert [one.result() for one in tries]
    synced.ended(1, subject=event)
    assert_once(synced)
    assert synced.crm.count("POST", "/v2/transaction") == GIFTS


def test_F41_a_redrive_of_the_dead_letter_queue(deployment: Deployment, synced: Site, event: str) -> None:
    synced.reconcile(event)
    client = deployment.stack.client("sqs")
    told = client.get_queue_attributes(
        QueueUrl=deployment.stack.env["GIFTS_QUEUE_URL"], AttributeNames=["RedrivePolicy"]
    )
    dead = json.loads(told["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    url = client.get_queue_url(QueueName=dead.rsplit(":", 1)[-1])["QueueUrl"]
    ring(deployment, synced, url)
    client.start_message_move_task(SourceArn=dead, DestinationArn=_arn(client, deployment.stack.env["GIFTS_QUEUE_URL"]))
    eventually(lambda: _depth(client, url) == 0 and _depth(client, deployment.stack.env["GIFTS_QUEUE_URL"]) == 0)
    assert_once(synced)


def test_F41_a_second_reconcile_event_by_webhook_and_by_the_bus(
    deployment: Deployment, synced: Site, event: str
) -> None:
    synced.reconcile(event)
    (delivery,) = [one for one in synced.platform.deliveries() if one["type"] == "event.reconciled"]
    assert synced.platform.replay(delivery["id"])["answer"] in (200, 202)
    detail = {"v": 1, "platform": "handbid", "organisation": synced.platform.id, "event_id": event}
    entry = {"EventBusName": deployment.stack.env["EVENT_BUS_NAME"], "Source": "giftbridge.platform",
             "DetailType": "event.reconciled", "Detail": json.dumps(detail)}  # fmt: skip
    deployment.stack.client("events").put_events(Entries=[entry, entry])
    runs = synced.ended(2, subject=event)
    assert all(run["counts"]["crm"]["failed"] == 0 for run in runs)
    assert_once(synced)
    assert synced.crm.count("POST", "/v2/transaction") == GIFTS


def _arn(client: object, url: str) -> str:
    found: str = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]  # type: ignore[attr-defined]
    return found


def _depth(client: object, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]  # type: ignore[attr-defined]
    return sum(int(told[name]) for name in names)
