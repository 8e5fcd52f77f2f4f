"""Control routes: accounts, what donors and staff do, keys, subscriptions, and notifications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.control import tenant_routes
from local.sandbox.gratavid import engagement, sending, subscriptions
from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.errors import ApiError
from local.sandbox.gratavid.notifications import dispatch, keep, release, replay
from local.sandbox.gratavid.options import Options
from local.sandbox.gratavid.records import Contact, Note, Send, Task, User
from local.sandbox.gratavid.seed import make_people
from local.sandbox.gratavid.wishes import (
    DonorAction,
    HandMade,
    Key,
    NewAccount,
    NewSubscription,
    Release,
    Seed,
    StaffAction,
)
from local.sandbox.gratavid.world import World

_ACCOUNT = "/_sandbox/accounts/{name}"
_STAFF: dict[str, Callable[[Account, StaffAction], User | Note | Contact | Task | Send]] = {
    "send_task": lambda account, wish: engagement.send_task(account, wish.task, wish.title or "For you"),
    "delete_task": lambda account, wish: engagement.delete_task(account, wish.task),
    "send_note": lambda account, wish: engagement.send_note(account, wish.note, wish.contact),
    "edit_contact": lambda account, wish: engagement.edit_contact(account, wish.contact, wish.fields),
    "add_note": lambda account, wish: account.add_note(wish.title),
    "add_user": lambda account, wish: account.add_user(wish.title),
    "archive_note": lambda account, wish: engagement.archive_note(account, wish.note),
    "remove_user": lambda account, wish: engagement.remove_user(account, wish.user),
}


def routes(world: World) -> list[Route]:
    """All control routes."""
    server, account, hooks = _ServerRoutes(world), _AccountRoutes(world), _HookRoutes(world)
    return [
        Route("/_sandbox/health", server.health, methods=["GET"]),
        Route("/_sandbox/reset", server.reset, methods=["POST"]),
        Route("/_sandbox/options", server.options, methods=["GET", "POST"]),
        Route("/_sandbox/accounts", server.accounts, methods=["GET", "POST"]),
        Route(_ACCOUNT, account.one, methods=["GET", "DELETE"]),
        Route(f"{_ACCOUNT}/state", account.state, methods=["GET"]),
        Route(f"{_ACCOUNT}/options", account.options, methods=["GET", "POST"]),
        Route(f"{_ACCOUNT}/seed", account.seed, methods=["POST"]),
        Route(f"{_ACCOUNT}/donor", account.donor, methods=["POST"]),
        Route(f"{_ACCOUNT}/staff", account.staff, methods=["POST"]),
        Route(f"{_ACCOUNT}/keys", account.keys, methods=["POST"]),
        Route(f"{_ACCOUNT}/subscriptions", hooks.subscriptions, methods=["GET", "POST", "DELETE"]),
        Route(f"{_ACCOUNT}/notifications", hooks.notifications, methods=["GET", "POST"]),
        Route(f"{_ACCOUNT}/notifications/release", hooks.release, methods=["POST"]),
        Route(f"{_ACCOUNT}/notifications/{{number:int}}/replay", hooks.replay, methods=["POST"]),
        *tenant_routes(_ACCOUNT, account.find),
        *tenant_routes("/_sandbox", lambda _request: world),
    ]


def summary(account: Account) -> dict[str, Any]:
    """What a test needs to know of a new account."""
    return {
        "name": account.name,
        "api_keys": account.keys,
        "users": {user.label: user.id for user in account.users.values() if user.active},
        "notes": {note.title: note.id for note in account.notes.values() if note.listed},
    }


class _ServerRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "accounts": len(self._world.accounts)})

    async def reset(self, _request: Request) -> Response:
        """Forget every account and rule."""
        for name in list(self._world.accounts):
            self._world.remove(name)
        self._world.faults.clear()
        self._world.journal.clear()
        return JSONResponse({})

    async def options(self, request: Request) -> Response:
        """How calls are refused whose key is nobody's."""
        if request.method == "POST":
            self._world.options = _changed(self._world.options, await request.json())
            self._world.changed()
        return JSONResponse(self._world.options.model_dump())

    async def accounts(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([summary(account) for account in self._world.accounts.values()])
        wish = NewAccount.model_validate(await request.json())
        account = self._world.create(wish.name, wish.api_key, wish.options)
        for label in wish.users:
            account.add_user(label)
        for title in wish.notes:
            account.add_note(title)
        return JSONResponse(summary(account), 201)


class _AccountRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, request: Request) -> Account:
        """The account named in the path, with all that is due by now; KeyError when there is none."""
        account = self._world.accounts[request.path_params["name"]]
        sending.settle(account)
        return account

    async def one(self, request: Request) -> Response:
        account = self.find(request)
        if request.method == "DELETE":
            self._world.remove(account.name)
            return JSONResponse({})
        return JSONResponse(summary(account))

    async def state(self, request: Request) -> Response:
        return JSONResponse(self.find(request).records())

    async def options(self, request: Request) -> Response:
        account = self.find(request)
        if request.method == "POST":
            account.options = _changed(account.options, await request.json())
            account.changed()
        return JSONResponse(account.options.model_dump())

    async def seed(self, request: Request) -> Response:
        return JSONResponse(make_people(self.find(request), Seed.model_validate(await request.json())), 201)

    async def donor(self, request: Request) -> Response:
        """What donors do; answers with the numbers of the notifications that follow."""
        account, wish = self.find(request), DonorAction.model_validate(await request.json())
        return JSONResponse({"notifications": _as_donor(account, wish)})

    async def staff(self, request: Request) -> Response:
        """What staff do; answers with the record they did it to."""
        account, wish = self.find(request), StaffAction.model_validate(await request.json())
        try:
            return JSONResponse(asdict(_STAFF[wish.action](account, wish)))
        except ApiError as error:
            raise ValueError(error.message) from error

    async def keys(self, request: Request) -> Response:
        account, wish = self.find(request), Key.model_validate(await request.json())
        if self._world.by_key(wish.key) not in {None, account}:
            raise ValueError("the key belongs to another account")
        account.keys[wish.key] = wish.active
        account.changed()
        return JSONResponse(summary(account))


