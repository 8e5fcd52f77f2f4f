"""Paging through a query by its token, which dies after five idle minutes and takes its place in the list along."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from giftbridge.errors import NotFound, Retry

PAGE: Final = 50
CHANGES: Final = "changes"
EVERYTHING: Final = "all"
# One entry each: whether several at the top mean "and" or "or" is not documented.
QUERIES: Final[Mapping[str, list[Any]]] = {
    EVERYTHING: [{"or": ["linked", "not_linked"]}],
    CHANGES: [{"or": ["changed", "not_linked"]}],
}

Ask = Callable[[Mapping[str, Any]], Any]
"""Body of a query -> its answer."""
Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: which list, the page reached, and the query's token."""

    listing: str = EVERYTHING
    page: int = 0
    token: str = ""

    @classmethod
    def parse(cls, cursor: str) -> "Place":
        """Of `str(place)`; empty is the beginning of everything."""
        listing, _, rest = cursor.partition(":")
        page, _, token = rest.partition(":")
        return cls(listing or EVERYTHING, int(page or 0), token)

    def __str__(self) -> str:
        return f"{self.listing}:{self.page}:{self.token}" if self.token else self.listing


@dataclass(frozen=True, slots=True)
class Step:
    """A page; `token` continues it, and is empty at the end."""

    rows: Rows
    page: int
    token: str

    @property
    def more(self) -> bool:
        """Whether there is a page after it."""
        return bool(self.token)


def step(ask: Ask, question: Mapping[str, Any], page: int = 0, token: str = "") -> Step:
    """The page after `page`; where the token died, the first one again. Raises `Retry` for what is no page."""
    if token:
        found = _continued(ask, page, token)
        if found is not None:
            return found
    return _understood(ask({**question, "per_page": PAGE}), 0)


@dataclass(frozen=True, slots=True)
class Search:
    """Rows by name; `whole`: there can be no others, as the list ended or all were found."""

    found: Mapping[str, Mapping[str, Any]]
    whole: bool


def search(
    ask: Ask, question: Mapping[str, Any], wanted: Set[str], name: Callable[[Mapping[str, Any]], str], most: int
) -> Search:
    """The rows with these names, among those of at most `most` pages; none are asked for where none is wanted."""
    found: dict[str, Mapping[str, Any]] = {}
    for page in _pages(ask, question, most if wanted else 0):
        found |= {known: row for row in page.rows if (known := name(row)) in wanted}
        if not page.more or wanted <= found.keys():
            return Search(found, whole=True)
    return Search(found, whole=not wanted)


def rows(ask: Ask, question: Mapping[str, Any], most: int) -> Iterator[Mapping[str, Any]]:
    """The rows of at most `most` pages."""
    return (row for page in _pages(ask, question, most) for row in page.rows)


def _pages(ask: Ask, question: Mapping[str, Any], most: int) -> Iterator[Step]:
    page = Step([], 0, "")
    for _ in range(most):
        page = step(ask, question, page.page, page.token)
        yield page
        if not page.more:
            return


def _continued(ask: Ask, page: int, token: str) -> Step | None:
    """None for a token that died, which is told as 404, as 500, or by beginning again with nothing."""
    try:
        answer = ask({"query_token": token})
    except NotFound:
        return None
    except Retry as refused:
        if refused.code != "http_500":
            raise
        return None
    told = answer.get("page") if isinstance(answer, Mapping) else None
    if isinstance(told, int) and told <= page:
        return None
    return _understood(answer, page)


def _understood(answer: Any, page: int) -> Step:
    rows = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise Retry("Kindful sent an answer that is no list.", code="garbled")
    token = str(answer.get("query_token") or "") if _has_more(answer, len(rows)) else ""
    return Step([row for row in rows if isinstance(row, Mapping) and row.get("id")], page + 1, token)


def _has_more(answer: Mapping[str, Any], rows: int) -> bool:
    """By `has_more`, else by the link to a next page, else a full page: only clients tell of the first two."""
    if "has_more" in answer:
        return bool(answer["has_more"])
    links = answer.get("_links")
    return bool(links.get("next")) if isinstance(links, Mapping) else rows >= PAGE
