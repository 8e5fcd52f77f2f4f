"""The caller's organisations and permissions."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.binding import bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty
from local.sandbox.virtuous.errors import invalid_request, not_permitted
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.shapes import SWITCH

Json = dict[str, Any]
_MODULES = ("Campaign", "Contact", "Gift", "Project", "Webhook")


def current(call: Call) -> Json:
    """`GET /Organization/Current`: the cheap probe of a credential."""
    shown = _show(call.organisation, call.actor.id)
    return shown | {"currentUserTimeZone": call.organisation.time_zone}


def every(call: Call) -> list[Json]:
    """`GET /Organization`: one for a key; for a user, the current one first."""
    return [_show(call.organisation, call.actor.id), *_others(call)]


def switch(call: Call) -> Empty:
    """`PUT /Organization/Switch`: users only, a key is bound to one organisation."""
    wanted = bind(SWITCH, call.body, "switchOrganization").get("organizationUserId")
    if wanted is None:
        raise invalid_request(["switchOrganization.organizationUserId"])
    user = call.caller.user
    target = next((name for name, number in user.numbers.items() if number == wanted), None) if user else None
    if user is None or target is None:
        raise not_permitted()
    user.current = target
    return EMPTY


def permissions(call: Call) -> list[Json]:
    """`GET /Permission`."""
    allowed = {"Read": True, "Write": call.caller.may_write, "Delete": call.caller.may_write}
    return [
        {"module": module, "action": action, "allowed": allowed[action]}
        for module in _MODULES
        for action in ("Delete", "Read", "Write")
    ]


def _others(call: Call) -> list[Json]:
    user = call.caller.user
    return [_show(other, user.numbers[other.name]) for other in call.caller.others] if user else []


def _show(organisation: Organisation, number: int) -> Json:
    return {
        "organizationUserId": number,
        "organizationName": organisation.title,
        "organizationTimeZone": organisation.time_zone,
        "organizationCulture": "en-US",
        "isAdministrator": True,
        "isEnabled": True,
    }
