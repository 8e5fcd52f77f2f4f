"""Projects (funds elsewhere) and segments (the codes that tie a gift to a campaign)."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.binding import bind, bind_rows
from local.sandbox.virtuous.call import EMPTY, Call, Empty, fetch, page, paging, truth
from local.sandbox.virtuous.errors import invalid_request, not_found, refused
from local.sandbox.virtuous.gift_views import PROJECT_PLAIN, show_project, show_segment
from local.sandbox.virtuous.shapes import PROJECT, PROJECT_BALANCE, PROJECT_PATCH, SEARCH
from local.sandbox.virtuous.store import Record

Json = dict[str, Any]
_FLAGS = (
    "isRestrictedToGiftSpecifications", "isLimitedToFinancialNeed", "isPublic", "isActive", "isAvailableOnline",
    "isTaxDeductible", "treatAsAccountsPayable",
)  # fmt: skip
_BLANK: Json = dict.fromkeys(_FLAGS, False) | {"beginningBalance": 0.0, "currentBalance": 0.0, "type": "Default"}


def add_project(call: Call, values: Json) -> Record:
    """Store a project; `values` in the read shape."""
    data: Json = dict.fromkeys(PROJECT_PLAIN) | _BLANK
    data |= {name: value for name, value in values.items() if name in PROJECT_PLAIN and value is not None}
    data["customFields"] = records.custom_values(call.organisation, "Project", values.get("customFields"))
    return call.add(call.organisation.projects, data)


def get(call: Call) -> Json:
    """`GET /Project/{id}`."""
    return show_project(call.organisation, call.record(call.organisation.projects))


def by_code(call: Call) -> Json:
    """`GET /Project/Code/{code}`."""
    project = call.organisation.project(code=call.values["code"])
    if project is None:
        raise not_found()
    return show_project(call.organisation, project)


def search(call: Call) -> Json:
    """`POST /Project/Search`: part of a name or a code."""
    wanted = (bind(SEARCH, call.body, "search").get("search") or "").casefold()
    fields = ("name", "projectCode", "onlineDisplayName")
    rows = [
        project
        for project in call.organisation.projects
        if any(wanted in (project.data[name] or "").casefold() for name in fields)
    ]
    return page(rows, paging(call), lambda project: show_project(call.organisation, project))


def create(call: Call) -> Json:
    """`POST /Project`: there is no `projectCode` in this body, it is set with PATCH."""
    body = bind(PROJECT, call.body, "project")
    if not body.get("name"):
        raise invalid_request(["project.name"])
    project = add_project(call, body)
    _tell(call, "ProjectCreate", project)
    return show_project(call.organisation, project)


def update(call: Call) -> Json:
    """`PUT /Project/{id}`: what is left out loses its value; the code stays."""
    project = call.record(call.organisation.projects)
    values = records.written(call, PROJECT, bind(PROJECT, call.body, "project"), _BLANK)
    if "name" in values and not values["name"]:
        raise invalid_request(["project.name"])
    change(call, project, values)
    return show_project(call.organisation, project)


def change(call: Call, project: Record, values: Json) -> None:
    """Set values of a project and tell subscribers."""
    changes = {name: value for name, value in values.items() if name in PROJECT_PLAIN}
    if "customFields" in values:
        changes["customFields"] = records.custom_values(call.organisation, "Project", values["customFields"])
    call.change(call.organisation.projects, project, changes)
    _tell(call, "ProjectUpdate", project)


def patch(call: Call) -> Empty:
    """`PATCH /Project`: a list, and only what is sent is changed; the one way to set a code."""
    for body in bind_rows(PROJECT_PATCH, call.body, "projects"):
        project = fetch(call.organisation.projects, body.get("id"))
        other = call.organisation.project(code=body["projectCode"]) if body.get("projectCode") else None
        if other is not None and other is not project:
            raise refused("The project code is in use.")
        if body.get("customFields") is not None:
            body["customFields"] = project.data["customFields"] | body["customFields"]
        change(call, project, body)
    return EMPTY


def set_status(call: Call) -> Empty:
    """`PUT /Project/{id}/Status?inventoryStatus=`."""
    project = call.record(call.organisation.projects)
    change(call, project, {"inventoryStatus": call.query.get("inventorystatus")})
    return EMPTY


def set_balance(call: Call) -> Json:
    """`PUT /Project/{id}/Balance`."""
    project = call.record(call.organisation.projects)
    change(call, project, bind(PROJECT_BALANCE, call.body, "balance"))
    return show_project(call.organisation, project)


def types(_call: Call) -> list[str]:
    """`GET /Project/Types`."""
    return ["Default"]


def add_segment(call: Call, name: str, code: str, campaign: str) -> Record:
    """Store a segment; campaigns are known by name only."""
    numbered = sorted({row.data["campaignName"] for row in call.organisation.segments} | {campaign})
    data = {
        "name": name,
        "code": code,
        "description": None,
        "communicationId": 1,
        "communicationName": f"{campaign} letter",
        "campaignId": 1 + numbered.index(campaign),
        "campaignName": campaign,
    }
    return call.add(call.organisation.segments, data)


def get_segment(call: Call) -> Json:
    """`GET /Segment/{id}`."""
    return show_segment(call.record(call.organisation.segments))


def segment_by_code(call: Call) -> Json:
    """`GET /Segment/Code/{code}`."""
    segment = call.organisation.segment(call.values["code"])
    if segment is None:
        raise not_found()
    return show_segment(segment)


def search_segments(call: Call) -> Json:
    """`POST /Segment/Search`."""
    wanted = (bind(SEARCH, call.body, "search").get("search") or "").casefold()
    rows = [row for row in call.organisation.segments if wanted in f"{row.data['name']} {row.data['code']}".casefold()]
    return page(rows, paging(call), show_segment)


def _tell(call: Call, event: str, project: Record) -> None:
    """Only project writes can be kept from subscribers (`disableWebhookUpdates`)."""
    if not truth(call, "disableWebhookUpdates"):
        announce(call.organisation, event, [project], call.actor)
