"""A stateful sandbox of the Kindful API: import queue, queries, links, webhooks, for customers and for partners.

`python -m local.sandbox.kindful --port 4703` serves it; `KindfulSandbox` serves it from a test.
"""

from local.sandbox.kindful.sandbox import KindfulAccount, KindfulControl, KindfulSandbox

__all__ = ["KindfulAccount", "KindfulControl", "KindfulSandbox"]
