"""RaiseDonors with Virtuous on the deployed stack, by the pair's own file: nothing is set but a default project."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.sandbox.virtuous import VirtuousControl, VirtuousOrganisation
from tests.rows.conftest import FAST, SELDOM, Deployment, Site, eventually, sums
from tests.rows.people import ADDRESS

CHANGED = "Changed from Virtuous CRM+:"


@dataclass
class VirtuousSite(Site):
    """A platform's organisation and one of Virtuous, where a person runs the imports."""

    office: VirtuousOrganisation | None = None

    @property
    def there(self) -> VirtuousOrganisation:
        """The organisation in Virtuous."""
        assert self.office is not None
        return self.office

    def body(self, **settings: Any) -> dict[str, Any]:
        """What connects both by key."""
        return {
            "crm": "virtuous",
            "credentials": {"api_key": self.there.api_key},
            "platform_credentials": {"token": self.platform.token},
            "settings": {
                "virtuous": FAST,
                self.platform_name: FAST,
                "default_purpose": {"fund": str(self.there.project("GEN"))},
                **SELDOM,
                **settings,
            },
        }

    def wake(self, kind: str) -> None:
        """What is standing is due now."""
        assert "woken" in self.deployment.ops("work", "wake", "--kind", kind)
        self.deployment.tick()

    def imported(self) -> None:
        """Somebody reviews and runs all that waits, and what became of it is asked about."""
        self.there.run_everything()
        self.wake("confirm")

    def households(self) -> dict[str, Any]:
        """Contacts by the donor's id."""
        rows = self.there.state()["contacts"]
        return {one["id"]: row for row in rows for one in row["contactReferences"] if one["source"] == "RaiseDonors"}

    def gave(self) -> list[Any]:
        """Gifts in Virtuous."""
        found: list[Any] = self.there.state()["gifts"]
        return found

    def shown(self) -> list[str]:
        """The activity that the platform shows."""
        return [row["text"] for row in self.platform.state("activity")["activity"] if row["text"].startswith(CHANGED)]

    def looked(self, kind: str) -> Any:
        """Synchronize now; the run of that kind that this starts, ended."""
        before = len(self.runs(kind=kind))
        self.finished(self.post("~/sync")["id"])
        return self.ended(before + 1, kind=kind)[0]


@pytest.fixture(scope="module")
def backend(deployment: Deployment) -> Iterator[httpx.Client]:
    """The management API with this platform's own key."""
    key = deployment.ops("api-key", "create", "raisedonors").strip()
    with httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"}) as http:
        yield http


@pytest.fixture
def site(deployment: Deployment, backend: httpx.Client) -> Iterator[VirtuousSite]:
    """Connected, with people on both sides who were there before."""
    name = uuid.uuid4().hex[:12]
    control = VirtuousControl(deployment.stack.sandboxes["virtuous"])
    office = control.organisation(name, title=f"Office {name}", rate_limit_per_hour=1_000_000, set_up=SET_UP)
    office.seed(people=2)
    platform = deployment.platforms.organisation(name=name, unique_emails=True)
    made = VirtuousSite(
        deployment, backend, deployment.crms.database(name), platform, platform_name="raisedonors", office=office
    )
    old = made.person("Old")
    older = {"contact_id": old, "amount": 9900, "occurred_at": "2026-01-05T12:00:00.000Z"}
    platform.give(older)
    made.connect()
    deployment.tick()
    made.ended(1, mode="baseline")
    yield made
    office.close()
    control.close()


SET_UP = {"segments": {"GALA26": "Gala 2026"}, "projects": {"GEN": "General", "SCH": "Scholarships"}}


@pytest.fixture
def ada(site: VirtuousSite) -> str:
    """A donor whom both sides have, through the import."""
    one = site.person("Ada", phone="+13035550101", address=ADDRESS)
    site.sync()
    site.imported()
    eventually(lambda: contact(site, one)["crmIds"])
    return one


def contact(site: VirtuousSite, one: str) -> Any:
    """A contact of the platform."""
    return site.contacts()[one]


def person(site: VirtuousSite, one: str) -> Any:
    """The primary person of a donor's household."""
    return site.households()[one]["contactIndividuals"][0]


def test_F13_raisedonors_virtuous_a_donor_goes_through_the_import_and_is_confirmed(site: VirtuousSite) -> None:
    one = site.person("Ada", address=ADDRESS)
    run = site.looked("contacts")
    sums(run)
    assert [row["body"]["referenceId"] for row in site.there.held()] == [one]
    (line,) = [row for row in site.records(run["id"]) if row["id"] == one]
    assert (line["outcome"], line["stage"]) == ("created", "submitted")
    assert contact(site, one)["crmIds"] == {}
    site.imported()
    eventually(lambda: contact(site, one)["crmIds"])
    (line,) = [row for row in site.records(run["id"]) if row["id"] == one]
    assert (line["outcome"], line["stage"]) == ("created", "confirmed")
    assert contact(site, one)["crmIds"] == {"virtuous": str(site.households()[one]["id"])}


def test_F13_raisedonors_virtuous_edits_by_people_are_sent_and_those_by_programs_are_not(
    site: VirtuousSite, ada: str
) -> None:
    site.platform.edit_contact(ada, origin="api", lastName="Program")
    run = site.looked("contacts")
    assert (site.there.held(), [row["code"] for row in site.records(run["id"])]) == ([], ["origin_ignored"])
    site.platform.edit_contact(ada, origin="donor", phone="+13035550177")
    site.sync()
    (row,) = site.there.held()
    assert (row["body"]["referenceId"], row["body"]["lastName"], row["body"]["phone"]) == (
        ada,
        "Program",
        "+13035550177",
    )
    site.imported()
    assert person(site, ada)["lastName"] == "Program"


