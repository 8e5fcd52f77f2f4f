"""Gifts of a reconciled auction: all, once, with their donor, note, funds."""

import pytest

from tests.rows.conftest import Deployment, Site, sums
from tests.rows.money import ITEM, auction, cents, notes, paid, parts, people, reasons
from tests.rows.people import crm_by_email, crm_email, in_crm, scheduled


def test_F30_handbid_bloomerang_nothing_goes_before_reconciliation(deployment: Deployment, synced: Site) -> None:
    ids = people(synced, 3)
    event = auction(synced, *(paid(one, 5000) for one in ids))["event"]["id"]
    scheduled(deployment, synced)
    for status in ("ending", "extended", "closed", "reconcile"):
        synced.platform.set_event_status(event, status)
    synced.sync()
    deployment.stack.invoke("TransactionPushFunction", {
        "detail-type": "event.reconciled", "source": "giftbridge.platform",
        "detail": {"v": 1, "platform": "handbid", "organisation": synced.platform.id, "event_id": event},
    })  # fmt: skip
    assert synced.gifts() == []
    assert synced.crm.count("POST", "/v2/transaction") == 0


def test_F30_handbid_bloomerang_all_transactions_once_with_their_contact_created_first(synced: Site) -> None:
    ids = people(synced, 6)
    known = {row["id"]: row for row in synced.contacts().values()}
    existing = in_crm(synced, "Known Already", known[ids[0]]["email"])
    event = auction(synced, *(paid(one, 5000 + number) for number, one in enumerate(ids)))["event"]["id"]
    run = synced.reconcile(event)
    sums(run)
    assert run["counts"]["crm"]["created"] == 6
    assert len(synced.constituents()) == 6
    donors = {str(row["Id"]): crm_email(row) for row in synced.constituents().values()}
    found = {donors[str(gift["AccountId"])]: cents(gift["Amount"]) for gift in synced.gifts()}
    assert found == {known[one]["email"]: 5000 + number for number, one in enumerate(ids)}
    assert str(crm_by_email(synced)[known[ids[0]]["email"]]["Id"]) == existing
    assert synced.crm.count("POST", "/v2/constituent") == 5, "who is there is not created"
    assert synced.crm.count("POST", "/v2/transaction") == 6
    lines = [line for line in synced.records(run["id"], "created") if line["kind"] == "gift"]
    assert len(lines) == 6
    for line in lines:
        assert line["other_id"] in {str(gift["Id"]) for gift in synced.gifts()}
        assert line["url"].startswith("https://crm.bloomerang.co/Constituent/")


def test_F30_handbid_bloomerang_later_transactions_of_a_reconciled_event_go_when_it_is_said_again(synced: Site) -> None:
    ids = people(synced, 2)
    event = auction(synced, paid(ids[0], 5000))["event"]["id"]
    synced.reconcile(event)
    synced.platform.set_event_status(event, "reconcile")
    synced.platform.add_receipt(event, **paid(ids[1], 7000))
    run = synced.reconcile(event)
    assert (run["counts"]["crm"]["created"], run["counts"]["crm"]["unchanged"]) == (1, 1)
    assert sorted(cents(gift["Amount"]) for gift in synced.gifts()) == [5000, 7000]


def test_F32_the_note_holds_the_event_and_the_invoice_on_every_designation(synced: Site) -> None:
    (one,) = people(synced, 1)
    scholarships = str(synced.crm.fund("Scholarships"))
    synced.call("PATCH", "~", {"funds": {"SCHOL": scholarships}})
    items = [{"name": "Signed guitar", "price": 60.0}, {"name": "Dinner for six", "price": 40.0}]
    split = [{"fundCode": "GEN", "amount": 6000}, {"fundCode": "SCHOL", "amount": 4000}]
    held = auction(
        synced,
        {"contactId": one, "items": items, "payments": [{"amount": 10000, "designations": split}]},
        name="Gala 2026",
    )
    synced.reconcile(held["event"]["id"])
    (gift,) = synced.gifts()
    assert len(gift["Designations"]) == 2
    assert all(note.startswith("Gala 2026; Signed guitar; Dinner for six") for note in notes(gift))


def test_F32_a_receipt_that_was_emailed_marks_the_gift_acknowledged(synced: Site) -> None:
    ids = people(synced, 2)
    held = auction(synced, {**paid(ids[0], 5000), "emailed": True}, {**paid(ids[1], 6000), "emailed": False})
    synced.reconcile(held["event"]["id"])
    found = {cents(gift["Amount"]): gift["Designations"][0]["AcknowledgementStatus"] for gift in synced.gifts()}
    assert found == {5000: "Yes", 6000: "No"}


