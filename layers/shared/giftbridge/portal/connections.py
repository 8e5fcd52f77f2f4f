"""Pages: connecting a CRM, and one connection with what can be done to it."""

from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest, load_manifest, names
from giftbridge.errors import Conflict, GiftbridgeError, Invalid, NotFound
from giftbridge.jobs import connect, credentials, lifecycle, oauth, overview
from giftbridge.jobs import portal as sessions
from giftbridge.portal.visit import Visit, visit

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
CODE_REQUIRED: Final = "code_required"
PREVIEWS: Final = 10
"""How many of the newest runs are looked through for a preview."""


@router.get("/")
def list_connections() -> Response[str]:
    """The organisation's; an operator sees everybody's among the operations, a page at a time."""
    here = visit(router)
    if here.visitor.operator:
        return here.go("operations", done=here.query.get("done", ""))
    return here.page("connections.html", glances=overview.glances(here.app, here.connections()))


@router.get("/connect")
def choose_crm() -> Response[str]:
    """Which CRM."""
    here = visit(router)
    return here.page("connect/choose.html", crms=[load_manifest(name) for name in _crms()])


@router.get("/connect/<crm>")
def connect_form(crm: str) -> Response[str]:
    """By key, password or consent, as the CRM has it."""
    return _form(visit(router), _crm(crm))


@router.post("/connect/<crm>/key")
def connect_by_key(crm: str) -> Response[str]:
    """With an API key, or a name and a password."""
    here, stated = visit(router), _crm(crm)
    try:
        planned = connect.draft(here.visitor.platform, here.visitor.organisation, stated.name, {})
        secrets = {planned.platform: _platform_secret(here), planned.crm: _crm_secret(here, stated)}
        made = connect.connect(here.app, planned, secrets)
    except (Invalid, Conflict) as error:
        return _form(here, stated, error)
    if made.hook_secret:
        return here.page("connect/webhook.html", made=made.connection, secret=made.hook_secret, base=here.base)
    return here.go("c", made.connection.id, done="connected")


@router.post("/connect/<crm>/consent")
def connect_by_consent(crm: str) -> Response[str]:
    """A link to the CRM's page of consent, for this browser."""
    here, stated = visit(router), _crm(crm)
    try:
        planned = connect.draft(here.visitor.platform, here.visitor.organisation, stated.name, {})
        ticket = oauth.offer(here.app, planned, dict(_platform_secret(here)))
    except (Invalid, Conflict) as error:
        return _form(here, stated, error)
    return _to_consent(here, stated, ticket)


@router.get("/c/<_connection>")
def show_connection(_connection: str) -> Response[str]:
    """Health, what comes next, the first question with a preview's numbers."""
    here = visit(router)
    (glance,) = overview.glances(here.app, [here.connection])
    runs = here.app.runs.latest(here.connection.id, PREVIEWS)
    preview = next((run for run in runs if run.mode == "preview"), None)
    return here.page(
        "connection/show.html", glance=glance, preview=preview, runs=runs[:3], crm=_crm(here.connection.crm)
    )


@router.post("/c/<_connection>/first-sync")
def answer_first_sync(_connection: str) -> Response[str]:
    """Yes: all contacts are matched and brought over. No: only what changes from now on."""
    here = visit(router)
    yes = here.given("answer") == "yes"
    return here.go_to_run(lifecycle.answer_first_sync(here.app, here.connection, yes, here.visitor.actor))


@router.post("/c/<_connection>/sync")
def sync(_connection: str) -> Response[str]:
    """Synchronize now."""
    here = visit(router)
    return here.go_to_run(lifecycle.sync_now(here.app, here.connection, "changes", here.visitor.actor))


@router.post("/c/<_connection>/preview")
def preview(_connection: str) -> Response[str]:
    """What a first sync would do."""
    here = visit(router)
    return here.go_to_run(lifecycle.sync_now(here.app, here.connection, "preview", here.visitor.actor))


@router.post("/c/<_connection>/pause")
def pause(_connection: str) -> Response[str]:
    """What comes in waits."""
    here = visit(router)
    lifecycle.pause(here.app, here.connection)
    return here.go("c", here.connection.id, done="paused")


@router.post("/c/<_connection>/resume")
def resume(_connection: str) -> Response[str]:
    """What waited goes on."""
    here = visit(router)
    lifecycle.resume(here.app, here.connection, here.visitor.actor)
    return here.go("c", here.connection.id, done="resumed")


