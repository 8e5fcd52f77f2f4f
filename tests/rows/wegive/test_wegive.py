"""WeGive with Bloomerang: gifts go by themselves with their donors; WeGive itself takes no changes."""

from typing import Any

import pytest

from local.sandbox.common.journal import general_path, is_read
from local.sandbox.wegive.sandbox import WeGiveOrganisation
from tests.rows.conftest import Deployment, Site, sums
from tests.rows.money import cents, notes, parts
from tests.rows.people import crm_by_email, in_crm
from tests.sandbox.vendor_schema import SPECS_VARIABLE
from tests.sandbox.wegive_schema import WeGiveDocument


@pytest.fixture
def site(wegive_site: Site) -> Site:
    """WeGive's organisation, connected."""
    return wegive_site


def looked(site: Site) -> Any:
    """Synchronize now, which is a look at the gifts; the run, ended."""
    return site.sync()


def test_F33_wegive_bloomerang_a_gift_goes_by_itself_with_its_donor(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=2_500)
    bo = organisation.donor(first_name="Bo", last_name="Chen", email_1="bo@example.org")
    known = in_crm(site, "Bo Chen", "bo@example.org")
    organisation.give(bo, amount=700, source_type="cash")
    run = looked(site)
    sums(run)
    assert run["counts"]["crm"]["created"] == 2
    gifts = {cents(gift["Amount"]): gift for gift in site.gifts()}
    assert sorted(gifts) == [700, 2500], "what was given before connecting is not sent by itself"
    assert str(gifts[700]["AccountId"]) == known, "who is there is found"
    donor = crm_by_email(site)["ada.lane@example.org"]
    assert (donor["FirstName"], donor["LastName"]) == ("Ada", "Lane")
    site.crm.reset_journal()
    assert looked(site)["counts"]["crm"]["created"] == 0
    assert all(is_read(call) for call in site.crm.calls())


def test_F34_wegive_bloomerang_a_split_gift_keeps_its_cents(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=10_000, split=[organisation.fund_id(), organisation.fund_id("Building")])
    looked(site)
    (gift,) = site.gifts()
    found = parts(gift)
    assert found.keys() == {"Unrestricted", "Scholarships"}
    assert sum(found.values()) == cents(gift["Amount"]) == 10_000


def test_F35_wegive_bloomerang_processing_waits_and_failed_never_goes(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    good, bad = (organisation.give(ada, amount=amount, source_type="bank") for amount in (5_000, 6_000))
    looked(site)
    assert site.gifts() == []
    organisation.settle(good)
    organisation.settle(bad, outcome="failed")
    run = looked(site)
    assert [cents(gift["Amount"]) for gift in site.gifts()] == [5_000]
    assert {line["code"] for line in site.records(run["id"], "skipped")} == {"not_successful"}


def test_F35_wegive_bloomerang_a_refund_follows(site: Site, organisation: WeGiveOrganisation, ada: int) -> None:
    gift = organisation.give(ada, amount=5_000)
    looked(site)
    organisation.refund(gift)
    assert looked(site)["counts"]["crm"]["updated"] == 1
    (sent,) = site.gifts()
    assert sent["IsRefunded"] == "Yes"


def test_F33_wegive_bloomerang_anonymity_and_memo_are_kept_in_the_note(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=5_000, memo="For the roof", anonymous=True)
    looked(site)
    (gift,) = site.gifts()
    assert all("For the roof" in note and "Anonymous" in note for note in notes(gift))


def test_F33_wegive_bloomerang_methods_details_fee_and_reference(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    field = site.crm.custom_field("Anonymous")
    assert site.call("PATCH", "~", {"bloomerang": {"anonymous_field_id": field}}).is_success
    organisation.give(ada, amount=100, fee=5)
    organisation.give(ada, amount=200, source_type="check", reference="1071")
    organisation.give(ada, amount=300, source_type="check")
    organisation.give(ada, amount=400, source_type="bank", status="success", reference="txn_77")
    organisation.give(ada, amount=500, source_type="stock", anonymous=True)
    organisation.give(ada, amount=600, source_type="venmo")
    assert looked(site)["counts"]["crm"]["created"] == 6
    gifts = {cents(gift["Amount"]): gift for gift in site.gifts()}
    assert {amount: gift["Method"] for amount, gift in gifts.items()} == {
        100: "CreditCard", 200: "Check", 300: "None", 400: "None", 500: "None", 600: "None",
    }  # fmt: skip
    assert (cents(gifts[100]["FeeAmount"]), gifts[100]["CreditCardLastFourDigits"]) == (5, "4242")
    assert gifts[200]["CheckNumber"] == "1071"
    told = {300: "paid by check", 400: "reference txn_77", 500: "paid by stock", 600: "paid by Venmo"}
    assert [amount for amount, words in told.items() if words not in notes(gifts[amount])[0]] == []
    (value,) = gifts[500]["Designations"][0]["CustomValues"]
    assert (value["FieldId"], value["Value"]["Value"]) == (field, "Yes")


def test_F33_wegive_bloomerang_another_currency_is_refused(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=2_500, currency="EUR")
    run = looked(site)
    (line,) = site.records(run["id"], "failed")
    assert (line["code"], site.gifts()) == ("currency_differs", [])


def test_P10_every_request_to_wegive_is_valid_against_the_vendors_document(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    document = WeGiveDocument.from_environment()
    if document is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with the vendor's document")
    gift = organisation.give(ada, amount=5_000, split=[organisation.fund_id(), organisation.fund_id("Building")])
    looked(site)
    organisation.refund(gift)
    looked(site)
    asked = organisation.journal()
    assert {general_path(entry["path"]).rsplit("/dashboard/")[-1] for entry in asked} >= {
        "transactions", "transactions/{id}", "donors", "donors/{id}", "funds",
    }  # fmt: skip
    assert [problem for entry in asked for problem in document.problems(entry)] == []


def test_P04_wegive_bloomerang_a_sweep_takes_no_edit_of_a_donor_for_drift(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    """Contacts do not go by themselves: nobody promised to follow donors, or to bring over those who gave nothing."""
    bo = organisation.donor(first_name="Bo", last_name="Chen", email_1="bo@example.org")
    organisation.donor(first_name="Cy", last_name="Chen", email_1="cy@example.org")
    in_crm(site, "Di Chen", "di@example.org")
    for donor in (ada, bo):
        organisation.give(donor, amount=700)
    looked(site)
    site.crm.staff_edit(int(crm_by_email(site)["bo@example.org"]["Id"]), LastName="Chan")
    run = site.finished(site.post("~/drift")["id"])
    sums(run)
    report = site.get("~/drift")
    assert (report["items"], set(report["found"].values())) == ([], {0})
    assert run["counts"]["crm"]["read"] == 3
