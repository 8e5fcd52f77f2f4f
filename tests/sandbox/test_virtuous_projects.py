"""Projects and segments."""

from __future__ import annotations

import httpx
import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

ROOF = {"name": "Roof", "onlineDisplayName": "A new roof", "isActive": True, "isAvailableOnline": True}


def test_a_code_is_set_by_patch_only(virtuous: VirtuousOrganisation) -> None:
    made = virtuous.api.post("/Project", json=ROOF | {"projectCode": "ROOF"}).json()
    assert (made["projectCode"], made["isActive"], made["onlineDisplayName"]) == (None, True, "A new roof")
    patched = virtuous.api.patch("/Project", json=[{"id": made["id"], "projectCode": "ROOF"}])
    assert (patched.status_code, patched.content) == (200, b"")
    found = virtuous.api.get("/Project/Code/roof").json()
    assert (found["id"], found["name"], found["isActive"]) == (made["id"], "Roof", True)
    assert virtuous.api.patch("/Project", json=[{"id": made["id"], "projectCode": "GEN"}]).status_code == 400
    assert virtuous.api.get("/Project/Code/NONE").status_code == 404


def test_put_takes_away_what_is_left_out(virtuous: VirtuousOrganisation) -> None:
    general = virtuous.project()
    left = virtuous.api.put(f"/Project/{general}", json={"name": "General fund"}).json()
    assert (left["name"], left["onlineDisplayName"], left["isActive"]) == ("General fund", None, False)
    assert left["projectCode"] == "GEN"
    assert virtuous.api.put(f"/Project/{general}", json={"isActive": True}).status_code == 400
    virtuous.set_options(put="patch")
    left = virtuous.api.put(f"/Project/{general}", json={"isActive": True}).json()
    assert (left["name"], left["isActive"]) == ("General fund", True)


def test_custom_fields_are_a_list_when_written_and_an_object_when_read(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Region", "Project")
    made = virtuous.api.post("/Project", json=ROOF | {"customFields": [{"name": "Region", "value": "West"}]}).json()
    assert made["customFields"] == {"Region": "West"}
    as_read = ROOF | {"customFields": made["customFields"]}
    refused = virtuous.api.put(f"/Project/{made['id']}", json=as_read)
    assert refused.json()["modelState"] == {"project.customFields": ["An error has occurred."]}
    virtuous.api.patch("/Project", json=[{"id": made["id"], "customFields": {"Region": "East"}}])
    assert virtuous.api.get(f"/Project/{made['id']}").json()["customFields"] == {"Region": "East"}


def test_totals_follow_the_gifts(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2026-08-01T00:00:00Z")
    ada = make(virtuous)["id"]
    virtuous.staff_gift(ada, 20)
    virtuous.staff_gift(ada, 5, giftDate="2025-07-01")
    shown = virtuous.api.get(f"/Project/{virtuous.project()}").json()
    assert (shown["lifeToDateGiving"], shown["lifeToDateGiftCount"], shown["lifeToDateGiversCount"]) == (25, 2, 1)
    assert shown["calendarYearToDateGiving"] == 20


def test_search_status_balance_and_types(virtuous: VirtuousOrganisation) -> None:
    found = virtuous.api.post("/Project/Search", json={"search": "schol"}).json()
    assert [row["projectCode"] for row in found["list"]] == ["SCH"]
    project = virtuous.project("SCH")
    assert virtuous.api.put(f"/Project/{project}/Status", params={"inventoryStatus": "Closed"}).content == b""
    balance = {"beginningBalance": 10, "currentBalance": "12.5"}
    shown = virtuous.api.put(f"/Project/{project}/Balance", json=balance).json()
    assert (shown["inventoryStatus"], shown["currentBalance"]) == ("Closed", 12.5)
    assert virtuous.api.get("/Project/Types").json() == ["Default"]


def test_staff_deletes_only_projects_without_gifts(virtuous: VirtuousOrganisation) -> None:
    virtuous.staff_gift(make(virtuous)["id"], 20)
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        virtuous.staff_delete_project(virtuous.project())
    unused = virtuous.project("SCH")
    virtuous.staff_delete_project(unused)
    assert virtuous.api.get(f"/Project/{unused}").status_code == 404


def test_segments_are_found_by_code(virtuous: VirtuousOrganisation) -> None:
    segment = virtuous.api.get("/Segment/Code/gala26").json()
    assert (segment["code"], segment["campaignName"]) == ("GALA26", "Annual Campaign")
    assert virtuous.api.get(f"/Segment/{segment['id']}").json() == segment
    assert virtuous.api.post("/Segment/Search", json={"search": "gala"}).json()["list"] == [segment]
    assert virtuous.api.get("/Segment/Code/NONE").status_code == 404
