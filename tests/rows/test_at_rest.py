"""What is left of people in the bridge once everything has been delivered: nothing that anybody could read."""

import base64
import json
import quopri
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from giftbridge.jobs import dispatch, review
from giftbridge.jobs.context import App
from giftbridge.stores.connections import owner
from local.stored import Stored
from tests.rows.conftest import Deployment, Site
from tests.world import MovingClock

PEOPLE = [  # first, last, e-mail's name, phone, street: nothing that could stand there for another reason
    ("Zebulonia", "Quackenbüsh", "zebulonia.q", "+12125557301", "7301 Wimbleton Parkway"),
    ("Oddvarine", "Thistlewycke", "oddvarine.t", "+13125557302", "7302 Gooseberry Hollow"),
    ("Peregrína", "Umberstråle", "peregrina.u", "+14155557303", "7303 Marmalade Terrace"),
    ("Ferdinanda", "O'Xylander", "ferdinanda.x", "+16175557304", "7304 Yellowhammer Mews"),
]
EDITS = {"first": "Cornelíusine", "last": "Brackenthwaite", "lost": "Wolfgangina", "phone": "+12025557399"}
LOST_GIFT = "Bumbershoot & Söhne signed lithograph"


def needles() -> set[str]:
    """Every name, e-mail address, phone and street of the story, in the ways that systems write them."""
    found: set[str] = set(EDITS.values()) | {LOST_GIFT}
    for first, last, email, phone, street in PEOPLE:
        found |= {first, last, f"{email}@example.org", email, phone, street}
    for phone in [one for one in found if one.startswith("+1")]:
        area, exchange, line = phone[2:5], phone[5:8], phone[8:]
        found |= {phone[2:], f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}"}
    return found | {one.lower() for one in found} | {one.upper() for one in found}


def disguises(text: str) -> Iterator[bytes]:
    """A text as it is and as programs escape it."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield text.encode("latin-1", "ignore")
    yield from (one.encode() for one in (quote(text), quote_plus(text), quote(text, safe=""), escape(text)))
    yield from (json.dumps(text)[1:-1].encode(), json.dumps(json.dumps(text))[3:-3].encode())
    yield quopri.encodestring(text.encode())
    for kind in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):  # whatever stands before it, one of three; both ends belong to the neighbours too
            yield kind(b"\0" * shift + text.encode())[4 if shift else 0 : -4]


def readable(kept: Sequence[Stored], texts: Iterable[str] = ()) -> set[tuple[str, str]]:
    """Where anything of the people can be read, or any of these texts, in whatever disguise."""
    everything = b"\n".join({each.content for each in kept})
    forms = {form: text for text in texts or needles() for form in disguises(text) if len(form) >= 6}
    found = {form: text for form, text in forms.items() if form in everything}
    return {(each.where, text) for each in kept for form, text in found.items() if form in each.content}


def test_the_search_finds_what_it_looks_for() -> None:
    for text in needles():
        hidden = (text, quote(text), json.dumps({"a": text}), json.dumps(json.dumps([text])))
        for form in (*hidden, *(base64.b64encode(f"{'x' * n} {text} and more".encode()).decode() for n in range(4))):
            assert any(one in form.encode() for one in disguises(text)), form


def test_P11_after_a_full_story_no_stored_byte_tells_of_anybody(
    deployment: Deployment, connected: Site, app: App, clock: MovingClock
) -> None:
    _story(connected)
    connected.platform.deliveries()
    clock.advance(days=1)
    dispatch.direct(app, "exports", {"detail-type": "daily-export"})
    dispatch.doorbell(app, "exports", f'{{"v": 1, "account": "bloomerang:{connected.crm.id}"}}')
    kept = deployment.stored()
    places = {each.where.split()[0] for each in kept}
    assert places >= {"table", "bucket", "log"}
    manifests = [
        each for each in kept if each.where.startswith("bucket") and connected.connection.encode() in each.content
    ]
    assert manifests, "the export is among what is read"
    assert not readable(kept)


def test_P11_what_waits_for_a_person_is_sealed_and_expires(connected: Site, app: App, clock: MovingClock) -> None:
    """In code: the items are still there, but nobody can read them any more."""
    one = connected.person("Zebulonia", email="shared@example.org")
    connected.person("Oddvarine", email="shared@example.org")
    connected.crm.staff_call("POST", "/constituent", _constituent("Ferdinanda", "Shared", "shared@example.org"))
    connected.first_sync()
    (question, *_) = [asked for asked in connected.get("~/reviews")["items"] if asked["id"] == one]
    assert question["label"] == "Zebulonia Lane"
    clock.advance(days=31)
    assert _labels(app, connected) == {""}


def _labels(app: App, site: Site) -> set[str]:
    connection = app.connections.get(owner("handbid", site.platform.id), site.connection)
    return {asked.label for asked in review.open_questions(app, connection, 10)}


def _constituent(first: str, last: str, email: str) -> dict[str, Any]:
    primary = {"Type": "Home", "Value": email, "IsPrimary": True}
    return {"Type": "Individual", "FirstName": first, "LastName": last, "PrimaryEmail": primary}


def _contact(number: int) -> dict[str, Any]:
    first, last, email, phone, street = PEOPLE[number]
    address = {"street1": street, "city": "Austin", "state": "TX", "postalCode": "78701", "country": "US"}
    return {"firstName": first, "lastName": last, "email": f"{email}@example.org", "phone": phone, "address": address}


def _story(site: Site) -> None:
    """Contacts both ways, a conflict, gifts, a refund, failures, and a webhook."""
    ids = [site.platform.add_contact(**_contact(number))["id"] for number in range(2)]
    for number in (2, 3):
        first, last, email, *_ = PEOPLE[number]
        site.crm.staff_call("POST", "/constituent", _constituent(first, last, f"{email}@example.org"))
    failing = site.platform.add_contact(firstName=EDITS["first"], lastName=EDITS["last"])["id"]
    site.first_sync()
    crm = {row["FirstName"]: row["Id"] for row in site.constituents().values()}
    site.platform.edit_contact(ids[0], firstName=EDITS["first"])
    site.crm.staff_edit(crm["Zebulonia"], FirstName=EDITS["lost"])
    site.crm.staff_edit(crm["Oddvarine"], LastName=EDITS["last"])
    site.platform.edit_contact(ids[1], phone=EDITS["phone"])
    assert any(line["conflicts"] for line in site.records(site.sync()["id"])), "a conflict"
    receipts = [{"contactId": who, "items": [{"name": LOST_GIFT, "price": "50.00"}]} for who in (*ids, failing)]
    auction = site.platform.hold_auction(name="Gala", receipts=[*receipts, {**receipts[0], "contactId": None}])
    run = site.reconcile(auction["event"]["id"])
    assert (run["counts"]["crm"]["created"], run["counts"]["crm"]["failed"]) == (2, 2)
    site.platform.refund(auction["transactions"][0]["id"], reason=f"{EDITS['lost']} asked for it")
    site.ended(2, kind="gifts")
    assert [gift["IsRefunded"] for gift in site.gifts()].count("Yes") == 1
    site.platform.hand_made_event("contact.updated", ids[0])
    site.ended(started_by="webhook", kind="contacts")
