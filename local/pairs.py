"""Write `docs/pairs.md` from the connectors' manifests and the recipes: `python -m local.pairs`."""

import sys

from local.paths import ROOT

sys.path.insert(0, str(ROOT / "layers" / "shared"))

from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.jobs.abilities import ABILITIES, abilities

FILE = ROOT / "docs" / "pairs.md"
HEAD = """\
# What each pair does

Every platform works with every CRM, by settings alone; what a pair can't do, one of its ends can't. Written by
`python -m local.pairs` from what the connectors state; `tests/rows/test_pairs.py` plays one story with each pair and
holds every cell to it.

"""


def text() -> str:
    """The page: a line for each pair, platforms in alphabetical order."""
    manifests = [load_manifest(name) for name in names()]
    platforms, crms = ([one for one in manifests if one.role == role] for role in ("platform", "crm"))
    rows = [["Platform", "CRM", *(ability.title for ability in ABILITIES)], ["---"] * (len(ABILITIES) + 2)]
    for platform in platforms:
        for crm in crms:
            able = abilities(platform.name, crm.name)
            rows.append([platform.title, crm.title, *("yes" if able[one.name] else "" for one in ABILITIES)])
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
