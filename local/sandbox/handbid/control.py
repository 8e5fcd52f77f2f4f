"""The control API: what a test makes the platform's people, donors and network do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.control import refused, tenant_routes
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant
from local.sandbox.handbid import bad_data, contacts, donations, payments
from local.sandbox.handbid.auctions import Auction, Receipt, add_receipt, hold
from local.sandbox.handbid.organisation import Organisation, Settings
from local.sandbox.handbid.problems import ProblemError
from local.sandbox.handbid.webhooks import SUBJECTS, event_body, hand_made, new_event_id
from local.sandbox.handbid.wishes import BadData, Crowd, Deletion, Edit, HandMade, NewContact, RawRow, RefundWish
from local.sandbox.handbid.world import World

Work = Callable[[Organisation, Any, dict[str, str]], Any]
Awork = Callable[[Organisation, Any, dict[str, str]], Awaitable[Any]]
KINDS = ("contacts", "events", "transactions", "receipts", "donations", "projects", "refunds", "activity", "crm-links")
TENANT = f"{CONTROL_PREFIX}/organisations/{{org}}"


class ContactControl:
    """Contacts made, edited and deleted by people."""

    def __init__(self, world: World) -> None:
        self._courier = world.courier

    def create(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Somebody makes a contact."""
        wish = NewContact.model_validate(body)
        contact = contacts.create(organisation, wish.fields, wish.origin)
        self._courier.announce(organisation, "contact.updated", contact["id"])
        return contact

    def seed(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """A crowd of made-up people; their ids."""
        crowd = Crowd.model_validate(body)
        return {"ids": contacts.seed_people(organisation, crowd.seed, crowd.start, crowd.count, crowd.step_ms)}

    def edit(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Somebody edits some contacts in the same way."""
        wish, edited = Edit.model_validate(body), []
        for identifier in wish.ids:
            contact, changed = contacts.edit(organisation, identifier, wish.patch, wish.origin)
            edited.append(contact)
            if changed:
                self._courier.announce(organisation, "contact.updated", identifier)
        return edited

    def delete(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Somebody deletes contacts."""
        wish = Deletion.model_validate(body)
        deleted = [contacts.delete(organisation, identifier, wish.origin) for identifier in wish.ids]
        for identifier in wish.ids:
            self._courier.announce(organisation, "contact.updated", identifier)
        return deleted


class MoneyControl:
    """Auctions, payments, receipts, donations, projects and refunds."""

    def __init__(self, world: World) -> None:
        self._courier = world.courier

    def hold(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """An auction with its receipts and payments."""
        return hold(organisation, self._courier, Auction.model_validate(body))

    def add_receipt(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """One more receipt of an event."""
        event = organisation.get("events", path["id"])
        receipt, made = add_receipt(organisation, event, Receipt.model_validate(body))
        return {"receipt": receipt, "transactions": made}

    def change_event(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """An event's fields, its status above all."""
        return payments.change_event(organisation, self._courier, path["id"], body)

    def change_transaction(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """A payment's fields."""
        return payments.change_transaction(organisation, path["id"], body)

    def refund_transaction(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """Staff refund a payment."""
        wish = RefundWish.model_validate(body)
        return payments.refund_transaction(organisation, self._courier, path["id"], wish.amount, wish.reason)

    def change_receipt(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """A receipt's fields."""
        return payments.change_receipt(organisation, path["id"], body)

    def email_receipt(self, organisation: Organisation, _body: Any, path: dict[str, str]) -> Any:
        """The receipt is e-mailed."""
        return payments.email_receipt(organisation, path["id"])

    def give(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Donations come in."""
        return donations.give(organisation, donations.Donations.model_validate(body))

    def refund_donation(self, organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        """Staff refund a donation."""
        wish = RefundWish.model_validate(body)
        return payments.refund_donation(organisation, path["id"], wish.amount, wish.reason)

    def put_project(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Staff make or change a project."""
        return donations.put_project(organisation, donations.Project.model_validate(body))


def put_raw(organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
    """A record as it is, good or bad."""
    wish = RawRow.model_validate(body)
    if wish.kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    return organisation.put_raw(wish.kind, wish.row)


def put_bad_data(organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
    """A ready-made bad record."""
    wish = BadData.model_validate(body)
    return bad_data.make(organisation, wish.case, wish.event, wish.contact)


class SettingsControl:
    """Organisations and what is set about them."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def collection(self, request: Request) -> Response:
        """Make an organisation, or list all."""
        if request.method == "POST":
            return JSONResponse(self._world.found(await request.json()).settings.model_dump(), 201)
        return JSONResponse([found.settings.model_dump() for found in self._world.organisations.values()])

    async def one(self, request: Request) -> Response:
        """Read, change or remove an organisation."""
        organisation = self._world.get(request.path_params["org"])
        if request.method == "DELETE":
            self._world.remove(organisation.id)
            return JSONResponse({})
        if request.method == "PATCH":
            changed = contacts.merged(organisation.settings.model_dump(), await request.json())
            organisation.settings = Settings.model_validate(changed | {"id": organisation.id})
            organisation.save()
        return JSONResponse(organisation.settings.model_dump())

    async def state(self, request: Request) -> Response:
        """Records of the organisation, all kinds or `only` some."""
        organisation = self._world.get(request.path_params["org"])
        wanted = request.query_params.get("only", ",".join(KINDS)).split(",")
        return JSONResponse({kind: organisation.store.every(organisation.id, kind) for kind in wanted})


class WebhookControl:
    """Deliveries, and requests that are wrong in some way."""

    def __init__(self, world: World) -> None:
        self._courier = world.courier

    async def deliveries(self, organisation: Organisation, _body: Any, _path: dict[str, str]) -> Any:
        """What was sent, with the outcome of each attempt."""
        return [delivery.dump() for delivery in self._courier.deliveries(organisation)]

    async def hand_made(self, organisation: Organisation, body: Any, _path: dict[str, str]) -> Any:
        """Make a request that is wrong in some way, and send it if asked to."""
        wish, webhook = HandMade.model_validate(body), organisation.settings.webhook
        if wish.type not in SUBJECTS:
            raise ValueError(f"type is one of {', '.join(SUBJECTS)}")
        text = wish.body or event_body(organisation, wish.type, wish.subject)
        request = hand_made(webhook, wish.variant, wish.id or new_event_id(), text, wish.size)
        answer = await self._courier.send(request, webhook.timeout_seconds) if wish.send else None
        return {"request": asdict(request), "answer": answer}

    async def replay(self, organisation: Organisation, _body: Any, path: dict[str, str]) -> Any:
        """Send a request once more as it was."""
        for delivery in self._courier.deliveries(organisation):
            if delivery.id == path["id"] and delivery.last_request is not None:
                timeout = organisation.settings.webhook.timeout_seconds
                answer = await self._courier.send(delivery.last_request, timeout)
                return {"request": asdict(delivery.last_request), "answer": answer}
        raise KeyError(path["id"])


def control_routes(world: World) -> list[Route]:
    """Every control route."""

    def find(request: Request) -> Tenant:
        return world.get(request.path_params["org"])

    settings = SettingsControl(world)
    return [
        Route(f"{CONTROL_PREFIX}/organisations", settings.collection, methods=["GET", "POST"]),
        Route(TENANT, settings.one, methods=["GET", "PATCH", "DELETE"]),
        Route(f"{TENANT}/state", settings.state, methods=["GET"]),
        *tenant_routes(TENANT, find),
        *_record_routes(world),
        *_webhook_routes(world),
    ]


def _record_routes(world: World) -> list[Route]:
    people, money = ContactControl(world), MoneyControl(world)
    table: list[tuple[str, str, Work]] = [
        ("POST", "/contacts", people.create),
        ("POST", "/contacts/seed", people.seed),
        ("PATCH", "/contacts", people.edit),
        ("DELETE", "/contacts", people.delete),
        ("POST", "/auctions", money.hold),
        ("PATCH", "/events/{id}", money.change_event),
        ("POST", "/events/{id}/receipts", money.add_receipt),
        ("PATCH", "/transactions/{id}", money.change_transaction),
        ("POST", "/transactions/{id}/refunds", money.refund_transaction),
        ("PATCH", "/receipts/{id}", money.change_receipt),
        ("POST", "/receipts/{id}/email", money.email_receipt),
        ("POST", "/donations", money.give),
        ("POST", "/donations/{id}/refunds", money.refund_donation),
        ("POST", "/projects", money.put_project),
        ("POST", "/raw", put_raw),
        ("POST", "/bad-data", put_bad_data),
    ]
    return [Route(TENANT + path, _endpoint(world, _at_once(work)), methods=[method]) for method, path, work in table]


def _webhook_routes(world: World) -> list[Route]:
    webhooks = WebhookControl(world)
    table: list[tuple[str, str, Awork]] = [
        ("GET", "/deliveries", webhooks.deliveries),
        ("POST", "/deliveries/{id}/replay", webhooks.replay),
        ("POST", "/webhooks", webhooks.hand_made),
    ]
    return [Route(TENANT + path, _endpoint(world, work), methods=[method]) for method, path, work in table]


def _at_once(work: Work) -> Awork:
    async def whole(organisation: Organisation, body: Any, path: dict[str, str]) -> Any:
        with organisation.store.transaction():
            return work(organisation, body, path)

    return whole


def _endpoint(world: World, work: Awork) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.json() if await request.body() else {}
        organisation = world.get(request.path_params["org"])
        return JSONResponse(await work(organisation, body, request.path_params))

    return endpoint


def error_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """How what a control call raises is answered."""
    return {ProblemError: _problem, ValidationError: refused, ValueError: refused, KeyError: refused}


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()
