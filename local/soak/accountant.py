"""Compares what went in with what both sides hold in the end."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from local.soak.held import Held, HeldGift, HeldPerson, digits
from local.soak.ledger import Edit, Gift, Ledger, Someone
from local.soak.plan import FIRST_SYNC, Pair

Codes = Mapping[str, str]
"""Id of a record -> code of the question or of the reason that the product gave for it."""
CONTACTS_BOTH_WAYS = FIRST_SYNC
UNDER_WAY_SECONDS = 90.0
"""How long an edit may be on its way to the other side, with a lost answer or a killed worker."""
OVERTAKEN = "overtaken"
EXCUSES = frozenset({"refunded_before"})
"""Reasons for which a gift that was paid rightly stays where it is."""


@dataclass
class Row:
    """One kind of thing of one pair: what went in, and what became of it."""

    pair: Pair
    kind: str
    went_in: int = 0
    came_out: int = 0
    twice: int = 0
    lost: int = 0
    wrong: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    """Code -> how many that is an open question about, or that rightly stayed."""
    differences: list[str] = field(default_factory=list)
    """What nobody can explain, by id."""

    def counted(self, name: str, copies: int, code: str = "", *, wrong: bool = False) -> None:
        """One thing that should be there once, and how often it is."""
        self.went_in += 1
        if copies > 1:
            self.twice += 1
        elif wrong:
            self.wrong += 1
        elif copies == 1:
            self.came_out += 1
        elif code:
            self.explained[code] += 1
        else:
            self.lost += 1
        if copies > 1 or wrong or not (copies or code):
            self.differences.append(f"{self.kind} {name}: {'wrong' if copies == 1 else f'{copies} times'}")

    def stray(self, names: Iterable[object]) -> None:
        """Things that are there and that nobody did."""
        found = [f"{self.kind} {name}: nobody did this" for name in names]
        self.wrong += len(found)
        self.differences += found

    def add(self, other: "Row") -> None:
        """The same of another connection."""
        for name in ("went_in", "came_out", "twice", "lost", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.explained += other.explained
        self.differences += other.differences


@dataclass(frozen=True)
class Case:
    """One connection at the end: what went in, what is held, and what the product says of single records."""

    pair: Pair
    ledger: Ledger
    held: Held
    questions: Codes
    """Of open questions."""
    reasons: Codes
    """Of gifts that were left out."""
    funds: list[str]


def account(case: Case) -> list[Row]:
    """A row for each kind of thing that went in."""
    return [row for make in OF_PAIR[case.pair[0]] if (row := make(case)).went_in]


# -- contacts


def _contacts(case: Case, kind: str, held: list[HeldPerson], expected: Iterable[Someone]) -> Row:
    row, there = Row(case.pair, kind), Counter(one.email for one in held)
    for one in expected:
        row.counted(str(one.number), there[one.email], _question(case, one))
    known = {one.email for one in case.ledger.people.values()}
    row.stray(one.id for one in held if one.email not in known)
    return row


def contacts_in_crm(case: Case) -> Row:
    """Each contact of the platform has one constituent, and each of the CRM's still has."""
    return _contacts(case, "contacts in the CRM", case.held.crm_people, list(case.ledger.people.values()))


def contacts_on_platform(case: Case) -> Row:
    """The reverse, where the pair brings them over."""
    people = case.ledger.people.values()
    expected = [one for one in people if case.pair in CONTACTS_BOTH_WAYS or one.born != "crm"]
    return _contacts(case, "contacts on the platform", case.held.platform_people, expected)


def donors(case: Case) -> Row:
    """Where contacts come with their gifts: who gave is there once, who did not is not there."""
    gave = {gift.who for gift in case.ledger.gifts.values() if _is_there(case, gift)}
    people = case.ledger.people.values()
    row = _contacts(case, "donors", case.held.crm_people, [one for one in people if one.number in gave])
    there = {one.email for one in case.held.crm_people}
    row.stray(one.number for one in people if one.email in there and not _gave(case, one))
    return row


def _gave(case: Case, one: Someone) -> bool:
    return any(gift.who == one.number and gift.due for gift in case.ledger.gifts.values())


def edits(case: Case) -> Row:
    """Both sides agree on each field that was edited, on a value that the recipe's rule may choose."""
    row = Row(case.pair, "edited fields")
    crm, platform = ({one.email: one for one in side} for side in (case.held.crm_people, case.held.platform_people))
    for one in case.ledger.people.values():
        for name in one.edits:
            here, there = (_value(side.get(one.email), name) for side in (crm, platform))
            fits = here == there and here in allowed(one, name)
            met = here == there and here in under_way(one, name)
            code = _question(case, one) or (OVERTAKEN if met and not fits else "")
            how = "" if fits else ", both have an older value" if here == there else ", the sides differ"
            row.counted(f"{one.number} {name}{how}", int(fits or not code), code, wrong=not fits and not code)
    return row


def under_way(one: Someone, name: str) -> set[str]:
    """The other side's edits that one which may win met on their way: no vendor writes only if nothing else has
    changed. One that the CRM made at the same time as the last one counts as the last one does."""
    edits = one.edits[name]
    winners = (edit for edit in _may_win(one, name) if edits[-1].at - edit.at <= UNDER_WAY_SECONDS)
    met = (
        edit
        for wins in winners
        for edit in edits
        if edit.side != wins.side and 0 <= wins.at - edit.at <= UNDER_WAY_SECONDS
    )
    return {_plain(name, edit.value) for edit in met}


