"""Control routes of the Bloomerang sandbox: databases, people, staff, options, keys and consent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.bloomerang import staff
from local.sandbox.bloomerang.database import ApiKey, Database
from local.sandbox.bloomerang.oauth import issue_tokens
from local.sandbox.bloomerang.options import Options
from local.sandbox.bloomerang.seed import (
    CustomFieldPlan,
    PeoplePlan,
    ReferencePlan,
    make_custom_field,
    make_people,
    make_reference,
)
from local.sandbox.bloomerang.state import whole_state
from local.sandbox.bloomerang.world import DEFAULT_CLIENT_ID, Consent, Grant, OAuthClient, World, new_secret
from local.sandbox.common.control import tenant_routes

_DATABASE = "/_sandbox/databases/{name}"


class Asked(BaseModel):
    """A control request's body."""

    model_config = ConfigDict(extra="forbid")


class NewDatabase(Asked):
    """A database to create; without `api_key` one is made up."""

    name: str
    api_key: str | None = None
    flavor: Literal["Customer", "Conversions", "Demo"] = "Demo"
    time_zone: str = "America/New_York"
    options: Options = Field(default_factory=Options)
    reference: ReferencePlan = Field(default_factory=ReferencePlan)


class StaffAction(Asked):
    """What staff does; which fields count goes by `action`."""

    action: Literal["edit", "merge", "delete", "add_email", "call"]
    constituent: int = 0
    loser: int = 0
    fields: dict[str, Any] = Field(default_factory=dict)
    value: str = ""
    primary: bool = False
    with_gifts: bool = False
    method: str = "GET"
    path: str = ""
    body: Any = None


class Revocation(Asked):
    """Access to take away, or to give back: a private key, all grants, or both."""

    api_key: str | None = None
    grants: bool = False
    active: bool = False


class NewKey(Asked):
    """A further private key."""

    key: str
    name: str = "Sandbox"
    user: str = "Avery Admin"


class NewClient(Asked):
    """An OAuth application to register."""

    client_id: str
    client_secret: str
    redirect_uri: str | None = None


class NewConsent(Asked):
    """The answer every consent page gives from now on, without showing itself."""

    database: str
    allow: bool = True
    scope: str | None = None


class NewGrant(Asked):
    """Tokens without a browser."""

    database: str
    client_id: str = DEFAULT_CLIENT_ID
    scope: str = "OrgAdmin"


def routes(world: World) -> list[Route]:
    """All control routes."""
    server, database = _ServerRoutes(world), _DatabaseRoutes(world)
    return [
        Route("/_sandbox/health", server.health, methods=["GET"]),
        Route("/_sandbox/reset", server.reset, methods=["POST"]),
        Route("/_sandbox/databases", server.databases, methods=["GET", "POST"]),
        Route("/_sandbox/oauth/clients", server.clients, methods=["POST"]),
        Route("/_sandbox/oauth/consent", server.consent, methods=["PUT", "DELETE"]),
        Route("/_sandbox/oauth/grant", server.grant, methods=["POST"]),
        Route(_DATABASE, database.one, methods=["GET", "DELETE"]),
        Route(f"{_DATABASE}/state", database.state, methods=["GET"]),
        Route(f"{_DATABASE}/options", database.options, methods=["GET", "POST"]),
        Route(f"{_DATABASE}/seed", database.seed, methods=["POST"]),
        Route(f"{_DATABASE}/custom-fields", database.custom_fields, methods=["POST"]),
        Route(f"{_DATABASE}/staff", database.staff, methods=["POST"]),
        Route(f"{_DATABASE}/keys", database.keys, methods=["POST"]),
        Route(f"{_DATABASE}/access", database.access, methods=["POST"]),
        *tenant_routes(_DATABASE, database.find),
        *tenant_routes("/_sandbox", lambda _request: world),
    ]


def summary(database: Database) -> dict[str, Any]:
    """What a test needs to know of a new database."""
    fields = [{"Id": field.id, **field.data} for field in database.custom_fields]
    return {
        "name": database.name,
        "id": str(database.number),
        "flavor": database.flavor,
        "api_keys": list(database.keys),
        "funds": _named(database.funds),
        "campaigns": _named(database.campaigns),
        "appeals": _named(database.appeals),
        "custom_fields": {field["Name"]: field["Id"] for field in fields},
        "custom_values": {value.data["Value"]: value.id for value in database.custom_values},
        "counts": {name: len(table) for name, table in database.tables.items()},
    }


