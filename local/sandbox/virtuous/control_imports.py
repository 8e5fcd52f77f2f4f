"""Control routes for what is held and imported: midnight, reviewing, running, throwing away."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.virtuous import imports, staff
from local.sandbox.virtuous.import_run import Run
from local.sandbox.virtuous.matching import judge
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.wishes import Decision, Discard, RunWish
from local.sandbox.virtuous.world import World


def import_routes(world: World, prefix: str, find: Callable[[Request], Organisation]) -> list[Route]:
    """The routes below an organisation's prefix."""
    found = _ImportRoutes(world, find)
    return [
        Route(f"{prefix}/held", found.held, methods=["GET"]),
        Route(f"{prefix}/midnight", found.midnight, methods=["POST"]),
        Route(f"{prefix}/imports", found.imports, methods=["GET"]),
        Route(f"{prefix}/imports/{{id:int}}/run", found.run, methods=["POST"]),
        Route(f"{prefix}/imports/{{id:int}}", found.discard, methods=["DELETE"]),
        Route(f"{prefix}/rows/{{id:int}}", found.decide, methods=["PATCH"]),
    ]


class _ImportRoutes:
    def __init__(self, world: World, find: Callable[[Request], Organisation]) -> None:
        self._world = world
        self._find = find

    async def held(self, request: Request) -> Response:
        return JSONResponse([imports.show_row(row) for row in self._find(request).held])

    async def midnight(self, request: Request) -> Response:
        made = imports.midnight(self._find(request))
        return JSONResponse([imports.show_import(found) for found in made])

    async def imports(self, request: Request) -> Response:
        return JSONResponse([imports.show_import(found) for found in self._find(request).imports.values()])

    async def run(self, request: Request) -> Response:
        """A person presses run."""
        organisation, wish = self._find(request), RunWish.model_validate(await request.json())
        found = organisation.imports[request.path_params["id"]]
        counts = Run(staff.office(organisation), wish.match, wish.update).run(found, wish.rows)
        self._world.courier.collect(organisation)
        return JSONResponse({**counts, "import": imports.show_import(found)})

    async def discard(self, request: Request) -> Response:
        """A person throws rows away: they will never be gifts or contacts."""
        organisation, wish = self._find(request), Discard.model_validate(await request.json())
        found = organisation.imports[request.path_params["id"]]
        for row in found.rows:
            if row.state == "open" and (wish.rows is None or row.id in wish.rows):
                row.state = "discarded"
        self._world.changed()
        return JSONResponse(imports.show_import(found))

    async def decide(self, request: Request) -> Response:
        """A person corrects a row or says whose it is."""
        organisation, wish = self._find(request), Decision.model_validate(await request.json())
        row = imports.find_row(organisation, request.path_params["id"])
        row.body = row.body | wish.changes
        if wish.contact is not None:
            row.contact = None if wish.contact == "new" else organisation.contacts.rows[wish.contact].id
            row.decided = True
        if wish.take is not None:
            row.take, row.decided = wish.take, True
        judge(organisation, row)
        self._world.changed()
        return JSONResponse(imports.show_row(row))
