"""The vendor's paths under `/v2` and who serves them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from local.sandbox.bloomerang import (
    activity,
    constituents,
    contacts,
    designations,
    gifts,
    matching,
    reference,
    refunds,
)
from local.sandbox.bloomerang.activity import Activity
from local.sandbox.bloomerang.call import Call, Handler
from local.sandbox.bloomerang.contacts import RowKind
from local.sandbox.bloomerang.errors import ApiError
from local.sandbox.bloomerang.lists import check_query
from local.sandbox.bloomerang.reference import Managed

BASE = "/v2"
Routes = dict[tuple[str, str], Handler]


def _row_routes(plural: str, single: str, kind: RowKind) -> Routes:
    return {
        ("GET", plural): kind.list_spec().handler,
        ("POST", single): kind.create,
        ("GET", f"{single}/{{id}}"): kind.get,
        ("PUT", f"{single}/{{id}}"): kind.update,
        ("DELETE", f"{single}/{{id}}"): kind.delete,
    }


def _managed_routes(plural: str, single: str, kind: Managed) -> Routes:
    return {
        ("GET", plural): kind.list_spec().handler,
        ("POST", single): kind.create,
        ("GET", f"{single}/{{id}}"): kind.get,
        ("PUT", f"{single}/{{id}}"): kind.update,
    }


def _activity_routes(plural: str, single: str, kind: Activity) -> Routes:
    return {
        ("GET", plural): kind.list_spec().handler,
        ("POST", single): kind.create,
        ("GET", f"{single}/{{id}}"): kind.get,
        ("PUT", f"{single}/{{id}}"): kind.update,
        ("DELETE", f"{single}/{{id}}"): kind.delete,
    }


ROUTES: Routes = {
    ("GET", "/database"): reference.database,
    ("GET", "/user/current"): reference.current_user,
    ("GET", "/constituents"): constituents.LIST.handler,
    ("GET", "/constituents/search"): matching.search,
    ("POST", "/constituent"): constituents.create,
    ("GET", "/constituent/duplicates"): matching.duplicates_by_query,
    ("POST", "/constituent/duplicates"): matching.duplicates_by_body,
    ("POST", "/constituent/merge"): matching.merge,
    ("GET", "/constituent/{id}"): constituents.get,
    ("PUT", "/constituent/{id}"): constituents.update,
    ("DELETE", "/constituent/{id}"): constituents.delete,
    ("PUT", "/constituent/{id}/updatecommunicationsettings"): constituents.communication,
    ("GET", "/households"): activity.HOUSEHOLDS.handler,
    ("GET", "/household/{id}"): activity.get_household,
    ("GET", "/transactions"): gifts.handle_list,
    ("POST", "/transaction"): gifts.create,
    ("GET", "/transaction/{id}"): gifts.get,
    ("PUT", "/transaction/{id}"): gifts.update,
    ("DELETE", "/transaction/{id}"): gifts.delete,
    ("GET", "/transactions/designations"): designations.LIST.handler,
    ("GET", "/transactions/designation/{id}"): designations.get,
    ("GET", "/refunds"): refunds.REFUNDS.handler,
    ("POST", "/refund"): refunds.create_refund,
    ("GET", "/refund/{id}"): refunds.get_refund,
    ("PUT", "/refund/{id}"): refunds.update_refund,
    ("DELETE", "/refund/{id}"): refunds.delete_refund,
    ("GET", "/softcredits"): refunds.SOFT_CREDITS.handler,
    ("POST", "/softcredit"): refunds.create_soft_credit,
    ("GET", "/softcredit/{id}"): refunds.get_soft_credit,
    ("PUT", "/softcredit/{id}"): refunds.update_soft_credit,
    ("DELETE", "/softcredit/{id}"): refunds.delete_soft_credit,
    ("GET", "/tributes/search"): reference.search_tributes,
    ("GET", "/emailinterests"): reference.EMAIL_INTEREST.list_spec().handler,
    ("GET", "/emailinterest/{id}"): reference.EMAIL_INTEREST.get,
    ("GET", "/customfields/{type}"): reference.custom_fields,
    ("GET", "/customvalues/{type}"): reference.custom_values,
    ("GET", "/customvalues/{type}/{field}"): reference.custom_values,
    ("GET", "/customfieldcategories/{type}"): reference.custom_categories,
    **_row_routes("/emails", "/email", contacts.EMAIL),
    **_row_routes("/phones", "/phone", contacts.PHONE),
    **_row_routes("/addresses", "/address", contacts.ADDRESS),
    **_managed_routes("/funds", "/fund", reference.FUND),
    **_managed_routes("/campaigns", "/campaign", reference.CAMPAIGN),
    **_managed_routes("/appeals", "/appeal", reference.APPEAL),
    **_managed_routes("/tributes", "/tribute", reference.TRIBUTE),
    **_activity_routes("/interactions", "/interaction", activity.INTERACTION),
    **_activity_routes("/notes", "/note", activity.NOTE),
}
# Handlers that read query parameters check them on their own; the rest take none.
_LISTING = {"/constituents", "/constituents/search", "/constituent/duplicates", "/tributes/search"}


@dataclass(frozen=True)
class Match:
    """A route found for a path, with the values in it."""

    handler: Handler
    values: dict[str, str]
    takes_query: bool


def find_route(method: str, path: str) -> Match:
    """Who serves a path under `/v2` (case and a trailing slash do not matter); ApiError 404 or 405."""
    wanted = path[len(BASE) :].rstrip("/").lower()
    known = False
    for pattern, template, methods in _COMPILED:
        found = pattern.fullmatch(wanted)
        if found is None:
            continue
        known = True
        if method in methods:
            return Match(methods[method], found.groupdict(), _takes_query(method, template))
    if known:
        raise ApiError(405, 0, f"The requested resource does not support http method '{method}'.")
    raise ApiError(404, 0, "No HTTP resource was found that matches the request URI.")


def serve(call: Call, match: Match) -> Any:
    """Run a handler."""
    if not match.takes_query:
        check_query(call, ())
    return match.handler(call)


def _takes_query(method: str, template: str) -> bool:
    plural = template.count("/") == 1 and template.endswith("s")
    return method == "GET" and (plural or template in _LISTING or template.startswith(("/custom", "/transactions/")))


def _compile() -> list[tuple[re.Pattern[str], str, dict[str, Handler]]]:
    """One pattern a path, fixed words before placeholders."""
    templates: dict[str, dict[str, Handler]] = {}
    for (method, template), handler in ROUTES.items():
        templates.setdefault(template, {})[method] = handler
    ordered = sorted(templates, key=lambda template: template.count("{"))
    patterns = (re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) for template in ordered)
    return [(re.compile(pattern), name, templates[name]) for pattern, name in zip(patterns, ordered, strict=True)]


_COMPILED = _compile()
