"""Pages: the sync log with all its runs, one run with its records, and trying again what failed."""

import re
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api.runs import cursor_of, place_of
from giftbridge.domain.contact import Side
from giftbridge.errors import GiftbridgeError, Invalid, NotFound
from giftbridge.jobs import connect, history, lifecycle
from giftbridge.jobs.pull import files
from giftbridge.portal import pace, render
from giftbridge.portal.visit import Visit, visit
from giftbridge.stores.lines import LineKey

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PAGE: Final = 50
SHOWN: Final = ("failed", "created", "updated", "skipped")
"""Outcomes by which a run's records can be filtered; what is unchanged has no line."""
RUN_ID: Final = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
LONGEST: Final = 400
LONGEST_ID: Final = 128
CSV: Final = "text/csv; charset=utf-8"
STARTERS: Final = {
    "schedule": "The schedule", "webhook": "A webhook", "event": "A reconciled event", "api": "The management API",
}  # fmt: skip
"""What starts a run by itself; everybody else is called by their name."""


@router.get("/c/<_connection>/log")
def show_log(_connection: str) -> Response[str]:
    """Every run, newest first."""
    here = visit(router)
    found = here.app.runs.latest(here.connection.id, PAGE + 1, _before(here))
    following = found[PAGE - 1].id if len(found) > PAGE else ""
    asks = connect.asks_first_sync(here.connection)
    return here.page("log/list.html", runs=found[:PAGE], following=following, asks=asks, **_about(here))


@router.post("/c/<_connection>/log/sync")
def sync(_connection: str) -> Response[str]:
    """Synchronize now."""
    here = visit(router)
    return here.go_to_run(lifecycle.sync_now(here.app, here.connection, "changes", here.visitor.actor))


@router.get("/c/<_connection>/log/<_run>")
def show_run(_connection: str, _run: str) -> Response[str]:
    """One run with its records; by a script, only the part that moves."""
    here = visit(router)
    part = here.query.get("part", "") if here.partial else "page"
    if part == "row":
        return here.page("log/row.html", run=here.run, **_about(here))
    if part == "":
        return here.page("log/live.html", run=here.run, pace=_pace(here), **_about(here))
    records = _records(here)
    if part == "records":
        return here.page("log/records.html", run=here.run, **records)
    return here.page("log/show.html", run=here.run, **_about(here), pace=_pace(here), **records)


@router.post("/c/<_connection>/log/<_run>/retry")
def retry(_connection: str, _run: str) -> Response[str]:
    """All that failed and may be tried again."""
    here = visit(router)
    started = history.retry(here.app, here.connection, here.run, here.visitor.actor)
    to = (started[0].id,) if len(started) == 1 else ()
    return here.go("c", here.connection.id, "log", *to, done="retried")


@router.post("/c/<_connection>/log/<_run>/retry-one")
def retry_one(_connection: str, _run: str) -> Response[str]:
    """One record that failed, in its place where a script asks."""
    here = visit(router)
    try:
        started = history.retry_line(here.app, here.connection, here.run, _line_key(here), here.visitor.actor)
    except GiftbridgeError as error:
        if not here.partial:
            raise
        return here.page("log/retried.html", started=None, why=str(error))  # a script shows nothing of an error page
    if here.partial:
        return here.page("log/retried.html", started=started, why="")
    return here.go_to_run(started, "retried")


@router.get("/c/<_connection>/log/<_run>/file")
def download(_connection: str, _run: str) -> Response[str]:
    """A file of gifts that this run wrote, to be imported by hand."""
    here = visit(router)
    name = here.query.get("id", "")
    key = LineKey(here.run.id, "file", Side.PLATFORM, name)
    if not name.startswith(f"{here.run.id}-") or len(name) > LONGEST_ID or not here.app.lines.of([key]):
        raise NotFound("There is no such import file in this run.")
    text = files.read(here.app, here.connection, name)
    kept = {**render.SAFETY, "Cache-Control": "no-store"}
    return Response(200, CSV, text, {**kept, "Content-Disposition": f'attachment; filename="{name}.csv"'})


def _before(here: Visit) -> str:
    before = here.query.get("before", "")
    if before and not RUN_ID.fullmatch(before):
        raise Invalid("There is no such page of the log.", [("before", "Go on from the log's first page.")])
    return before


def _records(here: Visit) -> dict[str, Any]:
    """A page of the run's records, by the filter and from the place that the address names."""
    outcome, cursor = here.query.get("outcome", ""), here.query.get("after", "")
    if outcome not in ("", *SHOWN):
        raise Invalid("There is no such filter.", [("outcome", f"Records can be: {', '.join(SHOWN)}.")])
    lines, place = history.page_of_lines(here.app, here.run, outcome, _place(cursor), PAGE)
    following = cursor_of(place) if place else ""
    return {"lines": lines, "outcome": outcome, "following": following, "full": len(lines) == PAGE, "after": cursor}


def _place(cursor: str) -> str:
    if len(cursor) > LONGEST:
        raise Invalid("This is no cursor.", [("after", "Go on from the first page of the run's records.")])
    return place_of(cursor)


def _line_key(here: Visit) -> LineKey:
    """Of the record that a form names. Raises `NotFound`."""
    kind, side, record = (here.given(name) for name in ("kind", "side", "id"))
    if side not in tuple(Side) or not 0 < len(record) <= LONGEST_ID:
        raise NotFound("There is no such record in this run.")
    return LineKey(here.run.id, kind, Side(side).other, record)


def _pace(here: Visit) -> pace.Pace:
    return pace.of(here.run, here.app.now())


def _about(here: Visit) -> dict[str, Any]:
    """What all pages of the log need."""
    return {
        "sides": [(Side.PLATFORM, here.connection.platform), (Side.CRM, here.connection.crm)], "starters": STARTERS,
    }  # fmt: skip
