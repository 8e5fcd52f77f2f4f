"""Link jobs: the application tells Kindful which record is which of its own, and which version of it it has seen."""

from __future__ import annotations

from local.sandbox.kindful.columns import BadRow, moment, text
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.run import JobRun, Row, kindful_id

_LABELS = {"contact": "Integrations Contact Link", "transaction": "Integrations Transaction Link"}


def run_links(run: JobRun, rows: list[Row], kind: str) -> None:
    """Link contacts or transactions; with `create` a link that exists is left as it is, its version too."""
    run.each(rows, lambda row: {"link": _take(run, row, kind)})


def _take(run: JobRun, row: Row, kind: str) -> str:
    record = run.account.record(kind, kindful_id(row.get("id")))
    external_id = text(row.get("external_id"))
    if record is None:
        return "dropped"
    if external_id is None:
        raise BadRow("external_id is required")
    link = run.app.links[kind].of(record.id)
    if link is None:
        return _first(run, row, kind, record, external_id)
    return _again(run, row, kind, record, link, external_id)


def _first(run: JobRun, row: Row, kind: str, record: Record, external_id: str) -> str:
    _check_taken(run, kind, record, external_id)
    blind = run.action == "create" and run.options.link_create == "no_version"
    link = Link(external_id, 0 if blind else _version(row, 0), moment(row.get("updated_at")) or 0)
    run.app.links[kind].put(record.id, link)
    return run.created(_LABELS[kind])


def _again(run: JobRun, row: Row, kind: str, record: Record, link: Link, external_id: str) -> str:
    updated = moment(row.get("updated_at")) or 0
    if run.action == "create" or (run.options.link_time == "compared" and updated < link.updated):
        return "ignored"
    if external_id != link.external_id:
        _check_taken(run, kind, record, external_id)
    run.app.links[kind].put(record.id, Link(external_id, _version(row, link.version), updated))
    return run.updated(_LABELS[kind])


def _check_taken(run: JobRun, kind: str, record: Record, external_id: str) -> None:
    other = run.account.linked(run.app, kind, external_id)
    if other is not None and other.id != record.id and run.options.external_id_taken == "dropped":
        raise BadRow("external_id belongs to another record")


def _version(row: Row, otherwise: int) -> int:
    return kindful_id(row.get("sync_version")) or otherwise
