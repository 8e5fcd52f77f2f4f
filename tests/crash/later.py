"""Stories with a CRM that takes in later what it is handed: how they are played to the end, and disturbed."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict
from giftbridge.jobs import confirming
from giftbridge.stores.link import ASKED
from tests.crash.stories import Story
from tests.crash.tap import Killed, Moment, Site, Tap, some_kills
from tests.crash.test_kill_everywhere import HORIZON, difference
from tests.world import QUEUES, Pair, World

ROUNDS = 30


@dataclass(frozen=True)
class Later:
    """A CRM by what its people do, and what it has in the end."""

    take_in: Callable[[Pair], Any]
    """Let all that was handed over be taken in."""
    people: Callable[[Pair], dict[str, str]]
    """Id by which a link knows somebody -> the person as one text."""
    gifts: Callable[[Pair], list[str]]
    """Every gift as one text, without ids and times."""

    def rest(self, world: World, pair: Pair) -> None:
        """Deliver, tick and take in until nothing is due, with time passing as it would."""
        for _ in range(ROUNDS):
            world.advance(pair, minutes=3)
            self.take_in(pair)
            world.tick()
            if _due(world, pair):
                continue
            if not _submitted(world, pair):
                return
            confirming.keep_asking(world.app, _connection(world, pair))  # as the schedule does each time
            world.advance(pair, hours=1)
        raise AssertionError(f"still due: {_due(world, pair)} or submitted: {_submitted(world, pair)}")

    def end_state(self, world: World, pair: Pair) -> str:
        """Both sides, who is linked with whom, and what the log says was created, without ids and times."""
        people, contacts = self.people(pair), pair.platform.state("contacts")["contacts"]
        links = world.app.links.find(
            pair.connection.id, "contact", Side.PLATFORM, [contact["id"] for contact in contacts]
        )
        told = {
            "people": sorted(people.values()),
            "contacts": sorted(
                [_contact(row), people.get(_crm_id(links, row), "unlinked"), _known(pair, links, row)]
                for row in contacts
            ),
            "gifts": sorted(self.gifts(pair)),
            "created": _created(world, pair),
        }
        return json.dumps(told, indent=1, sort_keys=True).replace(f"-{pair.platform.id}-", "-organisation-")

    def played(
        self, world: World, story: Story, tap: Tap | None = None, spoil: Callable[[Pair], Any] | None = None
    ) -> str:
        """The end state of a story, killed where `tap` says, or with what `spoil` does before its start."""
        world.begin_again()
        pair = story.prepare(world)
        if spoil:
            spoil(pair)
        (tap or Tap()).attach(world.app)
        try:
            story.start(world, pair)
            world.pump()
        except Killed:
            Tap().attach(world.app)
            with suppress(Conflict):  # whoever asked for it asks again
                story.start(world, pair)
        Tap().attach(world.app)
        self.rest(world, pair)
        return self.end_state(world, pair)

    def killed_everywhere(self, world: World, story: Story) -> list[Site]:
        """Assert that the end is the same wherever the worker dies; the calls there were."""
        recorded = Tap()
        undisturbed = self.played(world, story, recorded)
        kills, broken, died = some_kills(recorded.calls), [], 0
        for number, moment in kills:
            tap = Tap(kill_at=number, moment=moment)
            broken += _complaint(undisturbed, self._killed(world, story, tap), recorded.calls[number], moment)
            died += tap.dead
        assert not broken, "\n".join(broken)
        assert died >= 0.95 * len(kills), "many of these kills never happened"
        return recorded.calls

    def _killed(self, world: World, story: Story, tap: Tap) -> str:
        try:
            return self.played(world, story, tap)
        except AssertionError as stuck:
            return str(stuck)


def _complaint(undisturbed: str, found: str, site: Site, moment: Moment) -> list[str]:
    return [] if found == undisturbed else [f"{moment} {site}\n{difference(undisturbed, found)}"]


def _due(world: World, pair: Pair) -> list[Any]:
    soon = world.app.now() + HORIZON
    waiting = [one for queue in QUEUES for one in world.app.inbox.waiting(pair.connection.account, queue)]
    return [(one.kind, one.attempt, one.stage, one.error) for one in waiting if one.next_due and one.next_due < soon]


def _submitted(world: World, pair: Pair) -> list[str]:
    account, connection = pair.connection.account, pair.connection.id
    return [str(key) for kind in ASKED for key in world.app.links.submitted(account, kind, connection)]


def _connection(world: World, pair: Pair) -> Any:
    return world.app.connections.get(pair.connection.owner, pair.connection.id)


def _contact(row: dict[str, Any]) -> str:
    return json.dumps([row.get(name) for name in ("firstName", "lastName", "email", "phone", "address", "emailOptOut")])


def _crm_id(links: Any, row: dict[str, Any]) -> str:
    link = links.get(row["id"])
    return link.crm_id if link and link.state == "linked" else ""


def _known(pair: Pair, links: Any, row: dict[str, Any]) -> str:
    crm_id = _crm_id(links, row)
    return "known there" if crm_id and row["crmIds"].get(pair.connection.crm) == crm_id else "not known there"


def _created(world: World, pair: Pair) -> dict[str, int]:
    runs = world.app.runs.latest(pair.connection.id, 50)
    lines = [line for run in runs for line in world.app.runs.lines(run.id, "created")]
    unconfirmed = [line for line in lines if line.get("stage") == "submitted"]
    return {"records": len({line["sk"] for line in lines}), "lines": len(lines), "unconfirmed": len(unconfirmed)}
