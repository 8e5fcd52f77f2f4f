"""The contract on gifts that were recorded in a CRM and are told to a platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from giftbridge.connectors.base import Page
from giftbridge.domain.contact import Contact
from giftbridge.domain.gift import Designation, GiftKind, Method
from giftbridge.errors import GiftbridgeError


@dataclass(frozen=True, slots=True)
class CrmGift:
    """A gift as a CRM has it: amounts in cents, ids and designations its own, the day the organisation's."""

    id: str
    contact_id: str
    day: date
    amount: int
    method: Method
    parts: tuple[Designation, ...]
    kind: GiftKind = "donation"
    fee: int = 0
    refunded: bool = False
    reference: str = ""
    note: str = ""
    schedule_id: str = ""
    pledge_id: str = ""
    marks: tuple[str, ...] = ()
    """References of ours that it carries: it came from a platform."""


@dataclass(frozen=True, slots=True)
class FileGift:
    """The same for a platform's import file: donor, funds, schedule and pledge are the platform's, where it has them.

    `platform_id` names the gift that is to be changed; `mark` is what we know it by once it was imported.
    """

    gift: CrmGift
    donor_id: str
    mark: str
    currency: str = ""
    platform_id: str = ""


@runtime_checkable
class TellsGifts(Protocol):
    """A CRM whose gifts can be listed by change, whoever recorded them."""

    def crm_gift_changes(self, cursor: str) -> Page[str]:
        """Ids of gifts that are new or changed since `cursor`, each at least once; an empty one begins now."""

    def crm_gifts(self, ids: Sequence[str]) -> dict[str, CrmGift | GiftbridgeError]:
        """Gifts by id (at most `limits.read_batch`), an error where one makes no sense; what is gone, or is no gift, is
        left out."""


@runtime_checkable
class FindsDonors(Protocol):
    """A platform that finds a donor by e-mail address or creates one: to be repeated without harm."""

    def find_or_create_donor(self, contact: Contact) -> str:
        """The donor's id. Raises `Reject` where the contact is refused."""


@runtime_checkable
class TakesGiftFiles(Protocol):
    """A platform whose API takes no gifts, but whose staff can import them."""

    def gift_file(self, gifts: Sequence[FileGift]) -> list[list[str]]:
        """The file's header and rows. Makes no call."""
