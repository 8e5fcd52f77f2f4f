"""The few things the API can write: donors by find-or-create, tags, archiving. No gift, fund or campaign."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from local.sandbox.wegive.checks import Checks
from local.sandbox.wegive.donors import donor_view
from local.sandbox.wegive.errors import ApiError, not_found
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.others import tag_row
from local.sandbox.wegive.store import Data, Row, Table

_ADDRESS = ("address_1", "address_2", "city", "state", "country", "zip")


def find_or_create(organisation: Organisation, body: Data, _row_id: int) -> Data:
    """`POST /dashboard/donors/find-or-create`: a donor by e-mail address, made where there is none."""
    return {"data": donor_view(organisation, _found_or_made(organisation, body))}


def new_donor(organisation: Organisation, fields: Data, created: int | None = None) -> Row:
    """Store a donor; `fields` are columns."""
    data: Data = {"type": "individual", "tags": [], "crm_ids": {}, "uuid": str(uuid.uuid4())} | fields
    data.setdefault("preferred_email", "email_1" if data.get("email_1") else None)
    data.setdefault("preferred_phone", "mobile_phone" if data.get("mobile_phone") else None)
    for name in ("mailing_address", "billing_address"):
        if data.get(name):
            data[name] = {"id": organisation.new_id("address"), **dict.fromkeys(_ADDRESS), **data[name]}
    return organisation.add("donors", data, created)


def subscribe(organisation: Organisation, body: Data, row_id: int) -> Data:
    """`POST /communication-lists/{cl}/subscribe`: a donor by e-mail address, put on a list."""
    table = organisation.tables["communication-lists"]
    chosen = table.get(row_id)
    if chosen is None:
        raise not_found("App\\Models\\CommunicationList", row_id)
    donor = _found_or_made(organisation, body)
    table.edit(chosen, {"_subscribed": sorted({*chosen.data.get("_subscribed", []), donor.id})}, organisation.now())
    return {"success": True}


def _found_or_made(organisation: Organisation, body: Data) -> Row:
    checks = Checks(body).required("type", "email").choice("type", ("individual", "company")).email("email")
    checks.texts("first_name", "last_name", "phone").arrays("address").done()
    found = next(_with_email(organisation, body["email"], body["type"]), None)
    fields = _fields(body)
    if found is None:
        return new_donor(organisation, fields | {"type": body["type"], "email_1": body["email"]})
    match organisation.options.find_updates:
        case "fills_blanks":
            changes = {name: value for name, value in fields.items() if not found.data.get(name)}
        case "overwrites":
            changes = fields
        case _:
            changes = {}
    return organisation.donors.edit(found, changes, organisation.now()) if changes else found


def _with_email(organisation: Organisation, email: str, kind: str) -> Iterator[Row]:
    options, wanted = organisation.options, email.casefold()
    for donor in organisation.donors.of("email", wanted):
        if options.find_email == "first" and str(donor.data.get("email_1")).casefold() != wanted:
            continue
        if options.find_type == "must_match" and donor.data["type"] != kind:
            continue
        if donor.deleted is None or options.find_archived == "finds":
            yield donor


def _fields(body: Data) -> Data:
    """Columns from a body. The keys of `address` are not documented: an object with the read names is taken."""
    address = body.get("address")
    known = {name: address.get(name) for name in _ADDRESS} if isinstance(address, dict) else None
    named = {"first_name": body.get("first_name"), "last_name": body.get("last_name")}
    given = named | {"mobile_phone": body.get("phone"), "mailing_address": known}
    return {name: value for name, value in given.items() if value}


def create_tag(organisation: Organisation, body: Data, _row_id: int) -> Data:
    """`POST /dashboard/tags`."""
    Checks(body).required("name").texts("name").arrays("entry_rules").done()
    tag = organisation.add("tags", {"name": body["name"], "entry_rules": body.get("entry_rules") or []})
    return {"data": tag_row(organisation, tag)}


def update_tag(organisation: Organisation, body: Data, row_id: int) -> Data:
    """`PUT /dashboard/tags/{tag}`."""
    tag = _tag(organisation, row_id)
    Checks(body).required("name").texts("name").arrays("entry_rules").done()
    rules = body.get("entry_rules", tag.data["entry_rules"])
    organisation.tags.edit(tag, {"name": body["name"], "entry_rules": rules}, organisation.now())
    return {"data": tag_row(organisation, tag)}


def trigger_tagging(organisation: Organisation, _body: Data, row_id: int) -> Data:
    """`POST /dashboard/tags/{tag}/trigger-tagging`: the sandbox has no rules to run."""
    return {"data": tag_row(organisation, _tag(organisation, row_id))}


def tag_donors(organisation: Organisation, body: Data, _row_id: int) -> str:
    """`POST /dashboard/model-tag-donors`: tag or untag donors, or the donors of gifts."""
    Checks(body).required("model_type", "tags").arrays("tags", "ids").flags("all", "untag").done()
    table, rows = _chosen(organisation, body)
    tags = {_tag(organisation, int(tag) if str(tag).isdecimal() else 0).id for tag in body["tags"]}
    for row in rows:
        donor = row if table is organisation.donors else organisation.donors.get(row.data.get("donor_id"))
        if donor is not None:
            mine = set(donor.data["tags"])
            organisation.donors.edit(donor, {"tags": sorted(mine - tags if body.get("untag") else mine | tags)})
    return "Donors tagged"


def archive(organisation: Organisation, body: Data, _row_id: int) -> str:
    """`DELETE /dashboard/model-archive`: rows leave the lists that do not ask for archived ones."""
    _check_model(body)
    table, rows = _chosen(organisation, body)
    for row in rows:
        table.archive(row, organisation.now(), organisation.now())
    return "Archived"


def restore(organisation: Organisation, body: Data, _row_id: int) -> str:
    """`PUT /dashboard/model-restore`."""
    _check_model(body)
    table, rows = _chosen(organisation, body)
    for row in rows:
        table.archive(row, None, organisation.now())
    return "Restored"


def resync(organisation: Organisation, body: Data, _row_id: int) -> Data:
    """`POST /dashboard/model-resync`: asks WeGive's own connectors; the sandbox only notes it."""
    _check_model(body)
    organisation.resyncs.append(body)
    return {}


def virtual_terminal(organisation: Organisation, body: Data, _row_id: int) -> Data:
    """`POST /dashboard/virtual-terminal/generate-url`: a page where a person can enter a gift."""
    Checks(body).required("designation_id").email("tribute_email").email("donor_email").done()
    if not organisation.options.virtual_terminal:
        raise ApiError(404, "Virtual terminal login not found", name="error")
    return {"url": f"https://giving.example.org/{organisation.name}/terminal?designation={body['designation_id']}"}


def model_type(resource: str) -> str:
    """A resource's word in `model_type`."""
    return resource.replace("-", "_").removesuffix("s")


def _check_model(body: Data) -> None:
    Checks(body).required("model_type").texts("model_type").arrays("ids", "filters").flags("all").done()


def _chosen(organisation: Organisation, body: Data) -> tuple[Table, list[Row]]:
    table = {model_type(name): table for name, table in organisation.tables.items()}.get(body["model_type"])
    if table is None:
        raise ApiError(500, "Class not found")
    if body.get("all"):
        return table, list(table)
    ids: list[Any] = list(body.get("ids") or [])
    return table, [table.rows[int(text)] for text in ids if str(text).isdecimal() and int(text) in table.rows]


def _tag(organisation: Organisation, row_id: int) -> Row:
    tag = organisation.tags.get(row_id)
    if tag is None:
        raise not_found("App\\Models\\Tag", row_id)
    return tag
