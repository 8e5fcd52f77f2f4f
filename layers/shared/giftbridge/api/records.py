"""Routes: questions for people, erasing a donor, sending gifts by hand, the webhook's secrets."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api import answers, requests, views
from giftbridge.api.desk import ConnectionId, Limit, Organisation, desk
from giftbridge.domain.contact import Side
from giftbridge.domain.routing import Purpose
from giftbridge.errors import Invalid
from giftbridge.jobs import erase, overview, registering, review, send, webhooks

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
Kind = Annotated[Literal["contact", "gift"], Path()]
SideName = Annotated[Literal["platform", "crm"], Path()]
RecordId = Annotated[str, Path(max_length=128)]


@router.get("/connections/<connection>/reviews", summary="Open questions", tags=["reviews"])
def list_reviews(organisation: Organisation, connection: ConnectionId, limit: Limit = 50) -> answers.Questions:
    """The first ones; those that are answered make room for the next."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    found = review.open_questions(here.app, standing, limit)
    return answers.Questions(
        items=[views.question(one) for one in found], total=overview.open_questions(here.app, standing)
    )


@router.post("/connections/<connection>/reviews/<kind>/<side>/<record>", summary="Answer", tags=["reviews"])
def answer_review(
    organisation: Organisation,
    connection: ConnectionId,
    kind: Kind,
    side: SideName,
    record: RecordId,
    body: requests.Decision,
) -> answers.Answered:
    """Match to one of the candidates, create anew, do not sync, or try again."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    run = review.answer(here.app, standing, kind, Side(side), record, body.decision, here.actor)
    return answers.Answered(run=views.run(run) if run else None)


@router.post("/connections/<connection>/erase", summary="Erase a donor", tags=["donors"])
def erase_donor(organisation: Organisation, connection: ConnectionId, body: requests.Donor) -> answers.Erased:
    """By either id: forgotten here and never synced again, unless that is taken back."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return answers.Erased(linked=erase.erase(here.app, standing, *_donor(body)))


@router.post("/connections/<connection>/erase/undo", summary="Allow a donor again", tags=["donors"])
def allow_donor(organisation: Organisation, connection: ConnectionId, body: requests.Donor) -> answers.Allowed:
    """By either id."""
    here = desk(router)
    erase.allow_again(here.app, here.connection(organisation, connection), *_donor(body))
    return answers.Allowed()


@router.post("/connections/<connection>/gifts/send", summary="Send gifts by hand", status_code=202, tags=["gifts"])
def send_gifts(organisation: Organisation, connection: ConnectionId, body: requests.GiftOrder) -> answers.GiftsSent:
    """With a fund, campaign and appeal. What is there just so already is left alone."""
    here = desk(router)
    order = send.Order(
        ids=tuple(dict.fromkeys(body.ids)),
        purpose=Purpose(body.fund, body.campaign, body.appeal),
        confirm_unreconciled=body.confirm_unreconciled,
        confirm_changes=body.confirm_changes,
    )
    sent = send.send(here.app, here.connection(organisation, connection), order, here.actor)
    return answers.GiftsSent(run=views.run(sent.run) if sent.run else None, unchanged=list(sent.unchanged))


@router.post("/connections/<connection>/webhook/rotate", summary="Change the webhook's secret", tags=["webhook"])
def rotate_webhook(organisation: Organisation, connection: ConnectionId, body: requests.Rotation) -> answers.Webhook:
    """First a further secret beside those that count; then, by `finish`, only the newest does.

    A CRM that is told by API is told the new one by us, so that nobody needs to see it.
    """
    here = desk(router)
    standing = here.connection(organisation, connection)
    if body.side == "crm":
        done = registering.rotate(here.app, standing, finish=body.finish)
        return answers.Webhook(url="", secret="", live_secrets=done.live)
    change = webhooks.finish_rotation if body.finish else webhooks.rotate
    done = change(here.app, standing)
    url = views.webhook_url(standing, here.base, done.hook)
    return answers.Webhook(url=url, secret=done.secret, live_secrets=done.live)


def _donor(body: requests.Donor) -> tuple[Side, str]:
    if body.platform_id and not body.crm_id:
        return Side.PLATFORM, body.platform_id
    if body.crm_id and not body.platform_id:
        return Side.CRM, body.crm_id
    raise Invalid("Which donor?", [("platform_id", "Give either `platform_id` or `crm_id`.")])
