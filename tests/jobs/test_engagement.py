"""F52, F53 in process: what donors do with thanks becomes an interaction, once; and a no is kept."""

import json
from datetime import timedelta
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.errors import Retry
from giftbridge.jobs.erase import erase
from giftbridge.jobs.thanks.engagement import engaged
from giftbridge.stores.runs import Run
from local.sandbox.gratavid.records import EVENTS
from tests.thanking import Thanker

pytestmark = pytest.mark.emulated


@pytest.fixture
def on(thanker: Thanker) -> Thanker:
    """Every switch is on."""
    thanker.set(new_donation=True, task_sent=True, replies=True, watches=True)
    return thanker


def number_of(thanker: Thanker, donor: str) -> str:
    """The account number that staff knows a donor by."""
    rows = [*thanker.crm.state()["constituents"], *thanker.crm.state()["households"]]
    return str(next(row["AccountNumber"] for row in rows if str(row["Id"]) == donor))


def body(number: str, **fields: str) -> bytes:
    """A notification of Gratavid's."""
    told = {
        "noteTitle": "Thank you", "noteURL": "https://account.gratavid.com/watch/n1", "contact_customUserId": number,
        "contact_email": "ada@example.org", "contact_firstName": "Ada", "contact_lastName": "Lane", "replyText": "",
        "replyVideoSrc": "", **fields,
    }  # fmt: skip
    return json.dumps(told).encode()


def hear(thanker: Thanker, event: str, told: bytes, ago: float = 0) -> Run:
    """One notification, taken as the worker takes it."""
    with thanker.session() as session:
        return engaged(session, event, told, thanker.world.app.now() - timedelta(seconds=ago))


def became(thanker: Thanker, run: Run) -> tuple[str, str]:
    """Outcome and code of the one line."""
    ((outcome, code),) = thanker.log(run).values()
    assert (run.state, run.counts) == ("done", {"crm_read": 1, f"crm_{outcome}": 1})
    return outcome, code


@pytest.mark.parametrize(
    ("event", "subject", "inbound"),
    [
        ("taskSent", "Gratavid sent: Thank you", False),
        ("reply", "Gratavid reply: Thank you", True),
        ("noteWatched", "Gratavid watched: Thank you", True),
    ],
)
def test_an_interaction_on_the_constituent(on: Thanker, event: str, subject: str, inbound: bool) -> None:
    ada = on.donor()
    run = hear(on, event, body(number_of(on, ada), replyText="So kind!" if event == "reply" else ""))
    assert became(on, run) == ("created", "")
    (made,) = on.interactions()
    assert (str(made["AccountId"]), made["Subject"], made["IsInbound"]) == (ada, subject, inbound)
    assert ("So kind!" in made["Note"]) is (event == "reply")


def test_it_is_told_once(on: Thanker) -> None:
    told = body(number_of(on, on.donor()), replyText="So kind!")
    assert became(on, hear(on, "reply", told)) == ("created", "")
    on.pass_time(hours=2)
    assert became(on, hear(on, "reply", told)) == ("unchanged", "repeated")
    assert became(on, hear(on, "noteWatched", told)) == ("created", "")
    assert became(on, hear(on, "reply", body(json.loads(told)["contact_customUserId"], replyText="Really!")))[0] == (
        "created"
    )
    on.pass_time(days=3)
    assert became(on, hear(on, "reply", told)) == ("created", "")
    assert len(on.interactions()) == 4


def test_the_link_that_thanking_left_is_followed(on: Thanker) -> None:
    ada = on.donor()
    on.give(ada)
    on.ended()
    number = on.platform.contacts()[0]["customUserId"]
    on.crm.reset_journal()
    assert became(on, hear(on, "reply", body(number))) == ("created", "")
    assert not [call for call in on.crm.calls() if "search" in call]
    assert [str(made["AccountId"]) for made in on.interactions()] == [ada]


def test_who_was_merged_is_found_by_the_number_that_is_left(on: Thanker) -> None:
    ada, again = on.donor(), on.donor("Ada Again", email="ada2@example.org")
    on.give(ada)
    on.ended()
    number = number_of(on, ada)
    on.crm.staff_merge(int(again), int(ada))
    assert became(on, hear(on, "reply", body(number))) == ("skipped", "unknown_account_number")
    assert became(on, hear(on, "reply", body(number_of(on, again)))) == ("created", "")


def test_only_an_exact_account_number_counts(on: Thanker) -> None:
    number = number_of(on, on.donor())
    for wrong in (number[:-1], f"{number}0", "", "ada@example.org", "-1"):
        assert became(on, hear(on, "reply", body(wrong)))[0] == "skipped"
    assert on.interactions() == []


def test_a_households_number_finds_nobody(on: Thanker) -> None:
    home = str(on.crm.seed(people=2, households=1)["households"][0])
    assert became(on, hear(on, "reply", body(number_of(on, home)))) == ("skipped", "unknown_account_number")
    assert on.interactions() == []


