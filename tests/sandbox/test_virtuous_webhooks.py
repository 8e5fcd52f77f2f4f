"""Webhooks: subscribing without a list, what is told, and in which shape."""

from __future__ import annotations

import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import ADDRESS, SECRET, SOURCE, Received, make, settled, subscribe

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]


def events(listener: Received) -> list[str]:
    return [event["event"] for event in listener.events()]


def test_a_subscription_is_known_by_its_id_only(virtuous: VirtuousOrganisation, virtuous_hook: str) -> None:
    webhook = subscribe(virtuous, virtuous_hook, projectCreate=True)
    shown = virtuous.api.get(f"/Webhook/{webhook}").json()
    assert (shown["secret"], shown["active"], shown["projectCreate"]) == (SECRET, True, True)
    assert len(shown) == 19, "15 toggles"
    assert virtuous.api.get("/Webhook").status_code == 405
    replaced = virtuous.api.put(f"/Webhook/{webhook}", json={"payloadUrl": virtuous_hook, "giftCreate": True}).json()
    assert (replaced["giftCreate"], replaced["contactCreate"], replaced["active"]) == (True, False, False)
    assert replaced["secret"] is None
    assert virtuous.api.put(f"/Webhook/{webhook}/Active", params={"active": "true"}).json()["active"] is True
    assert virtuous.api.delete(f"/Webhook/{webhook}").status_code == 200
    assert virtuous.api.get(f"/Webhook/{webhook}").status_code == 404


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://127.0.0.1/hook", None])
def test_payloads_go_to_https_only(virtuous: VirtuousOrganisation, url: str | None) -> None:
    assert virtuous.api.post("/Webhook", json={"payloadUrl": url, "active": True}).status_code == 400


def test_a_contact_in_webhook_shape(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook)
    nested = {name: ADDRESS[name] for name in ("address1", "city", "postal")} | {"stateCode": "AZ"}
    ada = make(virtuous, contactAddresses=[nested], referenceSource=SOURCE, referenceId="1")
    settled(virtuous, 1)
    (event,) = virtuous_listener.events()
    assert (event["event"], event["organization"]["name"]) == ("ContactCreate", f"{virtuous.name} (Sandbox)")
    assert event["eventDateTimeUtc"].endswith("Z")
    assert event["organizationUser"]["emailAddress"] == "sam.service@example.org"
    shown = event["contact"]
    assert (shown["id"], shown["contactType"], shown["customContactType"]) == (ada["id"], "Household", None)
    assert shown["contactAddresses"][0]["state"] == "AZ"
    assert shown["contactIndividuals"][0]["contactMethods"][0]["value"] == "ada@example.org"
    assert shown["contactReferences"] == [{"source": SOURCE, "id": "1"}]
    assert "address" not in shown


def test_a_subtype_is_custom_in_webhooks(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook)
    virtuous.set_options(contact_event_references=False)
    body = {"contactType": "Foundation", "name": "Fern Trust"}
    assert virtuous.api.post("/Contact", json=body).status_code == 200
    settled(virtuous, 1)
    shown = virtuous_listener.events()[0]["contact"]
    assert (shown["contactType"], "contactReferences" in shown) == ("Foundation", False)


def test_a_person_without_contact_methods(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook)
    make(virtuous, email=None)
    settled(virtuous, 1)
    virtuous.set_options(empty_methods="list")
    make(virtuous, "Bea", email=None)
    settled(virtuous, 2)
    people = [event["contact"]["contactIndividuals"][0] for event in virtuous_listener.events()]
    assert [person["contactMethods"] for person in people] == [None, []]


