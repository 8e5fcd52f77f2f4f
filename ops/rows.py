"""Work as a line: ids and codes, never a person."""

from typing import Any, Final

from giftbridge.stores.inbox import Work

COLUMNS: Final = ("account", "connection", "queue", "kind", "subject", "tries", "due", "error", "key")


def row(work: Work) -> dict[str, Any]:
    """What `COLUMNS` name."""
    return {
        "account": work.account,
        "connection": work.connection,
        "queue": work.queue,
        "kind": work.kind,
        "subject": work.subject,
        "tries": work.attempt,
        "due": work.next_due or "asleep",
        "error": work.error or "-",
        "key": work.key["sk"],
    }