@pytest.mark.parametrize(
    ("switch", "event"), [("task_sent", "taskSent"), ("replies", "reply"), ("watches", "noteWatched")]
)
def test_F53_each_switch_is_its_own(thanker: Thanker, switch: str, event: str) -> None:
    told = body(number_of(thanker, thanker.donor()))
    assert became(thanker, hear(thanker, event, told)) == ("skipped", "switched_off")
    thanker.set(**{switch: True})
    heard = {one: became(thanker, hear(thanker, one, told)) for one in ("taskSent", "reply", "noteWatched")}
    off = ("skipped", "switched_off")
    assert heard == {**dict.fromkeys(heard, off), event: ("created", "")}
    assert became(thanker, hear(thanker, event, told, ago=60)) == ("skipped", "before_switch_on")


def test_an_erased_donor_gets_no_interaction(on: Thanker) -> None:
    ada = on.donor()
    erase(on.world.app, on.connection, Side.CRM, ada)
    assert became(on, hear(on, "reply", body(number_of(on, ada)))) == ("skipped", "erased")
    assert on.interactions() == []


@pytest.mark.parametrize("mode", ["reset_after", "truncated"])
def test_an_answer_that_was_lost_leaves_one_interaction(on: Thanker, mode: str) -> None:
    told = body(number_of(on, on.donor()))
    on.crm.fault(mode, method="POST", path="/v2/interaction", count=1)
    with pytest.raises(Retry):
        hear(on, "reply", told)
    on.pass_time(minutes=2)
    assert became(on, hear(on, "reply", told, ago=120)) == ("created", "")
    assert len(on.interactions()) == 1


def test_a_refused_interaction_is_told(on: Thanker) -> None:
    on.crm.fault("status", method="POST", path="/v2/interaction", status=400, count=1)
    told = body(number_of(on, on.donor()))
    assert became(on, hear(on, "reply", told))[0] == "failed"
    assert became(on, hear(on, "reply", told)) == ("created", "")


# -- consent


def test_who_unsubscribes_is_opted_out_and_nobody_is_ever_opted_in(thanker: Thanker) -> None:
    ada = thanker.donor(CommunicationRestrictions=["DoNotMail"])
    told = body(number_of(thanker, ada))
    assert became(thanker, hear(thanker, "unsubscribe", told)) == ("updated", "")
    assert became(thanker, hear(thanker, "stopText", told)) == ("updated", "")
    assert became(thanker, hear(thanker, "stopText", told)) == ("unchanged", "")
    (row,) = thanker.crm.state()["constituents"]
    assert row["EmailInterestType"] == "OptedOut"
    assert sorted(row["CommunicationRestrictions"]) == ["DoNotCall", "DoNotMail"]
    assert thanker.interactions() == []


def test_who_unsubscribed_is_not_thanked_any_more(on: Thanker) -> None:
    ada = on.donor()
    hear(on, "unsubscribe", body(number_of(on, ada)))
    gift = on.give(ada)
    assert on.log(on.ended()) == {gift: ("skipped", "opted_out")}


def test_consent_can_be_left_alone(thanker: Thanker) -> None:
    thanker.set(unsubscribe="off", stop_text="off")
    told = body(number_of(thanker, thanker.donor()))
    for event in ("unsubscribe", "stopText"):
        assert became(thanker, hear(thanker, event, told)) == ("skipped", "switched_off")
    assert thanker.crm.state()["constituents"][0]["EmailInterestType"] == "All"


# -- what is kept


def test_nothing_of_what_was_said_is_kept(on: Thanker) -> None:
    ada = on.donor()
    run = hear(on, "reply", body(number_of(on, ada), replyText="My secret wish"))
    app = on.world.app
    stored: list[Any] = [item for table in (app.links.table, app.runs.table) for item in app.links.db.scan(table)]
    mine = json.dumps([item for item in stored if on.id in json.dumps(item, default=str)], default=str)
    mine += json.dumps(list(app.runs.lines(run.id)), default=str)
    assert not [told for told in ("secret", "Ada", "Lane", "example.org", "watch/n1") if told in mine]


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"not json \xff", b"7", b'{"contact_customUserId": {"a": 1}}', b"[" * 5000]
)
def test_a_body_without_sense_is_told_and_stops_nothing(on: Thanker, told: bytes) -> None:
    assert became(on, hear(on, "reply", told))[0] == "skipped"


def test_all_events_of_the_vendor_are_known(on: Thanker) -> None:
    with on.session() as session:
        assert set(session.platform.engagement_events()) == set(EVENTS)  # type: ignore[attr-defined]
    assert became(on, hear(on, "opened", body("1001"))) == ("skipped", "notification_unknown")
