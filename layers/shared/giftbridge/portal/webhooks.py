"""Page: webhooks. What waits, what came within a month, and the addresses with their secrets.

Three views of one page, so that none reads more than it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Invalid, NotFound
from giftbridge.jobs import redrive, registering, waiting, webhooks
from giftbridge.jobs.lifecycle import assert_working
from giftbridge.portal import works
from giftbridge.portal.visit import Visit, visit
from giftbridge.stores.doors import Hook
from giftbridge.stores.remembered import Remembered

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PAGE: Final = 50
LONGEST: Final = 500
"""Of what says where a listing goes on."""
VIEWS: Final = ("past", "addresses")
BY_API: Final = "registers_webhooks"


@dataclass(frozen=True, slots=True)
class Address:
    """Where one system calls: empty where none is open. `live`: how many secrets count; none where nothing is signed.

    `told`: by ourselves, so that nobody needs to enter it.
    """

    side: Side
    system: str
    url: str
    live: int
    told: bool


@router.get("/c/<_connection>/webhooks")
def show_webhooks(_connection: str) -> Response[str]:
    """What waits, or another of the views."""
    here = visit(router)
    if here.query.get("show") == "past":
        return _past(here)
    if here.query.get("show") == "addresses":
        return _view(here, "addresses", addresses=_addresses(here))
    found, more = waiting.of_webhooks(here.app, here.connection)
    number = here.page_number()
    return _view(
        here, "waiting", found=found[PAGE * (number - 1) : PAGE * number], total=len(found), more=more, number=number,
        failed=sum(1 for work in found if work.error),
    )  # fmt: skip


@router.get("/c/<_connection>/webhooks/<view>")
def show_view(_connection: str, view: str) -> Response[str]:
    """Where a view's forms lead back to: its address is that of the page with a word more."""
    here = visit(router)
    if view not in VIEWS:
        raise NotFound("There is no such page.")
    return here.go("c", here.connection.id, "webhooks", show=view, done=here.query.get("done", ""))


@router.post("/c/<_connection>/webhooks/wake")
def wake(_connection: str) -> Response[str]:
    """What failed is due now instead of later."""
    here = visit(router)
    if not waiting.wake_failed(here.app, here.connection):
        raise Conflict("Nothing that waits has failed, so nothing was done.", code="nothing_to_retry")
    return here.go("c", here.connection.id, "webhooks", done="retried")


@router.post("/c/<_connection>/webhooks/past/replay")
def replay(_connection: str) -> Response[str]:
    """Do past events again, one or those that were chosen, from what is so now."""
    here = visit(router)
    events = _chosen(here)
    number = redrive.replay(here.app, here.connection, events)
    return here.go("c", here.connection.id, "webhooks", show="past", done="replayed" if number else "again")


@router.post("/c/<_connection>/webhooks/addresses/rotate")
def rotate(_connection: str) -> Response[str]:
    """A second secret beside the one in use, shown on this answer alone; a CRM that is told by API is told of it."""
    here = visit(router)
    if _side(here) is Side.CRM:
        registering.rotate(here.app, here.connection, finish=False)
        return _back_to_addresses(here)
    made = webhooks.rotate(here.app, here.connection)
    hook = here.app.connections.hook(made.hook)
    return here.page(
        "webhooks/secret.html", made=made, system=here.connection.platform,
        url_of_hook=webhooks.address(here.base, hook) if hook else "",
    )  # fmt: skip


@router.post("/c/<_connection>/webhooks/addresses/finish")
def finish(_connection: str) -> Response[str]:
    """The former secret counts no more."""
    here = visit(router)
    if _side(here) is Side.CRM:
        registering.rotate(here.app, here.connection, finish=True)
    else:
        webhooks.finish_rotation(here.app, here.connection)
    return _back_to_addresses(here)


def _past(here: Visit) -> Response[str]:
    """Newest first, within as many as one call reads: events are kept by their ids."""
    after = here.query.get("after", "")[:LONGEST]
    found, following = here.app.inbox.remembered_after(here.connection.id, after)
    newest = sorted(found, key=lambda event: event.done_at, reverse=True)
    number = here.page_number()
    return _view(
        here, "past", found=newest[PAGE * (number - 1) : PAGE * number], total=len(newest), number=number, after=after,
        following=following,
    )  # fmt: skip


def _view(here: Visit, name: str, **shown: Any) -> Response[str]:
    return here.page(f"webhooks/{name}.html", view=name, works=works, why_not=here.why_not(assert_working), **shown)


def _chosen(here: Visit) -> Sequence[Remembered]:
    """The events that a form names, by a button of one's own or by marks. Raises `NotFound`, `Invalid`, `Conflict`."""
    only = here.given("only")
    ids = [only] if only else sorted({one for one in here.typed.get("event", ()) if one})
    if not 0 < len(ids) <= PAGE:
        why = f"Choose {PAGE} at most." if ids else "Choose one event at least."
        raise Invalid("Nothing was done again.", [("event", why)])
    found = here.app.inbox.recall(here.connection.id, [one[:LONGEST] for one in ids])
    if len(found) < len(ids):
        raise NotFound("There is no such event, or it was done again already.")
    if not all(event.repeatable for event in found):
        raise Conflict("An event of these can't be done again: all there was of it is gone.", code="not_repeatable")
    return found


def _addresses(here: Visit) -> list[Address]:
    """Of both systems, as far as they call."""
    one = here.connection
    found: list[Address] = []
    if one.hook or webhooks.is_shown(registry.manifest(one.platform)):
        found.append(_address(here, Side.PLATFORM, one.platform, one.hook, told=False))
    elif any(name.startswith(str(Side.PLATFORM)) for name in one.hooks):
        found.append(Address(Side.PLATFORM, one.platform, "", 0, told=True))  # several, and each is a secret
    stated = registry.manifest(one.crm)
    if stated.webhook:
        told = BY_API in stated.capabilities
        found.append(_address(here, Side.CRM, one.crm, one.hooks.get(str(Side.CRM), ""), told=told))
    return found


def _address(here: Visit, side: Side, system: str, hook_id: str, *, told: bool) -> Address:
    hook: Hook | None = here.app.connections.hook(hook_id) if hook_id else None
    url = webhooks.address(here.base, hook) if hook else ""
    return Address(side, system, url, len(hook.secrets) if hook else 0, told)


def _side(here: Visit) -> Side:
    try:
        return Side(here.given("side"))
    except ValueError:
        raise Invalid("Nothing was changed.", [("side", "Choose an address of the page before.")]) from None


def _back_to_addresses(here: Visit) -> Response[str]:
    return here.go("c", here.connection.id, "webhooks", show="addresses", done="saved")
