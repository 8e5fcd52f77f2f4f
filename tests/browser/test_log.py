"""The sync log in the browser: a run as it goes on, what failed and why, trying again."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visitors
from tests.rows.conftest import Site


def test_F11_synchronize_now_starts_a_run_at_once_and_tells_who_started_it(visitors: Visitors, synced: Site) -> None:
    synced.person("Ada")
    screen = visitors.staff(synced).open(f"/c/{synced.connection}/log")
    before = len(synced.runs(mode="changes"))
    screen.page.get_by_role("button", name="Synchronize now").dblclick()
    run = synced.ended(before + 1, mode="changes")[0]
    assert len(synced.runs(mode="changes")) == before + 1, "a second click starts nothing"
    assert (run["started_by"], run["counts"]["crm"]["created"]) == ("anna", 1)
    screen.open(f"/c/{synced.connection}/log")
    row = screen.page.get_by_role("row").filter(has_text="anna").first
    expect(row).to_contain_text("What changed")
    expect(row).to_contain_text("Done")


def test_F12_a_run_shows_its_progress_and_then_what_became_of_it(visitors: Visitors, connected: Site) -> None:
    connected.platform.seed_people(40)
    connected.crm.fault("slow", method="POST", path="/v2/constituent", seconds=0.3, count=None)
    run = connected.post("~/first-sync", {"answer": "yes"})["id"]
    screen = visitors.staff(connected).open(f"/c/{connected.connection}/log/{run}")
    expect(screen.page.get_by_role("progressbar").first).to_be_visible(timeout=30_000)
    expect(screen.page.get_by_text("It has ended.")).to_be_visible(timeout=90_000)
    connected.finished(run)
    table = screen.page.get_by_role("row", name="Bloomerang").first
    assert table.inner_text().split()[1:3] == ["40", "40"], "looked at and created"
    screen.checked()


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}])
def test_F12_a_failed_record_is_recognised_explained_and_tried_again(
    visitors: Visitors, connected: Site, options: dict[str, object]
) -> None:
    connected.person("Ada")
    bad = connected.platform.add_contact(firstName="Ida", lastName="Onlyname")["id"]
    run = connected.first_sync()["id"]
    screen = visitors.staff(connected, **options).open(f"/c/{connected.connection}/log/{run}")
    screen.press("Failed")
    assert "Ada Lane" not in screen.text
    row = screen.page.get_by_role("row").filter(has_text="Ida Onlyname")
    expect(row).to_contain_text("Add one.")
    connected.platform.edit_contact(bad, phone="+12025550101")
    row.get_by_role("button", name="Try again").dblclick()
    again = connected.ended(1, mode="records")
    assert [one["counts"]["crm"]["created"] for one in again] == [1], "once, whatever was clicked"
    assert {row["FirstName"] for row in connected.constituents().values()} == {"Ada", "Ida"}


def test_F12_the_log_works_without_a_script(visitors: Visitors, connected: Site) -> None:
    connected.platform.add_contact(firstName="Ida", lastName="Onlyname")
    run = connected.first_sync()["id"]
    screen = visitors.staff(connected, java_script_enabled=False).open(f"/c/{connected.connection}/log")
    screen.page.get_by_role("link", name="Contacts: First sync").click()
    screen.says("Ida Onlyname")
    screen.press("Try all again")
    assert connected.ended(1, mode="records")[0]["id"] != run
