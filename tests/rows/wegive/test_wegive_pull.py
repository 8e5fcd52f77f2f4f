"""Bloomerang to WeGive: donors by its API, gifts in sealed files, since its API takes none."""

import csv
import io
from typing import Any

import pytest

from giftbridge.jobs.context import App
from giftbridge.jobs.pull import files
from giftbridge.stores.connections import owner
from local.sandbox.wegive.sandbox import WeGiveOrganisation
from tests.rows.conftest import Deployment, Site, eventually, sums
from tests.rows.people import in_crm
from tests.world import MovingClock


@pytest.fixture
def site(wegive_site: Site) -> Site:
    """WeGive's organisation, connected, with the pull switched on and its first look over."""
    site = wegive_site
    assert site.call("PATCH", "~", {"pull": True}).is_success
    site.ended(1, mode="pull")
    return site


def looked(deployment: Deployment, site: Site) -> Any:
    """What the schedule does when its time has come; the run, ended."""
    before = len(site.runs(mode="pull"))
    assert "1 woken" in wake(deployment, site)
    return eventually(lambda: _newest(site, before))


def wake(deployment: Deployment, site: Site) -> str:
    """The time of the pull has come; what the operator's command says."""
    told = deployment.ops("work", "wake", "--account", f"bloomerang:{site.crm.id}", "--kind", "pull")
    deployment.tick()
    return told


def _newest(site: Site, before: int) -> Any:
    runs = site.runs(mode="pull")
    return runs[0] if len(runs) > before and runs[0]["state"] == "done" else None


def gift(site: Site, account: str, dollars: float, **more: Any) -> int:
    """A gift that staff entered in the CRM."""
    part = {
        "Type": "Donation",
        "Amount": dollars,
        "FundId": site.crm.fund(),
        "Note": "Thank you",
        **more.pop("part", {}),
    }
    body = {
        "AccountId": int(account), "Date": "2026-03-01", "Amount": dollars, "Method": "Cash", "Designations": [part],
        **more,
    }  # fmt: skip
    return int(site.crm.staff_call("POST", "/transaction", body)["Id"])


def filed(site: Site, run: Any) -> list[dict[str, str]]:
    """The rows of a run's import files."""
    names = [line["id"] for line in site.records(run["id"]) if line["kind"] == "file"]
    texts = [site.get(f"~/imports/{name}")["csv"] for name in names]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text))]


