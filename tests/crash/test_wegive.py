"""P06: schedules and import files, killed before and after every outside call: one schedule, one payment, one row."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from giftbridge.errors import Conflict
from giftbridge.jobs.pull import files
from giftbridge.settings import vendor_override
from local.sandbox.wegive import WeGiveSandbox
from tests.crash.tap import Killed, Moment, Tap, some_kills
from tests.crash.test_kill_everywhere import difference
from tests.wegive_world import WeGivePair, connect, look, look_at_crm
from tests.world import QUEUES, World


@pytest.fixture(scope="module")
def wegive_server() -> Iterator[WeGiveSandbox]:
    """The platform."""
    with WeGiveSandbox() as server:
        yield server


@pytest.fixture
def wegive(wegive_server: WeGiveSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeGiveSandbox]:
    """The platform, to which the connector is led."""
    monkeypatch.setenv("GIFTBRIDGE_WEGIVE_URL", f"{wegive_server.url}/api")
    vendor_override.cache_clear()
    yield wegive_server
    vendor_override.cache_clear()


@dataclass(frozen=True)
class Story:
    """What is there before, and what starts the job that is to be disturbed."""

    name: str
    prepare: Callable[[World, WeGiveSandbox], WeGivePair]
    start: Callable[[World, WeGivePair], None]


def first_payment(world: World, wegive: WeGiveSandbox) -> WeGivePair:
    """A schedule that the CRM does not know yet, paid twice."""
    pair = connect(world, wegive)
    ada = pair.platform.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")
    plan = pair.platform.schedule(ada, amount=2_500)
    for _ in range(2):
        pair.platform.charge(plan)
    return pair


def other_rhythm(world: World, wegive: WeGiveSandbox) -> WeGivePair:
    """A schedule that the CRM has, with another frequency and amount since, and paid again."""
    pair = first_payment(world, wegive)
    look(world, pair)
    world.pump()
    plan = pair.platform.state()["scheduled-donations"][0]["id"]
    pair.platform.edit_schedule(plan, frequency="quarterly", amount=7_500)
    pair.platform.charge(plan)
    return pair


def gifts_entered(world: World, wegive: WeGiveSandbox) -> WeGivePair:
    """Gifts that staff entered in the CRM, of somebody WeGive knows and of somebody it does not."""
    pair = connect(world, wegive, pull=True)
    look_at_crm(world, pair)
    pair.platform.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")
    for first, dollars in (("Ada", 10.0), ("Ada", 20.0), ("Bo", 30.0)):
        email = {"Type": "Home", "Value": f"{first.lower()}@example.org", "IsPrimary": True}
        body = {"Type": "Individual", "FirstName": first, "LastName": "Lane", "PrimaryEmail": email}
        known = [row for row in pair.crm.state()["constituents"] if row["FirstName"] == first]
        who = known[0]["Id"] if known else pair.crm.staff_call("POST", "/constituent", body)["Id"]
        part = {"Type": "Donation", "Amount": dollars, "FundId": pair.crm.fund()}
        gift = {"AccountId": who, "Date": "2026-03-01", "Amount": dollars, "Method": "Cash", "Designations": [part]}
        pair.crm.staff_call("POST", "/transaction", gift)
    return pair


def pull(world: World, pair: WeGivePair) -> None:
    """The CRM's gifts are looked at."""
    look_at_crm(world, pair)


STORIES = [
    Story("schedule", first_payment, look),
    Story("other_rhythm", other_rhythm, look),
    Story("pull", gifts_entered, pull),
]


def finish(world: World, pair: WeGivePair) -> None:
    """Deliver and tick until only the next look at the CRM is left, with time passing as it would."""
    for _ in range(20):
        world.advance(pair, minutes=3)
        world.tick()
        left = [work for queue in QUEUES for work in world.app.inbox.waiting(pair.connection.account, queue)]
        if all(work.kind == "pull" for work in left) and not pair.now(world).pull.get("run"):
            return
    raise AssertionError(f"still due: {[(one.kind, one.attempt, one.stage, one.error) for one in left]}")


def end_state(world: World, pair: WeGivePair) -> str:
    """Both sides and what was told, without ids and times."""
    crm = pair.crm.state()
    plans = {
        part["Id"]: [part["Amount"], part["RecurringDonationFrequency"], part["RecurringDonationStatus"]]
        for gift in crm["transactions"] for part in gift["Designations"] if part["Type"] == "RecurringDonation"
    }  # fmt: skip
    given = [
        [
            gift["Amount"],
            *([part["Type"], plans.get(part.get("RecurringDonationId", 0))] for part in gift["Designations"]),
        ]
        for gift in crm["transactions"]
    ]
    told = {
        "gifts": sorted(map(json.dumps, given)),
        "schedules": sorted(map(json.dumps, plans.values())),
        "people": sorted(row["FirstName"] for row in crm["constituents"]),
        "donors": sorted(row["first_name"] for row in pair.platform.state()["donors"]),
        "rows": sorted(row["amount"] for row in _rows(world, pair)),
        "counts": _counts(world, pair),
        "unended": sum(not run.ended for run in world.app.runs.latest(pair.connection.id, 50)),
    }
    return json.dumps(told, indent=1, sort_keys=True)


def _rows(world: World, pair: WeGivePair) -> Iterator[dict[str, str]]:
    for run in world.app.runs.latest(pair.connection.id, 50):
        names = [line["record_id"] for line in world.app.runs.lines(run.id) if line["kind"] == "file"]
        for name in names:
            yield from csv.DictReader(io.StringIO(files.read(world.app, pair.connection, name)))


def _counts(world: World, pair: WeGivePair) -> dict[str, int]:
    """What all runs counted as created and updated together."""
    runs = world.app.runs.latest(pair.connection.id, 50)
    names = ("crm_created", "crm_updated", "platform_created", "platform_updated", "platform_failed", "crm_failed")
    return {name: sum(run.counts.get(name, 0) for run in runs) for name in names}


def disturbed(world: World, wegive: WeGiveSandbox, story: Story, kill_at: int, moment: Moment) -> tuple[str, Tap]:
    """The end state after one kill."""
    world.begin_again()
    pair = story.prepare(world, wegive)
    tap = Tap(kill_at=kill_at, moment=moment)
    tap.attach(world.app)
    try:
        story.start(world, pair)
        world.pump()
    except Killed:
        Tap().attach(world.app)
        with suppress(Conflict):  # a start that died is asked for again; one that is under way says so
            story.start(world, pair)
    Tap().attach(world.app)
    finish(world, pair)
    return end_state(world, pair), tap


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_P06_killed_before_and_after_every_call(world: World, wegive: WeGiveSandbox, story: Story) -> None:
    undisturbed, recorded = disturbed(world, wegive, story, -1, "before")
    broken = []
    kills = some_kills(recorded.calls)
    for number, moment in kills:
        state, tap = disturbed(world, wegive, story, number, moment)
        if state != undisturbed:
            broken.append(f"{number} {moment} {tap.calls[-1]}\n{difference(undisturbed, state)}")
    assert not broken, "\n".join(broken)
    assert len(kills) >= 4
