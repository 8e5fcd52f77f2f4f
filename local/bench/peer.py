"""Side by side with a peer: dlt pulls the constituents that a sweep of ours reads and compares, of one sandbox."""

import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from giftbridge.connectors.registry import manifest
from local.bench.course import swept
from local.bench.ground import counted_world
from local.bench.lines import Figures, Line, thousands
from local.bench.profiles import PROFILES, Filled
from local.setup import SetupError, Venv
from tests.calls.conftest import cost

PEER = Venv(".venv-bench", ("local/requirements-bench.txt",))
ROUNDS = 3
AIM = 3.0


def measure(contacts: int, rounds: int = ROUNDS) -> Figures:
    """The best of interleaved rounds of both, or why the peer can't be had."""
    try:
        if not PEER.is_ready():
            PEER.make()
    except SetupError as error:
        return {"contacts": contacts, "missing": str(error).splitlines()[-1][:200]}
    with counted_world("bloomerang") as (world, _):
        filled = PROFILES[0].fill(world, contacts)
        cost(world, filled.pair, "first")
        filled.rest()
        both = [(_ours(filled), _theirs(filled)) for _ in range(rounds)]
    ours, theirs = (min(side, key=lambda one: one["seconds"]) for side in zip(*both, strict=True))
    return {"contacts": contacts, "ours": ours, "theirs": theirs}


def lines(found: Iterable[Figures]) -> Iterator[Line]:
    """A line per size: rows read a second, of which ours reads two for each of dlt's, the platform's and the CRM's."""
    for one in found:
        head = f"{thousands(one['contacts'])} constituents of Bloomerang's sandbox"
        if "missing" in one:
            yield Line("Peer: dlt", head, "not measured", f"dlt can't be installed: {one['missing']}")
            continue
        ours, theirs = 2 * one["contacts"] / one["ours"]["seconds"], one["contacts"] / one["theirs"]["seconds"]
        extract = one["contacts"] / one["theirs"]["extract_seconds"]
        yield Line(
            "Peer: dlt", head, f"{thousands(ours)} rows a second, of both sides, read and compared",
            f"dlt {thousands(theirs)}, of the CRM, into DuckDB ({thousands(extract)} extracted): {ours / theirs:.1f} x",
            f">= {AIM:.0f} x", ours / theirs >= AIM,
        )  # fmt: skip
        computed = 2 * one["theirs"]["computed"] / one["ours"]["computed"]
        yield Line("Peer: dlt", f"{head}: processor time a row", f"{computed:.1f} x less than dlt")


def _ours(filled: Filled) -> dict[str, float]:
    began, computing = time.perf_counter(), time.process_time()
    swept(filled)
    return {"seconds": time.perf_counter() - began, "computed": time.process_time() - computing}


def _theirs(filled: Filled) -> dict[str, Any]:
    python, script = PEER.path / "bin" / "python", Path(__file__).with_name("dlt_pull.py")
    crm = filled.pair.crm
    wanted = {"url": f"{crm.url}/v2", "key": crm.api_key, "size": manifest("bloomerang").limits.page_size}
    done = subprocess.run(
        [str(python), str(script)], input=json.dumps(wanted), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"dlt failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["rows"] == len(filled.platform_ids), found
    return found
