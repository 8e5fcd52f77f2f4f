"""For each alarm of the deployed stack a cause that makes it fire."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest

from giftbridge.jobs import configure
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.stores.accounts import Fence
from giftbridge.stores.connections import owner
from giftbridge.stores.inbox import Work
from tests.rows.alarming import WORKERS, Watch, definitions, send
from tests.rows.conftest import Site, event_file, eventually
from tests.rows.visiting import let_in

FUNCTIONS = (
    "oauth_callback", "webhook_intake", "contact_sync", "transaction_push", "batch_export", "management", "portal",
)  # fmt: skip
SAMPLES = 250
"""CloudWatch leaves an alarm on p95 alone below 200 in a period."""

Cause = Callable[[Watch, str], None]
"""Makes the alarm of this name fire, sees that it does, and puts everything back."""


# -- queues


def poison(watch: Watch, name: str) -> None:
    """A message that no code understands was sent to each queue when all began; five tries later it is dead."""
    assert watch.fires(name, timeout=180)
    queue = name.partition("-")[0].capitalize()
    watch.client("sqs").purge_queue(QueueUrl=watch.deployment.stack.resources[f"{queue}Dlq"])
    assert watch.state(name) == "OK"


def lost_trigger(watch: Watch, name: str) -> None:
    """The bus delivers an event of which nothing can be made, however often it is tried."""
    entry = {"Source": "handbid", "DetailType": "event.reconciled", "Detail": json.dumps({"v": 1})}
    bus = watch.deployment.stack.env["EVENT_BUS_NAME"]
    watch.client("events").put_events(Entries=[{**entry, "EventBusName": bus}])
    assert watch.fires(name, timeout=60)


def nobody_takes(watch: Watch, name: str) -> None:
    """A doorbell lies in the queue, as its function takes none."""
    queue = name.partition("-")[0]
    eventually(lambda: watch.state(name, datetime.now(UTC) + timedelta(minutes=16)) == "OK")
    with _not_consumed(watch, f"{WORKERS[queue]}Function"):
        send(watch.deployment, queue, json.dumps({"v": 1, "account": f"bloomerang:{uuid4().hex}"}))
        assert watch.state(name, datetime.now(UTC) + timedelta(minutes=14)) == "OK"
        assert watch.fires(name, later=timedelta(minutes=16))
    eventually(lambda: watch.state(name, datetime.now(UTC) + timedelta(minutes=16)) == "OK")


@contextmanager
def _not_consumed(watch: Watch, function: str) -> Iterator[None]:
    lambdas, name = watch.client("lambda"), watch.deployment.stack.resources[function]
    (source,) = lambdas.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    lambdas.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    try:
        yield
    finally:
        lambdas.update_event_source_mapping(UUID=source["UUID"], Enabled=True)


# -- functions


def bad_deploy(watch: Watch, name: str) -> None:
    """The function's handler is not where it is said to be."""
    lambdas, function = watch.client("lambda"), watch.function(name)
    usual = lambdas.get_function_configuration(FunctionName=function)["Handler"]
    lambdas.update_function_configuration(FunctionName=function, Handler="app.nothing")
    try:
        assert lambdas.invoke(FunctionName=function, Payload="{}")["FunctionError"]
    finally:
        lambdas.update_function_configuration(FunctionName=function, Handler=usual)
    assert watch.fires(name)


def no_concurrency(watch: Watch, name: str) -> None:
    """The function may not run at all."""
    lambdas, function = watch.client("lambda"), watch.function(name)
    lambdas.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    try:
        with pytest.raises(lambdas.exceptions.TooManyRequestsException):
            lambdas.invoke(FunctionName=function, Payload="{}")
    finally:
        lambdas.delete_function_concurrency(FunctionName=function)
    assert watch.fires(name)


def broken_row(watch: Watch, name: str) -> None:
    """A stored connection lacks what every connection has, and its organisation lists its connections."""
    site = watch.site()
    with _broken(watch, site):
        assert site.call("GET", "/connections").status_code == 500
    assert watch.fires(name)