def test_F22_wegive_bloomerang_a_constituent_is_found_or_created_as_a_donor(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    known = in_crm(site, "Ada Lane", "ada.lane@example.org")
    new = in_crm(site, "Bo Chen", "bo.chen@example.org", phone="303-555-0102")
    unreachable = in_crm(site, "Cy Doe")
    ids = {who: gift(site, who, dollars) for who, dollars in ((known, 10), (new, 20), (unreachable, 30))}
    run = looked(deployment, site)
    sums(run)
    assert run["counts"]["platform"].items() >= {"read": 3, "created": 2, "skipped": 1}.items()
    (skipped,) = [line for line in site.records(run["id"], "skipped") if line["kind"] == "gift"]
    assert (skipped["id"], skipped["code"]) == (str(ids[unreachable]), "no_email")
    assert "e-mail" in skipped["reason"]
    donors = {row["email_1"]: row for row in organisation.state()["donors"]}
    assert donors.keys() == {"ada.lane@example.org", "bo.chen@example.org"}
    bo = donors["bo.chen@example.org"]
    assert (bo["first_name"], bo["last_name"]) == ("Bo", "Chen")
    assert {row["donor_id"] for row in filed(site, run)} == {str(ada), str(bo["id"])}


def test_F22_wegive_bloomerang_who_opted_out_is_not_created_where_that_can_t_be_told(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation
) -> None:
    who = in_crm(site, "Di Fox", "di.fox@example.org")
    reasons = {"UpdateReason": "asked", "EmailInterestType": "OptedOut", "CustomEmailInterestIds": []}
    path = f"/constituent/{who}/updateCommunicationSettings"
    site.crm.staff_call("PUT", path, {"Id": int(who), "EmailInterests": reasons})
    gift(site, who, 10)
    run = looked(deployment, site)
    assert "opted_out" in {line["code"] for line in site.records(run["id"], "skipped")}
    assert "di.fox@example.org" not in {row["email_1"] for row in organisation.state()["donors"]}


def test_F37_wegive_bloomerang_a_gift_is_mapped_into_an_import_file(
    deployment: Deployment, site: Site, ada: int
) -> None:
    who = in_crm(site, "Ada Lane", "ada.lane@example.org")
    check = {"Method": "Check", "CheckNumber": "1071", "FeeAmount": 0.5}
    one = gift(site, who, 125.5, **check, part={"FundId": site.crm.fund("Scholarships"), "Note": "=1+1"})
    two = gift(site, who, 60)
    site.crm.staff_call("POST", "/refund", {"TransactionId": two, "Date": "2026-03-02", "RunProcessorRefund": False})
    rows = {row["custom_import_reference"].rpartition("/")[2]: row for row in filed(site, looked(deployment, site))}
    first, second = rows[str(one)], rows[str(two)]
    told = ("donor_id", "date", "amount", "fee_amount", "currency", "source_type", "status", "reference", "category")
    assert [first[name] for name in told] == [
        str(ada), "2026-03-01", "12550", "50", "USD", "check", "success", "1071", "Donation",
    ]  # fmt: skip
    assert first["memo"].startswith("'=1+1 "), "no spreadsheet calculates it"
    assert first["fund"], "the fund map is read backwards"
    assert (second["status"], second["source_type"], second["memo"].partition(" [")[0]) == (
        "refunded",
        "cash",
        "Thank you",
    )


def test_F37_wegive_bloomerang_only_news_is_told_and_never_what_we_sent(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    organisation.give(ada, amount=4_200)
    site.sync()
    who = next(iter(site.constituents()))
    entered = gift(site, who, 60)
    first = looked(deployment, site)
    assert [row["amount"] for row in filed(site, first)] == ["6000"], "ours is left out"
    again = looked(deployment, site)
    sums(again)
    assert filed(site, again) == []
    site.crm.staff_call(
        "POST", "/refund", {"TransactionId": entered, "Date": "2026-03-02", "RunProcessorRefund": False}
    )
    later = looked(deployment, site)
    assert [row["status"] for row in filed(site, later)] == ["refunded"]
    assert later["counts"]["platform"]["updated"] == 1


def test_F37_wegive_bloomerang_an_imported_gift_is_known_again_and_goes_nowhere(
    deployment: Deployment, site: Site, organisation: WeGiveOrganisation, ada: int
) -> None:
    who = in_crm(site, "Ada Lane", "ada.lane@example.org")
    entered = gift(site, who, 60)
    (row,) = filed(site, looked(deployment, site))
    imported = organisation.give(ada, amount=int(row["amount"]), source_type="cash", memo=row["memo"])
    site.sync()
    assert [one["Id"] for one in site.gifts()] == [entered], "it is there once"
    site.crm.staff_call(
        "POST", "/refund", {"TransactionId": entered, "Date": "2026-03-02", "RunProcessorRefund": False}
    )
    (change,) = filed(site, looked(deployment, site))
    assert (change["id"], change["status"]) == (str(imported), "refunded"), "an update names the gift"


def test_F37_wegive_bloomerang_that_files_are_imported_by_hand_is_said_once(
    deployment: Deployment, site: Site, ada: int
) -> None:
    who = in_crm(site, "Ada Lane", "ada.lane@example.org")
    for dollars in (10, 20):
        gift(site, who, dollars)
        assert looked(deployment, site)["counts"]["platform"]["failed"] == 0
    lines = [line for run in site.runs(mode="pull") for line in site.records(run["id"])]
    (notice,) = [line for line in lines if line["code"] == "import_by_hand"]
    assert "WeGive's API takes no gifts" in notice["reason"]


def test_F37_wegive_bloomerang_the_file_is_sealed_and_expires(
    deployment: Deployment, site: Site, app: App, clock: MovingClock, ada: int
) -> None:
    who = in_crm(site, "Ada Lane", "ada.lane@example.org")
    gift(site, who, 10, part={"Note": "Zebulonian bequest"})
    run = looked(deployment, site)
    (name,) = [line["id"] for line in site.records(run["id"]) if line["kind"] == "file"]
    connection = app.connections.get(owner("wegive", site.platform.id), site.connection)
    assert "Zebulonian" in files.read(app, connection, name)
    stored = [each for each in deployment.stored() if b"Zebulonian" in each.content]
    assert [each.where for each in stored] == []
    clock.advance(days=7, minutes=1)
    with pytest.raises(Exception, match="expired"):
        files.read(app, connection, name)
    assert site.call("GET", "~/imports/20260101T000000000000-00000000-1").status_code == 404


def test_F37_wegive_bloomerang_nothing_is_pulled_unless_it_is_switched_on(wegive_site: Site) -> None:
    assert wegive_site.view()["settings"].get("pull", False) is False
    assert wegive_site.runs(mode="pull") == []


def test_F05_wegive_bloomerang_gifts_of_a_donor_who_was_erased_go_into_no_file(
    deployment: Deployment, site: Site, ada: int
) -> None:
    assert site.post("~/erase", {"platform_id": str(ada)}) == {"linked": False}
    gift(site, in_crm(site, "Ada Lane", "ada.lane@example.org"), 60)
    run = looked(deployment, site)
    assert {line["code"] for line in site.records(run["id"], "skipped") if line["kind"] == "gift"} == {"erased"}
    assert filed(site, run) == []


def test_F12_wegive_bloomerang_a_look_that_is_switched_off_meanwhile_ends(deployment: Deployment, site: Site) -> None:
    gift(site, in_crm(site, "Ada Lane", "ada.lane@example.org"), 60)
    site.crm.fault("status", status=500, count=None)
    wake(deployment, site)
    eventually(lambda: [run for run in site.runs(mode="pull") if run["state"] == "running"])
    assert site.call("PATCH", "~", {"pull": False}).is_success
    site.crm.clear_faults()
    wake(deployment, site)
    eventually(lambda: site.runs(mode="pull")[0]["state"] == "cancelled")
