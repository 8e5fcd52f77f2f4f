"""A stateful sandbox of Gratavid, a platform of thank-you videos.

Gratavid publishes no API of its own; what is known is its Power Automate connector: tasks, notes, and notifications.
`python -m local.sandbox.gratavid --port 4705` serves it; `GratavidSandbox` serves it from a test.
"""

from local.sandbox.gratavid.sandbox import GratavidAccount, GratavidControl, GratavidSandbox

__all__ = ["GratavidAccount", "GratavidControl", "GratavidSandbox"]
