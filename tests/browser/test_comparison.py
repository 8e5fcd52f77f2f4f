"""Whether both sides still agree, in the browser."""

from typing import Any

import pytest

from giftbridge.jobs.context import App
from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Site
from tests.rows.test_drift import CLEAN, crm_id, seed_drift, seven, told

__all__ = ["seven"]

CALLED = {
    "drift_different": "Different", "drift_unconfirmed": "Never confirmed", "drift_missed": "Missed",
    "drift_missing_crm": "Missing in Bloomerang", "drift_missing_platform": "Missing in Handbid",
}  # fmt: skip


def compared(screen: Screen, site: Site) -> Screen:
    """Compare now, clicked twice, and look until it has ended: a page moves by itself where scripts may run."""
    screen.twice("Compare now").says("The newest comparison")
    site.ended(mode="sweep")
    if not screen.scripted:
        screen.page.reload()
    screen.page.get_by_text("Done", exact=True).first.wait_for()
    return screen.checked()


def listed(screen: Screen, heading: str) -> list[str]:
    """The records below a heading, each as it is read."""
    return screen.section(heading).locator("tbody tr").all_inner_texts()


def test_P04_one_case_of_each_class_is_shown_and_none_invented(visitors: Visitors, seven: Site, app: App) -> None:
    expected = seed_drift(seven, app)
    seven.sync()
    before = seven.constituents()
    screen = visitors.staff(seven).open(f"/c/{seven.connection}").press("Comparison")
    compared(screen.says("Nothing was compared yet"), seven)
    assert len(seven.runs(mode="sweep")) == 1, "two clicks begin one"
    assert seven.runs(mode="sweep")[0]["started_by"] == "anna"
    assert told(seven.get("~/drift?limit=200")) == expected
    assert len(listed(screen, "All records")) == len(expected)
    numbers = {row.split("\t")[0]: int(row.split("\t")[1]) for row in listed(screen, "What it found")}
    for code, called in CALLED.items():
        cases = [case for case in expected if case[0] == code]
        assert numbers[called] == len(cases)
        screen.press(called, screen.section("What it found"))
        rows = listed(screen, called)
        assert len(rows) == len(cases)
        for _, _, _, record, *fields in cases:
            (row,) = [one for one in rows if record in one.split()]
            assert called in row
            assert all(name.replace("_", " ").capitalize() in row for name in fields)
    screen.press("Show all records")
    (link,) = screen.page.get_by_role("row").filter(has_text="Adelheid Lane-Fox").get_by_role("link").all()
    assert crm_id(seven, "Adelheid") in str(link.get_attribute("href"))
    assert seven.constituents() == before, "nothing was written"
    screen.press("Try them again in the sync log").says("Comparison")


@pytest.mark.parametrize("options", [{"viewport": PHONE, "color_scheme": "dark"}, {"java_script_enabled": False}])
def test_P04_sides_that_agree_are_told_so_on_a_phone_in_the_dark_and_without_scripts(
    visitors: Visitors, seven: Site, options: dict[str, Any]
) -> None:
    screen = visitors.staff(seven, **options).open(f"/c/{seven.connection}/drift")
    compared(screen, seven).says("Both sides agree. There is nothing to do.")
    assert len(seven.runs(mode="sweep")) == 1
    assert seven.get("~/drift")["found"] == CLEAN


def test_P04_before_the_first_sync_the_page_says_why_there_is_nothing_to_compare(
    visitors: Visitors, connected: Site
) -> None:
    screen = visitors.staff(connected).open(f"/c/{connected.connection}/drift")
    screen.says("There is nothing to compare before the first sync.")
    assert screen.page.get_by_role("button", name="Compare now").count() == 0
