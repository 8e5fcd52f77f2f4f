"""Does at the vendors what the plan says, and writes down what went in."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final

import httpx

from local.soak.ledger import Edit, Gift, Someone, cents_of, value_of
from local.soak.plan import Event
from local.soak.platforms import FAILED, NotYet
from local.soak.site import Site

FRESH_SECONDS: Final = 3.0
"""How long a look for somebody's ids is good."""
TRIES: Final = 3
"""How often an event that came too early is tried again before the rest is played."""


@dataclass
class Player:
    """Plays the events of one connection, in their order, a random pause before each."""

    site: Site
    events: deque[Event]
    dice: Random
    pause: float
    """Seconds between two events, on average."""
    done: int = 0
    late: list[Event] = field(default_factory=list)
    """What had nothing to happen to when its turn came."""
    _looked: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """All of them."""
        while self.events:
            time.sleep(self.dice.uniform(0, 2 * self.pause))
            self._try(self.events.popleft())
            if self.late and self.dice.random() < 1 / TRIES:
                self._try(self.late.pop(0))

    def catch_up(self) -> None:
        """What came too early, now that everything has come to rest; the rest of it is dropped."""
        again, self.late = self.late, []
        for event in again:
            self._try(event)

    def drop(self) -> None:
        """Nothing comes any more that these could happen to."""
        self.site.ledger.dropped.update(event.kind for event in self.late)
        self.late = []

    def _try(self, event: Event) -> None:
        try:
            _DO[event.kind](self, event)
        except NotYet:
            self.late.append(event)
        else:
            self.done += 1

    # -- who

    def _id(self, who: int, side: str) -> str:
        """Somebody's id at a side; raises `NotYet` where they are not there yet."""
        one = self._somebody(who)
        if side not in one.ids and time.monotonic() - self._looked.get(side, -FRESH_SECONDS) >= FRESH_SECONDS:
            self._look(side)
        if side not in one.ids:
            raise NotYet
        return one.ids[side]

    def _somebody(self, who: int) -> Someone:
        try:
            return self.site.ledger.people[who]
        except KeyError:
            raise NotYet from None

    def _look(self, side: str) -> None:
        self._looked[side] = time.monotonic()
        end = self.site.crm if side == "crm" else self.site.platform
        by_email = {one.email: one.id for one in end.people()}
        for someone in self.site.ledger.people.values():
            if someone.email in by_email:
                someone.ids.setdefault(side, by_email[someone.email])

    # -- people

    def join(self, event: Event) -> None:
        """Somebody comes to the platform."""
        made = self.site.platform.join(self.site.person(event.who))
        self.site.someone(event.who, "platform", platform=made)

    def enrol(self, event: Event) -> None:
        """Staff enters somebody in the CRM."""
        self.site.someone(event.who, "crm", crm=self.site.crm.enrol(self.site.person(event.who)))

    def edit_platform(self, event: Event) -> None:
        """A field at the platform."""
        self._edit(event, "platform", value_of(event.number, event.field))

    def edit_crm(self, event: Event) -> None:
        """A field in the CRM."""
        self._edit(event, "crm", value_of(event.number, event.field))

    def edit_both(self, event: Event) -> None:
        """The same field at once, to different values."""
        self._id(event.who, "platform"), self._id(event.who, "crm")
        for side in ("platform", "crm") if event.number % 2 else ("crm", "platform"):
            shift = 0 if side == "crm" else 5_000
            self._edit(event, side, value_of(event.number + shift, event.field))

    def _edit(self, event: Event, side: str, value: str) -> None:
        who = self._id(event.who, side)
        end = self.site.crm if side == "crm" else self.site.platform
        end.edit(who, event.field, value)
        edits = self._somebody(event.who).edits.setdefault(event.field, [])
        edits.append(Edit(side, value, time.monotonic()))  # type: ignore[arg-type]

    # -- money

    def gift(self, event: Event) -> None:
        """Paid, or not."""
        fund, cents = event.number % 2, cents_of(event.number)
        if self.site.pair[0] == "gratavid":
            today = datetime.now(UTC).date().isoformat()
            self._keep(event, self.site.crm.give(self._id(event.who, "crm"), cents, today), 0, due=True)
            return
        more = (FAILED,) if event.kind == "failed_gift" else ()
        made = self.site.platform.give(self._id(event.who, "platform"), cents, fund, *more)
        self._keep(event, made, fund, due=event.kind == "gift")

    def bank_gift(self, event: Event) -> None:
        """Not paid before the bank says so."""
        fund = event.number % 2
        made = self.site.platform.bank_gift(self._id(event.who, "platform"), cents_of(event.number), fund)
        self._keep(event, made, fund, due=False)

    def _keep(self, event: Event, made: str, fund: int, *, due: bool) -> None:
        self.site.ledger.gifts[event.number] = Gift(event.number, event.who, fund, made, due)

    def bank(self, event: Event) -> None:
        """The bank has paid, or has not."""
        gift = self._gift(event)
        paid = event.kind == "settle"
        self.site.platform.settle(gift.id, "success" if paid else "failed")
        gift.due = paid

    def reconcile(self, event: Event) -> None:
        """The auction that was open."""
        self.site.platform.reconcile()

    def refund(self, event: Event) -> None:
        """All of a gift."""
        gift = self._gift(event)
        self.site.platform.refund(gift.id)
        gift.refunded = True

    def _gift(self, event: Event) -> Gift:
        try:
            return self.site.ledger.gifts[event.about]
        except KeyError:
            raise NotYet from None

    # -- webhooks

    def repeat(self, event: Event) -> None:
        """One that was sent, again: late, and after what came later."""
        ends = (self.site.platform, self.site.crm)
        first, second = ends if event.number % 2 else ends[::-1]
        if not (first.repeat(event.number) or second.repeat(event.number)):
            raise NotYet
        self.site.ledger.webhooks += 1

    def early(self, event: Event) -> None:
        """One that is ahead of what it tells."""
        self.site.platform.early(self._gift(event).id)
        self.site.ledger.webhooks += 1

    # -- thanks

    def send(self, event: Event) -> None:
        """Staff send what a gift was thanked with."""
        title = f"For {event.about}"
        if sent := self.site.platform.send(cents_of(event.about), title):
            self.site.ledger.sends[event.about] = sent
            self.site.ledger.told[f"Gratavid sent: {title}"] = 1

    def watch(self, event: Event) -> None:
        """Whoever watches twice is told of once."""
        self._engage(event, lambda sent: self.site.platform.sandbox.watch(sent))
        self.site.ledger.told[f"Gratavid watched: For {event.about}"] = 1

    def reply(self, event: Event) -> None:
        """Each in words of its own."""
        self._engage(event, lambda sent: self.site.platform.sandbox.reply(sent, text=f"Thanks {event.number}"))
        self.site.ledger.told[f"Gratavid reply: For {event.about}"] += 1

    def unsubscribe(self, event: Event) -> None:
        """The donor wants no more."""
        one = self._somebody(event.who)
        self._engage(event, lambda _: self.site.platform.sandbox.unsubscribe(one.email), sent=one.email)
        one.left = True

    def _engage(self, event: Event, act: Callable[[str], object], sent: str = "") -> None:
        """A donor does something about what they were sent; raises `NotYet` where it never reached them."""
        about = sent or self.site.ledger.sends.get(event.about, "")
        if not about:
            raise NotYet
        try:
            act(about)
        except httpx.HTTPStatusError as refused:
            raise NotYet from refused


_DO: Final[Mapping[str, Callable[[Player, Event], None]]] = {
    "join": Player.join, "enrol": Player.enrol,
    "edit_platform": Player.edit_platform, "edit_crm": Player.edit_crm, "edit_both": Player.edit_both,
    "gift": Player.gift, "failed_gift": Player.gift, "bank_gift": Player.bank_gift,
    "settle": Player.bank, "bounce": Player.bank, "reconcile": Player.reconcile, "refund": Player.refund,
    "repeat": Player.repeat, "early": Player.early,
    "send": Player.send, "watch": Player.watch, "reply": Player.reply, "unsubscribe": Player.unsubscribe,
}  # fmt: skip
