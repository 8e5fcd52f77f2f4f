"""The contract every connector keeps, as small capabilities that a job asks for.

Writes are batches of at most `manifest.limits.write_batch`, and each is answered by one of

- `Done`       the vendor has it, under this id
- `Submitted`  the vendor has taken it for later (an import job, a holding area): `confirm` asks what became of it
- an error of `giftbridge.errors`, for this record alone

What concerns the whole call (rate, credentials, outage) is raised; `doubt` says that some of it may have happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

from giftbridge.connectors.manifest import Manifest
from giftbridge.domain.contact import Contact, Field, Record
from giftbridge.domain.gift import Gift, Refund
from giftbridge.domain.routing import Purposes as Purposes
from giftbridge.errors import GiftbridgeError, Retry

Row = TypeVar("Row")

UNCONFIRMED: Final = "gift_not_confirmed"
"""The code that refuses a refund or a correction of what the CRM was handed, and has still to take in."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose database answers: recognised when connecting, shown to the person who connects."""

    database: str
    name: str
    demo: bool = False
    connected_by: str = ""
    time_zone: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list. `cursor` continues it, and when `more` is false it is kept for the next time."""

    rows: tuple[Row, ...]
    cursor: str
    more: bool
    total: int | None = None

    def assert_goes_on(self, before: str) -> None:
        """Raises `Retry` for a page that leads to where it began (the cursor `before`): it would be read for ever."""
        if self.more and self.cursor == before:
            raise Retry("The list does not go on.", code="stuck_cursor")


@dataclass(frozen=True, slots=True)
class Reference:
    """Our own mark on what we write, and since when it may exist (UTC), to find it again after a crash."""

    value: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ContactWrite:
    """One contact to create (`current` is None) or to update in its `changed` fields.

    `contact` is the whole contact as it should be; where `current` is `unread`, only its `changed` fields are known.
    `reference` is this write's own; `known_as` is the contact's at this side, whatever is written.
    """

    reference: Reference
    contact: Contact
    current: Record | None = None
    changed: frozenset[Field] = frozenset()
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Donor:
    """Who gave, for a CRM that takes a gift together with its donor: as the platform has them, and our reference."""

    reference: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class GiftWrite:
    """One gift to record (`current_id` is empty) or to correct. Designations hold CRM ids.

    A CRM that `confirms` is told the `donor` too; `contact_id` is empty while it has not confirmed them.
    """

    reference: Reference
    gift: Gift
    contact_id: str
    current_id: str = ""
    donor: Donor | None = None
    schedule_id: str = ""
    pledge_id: str = ""


@dataclass(frozen=True, slots=True)
class RefundWrite:
    """A refund, by a reference of its own, of a gift that the CRM has; `partial` leaves the gift standing with less."""

    reference: Reference
    gift: Gift
    gift_id: str
    refund: Refund
    partial: bool
    gift_reference: str = ""
    contact_id: str = ""
    donor: Donor | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The vendor has it. `record` is the contact as it answered, reformatted as it likes."""

    id: str
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The vendor has taken it for later.

    `ticket` is all that `confirm` needs to ask what became of it: at most 400 characters, no donor's data. `id` is the
    record's id where it is certain already. `told` names, for the log, the job and the columns that were sent.
    """

    ticket: str
    id: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A contact that an interrupted create may have left; `sure` where it carries our reference."""

    record: Record
    sure: bool


Written = Done | Submitted | GiftbridgeError


@dataclass(frozen=True, slots=True)
class GiftSeen:
    """A gift as a list of changes shows it; when it was given (UTC), where that makes sense."""

    id: str
    occurred_at: datetime | None


@runtime_checkable
class Connector(Protocol):
    """What every system can do."""

    manifest: Manifest

    def identify(self) -> Identity:
        """Make a real call and tell whose credentials these are. Raises `Disconnected` for wrong ones."""


@runtime_checkable
class ReadsContacts(Protocol):
    """Contacts can be listed by change."""

    def contact_changes(self, cursor: str) -> Page[Record]:
        """Contacts changed since `cursor` (empty: all there are), each at least once."""

    def contacts_by_email(self, email: str) -> list[Record]:
        """Every contact that has exactly this address, case aside, primary or not; nobody has what can be none."""

    def successor(self, contact_id: str) -> str:
        """The id under which a contact lives: its own, its survivor's, or empty where nobody tells."""

    def contact_url(self, contact_id: str) -> str:
        """Where a person looks at it in a browser; empty where there is no such page."""


@runtime_checkable
class FetchesContacts(Protocol):
    """Contacts can be read by id. Where not, a run keeps what the list showed, sealed, until it is dealt with."""

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """The records of `ids` (at most `limits.read_batch`); what no longer exists is left out."""


@runtime_checkable
class Acknowledges(Protocol):
    """A system that lists a changed contact again and again until it is told that the change was dealt with."""

    def acknowledge(self, marks: Sequence[str]) -> None:
        """Records with these `Record.mark`s were dealt with. To be told twice, or not at all, does no harm."""


@runtime_checkable
class WritesContacts(Protocol):
    """Contacts can be created and changed."""

    def write_contacts(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """Create or update; one answer for each, in order."""

    def recall_contact(self, write: ContactWrite) -> list[Recalled]:
        """What an earlier, interrupted create of ours may have left (`recall.contacts = "ask"`)."""


@runtime_checkable
class ReadsGifts(Protocol):
    """A platform whose gifts can be read."""

    def gifts(self, ids: Sequence[str]) -> dict[str, Gift | GiftbridgeError]:
        """Gifts by id, with event name and invoice items in the note; an error where one makes no sense."""


@runtime_checkable
class ListsGifts(Protocol):
    """A platform whose gifts go by themselves, each as soon as it is there."""

    def gift_changes(self, cursor: str) -> Page[GiftSeen]:
        """Gifts that are new, changed or refunded since `cursor` (empty: all there are), each at least once."""


@runtime_checkable
class RecordsGifts(Protocol):
    """A CRM that keeps gifts."""

    def write_gifts(self, batch: Sequence[GiftWrite]) -> list[Written]:
        """Record or correct; one answer for each, in order. Never moves money."""

    def recall_gift(self, write: GiftWrite) -> list[str]:
        """Ids of gifts that carry our reference (`recall.gifts = "ask"`)."""

    def write_refund(self, write: RefundWrite) -> Written:
        """Mark the gift refunded, without moving money; once, however often it is called."""

    def purposes(self) -> Purposes:
        """Funds, campaigns and appeals to choose from."""

    def gift_url(self, contact_id: str, gift_id: str) -> str:
        """Where a person looks at it in a browser."""


@runtime_checkable
class Confirms(Protocol):
    """An asynchronous CRM: what was submitted is asked about later."""

    def confirm(self, tickets: Sequence[str]) -> list[Written]:
        """What became of each: `Submitted` (its ticket may be a new one) still waits, an error was ignored or refused.

        `Done.record` is the contact as the vendor has it now, where that is known without another call.
        """


@runtime_checkable
class ShowsStatus(Protocol):
    """A system that shows its own users whether we are connected."""

    def show_status(self, connected: bool, units: int) -> None:
        """Show it, and how many records we keep in agreement; to say it twice does no harm."""


@runtime_checkable
class Annotates(Protocol):
    """A platform that keeps CRM ids and shows an activity on its contacts."""

    def remember_crm_id(self, contact_id: str, crm: str, crm_id: str, url: str) -> None:
        """Tell the platform under which id the CRM knows this contact."""

    def add_activity(self, contact_id: str, text: str, at: datetime, reference: str) -> None:
        """Show `text` on the contact, once per reference."""
