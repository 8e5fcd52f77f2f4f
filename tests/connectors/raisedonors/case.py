"""RaiseDonors for the contract suite: as Handbid, for both speak the Platform API, but with donations."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from giftbridge.connectors.notice import Notice
from tests.connectors.contract import Case
from tests.connectors.handbid.case import CASE as HANDBID
from tests.connectors.handbid.case import ORGANISATION, found_contacts, stored_contact

CASE: Final[Case] = replace(
    HANDBID,
    folder=Path(__file__).parent,
    credentials={"token": {"kind": "token", "token": "tok-77c1-raisedonors"}},
    answers=[
        (rf"GET {ORGANISATION}", lambda _: HANDBID.fixture("organisation.json")),
        (rf"GET {ORGANISATION}/contacts", lambda _: HANDBID.fixture("contacts.json")),
        (rf"POST {ORGANISATION}/contacts/search", found_contacts),
        (rf"(POST|PATCH) {ORGANISATION}/contacts(/c_1)?", stored_contact),
        (rf"PUT {ORGANISATION}/contacts/c_1/crm-ids/\w+", lambda _: HANDBID.fixture("contacts.json")["items"][0]),
        (rf"POST {ORGANISATION}/contacts/c_1/activity", lambda _: {"id": "act_1"}),
        (rf"GET {ORGANISATION}/donations", "donations.json"),
        (rf"GET {ORGANISATION}/projects", "projects.json"),
    ],
    event_id="",
    gift_id="don_1",
    webhook=(
        b'{"type": "contact.updated", "timestamp": "2026-03-01T12:00:00.000Z", "data": {"contactId": "c_1"}}',
        {"webhook-id": "msg_1", "webhook-timestamp": "1772366400", "webhook-signature": "v1,c2ln"},
        [Notice("msg_1", "contact.updated", "c_1")],
    ),
)
