"""WeGive with Bloomerang: schedules, pledges, and what else a gift can be."""

from typing import Any

import pytest

from local.sandbox.wegive.sandbox import WeGiveOrganisation
from tests.rows.conftest import FINAL, Deployment, Site, eventually, sums
from tests.rows.money import cents, notes
from tests.rows.people import crm_by_email
from tests.sandbox.vendor_schema import SPECS_VARIABLE, VendorDocument


@pytest.fixture
def site(wegive_site: Site) -> Site:
    """WeGive's organisation, connected."""
    return wegive_site


def by_type(site: Site, kind: str) -> list[dict[str, Any]]:
    """The CRM's transactions whose designations are of a type."""
    return [gift for gift in site.gifts() if {part["Type"] for part in gift["Designations"]} == {kind}]


def schedules(site: Site) -> list[dict[str, Any]]:
    """The CRM's schedules: their designations."""
    return [gift["Designations"][0] for gift in by_type(site, "RecurringDonation")]


def paid_for(gift: dict[str, Any]) -> set[int]:
    """The schedules that a payment names."""
    return {part["RecurringDonationId"] for part in gift["Designations"]}


def test_F36_wegive_bloomerang_every_payment_is_a_gift_linked_to_its_schedule(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    assert site.call("PATCH", "~", {"time_zone": "UTC"}).is_success
    plan = organisation.schedule(ada, amount=2_500, start_date="2026-01-15T02:00:00Z", ends_at="2030-06-30T12:00:00Z")
    organisation.charge(plan)
    run = site.sync()
    sums(run)
    assert run["counts"]["crm"]["created"] == 2, "the schedule and its payment"
    (schedule,) = schedules(site)
    assert schedule["RecurringDonationFrequency"] == "Monthly"
    assert (schedule["RecurringDonationStartDate"], schedule["RecurringDonationEndDate"]) == (
        "2026-01-15",
        "2030-06-30",
    )
    organisation.charge(plan)
    organisation.charge(plan)
    site.sync()
    assert [one["Id"] for one in schedules(site)] == [schedule["Id"]], "one schedule, once"
    payments = by_type(site, "RecurringDonationPayment")
    assert [cents(gift["Amount"]) for gift in payments] == [2_500] * 3
    assert [paid_for(gift) for gift in payments] == [{schedule["Id"]}] * 3
    donor = crm_by_email(site)["ada.lane@example.org"]["Id"]
    assert {gift["AccountId"] for gift in site.gifts()} == {donor}


def test_F36_wegive_bloomerang_amount_and_end_follow_without_a_payment(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    plan = organisation.schedule(ada, amount=2_500)
    organisation.charge(plan)
    site.sync()
    organisation.edit_schedule(plan, amount=4_000, ends_at="2031-01-31T12:00:00Z")
    run = site.sync()
    sums(run)
    assert run["counts"]["crm"]["updated"] == 1
    (schedule,) = schedules(site)
    assert (cents(schedule["Amount"]), schedule["RecurringDonationEndDate"]) == (4_000, "2031-01-31")
    site.crm.reset_journal()
    site.sync()
    assert not [call for call in site.crm.calls() if call.startswith(("PUT", "POST"))]


def test_F36_wegive_bloomerang_another_frequency_ends_the_schedule_and_starts_another(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    plan = organisation.schedule(ada, amount=2_500)
    organisation.charge(plan)
    site.sync()
    (before,) = schedules(site)
    organisation.edit_schedule(plan, frequency="quarterly")
    organisation.charge(plan)
    site.sync()
    old, new = sorted(schedules(site), key=lambda one: int(one["Id"]))
    assert old["Id"] == before["Id"]
    assert "RecurringDonationEndDate" in old
    assert "RecurringDonationEndDate" not in new
    assert new["RecurringDonationFrequency"] == "Quarterly"
    first, second = sorted(by_type(site, "RecurringDonationPayment"), key=lambda gift: int(gift["Id"]))
    assert (paid_for(first), paid_for(second)) == ({old["Id"]}, {new["Id"]})


def test_F36_wegive_bloomerang_a_frequency_without_a_word_is_an_ordinary_donation(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.charge(organisation.schedule(ada, amount=300, frequency="daily"))
    site.sync()
    (gift,) = by_type(site, "Donation")
    assert schedules(site) == []
    assert all("recurring daily" in note for note in notes(gift))


def test_F36_wegive_bloomerang_the_map_of_frequencies_is_checked_when_it_is_set(site: Site) -> None:
    refused = site.call("PATCH", "~", {"bloomerang": {"frequencies": {"monthly": "Every month"}}})
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["path"] == "settings.bloomerang.frequencies.monthly"
    assert "EveryOtherMonthly" in refused.json()["errors"][0]["detail"]
    wrong = site.call("PATCH", "~", {"wegive": {"frequencies": {"fortnightly": "now and then"}}})
    assert wrong.status_code == 422, wrong.text
    accepted = site.call("PATCH", "~", {"wegive": {"frequencies": {"fortnightly": "every_two_weeks"}}})
    assert accepted.is_success, accepted.text


def pledge(site: Site, account: str, dollars: float) -> int:
    """A pledge that staff entered in the CRM; its designation's id."""
    part = {
        "Type": "Pledge", "Amount": dollars, "FundId": site.crm.fund(), "PledgeFrequency": "Custom",
        "PledgeInstallments": [{"Date": "2027-01-01", "Amount": dollars}],
    }  # fmt: skip
    body = {
        "AccountId": int(account),
        "Date": "2026-01-01",
        "Amount": dollars,
        "Method": "None",
        "Designations": [part],
    }
    return int(site.crm.staff_call("POST", "/transaction", body)["Designations"][0]["Id"])


def test_F36_wegive_bloomerang_a_pledge_payment_is_linked_where_the_pledge_exists(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=100)
    site.sync()
    donor = str(crm_by_email(site)["ada.lane@example.org"]["Id"])
    wanted = pledge(site, donor, 1_000)
    pledge(site, donor, 50)
    promised = organisation.pledge(ada, total_amount=100_000)
    organisation.give(ada, amount=25_000, pledge=promised)
    unknown = organisation.pledge(ada, total_amount=77_700)
    organisation.give(ada, amount=7_000, pledge=unknown)
    site.sync()
    (payment,) = by_type(site, "PledgePayment")
    assert (cents(payment["Amount"]), payment["Designations"][0]["PledgeId"]) == (25_000, wanted)
    ordinary = {cents(gift["Amount"]): gift for gift in by_type(site, "Donation")}
    assert "towards a pledge" in notes(ordinary[7_000])[0]


def test_F36_wegive_bloomerang_other_types_go_by_the_tables(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    field = site.crm.custom_field("Gift type")
    campaign = site.crm.staff_call("POST", "/campaign", {"Name": "Members"})["Id"]
    kinds = {f"campaign:{organisation.campaign_id()}": "membership", "field:Type=Grant": "grant"}
    types = {"grant": f"field:{field}=Grant", "membership": f"campaign:{campaign}"}
    changed = site.call("PATCH", "~", {"wegive": {"kinds": kinds}, "bloomerang": {"types": types}})
    assert changed.is_success, changed.text
    organisation.give(ada, amount=100, source_type="in_kind", memo="A piano")
    organisation.give(ada, amount=200, campaign=organisation.campaign_id())
    organisation.give(ada, amount=300, custom_fields={"Type": "Grant"})
    site.sync()
    gifts = {cents(gift["Amount"]): gift for gift in site.gifts()}
    assert (gifts[100]["Method"], gifts[100]["InKindDescription"]) == ("InKind", "A piano")
    assert gifts[200]["Designations"][0]["Campaign"]["Name"] == "Members"
    (value,) = gifts[300]["Designations"][0]["CustomValues"]
    assert (value["FieldId"], value["Value"]["Value"]) == (field, "Grant")


def test_F36_wegive_bloomerang_an_answer_that_was_lost_makes_no_second_schedule(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    changed = site.call("PATCH", "~", {"bloomerang": {"lookup_lag_seconds": 1}})
    assert changed.is_success, changed.text
    plan = organisation.schedule(ada, amount=2_500)
    organisation.charge(plan)
    site.crm.fault("status", status=502, effect="now", method="POST", path="/v2/transaction", count=1)
    run = site.post("~/sync")["id"]

    def ended() -> bool:
        deployment.tick()
        return str(site.run(run)["state"]) in FINAL

    eventually(ended, timeout=180, pause=3)
    (schedule,) = schedules(site)
    (payment,) = by_type(site, "RecurringDonationPayment")
    assert paid_for(payment) == {schedule["Id"]}


def test_P10_every_request_about_schedules_is_valid_against_the_vendors_document(
    site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    document = VendorDocument.from_environment()
    if document is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with the vendor's document")
    plan = organisation.schedule(ada, amount=2_500, fund=organisation.fund_id("Building"))
    organisation.charge(plan)
    site.sync()
    organisation.edit_schedule(plan, amount=5_000)
    site.sync()
    organisation.edit_schedule(plan, frequency="annually")
    gift = organisation.charge(plan)
    site.sync()
    organisation.refund(gift)
    site.sync()
    asked = site.crm.journal()
    assert [problem for entry in asked for problem in document.problems(entry)] == []
    assert any(entry["path"].startswith("/v2/transactions/designation/") for entry in asked)
