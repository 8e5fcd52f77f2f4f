"""Projects of Virtuous, known by their codes, against the sandbox."""

from typing import Any

import pytest

from giftbridge.connectors.base import ContactWrite, Reference
from giftbridge.domain.project import Project
from local.sandbox.virtuous import VirtuousOrganisation
from tests.connectors.contract import DONOR, NOW
from tests.connectors.virtuous.conftest import Connect
from tests.sandbox.virtuous_help import SOURCE

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]
pytestmark = pytest.mark.usefixtures("proper")

WELL = Project("WELL", "A well", "Clean water")


def project(virtuous: VirtuousOrganisation, code: str) -> Any:
    """A project as Virtuous has it."""
    return next(row for row in virtuous.state()["projects"] if row["projectCode"] == code)


def test_a_project_is_made_once_and_read_back_as_it_was_given(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    here = joined()
    here.keep_project(WELL, None)
    kept = here.kept_projects()["WELL"]
    assert kept.project == WELL
    made = project(virtuous, "WELL")
    assert (made["onlineDisplayName"], made["isActive"], made["isAvailableOnline"]) == ("A well", True, True)
    assert here.purposes().codes["WELL"] == kept.id


def test_what_an_interrupted_try_has_left_is_taken_up(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    body = {"name": "A well", "onlineDisplayName": "A well", "isActive": True, "isAvailableOnline": True}
    left = virtuous.staff_call("POST", "Project", body)
    joined().keep_project(WELL, None)
    assert (project(virtuous, "WELL")["id"], project(virtuous, "WELL")["description"]) == (left["id"], "Clean water")


def test_the_name_that_donors_see_is_the_one_that_follows(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    here = joined()
    virtuous.staff_edit("project", virtuous.project("SCH"), name="Internal", onlineDisplayName="Scholarships")
    kept = here.kept_projects()["SCH"]
    assert kept.project.name == "Scholarships"
    here.keep_project(Project("SCH", "Scholarships for all"), kept)
    row = project(virtuous, "SCH")
    assert (row["name"], row["onlineDisplayName"]) == ("Internal", "Scholarships for all")


@pytest.mark.parametrize("closed", ["isActive", "isAvailableOnline"])
def test_active_means_active_and_online(joined: Connect, virtuous: VirtuousOrganisation, closed: str) -> None:
    here = joined()
    whole = {"name": "Scholarships", "location": "Austin", "isActive": True, "isAvailableOnline": True}
    virtuous.staff_call("PUT", f"Project/{virtuous.project('SCH')}", {**whole, closed: False})
    kept = here.kept_projects()["SCH"]
    assert not kept.project.active
    here.keep_project(Project("SCH", "Scholarships"), kept)
    row = project(virtuous, "SCH")
    assert (row["isActive"], row["isAvailableOnline"], row["location"]) == (True, True, "Austin")


def test_a_contact_tells_the_reference_that_it_carries(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    here = joined(reference_sources_read=f"{SOURCE}|Legacy RaiseDonors")
    people = [{"firstName": "Olda", "lastName": "Lane", "isPrimary": True}]
    plain = {"contactType": "Household", "name": "Olda Lane", "contactIndividuals": people}
    for source, expected in (("Legacy RaiseDonors", "1001"), ("Mailings", "")):
        made = virtuous.staff_call("POST", "Contact", {**plain, "referenceSource": source, "referenceId": "1001"})
        assert here.contacts([str(made["id"])])[str(made["id"])].counterpart == expected


def test_a_change_by_import_names_the_contact_and_not_the_change(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    here = joined(contact_writes="import")
    (answer,) = joined().write_contacts([ContactWrite(Reference("1001", NOW), DONOR)])
    current = here.contacts([answer.id])[answer.id]  # type: ignore[union-attr]
    changed = DONOR.changed({"phone": "+13035550177"})
    here.write_contacts(
        [ContactWrite(Reference("nonce", NOW), changed, current, frozenset({"phone"}), known_as="1001")]
    )
    assert [row["body"]["referenceId"] for row in virtuous.held()] == ["1001"]
