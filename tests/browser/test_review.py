"""Questions that only a person can answer, in the browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Site
from tests.rows.people import in_crm, on_platform

SHARED = "family@example.org"


@pytest.fixture
def asked(connected: Site) -> Site:
    """Two constituents share the address of one contact."""
    in_crm(connected, "Ada Lane", SHARED, "3035550101")
    in_crm(connected, "Berta Lane", SHARED, "3035550102")
    on_platform(connected, "Ada Lane", email=SHARED, phone="+13035550101")
    assert connected.first_sync()["counts"]["crm"]["review"] == 1
    return connected


def question(screen: Screen, site: Site) -> Screen:
    """The page of the contact's question."""
    screen.open(f"/c/{site.connection}/review")
    row = screen.page.get_by_role("row").filter(has_text="Ada Lane").filter(has_text="Handbid").first
    row.get_by_role("link").first.click()
    return screen.says("Your answer").checked()


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}, {"java_script_enabled": False}])
def test_F16_what_fits_two_people_is_shown_side_by_side_and_matched(
    visitors: Visitors, asked: Site, options: dict[str, object]
) -> None:
    ada, berta = sorted(asked.constituents(), key=lambda one: asked.constituents()[one]["FirstName"])
    screen = question(visitors.staff(asked, **options), asked)
    for number, (name, phone) in enumerate((("Ada Lane", "0101"), ("Berta Lane", "0102")), 1):
        card = screen.page.get_by_role("region").filter(has_text=name).filter(has_text=phone)
        assert card.count() >= 1, (number, name)
    screen.page.get_by_label(f"(id {ada})").check()
    screen.press("Answer").says("Answered.")
    assert asked.ended(1, mode="records")[0]["counts"]["crm"]["linked"] == 1
    assert set(asked.constituents()) == {ada, berta}, "nobody was created"


def test_F16_an_answer_is_needed_and_a_new_record_can_be_made(visitors: Visitors, asked: Site) -> None:
    screen = question(visitors.staff(asked), asked)
    screen.press("Answer")
    assert len(asked.constituents()) == 2
    expect(screen.page.get_by_role("alert")).to_be_visible()
    screen.page.get_by_label("Create new").check()
    screen.page.get_by_role("button", name="Answer").dblclick()
    run = asked.ended(1, mode="records")
    assert [one["counts"]["crm"]["created"] for one in run] == [1]
    assert len(asked.constituents()) == 3
