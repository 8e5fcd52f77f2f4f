"""The settings' page: what a person changes arrives, what is wrong is said beside its field, nothing else moves."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.connectors.http import Api
from giftbridge.errors import Retry
from giftbridge.jobs import configure
from giftbridge.portal.settings_patch import PAGE
from giftbridge.recipes import in_force
from giftbridge.stores.connections import Connection
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Staff, Visiting, forms
from tests.thanking import Thanker

PAIRS = [
    (platform, crm)
    for platform in ("handbid", "raisedonors", "wegive", "gratavid")
    for crm in ("bloomerang", "kindful", "virtuous")
]


@dataclass
class Desk:
    """A connection's settings in a browser."""

    staff: Staff
    browser: Visiting
    owner: str
    id: str
    before: Mapping[str, Any] = field(default_factory=dict)
    """What connecting has set."""

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/portal/c/{self.id}/settings"

    @property
    def connection(self) -> Connection:
        """As it is now."""
        return self.staff.world.app.connections.get(self.owner, self.id)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is set since."""
        return {name: value for name, value in self.connection.settings.items() if self.before.get(name) != value}

    @property
    def in_force(self) -> dict[str, Any]:
        """What holds."""
        one = self.connection
        return in_force(one.platform, one.crm, one.settings)

    def open(self, query: str = "") -> Reply:
        """The page."""
        return self.browser.get(self.path + query)

    def save(self, typed: dict[str, str], status: int = 200, page: Reply | None = None) -> Reply:
        """Change fields and save."""
        return self.browser.send(page or self.open(), "/settings/save", status, **typed)

    def change(self, **patch: Any) -> Connection:
        """What somebody else changes."""
        return configure.change(self.staff.world.app, self.connection, patch)


@pytest.fixture
def desk(staff: Staff) -> Desk:
    """A connection of two systems that know contacts and gifts."""
    made = Desk(staff, staff.browser, staff.owner, staff.connect())
    return replace(made, before=made.connection.settings)


@pytest.fixture
def thanks(staff: Staff, thanker: Thanker) -> Desk:
    """A connection of a platform that thanks."""
    browser = staff.colleague(platform="gratavid", organisation=thanker.connection.organisation)
    return Desk(staff, browser, thanker.owner, thanker.id)


def stored(staff: Staff, platform: str, crm: str, **settings: Any) -> Desk:
    """A connection without credentials: nothing can be read, everything can be set."""
    one = Connection(
        id=uuid.uuid4().hex[:20], platform=platform, organisation=uuid.uuid4().hex[:12], crm=crm,
        account=f"{crm}:{uuid.uuid4().hex}", settings=settings,
    )  # fmt: skip
    staff.world.app.connections.save(one)
    return Desk(staff, staff.colleague(platform=platform, organisation=one.organisation), one.owner, one.id)


def tag(page: Reply, name: str) -> str:
    """The tag of a field."""
    found = re.findall(rf'<(?:input|select)[^>]* name="{re.escape(name)}"[^>]*>', page.text)
    assert found, f"{name} is not on the page"
    return unescape(found[-1])


def value(page: Reply, name: str) -> str:
    """What stands in a field."""
    (form,) = [one for one in forms(page) if one.action.endswith("/settings/save")]
    return [text for each, text in form.fields if each == name][-1]


def wrong(page: Reply) -> dict[str, str]:
    """Field -> what is said beside it."""
    ids = re.findall(r'<(?:input|select) id="([^"]+)" name="([^"]+)"[^>]*aria-invalid="true"', page.text)
    said = dict(re.findall(r'<p class="wrong" id="([^"]+)-wrong">([^<]*)</p>', page.text))
    assert said.keys() == {each for each, _ in ids}
    return {name: unescape(said[each]) for each, name in ids}


def options(page: Reply, name: str) -> dict[str, str]:
    """What a field may be chosen from."""
    inner = re.search(rf'<select[^>]* name="{re.escape(name)}"[^>]*>(.*?)</select>', page.text, re.DOTALL)
    assert inner, f"{name} is no list"
    return {key: unescape(text) for key, text in re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', inner[1])}


# -- what is changed arrives, and nothing else


def test_a_page_saved_as_it_is_changes_nothing(desk: Desk) -> None:
    before = desk.connection
    assert "You changed nothing" in desk.save({}).text
    assert desk.connection == before


@pytest.mark.parametrize(("platform", "crm"), PAIRS)
def test_each_pairs_page_saved_as_it_is_changes_nothing(staff: Staff, platform: str, crm: str) -> None:
    desk = stored(staff, platform, crm, cadence_minutes=15, **{crm: {"import_dates": "yyyy-mm-dd"}})
    before = desk.connection
    assert "You changed nothing" in desk.save({}).text
    assert desk.connection == before


def test_gifts(desk: Desk) -> None:
    fund = str(desk.staff.crm.fund())
    page = desk.open()
    assert options(page, "default_purpose.fund")[fund] == "Unrestricted"
    saved = desk.save(
        {
            "gifts": "", "default_purpose.fund": fund, "handover_daily": "yes", "handover_at": "21:30",
            "import_by_hand": "yes", "currency": "cad", "funds:0:key": "GALA", "funds:0:value": fund,
            "event_purposes:0:key": "501", "event_purposes:0:fund": fund,
        },
        page=page,
    )  # fmt: skip
    assert "Saved." in saved.text
    assert desk.settings == {
        "gifts": False, "default_purpose": {"fund": fund}, "handover_daily": True, "handover_at": "21:30",
        "import_by_hand": True, "currency": "CAD", "funds": {"GALA": fund}, "event_purposes": {"501": {"fund": fund}},
    }  # fmt: skip
    held = desk.in_force
    assert (held["gifts"], held["handover_at"], held["funds"]) == (False, "21:30", {"GALA": fund})
    assert held["event_purposes"] == {"501": {"fund": fund}}


def test_rows_are_renamed_changed_and_removed(desk: Desk) -> None:
    crm = desk.staff.crm
    fund, roof = str(crm.fund()), str(crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})["Id"])
    desk.change(funds={"A": fund, "B": fund, "C": fund, "D": fund}, event_purposes={"501": {"fund": fund}})
    desk.save({
        "funds:0:key": "", "funds:0:value": "", "funds:1:value": "", "funds:2:key": "E", "funds:3:value": roof,
        "event_purposes:0:fund": "",
    })  # fmt: skip
    assert desk.settings["funds"] == {"E": fund, "D": roof}
    assert desk.settings["event_purposes"] == {}


def test_methods(desk: Desk) -> None:
    assert set(options(desk.open(), "bloomerang.methods.card")) == set(configure.words_of_methods(desk.connection))
    desk.save({"bloomerang.methods.paypal": "Cash"})
    assert desk.settings == {"bloomerang": {"methods": {"paypal": "Cash"}}}
    assert desk.in_force["bloomerang"]["methods"] == {"paypal": "Cash"}
    desk.save({"bloomerang.methods.paypal": "None"})
    assert desk.settings == {"bloomerang": {"methods": {}}}


def test_contacts(desk: Desk) -> None:
    desk.save({
        "directions.email": "to_crm", "conflict.phone": "platform", "tie": "platform", "skew_seconds": "60",
        "creates.platform": "", "ignored_origins.api": "yes", "activity": "yes", "region": "ca", "contacts": "",
    })  # fmt: skip
    assert desk.settings == {
        "directions": {"email": "to_crm"}, "conflict": {"phone": "platform"}, "tie": "platform", "skew_seconds": 60,
        "creates": ["crm"], "ignored_origins": ["api"], "activity": True, "region": "CA", "contacts": False,
    }  # fmt: skip
    held = desk.in_force
    assert (held["directions"], held["creates"], held["contacts"]) == ({"email": "to_crm"}, ["crm"], False)


def test_time(desk: Desk) -> None:
    desk.save({"time_zone": "America/Denver", "cadence_minutes": "15", "sweep_days": "0", "unconfirmed_hours": "24"})
    held = {"time_zone": "America/Denver", "cadence_minutes": 15, "sweep_days": 0, "unconfirmed_hours": 24}
    assert desk.settings == held
    assert held.items() <= desk.in_force.items()
    page = desk.open()
    assert value(page, "time_zone") == "America/Denver"
    assert "<option>Europe/Paris<" in page.text
    desk.save({"time_zone": "Etc/GMT+7"})
    assert desk.in_force["time_zone"] == "Etc/GMT+7"


def test_the_systems_own_settings_with_what_their_manifests_say_of_them(desk: Desk) -> None:
    page = desk.open()
    assert "how long a new record may stay invisible to look-ups" in page.text
    desk.save(
        {
            "handbid.lookup_lag_seconds": "9", "bloomerang.child_changes": "bump",
            "bloomerang.email_opt_out_reason": "", "bloomerang.types.grant": "method:InKind",
            "bloomerang.frequencies.weekly": "",
        },
        page=page,
    )  # fmt: skip
    held = {
        "handbid": {"lookup_lag_seconds": 9},
        "bloomerang": {
            "child_changes": "bump", "email_opt_out_reason": "", "types": {"grant": "method:InKind"},
            "frequencies": {"weekly": ""},
        },
    }  # fmt: skip
    assert desk.settings == held
    assert held.items() <= desk.in_force.items()


def test_words_that_the_customer_gives_are_added_and_removed(staff: Staff) -> None:
    desk = stored(staff, "wegive", "bloomerang", wegive={"kinds": {"campaign:9": "grant"}})
    desk.save({
        "wegive.processing_is_success": "yes", "wegive.kinds:0:value": "", "wegive.kinds:1:key": "campaign:12",
        "wegive.kinds:1:value": "membership", "wegive.frequencies.weekly": "monthly",
    })  # fmt: skip
    assert desk.settings["wegive"] == {
        "processing_is_success": True, "kinds": {"campaign:12": "membership"}, "frequencies": {"weekly": "monthly"},
    }  # fmt: skip
    twice = desk.save({"wegive.frequencies:0:key": "daily", "wegive.frequencies:0:value": "weekly"}, 422)
    assert wrong(twice) == {"wegive.frequencies:0:key": "This stands twice."}


@pytest.mark.parametrize("switch", ["new_donation", "task_sent", "replies", "watches"])
def test_F53_each_event_of_thanks_is_a_switch_of_its_own(thanks: Desk, switch: str) -> None:
    thanks.save({f"thanks.{switch}": "yes"})
    chosen = dict(thanks.settings["thanks"])
    assert chosen.pop("switched_on").keys() == {switch}
    assert chosen == {switch: True}
    thanks.save({f"thanks.{switch}": ""})
    assert thanks.settings["thanks"] == {"switched_on": {}}


def test_F50_what_is_done_for_gifts_and_milestones(thanks: Desk, thanker: Thanker) -> None:
    note, user = thanker.platform.note(), thanker.platform.user()
    page = thanks.open()
    assert options(page, "thanks.each_gift.note")[note] == "Thank you"
    assert options(page, "thanks.each_gift.assigned_to")[user] == "Avery Admin"
    assert "default_purpose.fund" not in page.text
    assert "kind=note" in page.text
    assert "kind=user" not in page.text
    assert thanks.browser.ask("GET", f"{thanks.path}/choices?kind=user&q=Avery", hx_request="true").status == 404
    thanks.save(
        {
            "thanks.each_gift.action": "note", "thanks.each_gift.note": note,
            "thanks.milestones:0:thresholds": "5, 10", "thanks.milestones:0:assigned_to": user,
            "thanks.milestones:1:key": "big", "thanks.milestones:1:measure": "since_month",
            "thanks.milestones:1:thresholds": "$1000, 2500.50", "thanks.milestones:1:month": "7",
        },
        page=page,
    )  # fmt: skip
    chosen = thanks.in_force["thanks"]
    assert chosen["each_gift"] == {"action": "note", "note": note}
    assert chosen["milestones"] == {
        "gifts": {"measure": "gifts", "thresholds": [5, 10], "assigned_to": user},
        "big": {"measure": "since_month", "thresholds": [100000, 250050], "month": 7},
    }
    again = thanks.open()
    assert value(again, "thanks.milestones:0:thresholds") == "1000, 2500.50"
    thanks.save({"thanks.milestones:1:measure": "lifetime", "thanks.milestones:0:thresholds": ""}, page=again)
    left = {"measure": "lifetime", "thresholds": [500, 1000], "assigned_to": user}
    assert thanks.in_force["thanks"]["milestones"] == {"gifts": left}


def test_a_second_milestone_of_a_measure_gets_another_name(thanks: Desk) -> None:
    thanks.save({"thanks.milestones:0:thresholds": "5", "thanks.milestones:1:thresholds": "7"})
    assert set(thanks.settings["thanks"]["milestones"]) == {"gifts", "gifts-2"}


def test_what_goes_back_to_the_usual_is_no_longer_set(staff: Staff) -> None:
    desk = stored(staff, "raisedonors", "virtuous", directions={"email": "off"}, ignored_origins=[], region="CA")
    desk.save({"directions.email": "to_crm", "ignored_origins.api": "yes", "region": "", "projects": "yes"})
    assert desk.settings == {"directions": {}, "projects": True}
    desk.save({"directions.email": "both", "projects": "", "virtuous.contact_writes": "direct"})
    assert desk.settings == {"directions": {"email": "both"}, "virtuous": {"contact_writes": "direct"}}


def test_two_who_change_settings_change_only_what_they_touched(desk: Desk) -> None:
    fund = str(desk.staff.crm.fund())
    desk.change(funds={"A": fund, "B": fund}, cadence_minutes=30)
    mine = desk.open()
    desk.change(cadence_minutes=15, ignored_origins=["donor"], funds={"A": None, "C": fund}, tie="platform")
    desk.save(
        {"skew_seconds": "60", "ignored_origins.api": "yes", "funds:2:key": "D", "funds:2:value": fund}, page=mine
    )
    assert {**desk.settings, "ignored_origins": set(desk.settings["ignored_origins"])} == {
        "cadence_minutes": 15, "ignored_origins": {"donor", "api"}, "tie": "platform", "skew_seconds": 60,
        "funds": {"B": fund, "C": fund, "D": fund},
    }  # fmt: skip


# -- what is wrong


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("cadence_minutes", "4", "greater than or equal to 5"),
        ("cadence_minutes", "often", "Write a whole number."),
        ("cadence_minutes", "4.5", "Write a whole number."),
        ("cadence_minutes", "9" * 60, "Write a whole number."),
        ("time_zone", "Mars/Olympus", "There is no such time zone"),
        ("time_zone", "../../etc/passwd", "There is no such time zone"),
        ("default_purpose.fund", "999999", "no active fund with this id"),
        ("handover_at", "25:00", "Write a time of day such as 22:00."),
        ("handover_at", "soon", "Write a time of day such as 22:00."),
        ("region", "USA", "Write two letters such as US."),
        ("currency", "dollar", "Write three letters such as USD"),
        ("directions.email", "sideways", "Input should be 'both'"),
        ("conflict.email", "loudest", "Input should be 'newest'"),
        ("bloomerang.methods.card", "Shells", "none of: None, Cash"),
        ("bloomerang.gift_field_id", "-1", "must not be negative"),
        ("bloomerang.types.grant", "campaign:999998", "no active campaign with this id"),
        ("bloomerang.acknowledged_status", "x" * 201, "too long"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_all_that_was_typed_stays(
    desk: Desk, name: str, typed: str, said: str
) -> None:
    before = desk.connection
    page = desk.save({name: typed, "sweep_days": "3"}, 422)
    assert said in wrong(page)[name]
    assert wrong(page).keys() == {name}
    assert "Nothing was saved" in page.text
    assert f'<a href="#{re.sub("[.:]", "-", name)}">' in page.text
    assert unescape(value(page, name)) == (typed.upper() if name in ("region", "currency") else typed)
    assert value(page, "sweep_days") == "3"
    assert desk.connection == before


def test_mistakes_in_rows_are_told_in_the_row(desk: Desk) -> None:
    fund = str(desk.staff.crm.fund())
    desk.change(funds={"OLD": fund})
    page = desk.save(
        {
            "funds:0:key": "", "funds:1:key": "GALA", "funds:1:value": "999997", "funds:2:key": "NONE",
            "funds:3:key": "GALA", "funds:3:value": fund, "event_purposes:0:key": "501",
            "event_purposes:1:campaign": "999998", "event_purposes:2:key": "502", "event_purposes:2:appeal": "999996",
        },
        422,
    )  # fmt: skip
    said = wrong(page)
    assert {name: text[:20] for name, text in said.items()} == {
        "funds:0:key": "Write the name, or e", "funds:1:value": "The CRM has no activ",
        "funds:2:value": "Choose the fund, or ",
        "funds:3:key": "This stands twice.", "event_purposes:0:fund": "Choose a fund, a cam",
        "event_purposes:1:key": "Write the name, or e", "event_purposes:2:appeal": "The CRM has no activ",
    }  # fmt: skip
    assert value(page, "funds:1:value") == "999997"
    assert desk.settings == {"funds": {"OLD": fund}}
    mended = {
        "funds:0:key": "OLD", "funds:1:value": fund, "funds:2:key": "", "funds:3:key": "", "funds:3:value": "",
        "event_purposes:0:key": "", "event_purposes:1:campaign": "", "event_purposes:2:key": "",
        "event_purposes:2:appeal": "",
    }  # fmt: skip
    desk.save(mended, page=page)
    assert desk.settings["funds"] == {"OLD": fund, "GALA": fund}


def test_mistakes_of_thanks_are_told_in_their_fields(thanks: Desk) -> None:
    page = thanks.save(
        {
            "thanks.each_gift.action": "note", "thanks.milestones:0:key": "Very Big",
            "thanks.milestones:0:thresholds": "5, many", "thanks.milestones:1:key": "later",
        },
        422,
    )  # fmt: skip
    said = wrong(page)
    assert said["thanks.milestones:0:key"].startswith("Write small letters")
    assert said["thanks.milestones:0:thresholds"] == "Write numbers such as 5, 10, 25."
    assert said["thanks.milestones:1:thresholds"] == "Write at what numbers it is reached."
    alone = thanks.save({"thanks.each_gift.action": "note"}, 422)
    assert wrong(alone) == {"thanks.each_gift.note": "Choose the note that is to be sent."}
    assert "thanks" not in thanks.settings


def test_made_up_fields_are_passed_over(desk: Desk) -> None:
    before = desk.connection
    page = desk.open()
    made_up = {
        "unheard": "1", "backfill": "yes", "reference": "x", "directions.shoe_size": "both", "owner": "someone",
        "funds:999:key": "A", "funds:0:colour": "blue", "funds::key": "A", "bloomerang.methods.shells": "Cash",
        "kindful.columns": "all", "thanks.replies": "yes", "default_purpose": "1",
    }  # fmt: skip
    assert "You changed nothing" in desk.save(made_up, page=page).text
    assert desk.connection == before


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", '{"tie": 5}', "[" * 100_000, "null", '{"made.up": "x"}'])
def test_a_form_that_forgot_what_it_showed_is_held_to_what_is_in_force(desk: Desk, seen: str) -> None:
    desk.save({"cadence_minutes": "15", "seen": seen})
    assert desk.settings == {"cadence_minutes": 15}


def test_a_form_with_little_in_it_changes_little(desk: Desk) -> None:
    (form,) = [one for one in forms(desk.open()) if one.action.endswith("/save")]
    ours = [(name, text) for name, text in form.fields if name.startswith("form_")]
    reply = desk.browser.ask("POST", form.action, urlencode([*ours, ("tie", "platform")]), origin=ORIGIN)
    assert reply.status == 303
    assert desk.settings == {"tie": "platform"}


def test_another_organisations_settings_are_not_there(desk: Desk, strangers: Staff) -> None:
    mine = forms(desk.open())
    assert "no such connection" in strangers.browser.get(desk.path, 404).text
    strangers.browser.get(f"{desk.path}/choices?kind=fund", 404)
    (form,) = [one for one in mine if one.action.endswith("/save")]
    token = next(form for form in forms(strangers.browser.get("/portal")) if form.action.endswith("/leave"))
    body = urlencode([*token.fields, ("tie", "platform")])
    assert strangers.browser.ask("POST", form.action, body, origin=ORIGIN).status == 404
    assert desk.settings == {}


# -- the systems' own lists


def test_lists_are_read_from_the_crm_and_again_when_asked(desk: Desk) -> None:
    desk.open()
    desk.staff.crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})
    assert "New roof" in options(desk.open("?lists=now"), "default_purpose.fund").values()
    desk.staff.crm.staff_call("POST", "/fund", {"Name": "New door", "IsActive": True})
    desk.staff.world.clock.advance(seconds=61)
    assert "New door" in options(desk.open(), "default_purpose.fund").values()


def test_a_search_narrows_a_list_and_keeps_what_is_chosen(desk: Desk) -> None:
    fund = str(desk.staff.crm.fund())
    roof = str(desk.staff.crm.staff_call("POST", "/fund", {"Name": "New <roof>", "IsActive": True})["Id"])
    assert f'hx-get="{desk.path}/choices?kind=fund"' in desk.open().text

    def search(query: str) -> Reply:
        return desk.browser.ask("GET", f"{desk.path}/choices?{query}", hx_request="true")

    reply = search(f"kind=fund&q=ROOF&default_purpose.fund={fund}")
    assert "<html" not in reply.text
    assert re.findall(r'<option value="(\d+)"( selected)?>([^<\n]+)', reply.text) == [
        (fund, " selected", "Unrestricted"), (roof, "", "New &lt;roof&gt;"),
    ]  # fmt: skip
    assert "Nothing has this in its name" in search("kind=fund&q=nowhere").text
    assert search("kind=shoes&q=x").status == 404
    assert search("q=x").status == 404
    assert "Default fund" in desk.browser.get(f"{desk.path}/choices?kind=fund&q=x").text


@pytest.mark.parametrize("how", ["down", "limited", "disconnected", "refused"])
def test_without_the_crms_lists_everything_can_be_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    fund, crm, app = str(desk.staff.crm.fund()), desk.staff.crm, desk.staff.world.app
    desk.change(default_purpose={"fund": fund}, funds={"GALA": fund})
    said = {
        "down": "has a problem of its own", "limited": "asked to wait", "disconnected": "waits to be reconnected",
        "refused": "no longer accepts the credentials",
    }  # fmt: skip
    if how == "down":

        def down(*_: Any, **__: Any) -> None:
            raise Retry("The CRM has a problem of its own (HTTP 503).", code="http_503")

        monkeypatch.setattr(Api, "call", down)
    elif how == "limited":
        app.accounts.block(desk.connection.account, app.now().replace(year=app.now().year + 1))
    elif how == "disconnected":
        crm.revoke_key()
        app.connections.turn_unhealthy(desk.connection, "Revoked.")
    else:
        crm.revoke_key()
    page = desk.open("?lists=now")
    assert said[how] in page.text
    assert tag(page, "default_purpose.fund").startswith("<input")
    assert value(page, "default_purpose.fund") == fund
    assert value(page, "funds:0:value") == fund
    saved = desk.save({"cadence_minutes": "15", "funds:0:value": "", "default_purpose.fund": ""}, page=page)
    assert "Saved." in saved.text
    assert (desk.settings["cadence_minutes"], desk.settings["funds"]) == (15, {})
    refused = desk.save({"default_purpose.fund": fund, "tie": "platform"}, 409)
    assert "Nothing was saved" in refused.text
    assert value(refused, "default_purpose.fund") == fund
    assert value(refused, "tie") == "platform"
    assert "tie" not in desk.settings


# -- the page


@pytest.mark.parametrize(
    ("platform", "crm", "there", "not_there"),
    [
        (
            "handbid",
            "bloomerang",
            ["section-gifts", "section-methods", "section-contacts", "event_purposes-0-key"],
            ["section-thanks", "pull", "projects"],
        ),
        (
            "raisedonors",
            "virtuous",
            ["gifts", "projects", "activity"],
            ["section-thanks", "pull", "event_purposes-0-key"],
        ),
        ("wegive", "bloomerang", ["gifts", "pull"], ["section-thanks", "projects", "activity", "event_purposes-0-key"]),
        (
            "gratavid",
            "bloomerang",
            ["section-thanks", "time_zone"],
            ["gifts", "section-methods", "contacts", "sweep_days"],
        ),
        ("gratavid", "kindful", ["time_zone"], ["section-thanks", "gifts"]),
    ],
)
def test_only_what_a_pair_can_do_is_asked(
    staff: Staff, platform: str, crm: str, there: list[str], not_there: list[str]
) -> None:
    page = stored(staff, platform, crm).open()
    for name in there:
        assert f'id="{name}"' in page.text, name
    for name in not_there:
        assert f'id="{name}"' not in page.text, name
    assert (
        page.text.index('aria-label="Sections"')
        < page.text.index('<a href="#section-time">')
        < page.text.index("<fieldset")
    )


@pytest.mark.parametrize(("platform", "crm"), PAIRS)
def test_every_field_has_a_label_and_an_id_of_its_own(staff: Staff, platform: str, crm: str) -> None:
    page = stored(staff, platform, crm, funds={"A": "1"} if platform != "gratavid" else {}).open()
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    labels = set(re.findall(r'<label for="([^"]+)"', page.text))
    tags = re.findall(r"<(?:input|select) [^>]*>", page.text)
    given = [dict(re.findall(r' ([a-z-]+)="([^"]*)"', each)) for each in tags]
    for one in given:
        assert one.get("type") == "hidden" or one.get("aria-label") or one.get("id") in labels, one
    spoken = [one["aria-label"] for one in given if "aria-label" in one]
    assert len(spoken) == len(set(spoken))


def test_the_lists_of_a_big_crm_and_many_rows_leave_the_page_small(desk: Desk) -> None:
    crm = desk.staff.crm
    for index in range(101):
        crm.staff_call("POST", "/fund", {"Name": f"Fund of the {index}th kind", "IsActive": True})
    for index in range(74):
        for kind in ("campaign", "appeal"):
            crm.staff_call("POST", f"/{kind}", {"Name": f"The {index}th {kind} of many", "IsActive": True})
    fund = str(crm.fund())
    desk.change(
        funds={f"CODE-{index:03}": fund for index in range(60)},
        event_purposes={f"{5000 + index}": {"fund": fund} for index in range(60)},
    )
    page = desk.open()
    assert len(page.text.encode()) < 100_000, len(page.text.encode())
    assert tag(page, "default_purpose.fund").startswith("<input")
    assert len(options(page, "default_purpose.campaign")) > 70
    assert f'<option value="{fund}">Unrestricted' in page.text
    assert 'hx-target="#fund-list"' in page.text
    assert value(page, f"funds:{PAGE - 1}:key") == f"CODE-{PAGE - 1:03}"
    (further,) = set(re.findall(r'href="[^"?]*(\?funds=[^"]+)"', page.text))
    second = desk.open(further)
    assert value(second, "funds:0:key") == f"CODE-{PAGE:03}"
    desk.save({"funds:0:value": ""}, page=second)
    assert desk.settings["funds"].keys() == {f"CODE-{index:03}" for index in range(60) if index != PAGE}


def test_a_page_that_is_looked_at_again_costs_one_call(
    desk: Desk, calls_to_storage: Callable[[Callable[[], Any]], list[str]]
) -> None:
    desk.open()
    assert calls_to_storage(desk.open) == ["BatchGetItem"]


def test_a_second_click_saves_nothing_twice(desk: Desk) -> None:
    page = desk.open()
    desk.save({"cadence_minutes": "15"}, page=page)
    desk.change(cadence_minutes=30)
    assert "Saved." in desk.save({"cadence_minutes": "15"}, page=page).text
    desk.staff.world.clock.advance(seconds=4)
    assert "nothing was done a second time" in desk.save({"cadence_minutes": "15"}, page=page).text
    assert desk.settings["cadence_minutes"] == 30


def test_what_was_typed_outlives_a_session(desk: Desk) -> None:
    page = desk.open()
    desk.staff.world.clock.advance(hours=9)
    ended = desk.save({"cadence_minutes": "15", "contacts": ""}, 401, page=page)
    desk.browser.jar.clear()
    desk.browser.get(desk.staff.link())
    (again,) = forms(ended)
    confirm = desk.browser.submit(again, 409)
    form = next(one for one in forms(confirm) if one.action.endswith("/settings/save"))
    desk.browser.submit(form)
    assert desk.settings == {"cadence_minutes": 15, "contacts": False}
    assert json.loads(value(page, "seen")).items() <= desk.before.items()
