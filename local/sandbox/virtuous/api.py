"""The vendor's paths under `/api` and who serves them; case does not matter in their fixed words."""

from __future__ import annotations

from local.sandbox.virtuous import (
    account,
    contact_parts,
    contacts,
    gifts,
    labels,
    projects,
    query,
    recurring,
    subscriptions,
    transactions,
)
from local.sandbox.virtuous.call import Handler
from local.sandbox.virtuous.contact_parts import Part
from local.sandbox.virtuous.errors import ApiError, not_found

BASE = "api"
Routes = dict[tuple[str, str], Handler]


def _part_routes(name: str, part: Part) -> Routes:
    return {
        ("POST", name): part.create,
        ("GET", f"{name}/{{id}}"): part.get,
        ("PUT", f"{name}/{{id}}"): part.update,
        ("DELETE", f"{name}/{{id}}"): part.delete,
    }


def _archive_routes(name: str, part: Part) -> Routes:
    return {("PUT", f"{name}/Archive/{{id}}"): part.archive, ("PUT", f"{name}/Unarchive/{{id}}"): part.unarchive}


_ACCOUNT: Routes = {
    ("GET", "Organization"): account.every,
    ("GET", "Organization/Current"): account.current,
    ("PUT", "Organization/Switch"): account.switch,
    ("GET", "Permission"): account.permissions,
}
_CONTACTS: Routes = {
    ("POST", "Contact"): contacts.create,
    ("GET", "Contact/Find"): contacts.find,
    ("POST", "Contact/Search"): contacts.search,
    ("GET", "Contact/Types"): contacts.types,
    ("GET", "Contact/CustomFields"): contacts.custom_fields("Contact"),
    ("GET", "Contact/QueryOptions"): query.CONTACT_ROWS.options,
    ("POST", "Contact/Query"): query.CONTACT_ROWS.query,
    ("POST", "Contact/Query/FullContact"): query.FULL_CONTACTS.query,
    ("POST", "Contact/Transaction"): transactions.contact,
    ("POST", "Contact/Batch"): transactions.contacts,
    ("GET", "Contact/{id}"): contacts.get,
    ("PUT", "Contact/{id}"): contacts.update,
    ("PUT", "Contact/Archive/{id}"): contacts.archive,
    ("PUT", "Contact/Unarchive/{id}"): contacts.unarchive,
    ("GET", "Contact/ByTag/{id}"): labels.by_tag,
    ("GET", "Contact/ByReference/{reference}"): contacts.hmac_only,
    ("GET", "Contact/{source}/{reference}"): contacts.by_reference,
    ("GET", "ContactIndividual/ByContact/{id}"): contact_parts.INDIVIDUAL.of_contact,
    ("GET", "ContactIndividual/Find"): contact_parts.find_individual,
    ("GET", "ContactIndividual/CustomFields"): contacts.custom_fields("ContactIndividual"),
    ("GET", "ContactIndividual/QueryOptions"): query.PEOPLE.options,
    ("POST", "ContactIndividual/Query"): query.PEOPLE.query,
    ("GET", "ContactAddress/ByContact/{id}"): contact_parts.ADDRESS.of_contact,
    ("GET", "ContactMethod/Types"): contact_parts.method_types,
    **_part_routes("ContactIndividual", contact_parts.INDIVIDUAL),
    **_part_routes("ContactMethod", contact_parts.METHOD),
    **_part_routes("ContactAddress", contact_parts.ADDRESS),
    **_archive_routes("ContactMethod", contact_parts.METHOD),
    **_archive_routes("ContactAddress", contact_parts.ADDRESS),
    ("POST", "ContactReference"): labels.add_reference,
    ("DELETE", "ContactReference/{source}"): labels.drop_reference,
    ("GET", "Tag"): labels.tags,
    ("POST", "Tag/Search"): labels.search_tags,
    ("GET", "ContactTag/ByContact/{id}"): labels.tags_of_contact,
    ("POST", "ContactTag"): labels.add_tag,
    ("DELETE", "ContactTag/{id}"): labels.drop_tag,
}
_GIFTS: Routes = {
    ("POST", "v2/Gift/Transaction"): transactions.gift,
    ("POST", "v2/Gift/Transactions"): transactions.gifts,
    ("POST", "Gift"): gifts.create,
    ("PATCH", "Gift"): gifts.patch,
    ("POST", "Gift/Bulk"): gifts.create_many,
    ("POST", "Gift/ReversingTransaction"): gifts.reverse,
    ("GET", "Gift/ByContact/{id}"): gifts.of_contact,
    ("GET", "Gift/ByReference/{reference}"): contacts.hmac_only,
    ("GET", "Gift/CustomFields"): contacts.custom_fields("Gift"),
    ("GET", "Gift/NonCashGiftTypes"): gifts.non_cash_types,
    ("GET", "Gift/QueryOptions"): query.GIFT_ROWS.options,
    ("POST", "Gift/Query"): query.GIFT_ROWS.query,
    ("POST", "Gift/Query/FullGift"): query.FULL_GIFTS.query,
    ("GET", "Gift/{id}"): gifts.get,
    ("PUT", "Gift/{id}"): gifts.update,
    ("DELETE", "Gift/{id}"): gifts.delete,
    ("GET", "Gift/{source}/{transaction}"): gifts.by_transaction,
    ("POST", "RecurringGift"): recurring.create,
    ("GET", "RecurringGift/ByContact/{id}"): recurring.of_contact,
    ("GET", "RecurringGift/CustomFields"): contacts.custom_fields("RecurringGift"),
    ("GET", "RecurringGift/QueryOptions"): query.COMMITMENTS.options,
    ("POST", "RecurringGift/Query"): query.COMMITMENTS.query,
    ("GET", "RecurringGift/{id}"): recurring.get,
    ("PUT", "RecurringGift/{id}"): recurring.update,
    ("PUT", "RecurringGift/Cancel/{id}"): recurring.cancel,
}
_PROJECTS: Routes = {
    ("POST", "Project"): projects.create,
    ("PATCH", "Project"): projects.patch,
    ("GET", "Project/Code/{code}"): projects.by_code,
    ("POST", "Project/Search"): projects.search,
    ("GET", "Project/Types"): projects.types,
    ("GET", "Project/CustomFields"): contacts.custom_fields("Project"),
    ("GET", "Project/QueryOptions"): query.PROJECT_ROWS.options,
    ("POST", "Project/Query"): query.PROJECT_ROWS.query,
    ("GET", "Project/{id}"): projects.get,
    ("PUT", "Project/{id}"): projects.update,
    ("PUT", "Project/{id}/Status"): projects.set_status,
    ("PUT", "Project/{id}/Balance"): projects.set_balance,
    ("GET", "Segment/Code/{code}"): projects.segment_by_code,
    ("POST", "Segment/Search"): projects.search_segments,
    ("GET", "Segment/{id}"): projects.get_segment,
}
_WEBHOOKS: Routes = {
    ("POST", "Webhook"): subscriptions.create,
    ("GET", "Webhook/{id}"): subscriptions.get,
    ("PUT", "Webhook/{id}"): subscriptions.update,
    ("DELETE", "Webhook/{id}"): subscriptions.delete,
    ("PUT", "Webhook/{id}/Active"): subscriptions.set_active,
}
ROUTES: Routes = {**_ACCOUNT, **_CONTACTS, **_GIFTS, **_PROJECTS, **_WEBHOOKS}


