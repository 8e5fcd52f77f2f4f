"""A finished measurement is kept, by its parameters and the code, and not taken again."""

from pathlib import Path
from typing import Any

import pytest

from local.bench import __main__ as bench
from local.bench import keeping, table
from local.bench.cost import PRICES
from local.bench.lines import Line, Measurement

LINES = [Line("Calls", "a", "12", "bound 10", "<= 1.05 x", False), Line("Calls", "b", "1")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of this test alone."""
    monkeypatch.setattr(keeping, "FOLDER", tmp_path)
    return tmp_path


def counting(taken: list[int], fails: bool = False) -> Measurement:
    """One that says how often it was taken."""

    def take(size: int) -> dict[str, Any]:
        taken.append(size)
        if fails:
            raise RuntimeError("no")
        return {"size": size}

    return Measurement("course", {"size": 3}, take)


def test_it_is_taken_once_until_somebody_wants_it_again() -> None:
    taken: list[int] = []
    for again in (False, False, True):
        with bench.Bench(again, only_report=False) as one:
            entry = one.entry(counting(taken))
            assert entry is not None
            assert (entry["figures"], entry["parameters"]) == ({"size": 3}, {"size": 3})
    assert taken == [3, 3]


def test_other_parameters_and_other_code_are_other_measurements() -> None:
    one = counting([])
    keeping.keep(one, "code", {"size": 3})
    assert keeping.kept(one, "code")
    assert keeping.kept(one, "other code") is None
    assert keeping.kept(Measurement("course", {"size": 4}, one.take), "code") is None


def test_one_that_breaks_is_told_and_not_kept(folder: Path) -> None:
    with bench.Bench(False, only_report=False) as one:
        assert one.entry(counting([], fails=True)) is None
        assert one.broken == ["course size=3"]
    assert list(folder.iterdir()) == []


def test_a_report_alone_measures_nothing() -> None:
    taken: list[int] = []
    with bench.Bench(False, only_report=True) as one:
        assert one.entry(counting(taken)) is None
    assert taken == []


def test_how_it_is_told_is_no_part_of_the_code_that_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keeping.code_version()
    monkeypatch.setattr(keeping, "PRESENTATION", keeping.PRESENTATION - {"table.py"})
    assert keeping.code_version() != before


def test_a_missed_aim_is_shown_in_every_form(folder: Path) -> None:
    table.write(LINES, ["a note"], folder / "report.json")
    for text in (table.plain(LINES), table.markdown(LINES), (folder / "report.md").read_text()):
        assert "MISSED" in text
    assert '"met": false' in (folder / "report.json").read_text()


def test_prices_say_when_where_and_from_which_page() -> None:
    text = (Path(bench.__file__).parent / "prices.toml").read_text()
    assert {"as_of", "region"} <= PRICES.keys()
    services = [line for line in text.splitlines() if line.startswith("[") and not line.startswith("[assumed]")]
    assert [line for line in services if "https://aws.amazon.com/" not in line] == []
