"""Control routes of the Kindful sandbox: accounts, people, staff, jobs, webhooks, options, credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.control import tenant_routes
from local.sandbox.kindful import asked, jobs, staff
from local.sandbox.kindful.account import Account, App, Event, Job, Plan
from local.sandbox.kindful.api import integration
from local.sandbox.kindful.changes import apply_due
from local.sandbox.kindful.events import posted_body
from local.sandbox.kindful.oauth import issue_tokens
from local.sandbox.kindful.options import Options
from local.sandbox.kindful.seed import PeoplePlan, make_people, make_reference
from local.sandbox.kindful.state import summary, whole_state
from local.sandbox.kindful.webhooks import Courier
from local.sandbox.kindful.world import Consent, Grant, OAuthClient, World, new_secret

_ACCOUNT = "/_sandbox/accounts/{name}"


def routes(world: World, courier: Courier) -> list[Route]:
    """All control routes."""
    server, account, work = _ServerRoutes(world), _AccountRoutes(world), _WorkRoutes(world, courier)
    return [
        Route("/_sandbox/health", server.health, methods=["GET"]),
        Route("/_sandbox/reset", server.reset, methods=["POST"]),
        Route("/_sandbox/accounts", server.accounts, methods=["GET", "POST"]),
        Route("/_sandbox/oauth/clients", server.clients, methods=["POST"]),
        Route("/_sandbox/oauth/consent", server.consent, methods=["PUT", "DELETE"]),
        Route("/_sandbox/oauth/grant", server.grant, methods=["POST"]),
        Route("/_sandbox/unknown-credentials", server.unknown, methods=["PUT"]),
        Route(_ACCOUNT, account.one, methods=["GET", "DELETE"]),
        Route(f"{_ACCOUNT}/state", account.state, methods=["GET"]),
        Route(f"{_ACCOUNT}/options", account.options, methods=["GET", "POST"]),
        Route(f"{_ACCOUNT}/seed", account.seed, methods=["POST"]),
        Route(f"{_ACCOUNT}/staff", account.staff, methods=["POST"]),
        Route(f"{_ACCOUNT}/access", account.access, methods=["POST"]),
        Route(f"{_ACCOUNT}/jobs", work.jobs, methods=["GET"]),
        Route(f"{_ACCOUNT}/jobs/run", work.run, methods=["POST"]),
        Route(f"{_ACCOUNT}/jobs/plan", work.plan, methods=["POST"]),
        Route(f"{_ACCOUNT}/jobs/{{job}}", work.change, methods=["POST"]),
        Route(f"{_ACCOUNT}/pause", work.pause, methods=["PUT"]),
        Route(f"{_ACCOUNT}/webhook", work.webhook, methods=["GET", "PUT"]),
        Route(f"{_ACCOUNT}/webhook/send", work.send, methods=["POST"]),
        *tenant_routes(_ACCOUNT, account.find),
        *tenant_routes("/_sandbox", lambda _request: world),
    ]


class _ServerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "accounts": len(self._world.accounts)})

    async def reset(self, _request: Request) -> Response:
        """Forget every account, grant and rule."""
        self._world.accounts.clear()
        self._world.grants.clear()
        self._world.consent = None
        self._world.unknown_status = 401
        self._world.faults.clear()
        self._world.journal.clear()
        self._world.changed()
        return JSONResponse({})

    async def accounts(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([summary(account) for account in self._world.accounts.values()])
        new = asked.NewAccount.model_validate(await request.json())
        account = self._world.create(new.name, new.token or new_secret(), new.options, new.time_zone)
        make_reference(account, new.reference)
        return JSONResponse(summary(account), 201)

    async def clients(self, request: Request) -> Response:
        new = asked.NewClient.model_validate(await request.json())
        self._world.clients[new.client_id] = OAuthClient(**new.model_dump())
        self._world.changed()
        return JSONResponse({}, 201)

    async def consent(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.consent = None
        else:
            new = asked.NewConsent.model_validate(await request.json())
            self._world.consent = Consent(self._world.accounts[new.account].name, new.allow, new.scope)
        self._world.changed()
        return JSONResponse({})

    async def grant(self, request: Request) -> Response:
        new = asked.NewGrant.model_validate(await request.json())
        grant = Grant(new.client_id, self._world.accounts[new.account].name, new.scope)
        self._world.grants.append(grant)
        return JSONResponse(issue_tokens(self._world, grant), 201)

    async def unknown(self, request: Request) -> Response:
        self._world.unknown_status = asked.Unknown.model_validate(await request.json()).status
        self._world.changed()
        return JSONResponse({})


class _AccountRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, request: Request) -> Account:
        """The account named in the path, up to date; KeyError when there is none."""
        account = self._world.accounts[request.path_params["name"]]
        jobs.tick(account)
        return account

    async def one(self, request: Request) -> Response:
        account = self.find(request)
        if request.method == "DELETE":
            del self._world.accounts[account.name]
            self._world.grants = [grant for grant in self._world.grants if grant.account != account.name]
            self._world.changed()
            return JSONResponse({})
        return JSONResponse(summary(account))

    async def state(self, request: Request) -> Response:
        return JSONResponse(whole_state(self.find(request)))

    async def options(self, request: Request) -> Response:
        account = self.find(request)
        if request.method == "POST":
            account.options = Options.model_validate(account.options.model_dump() | await request.json())
            self._world.changed()
        return JSONResponse(account.options.model_dump())

    async def seed(self, request: Request) -> Response:
        plan = PeoplePlan.model_validate(await request.json())
        return JSONResponse(make_people(self.find(request), plan), 201)

    async def staff(self, request: Request) -> Response:
        action = asked.StaffAction.model_validate(await request.json())
        return JSONResponse(_act(self.find(request), action))

    async def access(self, request: Request) -> Response:
        new, account = asked.Access.model_validate(await request.json()), self.find(request)
        if new.token is not None:
            if self._world.by_token(new.token) not in {None, account}:
                raise ValueError("the token belongs to another account")
            account.tokens[new.token] = new.active
        for grant in self._world.grants if new.grants else ():
            if grant.account == account.name:
                grant.revoked = not new.active
        self._world.changed()
        return JSONResponse({})


class _WorkRoutes:
    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier

    async def jobs(self, request: Request) -> Response:
        account = self._find(request)
        found = [asdict(job) | {"app": app.id} for app in account.apps.values() for job in app.jobs]
        return JSONResponse(sorted(found, key=lambda job: float(job["received"])))

    async def run(self, request: Request) -> Response:
        account, wish = self._find(request), asked.Run.model_validate(await request.json())
        apps = [account.apps[wish.app]] if wish.app else list(account.apps.values())
        ended = [job.id for app in apps for job in _run(account, app, wish)]
        if not wish.only_begin:
            for update in account.pending:
                update.due = 0.0
            apply_due(account)
        return JSONResponse(ended)

    async def plan(self, request: Request) -> Response:
        account, wish = self._find(request), asked.JobPlan.model_validate(await request.json())
        plan = Plan(wish.status, wish.rows, wish.message)
        if wish.id is None:
            account.plans.append(plan)
        else:
            _job(account, wish.id)[1].plan = plan
        self._world.changed()
        return JSONResponse({})

    async def change(self, request: Request) -> Response:
        account, wish = self._find(request), asked.JobChange.model_validate(await request.json())
        _, job = _job(account, request.path_params["job"])
        if wish.into is not None:
            jobs.consolidate(_job(account, wish.into)[1], job)
        if wish.status is not None:
            job.status = wish.status
        self._world.changed()
        return JSONResponse(asdict(job))

    async def pause(self, request: Request) -> Response:
        account = self._find(request)
        account.paused = asked.Pause.model_validate(await request.json()).paused
        self._world.changed()
        return JSONResponse([integration(account, app) for app in account.apps.values()])

    async def webhook(self, request: Request) -> Response:
        account = self._find(request)
        if request.method == "PUT":
            target = asked.WebhookTarget.model_validate(await request.json())
            account.webhook_url, account.webhook_app = target.url, target.app
            self._world.changed()
        return JSONResponse({"url": account.webhook_url, "events": [asdict(event) for event in account.events]})

    async def send(self, request: Request) -> Response:
        account, wish = self._find(request), asked.HandMade.model_validate(await request.json())
        if account.webhook_url is None:
            raise ValueError("the account has no webhook")
        body = wish.body if wish.event is None else posted_body(account, _event(account, wish.event))
        return JSONResponse({"body": body, "answer": await self._courier.post(account.webhook_url, body)})

    def _find(self, request: Request) -> Account:
        account = self._world.accounts[request.path_params["name"]]
        jobs.tick(account)
        return account


def _run(account: Account, app: App, wish: asked.Run) -> list[Job]:
    """Begin, or begin and finish, jobs whatever the clock says."""
    ended: list[Job] = []
    while (job := jobs.next_job(app)) is not None and (wish.count is None or len(ended) < wish.count):
        now = account.clock.now()
        if job.status == "waiting":
            jobs.begin(account, app, job, now)
        if wish.only_begin:
            return [job]
        jobs.finish(account, app, job, now)
        ended.append(job)
    return ended


def _job(account: Account, job_id: str) -> tuple[App, Job]:
    for app in account.apps.values():
        job = app.job(job_id)
        if job is not None:
            return app, job
    raise KeyError(job_id)


def _event(account: Account, event_id: str) -> Event:
    for event in account.events:
        if event.id == event_id:
            return event
    raise KeyError(event_id)


def _act(account: Account, wish: asked.StaffAction) -> Any:
    actions: dict[str, Callable[[], Any]] = {
        "add_contact": lambda: staff.add_contact(account, wish.fields),
        "edit_contact": lambda: staff.edit_contact(account, wish.id, wish.fields, wish.groups),
        "delete_contact": lambda: staff.delete_contact(account, wish.id),
        "merge": lambda: staff.merge(account, wish.id, wish.loser),
        "add_gift": lambda: staff.add_gift(account, wish.id, wish.fields),
        "edit_gift": lambda: staff.edit_gift(account, wish.id, wish.fields),
        "refund": lambda: staff.refund(account, wish.id),
        "cancel": lambda: staff.cancel(account, wish.id),
        "delete_gift": lambda: staff.delete_gift(account, wish.id),
        "add_named": lambda: staff.add_named(account, wish.kind, wish.name, wish.group),
        "announce": lambda: staff.other_event(account, wish.what, wish.fields),
        "unlink": lambda: staff.unlink(account, wish.app, wish.kind, wish.id),
    }
    return actions[wish.action]()