def allowed(one: Someone, name: str) -> set[str]:
    """What a field may be in the end."""
    return {_plain(name, edit.value) for edit in _may_win(one, name)}


def _may_win(one: Someone, name: str) -> list[Edit]:
    """The last edit; where the other side's last edit was the CRM's, that too, as it wins what is too close to tell."""
    last = {edit.side: edit for edit in one.edits[name]}
    return [one.edits[name][-1], *([last["crm"]] if "crm" in last else [])]


def _value(held: HeldPerson | None, name: str) -> str:
    return "" if held is None else held.last if name == "last" else held.phone


def _plain(name: str, value: str) -> str:
    return digits(value) if name == "phone" else value


def _question(case: Case, one: Someone) -> str:
    return next((code for id_ in one.ids.values() if (code := case.questions.get(id_))), "")


# -- gifts


def gifts(case: Case) -> Row:
    """Each that was paid is there once, with its cents, of its donor, for its fund."""
    row, there = Row(case.pair, "gifts"), _by_cents(case.held.gifts)
    for gift in _due(case):
        found = there.get(gift.cents, [])
        wrong = len(found) == 1 and not _fits(case, gift, found[0])
        row.counted(gift.id, len(found), _code(case, gift), wrong=wrong)
    row.stray(f"of {cents} cents" for cents in there.keys() - _known_cents(case))
    return row


def unpaid(case: Case) -> Row:
    """Those that were not paid: in the sense of this row they came out when they stayed out."""
    row, there = Row(case.pair, "gifts that failed"), _by_cents(case.held.gifts)
    for gift in case.ledger.gifts.values():
        if not gift.due:
            row.counted(gift.id, 1, wrong=gift.cents in there)
    return row


def refunds(case: Case) -> Row:
    """Each once, and none that was not made."""
    row, there = Row(case.pair, "refunds"), _by_cents(case.held.gifts)
    for gift in _due(case):
        back = [one.refunds for one in there.get(gift.cents, [])]
        if gift.refunded:
            row.counted(gift.id, sum(back), "" if back else _code(case, gift))
        elif any(back):
            row.stray([gift.id])
    return row


def _due(case: Case) -> list[Gift]:
    return [gift for gift in case.ledger.gifts.values() if gift.due]


def _known_cents(case: Case) -> set[int]:
    return {gift.cents for gift in case.ledger.gifts.values()}


def _is_there(case: Case, gift: Gift) -> bool:
    return gift.due and gift.cents in _by_cents(case.held.gifts)


def _code(case: Case, gift: Gift) -> str:
    reason = case.reasons.get(gift.id, "")
    return case.questions.get(gift.id) or (reason if reason in EXCUSES and gift.refunded else "")


def _fits(case: Case, gift: Gift, held: HeldGift) -> bool:
    donor = case.ledger.people[gift.who].email
    return held.email == donor and dict(held.funds) == {case.funds[gift.fund]: gift.cents}


def _by_cents(held: Iterable[HeldGift]) -> dict[int, list[HeldGift]]:
    found: dict[int, list[HeldGift]] = {}
    for one in held:
        found.setdefault(one.cents, []).append(one)
    return found


# -- thanks


def thanks(case: Case) -> Row:
    """Each gift is thanked for once; nobody who had left has to be, and what is in doubt is a question."""
    row, there = Row(case.pair, "thanks"), Counter(case.held.thanks)
    for gift in case.ledger.gifts.values():
        excuse = "opted_out" if case.ledger.people[gift.who].left else ""
        row.counted(gift.id, there[gift.cents], case.questions.get(gift.id) or excuse)
    row.stray(f"of {cents} cents" for cents in there.keys() - _known_cents(case))
    return row


def contacts_thanked(case: Case) -> Row:
    """Whoever was thanked is a contact of the platform once."""
    there = {one.email for one in case.held.platform_people}
    expected = [one for one in case.ledger.people.values() if one.email in there]
    return _contacts(case, "contacts thanked", case.held.platform_people, expected)


def interactions(case: Case) -> Row:
    """What donors did is told once each."""
    row, there = Row(case.pair, "interactions"), Counter(case.held.interactions)
    for subject, wanted in case.ledger.told.items():
        for number in range(wanted):
            extra = there[subject] - wanted
            copies = 1 + max(0, extra) if number == 0 else int(number < there[subject])
            row.counted(subject, copies if there[subject] else 0)
    row.stray(sorted(there.keys() - case.ledger.told.keys()))
    return row


def leaving(case: Case) -> Row:
    """Who wants no more is opted out in the CRM."""
    row = Row(case.pair, "consent taken back")
    out = {one.email for one in case.held.crm_people if one.opted_out}
    for one in case.ledger.people.values():
        if one.left:
            row.counted(str(one.number), int(one.email in out))
    return row


_CONTACTS = (contacts_in_crm, contacts_on_platform, edits)
_GIFTS = (gifts, unpaid, refunds)
OF_PAIR: Mapping[str, tuple[Callable[[Case], Row], ...]] = {
    "handbid": (*_CONTACTS, *_GIFTS),
    "raisedonors": (*_CONTACTS, *_GIFTS),
    "wegive": (donors, *_GIFTS),
    "gratavid": (thanks, contacts_thanked, interactions, leaving),
}
