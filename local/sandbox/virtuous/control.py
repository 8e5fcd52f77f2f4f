"""Control routes of the server and of organisations: making them, signing in, options, seeds, staff."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.control import tenant_routes
from local.sandbox.virtuous import imports, staff
from local.sandbox.virtuous.control_imports import import_routes
from local.sandbox.virtuous.control_webhooks import webhook_routes
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.organisation import ApiKey, CustomField, Organisation
from local.sandbox.virtuous.seed import PeoplePlan, make_people, set_up
from local.sandbox.virtuous.state import whole_state
from local.sandbox.virtuous.wishes import (
    Access,
    NewKey,
    NewOrganisation,
    NewUser,
    Spending,
    StaffAction,
    UserChange,
)
from local.sandbox.virtuous.world import User, World, new_secret

_ONE = "/_sandbox/organisations/{name}"


def routes(world: World) -> list[Route]:
    """All control routes."""
    server, one = _ServerRoutes(world), _OrganisationRoutes(world)
    return [
        Route("/_sandbox/health", server.health, methods=["GET"]),
        Route("/_sandbox/reset", server.reset, methods=["POST"]),
        Route("/_sandbox/organisations", server.organisations, methods=["GET", "POST"]),
        Route("/_sandbox/users", server.users, methods=["POST"]),
        Route("/_sandbox/users/{email}", server.user, methods=["GET", "PATCH"]),
        Route(_ONE, one.one, methods=["GET", "DELETE"]),
        Route(f"{_ONE}/state", one.state, methods=["GET"]),
        Route(f"{_ONE}/options", one.options, methods=["GET", "POST"]),
        Route(f"{_ONE}/seed", one.seed, methods=["POST"]),
        Route(f"{_ONE}/custom-fields", one.custom_fields, methods=["POST"]),
        Route(f"{_ONE}/staff", one.staff, methods=["POST"]),
        Route(f"{_ONE}/keys", one.keys, methods=["POST"]),
        Route(f"{_ONE}/access", one.access, methods=["POST"]),
        Route(f"{_ONE}/budget", one.budget, methods=["POST"]),
        *import_routes(world, _ONE, one.find),
        *webhook_routes(world, _ONE, one.find),
        *tenant_routes(_ONE, one.find),
        *tenant_routes("/_sandbox", lambda _request: world),
    ]


def summary(organisation: Organisation) -> dict[str, Any]:
    """What a test needs to know of a new organisation."""
    return {
        "name": organisation.name,
        "id": organisation.number,
        "title": organisation.title,
        "time_zone": organisation.time_zone,
        "api_keys": list(organisation.keys),
        "projects": {row.data["projectCode"] or row.data["name"]: row.id for row in organisation.projects},
        "segments": {row.data["code"]: row.id for row in organisation.segments},
        "tags": {row.data["name"]: row.id for row in organisation.tags},
        "counts": {name: len(table) for name, table in organisation.tables.items()},
    }


class _ServerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "organisations": len(self._world.organisations)})

    async def reset(self, _request: Request) -> Response:
        """Forget every organisation, user and rule."""
        for organisation in list(self._world.organisations.values()):
            self._world.remove(organisation)
        self._world.users.clear()
        self._world.grants.clear()
        self._world.faults.clear()
        self._world.journal.clear()
        return JSONResponse({})

    async def organisations(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([summary(found) for found in self._world.organisations.values()])
        asked = NewOrganisation.model_validate(await request.json())
        key, title = asked.api_key or new_secret(), asked.title or f"{asked.name} (Sandbox)"
        made = self._world.create(asked.name, title, asked.time_zone, key, asked.options)
        set_up(made, asked.set_up)
        return JSONResponse(summary(made), 201)

    async def users(self, request: Request) -> Response:
        asked = NewUser.model_validate(await request.json())
        email = asked.email.lower()
        if email in self._world.users:
            raise ValueError("there is such a user already")
        numbers: dict[str, int] = {}
        for name in asked.organisations:
            numbers[name] = self._world.actor(self._world.organisations[name], asked.name, email).id
        user = User(email, asked.password, asked.name, numbers, asked.organisations[0], asked.two_factor, asked.sso)
        self._world.users[email] = user
        self._world.changed()
        return JSONResponse(asdict(user), 201)

    async def user(self, request: Request) -> Response:
        user = self._world.users[request.path_params["email"].lower()]
        if request.method == "PATCH":
            asked = UserChange.model_validate(await request.json())
            for name, value in asked.model_dump(exclude_none=True).items():
                setattr(user, name, value)
            self._world.changed()
        return JSONResponse(asdict(user))


class _OrganisationRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, request: Request) -> Organisation:
        """The organisation named in the path; KeyError when there is none."""
        found = self._world.organisations[request.path_params["name"]]
        imports.catch_up(found)
        return found

    async def one(self, request: Request) -> Response:
        organisation = self.find(request)
        if request.method == "DELETE":
            self._world.remove(organisation)
            return JSONResponse({})
        return JSONResponse(summary(organisation))

    async def state(self, request: Request) -> Response:
        return JSONResponse(whole_state(self.find(request)))

    async def options(self, request: Request) -> Response:
        organisation = self.find(request)
        if request.method == "POST":
            changed = organisation.options.model_dump() | await request.json()
            organisation.options = Options.model_validate(changed)
            self._world.changed()
        return JSONResponse(organisation.options.model_dump())

    async def seed(self, request: Request) -> Response:
        plan = PeoplePlan.model_validate(await request.json())
        return JSONResponse(make_people(self.find(request), plan), 201)

    async def custom_fields(self, request: Request) -> Response:
        field = CustomField.model_validate(await request.json())
        self.find(request).custom_fields.append(field)
        self._world.changed()
        return JSONResponse(field.model_dump(), 201)

    async def staff(self, request: Request) -> Response:
        asked, organisation = StaffAction.model_validate(await request.json()), self.find(request)
        result = _act(organisation, asked)
        self._world.courier.collect(organisation)
        return JSONResponse(result)

    async def keys(self, request: Request) -> Response:
        asked, organisation = NewKey.model_validate(await request.json()), self.find(request)
        if self._world.by_key(asked.key):
            raise ValueError("the key is in use")
        user = self._world.actor(organisation, asked.user, asked.email)
        organisation.keys[asked.key] = ApiKey(asked.key, user, asked.name, asked.may_write)
        self._world.changed()
        return JSONResponse(asdict(organisation.keys[asked.key]), 201)

    async def access(self, request: Request) -> Response:
        asked, organisation = Access.model_validate(await request.json()), self.find(request)
        if asked.api_key is not None:
            organisation.keys[asked.api_key].active = asked.active
        for grant in self._world.grants if asked.grants else ():
            if organisation.name in self._world.users[grant.user].numbers:
                grant.revoked = not asked.active
        self._world.changed()
        return JSONResponse({})

    async def budget(self, request: Request) -> Response:
        asked = Spending.model_validate(await request.json())
        left, reset = self.find(request).spend(asked.calls)
        return JSONResponse({"left": left, "reset": reset})


def _act(organisation: Organisation, asked: StaffAction) -> Any:
    match asked.action:
        case "edit":
            return staff.edit(organisation, asked.kind, asked.id, asked.fields)
        case "merge":
            staff.merge(organisation, asked.id, asked.loser)
        case "rename_tag":
            staff.rename_tag(organisation, asked.name, asked.new_name)
        case "delete_project":
            staff.delete_project(organisation, asked.id)
        case "call":
            return staff.staff_call(organisation, asked.method, asked.path, asked.body)
    return {}
