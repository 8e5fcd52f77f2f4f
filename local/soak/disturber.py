"""What goes wrong meanwhile: vendors that fail in every way they can, and workers that are killed."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from local.soak.site import Site
from local.stack import Stack

VICTIMS: Final = ("ContactSyncFunction", "TransactionPushFunction", "WebhookIntakeFunction")
VISIBILITY_SECONDS: Final = 31
"""More than a worker's time-out, as everywhere, but less than somebody who watches can wait for."""
WRITES: Final = ("POST", "PUT", "PATCH")
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"mode": "status", "status": 429, "retry_after": 1},
    {"mode": "status", "status": 500},
    {"mode": "status", "status": 500, "effect": "now"},
    {"mode": "status", "status": 503},
    {"mode": "reset_before"},
    {"mode": "reset_after"},
    {"mode": "truncated"},
    {"mode": "slow", "seconds": 2.0},
)
"""`reset_after`, `truncated` and a 500 with an effect: it was done, and nobody is told."""


@dataclass
class Disturber:
    """Two threads that go on until the end of `disturbing`."""

    stack: Stack
    sites: Sequence[Site]
    seed: int
    fault_pause: float
    kill_pause: float
    killed: int = 0
    hit: Counter[str] = field(default_factory=Counter)
    """What went wrong with a call -> how often."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def disturbing(self) -> Iterator[None]:
        """Disturb while the body runs; afterwards nothing fails any more."""
        threads = [threading.Thread(target=one, daemon=True) for one in (self._fail, self._kill)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._over.set()
            for one in threads:
                one.join()
            for site in self.sites:
                for end in (site.crm, site.platform):
                    self._mend(end.sandbox)

    def _fail(self) -> None:
        dice = Random(f"{self.seed}:faults")
        while not self._over.wait(dice.uniform(0, 2 * self.fault_pause)):
            site = dice.choice(self.sites)
            end = dice.choice((site.crm, site.platform))
            fault = {**dice.choice(FAULTS), "count": dice.choice((1, 1, 1, 2))}
            if dice.random() < 0.5:
                fault["method"] = dice.choice(WRITES)
            end.sandbox.fault(**fault)

    def _mend(self, sandbox: Any) -> None:
        for fault in sandbox.faults():
            self.hit[_name(fault)] += fault["hits"]
        sandbox.clear_faults()

    def _kill(self) -> None:
        dice = Random(f"{self.seed}:kills")
        while not self._over.wait(dice.uniform(0, 2 * self.kill_pause)):
            self.killed += self._kill_one(dice)

    def _kill_one(self, dice: Random) -> bool:
        """End a process that is at work, by its id; where none is, wait for one."""
        while not self._over.wait(0.02):
            busy = [one["pid"] for name in VICTIMS for one in self.stack.workers(name) if one["busy"]]
            if busy:
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(busy), signal.SIGKILL)
                    return True
        return False


def _name(fault: dict[str, Any]) -> str:
    done = " after its work" if fault["effect"] == "now" else ""
    return f"{fault['status']}{done}" if fault["mode"] == "status" else str(fault["mode"])


@contextmanager
def short_visibility(stack: Stack) -> Iterator[None]:
    """A message whose worker was killed comes back soon."""
    client = stack.client("sqs")
    urls = [stack.env[f"{queue}_QUEUE_URL"] for queue in ("CONTACTS", "GIFTS")]
    name = "VisibilityTimeout"
    usual = {url: client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls}
    for url in urls:
        client.set_queue_attributes(QueueUrl=url, Attributes={name: str(VISIBILITY_SECONDS)})
    try:
        yield
    finally:
        for url in urls:
            client.set_queue_attributes(QueueUrl=url, Attributes=usual[url])
