"""Pages of operators: every connection's health, what is stuck, and doing that again or giving it up.

Nothing is touched that was not shown before: a preview carries the keys of its works, and only those of them that are
stuck still, and fit the filter still, are redriven or discarded.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Final, get_args

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.jobs import redrive
from giftbridge.jobs.lifecycle import QUEUES
from giftbridge.jobs.redrive import Wanted
from giftbridge.logs import logger
from giftbridge.portal import rates, works
from giftbridge.portal.visit import Visit, operators_visit
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Kind

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PAGE: Final = 50
MOST: Final = 200
"""Pieces of work that one preview shows."""
GONE: Final = "None of this is stuck any more, so nothing was done."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filter means, and what is wrong with it by field."""

    wanted: Wanted
    wrong: Mapping[str, str]

    @property
    def given(self) -> dict[str, str]:
        """Its fields that say something."""
        return {name: value for name, value in asdict(self.wanted).items() if value}


@dataclass(frozen=True, slots=True)
class Group:
    """Stuck work that is alike, and how much there is of it."""

    connection: Connection
    kind: str
    error: str
    number: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """What a filter finds."""

    every: Sequence[Connection]
    works: Sequence[Work]

    @property
    def by_id(self) -> dict[str, Connection]:
        """The connections."""
        return {one.id: one for one in self.every}

    def groups(self) -> list[Group]:
        """The largest first."""
        known = self.by_id
        counted = Counter((work.connection, work.kind, work.error) for work in self.works if work.connection in known)
        return [Group(known[one], kind, error, number) for (one, kind, error), number in counted.most_common()]


@router.get("/operations")
def operations() -> Response[str]:
    """Health, queues, and what is stuck by connection, kind and error."""
    here, asked = _operator()
    found = _stuck(here, asked)
    fitting = redrive.connections(here.app, Wanted(asked.wanted.account, asked.wanted.connection), found.every)
    counts = Counter(work.connection for work in found.works)
    listed = sorted(fitting, key=lambda one: (one.health == "healthy", -counts[one.id], one.owner, one.id))
    first = PAGE * (here.page_number() - 1)
    return _page(
        here, asked, "operations/show.html", HTTPStatus.UNPROCESSABLE_ENTITY if asked.wrong else HTTPStatus.OK,
        listed=listed[first : first + PAGE], total=len(listed), first=first, counts=counts, groups=found.groups(),
        stuck=len(found.works), depths={name: here.app.doorbells.depth(name) for name in QUEUES},
        lost=here.app.triggers.count(),
    )  # fmt: skip


@router.get("/operations/redrive")
def ask_to_redrive() -> Response[str]:
    """What would be done again, at which rate, and what would be left alone as its CRM does not answer."""
    here, asked = _operator()
    return _redrive_form(here, asked, _stuck(here, asked))


@router.post("/operations/redrive/go")
def redrive_shown() -> Response[str]:
    """Do it again from current data."""
    here, asked = _operator()
    found = _shown(here, asked)
    rate = rates.rate_of(here.given("rate"))
    if rate is None:
        return _redrive_form(here, asked, found, rates.WRONG)
    why = redrive.held(here.app, found.every, found.works)
    ready = [work for work in found.works if work.connection not in why]
    last = redrive.redrive(here.app, ready, rate) if ready else None
    _note(here, "redriven", ready)
    return _result(
        here, asked, found, "redrive", done=len(ready), last=last, rate=rate, why=why,
        left=Counter(work.connection for work in found.works if work.connection in why),
    )  # fmt: skip


@router.get("/operations/discard")
def ask_to_discard() -> Response[str]:
    """What would be given up, and what can't be."""
    here, asked = _operator()
    found = _stuck(here, asked) if asked.given else Stuck((), ())
    return _discard_form(here, asked, found)


@router.post("/operations/discard/go")
def discard_shown() -> Response[str]:
    """Give it up."""
    here, asked = _operator()
    if not asked.given:
        return _discard_form(here, asked, Stuck((), ()), HTTPStatus.UNPROCESSABLE_ENTITY)
    found = _shown(here, asked)
    kept = redrive.discard_each(here.app, found.works, here.visitor.actor)
    left = {_key(work) for work, _ in kept}
    gone = [work for work in found.works if _key(work) not in left]
    _note(here, "discarded", gone)
    return _result(here, asked, found, "discard", done=len(gone), kept=kept)


def _operator() -> tuple[Visit, Asked]:
    """The visit of an operator with its filter; to anybody else these pages are not there."""
    here = operators_visit(router)
    given = {name: here.given(name) for name in ("connection", "account", "kind", "error")}
    if not here.typed:
        given = {name: here.query.get(name, "").strip() for name in given}
    unknown = given["kind"] and given["kind"] not in get_args(Kind)
    return here, Asked(Wanted(**given), {"kind": "There is no such kind of work."} if unknown else {})


def _stuck(here: Visit, asked: Asked) -> Stuck:
    every = here.app.connections.everywhere()
    return Stuck(every, [] if asked.wrong else redrive.stuck(here.app, asked.wanted, every))


def _shown(here: Visit, asked: Asked) -> Stuck:
    """Of what a preview has shown, that which is stuck still."""
    shown, found = set(here.given("work").splitlines()), _stuck(here, asked)
    return Stuck(found.every, [work for work in found.works if _key(work) in shown])


def _redrive_form(here: Visit, asked: Asked, found: Stuck, wrong: str = "") -> Response[str]:
    first = found.works[:MOST]
    return _preview(
        here, asked, found, "operations/redrive.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        why=redrive.held(here.app, found.every, first), rate=here.given("rate") or rates.USUAL, wrong={"rate": wrong},
    )  # fmt: skip


def _discard_form(here: Visit, asked: Asked, found: Stuck, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    stays = [work for work in found.works[:MOST] if redrive.why_kept(here.app, work)]
    return _preview(here, asked, found, "operations/discard.html", status, stays=stays)


def _preview(
    here: Visit, asked: Asked, found: Stuck, template: str, status: HTTPStatus = HTTPStatus.OK, **shown: Any
) -> Response[str]:
    first = found.works[:MOST]
    keys = "\n".join(map(_key, first))
    if asked.wrong:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(
        here, asked, template, status, listed=first, total=len(found.works), keys=keys, known=found.by_id, **shown
    )


def _result(here: Visit, asked: Asked, found: Stuck, what: str, *, done: int, **shown: Any) -> Response[str]:
    """Numbers, and a sentence for each that was left. A page of its own: it can't be put into an address."""
    many = len(set(here.given("work").splitlines()))
    told = {"what": what, "done": done, "gone": many - len(found.works), "known": found.by_id, "message": ""}
    if not found.works:
        told["message"] = GONE
    status = HTTPStatus.OK if done else HTTPStatus.CONFLICT
    return _page(here, asked, "operations/done.html", status, **told, **shown)


def _page(here: Visit, asked: Asked, template: str, status: HTTPStatus, **shown: Any) -> Response[str]:
    return here.page(template, int(status), asked=asked, works=works, **shown)


def _key(work: Work) -> str:
    return f"{work.key['pk']}|{work.key['sk']}"


def _note(here: Visit, what: str, done: Sequence[Work]) -> None:
    """Who did what to whose work, in the log."""
    for connection, number in Counter(work.connection for work in done).items():
        logger.info(what, extra={"actor": here.visitor.actor, "connection": connection, "works": number})
