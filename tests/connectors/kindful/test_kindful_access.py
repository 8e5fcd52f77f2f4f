"""Who is connected at Kindful, what it shows of that, and when imports have to wait."""

from datetime import timedelta

import httpx
import pytest

from giftbridge.connectors.base import Done, GiftWrite, Reference
from giftbridge.connectors.http import new_client
from giftbridge.connectors.manifest import load_manifest
from giftbridge.connectors.oauth import Flow, Registration
from giftbridge.errors import Defer, Disconnected, NotFound
from giftbridge.settings import vendor_override
from local.sandbox.kindful import KindfulAccount, KindfulSandbox
from tests.connectors.kindful.bridge import ADA, BEA, REFERENCE, Bridge

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


@pytest.fixture
def partner(bridge: Bridge) -> Bridge:
    """The same account, connected through OAuth."""
    token = bridge.account.partner().headers["authorization"].removeprefix("Bearer ")
    return Bridge(bridge.account, bridge.client, {"kind": "oauth", "access_token": token})


def test_both_kinds_of_credentials_name_the_same_organisation(bridge: Bridge, partner: Bridge) -> None:
    own, other = bridge.connector.identify(), partner.connector.identify()
    assert own.database == other.database == str(bridge.account.id)
    assert own.name == other.name == bridge.account.name
    assert (own.time_zone, other.connected_by) == ("America/Chicago", "Avery Admin")


def test_a_partner_goes_by_paths_of_its_own(partner: Bridge) -> None:
    assert partner.settle(*partner.create((REFERENCE, ADA))) == [Done(REFERENCE)]
    partner.account.reset_journal()
    assert partner.listed()[REFERENCE].contact == ADA
    partner.connector.show_status(True, 1)
    assert {call.split()[1].rsplit("/", 2)[0] for call in partner.account.calls()} == {"/admin/oauth2/api/v1"}


def test_two_applications_have_names_of_their_own_for_a_contact(bridge: Bridge, partner: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    (seen,) = partner.listed().values()
    assert seen.id.startswith("k"), "the other's name is not ours"


@pytest.mark.parametrize("family", ["customer", "partner"])
@pytest.mark.parametrize("status", [401, 404])
def test_who_was_disconnected_is_told_so_by_every_call(
    bridge: Bridge, partner: Bridge, family: str, status: int
) -> None:
    chosen = bridge if family == "customer" else partner
    chosen.connector.acknowledge([])
    page = chosen.connector.contact_changes("")
    write = GiftWrite(Reference("gb-1", chosen.now), chosen.gift(500), REFERENCE)
    chosen.account.set_options(revoked_status=status, revoked_job_status=status)
    chosen.account.revoke(grants=family == "partner")
    fresh = chosen.connected()
    calls = (
        fresh.identify,
        fresh.purposes,
        lambda: fresh.contact_changes(""),
        lambda: fresh.contact_changes(f"all:1:tok_{page.cursor}"),
        lambda: fresh.contacts_by_email(ADA.email),
        lambda: fresh.acknowledge(["12:3:new"]),
        lambda: chosen.create((REFERENCE, ADA)),
        lambda: fresh.write_gifts([write]),
        lambda: fresh.show_status(False, 0),
        lambda: fresh.verified("an-event"),
    )
    for call in calls:
        with pytest.raises(Disconnected) as refused:
            call()
        assert refused.value.system == "kindful"


@pytest.mark.parametrize("family", ["customer", "partner"])
def test_an_event_is_what_kindful_says_it_is(bridge: Bridge, partner: Bridge, family: str) -> None:
    chosen = bridge if family == "customer" else partner
    gift = bridge.account.staff_gift(bridge.account.staff_contact(first_name="Ada", last_name="Lane"))
    (event,) = bridge.account.events()
    told = chosen.connector.verified(event["id"])
    assert [(one.kind, one.subject) for one in told] == [("crm.gift.changed", f"k{gift}")]
    with pytest.raises(NotFound):
        chosen.connector.verified("f0f0")


def test_kindful_shows_whether_we_are_connected(bridge: Bridge) -> None:
    for connected, shown in ((True, ("Connected", "1200")), (False, ("disconnected", "0"))):
        bridge.connector.show_status(connected, 1200 if connected else 0)
        (app,) = bridge.account.state()["apps"].values()
        assert (app["integration"]["status"], app["integration"]["units"]) == shown


# -- the queue's gate


def test_imports_wait_while_somebody_paused_the_sync(bridge: Bridge) -> None:
    bridge.account.pause()
    with pytest.raises(Defer) as held:
        bridge.create((REFERENCE, ADA))
    assert (held.value.code, held.value.until) == ("sync_paused", bridge.now + timedelta(minutes=15))
    assert bridge.account.jobs() == []
    bridge.connector = bridge.connected(paused_minutes=60)
    with pytest.raises(Defer) as held:
        bridge.give(bridge.by(bridge.gift(500)))
    assert held.value.until == bridge.now + timedelta(hours=1)
    bridge.account.pause(paused=False)
    assert bridge.settle(*bridge.create((REFERENCE, ADA))) == [Done(REFERENCE)]


def test_reading_does_not_wait_for_a_paused_sync(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    bridge.account.pause()
    assert set(bridge.listed()) == {REFERENCE}


def test_jobs_of_ours_that_wait_hold_nothing_back(bridge: Bridge) -> None:
    answers = [*bridge.create((REFERENCE, ADA)), *bridge.create(("gb-bea", BEA))]
    assert len(bridge.account.jobs()) == 2
    assert bridge.settle(*answers) == [Done(REFERENCE), Done("gb-bea")]


def test_only_writes_ask_for_the_gate_and_once_a_batch(bridge: Bridge) -> None:
    gift = bridge.gift(3334, 3333)
    bridge.account.reset_journal()
    bridge.give(bridge.by(gift, name="gb-1"), bridge.by(gift, "k5734001", name="gb-2"))
    assert bridge.account.calls() == {
        "GET /api/v1/campaigns": 1,
        "GET /api/v1/funds": 1,
        "GET /api/v1/imports/stats": 1,
        "POST /api/v1/imports": 3,
    }


# -- OAuth


def test_consent_leads_to_credentials_that_work(
    kindful_server: KindfulSandbox, kindful: KindfulAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIFTBRIDGE_KINDFUL_URL", kindful.url)
    monkeypatch.setenv("GIFTBRIDGE_KINDFUL_AUTHORIZE_URL", kindful_server.authorize_url)
    monkeypatch.setenv("GIFTBRIDGE_KINDFUL_TOKEN_URL", kindful_server.token_url)
    vendor_override.cache_clear()
    kindful_server.consent(kindful.name)
    known = Registration(kindful_server.client_id, kindful_server.client_secret, "https://bridge.invalid/callback")
    with new_client(20) as client:
        flow = Flow(load_manifest("kindful"), known, client)
        shown = client.get(flow.consent_url("state-1", flow.new_verifier()))
        code = httpx.URL(shown.headers["location"]).params["code"]
        bridge = Bridge(kindful, client, flow.exchange(code, "", Bridge.now))
        assert bridge.connector.identify().name == kindful.name
    kindful_server.ask_again()
