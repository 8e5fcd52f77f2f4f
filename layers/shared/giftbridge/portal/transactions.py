"""Pages: a platform's gifts, and sending some of them to the CRM by hand."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api.problems import status_of
from giftbridge.connectors import registry
from giftbridge.connectors.base import Purposes
from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, Invalid, NotFound, Retry
from giftbridge.jobs import send, transactions
from giftbridge.jobs.settings_form import LISTS
from giftbridge.jobs.transactions import Row
from giftbridge.portal.ordering import CONFIRMS, MOST, Choice, Form, Trouble
from giftbridge.portal.visit import Visit, visit

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
UNREADABLE: Final = (Retry, Defer, Disconnected)
PAGE: Final = 50
"""Events of a page."""

Found = TypeVar("Found")


@router.get("/c/<_connection>/transactions")
def list_transactions(_connection: str) -> Response[str]:
    """The events, one event's gifts, or where there are no events the gifts that the log knows."""
    here = visit(router)
    return _page(here, Form.of(here))


@router.get("/c/<_connection>/transactions/choices")
def search_choices(_connection: str) -> Response[str]:
    """A part of a page: funds, campaigns or appeals with some words in their names."""
    here = visit(router)
    kind = here.query.get("kind", "")
    if kind not in LISTS:
        raise NotFound("There is no such list.")
    if not here.partial:
        return here.go("c", here.connection.id, "transactions")
    known, unlisted = _lists(here)
    found = Choice.of(kind, here.query.get(kind, ""), here.query.get("q", "").strip(), known)
    return here.page("transactions/choice.html", choice=found, unlisted=unlisted)


@router.post("/c/<_connection>/transactions/choose")
def choose(_connection: str) -> Response[str]:
    """What was chosen so far, to go on choosing: nothing is sent."""
    here = visit(router)
    form = Form.of(here)
    if form.event and not here.typed.get("listed"):
        return _page(here, form)
    return _page(here, form, form.mistake) if form.mistake else _order(here, form)


@router.post("/c/<_connection>/transactions/send")
def send_gifts(_connection: str) -> Response[str]:
    """Send them, or ask what has to be asked before."""
    here = visit(router)
    form, one = Form.of(here), here.connection
    if form.mistake:
        return _order(here, form, **_mistaken(form)) if here.typed.get("listed") else _page(here, form, form.mistake)
    try:
        sent = send.send(here.app, one, form.order, here.visitor.actor)
    except GiftbridgeError as error:
        return _order(here, form, **_refused(form, error))
    if sent.run is None:
        return here.go("c", one.id, "transactions", event=form.event, done="unchanged")
    return here.go_to_run(sent.run, "sent")


def _page(here: Visit, form: Form, mistake: str = "") -> Response[str]:
    """Where gifts are chosen; again where the choice can't be."""
    able = registry.manifest(here.connection.platform).capabilities
    if "reads_gifts" not in able:
        return here.page("transactions/none.html")
    show = _event if form.event else _events if "lists_events" in able else _known
    return show(here, form, mistake, 422 if mistake else 200)


def _event(here: Visit, form: Form, mistake: str, status: int) -> Response[str]:
    one = here.connection
    listing, unread = _tried(lambda: transactions.event_gifts(here.app, one, form.event, form.cursor, form.skip))
    choices = _choices(here, form, listing.lists) if listing else {}
    return here.page(
        "transactions/event.html", status, form=form, mistake=mistake, listing=listing, unread=unread, **choices
    )


def _events(here: Visit, form: Form, mistake: str, status: int) -> Response[str]:
    found, unread = _tried(lambda: transactions.events(here.app, here.connection))
    rows = found.rows if found else ()
    return here.page(
        "transactions/events.html", status, form=form, mistake=mistake, unread=unread, cut=bool(found and found.cut),
        rows=rows[(form.page - 1) * PAGE : form.page * PAGE], more=len(rows) > form.page * PAGE,
    )  # fmt: skip


def _known(here: Visit, form: Form, mistake: str, status: int) -> Response[str]:
    run, lines = transactions.latest(here.app, here.connection)
    return here.page("transactions/known.html", status, form=form, mistake=mistake, run=run, lines=lines)


def _order(here: Visit, form: Form, status: int = 200, **told: Any) -> Response[str]:
    """The gifts that were chosen, with all that was typed, and what is wrong or has to be confirmed."""
    rows, unread = _rows(here, form.listed[:MOST])
    nothing: dict[str, Any] = {"message": "", "wrong": {}, "by_gift": {}, "confirm": "", "trouble": None}
    shown = {**nothing, **told, "form": form, "rows": rows, "unread": unread}
    return here.page("transactions/order.html", status, **shown, **_choices(here, form, None))


def _rows(here: Visit, ids: Sequence[str]) -> tuple[tuple[Row, ...], Trouble | None]:
    found, unread = _tried(lambda: transactions.chosen(here.app, here.connection, ids))
    return (transactions.known(here.app, here.connection, ids) if found is None else found), unread


def _choices(here: Visit, form: Form, kept: Purposes | None) -> dict[str, Any]:
    known, unlisted = (kept, None) if kept and not form.fresh else _lists(here, fresh=form.fresh)
    purpose = form.purpose
    found = [Choice.of(kind, getattr(purpose, kind), form.searched.get(kind, ""), known) for kind in LISTS]
    return {"choices": found, "unlisted": unlisted}


def _lists(here: Visit, *, fresh: bool = False) -> tuple[Purposes | None, Trouble | None]:
    return _tried(lambda: transactions.lists(here.app, here.connection, fresh=fresh))


def _tried(read: Callable[[], Found]) -> tuple[Found | None, Trouble | None]:
    """What was read, or why it can't be: the page comes all the same."""
    try:
        return read(), None
    except UNREADABLE as error:
        return None, Trouble.of(error)


def _mistaken(form: Form) -> dict[str, Any]:
    return {"status": 422, "message": form.mistake}


def _refused(form: Form, error: GiftbridgeError) -> dict[str, Any]:
    """What the order's page tells of an error: beside which gift or field, and whether it may be confirmed."""
    told: dict[str, Any] = {"status": status_of(error), "message": str(error)}
    if isinstance(error, Invalid):
        places = {f"ids.{place}": one for place, one in enumerate(form.ids)}
        told["by_gift"] = {places[path]: why for path, why in error.mistakes if path in places}
        told["wrong"] = {path: why for path, why in error.mistakes if path not in places}
    if isinstance(error, Conflict):
        told["by_gift"] = dict.fromkeys(error.ids, str(error))
        told["confirm"] = CONFIRMS.get(error.code, "")
    if isinstance(error, UNREADABLE):
        told["trouble"] = Trouble.of(error)
    return told
