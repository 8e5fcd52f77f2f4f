"""Routes: starting runs, the sync log, trying again."""

import base64
import binascii
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api import answers, requests, views
from giftbridge.api.desk import ConnectionId, Limit, Organisation, RunId, desk
from giftbridge.domain.contact import Side
from giftbridge.errors import Invalid
from giftbridge.jobs import history, lifecycle, waiting

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["runs"]
Before = Annotated[str, Query(max_length=64, description="`next` of the page before")]
Cursor = Annotated[str, Query(max_length=400, description="`next` of the page before")]
Outcome = Annotated[Literal["", "created", "updated", "unchanged", "skipped", "failed"], Query()]


@router.post("/connections/<connection>/first-sync", summary="Answer the first question", status_code=202, tags=TAGS)
def first_sync(organisation: Organisation, connection: ConnectionId, body: requests.FirstSync) -> answers.RunHeader:
    """yes: all contacts are matched and brought over. no: only what changes from now on."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return views.run(lifecycle.answer_first_sync(here.app, standing, body.answer == "yes", here.actor))


@router.post("/connections/<connection>/sync", summary="Synchronize now", status_code=202, tags=TAGS)
def sync(organisation: Organisation, connection: ConnectionId) -> answers.RunHeader:
    """A run of what changed, at once; never beside another."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return views.run(lifecycle.sync_now(here.app, standing, "changes", here.actor))


@router.post("/connections/<connection>/preview", summary="Preview", status_code=202, tags=TAGS)
def preview(organisation: Organisation, connection: ConnectionId) -> answers.RunHeader:
    """What a first sync would do, without writing anything on either side."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return views.run(lifecycle.sync_now(here.app, standing, "preview", here.actor))


@router.get("/connections/<connection>/runs", summary="The sync log", tags=TAGS)
def list_runs(
    organisation: Organisation, connection: ConnectionId, limit: Limit = 50, before: Before = ""
) -> answers.Runs:
    """Newest first."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    found = here.app.runs.latest(standing.id, limit, before)
    return answers.Runs(items=[views.run(one) for one in found], next=found[-1].id if len(found) == limit else "")


@router.get("/connections/<connection>/runs/<run>", summary="One run", tags=TAGS)
def show_run(organisation: Organisation, connection: ConnectionId, run: RunId) -> answers.RunHeader:
    """Counts, progress, who."""
    here = desk(router)
    return views.run(history.run_of(here.app, here.connection(organisation, connection), run))


@router.get("/connections/<connection>/runs/<run>/records", summary="Its records", tags=TAGS)
def list_records(
    organisation: Organisation,
    connection: ConnectionId,
    run: RunId,
    outcome: Outcome = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> answers.LogLines:
    """Those that changed or failed, with a reason, a label to recognise them by, and a link into the CRM."""
    here = desk(router)
    found = history.run_of(here.app, here.connection(organisation, connection), run)
    lines = history.log_lines(here.app, found, outcome, place_of(cursor), limit)
    following = cursor_of(lines[-1].place) if len(lines) == limit else ""
    return answers.LogLines(items=[views.line(one) for one in lines], next=following)


@router.post("/connections/<connection>/runs/<run>/retry", summary="Try again what failed", status_code=202, tags=TAGS)
def retry_run(organisation: Organisation, connection: ConnectionId, run: RunId) -> answers.Started:
    """All records of the run that failed and may be tried again."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return views.started(history.retry(here.app, standing, history.run_of(here.app, standing, run), here.actor))


@router.post("/connections/<connection>/records/retry", summary="Try one record again", status_code=202, tags=TAGS)
def retry_record(organisation: Organisation, connection: ConnectionId, body: requests.RecordRetry) -> answers.RunHeader:
    """Whatever became of it before."""
    here = desk(router)
    standing = here.connection(organisation, connection)
    return views.run(history.retry_record(here.app, standing, body.kind, Side(body.side), body.id, here.actor))


@router.get("/connections/<connection>/waiting", summary="What waits, webhooks among it", tags=TAGS)
def list_waiting(organisation: Organisation, connection: ConnectionId) -> answers.WaitingList:
    """Work that is not done yet, with the error of its last try."""
    here = desk(router)
    found = waiting.of_connection(here.app, here.connection(organisation, connection))
    return answers.WaitingList(items=[views.waiting(one) for one in found])


@router.post("/connections/<connection>/waiting/retry", summary="Run failed webhooks and work again", tags=TAGS)
def wake_waiting(organisation: Organisation, connection: ConnectionId) -> answers.Woken:
    """What failed is due now instead of later."""
    here = desk(router)
    return answers.Woken(woken=waiting.wake_failed(here.app, here.connection(organisation, connection)))


def cursor_of(place: str) -> str:
    """Where a listing goes on, as `next` tells it."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_of(cursor: str) -> str:
    """The other way round. Raises `Invalid`."""
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise Invalid("This is no cursor.", [("cursor", "Take it from `next` of the page before.")]) from None
