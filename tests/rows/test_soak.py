"""F41, P06: a small soak of all five pairs on the deployed stack; `make soak` is the long one."""

from collections import Counter

from local.soak.plan import plan
from local.soak.run import Pace, soak
from local.soak.table import text
from tests.rows.conftest import Deployment

EVENTS = 150
SEED = 7


def test_F41_in_a_soak_nothing_is_lost_and_nothing_happens_twice(deployment: Deployment) -> None:
    pace = Pace(events_per_second=6.0, events_per_fault=6.0, events_per_kill=50.0)
    result = soak(deployment.stack, deployment.ops, plan(SEED, EVENTS), pace, print)
    assert result.differences == [], text(result)
    assert result.played + result.dropped.total() == EVENTS
    assert result.killed >= 1
    assert sum(result.faults.values()) >= 10
    came_out: Counter[str] = Counter()
    for row in result.rows:
        came_out[row.kind] += row.came_out
    assert all(came_out[kind] for kind in ("contacts in the CRM", "donors", "gifts", "thanks", "interactions"))
