"""P09: a new connector is one folder (with its tests and its page), and inherits the contract suite."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from giftbridge.connectors.manifest import names
from local.new_connector import create

ROOT = Path(__file__).parents[2]
COPIED = ("layers/shared/giftbridge", "tests/connectors", "tests/domain", "docs/connectors", "local/connector_skeleton")
IGNORED = shutil.ignore_patterns("__pycache__", ".hypothesis", ".pytest_cache")
SUITE = ("test_contract.py", "test_folders.py", "test_mapping.py", "test_privacy.py", "test_webhooks.py")
SUITE_PATHS = [f"tests/connectors/{file}" for file in SUITE]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a connector's author touches or inherits."""
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=IGNORED)
    for file in ("pyproject.toml", "local/__init__.py", "local/new_connector.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIFTBRIDGE"))}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=checkout, env=clean | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def contents(checkout: Path) -> dict[str, bytes]:
    return {str(path.relative_to(checkout)): path.read_bytes() for path in checkout.rglob("*") if path.is_file()}


def suite(checkout: Path, name: str, *options: str) -> tuple[str, dict[str, int]]:
    """The suite's words about one connector, and how many tests passed and failed."""
    done = run(checkout, "pytest", "-p", "no:cacheprovider", "-q", "-k", name, *options, *SUITE_PATHS)
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    return done.stdout, counted


@pytest.mark.parametrize("role", ["crm", "platform"])
def test_P09_a_new_connector_is_one_folder_and_inherits_the_suite(checkout: Path, role: str) -> None:
    before = contents(checkout)
    made = run(checkout, "local.new_connector", "acme", "--title", "Acme Giving", "--role", role)
    assert made.returncode == 0, made.stderr
    after = contents(checkout)
    own = ("layers/shared/giftbridge/connectors/acme/", "tests/connectors/acme/", "docs/connectors/acme.md")
    assert {path: after[path] for path in before} == before, "nothing that was there is edited"
    assert [path for path in after if path not in before and not path.startswith(own)] == []
    found = run(checkout, "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", *SUITE_PATHS)
    assert "[acme-" in found.stdout, found.stdout
    assert "[acme]" in found.stdout


def test_P09_the_suite_names_every_gap_of_a_new_connector(checkout: Path) -> None:
    create(checkout, "acme", "Acme Giving", "crm")
    told, counted = suite(checkout, "acme and (manifest or page or whose_database)", "--tb=short")
    assert counted["failed"] >= 5
    gaps = ("base_url", "calls_per_hour", "contact_changes", "write_contacts", "What it does", "identify")
    assert [gap for gap in gaps if gap not in told] == [], "the suite names what is missing"


def test_P09_filling_the_gaps_is_all_it_takes(checkout: Path) -> None:
    """A connector of another name with an existing one's content passes all that its model passes."""
    model = names()[0]
    create(checkout, "acme", "Acme", "crm")
    for folder in ("layers/shared/giftbridge/connectors", "tests/connectors"):
        shutil.rmtree(checkout / folder / "acme")
        shutil.copytree(checkout / folder / model, checkout / folder / "acme", ignore=shutil.ignore_patterns("test_*"))
    page = checkout / "docs" / "connectors"
    shutil.copy(page / f"{model}.md", page / "acme.md")
    for path in [page / "acme.md", *checkout.rglob("connectors/acme/*.*")]:
        renamed = path.read_text(encoding="utf-8").replace(f"connectors.{model}", "connectors.acme")
        path.write_text(renamed.replace(f'name = "{model}"', 'name = "acme"'), encoding="utf-8")
    told, counted = suite(checkout, "acme")
    assert set(counted) == {"passed"}, told[-3000:]
    assert counted["passed"] > 100


def test_a_connector_is_never_overwritten(checkout: Path) -> None:
    run(checkout, "local.new_connector", "acme")
    before = contents(checkout)
    again = run(checkout, "local.new_connector", "acme")
    assert again.returncode == 2
    assert contents(checkout) == before


@pytest.mark.parametrize("name", ["Acme", "2acme", "a", "acme-giving", "../acme", "acme.py"])
def test_a_name_is_one_plain_word(checkout: Path, name: str) -> None:
    before = contents(checkout)
    with pytest.raises(ValueError, match="one word"):
        create(checkout, name, "Acme", "crm")
    assert contents(checkout) == before
