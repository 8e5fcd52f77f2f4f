"""What a pair of systems can do, from what both ends state and the pair's recipe: the truth behind `docs/pairs.md`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from giftbridge.connectors.manifest import load_manifest
from giftbridge.recipes import Recipe, recipe

Capabilities = frozenset[str]


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that a pair does or not, under the name of its column."""

    name: str
    title: str
    of: Callable[[Capabilities, Capabilities, Recipe], bool]
    """From the capabilities of the platform, those of the CRM, and what the pair does unless told otherwise."""


ABILITIES: Final[tuple[Ability, ...]] = (
    Ability("first_sync", "first sync", lambda p, c, r: r.backfill and r.contacts and _lists(p) and _lists(c)),
    Ability("contacts_to_crm", "contacts to the CRM",
            lambda p, c, r: r.contacts and _lists(p) and "writes_contacts" in c),
    Ability("contacts_to_platform", "contacts to the platform",
            lambda p, c, r: r.contacts and _lists(c) and "writes_contacts" in p),
    Ability("crm_ids", "CRM ids on the platform", lambda p, c, r: "annotates" in p and "writes_contacts" in c),
    Ability("gifts_by_event", "gifts of reconciled events",
            lambda p, c, r: r.gifts and "holds_events" in p and "records_gifts" in c),
    Ability("gifts_by_list", "gifts as they come",
            lambda p, c, r: r.gifts and "lists_gifts" in p and "records_gifts" in c),
    Ability("refunds", "refunds", lambda p, c, r: r.gifts and "reads_gifts" in p and "refunds" in c),
    Ability("confirmed_later", "confirmed later", lambda p, c, r: r.gifts and "reads_gifts" in p and "confirms" in c),
    Ability("thanks", "thanks for gifts", lambda p, c, r: "sends_thanks" in p and "tells_giving" in c),
    Ability("interactions", "interactions", lambda p, c, r: "tells_engagement" in p and "logs_interactions" in c),
    Ability("pull", "gifts of the CRM in files", lambda p, c, r: "takes_gift_files" in p and "tells_gifts" in c),
)  # fmt: skip


def abilities(platform: str, crm: str) -> Mapping[str, bool]:
    """Name -> whether this pair does it."""
    ends = load_manifest(platform).capabilities, load_manifest(crm).capabilities
    chosen = recipe(platform, crm, {})
    return {one.name: one.of(*ends, chosen) for one in ABILITIES}


def _lists(capabilities: Capabilities) -> bool:
    return "reads_contacts" in capabilities
