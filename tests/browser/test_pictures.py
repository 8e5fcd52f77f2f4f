"""The README's pictures: `make pictures` takes them into docs/pictures, any other run into a folder of its own."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.paths import ROOT
from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Site
from tests.rows.people import in_crm, on_platform

SHARED = "family@example.org"
PICTURES = ROOT / "docs" / "pictures"


@dataclass(frozen=True)
class Pictures:
    """Where they go."""

    folder: Path

    def take(self, screen: Screen, name: str) -> None:
        """What is on the screen, as far as the window shows it."""
        screen.checked()
        file = self.folder / f"{name}.png"
        screen.page.screenshot(path=file)
        assert file.stat().st_size > 10_000, "there is something on it"


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """The README's folder where that is asked for."""
    return Pictures(PICTURES if os.environ.get("PICTURES") else tmp_path)


@pytest.fixture
def lively(connected: Site) -> Site:
    """Both sides have people, some know each other, two share an address, one can't go over."""
    connected.crm.seed(people=14, seed="pictures", without_email=0, without_phone=0, without_address=0)
    connected.platform.seed_people(18, seed="pictures", start=6)
    in_crm(connected, "Ada Lane", SHARED, "3035550101")
    in_crm(connected, "Berta Lane", SHARED, "3035550102")
    on_platform(connected, "Ada Lane", email=SHARED, phone="+13035550101")
    connected.platform.add_contact(firstName="Ida", lastName="Onlyname")
    return connected


def test_pictures_of_the_readme(visitors: Visitors, lively: Site, pictures: Pictures) -> None:
    place = f"/c/{lively.connection}"
    lively.finished(lively.post("~/preview")["id"])
    screen = visitors.staff(lively).open(place)
    pictures.take(screen, "overview")
    run = lively.first_sync()["id"]
    pictures.take(screen.open(f"{place}/log/{run}?outcome=failed"), "sync-log")
    screen.open(f"{place}/review")
    screen.page.get_by_role("row").filter(has_text="Ada Lane").first.get_by_role("link").first.click()
    pictures.take(screen.says("Your answer"), "review")
    phone = visitors.staff(lively, viewport=PHONE, color_scheme="dark")
    pictures.take(phone.open(f"{place}/log/{run}"), "phone-dark")


def test_the_readme_shows_every_picture_that_is_kept() -> None:
    shown = set(re.findall(r"docs/pictures/([\w-]+)\.png", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert shown == {file.stem for file in PICTURES.glob("*.png")}
    assert shown
