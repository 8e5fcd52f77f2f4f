"""Control routes of the WeGive sandbox: organisations, people, staff, the payment processor, options and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.control import tenant_routes
from local.sandbox.wegive import giving, staff, wishes
from local.sandbox.wegive.options import Options
from local.sandbox.wegive.organisation import ApiKey, Organisation
from local.sandbox.wegive.seed import PeoplePlan, ReferencePlan, make_people, make_reference
from local.sandbox.wegive.state import kept, whole_state
from local.sandbox.wegive.world import World

_ORGANISATION = "/_sandbox/organisations/{name}"
Work = Callable[[Organisation, Any], Any]

ACTIONS: dict[str, tuple[type[wishes.Wish], Work]] = {
    "give": (wishes.Gift, giving.give),
    "settle": (wishes.Settlement, giving.settle),
    "refund": (wishes.Refund, giving.refund),
    "status": (wishes.Status, giving.set_status),
    "retry": (wishes.Retry, giving.retry),
    "schedule": (wishes.Schedule, giving.schedule),
    "edit-schedule": (wishes.ScheduleEdit, giving.edit_schedule),
    "charge": (wishes.Charge, giving.charge),
    "pledge": (wishes.Pledge, giving.pledge),
    "donor": (wishes.NewDonor, staff.add_donor),
    "edit": (wishes.Edit, staff.edit),
    "spoil": (wishes.Edit, staff.spoil),
    "merge-donors": (wishes.Merge, staff.merge_donors),
    "fund": (wishes.Fund, staff.add_fund),
    "merge-funds": (wishes.Merge, staff.merge_funds),
    "campaign": (wishes.Campaign, staff.add_campaign),
    "payout": (wishes.Payout, staff.pay_out),
    "soft-credit": (wishes.SoftCredit, staff.credit),
    "household": (wishes.Household, staff.add_household),
    "archive": (wishes.Rows, staff.archive),
    "restore": (wishes.Rows, staff.restore),
    "plain": (wishes.Plain, staff.put_plain),
}


class Asked(BaseModel):
    """A control request's body."""

    model_config = ConfigDict(extra="forbid")


class NewOrganisation(Asked):
    """An organisation to found; without `api_key` one is made up."""

    name: str
    title: str = "Paws Rescue"
    api_key: str | None = None
    options: Options = Field(default_factory=Options)
    reference: ReferencePlan = Field(default_factory=ReferencePlan)


class NewKey(Asked):
    """A further key; without `key` one is made up."""

    key: str | None = None


class Access(Asked):
    """A key to take away, or to give back."""

    key: str
    active: bool = False


def routes(world: World) -> list[Route]:
    """All control routes."""
    server, organisation = _ServerRoutes(world), _OrganisationRoutes(world)
    return [
        Route("/_sandbox/health", server.health, methods=["GET"]),
        Route("/_sandbox/reset", server.reset, methods=["POST"]),
        Route("/_sandbox/organisations", server.organisations, methods=["GET", "POST"]),
        Route(_ORGANISATION, organisation.one, methods=["GET", "DELETE"]),
        Route(f"{_ORGANISATION}/state", organisation.state, methods=["GET"]),
        Route(f"{_ORGANISATION}/options", organisation.options, methods=["GET", "POST"]),
        Route(f"{_ORGANISATION}/seed", organisation.seed, methods=["POST"]),
        Route(f"{_ORGANISATION}/do/{{action}}", organisation.act, methods=["POST"]),
        Route(f"{_ORGANISATION}/keys", organisation.keys, methods=["POST"]),
        Route(f"{_ORGANISATION}/access", organisation.access, methods=["POST"]),
        *tenant_routes(_ORGANISATION, organisation.find),
        *tenant_routes("/_sandbox", lambda _request: world),
    ]


def summary(organisation: Organisation) -> dict[str, Any]:
    """What a test needs to know of a new organisation."""
    return {
        "name": organisation.name,
        "id": organisation.number,
        "title": organisation.title,
        "api_keys": list(organisation.keys),
        "funds": {fund.data["name"]: fund.id for fund in organisation.funds},
        "campaigns": {campaign.data["name"]: campaign.id for campaign in organisation.campaigns},
        "counts": {name: len(table) for name, table in organisation.tables.items()},
    }


class _ServerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "organisations": len(self._world.organisations)})

    async def reset(self, _request: Request) -> Response:
        """Forget every organisation and rule."""
        self._world.organisations.clear()
        self._world.faults.clear()
        self._world.journal.clear()
        self._world.changed()
        return JSONResponse({})

    async def organisations(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([summary(found) for found in self._world.organisations.values()])
        asked = NewOrganisation.model_validate(await request.json())
        organisation = self._world.found(asked.name, asked.options, asked.title, asked.api_key)
        make_reference(organisation, asked.reference)
        return JSONResponse(summary(organisation), 201)


class _OrganisationRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, request: Request) -> Organisation:
        """The organisation named in the path; KeyError when there is none."""
        return self._world.organisations[request.path_params["name"]]

    async def one(self, request: Request) -> Response:
        organisation = self.find(request)
        if request.method == "DELETE":
            del self._world.organisations[organisation.name]
            self._world.changed()
            return JSONResponse({})
        return JSONResponse(summary(organisation))

    async def state(self, request: Request) -> Response:
        return JSONResponse(whole_state(self.find(request)))

    async def options(self, request: Request) -> Response:
        organisation = self.find(request)
        if request.method == "POST":
            changes = await request.json()
            organisation.options = Options.model_validate(organisation.options.model_dump() | changes)
            self._world.changed()
        return JSONResponse(organisation.options.model_dump())

    async def seed(self, request: Request) -> Response:
        plan = PeoplePlan.model_validate(await request.json())
        return JSONResponse(make_people(self.find(request), plan), 201)

    async def act(self, request: Request) -> Response:
        """Somebody does something; the answer is the row, or the rows, as the sandbox keeps them."""
        model, work = ACTIONS[request.path_params["action"]]
        done = work(self.find(request), model.model_validate(await request.json()))
        return JSONResponse([kept(row) for row in done] if isinstance(done, list) else kept(done))

    async def keys(self, request: Request) -> Response:
        asked = NewKey.model_validate(await request.json())
        key = ApiKey(asked.key or self._world.new_key())
        if self._world.tenant_of(key.key):
            raise ValueError("the key is in use")
        self.find(request).keys[key.key] = key
        self._world.changed()
        return JSONResponse(asdict(key), 201)

    async def access(self, request: Request) -> Response:
        asked = Access.model_validate(await request.json())
        self.find(request).keys[asked.key].active = asked.active
        self._world.changed()
        return JSONResponse({})
