"""Input that is wrong: each has a clear error where a person looks for it, and everything else goes through."""

import json
import uuid
from typing import Any

from tests.rows.conftest import Deployment, Site, eventually, sums

ABROAD = {"street1": "1 High Street", "city": "Leeds", "state": "Yorkshire", "postalCode": "LS1 1AA", "country": "GB"}

CONTACTS = {
    "name_only": "no_contact_point",
    "no_name": "name_missing",
    "bad_email": "contact_point_invalid",
    "bad_phone": "contact_point_invalid",
}
GIFTS = {
    "no_donor": "donor_missing",
    "unknown_donor": "donor_not_synced",
    "zero_amount": "amount_not_positive",
    "negative_amount": "amount_not_positive",
    "three_decimals": "amount_fraction",
    "amount_as_text": "amount_not_a_number",
    "sum_of_funds_off": "split_mismatch",
    "impossible_date": "date_invalid",
    "no_date": "date_invalid",
    "unknown_status": "status_unknown",
    "other_currency": "currency_differs",
}


def test_a_wrong_key_is_told_at_once(site: Site) -> None:
    reply = site.call("POST", "/connections", {**site.body(), "credentials": {"api_key": "wrong"}})
    assert reply.status_code == 422
    assert "does not accept this API key" in reply.json()["errors"][0]["detail"]


def test_contacts_that_are_wrong_stop_no_other(connected: Site) -> None:
    good = [connected.person(first) for first in ("Ada", "Rosa", "Mei")]
    names = {
        case: connected.platform.bad_data(case)["id"]
        for case in ("emoji_name", "long_name", "markup_name", "two_line_name")
    }
    bad = {case: connected.platform.bad_data(case)["id"] for case in CONTACTS}
    half = connected.platform.add_contact(firstName="Bo", lastName="Chen", email="bo(at)example", phone="+13035550102")
    abroad = connected.person("Nigel", address=ABROAD)
    shared = [connected.person(first, email="family@example.org") for first in ("Ida", "Max")]
    connected.platform.edit_contacts(
        [good[0]], address={**ABROAD, "state": "TX", "country": "US", "postalCode": "78701"}
    )
    run = connected.first_sync()
    sums(run)
    lines = {line["id"]: line for line in connected.records(run["id"])}
    for who in (*good, *names.values(), abroad, half["id"]):
        assert lines[who]["outcome"] == "created", lines[who]
    assert {case: lines[one]["code"] for case, one in bad.items()} == CONTACTS
    assert all(lines[one]["reason"] and lines[one]["retryable"] for one in bad.values())
    assert lines[half["id"]]["notes"] == ["its email is not valid and was left out"]
    for who in shared:
        assert (lines[who]["outcome"], lines[who]["code"]) == ("failed", "review_shared_email")
    assert {asked["id"] for asked in connected.get("~/reviews")["items"]} == set(shared)
    assert run["counts"]["crm"]["created"] == 9
    _as_the_crm_takes_them(connected)
    quiet = connected.sync()
    assert quiet["counts"]["crm"]["created"] + quiet["counts"]["crm"]["updated"] == 0, "nor ever again"
    assert quiet["counts"]["platform"]["created"] + quiet["counts"]["platform"]["updated"] == 0


def _as_the_crm_takes_them(site: Site) -> None:
    people = {row["FirstName"]: row for row in site.constituents().values()}
    assert "PrimaryEmail" not in people["Bo"]
    assert people["Bo"]["PrimaryPhone"]
    nigel = people["Nigel"]["PrimaryAddress"]
    assert "Leeds" in nigel["Street"], "an address abroad is folded into its street, as the CRM takes no parts of it"
    assert not nigel.get("City")
    assert any(len(row["LastName"]) == 100 for row in people.values()), "cut by the CRM, and left alone"


