"""Moving every secret under another KMS key while everything goes on working.

What is wrapped is a data key; KMS wraps it anew without showing it, so what it seals need not change. A repeated or
interrupted run goes on where something is still under a former key.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from giftbridge.aws.vault import Purpose, Vault
from giftbridge.errors import ConfigError
from giftbridge.jobs.context import App
from giftbridge.jobs.hooks import CONTEXT
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import ConditionFailed

TRIES: Final = 5
UNREADABLE: Final = "unreadable"


def rewrap_all(app: App, key_arn: str, tell: Callable[[str], None]) -> Counter[str]:
    """Wrap every data key under `key_arn`; answers with counts. What lives for minutes or hours is left alone."""
    vault, counted = replace(app.vault, key_arn=key_arn), Counter[str]()
    for item in app.connections.db.scan(app.connections.table):
        found = _bound_to(item)
        if found is None:
            continue
        outcome = _outcome(app, vault, item, *found)
        counted[f"{found[0]} {outcome}"] += 1
        tell(f"{found[0]} {outcome}")
    return counted


def _outcome(app: App, vault: Vault, item: Item, purpose: Purpose, context: dict[str, str]) -> str:
    """A row that opens for nobody (tampered with, or copied from elsewhere) stops no other."""
    try:
        return "rewrapped" if _rewrap(app, vault, item, purpose, context) else "already"
    except ConfigError:
        return UNREADABLE


def _bound_to(item: Item) -> tuple[Purpose, dict[str, str]] | None:
    """Purpose and context of an item that holds a wrapped key."""
    family, _, owner = item["pk"].partition("#")
    if family == "ORG" and item["sk"].startswith("SECRET#"):
        _, connection, system = item["sk"].split("#")
        return "credentials", {"organisation": owner, "connection": connection, "provider": system}
    if (family, item["sk"]) == ("ACCOUNT", "KEY"):
        return "fingerprints", {"account": owner}
    if (family, item["sk"]) == ("OAUTH", "CLIENT"):
        return "oauth", {"provider": owner}
    return ("webhook", CONTEXT) if (family, item["sk"]) == ("INTAKE", "KEY") else None


def _rewrap(app: App, vault: Vault, item: Item, purpose: Purpose, context: dict[str, str]) -> bool:
    """Whether it was under another key. A row that a worker rotates meanwhile is read again."""
    db, table, key = app.connections.db, app.connections.table, {"pk": item["pk"], "sk": item["sk"]}
    current: Item | None = item
    for _ in range(TRIES):
        if current is None:
            return False
        fresh = vault.rewrap(purpose, context, current["key"])
        if fresh is None:
            return False
        try:
            db.write(dynamo.update(table, key, "SET #key = :new", "#key = :old", new=fresh, old=current["key"]))
        except ConditionFailed:
            current = db.get(table, key)
            continue
        return True
    raise ConditionFailed
