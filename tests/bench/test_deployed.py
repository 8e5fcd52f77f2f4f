"""What is measured of functions, once each, on the deployed stack."""

from local.bench import cold, intake
from local.paths import BUILD
from tests.rows.conftest import Site

LAYER = BUILD / "SharedLayer" / "python"
STATUS = {"webhook_intake": 202, "oauth_callback": 404, "portal": 401}
"""A webhook is accepted; a ticket of nobody gets a page that says so."""


def test_an_accepted_webhook_costs_what_it_may(synced: Site) -> None:
    found = intake.measure(synced, rounds=1, requests=20)
    told = list(intake.lines(found))
    assert 0 < found["median_ms"] <= found["p95_ms"]
    assert [line for line in told if line.of.endswith("webhook") and not line.met] == []
    assert found["calls"]["dynamodb"] >= 1


def test_every_function_starts_cold_from_the_build(synced: Site) -> None:
    starts = {start.name: start for start in cold.starts_of(synced)}
    assert len(starts) == len(synced.deployment.stack.functions)
    for start in starts.values():
        found = start.seconds(LAYER, cold.first_event(synced, start.folder))
        assert found["import"] > 0
        assert found["status"] == STATUS.get(start.folder, 200), start.name
    costly = starts["WebhookIntakeFunction"].costly_imports(LAYER, cold.first_event(synced, "webhook_intake"))
    assert any(one.startswith("botocore") for one in costly)
