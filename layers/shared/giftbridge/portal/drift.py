"""Page: whether both sides still agree, by the newest comparison of their whole lists."""

from typing import Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.errors import NotFound
from giftbridge.jobs import drift
from giftbridge.jobs.contacts.verdict import CLASSES
from giftbridge.portal.visit import visit

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PAGE: Final = 50
LONGEST: Final = 500
"""Of what says where a listing goes on."""


@router.get("/c/<_connection>/drift")
def show_drift(_connection: str) -> Response[str]:
    """The newest comparison: how far it is, what it found, and which records; a script asks for that part alone."""
    here = visit(router)
    code, after = here.query.get("code", ""), here.query.get("after", "")[:LONGEST]
    if code and code not in CLASSES:
        raise NotFound("There is no such class of differences.")
    seen = drift.page(here.app, here.connection, code, after, PAGE)
    return here.page(
        "drift/report.html" if here.partial else "drift/show.html", run=seen.run, found=seen.found, lines=seen.lines,
        code=code, after=after, following=seen.following, full=len(seen.lines) == PAGE,
        why_not=here.why_not(drift.assert_comparable),
    )  # fmt: skip


@router.post("/c/<_connection>/drift/now")
def compare_now(_connection: str) -> Response[str]:
    """Begin a comparison; it writes nothing anywhere."""
    here = visit(router)
    drift.sweep_now(here.app, here.connection, here.visitor.actor)
    return here.go("c", here.connection.id, "drift", done="started")
