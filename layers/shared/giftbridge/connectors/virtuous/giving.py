"""Gifts of one connection: handed over to the import, looked up, corrected, reversed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from giftbridge.connectors.base import UNCONFIRMED, Done, GiftWrite, Purposes, RefundWrite, Submitted, Written
from giftbridge.connectors.handing import in_parts
from giftbridge.connectors.http import Api
from giftbridge.connectors.virtuous import gifts
from giftbridge.connectors.virtuous.models import GiftRow
from giftbridge.connectors.virtuous.queries import FULL_GIFTS, Queries, is_, is_in
from giftbridge.errors import Conflict, NotFound, Reject, Retry

REPEATED: Final = "transaction_repeated"
ONE: Final = "/api/v2/Gift/Transaction"
MANY: Final = "/api/v2/Gift/Transactions"
ASKED_AT_ONCE: Final = 100
REST_WAITS: Final = "What is left of the gift after the last refund is not in Virtuous yet: its import was not run."

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Giving:
    """What this connector does about gifts. Nothing exists after a transaction was taken; a person runs the import."""

    api: Api
    queries: Queries
    options: gifts.GiftOptions

    def write(self, batch: Sequence[GiftWrite]) -> list[Written]:
        """New gifts in one call; corrections one by one."""
        answers = {place: self._correct(write) for place, write in enumerate(batch) if write.current_id}
        bodies: dict[int, Body] = {}
        for place, write in enumerate(batch):
            if place in answers:
                continue
            try:
                bodies[place] = gifts.transaction(write, self.options)
            except Reject as refused:
                answers[place] = refused
        handed = self._hand_over(list(bodies.values())) if bodies else []
        answers |= dict(zip(bodies, handed, strict=True))
        return [answers[place] for place in range(len(batch))]

    def ticket(self, reference: str) -> str:
        """What `confirm` needs to find a gift."""
        return f"gift|{self.options.source}|{reference}"

    def _hand_over(self, bodies: Sequence[Body]) -> list[Written]:
        """All together; where the vendor refuses one of several, which is not told, each by itself."""
        if len(bodies) > 1:
            try:
                self._send(bodies)
                return [self._taken(body) for body in bodies]
            except (Reject, Conflict):
                pass
        answers: list[Written] = []
        with in_parts() as handed:
            for body in bodies:
                answers.append(self._hand_in(body))
                handed.some |= isinstance(answers[-1], Done | Submitted)
        return answers

    def _hand_in(self, body: Body) -> Written:
        """One transaction; one that was handed over before counts as handed over."""
        try:
            self._send([body])
        except Reject as refused:
            if refused.code != REPEATED:
                return refused
            with in_parts() as handed:
                handed.some = True
                return self._look_up(self.options.source, body["transactionId"])
        except (NotFound, Conflict) as refused:
            return refused
        return self._taken(body)

    def _send(self, bodies: Sequence[Body]) -> None:
        """The answer is empty."""
        if len(bodies) == 1 and not self.options.create_import:
            self.api.call("POST", ONE, json=bodies[0])
            return
        whole: Body = {"transactionSource": self.options.source, "transactions": list(bodies)}
        if self.options.create_import:
            name = f"{self.options.source} {self._day(None)}"
            whole |= {"createImport": True, "importName": name}
        self.api.call("POST", MANY, json=whole)

    def _taken(self, body: Body) -> Submitted:
        return Submitted(self.ticket(body["transactionId"]), told=f"gift import of {self.options.source}")

    # -- look-ups

    def recall(self, write: GiftWrite) -> list[str]:
        """The gift with our ids, once it exists."""
        found = self._find(self.options.source, write.reference.value)
        return [str(found.id)] if found else []

    def confirm(self, wanted: Sequence[tuple[str, str]]) -> list[Written]:
        """What became of transactions, by source and id; many of one source are asked for at once."""
        if len(wanted) == 1:
            return [self._look_up(*wanted[0])]
        found: dict[tuple[str, str], str] = {}
        for source in dict.fromkeys(source for source, _ in wanted):
            ids = [reference for one, reference in wanted if one == source]
            found |= {(source, reference): gift for reference, gift in self._existing(source, ids)}
        return [
            Done(found[one]) if one in found else Submitted("|".join(("gift", *one)))  #
            for one in wanted
        ]

    def _existing(self, source: str, references: Sequence[str]) -> Iterator[tuple[str, str]]:
        for start in range(0, len(references), ASKED_AT_ONCE):
            asked = references[start : start + ASKED_AT_ONCE]
            conditions = [is_in("Transaction Id", asked), is_("Transaction Source", source)]
            rows = self.queries.page(FULL_GIFTS, conditions).rows
            yield from ((str(row.get("transactionId")), str(row["id"])) for row in rows if row.get("id"))

    def _look_up(self, source: str, reference: str) -> Written:
        found = self._find(source, reference)
        return Done(str(found.id)) if found else Submitted(f"gift|{source}|{reference}")

    def _find(self, source: str, reference: str) -> GiftRow | None:
        """The gift with a source and an id; None until the import was run."""
        raw = self._find_raw(source, reference)
        return _gift(raw) if raw is not None else None

    def _find_raw(self, source: str, reference: str) -> Body | None:
        try:
            found: Body = self.api.get(f"/api/Gift/{quote(source, safe='')}/{quote(reference, safe='')}", needs="id")
        except NotFound:
            return None
        return found

    # -- gifts that exist

    def _correct(self, write: GiftWrite) -> Written:
        """Other projects, or another segment, for the same money."""
        try:
            raw = self.api.get(f"/api/Gift/{write.current_id}", needs="id")
            gift = _gift(raw)
            if write.gift.refunded and (rest := self._rest(write, gift)):
                raw, write = rest, gifts.of_rest(write, _gift(rest))
            body = gifts.correction(raw, write, self._segment_id(raw, gifts.segment(write.gift)), self.options)
            if body:
                self.api.call("PUT", f"/api/Gift/{raw['id']}", json=body)
        except (Reject, NotFound, Conflict) as refused:
            return refused
        return Done(write.current_id)

    def _rest(self, write: GiftWrite, gift: GiftRow) -> Body | None:
        """What stands where we reversed the gift; None where we did not. Raises `Reject` where nothing stands."""
        first, reversals = write.reference.value, self._reversals(gift)
        if not any(gifts.takes_back(row, first) for row in reversals):
            return None
        for reference in gifts.rest_references(first, len(write.gift.refunds)):
            found = self._find_raw(self.options.source, reference)
            if found and not any(gifts.takes_back(row, reference) for row in reversals):
                return found
        if write.gift.refunded < write.gift.amount:
            raise Reject(REST_WAITS, code=UNCONFIRMED)
        raise Reject("The gift was reversed in Virtuous as a whole: nothing stands to correct.", code="nothing_stands")

    def _segment_id(self, raw: Body, code: str) -> int | None:
        """The id of a segment that the gift does not have yet."""
        if not code or code == raw.get("segmentCode"):
            return None
        found = self.api.get(f"/api/Segment/Code/{quote(code, safe='')}", needs="id")["id"]
        if not isinstance(found, int):
            raise Retry("Virtuous sent a segment without an id.", code="garbled")
        return found

    def refund(self, write: RefundWrite) -> Written:
        """Reverse the gift, once; after a refund of a part a new gift for the rest is handed over.

        Nothing is reversed where there can be none for the rest.
        """
        try:
            write, gift, reference = self._standing(write)
            rest = gifts.transaction(gifts.rest(write, gift), self.options) if write.partial else None
            self._reverse(write, gift, reference)
            return self._hand_in(rest) if rest else Done(write.gift_id or str(gift.id))
        except (Reject, NotFound, Conflict) as refused:
            return refused

    def _standing(self, write: RefundWrite) -> tuple[RefundWrite, GiftRow, str]:
        """The gift that is to be reversed. Raises `Reject` while it does not exist."""
        if not write.gift_reference:
            known = _gift(self.api.get(f"/api/Gift/{write.gift_id}", needs="id"))
            write = replace(write, gift_reference=known.transactionId or f"gift-{known.id}")
            if not known.transactionId:
                return write, known, write.gift_reference
        for reference in gifts.standing_references(write):
            found = self._find(self.options.source, reference)
            if found:
                return write, found, reference
        text = "The gift is not in Virtuous yet: its import was not run. The refund goes once it is there."
        raise Reject(text, code=UNCONFIRMED)

    def _reverse(self, write: RefundWrite, gift: GiftRow, reference: str) -> None:
        """Raises `Reject` where the rest of an earlier refund is not there yet, `Conflict` where a person must look."""
        reversals = self._reversals(gift)
        if any(gifts.is_by(row, write.reference.value) for row in reversals):
            return
        if any(gifts.takes_back(row, reference) for row in reversals):
            raise Reject(REST_WAITS, code=UNCONFIRMED)
        if any(gifts.is_strange(row, gift) for row in reversals):
            text = "The donor has a reversal of the same sum in Virtuous. Look whether it is of this gift."
            raise Conflict(text, code="reversal_unclear", ids=[str(gift.id)])
        body = gifts.reversal(write, gift.id, reference, self._day(write.refund.occurred_at))
        self.api.call("POST", "/api/Gift/ReversingTransaction", json=body)

    def _reversals(self, gift: GiftRow) -> list[GiftRow]:
        """All reversals that the gift's donor has."""
        conditions = [is_("Contact Id", str(gift.contactId)), is_("Gift Type", gifts.REVERSING)]
        return [_gift(row) for row in self.queries.page(FULL_GIFTS, conditions).rows]

    def _day(self, at: datetime | None) -> str:
        """The organisation's calendar day."""
        return (at or self.api.now()).astimezone(ZoneInfo(self.options.zone)).date().isoformat()

    # -- what gifts are given to

    def purposes(self, *, only_available: bool) -> Purposes:
        """Projects by id, segments by code. Campaigns follow from segments and can't be chosen."""
        whole = {"groups": [], "sortBy": "Id", "descending": False}
        projects = [
            row
            for row in self.queries.all("/api/Project/Query", whole)
            if row.get("isActive") and (row.get("isAvailableOnline") or not only_available)
        ]
        funds = {str(row["id"]): str(row.get("name") or row["id"]) for row in projects if row.get("id")}
        codes = {
            str(row["projectCode"]): str(row["id"]) for row in projects if row.get("id") and row.get("projectCode")
        }
        return Purposes(funds=funds, appeals=self._segments(), codes=codes)

    def _segments(self) -> dict[str, str]:
        """Nothing where the vendor does not list them without a word to search for."""
        try:
            rows = list(self.queries.all("/api/Segment/Search", {"search": ""}))
        except Reject:
            return {}
        return {str(row["code"]): str(row.get("name") or row["code"]) for row in rows if row.get("code")}


def _gift(raw: Any) -> GiftRow:
    """A gift as the vendor tells it. Raises `Retry` for what is none."""
    try:
        return GiftRow.model_validate(raw)
    except ValidationError:
        raise Retry("Virtuous sent a gift that is not in the form that its API documents.", code="garbled") from None
