"""F50, F51, F53, F54 in process: who is thanked for what, once, and who is not."""

import json
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Invalid
from giftbridge.jobs import configure, history, lifecycle, review
from giftbridge.jobs.erase import erase
from tests.thanking import TODAY, Thanker

pytestmark = pytest.mark.emulated


TASK_FIELDS = {"email", "firstName", "lastName", "cellNumber", "customUserId", "textOptIn", "comments", "assignedTo"}


@pytest.fixture
def on(thanker: Thanker) -> Thanker:
    """Thanks for new donations are on."""
    thanker.set(new_donation=True)
    return thanker


def test_a_new_donation_becomes_a_task(on: Thanker) -> None:
    ada = on.donor(InformalName="Addie", PrimaryPhone={"Type": "Mobile", "Number": "202-555-0143"})
    gift = on.give(ada, 1234.5, note="For the roof")
    run = on.ended()
    assert on.log(run) == {gift: ("created", "")}
    assert on.comments() == [f"Thank Ada Lane: 1,234.50 USD on {TODAY}. Comment: For the roof"]
    (contact,) = on.platform.contacts()
    number = next(row["AccountNumber"] for row in on.crm.state()["constituents"])
    assert (contact["email"], contact["firstName"], contact["lastName"]) == ("ada@example.org", "Addie", "Lane")
    assert contact["customUserId"] == str(number) != ada
    assert "0143" in contact["cellNumber"]
    assert on.link(gift).detail == on.platform.tasks()[0]["id"]


def test_each_donation_is_thanked_for_once(on: Thanker) -> None:
    ada = on.donor()
    on.give(ada)
    assert on.ended().count(Side.PLATFORM, "created") == 1
    again = on.ended()
    assert again.counts.get("platform_read", 0) == 0, "the newest gift is not told again and again"
    on.give(ada, 5)
    on.give(ada, 6)
    assert on.ended().count(Side.PLATFORM, "created") == 2
    assert len(on.platform.tasks()) == 3
    assert len(on.platform.contacts()) == 1


def test_a_note_instead_of_a_task(thanker: Thanker) -> None:
    note = thanker.platform.note()
    thanker.set(new_donation=True, each_gift={"action": "note", "note": note}, first_name="given")
    thanker.give(thanker.donor(InformalName="Addie"))
    thanker.ended()
    assert thanker.platform.tasks() == []
    assert [send["note"] for send in thanker.platform.sends("ada@example.org")] == [note]
    assert thanker.platform.contacts()[0]["firstName"] == "Ada"


def test_a_task_is_given_to_whom_was_chosen(thanker: Thanker) -> None:
    with thanker.session() as session:
        known = session.platform.thanks_choices()  # type: ignore[attr-defined]
    assert set(known.users.values()) == {"Avery Admin", "Robin Video"}
    assert set(known.notes.values()) == {"Thank you", "Happy anniversary"}
    robin = thanker.platform.user("Robin Video")
    thanker.set(new_donation=True, each_gift={"assigned_to": robin})
    thanker.give(thanker.donor())
    thanker.ended()
    assert [task["assignedTo"] for task in thanker.platform.tasks()] == [robin]


def test_what_is_older_than_the_switch_triggers_nothing(thanker: Thanker) -> None:
    ada = thanker.donor()
    old = thanker.give(ada, 1)
    thanker.set(new_donation=True)
    assert thanker.ended().counts.get("platform_read", 0) == 0
    new = thanker.give(ada, 2)
    assert thanker.log(thanker.ended()) == {new: ("created", "")}
    thanker.set(new_donation=False)
    thanker.pass_time(minutes=10)
    between = thanker.give(ada, 3)
    thanker.set(new_donation=True)
    assert thanker.ended().counts.get("platform_read", 0) == 0
    assert [text for text in thanker.comments() if " 2.00 USD" not in text] == []
    run = history.retry_record(thanker.world.app, thanker.connection, "gift", Side.CRM, between, "tester")
    thanker.world.pump()
    assert thanker.log(thanker.seen(run)) == {between: ("skipped", "before_switch_on")}
    assert old not in thanker.log(run)