@router.get("/c/<_connection>/remove")
def ask_to_remove(_connection: str) -> Response[str]:
    """Whether, and what becomes of the links."""
    here = visit(router)
    return here.page("connection/remove.html", one=here.connection)


@router.post("/c/<_connection>/remove/yes")
def remove(_connection: str) -> Response[str]:
    """Credentials are destroyed at once."""
    here = visit(router)
    lifecycle.remove(here.app, here.connection, "erase" if here.given("links") == "erase" else "keep")
    return here.go(done="removed")


@router.get("/c/<_connection>/reconnect")
def reconnect_form(_connection: str) -> Response[str]:
    """New credentials for one side or both."""
    here = visit(router)
    return _reconnect_form(here)


@router.post("/c/<_connection>/reconnect/key")
def reconnect(_connection: str) -> Response[str]:
    """By key or password, under the same links."""
    here = visit(router)
    one, stated = here.connection, _crm(here.connection.crm)
    try:
        given: dict[str, Mapping[str, Any]] = {}
        if here.given("token"):
            given[one.platform] = credentials.of_platform(one.platform, here.given("token"))
        if here.given("api_key") or here.given("username"):
            given[one.crm] = _crm_secret(here, stated)
        if not given:
            raise Invalid("Nothing was given.", [("credentials", "Give new credentials for one side at least.")])
        lifecycle.reconnect(here.app, one, given)
    except (Invalid, Conflict) as error:
        return _reconnect_form(here, error)
    return here.go("c", one.id, done="reconnected")


@router.post("/c/<_connection>/reconnect/consent")
def reconnect_by_consent(_connection: str) -> Response[str]:
    """A link to the CRM's page of consent, for this browser."""
    here = visit(router)
    try:
        ticket = oauth.offer_again(here.app, here.connection)
    except (Invalid, Conflict) as error:
        return _reconnect_form(here, error)
    return _to_consent(here, _crm(here.connection.crm), ticket)


def _to_consent(here: Visit, stated: Manifest, ticket: oauth.Ticket) -> Response[str]:
    """A link and no redirect: a form of ours may lead nowhere else, or the policy of our pages would be worth less."""
    return here.page("connect/consent.html", crm=stated, address=ticket.url(here.base))


def _form(here: Visit, stated: Manifest, error: GiftbridgeError | None = None) -> Response[str]:
    known = here.visitor.platform_secret is not None
    return here.page(
        "connect/form.html", 422 if error else 200, crm=stated, platform=here.visitor.platform,
        asks_platform=not known, **_told(here, error),
    )  # fmt: skip


def _reconnect_form(here: Visit, error: GiftbridgeError | None = None) -> Response[str]:
    return here.page(
        "connection/reconnect.html", 422 if error else 200, one=here.connection, crm=_crm(here.connection.crm),
        **_told(here, error),
    )  # fmt: skip


def _told(here: Visit, error: GiftbridgeError | None) -> dict[str, Any]:
    """What was wrong, and what may stand in the form again: never a secret."""
    mistakes = dict(error.mistakes) if isinstance(error, Invalid) else {}
    asks_code = error is not None and error.code == CODE_REQUIRED
    return {"message": str(error or ""), "wrong": mistakes, "username": here.given("username"), "asks_code": asks_code}


def _platform_secret(here: Visit) -> Mapping[str, Any]:
    given = sessions.open_platform_secret(here.app, here.visitor)
    if given:
        return given
    if not here.given("token"):
        raise Invalid("Something is missing.", [("platform_credentials", "Give the platform's token.")])
    return credentials.of_platform(here.visitor.platform, here.given("token"))


def _crm_secret(here: Visit, stated: Manifest) -> Mapping[str, Any]:
    if here.given("username") or here.given("password"):
        return credentials.by_sign_in(
            here.app, stated.name, here.given("username"), here.given("password"), here.given("code")
        )
    if not here.given("api_key"):
        raise Invalid("Something is missing.", [("credentials", f"Give the key of {stated.title}.")])
    return credentials.by_key(stated.name, here.given("api_key"))


def _crms() -> list[str]:
    return [name for name in names() if registry.manifest(name).role == "crm"]


def _crm(name: str) -> Manifest:
    if name not in _crms():
        raise NotFound("There is no such CRM.")
    return load_manifest(name)
