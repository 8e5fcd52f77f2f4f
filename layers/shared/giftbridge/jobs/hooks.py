"""What intake keeps sealed: webhook secrets, and bodies that can't be read again.

All is under one data key that is opened once a process, so that a webhook asks nobody.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from giftbridge.aws.vault import Vault, decrypt, derive, encrypt
from giftbridge.errors import ConfigError
from giftbridge.stores.connections import Connections
from giftbridge.stores.doors import Hook
from giftbridge.stores.inbox import Work

if TYPE_CHECKING:
    from giftbridge.jobs.context import App

CONTEXT = {"use": "intake"}


@dataclass(slots=True)
class HookSecrets:
    """Seals and opens what is bound to a connection, and marks what is to be recognised."""

    vault: Vault
    connections: Connections
    _key: bytes = field(default=b"", repr=False)

    def seal(self, organisation: str, connection: str, secret: bytes) -> bytes:
        """For `Hook.secrets`. Makes the data key on first use."""
        return encrypt(self._data_key(create=True), secret, _associated(organisation, connection))

    def open(self, hook: Hook) -> list[bytes]:
        """The live secrets of a hook, newest first; two during a rotation."""
        associated = _associated(hook.organisation, hook.connection)
        return [decrypt(self._data_key(create=False), sealed, associated) for sealed in hook.secrets]

    def seal_body(self, hook: Hook, work_id: str, expires: datetime, body: bytes) -> bytes:
        """A body for one piece of work, until then."""
        bound = _bound(hook.organisation, hook.connection, work_id, expires)
        return encrypt(derive(self._data_key(create=False), b"bodies"), body, bound)

    def open_body(self, work: Work, now: datetime) -> bytes:
        """The body of a piece of work, or nothing once that has expired (whatever TTL has done meanwhile)."""
        if work.expires is None or work.expires <= now:
            return b""
        bound = _bound(work.organisation, work.connection, work.id, work.expires)
        return decrypt(derive(self._data_key(create=False), b"bodies"), bytes(work.data["sealed"]), bound)

    def mark(self, hook: Hook, parts: Sequence[str]) -> str:
        """A keyed hash by which the same is recognised again, and nothing is told of it."""
        said = "\0".join([hook.organisation, hook.connection, hook.event, *parts])
        return hmac.new(derive(self._data_key(create=False), b"marks"), said.encode(), hashlib.sha256).hexdigest()

    def ready(self) -> None:
        """Make the data key, for an address that has no secret of its own."""
        self._data_key(create=True)

    def _data_key(self, *, create: bool) -> bytes:
        if not self._key:
            self._key = self.vault.unwrap("webhook", CONTEXT, self._wrapped(create))
        return self._key

    def _wrapped(self, create: bool) -> bytes:
        wrapped = self.connections.intake_key()
        if wrapped is not None:
            return wrapped
        if not create:
            raise ConfigError("there is a webhook address but no key of its secrets")
        return self.connections.keep_intake_key(self.vault.new_key("webhook", CONTEXT)[1])


def opened(app: "App", work: Work) -> bytes:
    """The body that a webhook without a signature came with, or nothing once it has expired."""
    return HookSecrets(app.vault, app.connections).open_body(work, app.now())


def _associated(organisation: str, connection: str) -> bytes:
    return f"{organisation}\0{connection}".encode()


def _bound(organisation: str, connection: str, work_id: str, expires: datetime) -> bytes:
    return f"{organisation}\0{connection}\0{work_id}\0{int(expires.timestamp())}".encode()
