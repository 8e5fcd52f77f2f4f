"""Webhook intake, warm: what its sender waits for, and what an accepted webhook costs in calls to AWS."""

import time
from collections import Counter
from collections.abc import Iterator
from unittest.mock import patch

import httpx

from giftbridge import bootstrap
from giftbridge.settings import Settings
from local.aws import environment
from local.bench.lines import Figures, Line
from tests.rows.conftest import Site
from tests.rows.counting import Counted
from tests.rows.test_webhooks import signed

WARM_UP, REQUESTS, ROUNDS = 10, 100, 3
P95_MS = 100.0
MOST = {"dynamodb": 2, "sqs": 1, "kms": 0}


def measure(site: Site, rounds: int = ROUNDS, requests: int = REQUESTS) -> Figures:
    """The best p95 and median of some rounds in ms, and the calls of one webhook by service."""
    waited = [_waits(site, requests) for _ in range(rounds)]
    p95 = [sorted(one)[int(requests * 0.95) - 1] for one in waited]
    medians = [sorted(one)[requests // 2] for one in waited]
    return {"p95_ms": min(p95) * 1000, "median_ms": min(medians) * 1000, "calls": _calls(site)}


def lines(found: Figures) -> Iterator[Line]:
    """What the sender waits, and each service's calls."""
    yield Line(
        "Webhook intake", "warm, as the sender sees it", f"p95 {found['p95_ms']:.0f} ms",
        f"median {found['median_ms']:.0f} ms", f"<= {P95_MS:.0f} ms", found["p95_ms"] <= P95_MS,
    )  # fmt: skip
    for service, most in MOST.items():
        made = found["calls"].get(service, 0)
        yield Line(
            "Webhook intake", f"{service} calls of an accepted webhook", str(made), "", f"<= {most}", made <= most
        )


def _waits(site: Site, requests: int) -> list[float]:
    """Seconds, for events about nothing: no work follows that would disturb."""
    took = []
    with httpx.Client(timeout=60) as http:
        for number in range(WARM_UP + requests):
            request = signed(site, "event.reconciled", f"nothing-{number}")
            began = time.perf_counter()
            http.post(request.url, content=request.body, headers=request.headers).raise_for_status()
            took.append(time.perf_counter() - began)
    return took[WARM_UP:]


def _calls(site: Site) -> dict[str, int]:
    """The same code in this process over the stack's tables; the first webhook reads what later ones know."""
    counted, stack = Counted(), site.deployment.stack
    hook = site.webhook["url"].rsplit("/", 1)[-1]
    with patch.dict("os.environ", {**stack.env, **environment(stack.endpoint)}):
        intake = bootstrap.build_intake(Settings.from_environment(stack.env), session=counted.session())
        for _ in range(2):
            counted.calls.clear()
            request = signed(site, "event.reconciled", "nothing")
            assert intake.receive("handbid", hook, request.headers, request.body.encode()) == 1
    return dict(Counter(call.partition(":")[0] for call in counted.calls))
