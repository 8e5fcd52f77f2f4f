"""Reference data, interactions and notes."""

from __future__ import annotations

from local.sandbox.bloomerang import BloomerangDatabase


def test_reference_data_can_be_made_and_changed(bloomerang: BloomerangDatabase) -> None:
    for kind in ("fund", "campaign", "appeal"):
        made = bloomerang.api.post(f"/{kind}", json={"Name": "Roof"}).json()
        assert ("AuditTrail" in made) is (kind != "fund")
        off = bloomerang.api.put(f"/{kind}/{made['Id']}", json={"IsActive": False}).json()
        assert off["IsActive"] is False
        listed = bloomerang.api.get(f"/{kind}s", params={"search": "roof", "isActive": "false"}).json()
        assert [found["Id"] for found in listed["Results"]] == [made["Id"]]
        assert bloomerang.api.post(f"/{kind}", json={}).json()["ErrorCode"] == 301
    assert bloomerang.api.get("/tributes/search?search=Jo").status_code == 400


def test_interactions_and_notes(bloomerang: BloomerangDatabase) -> None:
    donor = bloomerang.seed(2)["people"][0]
    asked = {
        "AccountId": donor,
        "Date": "2026-08-01",
        "Channel": "Website",
        "Purpose": "SpecialEvent",
        "Subject": "Gala",
    }
    made = bloomerang.api.post("/interaction", json=asked | {"IsInbound": True}).json()
    assert (made["AccountId"], made["IsInbound"], made["IsBcc"]) == (donor, True, False)
    assert bloomerang.api.post("/interaction", json=asked | {"Subject": ""}).json()["ErrorCode"] == 301
    assert bloomerang.api.put(f"/interaction/{made['Id']}", json={"AccountId": donor + 1}).status_code == 400
    listed = bloomerang.api.get("/interactions", params={"channel": "Website|Mail", "constituent": donor}).json()
    assert listed["TotalFiltered"] == 1
    note = bloomerang.api.post("/note", json={"AccountId": donor, "Date": "2026-08-01", "Note": "Hello"}).json()
    assert bloomerang.api.put(f"/note/{note['Id']}", json={"Note": "Bye"}).json()["Note"] == "Bye"
    assert bloomerang.api.delete(f"/note/{note['Id']}").json()["Type"] == "Note"