def test_an_edited_gift_triggers_nothing(on: Thanker) -> None:
    ada = on.donor()
    gift = on.give(ada)
    on.ended()
    on.pass_time(hours=1)
    raw = on.crm.staff_call("GET", f"/transaction/{gift}")
    part = {"Id": raw["Designations"][0]["Id"], "Amount": 250.0, "FundId": on.crm.fund()}
    body = {"AccountId": int(ada), "Date": TODAY, "Amount": 250.0, "Method": "Cash", "Designations": [part]}
    on.crm.staff_call("PUT", f"/transaction/{gift}", body)
    assert on.ended().counts.get("platform_read", 0) == 0
    assert len(on.platform.tasks()) == 1


def test_who_is_not_thanked_and_why(on: Thanker) -> None:
    said = {
        on.give(on.donor(email="")): "no_email",
        on.give(on.donor("Bo", email="bo@example.org", EmailInterestType="OptedOut")): "opted_out",
        on.give(on.donor("Cy", email="cy@example.org", Status="Deceased")): "deceased",
    }
    fund = on.crm.fund()
    fields = {"RecurringDonationFrequency": "Monthly", "RecurringDonationStartDate": TODAY}
    schedule = {"Type": "RecurringDonation", "Amount": 25, "FundId": fund, **fields}
    dan = on.donor("Dan", email="dan@example.org")
    said[on.give(dan, 25, Designations=[schedule], Method="None")] = "no_gift"
    refunded = on.give(dan, 30)
    on.crm.staff_call("POST", "/refund", {"TransactionId": int(refunded), "Date": TODAY, "RunProcessorRefund": False})
    said[refunded] = "refunded"
    run = on.ended()
    assert on.log(run) == {gift: ("skipped", code) for gift, code in said.items()}
    assert on.platform.state()["contacts"] == []


def test_a_households_gift_is_skipped(thanker: Thanker) -> None:
    thanker.crm.set_options(household_as_account="accept")
    home = thanker.crm.seed(people=2, households=1)["households"][0]
    thanker.set(new_donation=True)
    gift = thanker.give(str(home))
    assert thanker.log(thanker.ended()) == {gift: ("skipped", "household")}
    assert thanker.platform.contacts() == []


def test_an_erased_donor_is_never_thanked(on: Thanker) -> None:
    ada = on.donor()
    erase(on.world.app, on.connection, Side.CRM, ada)
    gift = on.give(ada)
    assert on.log(on.ended()) == {gift: ("skipped", "erased")}
    assert on.platform.contacts() == []


def test_erasing_a_donor_takes_what_is_named_after_them(on: Thanker) -> None:
    on.set(milestones={"first": {"measure": "gifts", "thresholds": [1]}})
    ada, bo = on.donor(), on.donor("Bo", email="bo@example.org")
    gifts = [on.give(ada), on.give(bo)]
    on.ended()
    erase(on.world.app, on.connection, Side.CRM, ada)
    left = on.world.app.links.find(on.id, "gift", Side.CRM, [*gifts, f"{ada}:gifts:1", f"{bo}:gifts:1"])
    assert sorted(left) == sorted([*gifts, f"{bo}:gifts:1"])
    assert on.world.app.links.find(on.id, "contact", Side.CRM, [ada, bo]).keys() == {bo}


def test_what_no_run_is_about_is_refused(on: Thanker) -> None:
    for kind, side, code in (("gift", Side.PLATFORM, "wrong_side"), ("contact", Side.CRM, "contacts_off")):
        with pytest.raises(Conflict) as refused:
            history.retry_record(on.world.app, on.connection, kind, side, "1", "tester")  # type: ignore[arg-type]
        assert refused.value.code == code


def test_a_refused_task_fails_alone_and_can_be_tried_again(on: Thanker) -> None:
    good, bad = on.give(on.donor()), on.give(on.donor("Bo", email="bo@example.org"))
    on.platform.fault("status", method="POST", path="/api/integrationsEndpoint", status=400, count=1)
    run = on.ended()
    assert sorted(on.log(run).values()) == [("created", ""), ("failed", "http_400")]
    history.retry(on.world.app, on.connection, run, "tester")
    on.world.pump()
    assert len(on.platform.tasks()) == 2
    assert {on.link(one).state for one in (good, bad)} == {"linked"}


def test_a_refused_key_stops_the_connection(on: Thanker) -> None:
    on.give(on.donor())
    on.platform.revoke_key()
    on.look()
    assert on.connection.health == "reconnect"
    on.platform.restore_key()
    lifecycle.reconnect(on.world.app, on.connection, {})
    on.world.pump()
    assert len(on.platform.tasks()) == 1


# -- milestones


