"""Webhook intake: check, make it durable, ring, answer. Nothing else, so that it is fast and never in the way.

Warm, an accepted webhook costs two DynamoDB calls and at most one message: a hook that is known rings only where
nobody has rung, a hook that must be read first rings anyway.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Final

from giftbridge.aws.clock import Clock
from giftbridge.aws.queue import Doorbells
from giftbridge.connectors.manifest import WebhookScheme, load_manifest
from giftbridge.connectors.notice import Notice
from giftbridge.errors import Reject
from giftbridge.jobs.hooks import HookSecrets
from giftbridge.jobs.notices import work_of, work_of_many
from giftbridge.jobs.signatures import Refusal, is_signed, stale
from giftbridge.logs import logger
from giftbridge.stores.accounts import Accounts
from giftbridge.stores.connections import Connections
from giftbridge.stores.doors import Hook
from giftbridge.stores.inbox import Inbox, Work

__all__ = ["Intake", "Refusal"]

HOOK_CACHED_SECONDS: Final = 60.0
BODY_KEPT: Final = timedelta(days=30)
"""As long as a connection may reasonably be paused or wait to be reconnected."""


@dataclass(slots=True)
class Intake:
    """What intake works with; hooks are remembered for a minute."""

    clock: Clock
    connections: Connections
    secrets: HookSecrets
    inbox: Inbox
    accounts: Accounts
    doorbells: Doorbells
    _hooks: dict[str, tuple[float, Hook]] = field(default_factory=dict)

    def receive(self, provider: str, hook_id: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take a webhook in; answers how many pieces of new work it made. Raises `Refusal`. Headers in lower case."""
        scheme = _scheme(provider)
        if len(body) > scheme.max_bytes:
            raise Refusal(413, "too_large", f"A webhook may have {scheme.max_bytes} bytes.")
        hook, known = self._sender(scheme, provider, hook_id, headers, body)
        logger.append_keys(connection=hook.connection)
        if scheme.kind == "url":
            return self._keep_body(hook, scheme, headers, body, known)
        notices = _notices(provider, body, headers)
        if any(self._is_stale(notice, scheme) for notice in notices):
            raise stale()
        return self._keep_notices(hook, notices, known)

    def _sender(
        self, scheme: WebhookScheme, provider: str, hook_id: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Hook, bool]:
        """The hook whose secret signed this, or whose address is secret itself; and whether it was remembered."""
        known = self._known(provider, hook_id)
        if known and self._signed_by(known, scheme, headers, body):
            return known, True
        hook = self._read_hook(provider, hook_id)  # its secrets may have been rotated since it was remembered
        if not self._signed_by(hook, scheme, headers, body):
            raise Refusal(401, "forged", "The signature does not fit.")
        return hook, False

    def _known(self, provider: str, hook_id: str) -> Hook | None:
        if hook_id not in self._hooks:
            return None
        read_at, hook = self._hooks[hook_id]
        fresh = self.clock.monotonic() - read_at < HOOK_CACHED_SECONDS
        return hook if fresh and hook.system == provider else None

    def _read_hook(self, provider: str, hook_id: str) -> Hook:
        hook = self.connections.hook(hook_id)
        if hook is None or hook.system != provider:
            self._hooks.pop(hook_id, None)
            raise Refusal(404, "unknown_hook", "There is no such webhook address.")
        self._hooks[hook_id] = (self.clock.monotonic(), hook)
        return hook

    def _signed_by(self, hook: Hook, scheme: WebhookScheme, headers: Mapping[str, str], body: bytes) -> bool:
        """Only a scheme of signatures has any to check."""
        if scheme.kind != "signature":
            return True
        return is_signed(hook, self.secrets.open(hook), scheme, headers, body, self.clock.now())

    def _is_stale(self, notice: Notice, scheme: WebhookScheme) -> bool:
        return notice.at is not None and abs((self.clock.now() - notice.at).total_seconds()) > scheme.tolerance_seconds

    def _keep_notices(self, hook: Hook, notices: list[Notice], known: bool) -> int:
        """Several of one webhook are one piece of work, so that they cost no more than one."""
        if not notices:
            return 0
        now = self.clock.now()
        if len(notices) == 1:
            work = work_of(notices[0], hook, hook.side, now)
        else:
            event = hashlib.sha256("\0".join(notice.id for notice in notices).encode()).hexdigest()
            work = work_of_many(event, notices, hook, now)
        return self._ring_for(work, known) if self.inbox.add(work) else 0

    def _keep_body(
        self, hook: Hook, scheme: WebhookScheme, headers: Mapping[str, str], body: bytes, known: bool
    ) -> int:
        """What has neither id nor type and can't be asked for again is kept as it came, sealed."""
        mark = self.secrets.mark(hook, _sameness(hook.system, body, headers))
        now, work_id = self.clock.now(), uuid.uuid4().hex
        expires = (now + BODY_KEPT).replace(microsecond=0)
        sealed = self.secrets.seal_body(hook, work_id, expires, body)
        data = {"event": hook.event, "received_at": now.isoformat(), "side": hook.side, "sealed": sealed}
        work = Work(
            account=hook.account, queue="gifts", kind="engagement", id=work_id, organisation=hook.organisation,
            connection=hook.connection, lane="webhooks", next_due=now, subject=hook.event, event=work_id, data=data,
            expires=expires,
        )  # fmt: skip
        fresh = self.inbox.add_unless_repeated(work, mark, now, timedelta(seconds=scheme.repeat_seconds))
        return self._ring_for(work, known) if fresh else 0

    def _ring_for(self, work: Work, known: bool) -> int:
        if not known or self.accounts.set_latch(work.account, work.queue, self.clock.now()):
            self.doorbells.send(work.account, work.queue)
        return 1


def _scheme(provider: str) -> WebhookScheme:
    try:
        scheme = load_manifest(provider).webhook
    except KeyError:
        scheme = None
    if scheme is None:
        raise Refusal(404, "unknown_provider", "Nobody by this name sends webhooks here.")
    return scheme


def _notices(provider: str, body: bytes, headers: Mapping[str, str]) -> list[Notice]:
    try:
        found: list[Notice] = _module(provider).notices(body, headers)
    except Reject as refused:
        raise Refusal(400, refused.code, str(refused)) from None
    return found


def _sameness(provider: str, body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    try:
        found: tuple[str, ...] = _module(provider).sameness(body, headers)
    except Reject as refused:
        raise Refusal(400, refused.code, str(refused)) from None
    return found


def _module(provider: str) -> ModuleType:
    return import_module(f"giftbridge.connectors.{provider}.webhook")
