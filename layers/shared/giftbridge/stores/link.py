"""One link as it is stored: its ids, its state, what both sides last agreed on, and what may be under way."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from giftbridge.domain.contact import Side
from giftbridge.stores.attributes import Item
from giftbridge.stores.versions import VERSION

SHARDS: Final = 16
REVIEW: Final = "review"
"""The shard of the index where open questions stand, whichever side's id they have."""
SUBMITTED: Final = "submitted"
"""The shard of what was handed over and is not confirmed yet."""
IN_FILES: Final = "by_hand"
"""The shard of what is in a file that staff imports, of which no id in the CRM is known."""

State = Literal["creating", "linked", "submitted", "alias", "parked", "gone", "erased"]
LinkKind = Literal["contact", "gift", "schedule", "pledge"]
Operation = Literal["create", "update", "refund"]
KINDS: Final[tuple[LinkKind, ...]] = ("contact", "gift", "schedule", "pledge")
ASKED: Final[tuple[LinkKind, ...]] = ("contact", "gift")
"""Kinds of which a person may be asked."""
PULLED: Final = "pulled"
"""In a gift's base: it began in the CRM; the fingerprint of what the last import file told of it."""
FILED: Final = "filed"
"""In a gift's base: it is in an import file for the CRM's staff; the file's name."""

INCOMPLETE: Final = "incomplete"
"""In a gift's base: the CRM has it without some of it, such as its parts; a person may have added that by hand."""


