"""Sending gifts by hand."""

from typing import Any

from tests.rows.conftest import Site


def auction(site: Site, donors: int = 2) -> Any:
    """A closed auction, not reconciled; a payment of 50 by each donor."""
    receipts = [
        {"contactId": site.person(f"Donor{number}"), "items": [{"name": "Quilt", "price": "50.00"}]}
        for number in range(donors)
    ]
    return site.platform.hold_auction(receipts=receipts)


def choices(site: Site, fund: str = "Scholarships") -> dict[str, str]:
    """Ids for a fund, the campaign and the appeal, from the API's own lists."""
    lists = site.get("~/choices")
    by_name = {kind: {name: one for one, name in lists[kind].items()} for kind in ("funds", "campaigns", "appeals")}
    return {
        "fund": by_name["funds"][fund],
        "campaign": by_name["campaigns"]["Annual Fund"],
        "appeal": by_name["appeals"]["Gala"],
    }


def purposes(site: Site) -> list[tuple[str, str, str]]:
    """Fund, campaign and appeal of every gift's only designation."""
    parts = [part for gift in site.gifts() for part in gift["Designations"]]
    names = [[(part.get(kind) or {}).get("Name", "") for kind in ("Fund", "Campaign", "Appeal")] for part in parts]
    return [(fund, campaign, appeal) for fund, campaign, appeal in names]


def test_F31_chosen_gifts_go_with_a_fund_campaign_and_appeal_after_a_warning(synced: Site) -> None:
    held = auction(synced)
    chosen = held["transactions"][0]["id"]
    order = {"ids": [chosen], **choices(synced)}
    warned = synced.call("POST", "~/gifts/send", order)
    assert (warned.status_code, warned.json()["type"]) == (409, "urn:giftbridge:problem:unreconciled")
    assert (warned.json()["ids"], synced.gifts()) == ([chosen], [])
    sent = synced.post("~/gifts/send", {**order, "confirm_unreconciled": True}, actor="user-5")
    run = synced.finished(sent["run"]["id"])
    assert (run["started_by"], run["counts"]["crm"]["created"], sent["unchanged"]) == ("user-5", 1, [])
    assert purposes(synced) == [("Scholarships", "Annual Fund", "Gala")]
    later = synced.reconcile(held["event"]["id"])
    assert (later["counts"]["crm"]["created"], later["counts"]["crm"]["unchanged"]) == (1, 1), "skips what is there"
    assert sorted(purposes(synced)) == [("Scholarships", "Annual Fund", "Gala"), ("Unrestricted", "", "")]


def test_F31_the_same_choices_again_do_nothing(synced: Site) -> None:
    held = auction(synced, 1)
    order = {"ids": [held["transactions"][0]["id"]], **choices(synced), "confirm_unreconciled": True}
    synced.finished(synced.post("~/gifts/send", order)["run"]["id"])
    before, runs = synced.gifts(), synced.runs()
    assert synced.post("~/gifts/send", order) == {"run": None, "unchanged": order["ids"]}
    assert (synced.gifts(), synced.runs()) == (before, runs)


def test_F31_other_choices_ask_and_then_update(synced: Site) -> None:
    held = auction(synced, 1)
    ids = [held["transactions"][0]["id"]]
    synced.reconcile(held["event"]["id"])
    order = {"ids": ids, **choices(synced)}
    asked = synced.call("POST", "~/gifts/send", order)
    assert (asked.status_code, asked.json()["type"]) == (409, "urn:giftbridge:problem:other_choices")
    assert asked.json()["ids"] == ids
    assert purposes(synced) == [("Unrestricted", "", "")]
    (before,) = synced.gifts()
    run = synced.finished(synced.post("~/gifts/send", {**order, "confirm_changes": True})["run"]["id"])
    assert run["counts"]["crm"]["updated"] == 1
    assert purposes(synced) == [("Scholarships", "Annual Fund", "Gala")]
    assert [gift["Id"] for gift in synced.gifts()] == [before["Id"]]
    (line,) = synced.records(run["id"])
    assert (line["outcome"], line["other_id"]) == ("updated", str(before["Id"]))


def test_F31_what_does_not_exist_is_refused_with_its_place(synced: Site) -> None:
    held = auction(synced, 1)
    order = {"ids": [held["transactions"][0]["id"], "no-such-gift"], "fund": "no-such-fund"}
    reply = synced.call("POST", "~/gifts/send", {**order, "confirm_unreconciled": True})
    assert reply.status_code == 422
    assert {one["path"] for one in reply.json()["errors"]} == {"fund", "ids.1"}
    assert synced.gifts() == []