def test_F32_transactions_sync_not_invoices(synced: Site) -> None:
    (one,) = people(synced, 1)
    unpaid = {"contactId": one, "items": [ITEM], "payments": []}
    held = auction(synced, paid(one, 2000, 3000), unpaid)
    synced.reconcile(held["event"]["id"])
    assert sorted(cents(gift["Amount"]) for gift in synced.gifts()) == [2000, 3000]


@pytest.mark.parametrize(("total", "shares"), [(10000, [3333, 3333, 3334]), (101, [33, 34, 34]), (7, [2, 2, 3])])
def test_F34_one_designation_for_each_fund_exact_to_the_cent(synced: Site, total: int, shares: list[int]) -> None:
    (one,) = people(synced, 1)
    funds = {code: str(synced.crm.staff_call("POST", "/fund", {"Name": code})["Id"]) for code in ("A", "B")}
    synced.call("PATCH", "~", {"funds": funds})
    split = [{"fundCode": code, "amount": share} for code, share in zip(("A", "B", "nowhere"), shares, strict=True)]
    held = auction(synced, paid(one, total, designations=split))
    synced.reconcile(held["event"]["id"])
    (gift,) = synced.gifts()
    assert parts(gift) == {"A": shares[0], "B": shares[1], "Unrestricted": shares[2]}
    assert cents(gift["Amount"]) == total


def test_F34_default_fund_campaign_and_appeal_and_their_override_for_an_event(synced: Site) -> None:
    ids = people(synced, 2)
    summary = synced.crm.call("GET", "")
    campaign, appeal = str(summary["campaigns"]["Annual Fund"]), str(summary["appeals"]["Gala"])
    first, second = (auction(synced, paid(one, 5000))["event"]["id"] for one in ids)
    override = {"fund": str(synced.crm.fund("Scholarships")), "appeal": appeal}
    reply = synced.call("PATCH", "~", {"default_purpose": {"campaign": campaign}, "event_purposes": {second: override}})
    assert reply.status_code == 200, reply.text
    synced.reconcile(first)
    synced.reconcile(second)
    rows = {gift["AccountId"]: gift["Designations"][0] for gift in synced.gifts()}
    usual, special = (rows[account] for account in sorted(rows))
    assert (usual["Fund"]["Name"], usual["Campaign"]["Name"], usual.get("Appeal")) == (
        "Unrestricted",
        "Annual Fund",
        None,
    )
    assert (special["Fund"]["Name"], special["Campaign"]["Name"]) == ("Scholarships", "Annual Fund")
    assert special["Appeal"]["Name"] == "Gala"


def test_F34_more_than_twenty_funds_are_refused_clearly(deployment: Deployment, site: Site) -> None:
    codes = [f"F{number:02}" for number in range(21)]
    site.crm = deployment.crms.database(f"{site.crm.name}-funds", reference={"funds": ["Unrestricted", *codes]})
    chosen = site.crm.call("GET", "")["funds"]
    site.connect(funds={code: str(chosen[code]) for code in codes}).first_sync("no")
    ids = people(site, 2)
    split = [{"fundCode": code, "amount": 100} for code in codes]
    held = auction(site, paid(ids[0], 2100, designations=split), paid(ids[1], 2000, designations=split[:20]))
    run = site.reconcile(held["event"]["id"])
    (reason,) = reasons(site, run).values()
    assert reason[0] == "too_many_funds"
    assert "20" in reason[1]
    (gift,) = site.gifts()
    assert len(gift["Designations"]) == 20


def test_F34_the_lists_of_funds_are_kept_and_read_again_when_asked(synced: Site) -> None:
    ids = people(synced, 3)
    events = [
        auction(synced, paid(one, 5000, designations=[{"fundCode": "NEW", "amount": 5000}]))["event"]["id"]
        for one in ids
    ]
    synced.reconcile(events[0])
    read = synced.crm.count("GET", "/v2/funds")
    made = str(synced.crm.staff_call("POST", "/fund", {"Name": "Newborns"})["Id"])
    synced.reconcile(events[1])
    assert synced.crm.count("GET", "/v2/funds") == read, "they are kept for a while"
    assert synced.get("~/choices")["funds"][made] == "Newborns"
    assert synced.call("PATCH", "~", {"funds": {"NEW": made}}).status_code == 200
    synced.reconcile(events[2])
    assert [list(parts(gift)) for gift in synced.gifts()] == [["Unrestricted"], ["Unrestricted"], ["Newborns"]]
