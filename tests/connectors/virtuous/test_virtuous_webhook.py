"""What a webhook of Virtuous says, whole, odd or broken; and the subscription it comes by."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.connectors.http import Api
from giftbridge.connectors.notice import Notice
from giftbridge.connectors.virtuous import registration
from giftbridge.connectors.virtuous.webhook import notices
from giftbridge.errors import NotFound, Reject
from giftbridge.jobs.check import OpenGate
from tests.connectors.contract import NOW

AT = datetime(2026, 9, 3, 16, 13, 7, tzinfo=UTC)
FRAME = {
    "eventId": "6b2be4f5", "eventDateTimeUtc": "2026-09-03T16:13:07Z", "organization": {"id": 7472, "name": "Example"},
    "organizationUser": {"id": 157923, "emailAddress": "staff@example.org"},
}  # fmt: skip
URL = "https://bridge.invalid/webhooks/virtuous/h"


def said(**body: Any) -> list[Notice]:
    return notices(json.dumps({**FRAME, **body}).encode(), {})


def test_one_record() -> None:
    gift = {"id": 38241, "contactId": 6020, "amount": 150.0}
    assert said(event="GiftCreate", gift=gift) == [Notice("6b2be4f5:38241:", "crm.gift.changed", "38241", AT)]
    contact = {"id": 501, "modifiedDateTimeUtc": "2026-09-03T16:13:05"}
    (notice,) = said(event="ContactUpdate", contact=contact)
    assert notice == Notice("6b2be4f5:501:2026-09-03T16:13:05", "crm.contact.changed", "501", AT)


def test_several_records_of_one_event_are_told_apart() -> None:
    found = said(
        event="GiftUpdate", models=[{"gift": {"id": 1}}, {"gift": {"id": 2}}, {"gift": {"id": 3}, "eventId": "x"}]
    )
    assert [one.id for one in found] == ["6b2be4f5:1:", "6b2be4f5:2:", "x:3:"]
    assert {one.at for one in found} == {AT}
    (alone,) = said(event="GiftUpdate", models=[{"gift": {"id": 1}}], eventId=None)
    assert alone.id == "GiftUpdate@2026-09-03T16:13:07Z:1:"


@pytest.mark.parametrize("body", [{"id": 7}, {"gift": {"id": 7}}, {"id": 7, "gift": {"id": 7}}])
def test_a_deleted_gift_comes_in_either_shape(body: dict[str, Any]) -> None:
    assert [one.subject for one in said(event="GiftDelete", **body)] == ["7"]


@pytest.mark.parametrize(
    "event", ["ProjectUpdate", "ContactNoteCreate", "FormSubmission", "giftCreate", "contact.created"]
)
def test_what_nobody_acts_on_gives_none(event: str) -> None:
    assert said(event=event, project={"id": 1}) == []


@pytest.mark.parametrize("text", ["2026-09-03T16:13:07", "2026-09-03T16:13:07.0000000", "2026-09-03T18:13:07+02:00"])
def test_a_time_is_utc_with_or_without_a_z(text: str) -> None:
    assert said(event="GiftCreate", gift={"id": 1}, eventDateTimeUtc=text)[0].at == AT


@pytest.mark.parametrize(
    "body",
    [
        {"event": None}, {"event": "GiftCreate"}, {"event": "GiftCreate", "gift": {}},
        {"event": "GiftCreate", "gift": 7},
        {"event": "GiftCreate", "gift": {"id": True}}, {"event": "GiftCreate", "models": [7]},
        {"event": "GiftCreate", "gift": {"id": 1}, "eventDateTimeUtc": "soon"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Reject):
        said(**body)


@given(body=st.binary(max_size=100) | st.text(max_size=50).map(lambda text: json.dumps([text]).encode()))
def test_nothing_that_arrives_is_a_crash(body: bytes) -> None:
    with pytest.raises(Reject):
        notices(body, {})


class Vendor:
    """Keeps subscriptions by id, and answers nothing else."""

    def __init__(self, *urls: str) -> None:
        self.rows: dict[int, dict[str, Any]] = {number: {"payloadUrl": url} for number, url in enumerate(urls, 1)}
        self.calls: list[str] = []

    @property
    def api(self) -> Api:
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        return Api("virtuous", "Virtuous", "https://vendor.invalid", client, OpenGate(), lambda: NOW)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        _, _, name = request.url.path.partition("/api/Webhook")
        self.calls.append(f"{request.method} {name}")
        number = int(name.strip("/") or len(self.rows) + 1)
        if request.method == "POST":
            self.rows[number] = json.loads(request.content)
        elif number not in self.rows:
            return httpx.Response(404)
        elif request.method == "PUT":
            self.rows[number] = json.loads(request.content)
        elif request.method == "DELETE":
            del self.rows[number]
            return httpx.Response(200)
        return httpx.Response(200, json={"id": number, **self.rows[number]})


def test_a_subscription_is_made_with_all_its_switches_and_then_changed() -> None:
    vendor = Vendor()
    made = registration.register(vendor.api, URL, "secret", "")
    body = vendor.rows[1]
    assert (made, body["payloadUrl"], body["secret"], body["active"]) == ("1", URL, "secret", True)
    switches = {name for name, on in body.items() if on is True} - {"active"}
    assert switches == {"contactCreate", "contactUpdate", "giftCreate", "giftUpdate", "giftDelete"}
    assert len(body) == 18, "one that is left out counts as off, so that all are named"
    assert registration.register(vendor.api, URL, "other", "1") == "1"
    assert (len(vendor.rows), vendor.rows[1]["secret"]) == (1, "other")


def test_one_that_is_gone_is_made_anew() -> None:
    vendor = Vendor("https://elsewhere.invalid/")
    assert registration.register(vendor.api, URL, "secret", "9") == "2"


def test_nothing_is_called_for_one_whose_id_was_lost() -> None:
    vendor = Vendor(URL)
    with pytest.raises(NotFound):
        registration.unregister(vendor.api, "")
    assert vendor.calls == []
    registration.unregister(vendor.api, "1")
    assert vendor.rows == {}


def test_only_older_ones_of_just_this_address_are_strays() -> None:
    vendor = Vendor("https://elsewhere.invalid/", URL, f"{URL}/other", URL)
    registration.drop_strays(vendor.api, URL, "4")
    assert list(vendor.rows) == [1, 3, 4]
    vendor.calls.clear()
    registration.drop_strays(vendor.api, URL, "1000")
    assert len(vendor.calls) == registration.LOOK_BACK
