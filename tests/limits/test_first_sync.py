"""A first sync of 20,000 contacts on each side: in steps, killed and resumed, in no more memory than a small one."""

import json
import os
import random
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts import run as contacts
from local.paths import DEV_PYTHON, ROOT
from local.sandbox.bloomerang import BloomerangSandbox
from local.sandbox.handbid import HandbidSandbox
from local.stores import Stores
from tests.calls.conftest import same_people
from tests.world import Pair, World

SMALL, LARGE = 1_000, 20_000
ONLY_HERE = ONLY_THERE = 200
KILLS = 3
LEASE = 120.0
"""Seconds after which a killed worker's lease and intents have ended."""
MEMORY = 1.1


@dataclass
class Labour:
    """What the workers of one first sync took."""

    steps: int = 0
    killed: int = 0
    peak_kb: int = 0
    seconds: float = field(default=0.0)


class Worker:
    """One process of `tests.limits.worker`."""

    def __init__(self, stores: Stores, account: str, ahead: float, vendors: dict[str, str]) -> None:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "shared")])
        env = {
            **os.environ, **stores.env, **vendors, "AWS_ENDPOINT_URL": stores.endpoint, "PYTHONPATH": paths,
            "STAGE": "local", "STEP_SECONDS": "15", "POWERTOOLS_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [str(DEV_PYTHON), "-m", "tests.limits.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            cwd=ROOT,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"account": account, "ahead": ahead}).encode() + b"\n")
        self._process.stdin.flush()

    def watch(self, seconds: float) -> int:
        """Let it work for so long, or to its end; the most memory it had, in kB."""
        deadline, peak = time.monotonic() + seconds, 0
        while time.monotonic() < deadline and self._process.poll() is None:
            peak = max(peak, peak_kb(self._process.pid))
            time.sleep(0.05)
        return peak

    def kill(self) -> bool:
        """End it at once; False where it had ended."""
        running = self._process.poll() is None
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()
        return running

    def steps(self) -> int:
        """What it said in the end."""
        told, _ = self._process.communicate()
        assert self._process.returncode == 0
        return int(json.loads(told.splitlines()[-1])["steps"])


def peak_kb(pid: int) -> int:
    """The most memory that a process had, in kB; 0 where it is gone. `ru_maxrss` begins with what its parent had."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def first_sync(world: World, stores: Stores, pair: Pair, kill_after: list[float]) -> Labour:
    """Workers one after another; each but the last is killed after its time."""
    vendors = {"GIFTBRIDGE_BLOOMERANG_URL": f"{world.bloomerang.url}/v2", "GIFTBRIDGE_HANDBID_URL": world.handbid.url}
    contacts.start(world.app, pair.connection, "first", "tester")
    began, labour = time.monotonic(), Labour()
    for number, seconds in enumerate([*kill_after, 3600.0]):
        worker = Worker(stores, pair.connection.account, number * LEASE, vendors)
        labour.peak_kb = max(labour.peak_kb, worker.watch(seconds))
        if number < len(kill_after):
            labour.killed += worker.kill()
        else:
            labour.steps = worker.steps()
    labour.seconds = time.monotonic() - began
    return labour


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="a worker's memory is read from /proc")
def test_a_first_sync_of_20_000_resumes_after_kills_in_the_memory_of_a_small_one(
    world: World, stores: Stores, bloomerang: BloomerangSandbox, handbid: HandbidSandbox
) -> None:
    small = world.connect()
    same_people(small, SMALL)
    usual = first_sync(world, stores, small, [])
    large = world.connect()
    same_people(large, LARGE)
    large.crm.seed(people=ONLY_HERE, seed="only here", without_email=0, without_address=1)
    large.platform.seed_people(ONLY_THERE, seed="only there")
    large.crm.reset_journal()
    dice = random.Random(20_000)
    labour = first_sync(world, stores, large, [dice.uniform(3, 25) for _ in range(KILLS)])
    print(usual, labour)
    _assert_agreed(world, large)
    assert labour.killed == KILLS
    assert labour.steps > 1
    walk = [entry["query"]["skip"] for entry in large.crm.journal("GET", "/v2/constituents")
            if entry["query"].get("orderBy") == "Id"]  # fmt: skip
    assert len(walk) <= len(set(walk)) + KILLS, "only the page of each kill is read again"
    assert labour.peak_kb <= MEMORY * usual.peak_kb


def _assert_agreed(world: World, pair: Pair) -> None:
    run = world.latest(pair)
    assert run.state == "done"
    for side, created in ((Side.CRM, ONLY_THERE), (Side.PLATFORM, ONLY_HERE)):
        counts = world.counts(run, side)
        assert counts["read"] == LARGE + created
        assert (counts["created"], counts.get("failed", 0)) == (created, 0)
    assert len(pair.crm.state()["constituents"]) == LARGE + ONLY_HERE + ONLY_THERE
    assert len(pair.platform.state("contacts")["contacts"]) == LARGE + ONLY_HERE + ONLY_THERE