def test_milestones_fire_once_each_with_their_own_action(thanker: Thanker) -> None:
    ada = thanker.donor()
    for year in (2010, 2011, 2013):
        thanker.give(ada, 100, f"{year}-05-05")
    note = thanker.platform.note()
    thanker.set(
        new_donation=True,
        each_gift={"action": "none"},
        milestones={
            "four": {"measure": "gifts", "thresholds": [3, 4, 6]},
            "club": {"measure": "lifetime", "thresholds": [45_000], "action": "note", "note": note},
            "years": {"measure": "years", "thresholds": [2, 3]},
        },
    )
    thanker.give(ada, 100, "2014-05-05")
    run = thanker.ended()
    names = {f"{ada}:gifts:4", f"{ada}:years:2"}
    assert {one: what for one, what in thanker.log(run).items() if ":" in one} == dict.fromkeys(names, ("created", ""))
    assert sorted(text.split("Milestone: ")[1] for text in thanker.comments()) == ["2 years in a row.", "4 gifts."]
    thanker.give(ada, 60, "2014-06-05")
    assert f"{ada}:lifetime:45000" in thanker.log(thanker.ended())
    assert len(thanker.platform.sends()) == 1
    thanker.give(ada, 60, "2014-07-05")
    assert list(thanker.log(thanker.ended())) == [f"{ada}:gifts:6"]
    assert len(thanker.comments()) == 3


def test_a_total_since_a_month_fires_once_a_year(thanker: Thanker) -> None:
    ada = thanker.donor()
    thanker.give(ada, 900, "2025-08-01")
    goal = {"measure": "since_month", "thresholds": [100_000], "month": 7}
    thanker.set(new_donation=True, each_gift={"action": "none"}, milestones={"club": goal})
    thanker.give(ada, 200, "2026-02-01")
    thanker.give(ada, 200, "2026-02-02")
    assert list(thanker.log(thanker.ended())) == [f"{ada}:since_month:100000:7:2025"]
    thanker.give(ada, 900, "2026-07-02")
    assert thanker.log(thanker.ended()) == {}
    thanker.give(ada, 100, "2026-08-02")
    assert list(thanker.log(thanker.ended())) == [f"{ada}:since_month:100000:7:2026"]


def test_a_milestone_that_is_added_later_counts_from_then(thanker: Thanker) -> None:
    thanker.set(new_donation=True, each_gift={"action": "none"})
    ada = thanker.donor()
    thanker.give(ada, 600)
    thanker.ended()
    thanker.set(milestones={"big": {"measure": "lifetime", "thresholds": [50_000]}})
    thanker.give(ada, 10)
    assert thanker.log(thanker.ended()) == {}
    thanker.set(milestones={"big": {"thresholds": [50_000, 62_000]}})
    thanker.give(ada, 10)
    assert list(thanker.log(thanker.ended())) == [f"{ada}:lifetime:62000"]


def test_only_that_a_milestone_fired_is_kept(on: Thanker) -> None:
    on.set(milestones={"first": {"measure": "gifts", "thresholds": [1]}})
    ada = on.donor()
    on.give(ada, 65_432.1)
    on.ended()
    kept = on.world.app.links.get(on.id, "gift", Side.CRM, f"{ada}:gifts:1")
    assert kept is not None
    stored = json.dumps(kept.item(), default=str)
    assert not [told for told in ("Ada", "Lane", "example.org", "65432", "expires") if told in stored.replace(ada, "")]


# -- doubt


@pytest.mark.parametrize("action", ["task", "note"])
@pytest.mark.parametrize("mode", ["reset_after", "truncated"])
def test_F41_what_may_have_been_sent_is_never_sent_again_by_itself(on: Thanker, action: str, mode: str) -> None:
    on.set(each_gift={"action": action, "note": on.platform.note()})
    method = "POST" if action == "task" else "PUT"
    on.platform.fault(mode, method=method, path="/api/integrationsEndpoint", count=1)
    gift = on.give(on.donor())
    run = on.ended()
    assert on.log(run) == {gift: ("failed", "maybe_thanked")}
    assert run.count(Side.PLATFORM, "review") == 1
    for _ in range(3):
        on.pass_time(hours=1)
        on.ended()
    assert _sent(on) == 1
    (question,) = review.open_questions(on.world.app, on.connection, 10)
    assert (question.side, question.id, question.answers) == (Side.CRM, gift, ("create", "ignore"))
    assert "Gratavid" in question.text
    answered = review.answer(on.world.app, on.connection, "gift", Side.CRM, gift, "create", "tester")
    on.world.pump()
    assert answered is not None
    assert on.log(answered) == {gift: ("created", "")}
    assert (_sent(on), on.link(gift).state) == (2, "linked")


