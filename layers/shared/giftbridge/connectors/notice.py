"""What webhooks say, and how we come by them; apart from the rest of the contract, as intake must start fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says happened: a kind of ours and ids, never a body.

    `at` (UTC) is when it was sent, where what is signed tells it and no header does.
    """

    id: str
    kind: str
    subject: str
    at: datetime | None = None


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """A system that calls us; its module `webhook` parses what came."""

    def notices(self, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
        """What happened. Raises `Reject` for a body that makes no sense."""


@runtime_checkable
class VerifiesEvents(Protocol):
    """A system that signs nothing but can be asked whether an event is its own (`[webhook] kind = "asked"`)."""

    def verified(self, event_id: str) -> list[Notice]:
        """What happened, as the vendor says now that it is asked. Raises `NotFound` for an event it never sent."""


@runtime_checkable
class RegistersWebhooks(Protocol):
    """A system that is told by API where to call us."""

    def register(self, url: str, secret: str, known: str, event: str) -> str:
        """Have it call `url` and sign with `secret`; answers the registration's id, empty where the vendor names none.

        `known` is the id of the one that stands, which is changed then. `event` is empty where one address takes all.
        """

    def unregister(self, registration: str, event: str) -> None:
        """No more calls. Raises `NotFound` for a registration that is gone."""

    def drop_strays(self, url: str, registration: str) -> None:
        """Take away what an earlier registration of `url`, whose answer was lost, may have left beside this one."""


@runtime_checkable
class TellsRepeats(Protocol):
    """A system whose webhooks have no id, at a secret address per event (`[webhook] kind = "url"`)."""

    def sameness(self, body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
        """What two webhooks of one event have in common if they are the same. Raises `Reject` for what is none."""