def broken_page(watch: Watch, name: str) -> None:
    """The same, in the portal."""
    site = watch.site()
    staff = let_in(site)
    with _broken(watch, site):
        page = staff.ask("GET", "")
    assert (page.status_code, "It was written down" in page.text) == (500, True)
    assert watch.fires(name)


@contextmanager
def _broken(watch: Watch, site: Site) -> Iterator[None]:
    table, tables = watch.deployment.stack.env["CONNECTIONS_TABLE"], watch.client("dynamodb")
    key = {"pk": {"S": f"ORG#{owner('handbid', site.platform.id)}"}, "sk": {"S": "CONNECTION#broken"}}
    tables.put_item(TableName=table, Item=key)
    try:
        yield
    finally:
        tables.delete_item(TableName=table, Key=key)


def missing_setting(watch: Watch, name: str) -> None:
    """The function was deployed without the name of a table; somebody who gives consent sees a page of regret."""
    lambdas, function = watch.client("lambda"), watch.function(name)
    usual = lambdas.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    lacking = {key: value for key, value in usual.items() if key != "CONNECTIONS_TABLE"}
    lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": lacking})
    try:
        assert httpx.get(f"{watch.deployment.stack.api}/oauth/start", params={"ticket": "any"}).status_code == 500
    finally:
        lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": usual})
    assert watch.fires(name)


def unknown_work(watch: Watch, name: str) -> None:
    """Work of a kind that the code knows nothing to do for: it fails at that, and puts it off."""
    queue = next(queue for queue, logical in WORKERS.items() if logical == _logical(watch, name))
    account = f"bloomerang:{uuid4().hex}"
    work = Work(
        account=account, queue=queue, kind=cast(Any, "unheard-of"), id="1", organisation="handbid:nobody",
        connection="none", lane="edits", next_due=watch.app.now(),
    )  # fmt: skip
    assert watch.app.inbox.add(work)
    ring(watch.app, account, queue)
    assert watch.fires(name)
    watch.app.inbox.finish(work, watch.app.now())


def _logical(watch: Watch, alarm: str) -> str:
    names = {name: logical for logical, name in watch.deployment.stack.functions.items()}
    return names[watch.function(alarm)].removesuffix("Function")


def stalled_intake(watch: Watch, name: str) -> None:
    """The machine stalls while a webhook is in it.

    That is measured once; that it goes on for three periods, with webhooks enough for a percentile, is given.
    """
    function = "WebhookIntakeFunction"
    watch.deployment.forget(function)
    _webhook(watch)  # starts a process
    pids = [worker["pid"] for worker in watch.deployment.stack.workers(function)]
    with ThreadPoolExecutor() as pool, _stopped(pids):
        waiting = pool.submit(_webhook, watch)
        eventually(lambda: any(worker["busy"] for worker in watch.deployment.stack.workers(function)))
        time.sleep(0.5)
        assert not waiting.done()
    slowest = _slowest(watch, watch.deployment.stack.resources[function])
    assert slowest > definitions(watch.deployment)[name]["Threshold"]
    assert watch.state(name) == "OK"
    assert _given(watch, name, slowest) == "ALARM"


@contextmanager
def _stopped(pids: Iterable[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _webhook(watch: Watch) -> None:
    assert httpx.post(f"{watch.deployment.stack.api}/webhooks/handbid/none", content=b"{}", timeout=30).is_error


def _slowest(watch: Watch, function: str) -> float:
    found = watch.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="Duration", Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=watch.since, EndTime=datetime.now(UTC) + timedelta(minutes=1), Period=3600, Statistics=["Maximum"],
    )  # fmt: skip
    return max(float(point["Maximum"]) for point in found["Datapoints"])


def _given(watch: Watch, name: str, milliseconds: float) -> str:
    """The alarm's state after as many periods as it looks at, each with many calls that took so long."""
    alarm, now = definitions(watch.deployment)[name], datetime.now(UTC)
    periods = [now + timedelta(seconds=age * alarm["Period"]) for age in range(alarm["EvaluationPeriods"])]
    value = {"Values": [milliseconds], "Counts": [SAMPLES], "Unit": "Milliseconds", "MetricName": alarm["MetricName"]}
    watch.client("cloudwatch").put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[{**value, "Dimensions": alarm["Dimensions"], "Timestamp": at} for at in periods],
    )
    return watch.state(name, periods[-1] + timedelta(seconds=1))


