"""A stateful sandbox of the Bloomerang CRM REST API (v2).

`python -m local.sandbox.bloomerang --port 4701` serves it; `BloomerangSandbox` serves it from a test.
"""

from local.sandbox.bloomerang.sandbox import BloomerangControl, BloomerangDatabase, BloomerangSandbox

__all__ = ["BloomerangControl", "BloomerangDatabase", "BloomerangSandbox"]
