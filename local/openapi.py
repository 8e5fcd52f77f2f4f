"""Write the management API's description from its code: `python -m local.openapi`."""

import sys

import yaml

from local.paths import ROOT

sys.path.insert(0, str(ROOT / "layers" / "shared"))

from giftbridge.api.management import describe

FILE = ROOT / "docs" / "management-api.yaml"


def text() -> str:
    """The document as it is checked in."""
    return str(yaml.safe_dump(describe(), sort_keys=False, allow_unicode=True, width=120))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
