"""The contract of thanking: a CRM tells what was given, a platform thanks, and what donors do with it goes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from giftbridge.connectors.base import Page, Reference, Written
from giftbridge.domain.giving import Donation, Supporter

EngagementKind = Literal["task_sent", "reply", "watch", "unsubscribe", "stop_text"]


@dataclass(frozen=True, slots=True)
class Thanked:
    """Who is thanked: all that a platform is ever told of a donor, besides the gift that a task speaks of."""

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    account_number: str = ""
    """The CRM's number of the donor, by which what they do is found again."""
    may_text: bool = True
    """False: they must not be called or texted."""


@dataclass(frozen=True, slots=True)
class ThanksWrite:
    """A task for staff (`text`, and a user it is given to, or none), or a note to send (its id)."""

    donor: Thanked
    text: str = ""
    assigned_to: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ThanksChoices:
    """What may be chosen on the platform: id -> label."""

    users: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Engagement:
    """What a donor (or staff) did, as the platform told it. It has neither an id nor a time of its own."""

    kind: EngagementKind
    account_number: str
    email: str = ""
    note_title: str = ""
    note_url: str = ""
    reply: str = ""
    reply_video: str = ""


@dataclass(frozen=True, slots=True)
class InteractionWrite:
    """An interaction to log on a contact of the CRM; `text` is told without our reference."""

    reference: Reference
    contact_id: str
    kind: EngagementKind
    at: datetime
    subject: str
    text: str = ""
    inbound: bool = True


@runtime_checkable
class SendsThanks(Protocol):
    """A platform that thanks. Nothing is idempotent and nobody can be asked afterwards (`recall.thanks = "none"`)."""

    def create_task(self, write: ThanksWrite) -> Written:
        """A to-do for staff; every call makes one."""

    def send_note(self, write: ThanksWrite) -> Written:
        """A message to the donor; every call sends one."""

    def thanks_choices(self) -> ThanksChoices:
        """Users that tasks can be given to, and notes that can be sent."""


@runtime_checkable
class TellsEngagement(Protocol):
    """A platform that calls an address of ours, one per event, when donors do something."""

    def engagement_events(self) -> Mapping[str, EngagementKind]:
        """Event in the platform's word -> what it means."""

    def engagement(self, event: str, body: bytes) -> Engagement:
        """What a notification says. Raises `Reject` where it makes no sense."""


@runtime_checkable
class TellsGiving(Protocol):
    """A CRM that tells of its gifts and of who gave them."""

    def giving_changes(self, cursor: str, since: datetime) -> Page[str]:
        """Ids of transactions entered (not merely edited) since `cursor`, and not before `since` (UTC), which is where
        an empty cursor begins."""

    def donations(self, ids: Sequence[str]) -> dict[str, Donation]:
        """Transactions by id; what is gone is left out."""

    def giving(self, contact_id: str) -> list[Donation]:
        """All transactions of one contact."""

    def supporters(self, ids: Sequence[str]) -> dict[str, Supporter]:
        """Donors by id, households marked as such; what is gone is left out."""


@runtime_checkable
class LogsInteractions(Protocol):
    """A CRM that keeps interactions on its contacts."""

    def constituent_by_account_number(self, number: str) -> str:
        """The id of the one person or organisation with just this number; empty for a household or nobody."""

    def log_interaction(self, write: InteractionWrite) -> Written:
        """Log it; every call logs one."""

    def recall_interaction(self, write: InteractionWrite) -> list[str]:
        """Ids of interactions that carry our reference (`recall.interactions = "ask"`)."""
