"""P06, F41: the worker dies before and after every outside call while it thanks; nobody is ever thanked twice."""

from datetime import timedelta

from giftbridge.domain.contact import Side
from giftbridge.jobs.clock import tick
from giftbridge.jobs.thanks import watch
from local.sandbox.gratavid import GratavidSandbox
from tests.crash.tap import Killed, Moment, Tap, some_kills
from tests.thanking import Thanker, connected
from tests.world import QUEUES, World

HORIZON = timedelta(minutes=10)


def prepared(world: World, sandbox: GratavidSandbox) -> tuple[Thanker, list[str]]:
    """Two donors gave, and one of them reached a milestone; the triggers."""
    world.begin_again()
    there = connected(world, sandbox)
    tick(world.app)
    world.pump()  # Gratavid knows where to call: not what dies here
    goal = {"measure": "lifetime", "thresholds": [20_000], "action": "note", "note": there.platform.note()}
    there.set(new_donation=True, milestones={"big": goal})
    ada, bo = there.donor(), there.donor("Bo", email="bo@example.org")
    gifts = [there.give(ada, 50), there.give(bo, 250)]
    there.pass_time(seconds=2)
    return there, [*gifts, f"{bo}:lifetime:20000"]


def finish(there: Thanker) -> None:
    """Deliver and tick until nothing is due for a while."""
    world = there.world
    account = there.connection.account
    for _ in range(20):
        there.pass_time(minutes=3)
        tick(world.app)
        world.pump()
        left = [work for queue in QUEUES for work in world.app.inbox.waiting(account, queue)]
        if not [work for work in left if work.kind not in ("thanks", "cadence")]:
            return
    raise AssertionError(f"still due after an hour: {[(one.kind, one.attempt, one.error) for one in left]}")


def disturbed(world: World, sandbox: GratavidSandbox, kill_at: int, moment: Moment) -> tuple[dict[str, int], Tap]:
    """Trigger -> how often it was thanked for, after one kill; each is linked, or waits for a person's answer."""
    there, triggers = prepared(world, sandbox)
    tap = Tap(kill_at=kill_at, moment=moment)
    tap.attach(world.app)
    try:
        watch.look(world.app, there.connection, "tester")
        world.pump()
    except Killed:
        pass
    Tap().attach(world.app)
    finish(there)
    there.ended()
    sends = {"ada": there.platform.tasks("ada@example.org"), "bo": there.platform.tasks("bo@example.org")}
    counted = [len(sends["ada"]), len(sends["bo"]), len(there.platform.sends())]
    links = there.world.app.links.find(there.id, "gift", Side.CRM, triggers)
    for trigger, count in zip(triggers, counted, strict=True):
        link = links[trigger]
        assert (link.state, count) in (("linked", 1), ("parked", 0), ("parked", 1)), (trigger, link.state, count)
        assert link.state == "linked" or link.asks
        assert link.intent is None
    assert sum(link.state == "parked" for link in links.values()) <= 1
    return dict(zip(triggers, counted, strict=True)), tap


def test_P06_nobody_is_thanked_twice_whenever_the_worker_dies(
    world: World, gratavid_sandbox: GratavidSandbox, thanker: Thanker
) -> None:
    undisturbed, recorded = disturbed(world, gratavid_sandbox, -1, "before")
    assert list(undisturbed.values()) == [1, 1, 1]
    kills = some_kills(recorded.calls)
    broken, died = [], 0
    for number, moment in kills:
        try:
            _, tap = disturbed(world, gratavid_sandbox, number, moment)
        except AssertionError as wrong:
            broken.append(f"{number} {moment} {recorded.calls[number]}: {wrong}")
            continue
        died += tap.dead
    assert not broken, "\n".join(broken)
    assert len(kills) >= 7
    assert died >= 0.9 * len(kills), "many of these kills never happened"
