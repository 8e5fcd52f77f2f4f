"""What the pages call work that waits, and what went wrong with it."""

from collections.abc import Mapping
from typing import Final, get_args

from giftbridge.stores.remembered import Kind

KINDS: Final[Mapping[str, str]] = {
    "run": "A run", "contact": "A contact", "reconcile": "A reconciled event", "gift": "A gift",
    "cadence": "The schedule", "watch": "Looking for gifts",
    "missed": "Looking for what no webhook told", "token": "Keeping the sign-in alive",
    "export": "The daily export", "forget": "Erasing links", "confirm": "Asking what became of records",
    "hook": "Telling webhook addresses", "notices": "A webhook with many events", "verify": "Checking an event",
    "thanks": "Looking for gifts to thank for", "thanking": "A run of thanks", "engagement": "News of a thank-you",
    "pull": "Gifts from the CRM", "projects": "Projects",
}  # fmt: skip
TROUBLES: Final[Mapping[str, str]] = {
    "unfinished": "Begun, and never finished", "unreachable": "The other system can't be reached",
    "no_answer": "The other system did not answer in time", "garbled": "The other system's answer breaks off",
    "rate_limited": "The other system asks to wait", "budget": "Waits for its share of the other system's limit",
    "disconnected": "The credentials no longer work", "token_refused": "The credentials were refused",
    "token_lease": "The sign-in is being renewed", "paused": "The connection is paused",
    "overtaken": "Changed by somebody else meanwhile", "database_busy": "Our database was busy",
    "stuck_cursor": "The other system's list does not go on", "list_breaks_off": "The other system's list breaks off",
    "version": "Waits for a newer version of this software", "intent": "Waits for another worker",
}  # fmt: skip


def kinds() -> dict[str, str]:
    """Every kind of work, to choose from."""
    return {name: kind(name) for name in sorted(get_args(Kind), key=kind)}


def kind(name: str) -> str:
    """What a kind of work is called."""
    return KINDS.get(name) or name.capitalize()


def trouble(code: str) -> str:
    """An error's class in words; the class of a bug is told as what it is."""
    if not code:
        return "None"
    if code.startswith("http_"):
        return f"The other system answered with an error (HTTP {code.removeprefix('http_')})"
    if code[0].isupper():
        return f"A fault of this software ({code})"
    return TROUBLES.get(code) or code.replace("_", " ").capitalize()
