"""What the pages call things: one word for each thing, wherever it is shown."""

from collections.abc import Mapping
from typing import Final

from giftbridge.connectors import registry

WORDS: Final[Mapping[str, str]] = {
    "queued": "Waiting to start", "running": "Running", "done": "Done", "failed": "Failed", "cancelled": "Cancelled",
    "contacts": "Contacts", "gifts": "Gifts", "projects": "Projects", "thanks": "Thanks", "export": "Export",
    "contact": "Contact", "gift": "Gift", "schedule": "Schedule", "file": "File", "notice": "Notice",
    "project": "Project", "first": "First sync", "baseline": "Starting point", "changes": "What changed",
    "preview": "Preview", "reconciled": "Reconciled event", "chosen": "Sent by hand", "records": "Chosen records",
    "heard": "Webhook", "daily": "Daily", "sweep": "Comparison", "pull": "Gifts from the CRM",
    "created": "Created", "updated": "Updated", "unchanged": "Unchanged", "skipped": "Skipped", "read": "Looked at",
    "linked": "Linked", "review": "Left for review", "platform": "Platform", "crm": "CRM",
    "active": "Active", "paused": "Paused", "healthy": "Healthy", "reconnect": "Reconnect",
    "submitted": "Submitted", "confirmed": "Confirmed", "refused": "Refused", "in_file": "In the import file",
}  # fmt: skip
TONES: Final[Mapping[str, str]] = {
    "done": "good", "healthy": "good", "active": "good", "confirmed": "good", "created": "good", "updated": "good",
    "running": "busy", "queued": "busy", "submitted": "busy", "waiting": "busy",
    "needs_review": "busy", "in_file": "busy",
    "failed": "bad", "refused": "bad", "reconnect": "bad",
    "paused": "calm", "cancelled": "calm", "skipped": "calm",
}  # fmt: skip
FLASHES: Final[Mapping[str, str]] = {
    "connected": "Connected.",
    "saved": "Saved.",
    "same": "You changed nothing, so nothing was saved.",
    "paused": "Paused. What comes in waits until you resume.",
    "resumed": "Resumed. What happened meanwhile is being read.",
    "reconnected": "Reconnected. What waited goes on.",
    "removed": "Removed. Its credentials were destroyed.",
    "started": "Started.",
    "retried": "Trying again.",
    "answered": "Answered.",
    "sent": "On its way to the CRM.",
    "unchanged": "The CRM has these just so already. Nothing was sent.",
    "again": "That was sent before, so nothing was done a second time. If you miss something here, do it once more.",
    "replayed": "Being done again.",
    "redriven": "Being done again, at the rate you chose.",
    "discarded": "Given up.",
    "returned": "On their way back to their queues.",
    "delivered": "Handed to their functions. What fails again comes back here.",
}


def word(name: str) -> str:
    """The word for a state, a kind or an outcome."""
    return WORDS.get(name) or name.replace("_", " ").capitalize()


def tone(name: str) -> str:
    """How a state is coloured: good, busy, bad or calm."""
    return TONES.get(name, "calm")


def title(system: str) -> str:
    """The name of a platform or CRM as people know it."""
    return registry.manifest(system).title


def flash(code: str) -> str:
    """What is said once after something was done; unknown codes say nothing."""
    return FLASHES.get(code, "")
