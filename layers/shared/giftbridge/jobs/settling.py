"""Settling many records: each yields what it wants written and is given the vendor's answer.

A vendor that takes one record at a time is asked at once. For one that takes many together the writes are gathered,
each under the intent that it wrote before, and go in one call.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from giftbridge.connectors.base import ContactWrite, GiftWrite, RecordsGifts, RefundWrite, WritesContacts, Written
from giftbridge.domain.contact import Side
from giftbridge.errors import Defer, Disconnected, Fenced, GiftbridgeError, Paused, Removed, Retry
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.context import Session
from giftbridge.jobs.intent import GATHERING
from giftbridge.stores.dynamo import ConditionFailed

PATIENCE: Final = 4
"""Tries without any progress after which the first record is given up."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A write that a record waits for."""

    side: Side
    write: ContactWrite | GiftWrite | RefundWrite


Writing = Generator[Wanted, Written, Answer]
"""Something that yields writes, is sent their answers (a whole call's error is thrown in), and comes to an end."""
Settling = Writing[Result]


@dataclass(slots=True)
class Turn:
    """What a worker got done of a batch, and what stopped it."""

    results: dict[str, Result] = field(default_factory=dict)
    stopped: Exception | None = None

    def end(self) -> None:
        """Raise what stopped it; after some progress it is no repeated failure."""
        if isinstance(self.stopped, GiftbridgeError):
            self.stopped.progressed = bool(self.results)
        if self.stopped is not None:
            raise self.stopped


def settle_all(
    session: Session,
    ids: Sequence[str],
    attempt: int,
    begin: Callable[[str], Settling],
    give_up: Callable[[str, str, str], Result],
) -> Turn:
    """Settle until time is up. One that must wait stays on the list; one that fails again and again is given up."""
    settler = _Settler(session, attempt, give_up)
    end = session.app.clock.monotonic() + GATHERING.total_seconds()
    for record_id in ids:
        late = session.app.clock.monotonic() > end or not session.step.time_left
        if settler.halted or (late and settler.busy):
            break
        settler.begin(record_id, begin(record_id))
    settler.finish()
    return settler.turn


@dataclass(slots=True)
class _Open:
    """A record whose settling has begun."""

    id: str
    settling: Settling
    wanted: Wanted | None = None


@dataclass(slots=True)
class _Settler:
    session: Session
    attempt: int
    give_up: Callable[[str, str, str], Result]
    turn: Turn = field(default_factory=Turn)
    halted: bool = False
    """No further record may begin."""
    gathered: list[_Open] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        return bool(self.turn.results or self.gathered)

    def begin(self, record_id: str, settling: Settling) -> None:
        one = _Open(record_id, settling)
        self._go_on(one, lambda: next(settling))

    def finish(self) -> None:
        """Send what was gathered, and what that leads to, until nothing is wanted any more."""
        while self.gathered:
            self._send(self.gathered[0])

    def _go_on(self, one: _Open, resume: Callable[[], Wanted]) -> None:
        """Let a record run until it is settled, or wants something that is gathered."""
        try:
            one.wanted = resume()
        except StopIteration as done:
            self.turn.results[one.id] = done.value
        except Exception as error:
            self._stopped(one, error)
        else:
            self.gathered.append(one)
            if len(self._like(one)) >= self._batch_size(one):
                self._send(one)

    def _send(self, first: _Open) -> None:
        """One call for all that want the same kind of write; their answers, or the call's error, reach each of them."""
        batch = self._like(first)
        self.gathered = [one for one in self.gathered if one not in batch]
        try:
            answers = send(self.session, [one.wanted for one in batch if one.wanted])
        except Exception as error:
            failure = error  # `error` is gone after the clause
            for one in batch:
                self._go_on(one, lambda one=one: one.settling.throw(failure))  # type: ignore[misc]
            return
        for one, answer in zip(batch, answers, strict=True):
            self._go_on(one, lambda one=one, answer=answer: one.settling.send(answer))  # type: ignore[misc]

    def _like(self, one: _Open) -> list[_Open]:
        return [other for other in self.gathered if _kind(other.wanted) == _kind(one.wanted)][: self._batch_size(one)]

    def _batch_size(self, one: _Open) -> int:
        """One by one where nothing goes on, so that the record that stops all is found; refunds always."""
        if one.wanted is None or self.attempt >= PATIENCE or isinstance(one.wanted.write, RefundWrite):
            return 1
        return self.session.system(one.wanted.side).manifest.limits.write_batch

    def _stopped(self, one: _Open, error: Exception) -> None:
        turn = self.turn
        if isinstance(error, Defer):
            turn.stopped, self.halted = error, self.halted or error.code != "intent"
        elif isinstance(error, Retry | ConditionFailed):
            self._failed(one, error)
        elif isinstance(error, Disconnected | Fenced | Paused | Removed):
            turn.stopped, self.halted = error, True
        else:  # this record alone: it is told, the message fails, the others go on
            turn.results[one.id] = self.give_up(one.id, "bug", "Something unexpected happened; the operators know.")
            turn.stopped, self.halted = error, True

    def _failed(self, one: _Open, error: Retry | ConditionFailed) -> None:
        if self.attempt < PATIENCE or self.turn.results:
            self.turn.stopped, self.halted = error, True
            return
        code = error.code if isinstance(error, Retry) else "overtaken"
        self.turn.results[one.id] = self.give_up(one.id, code, str(error))


def at_once(settle: Callable[[], Result]) -> Settling:
    """A record whose settling gathers no write with others."""
    yield from ()
    return settle()


def send(session: Session, wanted: Sequence[Wanted]) -> list[Written]:
    """The answers to writes of one kind, in order. Raises what concerns the whole call."""
    side, writes = wanted[0].side, [one.write for one in wanted]
    if isinstance(writes[0], ContactWrite):
        return session.can(side, WritesContacts).write_contacts(writes)  # type: ignore[type-abstract, arg-type]
    keeper = session.can(side, RecordsGifts)  # type: ignore[type-abstract]
    if isinstance(writes[0], GiftWrite):
        return keeper.write_gifts(writes)  # type: ignore[arg-type]
    (refund,) = writes
    return [keeper.write_refund(refund)]  # type: ignore[arg-type]


def _kind(wanted: Wanted | None) -> tuple[Side, type] | None:
    return (wanted.side, type(wanted.write)) if wanted else None
