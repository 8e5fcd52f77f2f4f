"""F65: every line of every function's log is JSON, tells what it belongs to, and nothing of a person."""

import json
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from giftbridge.jobs.context import App
from local.stack import FunctionError
from tests.rows.alarm_causes import unknown_work
from tests.rows.alarming import Watch
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.test_at_rest import PEOPLE, readable
from tests.rows.visiting import let_in

PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
"""Lines of Lambda itself, which the emulator writes as text."""


def told(deployment: Deployment, function: str) -> list[Any]:
    """The lines of a function's log (logical id) that are not Lambda's, parsed."""
    text = deployment.stack.log(function)
    return [json.loads(line) for line in text.splitlines() if not line.startswith(PLATFORM)]


def story(deployment: Deployment, site: Site) -> tuple[str, str]:
    """People on both sides, webhooks, a gift, mistakes; the ids of a run of contacts and of one of gifts."""
    for first, last, email, phone, street in PEOPLE:
        address = {"streetAddress": street, "city": "Springfield", "state": "IL", "zip": "62701", "country": "US"}
        site.person(first, last, email=f"{email}@example.org", phone=phone, address=address)
    run = site.first_sync()["id"]
    donor = next(iter(site.contacts()))
    receipt = {"contactId": donor, "items": [{"name": "Quilt", "price": "50.00"}], "payments": [{}]}
    held = site.platform.hold_auction(name="Gala", receipts=[receipt])
    gifts = site.reconcile(held["event"]["id"])["id"]
    site.platform.hand_made_event("contact.updated", donor)
    assert site.call("POST", f"~/runs/{run}/retry", {"email": f"{PEOPLE[0][2]}@example.org"}).is_error
    httpx.get(f"{deployment.stack.api}/oauth/start", params={"ticket": PEOPLE[0][2]})
    httpx.post(f"{deployment.stack.api}/webhooks/handbid/{uuid4().hex}", json={"name": PEOPLE[0][0]})
    with pytest.raises(FunctionError):
        deployment.stack.invoke("BatchExportFunction", {"detail-type": "no-export"})
    staff = let_in(site)
    assert PEOPLE[0][0] in staff.ask("GET", f"/c/{site.connection}/log/{run}").text
    typed = {"username": f"{PEOPLE[0][2]}@example.org", "api_key": PEOPLE[0][0]}
    assert staff.ask("POST", "/connect/bloomerang/key", typed).is_error
    return run, gifts


def test_F65_every_line_tells_what_it_belongs_to_and_nothing_of_a_person(
    deployment: Deployment, connected: Site
) -> None:
    run, gifts = story(deployment, connected)
    for function, one in (("ContactSyncFunction", run), ("TransactionPushFunction", gifts)):
        eventually(partial(_tells, deployment, function, one, "RunsFinished"))  # once the invocation has ended
    for function in ("ManagementFunction", "PortalFunction"):
        eventually(partial(_tells, deployment, function, run, "status"))
    own: dict[str, list[Any]] = {}
    for function in deployment.stack.functions:
        found = eventually(partial(told, deployment, function))
        for line in found:
            lambdas = "log_level" in line  # what a function raises, as Lambda writes it
            assert lambdas or (line["function_request_id"] and line["xray_trace_id"]), line
        own[function] = [line for line in found if line.get("connection") == connected.connection]
    assert {line["run"] for line in own["ContactSyncFunction"] if "run" in line} >= {run}
    assert {line["run"] for line in own["TransactionPushFunction"] if "run" in line} >= {gifts}
    assert {line["run"] for line in own["ManagementFunction"] if "run" in line} >= {run}
    assert {line["run"] for line in own["PortalFunction"] if "run" in line} >= {run}
    assert own["WebhookIntakeFunction"]
    assert not readable([each for each in deployment.stored() if each.where.startswith("log ")])


def test_F65_a_bug_is_told_by_class_and_place(deployment: Deployment, app: App, site: Site) -> None:
    unknown_work(Watch(deployment, app, lambda: site), "transaction_push-bugs")
    (bug,) = eventually(lambda: [one for one in told(deployment, "TransactionPushFunction") if _is_bug(one)][-1:])
    assert bug["error"] == "KeyError"
    assert bug["places"][-1].startswith("step.py:")
    assert (bug["connection"], bug["queue"], bug["level"]) == ("none", "gifts", "ERROR")
    assert "unheard-of" not in json.dumps(bug)


def _tells(deployment: Deployment, function: str, run: str, what: str) -> bool:
    """Whether the log has a line of a run with this key."""
    return any(line.get("run") == run and what in line for line in told(deployment, function))


def _is_bug(line: Any) -> bool:
    return bool(line.get("message") == "bug")