def test_gifts_that_are_wrong_stop_no_other(synced: Site) -> None:
    donor = synced.person("Ada")
    receipts = [{"contactId": donor, "items": [{"name": "Quilt", "price": "50.00"}]} for _ in range(3)]
    auction = synced.platform.hold_auction(receipts=receipts)
    event = auction["event"]["id"]
    bad = {case: _bad_gift(synced, case, event, donor) for case in GIFTS}
    tolerated = {
        case: synced.platform.bad_data(case, event=event, contact=donor)["id"]
        for case in ("unknown_fund", "unknown_method", "unknown_receipt")
    }
    run = synced.reconcile(event)
    sums(run)
    lines = {line["id"]: line for line in synced.records(run["id"])}
    for gift in auction["transactions"]:
        assert lines[gift["id"]]["outcome"] == "created"
    assert {case: lines[one]["code"] for case, one in bad.items()} == GIFTS
    assert all(lines[one]["reason"] and lines[one]["retryable"] for one in bad.values())
    assert {case: lines[one]["outcome"] for case, one in tolerated.items()} == dict.fromkeys(tolerated, "created")
    funds = {part["Fund"]["Name"] for gift in synced.gifts() for part in gift["Designations"]}
    assert funds == {"Unrestricted"}, "an unknown fund falls back to the default"
    assert len(synced.gifts()) == 6


def _bad_gift(site: Site, case: str, event: str, donor: str) -> str:
    """Its id; one without a donor has none on its receipt either."""
    return str(site.platform.bad_data(case, event=event, contact=None if case == "no_donor" else donor)["id"])


def test_a_webhook_of_a_megabyte_is_refused_and_others_go_on(synced: Site) -> None:
    who = synced.person("Ada")
    answer = synced.platform.hand_made_event("contact.updated", who, variant="oversized", size=1_000_000)["answer"]
    assert answer == 413
    assert synced.platform.hand_made_event("contact.updated", who)["answer"] == 202
    eventually(lambda: len(synced.constituents()) == 1)


def test_messages_that_are_no_doorbells_end_in_the_dead_letter_queues(deployment: Deployment, synced: Site) -> None:
    queues = deployment.stack.client("sqs")
    mark, dead = f"this is not JSON {uuid.uuid4().hex}", {}
    policies = {queue: _policy(deployment, queue) for queue in ("contacts", "gifts", "exports")}
    try:
        for queue, policy in policies.items():
            name = policy["deadLetterTargetArn"].rsplit(":", 1)[-1]
            dead[queue] = queues.get_queue_url(QueueName=name)["QueueUrl"]
            _give_up_after(deployment, queue, policy, 2)
            _send(deployment, queue, mark)
        synced.person("Ada")
        assert synced.sync()["counts"]["crm"]["created"] == 1, "others go on"
        for url in dead.values():
            assert eventually(lambda url=url: _taken(queues, url, mark), timeout=60)  # type: ignore[misc]
    finally:
        for queue, policy in policies.items():
            _give_up_after(deployment, queue, policy, policy["maxReceiveCount"])


def _policy(deployment: Deployment, queue: str) -> Any:
    url = deployment.stack.env[f"{queue.upper()}_QUEUE_URL"]
    told = deployment.stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    return json.loads(told["Attributes"]["RedrivePolicy"])


def _give_up_after(deployment: Deployment, queue: str, policy: Any, tries: int) -> None:
    """Sooner than deployed, so that a test need not wait for all tries."""
    url = deployment.stack.env[f"{queue.upper()}_QUEUE_URL"]
    changed = {"RedrivePolicy": json.dumps({**policy, "maxReceiveCount": tries})}
    deployment.stack.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=changed)


def _send(deployment: Deployment, queue: str, text: str) -> None:
    url, unique = deployment.stack.env[f"{queue.upper()}_QUEUE_URL"], uuid.uuid4().hex
    deployment.stack.client("sqs").send_message(
        QueueUrl=url, MessageBody=text, MessageGroupId=unique, MessageDeduplicationId=unique
    )


def _taken(queues: Any, url: str, body: str) -> bool:
    """Whether the message is in the queue; it is taken out then."""
    for message in queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        if message["Body"] == body:
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return True
    return False
