"""All organisations of one sandbox server, and who may use them: API keys, users and their tokens."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.virtuous.courier import Courier
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.organisation import Actor, ApiKey, Organisation


@dataclass
class User:
    """Somebody who signs in. `numbers`: the person's id in each organisation; `code` is the last one sent."""

    email: str
    password: str
    name: str
    numbers: dict[str, int]
    current: str
    two_factor: bool = False
    sso: bool = False
    active: bool = True
    code: str = ""
    code_expires: float = 0.0
    messages: list[str] = field(default_factory=list)


@dataclass
class Grant:
    """One sign-in of a user; expiry in seconds of the organisation's clock."""

    user: str
    access: dict[str, float] = field(default_factory=dict)
    refresh: str = ""
    refresh_expires: float = 0.0
    old_refresh: list[str] = field(default_factory=list)
    revoked: bool = False


@dataclass(frozen=True)
class Caller:
    """Who calls, and in which organisation; `user` is None for an API key and for the organisation's staff.

    `others` are the organisations that a user may switch to.
    """

    organisation: Organisation
    actor: Actor
    may_write: bool = True
    user: User | None = None
    others: tuple[Organisation, ...] = ()


class World:
    """The state of a sandbox server; itself the tenant of requests that name no organisation (`/Token`)."""

    def __init__(self) -> None:
        self.organisations: dict[str, Organisation] = {}
        self.users: dict[str, User] = {}
        self.grants: list[Grant] = []
        self.courier = Courier()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()
        self._changes = 0

    @property
    def version(self) -> int:
        """Moves with every change."""
        return self._changes + sum(found.version for found in self.organisations.values())

    def changed(self) -> None:
        """Note a change that no table sees."""
        self._changes += 1

    def create(self, name: str, title: str, time_zone: str, key: str, options: Options) -> Organisation:
        """A new organisation with one API key; ValueError when the name or the key is taken."""
        if name in self.organisations:
            raise ValueError(f"there is an organisation {name} already")
        if self.by_key(key):
            raise ValueError("the key belongs to another organisation")
        number = max((found.number for found in self.organisations.values()), default=7_388) + 13
        made = Organisation(name, number, title, time_zone, options)
        made.keys[key] = ApiKey(key, self.actor(made, "Sam Service", "sam.service@example.org"))
        self.organisations[name] = made
        self.changed()
        return made

    def actor(self, organisation: Organisation, name: str, email: str) -> Actor:
        """Somebody with an id of their own in an organisation."""
        return Actor(160_000 + 10 * organisation.number + len(organisation.keys) + len(self.users), name, email)

    def by_key(self, key: str) -> tuple[Organisation, ApiKey] | None:
        """The organisation of a key, whether or not the key is still active."""
        for organisation in self.organisations.values():
            if key in organisation.keys:
                return organisation, organisation.keys[key]
        return None

    def by_token(self, token: str) -> tuple[User, Grant] | None:
        """The user and sign-in of an access token, good or not."""
        for grant in self.grants:
            if token in grant.access:
                return self.users[grant.user], grant
        return None

    def tenant_of(self, bearer: str) -> Organisation | None:
        """The organisation a request names, even with credentials that are no longer good."""
        found = self.by_key(bearer)
        if found is not None:
            return found[0]
        signed_in = self.by_token(bearer)
        return self.organisations.get(signed_in[0].current) if signed_in else None

    def caller(self, bearer: str) -> Caller | None:
        """Who a key or an access token speaks for; None when it is good for nothing (any more)."""
        found = self.by_key(bearer)
        if found is not None:
            organisation, key = found
            return Caller(organisation, key.user, key.may_write) if key.active else None
        signed_in = self.by_token(bearer)
        return self._signed_in(*signed_in, bearer) if signed_in else None

    def _signed_in(self, user: User, grant: Grant, token: str) -> Caller | None:
        organisation = self.organisations.get(user.current)
        if organisation is None or grant.revoked or not user.active:
            return None
        if grant.access[token] <= organisation.now():
            return None
        actor = Actor(user.numbers[organisation.name], user.name, user.email)
        others = tuple(self.organisations[name] for name in user.numbers if name != organisation.name)
        return Caller(organisation, actor, user=user, others=others)

    def remove(self, organisation: Organisation) -> None:
        """Forget an organisation; its users stay, without it."""
        del self.organisations[organisation.name]
        self.courier.forget(organisation)
        for user in self.users.values():
            user.numbers.pop(organisation.name, None)
        self.changed()

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "organisations": [found.dump() for found in self.organisations.values()],
            "users": [asdict(user) for user in self.users.values()],
            "grants": [asdict(grant) for grant in self.grants],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.organisations = {row["name"]: Organisation.load(row) for row in state["organisations"]}
        self.users = {row["email"]: User(**row) for row in state["users"]}
        self.grants = [Grant(**row) for row in state["grants"]]


def new_secret() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)