def test_F13_raisedonors_virtuous_the_platforms_webhook_waits_for_the_evening(site: VirtuousSite, ada: str) -> None:
    site.platform.edit_contact(ada, lastName="Lane-Fox")
    assert site.platform.hand_made_event("contact.updated", ada)["answer"] in (200, 202)
    site.wake("cadence")
    site.ended(1, subject="crm")
    told = [run for run in site.runs(started_by="webhook") if run["counts"]["crm"]["read"]]  # Virtuous's own come too
    assert (site.there.held(), told) == ([], [])
    site.sync()
    assert [row["body"]["lastName"] for row in site.there.held()] == ["Lane-Fox"]


def test_F14_raisedonors_virtuous_an_edit_in_the_crm_comes_back_and_is_shown(site: VirtuousSite, ada: str) -> None:
    site.there.staff_edit("individual", person(site, ada)["id"], firstName="Adah", lastName="Lane")
    site.wake("cadence")
    eventually(lambda: contact(site, ada)["firstName"] == "Adah")
    eventually(site.shown)
    assert site.shown() == [f"{CHANGED} first name"]
    assert [row["firstName"] for row in site.contacts().values()] == ["Old", "Adah"], "nobody else is brought over"


def test_F14_raisedonors_virtuous_a_webhook_brings_an_edit_within_ten_seconds(site: VirtuousSite, ada: str) -> None:
    eventually(lambda: not [work for work in site.get("~/waiting")["items"] if work["kind"] == "hook"])
    phone = next(row for row in person(site, ada)["contactMethods"] if "Phone" in row["type"])
    site.there.staff_edit("method", phone["id"], value="303-555-0177", isOptedIn=True)
    eventually(lambda: contact(site, ada)["phone"] == "+13035550177", timeout=10.0)
    assert {run["started_by"] for run in site.runs(mode="records")} == {"webhook"}


def test_F15_raisedonors_virtuous_an_address_changed_in_the_crm_is_ignored_and_told(
    site: VirtuousSite, ada: str
) -> None:
    address = next(row for row in person(site, ada)["contactMethods"] if row["type"] == "Home Email")
    site.there.staff_edit("method", address["id"], value="other@example.org", isOptedIn=True)
    site.looked("contacts")
    assert contact(site, ada)["email"] == "ada.lane@example.org"
    told = [site.records(run["id"]) for run in site.runs(kind="contacts")]  # the webhook may have been faster
    assert "email changed, but the settings do not let it go over" in str(told)
    assert site.there.held() == []


def test_F16_raisedonors_virtuous_who_carries_the_donors_id_is_that_donor(site: VirtuousSite) -> None:
    (old,) = site.contacts()
    body = {
        "contactType": "Household", "referenceSource": "Legacy RaiseDonors", "referenceId": old, "name": "Olda Lane",
        "contactIndividuals": [{"firstName": "Olda", "lastName": "Lane", "isPrimary": True}],
    }  # fmt: skip
    site.there.staff_call("POST", "Contact", body)
    site.sync()
    assert [row["firstName"] for row in site.contacts().values()] == ["Olda"]


def test_F17_raisedonors_virtuous_starts_with_what_happens_from_now_on(site: VirtuousSite) -> None:
    assert site.view()["ask_first_sync"] is False
    site.sync()
    site.ended(1, kind="gifts")
    assert (site.there.held(), next(iter(site.contacts().values()))["crmIds"]) == ([], {})
    (old,) = site.contacts()
    site.platform.edit_contact(old, lastName="Lane-Fox")
    site.sync()
    assert [row["body"]["lastName"] for row in site.there.held()] == ["Lane-Fox"]


def test_F38_raisedonors_virtuous_a_donation_is_one_gift_with_a_part_for_each_project(
    site: VirtuousSite, ada: str
) -> None:
    parts = [{"code": "SCH", "amount": 2500}, {"code": "NEW", "amount": 1500}]
    (donation,) = site.platform.give(
        {"contact_id": ada, "amount": 4000, "projects": parts, "source_code": "GALA26", "notes": "For the well"}
    )
    run = site.looked("gifts")
    sums(run)
    (row,) = site.there.held()
    body = row["body"]
    shares = {part["id"]: part["amountDesignated"] for part in body["designations"]}
    assert shares == {site.there.project("SCH"): "25.00", site.there.project("GEN"): "15.00"}
    assert (body["segment"], body["creditCardType"], body["notes"]) == ("GALA26", "Visa", "For the well")
    site.platform.refund_donation(donation["id"])
    site.looked("gifts")
    assert site.gave() == [], "a refund of what waits for its import waits too"
    site.imported()
    eventually(lambda: sorted(gift["amount"] for gift in site.gave()) == [-40.0, 40.0])


def test_F40_raisedonors_virtuous_projects_follow_once_that_is_switched_on(site: VirtuousSite) -> None:
    site.platform.put_project("WELL", "A well", description="Clean water")
    site.platform.put_project("GONE", "Given up", active=False)
    assert site.call("PATCH", "~", {"projects": True}).is_success
    site.deployment.tick()
    (run,) = site.ended(1, kind="projects")
    assert (run["counts"]["crm"]["created"], run["counts"]["crm"]["skipped"]) == (1, 1)
    (line,) = site.records(run["id"])
    assert (line["kind"], line["id"], line["outcome"]) == ("project", "WELL", "created")
    projects = {row["projectCode"]: row for row in site.there.state()["projects"]}
    assert (projects["WELL"]["isActive"], projects["WELL"]["isAvailableOnline"], "GONE" in projects) == (
        True,
        True,
        False,
    )
