"""Routes: the drift report."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api import answers, views
from giftbridge.api.desk import ConnectionId, Limit, Organisation, desk
from giftbridge.api.runs import Cursor, cursor_of, place_of
from giftbridge.jobs import drift
from giftbridge.jobs.contacts.verdict import Class

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["drift"]
Code = Annotated[Literal["", Class], Query(description="only this class")]


@router.post("/connections/<connection>/drift", summary="Compare both sides", status_code=202, tags=TAGS)
def sweep(organisation: Organisation, connection: ConnectionId) -> answers.RunHeader:
    """A sweep: all of both lists is read and compared. Nothing is written anywhere; other runs go on beside it."""
    here = desk(router)
    return views.run(drift.sweep_now(here.app, here.connection(organisation, connection), here.actor))


@router.get("/connections/<connection>/drift", summary="The drift report", tags=TAGS)
def show_drift(
    organisation: Organisation, connection: ConnectionId, code: Code = "", limit: Limit = 100, cursor: Cursor = ""
) -> answers.Drift:
    """Of the newest sweep. `side` of a line is where the record is that its counterpart does not agree with."""
    here = desk(router)
    seen = drift.report(here.app, here.connection(organisation, connection), code, place_of(cursor), limit)
    following = cursor_of(seen.lines[-1].place) if len(seen.lines) == limit else ""
    return answers.Drift(
        run=views.run(seen.run) if seen.run else None,
        found={**seen.found},
        items=[views.line(one) for one in seen.lines],
        next=following,
    )
