"""What all chapters share."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from local.sandbox.people import Person
from local.stack import Stack
from local.story.cast import Charity
from local.story.office import Office
from local.story.telling import Teller


@dataclass
class Unreadable:
    """What must not be readable anywhere in what is stored."""

    secrets: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By what they are."""
    addresses: list[str] = field(default_factory=list)
    """E-mail addresses of the people of all chapters."""

    def connected(self, key: str, token: str, webhook: str) -> None:
        """What connects a pair; no `webhook` where the platform sends none."""
        told = {"CRMs' keys": key, "platforms' tokens": token, "secrets of webhooks": webhook}
        for what, secret in told.items():
            if secret:
                self.secrets[what].append(secret)

    def met(self, people: Iterable[Person]) -> None:
        """Who takes part."""
        self.addresses += [one.email for one in people]


@dataclass
class Play:
    """The stage, the one who tells, and the organisation that the story is about."""

    teller: Teller
    stack: Stack
    api: httpx.Client
    charity: Charity
    office: Office
    guests: list[str] = field(default_factory=list)
    """The platform's ids of its people."""
    unreadable: Unreadable = field(default_factory=Unreadable)
