"""Telling Virtuous where to call us. It lists no subscriptions: an id that is lost is lost, unless it is near ours."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from giftbridge.connectors.http import Api
from giftbridge.connectors.notice import Notice
from giftbridge.connectors.virtuous import webhook
from giftbridge.errors import NotFound, Reject

PATH: Final = "/api/Webhook"
WANTED: Final = frozenset({"contactCreate", "contactUpdate", "giftCreate", "giftUpdate", "giftDelete"})
TOGGLES: Final = (
    "contactCreate", "contactUpdate", "giftCreate", "giftUpdate", "giftDelete", "projectCreate", "projectUpdate",
    "projectDelete", "formSubmission", "contactNoteCreate", "contactNoteUpdate", "contactNoteDelete", "eventCreate",
    "eventUpdate", "eventDelete",
)  # fmt: skip
LOOK_BACK: Final = 25
"""Ids before our own that may be of the subscription whose answer was lost a minute ago."""


class CallsUs:
    """What `Virtuous` does about webhooks: one subscription takes all events."""

    _api: Api

    def notices(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        """What a webhook says."""
        return webhook.notices(body, headers)

    def register(self, url: str, secret: str, known: str, event: str) -> str:
        """Subscribe, or change the subscription that stands."""
        return register(self._api, url, secret, known)

    def unregister(self, registration: str, event: str) -> None:
        """Delete the subscription."""
        unregister(self._api, registration)

    def drop_strays(self, url: str, registration: str) -> None:
        """Delete what a lost answer may have left."""
        drop_strays(self._api, url, registration)


def register(api: Api, url: str, secret: str, known: str) -> str:
    """Subscribe `url` to what we act on; the subscription's id. One that staff deleted is made anew."""
    body = {"payloadUrl": url, "secret": secret, **{name: name in WANTED for name in TOGGLES}, "active": True}
    if known:
        with suppress(NotFound):
            api.call("PUT", _place(known), json=body)
            return known
    made: Mapping[str, Any] = api.call("POST", PATH, json=body, needs="id").body
    return str(made["id"])


def unregister(api: Api, registration: str) -> None:
    """Delete the subscription. Raises `NotFound` where it is gone, or its id was lost."""
    if not registration:
        raise NotFound("Virtuous told no id of this subscription.")
    api.call("DELETE", _place(registration))


def drop_strays(api: Api, url: str, registration: str) -> None:
    """Delete older subscriptions of just this address, found by their ids, as those ascend."""
    ours = int(registration) if registration.isdecimal() else 0
    for number in range(ours - 1, max(0, ours - 1 - LOOK_BACK), -1):
        with suppress(NotFound, Reject):  # nobody's, or another organisation's
            if api.get(_place(str(number)), needs="payloadUrl")["payloadUrl"] == url:
                unregister(api, str(number))


def _place(registration: str) -> str:
    return f"{PATH}/{quote(registration, safe='')}"