def test_a_gift_in_webhook_shape(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    virtuous.custom_field("Receipt Status", "Gift")
    ada = make(virtuous)["id"]
    subscribe(virtuous, virtuous_hook)
    field = {"name": "Receipt Status", "value": "Sent"}
    given = virtuous.staff_gift(
        ada, 150, customFields=[field], checkNumber="1000", transactionId="T", transactionSource="S"
    )
    settled(virtuous, 1)
    (event,) = virtuous_listener.events()
    shown = event["gift"]
    assert (event["event"], event["organizationUser"]["emailAddress"]) == ("GiftCreate", "pat.office@example.org")
    assert (shown["amount"], shown["contactEmail"], shown["checkNumber"]) == (150.0, "ada@example.org", "1000")
    assert (shown["giftDateUtc"], shown["giftDateFormatted"]) == ("2026-07-01T00:00:00", "7/1/2026")
    assert shown["customFields"] == {"Receipt Status": "Sent"}
    assert (shown["giftDesignations"][0]["giftId"], shown["transactionId"]) == (given["id"], "T")
    virtuous.set_options(gift_event_transaction=False)
    virtuous.staff_edit("gift", given["id"], notes="Thanks")
    settled(virtuous, 2)
    assert events(virtuous_listener)[1] == "GiftUpdate"
    assert "transactionId" not in virtuous_listener.events()[1]["gift"]


@pytest.mark.parametrize(("shape", "keys"), [("both", {"gift", "id"}), ("gift", {"gift"}), ("id", {"id"})])
def test_a_deleted_gift(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str, shape: str, keys: set[str]
) -> None:
    virtuous.set_options(gift_delete_shape=shape)
    given = virtuous.staff_gift(make(virtuous)["id"], 20)["id"]
    subscribe(virtuous, virtuous_hook)
    virtuous.api.delete(f"/Gift/{given}")
    settled(virtuous, 1)
    (event,) = virtuous_listener.events()
    assert (event["event"], {"gift", "id"} & set(event)) == ("GiftDelete", keys)


def test_toggles_choose_the_events(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook, contactCreate=False, contactUpdate=True)
    ada = make(virtuous)["id"]
    virtuous.api.post("/ContactReference", json={"contactId": ada, "referenceSource": SOURCE, "referenceId": "1"})
    settled(virtuous, 1)
    assert events(virtuous_listener) == ["ContactUpdate"], "one's own writes come back"


@pytest.mark.parametrize(("rule", "told"), [("both", 2), ("winner", 1), ("loser", 1), ("none", 0)])
def test_a_merge_has_no_event_of_its_own(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str, rule: str, told: int
) -> None:
    virtuous.set_options(merge_event=rule)
    ada, bea = (make(virtuous, name)["id"] for name in ("Ada", "Bea"))
    subscribe(virtuous, virtuous_hook)
    virtuous.staff_merge(ada, bea)
    assert len(settled(virtuous, told)) == told
    assert set(events(virtuous_listener)) <= {"ContactUpdate"}
    assert all("mergedIntoContactId" not in event["contact"] for event in virtuous_listener.events())


def test_a_refund_by_staff_is_a_new_gift(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    given = virtuous.staff_gift(make(virtuous)["id"], 20)["id"]
    subscribe(virtuous, virtuous_hook)
    back = virtuous.staff_reverse(given, "2026-07-05")
    settled(virtuous, 1)
    (event,) = virtuous_listener.events()
    assert (event["event"], event["gift"]["id"], event["gift"]["amount"]) == ("GiftCreate", back["id"], -20)
    assert event["gift"]["giftType"] == "Reversing Transaction"


def test_archiving_may_be_told_and_renaming_a_tag_never_is(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    ada = make(virtuous)["id"]
    subscribe(virtuous, virtuous_hook)
    virtuous.api.put(f"/Contact/Archive/{ada}")
    virtuous.set_options(archive_event=False)
    virtuous.api.put(f"/Contact/Unarchive/{ada}")
    virtuous.staff_rename_tag("Newsletter", "Letters")
    assert len(settled(virtuous, 1)) == 1


def test_project_events_can_be_switched_off_by_the_writer(
    virtuous: VirtuousOrganisation, virtuous_listener: Received, virtuous_hook: str
) -> None:
    subscribe(virtuous, virtuous_hook, projectCreate=True, projectUpdate=True, projectDelete=True)
    made = virtuous.api.post("/Project", json={"name": "Roof"}).json()["id"]
    virtuous.api.put(f"/Project/{made}", json={"name": "Roofs"}, params={"disableWebhookUpdates": "true"})
    virtuous.staff_delete_project(made)
    settled(virtuous, 2)
    assert sorted(events(virtuous_listener)) == ["ProjectCreate", "ProjectDelete"]
