"""What an operator does at three in the morning, with the command line as it is installed."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from giftbridge.jobs.context import App
from giftbridge.jobs.redrive import Wanted, stuck, waiting
from local.aws import environment
from local.paths import ROOT
from tests.rows.conftest import CLOCK, Deployment, Site, eventually
from tests.rows.money import auction, cents, paid, people
from tests.rows.people import spent

REFUSED, USAGE, NOTHING = 1, 2, 3


@dataclass
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What a script reads."""
        return json.loads(self.out)


@dataclass
class Shell:
    """The operator's terminal."""

    deployment: Deployment

    def run(self, *words: str, where: tuple[str, ...] = (), **variables: str) -> Said:
        """`./giftbridge`, for this stack unless another place is named."""
        place = where or ("--stack", str(self.deployment.file))
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIFTBRIDGE_")} | variables
        done = subprocess.run(
            [str(ROOT / "giftbridge"), *place, *words], cwd="/", capture_output=True, text=True, env=env,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shell(deployment: Deployment) -> Shell:
    """At the stack."""
    return Shell(deployment)


@pytest.fixture
def letters(deployment: Deployment) -> Iterator[Any]:
    """Puts a doorbell where SQS puts one that failed five times: behind its queue."""
    client = deployment.stack.client("sqs")

    def kill(site: Site, queue: str) -> None:
        client.send_message(
            QueueUrl=dead_letters(deployment, queue),
            MessageBody=json.dumps({"v": 1, "account": f"bloomerang:{site.crm.id}"}),
            MessageGroupId=site.crm.id, MessageDeduplicationId=os.urandom(8).hex(),
        )  # fmt: skip

    yield kill
    for queue in ("contacts", "gifts"):
        client.purge_queue(QueueUrl=dead_letters(deployment, queue))


def dead_letters(deployment: Deployment, queue: str) -> str:
    """URL of a dead-letter queue."""
    return deployment.stack.resources[f"{queue.capitalize()}Dlq"]


def failed_update(site: Site, name: str = "Ada") -> str:
    """A contact whose webhook came while the CRM answered by errors; its id on the platform."""
    who = site.person(name)
    site.sync()
    site.crm.fault("status", status=500, count=None)
    site.platform.edit_contact(who, lastName="Early")
    assert site.platform.hand_made_event("contact.updated", who)["answer"] == 202
    eventually(lambda: [work for work in site.get("~/waiting")["items"] if work["error"] == "http_500"])
    return who


def last_name(site: Site) -> str:
    """Ada's, in the CRM."""
    (ada,) = [row for row in site.constituents().values() if row["FirstName"] == "Ada"]
    return str(ada["LastName"])


def chosen(site: Site) -> tuple[str, ...]:
    """Filters that mean this site's failed webhook alone."""
    return ("--connection", site.connection, "--kind", "run", "--error", "http_500")


def lost_event(deployment: Deployment, site: Site) -> str:
    """An auction with one gift, reconciled while nobody heard of it but a trigger that was lost; the auction's id."""
    (who,) = people(site, 1)
    event = str(auction(site, paid(who, 5000))["event"]["id"])
    site.platform.set(webhook={"types": []})
    site.platform.set_event_status(event, "reconciled")
    lost = {
        "source": "handbid", "detail-type": "event.reconciled",
        "detail": {"v": 1, "platform": "handbid", "organisation": site.platform.id, "event_id": event},
    }  # fmt: skip
    lose(deployment, json.dumps(lost))
    return event


def lose(deployment: Deployment, body: str) -> None:
    """Put a trigger where those go that were lost."""
    url = deployment.stack.resources["TriggerDlq"]
    deployment.stack.client("sqs").send_message(QueueUrl=url, MessageBody=body)


# -- F60, P08


def test_F60_P08_a_redrive_by_filter_works_from_what_is_so_now(shell: Shell, synced: Site, letters: Any) -> None:
    site = synced
    who = failed_update(site)
    letters(site, "contacts")
    (line,) = shell.run("dlq", "ls", *chosen(site), "--json").json["stuck"]
    assert (line["error"], line["account"]) == ("http_500", f"bloomerang:{site.crm.id}")
    shown = shell.run("dlq", "show", line["key"], "--account", line["account"], "--json")
    assert shown.json["stage"] == "run"
    assert "Early" not in shown.out
    site.platform.edit_contact(who, lastName="Late")
    site.crm.clear_faults()
    preview = shell.run("dlq", "redrive", *chosen(site), "--dry-run", "--json")
    assert [(row["kind"], row["error"]) for row in preview.json] == [("run", "http_500")]
    with spent(site) as calls:
        done = shell.run("dlq", "redrive", *chosen(site), "--rate", "5", "--yes", "--json")
    assert (done.code, done.json["still_stuck"]) == (0, []), done
    eventually(lambda: last_name(site) == "Late")
    assert sum(number for call, number in calls.items() if call.startswith(("PUT", "POST"))) <= 1
    assert shell.run("dlq", "ls", *chosen(site)).code == NOTHING
    eventually(lambda: shell.run("dlq", "ls", "--json").json["letters"]["contacts"] == 0)


def test_F60_redriving_by_awss_own_button_works_too(
    deployment: Deployment, synced: Site, letters: Any, app: App
) -> None:
    site = synced
    who = failed_update(site)
    site.platform.edit_contact(who, lastName="Late")
    site.crm.clear_faults()
    for work in stuck(app, Wanted(connection=site.connection)):
        app.inbox.postpone(work, app.now(), error=work.error, attempt=work.attempt)
    letters(site, "contacts")
    client = deployment.stack.client("sqs")
    url = dead_letters(deployment, "contacts")
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    told = client.get_queue_attributes(QueueUrl=deployment.stack.env["CONTACTS_QUEUE_URL"], AttributeNames=["QueueArn"])
    client.start_message_move_task(SourceArn=arn, DestinationArn=told["Attributes"]["QueueArn"])
    eventually(lambda: last_name(site) == "Late")
    eventually(lambda: not waiting(app, Wanted(connection=site.connection, kind="run")))


def test_F60_while_the_crm_is_down_nothing_is_changed(shell: Shell, synced: Site) -> None:
    site = synced
    failed_update(site)
    done = shell.run("dlq", "redrive", *chosen(site), "--yes")
    assert (done.code, "Left alone" in done.err, "Nothing was changed" in done.err) == (NOTHING, True, True)
    (line,) = shell.run("dlq", "ls", *chosen(site), "--json").json["stuck"]
    assert line["tries"] == 1
    site.crm.clear_faults()


def test_F60_dead_letters_of_work_that_went_through_are_cleared(shell: Shell, synced: Site, letters: Any) -> None:
    letters(synced, "gifts")
    assert shell.run("dlq", "ls", "--kind", "doorbell", "--json").json["letters"]["gifts"] == 1
    assert shell.run("dlq", "redrive", "--kind", "doorbell", "--yes").code == 0
    assert shell.run("dlq", "ls", "--kind", "doorbell", "--json").json["letters"]["gifts"] == 0


def test_F60_what_fits_nothing_or_is_not_confirmed_changes_nothing(shell: Shell, synced: Site) -> None:
    site = synced
    failed_update(site)
    for words in (("redrive", "--kind", "gift"), ("discard", "--kind", "gift", "--yes"), ("ls", "--error", "KeyError")):
        done = shell.run("dlq", *words, "--connection", site.connection)
        assert (done.code, "that fits" in done.err) == (NOTHING, True), done
    for word in ("discard", "redrive"):
        site.crm.clear_faults()
        asked = shell.run("dlq", word, *chosen(site))
        assert (asked.code, "Nothing was changed" in asked.err) == (USAGE, True), asked
    assert len(shell.run("dlq", "ls", *chosen(site), "--json").json["stuck"]) == 1


def test_F60_what_is_given_up_can_be_brought_back(shell: Shell, deployment: Deployment, synced: Site) -> None:
    site = synced
    (who,) = people(site, 1)
    event = auction(site, paid(who, 5000))["event"]["id"]
    site.platform.fault("status", status=500, count=None)
    site.platform.set_event_status(event, "reconciled")
    filters = ("--connection", site.connection, "--kind", "reconcile", "--error", "http_500")
    eventually(lambda: shell.run("dlq", "ls", *filters).code == 0)
    assert shell.run("dlq", "discard", *filters, "--yes").code == 0
    site.platform.clear_faults()
    deployment.tick()
    assert shell.run("dlq", "ls", *filters).code == NOTHING
    past = shell.run("webhooks", "ls", site.connection, "--kind", "reconcile", "--json").json
    assert [(one["subject"], one["state"].partition(":")[0]) for one in past] == [(event, "given up by operator")]
    assert site.gifts() == []
    assert shell.run("webhooks", "replay", site.connection, "--event", past[0]["event"], "--yes").code == 0
    eventually(lambda: [cents(gift["Amount"]) for gift in site.gifts()] == [5000])
    assert shell.run("webhooks", "replay", site.connection, "--kind", "reconcile", "--yes").code == 0
    site.ended(2, kind="gifts")
    assert len(site.gifts()) == 1, "an event that is done again records nothing twice"


def test_F60_a_lost_trigger_is_listed_and_delivered(shell: Shell, deployment: Deployment, synced: Site) -> None:
    site = synced
    lost_event(deployment, site)
    listed = shell.run("dlq", "ls", "--kind", "trigger", "--json").json["stuck"]
    assert "event.reconciled" in {row["subject"] for row in listed}
    done = shell.run("dlq", "redrive", "--kind", "trigger", "--yes", "--json")
    assert (done.code, done.json["triggers"]) == (0, len(listed)), done
    eventually(lambda: [cents(gift["Amount"]) for gift in site.gifts()] == [5000])
    assert shell.run("dlq", "ls", "--kind", "trigger", "--json").json["letters"]["trigger"] == 0


# -- the other commands


def test_an_operator_syncs_previews_reads_the_log_and_retries(shell: Shell, synced: Site) -> None:
    site = synced
    site.person("Ada")
    (row,) = [one for one in shell.run("connections", "--json").json if one["connection"] == site.connection]
    assert (row["organisation"], row["health"]) == (f"handbid:{site.platform.id}", "healthy")
    (run,) = shell.run("sync", site.connection, "--json").json
    assert (run["state"], run["created"], run["failed"]) == ("done", 1, 0)
    assert run["started_by"].startswith("operator:")
    (record,) = shell.run("runs", site.connection, run["run"], "--outcome", "created", "--json").json
    assert record["kind"] == "contact"
    assert run["run"] in {one["run"] for one in shell.run("runs", site.connection, "--json").json}
    (preview,) = shell.run("preview", site.connection, "--json").json
    assert (preview["mode"], preview["state"]) == ("preview", "done")
    nothing = shell.run("retry", site.connection, run["run"])
    assert (nothing.code, "Nothing of this run can be tried again." in nothing.err) == (REFUSED, True)


def test_a_wrong_place_is_told_in_a_sentence(shell: Shell, deployment: Deployment) -> None:
    elsewhere = environment(deployment.stack.endpoint)
    for words in (("connections",), ("doctor",), ("dlq", "ls")):
        done = shell.run(*words, where=("--stack-name", "somebody-elses"), **elsewhere)
        assert (done.code, "credentials" in done.err) == (REFUSED, True), done
    nowhere = shell.run("connections", where=("--stack-name", ""))
    assert (nowhere.code, "Name a stack" in nowhere.err) == (USAGE, True)
    missing = shell.run("sync", "nothing")
    assert (missing.code, "There is no connection nothing" in missing.err) == (REFUSED, True)


def test_the_doctor_finds_what_is_wrong(shell: Shell, deployment: Deployment, synced: Site) -> None:
    deployment.tick()
    eventually(lambda: _states(shell)["last tick"] == "ok")
    found = _states(shell)
    sound = {"stack", "account", "key", "key rotation", "roles", "schedule clock", "schedule daily-export"}
    sound |= {f"consumer {queue}" for queue in ("contacts", "gifts", "exports")}
    sound |= {f"table {name}" for name in ("connections", "links", "runs", "inbox")}
    sound |= {
        f"function {name}" for name in ("contact_sync", "transaction_push", "batch_export", "management", "portal")
    }
    assert {check: found.get(check) for check in sound} == dict.fromkeys(sound, "ok")
    lambdas = deployment.stack.client("lambda")
    name = deployment.stack.resources["BatchExportFunction"]
    (consumer,) = lambdas.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    lambdas.update_event_source_mapping(UUID=consumer["UUID"], Enabled=False)
    try:
        assert _states(shell)["consumer exports"] == "wrong"
        assert shell.run("doctor").code == REFUSED
    finally:
        lambdas.update_event_source_mapping(UUID=consumer["UUID"], Enabled=True)
    assert CLOCK in deployment.stack.resources


def _states(shell: Shell) -> dict[str, str]:
    return {row["check"]: row["state"] for row in shell.run("doctor", "--json").json}
