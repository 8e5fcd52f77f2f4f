"""The operator's command line: `python -m ops`, with the operator's own AWS credentials."""

import sys
from pathlib import Path

SHARED = str(Path(__file__).resolve().parent.parent / "layers" / "shared")
if SHARED not in sys.path:
    sys.path.insert(0, SHARED)
