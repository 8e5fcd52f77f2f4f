"""The daily export: a manifest that agrees with the sync log, and files for organisations that import by hand."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from giftbridge.jobs.context import App
from giftbridge.jobs.export import files as writing
from giftbridge.jobs.export import run as exports
from giftbridge.jobs.pull import files
from giftbridge.stores.connections import Connection, owner
from giftbridge.stores.runs import OUTCOMES
from local.sandbox.common.journal import is_read
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.ends import ADA
from tests.rows.money import ITEM, auction, paid, people
from tests.rows.pairing import PairSite, apart, backends
from tests.world import MovingClock

CRMS = ["bloomerang", "kindful", "virtuous"]
ZONE = "America/Los_Angeles"
GIVEN = "2026-11-02T03:30:00Z"
"""The evening of the first of November there."""
HEADS = {
    "bloomerang": ("First Name", "Last Name", "Email Address", "Date", "Amount", "Method", "Fund"),
    "kindful": ("First Name", "Last Name", "Email", "Transaction Date", "Amount", "Transaction Type", "Fund"),
    "virtuous": ("First Name", "Last Name", "Email", "Gift Date", "Amount", "Gift Type", "Project Code"),
}
REFERENCE = {"bloomerang": "Note", "kindful": "Transaction ID", "virtuous": "Transaction ID"}
KNOWN_AS = {"bloomerang": "Account Number", "kindful": "Contact ID", "virtuous": "Contact ID"}


@pytest.fixture(scope="module")
def keys(deployment: Deployment) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with backends(deployment) as found:
        yield found


@pytest.fixture(params=CRMS)
def by_hand(request: pytest.FixtureRequest, deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """An organisation that imports by hand, with Bo in its CRM."""
    site = apart(deployment, keys["handbid"], "handbid", request.param)
    return site.connect(import_by_hand=True, time_zone=ZONE, contacts=False)


def standing(app: App, site: Site) -> Connection:
    """The connection as it is now."""
    return app.connections.get(owner("handbid", site.platform.id), site.connection)


def today(app: App) -> date:
    """By the clock of `app`, UTC."""
    return app.now().date()


def exported(deployment: Deployment, app: App, site: Site, day: date) -> dict[str, Any]:
    """The manifest of a day, asked for now and made by the deployed function."""
    before = written_at(deployment, app, site, day)
    exports.plan(app, standing(app, site), day)
    eventually(lambda: written_at(deployment, app, site, day) not in ("", before), 90)
    found: dict[str, Any] = json.loads(stored(deployment, app, site, day))
    return found


def key_of(app: App, site: Site, day: date) -> str:
    """Where a manifest lies."""
    one = standing(app, site)
    return f"manifests/{one.platform}/{one.organisation}/{one.id}/{day}.json"


def written_at(deployment: Deployment, app: App, site: Site, day: date) -> str:
    """Which version of it is there; empty for none."""
    versions = deployment.stack.client("s3").list_object_versions(
        Bucket=deployment.stack.env["EXPORT_BUCKET"], Prefix=key_of(app, site, day)
    )
    return "".join(one["VersionId"] for one in versions.get("Versions", ()) if one["IsLatest"])


def stored(deployment: Deployment, app: App, site: Site, day: date) -> bytes:
    """The manifest's bytes."""
    s3, bucket = deployment.stack.client("s3"), deployment.stack.env["EXPORT_BUCKET"]
    found: bytes = s3.get_object(Bucket=bucket, Key=key_of(app, site, day))["Body"].read()
    return found


def held(site: PairSite, who: str, *cents: int) -> str:
    """An auction that is reconciled, with a receipt of so many payments; its gift run has ended."""
    payments = [{"amount": one, "method": "cash", "occurred_at": GIVEN} for one in cents]
    receipt = {"contactId": who, "items": [{**ITEM, "name": "=SUM(A1:A9)"}], "payments": payments}
    made = site.ours.sandbox.hold_auction(name="Gala", receipts=[receipt])
    site.ours.sandbox.set_event_status(made["event"]["id"], "reconciled")
    site.ended(subject=str(made["event"]["id"]))
    return str(made["event"]["id"])


