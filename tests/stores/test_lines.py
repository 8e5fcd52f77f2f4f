"""Lines of the sync log as pages read them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.stores.lines import Lines
from giftbridge.stores.runs import Line, Run, Runs, run_id
from tests.stores.conftest import NOW

QUERY = "before-parameter-build.dynamodb.Query"
EVENLY, AT_THE_END, NEVER = (
    lambda place: place % 5 == 0,
    lambda place: place >= 480,
    lambda _: False,
)


@pytest.fixture
def written(runs: Runs, name: str) -> Iterator[Callable[[Callable[[int], bool]], tuple[Lines, str, list[int]]]]:
    """A run of 600 lines that failed where it is said; how many items each look at them was to read."""
    client: Any = runs.db.client
    looks: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        looks.append(params["Limit"])

    def write(fails: Callable[[int], bool]) -> tuple[Lines, str, list[int]]:
        run = Run(
            id=run_id(NOW, name), connection=name, organisation="platform:org", account="crm:a", kind="contacts",
            mode="changes", started_by="anna", state="done", phase="end", queued_at=NOW,
        )  # fmt: skip
        runs.write_lines(
            run,
            (
                Line("contact", Side.CRM, f"p{place:04}", "failed" if fails(place) else "created")
                for place in range(600)
            ),
        )
        client.meta.events.register(QUERY, note)
        return Lines(runs.db, runs.table), run.id, looks

    yield write
    client.meta.events.unregister(QUERY, note)


def records(items: list[dict[str, Any]]) -> list[str]:
    return [item["record_id"] for item in items]


@pytest.mark.parametrize(
    ("fails", "share", "looks"),
    [
        pytest.param(EVENLY, 0.2, [313], id="as-many-as-should-do"),
        pytest.param(AT_THE_END, 0.2, [313, 2000], id="once-more-where-they-stand-elsewhere"),
        pytest.param(EVENLY, 0.0, [2000], id="unknown"),
        pytest.param(EVENLY, 1.0, [63, 2000], id="fewer-than-was-told"),
    ],
)
def test_a_filtered_page_reads_few_lines_more_than_it_shows(
    written: Callable[..., tuple[Lines, str, list[int]]],
    fails: Callable[[int], bool],
    share: float,
    looks: list[int],
) -> None:
    lines, run, looked = written(fails)
    every = [f"p{place:04}" for place in range(600) if fails(place)]
    items, following = lines.page(run, "", "failed", 50, share=share)
    assert looked == looks
    assert records(items) == every[:50]
    rest: list[str] = []
    while following:
        items, following = lines.page(run, following, "failed", 50, share=share)
        rest += records(items)
    assert records(lines.page(run, "", "failed", 50, share=share)[0]) + rest == every, "none is left out or twice"


def test_a_page_without_a_filter_reads_what_it_shows(written: Callable[..., tuple[Lines, str, list[int]]]) -> None:
    lines, run, looked = written(NEVER)
    items, following = lines.page(run, "", "", 50)
    assert (len(items), looked) == (50, [50])
    assert following.endswith("p0049")
    assert lines.page(run, "", "failed", 50, share=0.5) == ([], "")