def find_route(method: str, segments: list[str]) -> tuple[Handler, dict[str, str]]:
    """Who serves a path's decoded parts, with the values in it; ApiError 404 or 405.

    Fixed words win over values, so that some reference sources cannot be asked for by path.
    """
    for parts, methods in _COMPILED.get(len(segments), ()):
        if all(_is_value(part) or part.lower() == sent.lower() for part, sent in zip(parts, segments, strict=True)):
            if method in methods:
                values = zip(parts, segments, strict=True)
                return methods[method], {part[1:-1]: sent for part, sent in values if _is_value(part)}
            raise ApiError(405, {"message": f"The requested resource does not support http method '{method}'."})
    raise not_found()


def _is_value(part: str) -> bool:
    return part.startswith("{")


def _compile() -> dict[int, list[tuple[list[str], dict[str, Handler]]]]:
    """By number of parts, those with fixed words further left first."""
    templates: dict[tuple[str, ...], dict[str, Handler]] = {}
    for (method, template), handler in ROUTES.items():
        parts = tuple(template.split("/"))
        templates.setdefault(parts, {})[method] = handler
    found: dict[int, list[tuple[list[str], dict[str, Handler]]]] = {}
    for parts in sorted(templates, key=lambda parts: [_is_value(part) for part in parts]):
        found.setdefault(len(parts), []).append((list(parts), templates[parts]))
    return found


_COMPILED = _compile()
