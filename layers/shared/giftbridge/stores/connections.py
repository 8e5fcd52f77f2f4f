"""Connections and their sealed credentials (connections table).

Every key begins with the organisation, so that no look-up can reach another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from giftbridge.aws.vault import Envelope
from giftbridge.errors import NotFound, Removed
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.doors import Doors, envelope_of, key_of
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.versions import VERSION

REGISTER: Final = "REGISTER"
UNHEALTHY: Final = "UNHEALTHY"
PLAIN: Final = (
    "id", "platform", "organisation", "crm", "account", "status", "health", "health_reason", "name", "demo",
    "connected_by", "first_sync", "hook", "last_run", "active_run", "gift_cursor", "active_gift_run", "sweep",
)  # fmt: skip
MAPS: Final = ("settings", "cursors", "hooks", "registrations", "pull")

Health = Literal["healthy", "reconnect"]
Status = Literal["active", "paused", "removed"]


@dataclass(frozen=True, slots=True)
class Connection:
    """One organisation's live integration of a platform with a CRM."""

    id: str
    platform: str
    organisation: str
    crm: str
    account: str
    status: Status = "active"
    health: Health = "healthy"
    health_reason: str = ""
    name: str = ""
    demo: bool = False
    connected_by: str = ""
    created_at: datetime | None = None
    first_sync: Literal["unasked", "declined", "started", "done"] = "unasked"
    settings: Mapping[str, Any] = field(default_factory=dict)
    cursors: Mapping[str, str] = field(default_factory=dict)
    hook: str = ""
    """The address whose secret a person was given."""
    hooks: Mapping[str, str] = field(default_factory=dict)
    """The other addresses: `<side>` or `<side>.<event>` -> id."""
    registrations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What a vendor was told of them, by the same names: `id`, `url`, and `asked` while no answer was seen."""
    last_run: str = ""
    last_sync_at: datetime | None = None
    active_run: str = ""
    gift_cursor: str = ""
    """Where the platform's list of gifts was read up to."""
    active_gift_run: str = ""
    sweep: str = ""
    """The newest sweep, under way or done."""
    pull: Mapping[str, str] = field(default_factory=dict)
    """Gifts of the CRM for the platform: `cursor` of the CRM's list, `run` under way, whether staff was `told`."""
    rev: int = 0

    @property
    def owner(self) -> str:
        """The organisation among all platforms'."""
        return owner(self.platform, self.organisation)

    @property
    def key(self) -> dict[str, str]:
        """Where it stands."""
        return connection_key(self.owner, self.id)

    def item(self) -> Item:
        """As it is stored, with the next revision."""
        return {
            **self.key, "v": VERSION, **{name: getattr(self, name) for name in PLAIN}, "rev": self.rev + 1,
            **{name: dict(getattr(self, name)) for name in MAPS},
            **{name: _ms(getattr(self, name)) for name in ("created_at", "last_sync_at") if getattr(self, name)},
        }  # fmt: skip

    @classmethod
    def of(cls, item: Item) -> "Connection":
        """From what `item` stored."""
        times = {name: _moment(item[name]) for name in ("created_at", "last_sync_at") if name in item}
        return cls(**{name: item[name] for name in (*PLAIN, *MAPS, "rev") if name in item}, **times)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A sealed set of secrets of one connection and system. `version` counts rotations."""

    envelope: Envelope
    version: int
    lease_until: datetime | None = None
    tried: int = 0

    @classmethod
    def of(cls, item: Item) -> "Credentials":
        """From what is stored."""
        until = _moment(item["lease_until"]) if "lease_until" in item else None
        return cls(envelope_of(item), item["version"], until, item.get("tried", 0))


@dataclass(frozen=True, slots=True)
class Connections(Doors):
    """The connections table, but for what belongs to a CRM account."""

    def get(self, who: str, connection: str) -> Connection:
        """Raises `NotFound`, also for somebody else's connection."""
        item = self.db.get(self.table, connection_key(who, connection))
        if item is None or item["status"] == "removed":
            raise Removed("There is no such connection.")
        return Connection.of(item)

    def former(self, who: str, connection: str) -> Connection | None:
        """A connection that was removed while its links were kept."""
        item = self.db.get(self.table, connection_key(who, connection))
        return Connection.of(item) if item and item["status"] == "removed" else None

    def forget_op(self, connection: Connection) -> Op:
        """Remove a connection without a trace."""
        return dynamo.delete(self.table, connection.key)

    # -- which connection of an organisation has which CRM account

    def claim_op(self, connection: Connection) -> Op:
        """One connection per organisation and account; fails where another lives."""
        item = {**_claim_key(connection.owner, connection.account), "v": VERSION, "connection": connection.id}
        return dynamo.put(self.table, {**item, "live": True}, "attribute_not_exists(#pk) OR #live = :no", no=False)

    def claimed(self, who: str, account: str) -> tuple[str, bool] | None:
        """The id of the connection that has or had the account, and whether it lives."""
        item = self.db.get(self.table, _claim_key(who, account))
        return (item["connection"], item["live"]) if item else None

    def release_op(self, connection: Connection, *, keep: bool) -> Op:
        """Let the account be connected anew: under the same links where they are kept."""
        key = _claim_key(connection.owner, connection.account)
        return dynamo.update(self.table, key, "SET #live = :no", no=False) if keep else dynamo.delete(self.table, key)

    def of_organisation(self, who: str) -> list[Connection]:
        """All that were not removed."""
        items = self.db.query(self.table, "#pk = :pk AND begins_with(#sk, :sk)", pk=f"ORG#{who}", sk="CONNECTION#")
        return [Connection.of(item) for item in items if item["status"] != "removed"]

    def everywhere(self) -> list[Connection]:
        """All connections there are, from a register: for the daily export and for operators. A call for a hundred."""
        rows = self.db.query(self.table, "#pk = :pk", pk=REGISTER)
        found = self.db.get_each([(self.table, connection_key(row["organisation"], row["connection"])) for row in rows])
        return [Connection.of(item) for item in found if item and item["status"] != "removed"]

    def owner_of(self, connection: str) -> str:
        """Whose connection that is, by the register. Raises `Removed`."""
        row = self.db.get(self.table, key_of(REGISTER, connection))
        if row is None:
            raise Removed("There is no such connection.")
        return str(row["organisation"])

    def register_op(self, connection: Connection) -> Op:
        """Put a connection on the register."""
        key = key_of(REGISTER, connection.id)
        return dynamo.put(
            self.table, {**key, "v": VERSION, "organisation": connection.owner, "connection": connection.id}
        )

    def unregister_op(self, connection: Connection) -> Op:
        """Take it off."""
        return dynamo.delete(self.table, key_of(REGISTER, connection.id))

    def save(self, connection: Connection) -> Connection:
        """Raises `ConditionFailed` where somebody else wrote it meanwhile."""
        self.db.write(self.save_op(connection))
        return replace(connection, rev=connection.rev + 1)

    def save_op(self, connection: Connection) -> Op:
        """The same, for a transaction."""
        if connection.rev == 0:
            return dynamo.put(self.table, connection.item(), "attribute_not_exists(#pk)")
        return dynamo.put(self.table, connection.item(), "#rev = :rev", rev=connection.rev)

    def change(self, connection: Connection, **changes: Any) -> Connection:
        """Set fields whatever else changed meanwhile; answers with the connection as it is then."""
        return Connection.of(self.db.swap(self.change_op(connection, **changes)))

    def change_op(
        self, connection: Connection, condition: str = "", given: Mapping[str, Any] | None = None, /, **changes: Any
    ) -> Op:
        """The same, for a transaction; `condition` may speak of `#field`s and of the `:values` given."""
        expression, values = dynamo.assignments(changes)
        guard = "attribute_exists(#pk)" + (f" AND ({condition})" if condition else "")
        return dynamo.update(
            self.table, connection.key, f"{expression} ADD #rev :one", guard, one=1, **values, **(given or {})
        )

    def turn_unhealthy(self, connection: Connection, reason: str) -> bool:
        """Whether this call was the one that noticed, so that the owner is told once."""
        op = self.change_op(
            connection, "#health = :healthy", {"healthy": "healthy"}, health="reconnect", health_reason=reason
        )
        self.db.write(dynamo.put(self.table, {**key_of(UNHEALTHY, connection.id), "v": VERSION}))
        try:
            self.db.write(op)
        except ConditionFailed:
            return False
        return True

    def turn_healthy(self, connection: Connection, **changes: Any) -> Connection:
        """Set fields as well; answers with the connection as it is then."""
        well = self.change_op(connection, health="healthy", health_reason="", **changes)
        self.db.transact([well, self.unmark_op(connection)])
        return self.get(connection.owner, connection.id)

    def unmark_op(self, connection: Connection) -> Op:
        """Count it among the unhealthy no more."""
        return dynamo.delete(self.table, key_of(UNHEALTHY, connection.id))

    def unhealthy(self) -> int:
        """How many connections wait to be reconnected."""
        return sum(1 for _ in self.db.query(self.table, "#pk = :pk", pk=UNHEALTHY))

    # -- credentials

    def credentials(self, connection: Connection, system: str) -> Credentials:
        """Raises `NotFound` where there are none."""
        item = self.db.get(self.table, secret_key(connection, system))
        if item is None:
            raise NotFound("This connection has no credentials.")
        return Credentials.of(item)

    def keep_credentials_op(self, connection: Connection, system: str, envelope: Envelope, version: int) -> Op:
        """Store a set; `version` 1 replaces whatever was there (a reconnect), later ones follow their predecessor."""
        item = {**secret_key(connection, system), **envelope, "version": version}
        if version == 1:
            return dynamo.put(self.table, item)
        return dynamo.put(self.table, item, "#version = :was", was=version - 1)

    def lease_refresh(
        self, connection: Connection, system: str, seen: Credentials, now: datetime, until: datetime
    ) -> bool:
        """Whether this worker may refresh; counts the try, so that a rotation lost half-way is noticed."""
        op = dynamo.update(
            self.table, secret_key(connection, system), "SET #lease_until = :until ADD #tried :one",
            "#version = :version AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)",
            until=_ms(until), one=1, version=seen.version, now=_ms(now),
        )  # fmt: skip
        try:
            self.db.write(op)
        except ConditionFailed:
            return False
        return True

    def drop_credentials_op(self, connection: Connection, system: str) -> Op:
        """Destroy a set."""
        return dynamo.delete(self.table, secret_key(connection, system))


def owner(platform: str, organisation: str) -> str:
    """The name of an organisation among all platforms'."""
    return f"{platform}:{organisation}"


def connection_key(who: str, connection: str) -> dict[str, str]:
    """Where a connection of an organisation stands."""
    return _organisation_key(who, f"CONNECTION#{connection}")


def _organisation_key(who: str, part: str) -> dict[str, str]:
    return key_of(f"ORG#{who}", part)


def _claim_key(who: str, account: str) -> dict[str, str]:
    return _organisation_key(who, f"ACCOUNT#{account}")


def secret_key(connection: Connection, system: str) -> dict[str, str]:
    """Where a connection's credentials of a system stand."""
    return _organisation_key(connection.owner, f"SECRET#{connection.id}#{system}")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
