"""Gratavid with Bloomerang: what is switched on and off in the browser."""

from local.sandbox.gratavid.sandbox import GratavidAccount
from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows import test_gratavid as thanking
from tests.rows.conftest import Site
from tests.rows.test_gratavid import donor, give, heard, number_of, tell, told

backend, gratavid, account, thanked = thanking.backend, thanking.gratavid, thanking.account, thanking.site

LABELS = {
    "task_sent": "Thanks that staff sent are logged in Bloomerang",
    "replies": "Donors' replies are logged in Bloomerang",
    "watches": "Thanks that donors watched are logged in Bloomerang",
    "new_donation": "New gifts in Bloomerang are thanked for",
}
EVENTS = {"task_sent": "taskSent", "replies": "reply", "watches": "noteWatched"}


def turn(screen: Screen, **switches: bool) -> None:
    """Set these switches and save, in a second of its own: the CRM's stamps have no more."""
    thanking.wait_for_the_next_second()
    for name, on in switches.items():
        screen.page.get_by_label(LABELS[name], exact=True).set_checked(on)
    screen.press("Save settings").says("Saved.")
    thanking.wait_for_the_next_second()


def test_F53_gratavid_bloomerang_switching_one_event_off_stops_only_that(
    visitors: Visitors, thanked: Site, account: GratavidAccount
) -> None:
    ada = donor(thanked)
    number, logged, tasks = number_of(thanked, ada), 0, 0
    screen = visitors.staff(thanked, viewport=PHONE).open(f"/c/{thanked.connection}/settings")
    for label in LABELS.values():
        assert not screen.page.get_by_label(label, exact=True).is_checked()
    for place, off in enumerate(LABELS, 1):
        turn(screen, **{name: name != off for name in LABELS})
        assert {name for name in LABELS if not thanked.view()["settings"]["thanks"].get(name)} == {off}
        for event in EVENTS.values():
            assert tell(account, event, contact_customUserId=number, noteURL=f"https://v/{place}") == 202
        runs = heard(thanked, 3 * place)[:3]
        outcomes = sorted(next(iter(told(thanked, run).values())) for run in runs)
        stopped = [("skipped", "switched_off")] if off in EVENTS else []
        assert outcomes == [*[("created", "")] * (3 - len(stopped)), *stopped]
        logged += 3 - len(stopped)
        give(thanked, ada, place)
        reply = thanked.call("POST", "~/sync")
        if off == "new_donation":
            assert reply.json()["type"] == "urn:giftbridge:problem:contacts_off"
            screen.press("CRM sync").press("Synchronize now")
            screen.says("The settings say that new gifts are not thanked for.")
        else:
            thanked.finished(reply.json()["id"])
            tasks += 1
        subjects = [row["Subject"] for row in thanked.crm.state()["interactions"]]
        assert (len(subjects), len(account.tasks())) == (logged, tasks)
    assert {subjects.count(f"Gratavid {word}") for word in ("sent", "reply", "watched")} == {3}
