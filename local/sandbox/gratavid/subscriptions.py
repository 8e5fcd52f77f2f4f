"""Who hears of what: the connector's webhookSubscribe and webhookUnsubscribe.

The connector leaves both answers undeclared, yet unsubscribing takes a number: where a subscriber would learn it is
an option (`subscription_id`). Microsoft's docs on webhook triggers ask a publisher for status 201 and the unsubscribing
address in the header `Location`; that Gratavid does so is not said anywhere.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.asked import Call
from local.sandbox.gratavid.errors import invalid, required
from local.sandbox.gratavid.notifications import sample
from local.sandbox.gratavid.records import EVENTS, Subscription

EVENT_PARAMETER = "webookHookEvent"
"""Misspelt in the vendor's API, and only so."""


def subscribe(call: Call) -> Response:
    """`webhookSubscribe`: from now on an address hears of one event."""
    event = call.query.get(EVENT_PARAMETER, "")
    if event not in EVENTS:
        raise invalid(f"{EVENT_PARAMETER} is not valid") if event else required(EVENT_PARAMETER)
    url = call.fields(("webhookURL",), ("webhookURL",))["webhookURL"]
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise invalid("webhookURL is not a URL")
    subscription = add(call.account, event, url)
    if call.options.test_notification:
        sample(call.account, subscription)
    return _subscribed(call, subscription)


def unsubscribe(call: Call) -> Response:
    """`webhookUnsubscribe`: both parameters are optional to the connector."""
    number, event = call.query.get("webhookSubscribeId"), call.query.get(EVENT_PARAMETER)
    if number is None:
        _unsubscribe_event(call, event)
    elif not number.isdecimal():
        raise invalid("webhookSubscribeId must be an integer")
    else:
        _unsubscribe_number(call, int(number), event)
    return _done(call)


def add(account: Account, event: str, url: str) -> Subscription:
    """Subscribe an address; by option the event's other addresses make room, or the same address stays as it is."""
    same = [row for row in account.subscriptions.values() if row.event == event]
    if account.options.resubscribe == "keeps":
        for row in same:
            if row.url == url:
                return row
    if account.options.resubscribe == "replaces":
        for row in same:
            del account.subscriptions[row.id]
    subscription = Subscription(account.number("subscription"), event, url, account.clock.now())
    account.subscriptions[subscription.id] = subscription
    account.changed()
    return subscription


def _unsubscribe_number(call: Call, number: int, event: str | None) -> None:
    found = call.account.subscriptions.get(number)
    if found is not None and event in {None, found.event}:
        del call.account.subscriptions[number]
        call.account.changed()
    elif call.options.unsubscribe_unknown == "refuse":
        raise invalid("There is no such subscription")


def _unsubscribe_event(call: Call, event: str | None) -> None:
    if call.options.unsubscribe_without_id == "refuse":
        raise required("webhookSubscribeId")
    if call.options.unsubscribe_without_id == "nothing":
        return
    for row in list(call.account.subscriptions.values()):
        if row.event == event:
            del call.account.subscriptions[row.id]
            call.account.changed()


def _subscribed(call: Call, subscription: Subscription) -> Response:
    status, place = call.options.subscribe_status, call.options.subscription_id
    if place in {"webhookSubscribeId", "id"}:
        return JSONResponse({place: subscription.id}, status)
    if place == "data":
        return JSONResponse({"status": call.options.status_word, "data": {"id": subscription.id}}, status)
    answer = _done(call, status)
    if place == "location":
        answer.headers["Location"] = _location(call, subscription)
    return answer


def _location(call: Call, subscription: Subscription) -> str:
    query: dict[str, Any] = {
        "source": call.query["source"],
        "event": "webhookUnsubscribe",
        "webhookSubscribeId": subscription.id,
        EVENT_PARAMETER: subscription.event,
    }
    return f"{call.base}/api/manageIntegrations?{urlencode(query)}"


def _done(call: Call, status: int = 200) -> Response:
    if call.options.webhook_answer == "object":
        return JSONResponse({}, status)
    if call.options.webhook_answer == "text":
        return PlainTextResponse("OK", status)
    return Response(status_code=status)