@dataclass(frozen=True, slots=True)
class Intent:
    """An effect that may be under way: written before it, cleared with its result, never taken over while live."""

    op: Operation
    nonce: str
    reference: str
    since: datetime
    not_before: datetime
    run: str = ""
    detail: str = ""
    meant: Mapping[str, str] = field(default_factory=dict)
    """Of an update: `<side>.<field>` -> fingerprint of what is written, by which our own write is known again."""

    def item(self) -> Item:
        """As it is stored."""
        return {
            "op": self.op, "nonce": self.nonce, "reference": self.reference, "since": _ms(self.since),
            "not_before": _ms(self.not_before), "run": self.run, "detail": self.detail, "meant": dict(self.meant),
        }  # fmt: skip

    @classmethod
    def of(cls, item: Item) -> "Intent":
        """From what `item` stored."""
        return cls(
            item["op"], item["nonce"], item["reference"], _moment(item["since"]), _moment(item["not_before"]),
            item["run"], item["detail"], item.get("meant", {}),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Handover:
    """What was handed to a CRM that takes it in later: until then nothing is agreed on, only assumed.

    `ticket` is what `confirm` is asked with, empty once the CRM has said yes but was not read back. `agreed` becomes
    the link's base when it was; `run` and `outcome` name the line of the sync log that tells it.
    """

    ticket: str
    at: datetime
    run: str
    outcome: str
    told: str = ""
    """The job and what was sent, by names, for the log."""
    agreed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    before: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What was assumed before it, of something handed over earlier; that counts again if this is refused."""

    def item(self) -> Item:
        """As it is stored."""
        return {
            "ticket": self.ticket, "at": _ms(self.at), "run": self.run, "outcome": self.outcome,
            "told": self.told, "agreed": _joined(self.agreed), "before": _joined(self.before),
        }  # fmt: skip

    @classmethod
    def of(cls, item: Item) -> "Handover":
        """From what `item` stored."""
        agreed, before = ({name: _pair(both) for name, both in item[one].items()} for one in ("agreed", "before"))
        return cls(item["ticket"], _moment(item["at"]), item["run"], item["outcome"], item["told"], agreed, before)

    def taken_back(self) -> "Handover | None":
        """What is left when the CRM refused it."""
        return replace(self, ticket="", agreed=self.before, before={}) if self.before else None


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must answer, with ids of the other side to choose from."""

    code: str
    text: str
    candidates: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    """Of a gift: the fund, campaign and appeal that a person had chosen for it before it was set aside."""

    def item(self) -> Item:
        """As it is stored."""
        stored: Item = {"code": self.code, "text": self.text, "candidates": list(self.candidates)}
        return stored | ({"choices": dict(self.choices)} if self.choices else {})

    @classmethod
    def of(cls, item: Item) -> "Question":
        """From what `item` stored."""
        return cls(item["code"], item["text"], tuple(item["candidates"]), item.get("choices", {}))


@dataclass(frozen=True, slots=True)
class Link:
    """A link of one connection. `rev` counts its writes, for optimistic locking (0: not stored yet)."""

    account: str
    connection: str
    kind: LinkKind
    state: State
    platform_id: str = ""
    crm_id: str = ""
    base: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Field -> fingerprint at (platform, CRM) when both last agreed."""
    raw: Mapping[str, str] = field(default_factory=dict)
    """Side -> fingerprint of the whole record as last seen."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """Side -> the vendor's stamp that our own last write left."""
    aside: Mapping[str, str] = field(default_factory=dict)
    """Field -> fingerprint of what the platform has and the CRM is not sent, as nobody whose edits count made it."""
    spelling: int = 0
    intent: Intent | None = None
    handover: Handover | None = None
    run: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Side written to -> what `run` did, so that a repeated step counts the same."""
    question: Question | None = None
    decision: str = ""
    detail: str = ""
    rev: int = 0
    home: Side | None = None
    """Under which side's id the item stands now; None for one that is not stored."""
    was_joined: bool = False

    @property
    def born(self) -> Side:
        """The side whose id the item stands under."""
        return Side.PLATFORM if self.platform_id else Side.CRM

    def id(self, side: Side) -> str:
        """The id at one side; empty where it is not known yet."""
        return self.platform_id if side is Side.PLATFORM else self.crm_id

    def item(self) -> Item:
        """As it is stored, with the next revision."""
        stored: Item = {
            "pk": key(self.connection, self.kind, self.born, self.id(self.born)), "v": VERSION, "kind": self.kind,
            "state": self.state, "account": self.account, "connection": self.connection,
            "platform_id": self.platform_id, "crm_id": self.crm_id,
            "base": _joined(self.base),
            "raw": dict(self.raw), "stamps": dict(self.stamps), "spelling": self.spelling, "run": self.run,
            "outcomes": dict(self.outcomes), "decision": self.decision, "detail": self.detail, "rev": self.rev + 1,
        }  # fmt: skip
        if self.aside:
            stored["aside"] = dict(self.aside)
        if self.intent:
            stored["intent"] = self.intent.item()
        if self.handover:
            stored["handover"] = self.handover.item()
        if self.question:
            stored["question"] = self.question.item()
        return stored | self._listed()

    @property
    def asks(self) -> bool:
        """Whether it waits for a person's answer."""
        return self.state == "parked" and not self.decision

    @property
    def awaits(self) -> bool:
        """Whether the CRM has still to say that it took in what was handed over."""
        return self.state == "submitted" and self.handover is not None

    @property
    def file(self) -> str:
        """The import file that it was put into, for the CRM's staff; empty for none."""
        return self.base.get(FILED, ("", ""))[0]

    def handed_by(self, run: str) -> tuple[str, ...]:
        """What is told of it in the log of the run that handed it over."""
        mine = self.awaits and self.handover is not None and self.handover.run == run
        return (self.handover.told,) if mine and self.handover and self.handover.told else ()

    def _listed(self) -> Item:
        """Where the index has it: the place follows the state in the same write, so no list of questions can differ."""
        if not (self.crm_id or self.asks or self.awaits or self.file):
            return {}
        shard, sort = listed_at(self.account, self.kind, self.crm_id or self.platform_id)
        if apart := self._apart():
            shard = f"{self.account}|{self.kind}|{apart}"
        return {"account_shard": shard, "crm_sort": sort}

    def _apart(self) -> str:
        """Where it stands apart from all others, if it does."""
        if self.asks:
            return REVIEW
        if self.file:
            return IN_FILES
        return SUBMITTED if self.awaits else ""

    @classmethod
    def of(cls, item: Item) -> "Link":
        """From what `item` stored."""
        plain = (
            "account",
            "connection",
            "kind",
            "state",
            "platform_id",
            "crm_id",
            "raw",
            "stamps",
            "spelling",
            "run",
            "outcomes",
            "decision",
            "detail",
            "rev",
        )
        return cls(
            **{name: item[name] for name in plain},
            home=Side.PLATFORM if item["platform_id"] else Side.CRM,
            was_joined=bool(item["platform_id"] and item["crm_id"]),
            base={name: _pair(both) for name, both in item["base"].items()},
            aside=item.get("aside", {}),
            intent=Intent.of(item["intent"]) if "intent" in item else None,
            handover=Handover.of(item["handover"]) if "handover" in item else None,
            question=Question.of(item["question"]) if item.get("question") else None,
        )

    @property
    def is_joined(self) -> bool:
        """Whether it is stored under the platform's id, with the CRM's item pointing to it."""
        return self.home is Side.PLATFORM and self.was_joined

    def stored(self) -> "Link":
        """This link after a write."""
        return replace(self, rev=self.rev + 1, home=self.born, was_joined=self.was_joined)

    def joined(self) -> "Link":
        """This link after it was stored with both ids."""
        return replace(self, rev=self.rev + 1, home=Side.PLATFORM, was_joined=True)


def key(connection: str, kind: LinkKind, side: Side, record_id: str) -> str:
    """Where a link stands under one side's id."""
    return f"{connection}|{kind}|{side}|{record_id}"


def listed_at(account: str, kind: LinkKind, record_id: str) -> tuple[str, str]:
    """Shard and place in the index, by the CRM's id where there is one, of a link that does not stand apart."""
    return f"{account}|{kind}|{zlib.crc32(record_id.encode()) % SHARDS}", record_id.rjust(20, "0")


def _joined(prints: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {name: f"{ours} {theirs}" for name, (ours, theirs) in prints.items()}


def _pair(both: str) -> tuple[str, str]:
    ours, _, theirs = both.partition(" ")
    return ours, theirs


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