def gifts_of(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """Its lines about gifts."""
    return [line for run in manifest["runs"] for line in run["records"] if line["kind"] == "gift"]


def rows_of(site: Site, name: str) -> list[dict[str, str]]:
    """The rows of an import file, as staff gets it."""
    return list(csv.DictReader(io.StringIO(site.get(f"~/imports/{name}")["csv"], newline="")))


def writes(site: PairSite) -> dict[str, int]:
    """Calls to the CRM that change something there."""
    reads = ("/query", "/Query", "/Search", "/integrations/status", "Webhook", "/hooks")
    return {
        call: n for call, n in site.end.sandbox.calls().items() if not (is_read(call) or any(x in call for x in reads))
    }


def test_F64_the_manifest_agrees_with_the_sync_log_and_tells_no_donor(
    deployment: Deployment, connected: Site, app: App
) -> None:
    site = connected
    site.first_sync("yes")
    ada, bo = people(site, 2)
    held_there = auction(site, paid(ada, 5_000, 25_05), paid(bo, 700))
    site.reconcile(str(held_there["event"]["id"]))
    manifest = exported(deployment, app, site, today(app))
    log = {run["id"]: run for run in site.runs()}
    assert {run["id"] for run in manifest["runs"]} == log.keys()
    for run in manifest["runs"]:
        for side in ("crm", "platform"):
            told = log[run["id"]]["counts"][side]
            assert run[side] == {name: told[name] for name in ("read", *OUTCOMES)}
        lines = {(line["kind"], line["id"], line["outcome"], line["code"]) for line in site.records(run["id"])}
        assert {(x["kind"], x["record_id"], x["outcome"], x["code"]) for x in run["records"]} == lines
    assert manifest["sums"]["created"] == sum(
        run["counts"][side]["created"] for run in log.values() for side in ("crm", "platform")
    )
    crm = {str(round(gift["Amount"] * 100)): gift for gift in site.gifts()}
    assert manifest["totals"] == {"cents": 8_205, "funds": {str(site.crm.fund()): 8_205}}
    assert crm.keys() == {"5000", "2505", "700"}, "the books are those of the CRM"
    receipts = {str(one["id"]) for one in held_there["receipts"]}
    for line in gifts_of(manifest):
        assert line["reference"] == f"handbid-{site.platform.id}-{line['record_id']}"
        assert line["invoice"] in receipts
    canonical = json.dumps(manifest["runs"], sort_keys=True, separators=(",", ":"))
    assert manifest["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()
    text = stored(deployment, app, site, today(app)).decode()
    for person in site.contacts().values():
        for field in ("email", "phone", "lastName"):
            assert not person.get(field) or f'"{person[field]}"' not in text


def test_F64_a_day_written_twice_is_the_same_object(deployment: Deployment, connected: Site, app: App) -> None:
    (ada,) = people(connected, 1)
    connected.reconcile(str(auction(connected, paid(ada, 5_000))["event"]["id"]))
    day = today(app)
    exported(deployment, app, connected, day)
    first = stored(deployment, app, connected, day)
    exported(deployment, app, connected, day)
    assert stored(deployment, app, connected, day) == first


def test_F64_gifts_of_who_imports_by_hand_are_in_a_file_and_nothing_goes_by_the_api(
    deployment: Deployment, by_hand: PairSite, app: App
) -> None:
    site = by_hand
    ada = site.ours.add(**ADA)
    site.end.sandbox.reset_journal()
    event = held(site, ada, 5_000, 25_05)
    (run,) = site.runs(subject=event)
    assert run["counts"]["crm"].items() >= {"read": 2, "created": 2, "failed": 0}.items()
    lines = [line for line in site.records(run["id"]) if line["kind"] == "gift"]
    assert {(line["code"], line["stage"]) for line in lines} == {("in_import_file", "in_file")}
    manifest = exported(deployment, app, site, today(app))
    (file,) = manifest["files"]
    text = site.get(f"~/imports/{file['name']}")["csv"]
    rows = rows_of(site, file["name"])
    first, last, email, day, amount, method, fund = HEADS[site.crm_name]
    assert [row[first] for row in rows] == ["Ada", "Ada"]
    assert {(row[last], row[email], row[KNOWN_AS[site.crm_name]]) for row in rows} == {("Lane", ADA["email"], "")}
    assert {row[day] for row in rows} == {"11/01/2026"}, "the organisation's day"
    assert sorted(row[amount] for row in rows) == ["25.05", "50.00"]
    assert {row[method].casefold() for row in rows} == {"cash"}
    assert all(row[fund] for row in rows)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    for line in gifts_of(manifest):
        assert [row for row in rows if line["reference"] in row[REFERENCE[site.crm_name]]]
    assert (file["gifts"], file["rows"], file["cents"]) == (2, 2, 7_505)
    assert sum(file["funds"].values()) == manifest["totals"]["cents"] == 7_505
    assert file["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert writes(site) == {}
    assert site.end.gifts() == []
    assert ADA["email"] not in site.end.people()


def test_F64_a_gift_is_in_one_file_only_whatever_comes_again(
    deployment: Deployment, by_hand: PairSite, app: App
) -> None:
    site = by_hand
    ada = site.ours.add(**ADA)
    event = held(site, ada, 5_000)
    (line,) = gifts_of(exported(deployment, app, site, today(app)))
    before = len(site.runs(kind="gifts"))
    site.ours.sandbox.set_event_status(event, "closed")
    site.ours.sandbox.set_event_status(event, "reconciled")
    site.post("~/records/retry", {"kind": "gift", "side": "platform", "id": line["record_id"]})
    ended = site.ended(before + 2, kind="gifts")
    assert sum(run["counts"]["crm"]["created"] for run in ended) == 1
    held(site, ada, 700)
    names = [one["name"] for one in exported(deployment, app, site, today(app))["files"]]
    assert len(names) == 2, "what comes after a file was written is in another"
    amounts = [[row[HEADS[site.crm_name][4]] for row in rows_of(site, name)] for name in names]
    assert amounts == [["50.00"], ["7.00"]]
    listed = site.get("~/imports")["items"]
    assert [(one["name"], one["gifts"], one["cents"]) for one in listed] == [(names[0], 1, 5_000), (names[1], 1, 700)]


def test_F64_whom_the_crm_knows_is_named_by_its_id(deployment: Deployment, site: Site, app: App) -> None:
    site.connect()
    site.person("Ada")
    site.first_sync("yes")
    assert site.call("PATCH", "~", {"import_by_hand": True}).is_success
    (ada,) = [one for one, row in site.contacts().items() if row["firstName"] == "Ada"]
    (account,) = [one for one, row in site.constituents().items() if row["FirstName"] == "Ada"]
    site.reconcile(str(auction(site, paid(ada, 5_000))["event"]["id"]))
    (file,) = exported(deployment, app, site, today(app))["files"]
    assert [row["Account Number"] for row in rows_of(site, file["name"])] == [account]
    assert site.gifts() == []


def test_F64_the_file_is_unreadable_in_the_bucket_and_gone_after_seven_days(
    deployment: Deployment, site: Site, app: App, clock: MovingClock
) -> None:
    site.connect(import_by_hand=True)
    ada = site.person("Zebulonia")
    site.reconcile(str(auction(site, paid(ada, 5_000))["event"]["id"]))
    assert [
        one.where for one in deployment.stored() if b"Zebulonia" in one.content and "sandbox" not in one.where
    ] == []
    day = today(app)
    (file,) = exported(deployment, app, site, day)["files"]
    assert [row["First Name"] for row in rows_of(site, file["name"])] == ["Zebulonia"]
    assert [one.where for one in deployment.stored() if b"Zebulonia" in one.content] == []
    (listed,) = site.get("~/imports")["items"]
    written = datetime.fromisoformat(listed["written_at"])
    assert datetime.fromisoformat(listed["expires_at"]) - written == timedelta(days=7)
    connection = standing(app, site)
    clock.advance(days=6, hours=23)
    assert files.read(app, connection, file["name"])
    clock.advance(hours=1, minutes=1)
    with pytest.raises(Exception, match="expired"):
        files.read(app, connection, file["name"])
    assert [writing.told(one) for one in writing.write_files(app, connection, day)] == [file], (
        "the books still tell of it"
    )
    with pytest.raises(Exception, match="expired"):
        files.read(app, connection, file["name"])


def test_F64_a_refund_of_what_was_imported_by_hand_is_told_for_staff_to_enter(site: Site) -> None:
    site.connect(import_by_hand=True)
    held_there = auction(site, paid(site.person("Ada"), 5_000))
    site.reconcile(str(held_there["event"]["id"]))
    (payment,) = held_there["transactions"]
    site.platform.refund(str(payment["id"]))
    (run,) = site.ended(mode="records")
    (line,) = site.records(run["id"])
    assert (line["outcome"], line["code"]) == ("skipped", "refund_by_hand")
    assert site.gifts() == []


def test_F64_the_clock_asks_for_yesterday(deployment: Deployment, connected: Site, app: App) -> None:
    assert deployment.stack.invoke("BatchExportFunction", {"detail-type": "daily-export"})["planned"] >= 1
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    eventually(lambda: written_at(deployment, app, connected, yesterday), 120)
    manifest = json.loads(stored(deployment, app, connected, yesterday))
    assert (manifest["day"], manifest["runs"], manifest["files"]) == (yesterday.isoformat(), [], [])
