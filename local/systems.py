"""Write the README's table of systems from the connectors' manifests: `python -m local.systems`."""

import sys

from local.paths import ROOT

sys.path.insert(0, str(ROOT / "layers" / "shared"))

from giftbridge.connectors.manifest import Manifest, load_manifest, names

FILE = ROOT / "README.md"
BEGIN, END = "<!-- systems -->\n", "<!-- /systems -->\n"
HEAD = """\
| System | Is a | Connected by | Can | Calls an hour | Changes are told by |
|---|---|---|---|---|---|
"""
CREDENTIALS = {"api_key": "API key", "oauth": "OAuth", "token": "token", "password": "password"}


def table() -> str:
    """One line per connector, platforms first."""
    manifests = sorted((load_manifest(name) for name in names()), key=lambda one: (one.role == "crm", one.name))
    return HEAD + "".join(_line(one) for one in manifests)


def text(standing: str) -> str:
    """The README with the table as it must be."""
    before, _, rest = standing.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def _line(one: Manifest) -> str:
    ways = {CREDENTIALS.get(way, way) for way in one.credentials}
    abilities = sorted(one.capabilities - {*one.credentials, "webhooks", "unsigned_webhooks"})
    cells = [
        f"[{one.title}](docs/connectors/{one.name}.md)",
        "CRM" if one.role == "crm" else "platform",
        ", ".join(sorted(ways)),
        ", ".join(ability.replace("_", " ") for ability in abilities),
        f"{one.limits.calls_per_hour:,}",
        "webhooks, and polled" if one.webhook else "polled",
    ]
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    FILE.write_text(text(FILE.read_text(encoding="utf-8")), encoding="utf-8")
