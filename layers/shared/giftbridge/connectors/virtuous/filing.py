"""Contacts of one connection, written: at once, or through the vendor's import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from giftbridge.connectors.base import ContactWrite, Done, Submitted, Written
from giftbridge.connectors.handing import in_parts
from giftbridge.connectors.http import Api
from giftbridge.connectors.virtuous import imports, updates, writing
from giftbridge.connectors.virtuous.mapping import ContactOptions, Raw
from giftbridge.domain.contact import Record
from giftbridge.errors import Conflict, NotFound, Reject


@dataclass(frozen=True, slots=True)
class Filing:
    """Writes contacts; `record` reads the vendor's answers."""

    api: Api
    options: ContactOptions
    record: Callable[[Raw], Record]

    # -- at once

    def write(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """One by one, each answered for itself."""
        answers: list[Written] = []
        with in_parts() as handed:
            for one in batch:
                answers.append(_each(self._write, one))
                handed.some |= one.current is None and isinstance(answers[-1], Done)
        return answers

    def _write(self, write: ContactWrite) -> Written:
        if write.current is not None:
            return self._update(write, write.current)
        body = writing.create_body(write, self.options)
        raw = self.api.call("POST", "/api/Contact", json=body, needs="id").body
        return Done(str(raw["id"]), self.record(raw))

    def _update(self, write: ContactWrite, current: Record) -> Done:
        """The record as it is after the answers, unless one of them tells nothing."""
        known, told = updates.raw_of(current), True
        for step in list(updates.steps(write, known, self.options)):
            answer = self.api.call(step.method, step.path, json=step.body).body
            told = told and isinstance(answer, Mapping) and isinstance(answer.get("id"), int)
            if told:
                step.learn(known, answer)
        return Done(current.id, self.record(known) if told else None)

    # -- through the import

    def hand_over(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """All of them as rows of one import."""
        answers: dict[int, Written] = {}
        rows: dict[int, writing.Body] = {}
        for place, write in enumerate(batch):
            answers[place] = _each(self._prepare, write)
            if isinstance(answers[place], Submitted):
                rows[place] = imports.import_row(write, self.options)
        if rows:
            answers |= self._send(rows, answers)
        return [answers[place] for place in range(len(batch))]

    def _prepare(self, write: ContactWrite) -> Written:
        """What comes before the import: a name that makes sense, and what imports can't tell.

        That goes at once to contacts that exist.
        """
        told = f"contact import of {self.options.source}"
        current, imported = write.current, imports.imported(write, self.options)
        if current is not None and not imported:
            return self._update(write, current)
        imports.import_row(write, self.options)
        if current is None:
            return Submitted(f"contact|{self.options.source}|{write.reference.value}", told=told)
        if at_once := write.changed - imported:
            self._update(replace(write, changed=at_once), current)
        return Submitted(f"contact-id|{current.id}", current.id, told)

    def _send(self, rows: Mapping[int, writing.Body], answers: Mapping[int, Written]) -> dict[int, Written]:
        """All rows in one call; where the vendor refuses one of several, which is not told, each by itself."""
        try:
            body = {"referenceSource": self.options.source, "contacts": list(rows.values())}
            self.api.call("POST", "/api/Contact/Batch", json=body)
        except (Reject, NotFound, Conflict) as refused:
            if len(rows) == 1:
                return dict.fromkeys(rows, refused)
            return self._send_alone(rows, answers)
        return {place: answers[place] for place in rows}

    def _send_alone(self, rows: Mapping[int, writing.Body], answers: Mapping[int, Written]) -> dict[int, Written]:
        told: dict[int, Written] = {}
        with in_parts() as handed:
            for place, row in rows.items():
                told |= self._send({place: row}, answers)
                handed.some |= isinstance(told[place], Submitted)
        return told


def _each(write: Callable[[ContactWrite], Written], item: ContactWrite) -> Written:
    """Turn a refusal of one record into its answer; what concerns the whole call goes on up."""
    try:
        return write(item)
    except (Reject, NotFound, Conflict) as refused:
        return refused
