"""P01: every platform with every CRM, from settings alone. One story for all; what a pair can't do stays undone."""

from collections.abc import Iterator

import httpx
import pytest

from giftbridge.connectors.manifest import load_manifest
from giftbridge.domain.contact import Side
from giftbridge.jobs.abilities import abilities
from giftbridge.recipes import recipe
from tests.rows.conftest import Deployment, eventually, sums
from tests.rows.ends import ADA, CRMS, PHONE, PLATFORMS, PlatformEnd
from tests.rows.pairing import BO, PairSite, apart, backends
from tests.rows.test_at_rest import readable

PAIRS = [(platform, crm) for platform in PLATFORMS for crm in CRMS]
CENTS = 4_200
PRIVATE = {ADA["email"], BO["email"], PHONE, PHONE[2:]}
"""What nothing but systems of others may keep."""


@pytest.fixture(scope="module")
def keys(deployment: Deployment) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with backends(deployment) as found:
        yield found


@pytest.fixture(params=PAIRS, ids=lambda pair: "-".join(pair))
def pair(request: pytest.FixtureRequest, deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """Connected; Bo is in the CRM."""
    platform, crm = request.param
    site = apart(deployment, keys[platform], platform, crm).connect()
    able = abilities(platform, crm)
    if able["contacts_to_crm"] and not able["first_sync"]:  # only what comes after the look at the beginning goes over
        eventually(site.runs)
        site.rest()
    return site


def test_P01_every_pair_does_what_both_ends_can(pair: PairSite) -> None:
    able = abilities(pair.platform_name, pair.crm_name)
    did = dict.fromkeys(able, False)
    ours: PlatformEnd = pair.platform  # type: ignore[assignment]
    people = pair.platform_name != "gratavid"
    ada = ours.add(**ADA) if people else ""

    if pair.view()["ask_first_sync"]:
        run = pair.first_sync()
        pair.rest()
        did["first_sync"] = run["state"] == "done" and BO["email"] in ours.people()
    pair.look()
    did["contacts_to_crm"] = ADA["email"] in pair.end.people()
    did["crm_ids"] = any(pair.crm_name in ids for ids in ours.crm_ids())

    new_ones_too = Side.PLATFORM in recipe(pair.platform_name, pair.crm_name, {}).creates
    known = BO["email"] if new_ones_too else ADA["email"]
    pair.end.set_phone(known, PHONE)
    pair.look()
    did["contacts_to_platform"] = ours.people().get(known, ("", ""))[1] == PHONE[-10:]

    if people:
        pair.end.hold(on=True)
        gift = ours.give(ada, CENTS)
        eventually(lambda: pair.runs(kind="gifts", state="done") or not able["gifts_by_event"])
        waits = _waits(pair)
        pair.rest()
        did["gifts_by_event"] = pair.end.gifts() == [(CENTS, False)] and able["gifts_by_event"]
        pair.hand_over()
        eventually(lambda: pair.runs(kind="gifts", state="done"))
        waits = waits or _waits(pair)
        pair.rest()
        pair.end.hold(on=False)
        did["confirmed_later"] = waits and pair.stages("gift") == {"confirmed"}
        did["gifts_by_list"] = pair.end.gifts() == [(CENTS, False)] and not did["gifts_by_event"]
        did["crm_ids"] = any(pair.crm_name in ids for ids in ours.crm_ids())
        assert len(pair.end.gifts()) == 1, "once"
        ours.refund(gift)
        pair.look()
        pair.rest()
        did["refunds"] = pair.end.gifts() == [(CENTS, True)]
    if _switched_on(pair, thanks={"new_donation": True, "replies": True}):
        eventually(lambda: _thanked(pair), 60, pause=2.0)
        did["thanks"] = ours.thanked() >= 1
        did["interactions"] = _answered(pair)
    if _switched_on(pair, pull=True):
        did["pull"] = _filed(pair)
    assert did == able
    assert able["confirmed_later"] or "submitted" not in pair.stages()
    for run in pair.runs():
        assert run["state"] == "done"
        sums(run)
    assert not readable(pair.deployment.stored(), PRIVATE), "P11: nothing of anybody stays once it is delivered"


def _waits(pair: PairSite) -> bool:
    """Whether the gift was handed over, and is not in the CRM until somebody takes it in there."""
    if "submitted" not in pair.stages("gift"):
        return False
    assert pair.end.gifts() == []
    return True


def _switched_on(pair: PairSite, **settings: object) -> bool:
    """Whether that can be switched on; where it can't, one of the two systems is named as the reason."""
    reply = pair.call("PATCH", "~", settings)
    if reply.is_success:
        return True
    assert reply.status_code == 422, reply.text
    titles = [load_manifest(name).title for name in (pair.platform_name, pair.crm_name)]
    reasons = [mistake["detail"] for mistake in reply.json()["errors"]]
    assert reasons
    assert all(any(title in reason for title in titles) for reason in reasons), reasons
    return False


def _answered(pair: PairSite) -> bool:
    """A donor answers the thanks that were sent, and the CRM has it."""
    eventually(lambda: not [one for one in pair.get("~/waiting")["items"] if one["kind"] == "hook"])
    pair.ours.answer()
    eventually(lambda: pair.runs(mode="heard"))
    pair.rest()
    return bool(pair.end.interactions() == 1)


def _filed(pair: PairSite) -> bool:
    """A gift that staff enters in the CRM stands in a file for the platform."""
    pair.ended(mode="pull")
    pair.end.give(BO["email"], 500)
    account = f"{pair.crm_name}:{pair.end.sandbox.id}"
    assert "1 woken" in pair.deployment.ops("work", "wake", "--account", account, "--kind", "pull")
    pair.deployment.tick()
    runs = pair.ended(2, mode="pull")
    return any(line["kind"] == "file" for line in pair.records(runs[0]["id"]))


def _thanked(pair: PairSite) -> bool:
    """A donation that is entered after the switch was turned on, seen."""
    pair.end.give(BO["email"], 500)
    pair.look()
    return pair.platform.thanked() > 0  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("platform", "crm"), PAIRS)
def test_P01_nobody_thanks_for_what_a_pair_can_not_tell(platform: str, crm: str) -> None:
    able = abilities(platform, crm)
    stated = load_manifest(crm).capabilities
    assert able["interactions"] == (platform == "gratavid" and "logs_interactions" in stated)
    assert able["pull"] == (platform == "wegive" and "tells_gifts" in stated)
    assert able["confirmed_later"] == (platform != "gratavid" and "confirms" in stated)