class _HookRoutes:
    def __init__(self, world: World) -> None:
        self._find = _AccountRoutes(world).find

    async def subscriptions(self, request: Request) -> Response:
        account = self._find(request)
        if request.method == "DELETE":
            account.subscriptions.clear()
            account.changed()
        if request.method == "POST":
            wish = NewSubscription.model_validate(await request.json())
            return JSONResponse(asdict(subscriptions.add(account, wish.event, wish.url)), 201)
        return JSONResponse([asdict(row) for row in account.subscriptions.values()])

    async def notifications(self, request: Request) -> Response:
        """What was made so far; with `wait`, once nothing is on its way. POST: one made by hand."""
        account = self._find(request)
        if request.method == "POST":
            wish = HandMade.model_validate(await request.json())
            subscription = account.subscriptions[wish.subscription]
            made = keep(account, subscription, "", wish.content_type, wish.body)
            return _numbers(dispatch(account, [made]))
        if request.query_params.get("wait"):
            await account.courier.quiet(account.name)
        return JSONResponse([asdict(row) for row in account.notifications.values()])

    async def release(self, request: Request) -> Response:
        wish = Release.model_validate(await request.json())
        return _numbers(release(self._find(request), wish.numbers, wish.order, wish.copies, wish.seed))

    async def replay(self, request: Request) -> Response:
        return _numbers(replay(self._find(request), request.path_params["number"]))


def _numbers(found: list[int]) -> Response:
    return JSONResponse({"notifications": found})


def _as_donor(account: Account, wish: DonorAction) -> list[int]:
    if wish.action == "watch":
        return [number for send in wish.sends for number in engagement.watch(account, send, wish.percent)]
    if wish.action == "reply":
        return [number for send in wish.sends for number in engagement.reply(account, send, wish.text, wish.video)]
    take_back = engagement.unsubscribe if wish.action == "unsubscribe" else engagement.stop_text
    return take_back(account, wish.contact)


def _changed(options: Options, changes: dict[str, Any]) -> Options:
    return Options.model_validate(options.model_dump() | changes)
