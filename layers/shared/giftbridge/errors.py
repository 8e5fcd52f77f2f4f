"""What to do next, said by the type of the error.

GiftbridgeError
+-- Retry         try the same work again, later
+-- Defer         not now: a budget or somebody else's intent says until when (does not count as a try)
+-- Reject        this record can't go over; log it and go on
|   +-- Invalid   what a person asked for has mistakes
|   +-- Partial   the vendor has this record, but refused some of it
+-- Park          a person must answer a question about this record
+-- Disconnected  this connection's credentials no longer work
+-- Paused        a person paused this connection; its work waits to be woken
+-- Fenced        another worker has taken this account over; stop without a trace
+-- NotFound      what was asked for does not exist, or belongs to somebody else
|   +-- Removed   the connection was removed; nothing waits for it
+-- Conflict      the request can't be done in the present state
ConfigError       outside the tree: the deployment is wrong, crash early

Messages are shown to people: they hold no personal data, no secret and no vendor body.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta


class GiftbridgeError(Exception):
    """Base of every expected error. `code` is stable and machine-readable, `str(error)` is for a person."""

    code = "error"
    progressed = False
    """Whether something was done before it: then it is no repeated failure."""
    doubt = False
    """Whether the effect may have happened all the same."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class Retry(GiftbridgeError):
    """Try again after `after`."""

    code = "retry"

    def __init__(
        self, message: str, *, after: timedelta | None = None, doubt: bool = False, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.after = after
        self.doubt = doubt


class Defer(GiftbridgeError):
    """Nothing is wrong, but nothing may be done before `until` (UTC)."""

    code = "deferred"

    def __init__(self, message: str, *, until: datetime, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.until = until


class Reject(GiftbridgeError):
    """This record can't go over as it is."""

    code = "rejected"

    @classmethod
    def of(cls, answer: GiftbridgeError) -> "Reject":
        """A vendor's answer about one record as its refusal."""
        return answer if isinstance(answer, Reject) else cls(str(answer), code=answer.code)


class Invalid(Reject):
    """What a person asked for makes no sense: every mistake with its path, such as `settings.cadence_minutes`."""

    code = "invalid"

    def __init__(self, message: str, mistakes: Sequence[tuple[str, str]], *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.mistakes = tuple(mistakes)


class Partial(Reject):
    """The vendor has this record, as `record_id`, but without some of it."""

    def __init__(self, message: str, *, record_id: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.record_id = record_id


class Park(GiftbridgeError):
    """A person must decide. `candidates` are ids at the other side, never names."""

    code = "review"

    def __init__(self, message: str, *, candidates: tuple[str, ...] = (), code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.candidates = candidates


class Disconnected(GiftbridgeError):
    """The credentials of `system` (its name in the registry) were refused; `final`: they can't be renewed either."""

    code = "disconnected"

    def __init__(self, message: str, *, system: str, final: bool = False) -> None:
        super().__init__(message)
        self.system = system
        self.final = final


class Paused(GiftbridgeError):
    """A person paused this connection."""

    code = "paused"


class Fenced(GiftbridgeError):
    """A newer step of the same account and queue has begun."""

    code = "fenced"


class NotFound(GiftbridgeError):
    """What was asked for does not exist, or belongs to somebody else."""

    code = "not_found"


class Removed(NotFound):
    """The connection was removed: nothing waits for it any more."""


class Conflict(GiftbridgeError):
    """The request can't be done in the present state. `ids` are the records it is about, where it is about some."""

    code = "conflict"

    def __init__(self, message: str, *, code: str | None = None, ids: Sequence[str] = ()) -> None:
        super().__init__(message, code=code)
        self.ids = tuple(ids)


class ConfigError(Exception):
    """The deployment or a stored setting is wrong; no retry will help."""
