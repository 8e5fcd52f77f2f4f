"""Routes: connecting, looking at, changing and removing connections."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api import answers, requests, views
from giftbridge.api.desk import ConnectionId, Desk, Organisation, desk
from giftbridge.errors import Invalid
from giftbridge.jobs import configure, connect, credentials, lifecycle, oauth
from giftbridge.jobs.check import Secrets, check
from giftbridge.jobs.overview import overview
from giftbridge.stores.connections import Connection

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["connections"]
LINKS = Annotated[Literal["keep", "erase"], Query(description="keep: a later connection finds them again")]


@router.post("/connections/test", summary="Try credentials; nothing is stored", tags=TAGS)
def try_connection(organisation: Organisation, body: requests.Trial) -> answers.TrialResult:
    """Ask both sides who they are, with real calls."""
    here = desk(router)
    planned = connect.draft(here.platform, organisation, body.crm, {})
    found = check(here.app, planned, _given(here, planned, body))
    return answers.TrialResult(crm=views.party(found.crm), platform=views.party(found.platform))


@router.post("/connections", summary="Connect by key or password", status_code=201, tags=TAGS)
def connect_by_key(organisation: Organisation, body: requests.NewConnection) -> answers.Connected:
    """Check both sides, then store. The webhook's secret is shown here and never again.

    Where the CRM asks its user for a code, this answers 409 `code_required`: repeat the call with it.
    """
    here = desk(router)
    planned = connect.draft(here.platform, organisation, body.crm, body.settings.root)
    made = connect.connect(here.app, planned, _given(here, planned, body))
    view = _view(here, made.connection)
    hook = None
    if made.hook_secret:
        url = views.webhook_url(made.connection, here.base)
        hook = answers.Webhook(url=url, secret=made.hook_secret, live_secrets=1)
    return answers.Connected(connection=view, ask_first_sync=view.ask_first_sync, webhook=hook)


@router.post("/oauth/links", summary="Connect by consent: a one-time link", status_code=201, tags=TAGS)
def link_for_consent(organisation: Organisation, body: requests.NewConsent) -> answers.ConsentLink:
    """Open it in the browser of the person who consents, within ten minutes."""
    here = desk(router)
    planned = connect.draft(here.platform, organisation, body.crm, body.settings.root)
    secret = dict(credentials.of_platform(planned.platform, body.platform_credentials.token))
    return _link(here, oauth.offer(here.app, planned, secret))


@router.get("/connections", summary="List", tags=TAGS)
def list_connections(organisation: Organisation) -> answers.Connections:
    """All of the organisation."""
    here = desk(router)
    found = here.app.connections.of_organisation(here.who(organisation))
    return answers.Connections(items=[_view(here, one) for one in found])


@router.get("/connections/<connection>", summary="Look at one", tags=TAGS)
def show_connection(organisation: Organisation, connection: ConnectionId) -> answers.ConnectionView:
    """Health, progress, what comes next."""
    here = desk(router)
    return _view(here, here.connection(organisation, connection))


@router.patch("/connections/<connection>", summary="Change settings", tags=TAGS)
def change_settings(
    organisation: Organisation, connection: ConnectionId, body: requests.Settings
) -> answers.ConnectionView:
    """A merge patch; every mistake is told with its path, and nothing is changed then."""
    here = desk(router)
    return _view(here, configure.change(here.app, here.connection(organisation, connection), body.root))


@router.get("/connections/<connection>/choices", summary="The CRM's own lists to choose from", tags=TAGS)
def show_choices(organisation: Organisation, connection: ConnectionId) -> answers.Choices:
    """Read from the CRM now."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    found = configure.choices(here.app, standing)
    return answers.Choices(
        funds=dict(found.funds),
        campaigns=dict(found.campaigns),
        appeals=dict(found.appeals),
        methods=configure.words_of_methods(standing),
    )


@router.get("/connections/<connection>/thanks/choices", summary="The platform's users and notes", tags=TAGS)
def show_thanks_choices(organisation: Organisation, connection: ConnectionId) -> answers.ThanksChoices:
    """Read from a platform that thanks, now."""
    here = desk(router)
    found = configure.thanks_choices(here.app, here.connection(organisation, connection))
    return answers.ThanksChoices(users=dict(found.users), notes=dict(found.notes))


@router.post("/connections/<connection>/pause", summary="Pause", tags=TAGS)
def pause(organisation: Organisation, connection: ConnectionId) -> answers.ConnectionView:
    """What comes in waits."""
    here = desk(router)
    return _view(here, lifecycle.pause(here.app, here.connection(organisation, connection)))


@router.post("/connections/<connection>/resume", summary="Resume and catch up", tags=TAGS)
def resume(organisation: Organisation, connection: ConnectionId) -> answers.ConnectionView:
    """What waited goes on; what changed meanwhile is read."""
    here = desk(router)
    return _view(here, lifecycle.resume(here.app, here.connection(organisation, connection), here.actor))


@router.post("/connections/<connection>/reconnect", summary="Reconnect by key or password", tags=TAGS)
def reconnect(
    organisation: Organisation, connection: ConnectionId, body: requests.Reconnection
) -> answers.ConnectionView:
    """New credentials of the same database; links and settings stay, and all that waited goes on."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    given = _given(here, standing, body)
    if not given:
        raise Invalid("Nothing was given.", [("credentials", "Give credentials for one side at least.")])
    return _view(here, lifecycle.reconnect(here.app, standing, given))


@router.post("/connections/<connection>/oauth/links", summary="Reconnect by consent", status_code=201, tags=TAGS)
def link_for_reconnect(organisation: Organisation, connection: ConnectionId) -> answers.ConsentLink:
    """A one-time link to consent again under the same links."""
    here = desk(router)
    return _link(here, oauth.offer_again(here.app, here.connection(organisation, connection)))


@router.delete("/connections/<connection>", summary="Remove", status_code=202, tags=TAGS)
def remove(organisation: Organisation, connection: ConnectionId, links: LINKS = "keep") -> answers.Removal:
    """Credentials are destroyed at once, and revoked at the vendor where it can be."""
    here = desk(router)
    revoked = lifecycle.remove(here.app, here.connection(organisation, connection), links)
    return answers.Removal(links="kept" if links == "keep" else "erasing", revoked_at_vendor=revoked)


def _view(here: Desk, connection: Connection) -> answers.ConnectionView:
    return views.connection(overview(here.app, connection), here.base)


def _link(here: Desk, ticket: oauth.Ticket) -> answers.ConsentLink:
    return answers.ConsentLink(url=ticket.url(here.base), expires_at=ticket.expires_at, connection=ticket.connection)


def _given(
    here: Desk, connection: Connection, body: requests.Trial | requests.NewConnection | requests.Reconnection
) -> Secrets:
    given: dict[str, Mapping[str, Any]] = {}
    if body.platform_credentials:
        given[connection.platform] = credentials.of_platform(connection.platform, body.platform_credentials.token)
    if body.credentials:
        given[connection.crm] = _of_crm(here, connection.crm, body.credentials)
    return given


def _of_crm(here: Desk, crm: str, given: requests.ApiKey | requests.SignIn) -> Mapping[str, Any]:
    if isinstance(given, requests.ApiKey):
        return credentials.by_key(crm, given.api_key)
    return credentials.by_sign_in(here.app, crm, given.username, given.password.get_secret_value(), given.code)
