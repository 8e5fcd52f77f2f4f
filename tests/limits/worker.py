"""A worker as a process of its own, to be killed and measured: it takes an account's contacts step by step to the end.

Reads one line of JSON, `{"account": ..., "ahead": seconds}`; its clock goes ahead so far, past the lease of whoever was
killed before it. Its last line, after those of the log, is JSON: how many steps it took.
"""

import json
import sys
from datetime import datetime, timedelta

from giftbridge import bootstrap
from giftbridge.aws.clock import SystemClock
from giftbridge.jobs import dispatch
from giftbridge.settings import Settings


class ClockAhead(SystemClock):
    """Real time, shifted."""

    def __init__(self, ahead: float) -> None:
        self._ahead = timedelta(seconds=ahead)

    def now(self) -> datetime:
        """UTC."""
        return super().now() + self._ahead


def work(account: str, ahead: float) -> int:
    """Steps until nothing is due."""
    app = bootstrap.build(Settings.from_environment(), ClockAhead(ahead), measure=lambda _name, _value: None)
    steps = 0
    while app.inbox.due(account, "contacts", app.now(), limit=1):
        dispatch.doorbell(app, "contacts", json.dumps({"v": 1, "account": account}))
        steps += 1
    return steps


if __name__ == "__main__":
    print(json.dumps({"steps": work(**json.loads(sys.stdin.readline()))}))
