"""`python -m local.soak --seed 7 --events 10000`: exit 1 where something was lost or happened twice."""

import argparse
import signal
import sys
import time
from functools import partial

from local.build import BuildError
from local.paths import ROOT, RUN
from local.processes import StartError
from local.soak.plan import plan
from local.soak.pump import NoRestError
from local.soak.run import Pace, soak
from local.soak.table import text
from local.stack import DeployError
from local.story.stage import Busy, ops, stage
from local.story.telling import Teller, Wrong

FOLDER = RUN / "soak"
EXPECTED = (Wrong, Busy, BuildError, DeployError, StartError, NoRestError)


def main() -> int:
    """Play it on a stack of its own. 0: what went in is what came out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    options = _options()
    try:
        wanted = plan(options.seed, options.events)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    pace = Pace(options.rate, options.events_per_fault, options.events_per_kill)
    began, teller = time.monotonic(), Teller()
    try:
        with stage(teller, FOLDER) as stack:
            result = soak(
                stack,
                partial(ops, folder=FOLDER),
                wanted,
                pace,
                lambda line: teller.say(f"{time.monotonic() - began:6.0f} s  {line}"),
            )
    except EXPECTED as error:
        print(f"   WRONG  {error}\n   Logs are in {FOLDER.relative_to(ROOT)}", flush=True)
        return 1
    print(f"\n{text(result)}", flush=True)
    return 1 if result.differences else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Many events on the deployed stack, disturbed all the while.")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same events")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=Pace.events_per_second, help="events a second")
    parser.add_argument("--events-per-fault", type=float, default=Pace.events_per_fault)
    parser.add_argument("--events-per-kill", type=float, default=Pace.events_per_kill)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