def test_F41_somebody_decides_not_to_send(on: Thanker) -> None:
    on.platform.fault("reset_after", method="POST", path="/api/integrationsEndpoint", count=1)
    gift = on.give(on.donor())
    on.ended()
    assert review.answer(on.world.app, on.connection, "gift", Side.CRM, gift, "ignore", "tester") is None
    run = history.retry_record(on.world.app, on.connection, "gift", Side.CRM, gift, "tester")
    on.world.pump()
    assert on.log(run) == {gift: ("skipped", "ignored")}
    assert _sent(on) == 1


def test_what_was_never_sent_is_sent_later(on: Thanker) -> None:
    on.platform.fault("status", method="POST", path="/api/integrationsEndpoint", status=429, count=1)
    gift = on.give(on.donor())
    assert on.look().state == "running"
    on.pass_time(minutes=5)
    on.world.tick()
    assert _sent(on) == 1
    assert on.link(gift).state == "linked"


def _sent(thanker: Thanker) -> int:
    return len(thanker.platform.tasks()) + len(thanker.platform.sends())


# -- what is passed on


def test_F54_nothing_of_a_card_is_passed_on(on: Thanker) -> None:
    card: dict[str, Any] = {
        "Method": "CreditCard", "CreditCardType": "Visa", "CreditCardLastFourDigits": "4242",
        "CreditCardExpMonth": 12, "CreditCardExpYear": 2031,
    }  # fmt: skip
    on.give(on.donor(Employer="Acme", Birthdate="1980-05-01"), 50, **card)
    eft = {"Method": "Eft", "EftAccountType": "Checking", "EftLastFourDigits": "9876", "EftRoutingNumber": "021000021"}
    on.give(on.donor("Bo", email="bo@example.org"), 60, **eft)
    on.ended()
    calls = [call for call in on.platform.journal() if call["method"] in ("POST", "PUT")]
    bodies = [_body(call) for call in calls]
    assert len(bodies) == 2
    assert all(set(body) <= TASK_FIELDS for body in bodies)
    told = json.dumps(bodies)
    assert not [one for one in ("4242", "Visa", "2031", "9876", "021000021", "Checking", "Acme", "1980") if one in told]


def _body(call: dict[str, Any]) -> dict[str, Any]:
    body = call["body"]
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return found


def test_who_must_not_be_called_is_opted_out_of_texts_and_nobody_is_opted_in(on: Thanker) -> None:
    on.give(on.donor(CommunicationRestrictions=["DoNotCall"]))
    on.give(on.donor("Bo", email="bo@example.org"))
    on.ended()
    assert {one["email"]: one["textOptIn"] for one in on.platform.contacts()} == {
        "ada@example.org": False,
        "bo@example.org": None,
    }


# -- settings


def test_settings_without_sense_are_refused_with_their_path(thanker: Thanker) -> None:
    for thanks, path in (
        ({"each_gift": {"action": "note"}}, "settings.thanks.each_gift.note"),
        ({"milestones": {"x": {"measure": "gifts"}}}, "settings.thanks.milestones.x.thresholds"),
        ({"milestones": {"x": {"measure": "gifts", "thresholds": [0]}}}, "settings.thanks.milestones.x.thresholds.0"),
        ({"switched_on": {}}, "settings.thanks.switched_on"),
    ):
        with pytest.raises(Invalid) as refused:
            configure.change(thanker.world.app, thanker.connection, {"thanks": thanks})
        assert [where for where, _ in refused.value.mistakes] == [path]
    with pytest.raises(Invalid, match="settings"):
        configure.change(thanker.world.app, thanker.connection, {"contacts": True})


def test_what_gratavid_has_none_of_is_refused(thanker: Thanker) -> None:
    with pytest.raises(Conflict):
        lifecycle.answer_first_sync(thanker.world.app, thanker.connection, yes=True, actor="tester")
    with pytest.raises(Conflict):
        lifecycle.sync_now(thanker.world.app, thanker.connection, "preview", "tester")


def test_the_schedule_looks_by_itself(on: Thanker) -> None:
    on.give(on.donor())
    on.pass_time(minutes=16)
    on.world.tick()
    assert len(on.platform.tasks()) == 1
