"""P11 with CRMs that take in later what they are handed: lists that hold whole records, handovers, tickets, notes."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.sandbox.kindful.sandbox import KindfulControl
from tests.rows.conftest import Deployment, eventually
from tests.rows.ends import CRMS, CrmEnd, HandbidEnd, KindfulEnd, VirtuousEnd
from tests.rows.pairing import PairSite
from tests.rows.test_at_rest import EDITS, LOST_GIFT, PEOPLE, readable

Connect = Callable[[str], PairSite]


@pytest.fixture
def connect(deployment: Deployment, client: httpx.Client) -> Connect:
    """A connection of Handbid with a CRM; imports run when somebody says so."""

    def connect(crm: str) -> PairSite:
        url, none = deployment.stack.sandboxes[crm], _none()
        end: CrmEnd = CRMS[crm](url)
        if isinstance(end, KindfulEnd):
            end.sandbox = KindfulControl(url).account(end.name, queue="manual")
        ours: Any = HandbidEnd(deployment.stack.sandboxes["handbid"])
        site = PairSite(deployment, client, none, ours, end=end, crm_name=crm)
        made = site.post("/connections", site.body())
        site.connection = made["connection"]["id"]
        ours.sandbox.set(webhook={"url": made["webhook"]["url"], "secrets": [made["webhook"]["secret"]]})
        return site

    return connect


def _none() -> Any:
    return None


def test_P11_after_a_story_with_kindful(deployment: Deployment, connect: Connect) -> None:
    site = connect("kindful")
    crm, ids = site.end.sandbox, _people(site)
    crm.pause()
    run = site.post("~/first-sync", {"answer": "yes"})["id"]
    eventually(lambda: [one for one in site.get("~/waiting")["items"] if one["error"] == "sync_paused"])
    assert _sealed(deployment, run), "a run's list holds the records that can't be asked for again"
    assert not readable(deployment.stored()), "while a run waits"
    crm.pause(paused=False)
    deployment.ops("work", "wake", "--kind", "run")
    site.finished(run)
    assert _handed_over(deployment, site), "imports wait"
    _story(site, ids)
    assert not readable(deployment.stored()), "in the end"


def test_P11_after_a_story_with_virtuous(deployment: Deployment, connect: Connect) -> None:
    site = connect("virtuous")
    assert isinstance(site.end, VirtuousEnd)
    ids = _people(site)
    site.first_sync()
    _story(site, ids)
    assert not readable(deployment.stored())


def _people(site: PairSite) -> list[str]:
    """Two on the platform, and one there that can't go over; two in the CRM."""
    ours = site.platform.sandbox  # type: ignore[attr-defined]
    ids = []
    for first, last, email, phone, street in PEOPLE[:2]:
        address = {"street1": street, "city": "Austin", "state": "TX", "postalCode": "78701", "country": "US"}
        whole = {"email": f"{email}@example.org", "phone": phone, "address": address}
        ids.append(str(ours.add_contact(firstName=first, lastName=last, **whole)["id"]))
    ours.add_contact(firstName=EDITS["first"], lastName=EDITS["last"])
    for first, last, email, phone, _ in PEOPLE[2:]:
        site.end.add(first, last, f"{email}@example.org")
        site.end.set_phone(f"{email}@example.org", phone)
    return ids


def _story(site: PairSite, ids: list[str]) -> None:
    """Edits on both sides, one of them a conflict; gifts, of which one is refunded."""
    ours = site.platform.sandbox  # type: ignore[attr-defined]
    site.rest()
    ours.edit_contact(ids[0], phone=EDITS["phone"], firstName=EDITS["lost"])
    site.end.set_phone(f"{PEOPLE[0][2]}@example.org", PEOPLE[3][3])
    site.end.set_phone(f"{PEOPLE[1][2]}@example.org", EDITS["phone"])
    site.sync()
    site.rest()
    receipts = [{"contactId": who, "items": [{"name": LOST_GIFT, "price": "50.00"}]} for who in ids]
    auction = ours.hold_auction(name="Gala", receipts=receipts)
    ours.set_event_status(auction["event"]["id"], "reconciled")
    site.ended(1, kind="gifts")
    assert _handed_over(site.deployment, site), "gifts wait"
    assert not readable(site.deployment.stored()), "while gifts wait"
    site.rest()
    assert len(site.end.gifts()) == 2
    ours.refund(auction["transactions"][0]["id"], reason=f"{EDITS['lost']} asked for it")
    site.ended(2, kind="gifts")
    site.rest()
    assert [refunded for _, refunded in site.end.gifts()].count(True) >= 1


def _sealed(deployment: Deployment, run: str) -> list[Any]:
    return [row for row in deployment.table("RUNS") if row["pk"]["S"].startswith(f"TODO#{run}") and "k" in row]


def _handed_over(deployment: Deployment, site: PairSite) -> list[Any]:
    mine = [row for row in deployment.table("LINKS") if row["pk"]["S"].startswith(f"{site.connection}|")]
    return [row for row in mine if row.get("handover", {}).get("M", {}).get("ticket", {}).get("S")]
