"""Handing rows to the import queue, one job for each way of matching."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from giftbridge.connectors.base import Submitted, Written
from giftbridge.connectors.handing import in_parts
from giftbridge.connectors.http import Api
from giftbridge.connectors.kindful import jobs
from giftbridge.connectors.kindful.gifts import Told
from giftbridge.connectors.kindful.jobs import Entry
from giftbridge.connectors.kindful.models import Job, Queue
from giftbridge.errors import Conflict, Defer, GiftbridgeError, NotFound, Reject

ROWS: Final = 100
"""Rows that one job takes."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Body = Callable[[Sequence[Entry], frozenset[str]], dict[str, Any]]


def each(make: Callable[[Item], Made], item: Item) -> Made | GiftbridgeError:
    """Turn a refusal of one record into its answer; what concerns the whole call goes on up."""
    try:
        return make(item)
    except (Reject, NotFound, Conflict) as refused:
        return refused


def portions(items: Sequence[Item], rows: Callable[[Item], int] = lambda _: 1) -> Iterator[list[Item]]:
    """The items in order, as many at a time as one job takes."""
    some: list[Item] = []
    for item in items:
        if some and sum(map(rows, some)) + rows(item) > ROWS:
            yield some
            some = []
        some.append(item)
    if some:
        yield some


@dataclass(frozen=True, slots=True)
class Imports:
    """The queue of one organisation."""

    api: Api
    lists: Api
    """The same, where 404 says that the credentials are refused."""
    groups: frozenset[str]
    pause: timedelta
    """How long to wait where somebody paused the sync."""

    def submit(self, entries: Sequence[Entry | GiftbridgeError], body: Body) -> list[Written]:
        """One answer for each entry, in order; an error in place of an entry is its answer."""
        answers: list[Any] = list(entries)
        if any(isinstance(one, Entry) for one in entries):
            self._wait_for_sync()
        with in_parts() as handed:
            for by_id in (False, True):
                places = [at for at, one in enumerate(entries) if isinstance(one, Entry) and one.by_kindful_id is by_id]
                for some in portions(places):
                    for place, answer in zip(some, self._taken([answers[at] for at in some], body), strict=True):
                        answers[place] = answer
                        handed.some |= isinstance(answer, Submitted)
        return answers

    def submit_parts(self, told: Sequence[Told | GiftbridgeError], answers: list[Written]) -> list[Written]:
        """The parts of gifts that were just submitted: jobs run in their order, so the gifts are there by then."""
        whole = list(answers)
        gifts = {at: one for at, one in enumerate(told) if isinstance(one, Told) and isinstance(answers[at], Submitted)}
        with in_parts() as handed:
            handed.some = bool(gifts)
            for action in ("create", "update"):
                split = [at for at, one in gifts.items() if one.parts and one.action == action]
                for some in portions(split, lambda at: len(gifts[at].parts)):
                    job = each(self._post, jobs.splits([row for at in some for row in gifts[at].parts], action))
                    for at in some:
                        whole[at] = job if isinstance(job, GiftbridgeError) else jobs.with_parts(whole[at], job)
        return whole

    def status(self, job_id: str) -> Job | None:
        """What became of a job; None for one that is not known. Raises `Disconnected` where nothing is any more."""
        try:
            return Job.model_validate(self.api.get(f"/imports/{job_id}", needs="status"))
        except NotFound:
            self.lists.get("/details")
            return None

    def queue(self) -> Queue:
        """How much is waiting, and whether anything may."""
        return Queue.model_validate(self.lists.get("/imports/stats", needs="sync_enabled"))

    def _wait_for_sync(self) -> None:
        """Jobs of ours that wait stop nothing, as they run in their order. Raises `Defer` where a person paused it."""
        if self.queue().paused:
            text = "Somebody in Kindful paused the sync. It goes on when they let it."
            raise Defer(text, until=self.api.now() + self.pause, code="sync_paused")

    def _taken(self, entries: Sequence[Entry], body: Body) -> Sequence[Written]:
        job = each(self._post, body(entries, self.groups))
        return (
            [job] * len(entries) if isinstance(job, GiftbridgeError) else jobs.submitted(entries, job, self.api.now())
        )

    def _post(self, body: dict[str, Any]) -> str:
        return str(self.api.call("POST", "/imports", json=body, needs="id").body["id"])
