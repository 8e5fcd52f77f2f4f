"""Pages of operators: what is dead behind the queues, rung again; and lost triggers, delivered or given up.

Nothing is touched that was not shown before: a form carries the queues, or the triggers that somebody chose.
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.errors import Conflict, Invalid
from giftbridge.jobs import letters
from giftbridge.jobs.letters import UNKNOWN, Trigger
from giftbridge.logs import logger
from giftbridge.portal import rates
from giftbridge.portal.visit import Visit, operators_visit

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
MOST: Final = 50
"""Lost triggers that one page shows."""
NAMES: Final = {
    "tick": "A tick", "daily-export": "The daily export", "event.reconciled": "A reconciled event",
    UNKNOWN: "Something else: it can only be discarded",
}  # fmt: skip


@router.get("/operations/letters")
def dead() -> Response[str]:
    """How many bells are dead behind each queue, and each trigger that was lost."""
    return _page(operators_visit(router))


@router.post("/operations/letters/ring")
def ring_again() -> Response[str]:
    """Let the dead bells of the queues that were shown go back to these."""
    here = operators_visit(router)
    rate = rates.rate_of(here.given("rate"))
    if rate is None:
        return _page(here, rates.WRONG)
    queues = letters.ring_again(here.app, here.given("queues").split(), rate)
    if not queues:
        raise Conflict("No dead letter is behind these queues any more, so nothing was done.", code="nothing_dead")
    logger.info("dead letters returned", extra={"actor": here.visitor.actor, "queues": queues})
    return here.go("operations", "letters", done="returned")


@router.post("/operations/letters/deliver")
def deliver() -> Response[str]:
    """Hand the chosen ones to their functions. Raises `Conflict` where none of them can be."""
    here = operators_visit(router)
    return _done(here, "delivered", letters.deliver(here.app, _chosen(here)))


@router.post("/operations/letters/discard")
def discard() -> Response[str]:
    """Give the chosen ones up. Raises `Conflict` where none of them is there any more."""
    here = operators_visit(router)
    return _done(here, "discarded", letters.discard(here.app, _chosen(here)))


def _page(here: Visit, wrong: str = "") -> Response[str]:
    return here.page(
        "operations/letters.html", HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        dead=letters.behind(here.app),
        lost=letters.lost(here.app, MOST), names=NAMES, wrong={"rate": wrong},
        rate=here.given("rate") or rates.USUAL,
    )  # fmt: skip


def _chosen(here: Visit) -> Collection[str]:
    """The triggers that somebody marked. Raises `Invalid` where none is."""
    chosen = {one for one in here.typed.get("trigger", ()) if one}
    if not chosen:
        raise Invalid("Nothing was done.", [("trigger", "Choose one trigger at least.")])
    return chosen


def _done(here: Visit, what: str, done: Collection[Trigger]) -> Response[str]:
    if not done:
        raise Conflict("None of these waits here any more, or can be handed on. Nothing was done.", code="gone")
    for one in done:
        logger.info(f"trigger {what}", extra={"actor": here.visitor.actor, "trigger": one.kind, "about": one.about})
    return here.go("operations", "letters", done=what)
