"""Gifts for files that staff imports: the worker dies around any call, and each gift is in one file all the same."""

import csv
import io

from giftbridge.jobs.export import run as exports
from giftbridge.jobs.pull import files
from tests.crash.stories import hold_auction, reconcile
from tests.crash.tap import Killed, Moment, Tap, some_kills
from tests.crash.test_kill_everywhere import finish
from tests.jobs.driving import connected
from tests.world import Pair, World


def play(world: World, kill_at: int = -1, moment: Moment = "before") -> tuple[list[str], Tap]:
    """An auction goes over and the day is exported, killed once on the way; what staff finds in all files."""
    world.begin_again()
    pair = world.connect({"import_by_hand": True}, first_sync="declined")
    hold_auction(pair, guests=1)
    tap = Tap(kill_at=kill_at, moment=moment)
    tap.attach(world.app)
    try:
        _story(world, pair)
    except Killed:
        Tap().attach(world.app)
        _story(world, pair)
    Tap().attach(world.app)
    finish(world, pair)
    _export(world, pair)
    finish(world, pair)
    return _amounts(world, pair), tap


def _story(world: World, pair: Pair) -> None:
    reconcile(world, pair)
    world.pump()
    _export(world, pair)
    world.pump()


def _export(world: World, pair: Pair) -> None:
    exports.plan(world.app, connected(world, pair), world.app.now().date())


def _amounts(world: World, pair: Pair) -> list[str]:
    connection = connected(world, pair)
    there = world.app.imports.between(connection.id, "2000-01-01", "2999-12-31")
    assert all(one.written_at for one in there)
    texts = [files.read(world.app, connection, one.name) for one in there]
    return sorted(row["Amount"] for text in texts for row in csv.DictReader(io.StringIO(text, newline="")))


def test_F64_killed_around_every_call_each_gift_is_in_one_file(world: World) -> None:
    undisturbed, recorded = play(world)
    assert undisturbed == ["90.00"]
    kills = some_kills(recorded.calls)
    found = {(number, moment): play(world, number, moment) for number, moment in kills}
    wrong = {kill: (amounts, str(tap.calls[-1])) for kill, (amounts, tap) in found.items() if amounts != undisturbed}
    assert wrong == {}
    assert sum(tap.dead for _, tap in found.values()) >= 0.9 * len(kills) > 0