class _ServerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "databases": len(self._world.databases)})

    async def reset(self, _request: Request) -> Response:
        """Forget every database, grant and rule."""
        self._world.databases.clear()
        self._world.grants.clear()
        self._world.consent = None
        self._world.faults.clear()
        self._world.journal.clear()
        self._world.changed()
        return JSONResponse({})

    async def databases(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([summary(database) for database in self._world.databases.values()])
        asked = NewDatabase.model_validate(await request.json())
        keys = [ApiKey(asked.api_key or new_secret())]
        database = self._world.create(
            asked.name, asked.options, flavor=asked.flavor, time_zone=asked.time_zone, keys=keys
        )
        make_reference(database, asked.reference)
        return JSONResponse(summary(database), 201)

    async def clients(self, request: Request) -> Response:
        asked = NewClient.model_validate(await request.json())
        self._world.clients[asked.client_id] = OAuthClient(**asked.model_dump())
        self._world.changed()
        return JSONResponse({}, 201)

    async def consent(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.consent = None
        else:
            asked = NewConsent.model_validate(await request.json())
            self._world.consent = Consent(self._world.databases[asked.database].name, asked.allow, asked.scope)
        self._world.changed()
        return JSONResponse({})

    async def grant(self, request: Request) -> Response:
        asked = NewGrant.model_validate(await request.json())
        grant = Grant(asked.client_id, self._world.databases[asked.database].name, asked.scope)
        self._world.grants.append(grant)
        return JSONResponse(issue_tokens(self._world, grant), 201)


class _DatabaseRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, request: Request) -> Database:
        """The database named in the path; KeyError when there is none."""
        return self._world.databases[request.path_params["name"]]

    async def one(self, request: Request) -> Response:
        database = self.find(request)
        if request.method == "DELETE":
            del self._world.databases[database.name]
            self._world.grants = [grant for grant in self._world.grants if grant.database != database.name]
            self._world.changed()
            return JSONResponse({})
        return JSONResponse(summary(database))

    async def state(self, request: Request) -> Response:
        return JSONResponse(whole_state(self.find(request)))

    async def options(self, request: Request) -> Response:
        database = self.find(request)
        if request.method == "POST":
            changes = await request.json()
            database.options = Options.model_validate(database.options.model_dump() | changes)
            self._world.changed()
        return JSONResponse(database.options.model_dump())

    async def seed(self, request: Request) -> Response:
        plan = PeoplePlan.model_validate(await request.json())
        return JSONResponse(make_people(self.find(request), plan), 201)

    async def custom_fields(self, request: Request) -> Response:
        field = make_custom_field(self.find(request), CustomFieldPlan.model_validate(await request.json()))
        return JSONResponse({"Id": field.id, **field.data}, 201)

    async def staff(self, request: Request) -> Response:
        asked = StaffAction.model_validate(await request.json())
        return JSONResponse(_act(self.find(request), asked))

    async def keys(self, request: Request) -> Response:
        asked = NewKey.model_validate(await request.json())
        if self._world.by_key(asked.key):
            raise ValueError("the key is in use")
        self.find(request).keys[asked.key] = ApiKey(**asked.model_dump())
        self._world.changed()
        return JSONResponse(asdict(ApiKey(**asked.model_dump())), 201)

    async def access(self, request: Request) -> Response:
        asked, database = Revocation.model_validate(await request.json()), self.find(request)
        if asked.api_key is not None:
            database.keys[asked.api_key].active = asked.active
        for grant in self._world.grants if asked.grants else ():
            if grant.database == database.name:
                grant.revoked = not asked.active
        self._world.changed()
        return JSONResponse({})


def _act(database: Database, asked: StaffAction) -> Any:
    if asked.action == "merge":
        staff.merge(database, asked.constituent, asked.loser)
        return {}
    if asked.action == "delete":
        staff.delete(database, asked.constituent, with_gifts=asked.with_gifts)
        return {}
    if asked.action == "edit":
        return staff.edit(database, asked.constituent, asked.fields)
    if asked.action == "add_email":
        row = {"AccountId": asked.constituent, "Type": "Home", "Value": asked.value, "IsPrimary": asked.primary}
        return staff.staff_call(database, "POST", "/email", row)
    return staff.staff_call(database, asked.method, asked.path, asked.body)


def _named(table: Any) -> dict[str, int]:
    return {record.data["Name"]: record.id for record in table}
