"""Pages: the open questions, and one of them with its record and those to choose from."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast, get_args

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.api.problems import status_of
from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Disconnected, GiftbridgeError, Invalid, NotFound, Reject
from giftbridge.jobs import candidates, review
from giftbridge.jobs.check import system_of
from giftbridge.jobs.history import RecordKind
from giftbridge.portal import words
from giftbridge.portal.visit import Visit, visit
from giftbridge.stores.link import ASKED, LinkKind

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PAGE: Final = 50
LONGEST_ID: Final = 128
MATCH: Final = "match"
ANSWERS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("contact", "create"): ("Create new", "None of those fits: a new contact is created in {other}."),
    ("contact", "ignore"): ("Do not sync", "It is left as it is, and you are not asked again."),
    ("contact", "retry"): ("Try again", "It is looked at once more, for instance after you put something right."),
    ("gift", "create"): ("Send it", "It is not there: it is sent to {other} now."),
    ("gift", "ignore"): ("Do not send it", "Nothing is sent, and you are not asked again."),
    ("gift", "retry"): ("Try again", "It is looked at once more, for instance after you put something right."),
}
"""What an answer is called and what it does, by the kind of record; to match is offered once for each candidate."""
MATCHES: Final = {
    "contact": "Both are the same: they are linked and kept in agreement.",
    "gift": "It is there already: the two are linked, and nothing is sent.",
}
AGREEMENTS: Final = {
    "same": "the same", "differs": "differs", "missing": "missing here", "added": "only here",
}  # fmt: skip


@router.get("/c/<_connection>/review")
def show_questions(_connection: str) -> Response[str]:
    """The first open questions about contacts, or about gifts."""
    here = visit(router)
    kinds = _kinds(here)
    kind = here.query.get("kind", kinds[0])
    if kind not in kinds:
        raise Invalid("There is no such filter.", [("kind", "Questions are about contacts or about gifts.")])
    found = review.open_questions(here.app, here.connection, PAGE, [kind])
    others = [one for one in kinds if one != kind and not found and review.any_open(here.app, here.connection, one)]
    return here.page(
        "review/list.html", kinds=kinds, kind=kind, questions=found, others=others, full=len(found) == PAGE,
        systems=_systems(here),
    )  # fmt: skip


@router.get("/c/<_connection>/review/one")
def show_question(_connection: str) -> Response[str]:
    """One question with what both systems have of it now."""
    here = visit(router)
    if "id" not in here.query:  # where a form leads that was sent twice
        return here.go("c", here.connection.id, "review", done=here.query.get("done", ""))
    return _question_page(here, *_named(here.query))


@router.post("/c/<_connection>/review/one/answer")
def answer(_connection: str) -> Response[str]:
    """Decide."""
    here = visit(router)
    named = _named({name: here.given(name) for name in ("kind", "side", "id")})
    review.question(here.app, here.connection, *named)
    try:
        review.answer(here.app, here.connection, *named, _decision(here), here.visitor.actor)
    except (Reject, Conflict, Disconnected) as error:
        return _question_page(here, *named, error)
    kind = "" if named[0] == "contact" else named[0]
    return here.go("c", here.connection.id, "review", kind=kind, done="answered")


def _kinds(here: Visit) -> tuple[LinkKind, ...]:
    """What there can be questions about; they are listed apart, as each kind is another read."""
    reads = "reads_contacts" in registry.manifest(here.connection.platform).capabilities
    return ASKED if reads else ("gift",)


def _named(given: Mapping[str, str]) -> tuple[RecordKind, Side, str]:
    """The record that a question is about. Raises `NotFound`."""
    kind, side, record = (given.get(name, "") for name in ("kind", "side", "id"))
    if kind not in get_args(RecordKind) or side not in tuple(Side) or not 0 < len(record) <= LONGEST_ID:
        raise NotFound("There is no such question.")
    return cast(RecordKind, kind), Side(side), record


def _decision(here: Visit) -> str:
    """As the job takes it. Raises `Invalid` without an answer."""
    decision = here.given("decision")
    if not decision:
        raise Invalid("Nothing was answered.", [("decision", "Choose one of the answers.")])
    if decision != MATCH:
        return decision
    if not here.given("match_id"):
        raise Invalid("Something is missing.", [("match_id", "Give the id of the record that it is.")])
    return f"{review.MATCH}{here.given('match_id')}"


def _question_page(
    here: Visit, kind: RecordKind, side: Side, record: str, error: GiftbridgeError | None = None
) -> Response[str]:
    asked = review.question(here.app, here.connection, kind, side, record)
    status = status_of(error) if error else HTTPStatus.OK
    return here.page(
        "review/one.html", status, asked=asked, look=candidates.look(here.app, here.connection, asked),
        choices=_choices(here, asked), match=MATCHES[kind] if MATCH in asked.answers else "", names=AGREEMENTS,
        systems=_systems(here), decision=here.given("decision"), match_id=here.given("match_id"),
        message="The answer was not taken." if error else "", wrong=_wrong(here, error),
    )  # fmt: skip


def _choices(here: Visit, asked: review.OpenQuestion) -> list[tuple[str, str, str]]:
    """(answer, what it is called, what it does), but for matching."""
    other = words.title(system_of(here.connection, asked.side.other))
    fitting = (one for one in asked.answers if one != MATCH)
    return [(one, text, does.format(other=other)) for one in fitting for text, does in [ANSWERS[asked.kind, one]]]


def _wrong(here: Visit, error: GiftbridgeError | None) -> dict[str, str]:
    """Beside which field, and what."""
    if isinstance(error, Invalid):
        return dict(error.mistakes)
    return {"match_id" if here.given("decision") == MATCH else "decision": str(error)} if error else {}


def _systems(here: Visit) -> dict[str, Any]:
    return {side: words.title(system_of(here.connection, side)) for side in Side}
