"""Which fund, campaign and appeal a gift is given to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from giftbridge.domain.gift import Designation, Gift
from giftbridge.errors import Reject


@dataclass(frozen=True, slots=True)
class Purpose:
    """CRM ids; empty where nothing is chosen."""

    fund: str = ""
    campaign: str = ""
    appeal: str = ""

    def or_else(self, fallback: "Purpose") -> "Purpose":
        """This choice, with its gaps filled."""
        return Purpose(self.fund or fallback.fund, self.campaign or fallback.campaign, self.appeal or fallback.appeal)


@dataclass(frozen=True, slots=True)
class Purposes:
    """The CRM's own lists to choose from: id -> name, active ones only."""

    funds: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    appeals: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    """Code -> id of a fund, where funds have codes beside their ids."""


@dataclass(frozen=True, slots=True)
class Routing:
    """A connection's choices: default purpose, overrides per event, platform fund code -> CRM fund id."""

    default: Purpose = Purpose()
    by_event: Mapping[str, Purpose] = field(default_factory=dict)
    funds: Mapping[str, str] = field(default_factory=dict)

    def route(self, gift: Gift, known: Purposes, chosen: Purpose | None = None) -> Gift:
        """The gift with CRM ids, one designation per fund. `chosen` (by hand) beats event, map and default.

        The platform's own fund and appeal count where the CRM has them; another appeal is told in the note.
        Raises `Reject` where no fund can be found at all.
        """
        fallback = self.by_event.get(gift.event_id, Purpose()).or_else(self.default)
        routed = [self._part(part, fallback, known, chosen or Purpose()) for part in gift.designations]
        if not all(part.fund for part in routed):
            raise Reject("No fund is set for this gift. Choose a default fund in the settings.", code="fund_missing")
        return replace(gift, designations=_one_per_fund(routed), note=_with_sources(gift, routed))

    def _part(self, part: Designation, fallback: Purpose, known: Purposes, chosen: Purpose) -> Designation:
        mapped = self.funds.get(part.fund, part.fund)
        fund = mapped if mapped in known.funds else known.codes.get(mapped, fallback.fund)
        appeal = part.appeal if part.appeal in known.appeals else fallback.appeal
        return Designation(
            part.amount,
            chosen.fund or fund,
            chosen.campaign or part.campaign or fallback.campaign,
            chosen.appeal or appeal,
        )


def _with_sources(gift: Gift, routed: list[Designation]) -> str:
    """The note, with the platform's codes that became no appeal."""
    kept = {part.appeal for part in routed}
    lost = dict.fromkeys(part.appeal for part in gift.designations if part.appeal and part.appeal not in kept)
    return "; ".join([*([gift.note] if gift.note else []), *(f"source {code}" for code in lost)])


def _one_per_fund(parts: list[Designation]) -> tuple[Designation, ...]:
    sums: dict[tuple[str, str, str], int] = {}
    for part in parts:
        key = (part.fund, part.campaign, part.appeal)
        sums[key] = sums.get(key, 0) + part.amount
    return tuple(Designation(amount, *key) for key, amount in sums.items())
