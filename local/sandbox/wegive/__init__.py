"""A stateful sandbox of the WeGive dashboard API.

`python -m local.sandbox.wegive --port 4704` serves it; `WeGiveSandbox` serves it from a test.
"""

from local.sandbox.wegive.sandbox import WeGiveControl, WeGiveOrganisation, WeGiveSandbox

__all__ = ["WeGiveControl", "WeGiveOrganisation", "WeGiveSandbox"]
