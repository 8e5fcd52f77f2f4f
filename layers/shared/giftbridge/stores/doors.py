"""What lets people and vendors in: API keys, portal sessions, webhook addresses, OAuth's tickets, states and clients.

All but the clients are kept under a hash of a random secret that only its holder knows.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, Literal

from giftbridge.aws.vault import Envelope
from giftbridge.errors import NotFound
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import ConditionFailed, Dynamo, Op
from giftbridge.stores.versions import VERSION

REMEMBERED: Final = timedelta(days=1)

Taken = Literal["taken", "used", "late", "unknown"]


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook address: who calls it, whose it is, and its sealed secrets, newest first.

    `side` is the caller's in that connection; `event` is what this address alone is for; `header` and `encoding` say
    how this caller signs where its manifest leaves that open.
    """

    id: str
    system: str
    organisation: str
    connection: str
    account: str
    secrets: tuple[bytes, ...]
    side: str = "platform"
    event: str = ""
    header: str = ""
    encoding: str = ""


HOOK_PARTS: Final = tuple(part.name for part in fields(Hook) if part.name != "secrets")


@dataclass(frozen=True, slots=True)
class Doors:
    """The part of the connections table that stands under no organisation."""

    db: Dynamo
    table: str

    # -- API keys, one per platform, kept as a hash

    def platform_of_key(self, api_key: str, now: datetime) -> str | None:
        """The platform that holds this key, while it is good."""
        item = self.db.get(self.table, key_of(f"KEY#{digest(api_key)}", "PLATFORM"))
        return item["platform"] if item and item.get("until", _ms(now) + 1) > _ms(now) else None

    def keep_api_key(self, api_key: str, platform: str, now: datetime, until: datetime | None = None) -> None:
        """Admit a platform's key; an operator's own one until a moment only."""
        item = {
            **key_of(f"KEY#{digest(api_key)}", "PLATFORM"),
            "v": VERSION,
            "platform": platform,
            "created_at": _ms(now),
        }
        if until:
            item |= {"until": _ms(until), "expires_at": int(until.timestamp())}
        self.db.write(dynamo.put(self.table, item))

    # -- hooks

    def hook(self, hook_id: str) -> Hook | None:
        """One webhook address."""
        item = self.db.get(self.table, key_of(f"HOOK#{hook_id}", "HOOK"))
        if item is None:
            return None
        return Hook(**{name: item[name] for name in HOOK_PARTS}, secrets=tuple(bytes(one) for one in item["secrets"]))

    def keep_hook_op(self, hook: Hook, was: Hook | None = None) -> Op:
        """Open a webhook address, or change one whose secrets are still those of `was`."""
        item = {**key_of(f"HOOK#{hook.id}", "HOOK"), "v": VERSION, **{name: getattr(hook, name) for name in HOOK_PARTS}}
        item |= {"secrets": list(hook.secrets)}
        if was is None:
            return dynamo.put(self.table, item, "attribute_not_exists(#pk)")
        return dynamo.put(self.table, item, "#secrets = :was", was=list(was.secrets))

    def drop_hook_op(self, hook_id: str) -> Op:
        """Close a webhook address."""
        return dynamo.delete(self.table, key_of(f"HOOK#{hook_id}", "HOOK"))

    def intake_key(self) -> bytes | None:
        """The wrapped data key under which all webhook secrets, and bodies that are kept, are sealed."""
        item = self.db.get(self.table, key_of("INTAKE", "KEY"))
        return bytes(item["key"]) if item else None

    def keep_intake_key(self, wrapped: bytes) -> bytes:
        """Store it unless another worker was first; answers with the one that stands."""
        item = {**key_of("INTAKE", "KEY"), "v": VERSION, "key": wrapped}
        try:
            self.db.write(dynamo.put(self.table, item, "attribute_not_exists(#pk)"))
        except ConditionFailed:
            return self.intake_key() or wrapped
        return wrapped

    # -- short-lived things, consumed once: OAuth tickets and states

    def keep_once(self, kind: str, secret: str, data: Item, until: datetime) -> None:
        """Keep `data` under the hash of `secret` until then; for a day longer it is known to have been there."""
        item = {**_once_key(kind, secret), "v": VERSION, "data": data, "until": _ms(until)}
        self.db.write(dynamo.put(self.table, {**item, "expires_at": int((until + REMEMBERED).timestamp())}))

    def take_once(self, kind: str, secret: str, now: datetime) -> tuple[Taken, Item]:
        """Consume it, whoever comes first; the data is gone with that, also where it comes too late."""
        key = _once_key(kind, secret)
        op = dynamo.update(
            self.table, key, "SET #used = :yes REMOVE #data", "attribute_exists(#pk) AND attribute_not_exists(#used)",
            yes=True,
        )  # fmt: skip
        try:
            item = self.db.swap(op, "ALL_OLD")
        except ConditionFailed:
            return ("used" if self.db.get(self.table, key) else "unknown"), {}
        return ("taken", dict(item["data"])) if item["until"] > _ms(now) else ("late", {})

    def claim_once(self, kind: str, secret: str, until: datetime) -> bool:
        """Whether nobody has claimed this before."""
        key = _once_key(kind, secret)
        item = {**key, "v": VERSION, "expires_at": int(until.timestamp())}
        try:
            self.db.write(dynamo.put(self.table, item, "attribute_not_exists(#pk)"))
        except ConditionFailed:
            return False
        return True

    def outcome_once(self, kind: str, secret: str) -> Item | None:
        """What became of a claim, empty while nothing has; None where nobody holds it."""
        item = self.db.get(self.table, _once_key(kind, secret))
        return None if item is None else item.get("data", {})

    def settle_once(self, kind: str, secret: str, data: Item) -> None:
        """Keep what became of a claim as long as the claim itself."""
        key = _once_key(kind, secret)
        self.db.write(dynamo.update(self.table, key, "SET #data = :data", "attribute_exists(#pk)", data=data))

    def release_once(self, kind: str, secret: str) -> None:
        """Let anybody claim it anew."""
        self.db.write(dynamo.delete(self.table, _once_key(kind, secret)))

    # -- portal sessions

    def keep_portal_session(self, secret: str, data: Item, until: datetime) -> None:
        """Keep `data` under the hash of what the browser's cookie holds, until then."""
        item = {**portal_session_key(secret), "v": VERSION, "data": data, "until": _ms(until)}
        self.db.write(dynamo.put(self.table, {**item, "expires_at": int(until.timestamp())}))

    def drop_portal_session(self, secret: str) -> None:
        """End it."""
        self.db.write(dynamo.delete(self.table, portal_session_key(secret)))

    # -- an operator's own: OAuth clients

    def oauth_client(self, system: str) -> Envelope:
        """Raises `NotFound` where the operator registered none."""
        item = self.db.get(self.table, key_of(f"OAUTH#{system}", "CLIENT"))
        if item is None:
            raise NotFound(f"No OAuth client is registered for {system}.")
        return envelope_of(item)

    def keep_oauth_client(self, system: str, envelope: Envelope) -> None:
        """Register client id and secret."""
        self.db.write(dynamo.put(self.table, {**key_of(f"OAUTH#{system}", "CLIENT"), **envelope}))


def digest(secret: str) -> str:
    """What is kept of a random secret; long random values need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_of(partition: str, part: str) -> dict[str, str]:
    """Partition and sort key of an item of the connections table."""
    return {"pk": partition, "sk": part}


def envelope_of(item: Item) -> Envelope:
    """The sealed secret of an item."""
    return {"v": item["v"], "key": bytes(item["key"]), "data": bytes(item["data"])}


def _once_key(kind: str, secret: str) -> dict[str, str]:
    return key_of(f"ONCE#{kind}#{digest(secret)}", "ONCE")


def portal_session_key(secret: str) -> dict[str, str]:
    """Where the session stands that a browser's cookie names."""
    return key_of(f"PORTAL#{digest(secret)}", "SESSION")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
