"""Questions that only a person can answer: which record is meant, or whether to go on at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, NotFound, Reject
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.history import RecordKind, labels
from giftbridge.jobs.lifecycle import assert_working
from giftbridge.jobs.thanks import run as thanks
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.lines import LineKey
from giftbridge.stores.link import ASKED, Link, LinkKind
from giftbridge.stores.runs import Run

MATCH: Final = "match:"
ANSWERS: Final = {
    "review_shared_email": ("match", "create", "ignore", "retry"),
    "review_taken": ("create", "ignore", "retry"),
    "review_unreadable": ("create", "ignore", "retry"),
    "review_gone": ("match", "ignore", "retry"),
    "review_unlisted": ("match", "create", "ignore", "retry"),
    "maybe_created": ("match", "ignore"),
    "maybe_thanked": ("create", "ignore"),
}
"""What may be answered, by the question's code."""
OTHERWISE: Final = ("match", "create", "ignore")
"""Whether something happened at the vendor can't be tried again: a person must look."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question about one record, with ids of the other side to choose from."""

    kind: RecordKind
    side: Side
    id: str
    code: str
    text: str
    candidates: tuple[str, ...]
    answers: tuple[str, ...]
    label: str
    run: str


def open_questions(
    app: App, connection: Connection, limit: int, kinds: Sequence[LinkKind] = ASKED
) -> list[OpenQuestion]:
    """The first ones; those that are answered make room for the next."""
    found: list[Link] = []
    for kind in kinds:
        keys = islice(app.links.questions(connection.account, kind, connection.id), limit - len(found))
        found += [link for link in app.links.by_keys(keys) if link.asks]
    shown = labels(app, connection.account, [key for link in found for key in _lines(link)]) if found else {}
    return [_shown(link, shown) for link in found]


def any_open(app: App, connection: Connection, kind: LinkKind) -> bool:
    """Whether there is one of a kind."""
    return any(True for _ in app.links.questions(connection.account, kind, connection.id))


def question(app: App, connection: Connection, kind: RecordKind, side: Side, record_id: str) -> OpenQuestion:
    """One of them. Raises `NotFound`, also where somebody has answered it meanwhile."""
    link = app.links.get(connection.id, kind, side, record_id)
    if link is None or not link.asks:
        raise NotFound("There is no open question about this record. Somebody may have answered it already.")
    return _shown(link, labels(app, connection.account, _lines(link)))


def answer(
    app: App, connection: Connection, kind: RecordKind, side: Side, record_id: str, decision: str, actor: str
) -> Run | None:
    """Decide: `match:<id>`, `create`, `ignore` or `retry`. Starts a run for the record unless it is ignored.

    Raises `NotFound` without an open question, `Reject` for an answer that does not fit it, `Conflict`.
    """
    assert_working(connection)
    link = app.links.get(connection.id, kind, side, record_id)
    if link is None or link.state != "parked" or not (link.asks or link.decision == "ignore"):
        raise NotFound("There is no open question about this record.")
    _check(app, link, decision)
    try:
        app.links.save(replace(link, decision="" if decision == "retry" else decision))
    except ConditionFailed:
        raise Conflict("The record was changed meanwhile. Look again.", code="overtaken") from None
    return None if decision == "ignore" else _start(app, connection, link, actor)


def _check(app: App, link: Link, decision: str) -> None:
    verb = decision.partition(":")[0]
    if verb not in _answers(link) or (verb == "match") != decision.startswith(MATCH) or decision == MATCH:
        raise Reject(f"This question takes: {', '.join(_answers(link))}.", code="answer_does_not_fit")
    if verb != "match":
        return
    chosen = decision.removeprefix(MATCH)
    candidates = link.question.candidates if link.question else ()
    if candidates and chosen not in candidates:
        raise Reject("This id is not among those to choose from.", code="not_a_candidate")
    other = _side(link).other
    taken = app.links.get(link.connection, link.kind, other, chosen)
    if taken and taken.id(other.other) not in ("", link.id(other.other)):
        raise Conflict("This record is linked to another one already.", code="taken", ids=(chosen,))


def _answers(link: Link) -> tuple[str, ...]:
    return ANSWERS.get(link.question.code if link.question else "", OTHERWISE)


def _start(app: App, connection: Connection, link: Link, actor: str) -> Run:
    side = _side(link)
    if link.kind == "gift" and side is Side.CRM:
        return thanks.start_records(app, connection, [link.crm_id], actor)
    if link.kind == "gift":
        return gifts.start_chosen(app, connection, [link.platform_id], {}, actor, "records")
    return contacts.start_records(app, connection, side, [link.id(side)], actor)


def _side(link: Link) -> Side:
    """Where the record in question is; the platform's of a pair."""
    return Side.PLATFORM if link.platform_id else Side.CRM


def _lines(link: Link) -> list[LineKey]:
    """Lines of the run that asked: one of them has the label. Of a pair, either side may have."""
    return [LineKey(link.run, link.kind, side.other, link.id(side)) for side in Side if link.id(side)]


def _shown(link: Link, labelled: Mapping[LineKey, str]) -> OpenQuestion:
    side, asked = _side(link), link.question
    return OpenQuestion(
        kind="gift" if link.kind == "gift" else "contact",
        side=side,
        id=link.id(side),
        code=asked.code if asked else "",
        text=asked.text if asked else "",
        candidates=asked.candidates if asked else (),
        answers=_answers(link),
        label=next(filter(None, (labelled[key] for key in _lines(link))), ""),
        run=link.run,
    )