# -- work


def tick(watch: Watch) -> None:
    """The clock's tick, waited for."""
    watch.deployment.stack.invoke("ContactSyncFunction", event_file("contact_sync_tick"))


def hung_worker(watch: Watch, name: str) -> None:
    """Work has been due for twenty minutes, tick after tick, as somebody holds its account and does nothing."""
    site, app = watch.site().connect(), watch.app
    site.first_sync("no")
    schedule = configure.schedule_of(app, app.connections.get(owner("handbid", site.platform.id), site.connection))
    assert schedule is not None
    fence = _held(app, schedule.account)
    app.inbox.postpone(schedule, app.now() - timedelta(minutes=20))
    tick(watch)
    between = datetime.now(UTC)
    tick(watch)
    assert watch.state(name, between + timedelta(minutes=5)) == "ALARM"
    assert " 0 missing" in definitions(watch.deployment)[name]["StateReason"], "the clock did not stand still"
    app.accounts.end_step(fence)


def _held(app: App, account: str) -> Fence:
    """The account for an hour, as soon as nobody else has it."""
    held = eventually(lambda: app.accounts.begin_step(account, "contacts", app.now(), app.now() + timedelta(hours=1)))
    assert held is not None
    return held


def revoked_key(watch: Watch, name: str) -> None:
    """The CRM takes a connection's key no more; with a new one the alarm ends."""
    site = watch.site().connect()
    site.first_sync("no")
    tick(watch)
    assert watch.state(name) == "OK"
    site.crm.revoke_key()
    site.post("~/sync")
    eventually(lambda: site.view()["health"] == "reconnect")
    tick(watch)
    assert watch.state(name) == "ALARM"
    site.crm.add_key("another-key-of-the-same-database")
    site.post("~/reconnect", {"credentials": {"api_key": "another-key-of-the-same-database"}})
    well = datetime.now(UTC)
    tick(watch)
    assert watch.state(name, well + timedelta(minutes=5)) == "OK"


def no_run(watch: Watch, name: str) -> None:
    """One run, and then none for six hours."""
    watch.site().connect().first_sync("no")
    eventually(lambda: watch.state(name) == "OK")
    ended = datetime.now(UTC)
    assert watch.state(name, ended + timedelta(hours=5, minutes=55)) == "OK"
    assert watch.state(name, ended + timedelta(hours=6, minutes=5)) == "ALARM"


CAUSES: Mapping[str, Cause] = {
    **dict.fromkeys((f"{queue}-dlq-not-empty" for queue in WORKERS), poison),
    "trigger-dlq-not-empty": lost_trigger,
    **dict.fromkeys((f"{queue}-queue-age" for queue in WORKERS), nobody_takes),
    **dict.fromkeys((f"{function}-errors" for function in FUNCTIONS), bad_deploy),
    **dict.fromkeys((f"{function}-throttles" for function in FUNCTIONS), no_concurrency),
    **dict.fromkeys(
        (f"{function}-bugs" for function in ("contact_sync", "transaction_push", "batch_export")), unknown_work
    ),
    "management-bugs": broken_row,
    "portal-bugs": broken_page,
    "oauth_callback-bugs": missing_setting,
    "intake-latency": stalled_intake,
    "oldest-due-work": hung_worker,
    "connections-unhealthy": revoked_key,
    "no-run": no_run,
}
"""Alarm -> what makes it fire."""
