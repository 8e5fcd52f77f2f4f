"""Commands about connections and their runs, over the management API."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.progress import Progress

from giftbridge.jobs.redrive import Wanted, stuck
from giftbridge.stores.connections import Connection
from ops.api import Management, management
from ops.output import AsJson, Ended, console, end, say, show
from ops.place import Place

ConnectionId = Annotated[str, typer.Argument(metavar="CONNECTION")]
Wait = Annotated[bool, typer.Option(help="until it has ended; its failures are the exit code")]
COLUMNS = ("connection", "organisation", "account", "status", "health", "last_sync", "stuck")
RUN = ("run", "kind", "mode", "state", "started_by", "queued_at", "created", "updated", "skipped", "failed", "error")


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (connections, sync, preview, runs, retry):
        cli.command()(command)


def connections(
    context: typer.Context,
    account: Annotated[str, typer.Option(help="such as bloomerang:1234")] = "",
    unhealthy: Annotated[bool, typer.Option("--unhealthy", help="only those that wait to be reconnected")] = False,
    as_json: AsJson = False,
) -> None:
    """All connections, with their health and what is stuck."""
    place: Place = context.obj
    every = [one for one in place.app.connections.everywhere() if account in ("", one.account)]
    rows = [_row(place, one) for one in every if not (unhealthy and one.health == "healthy")]
    show(rows, COLUMNS, as_json=as_json)
    if not rows:
        end("There is no such connection.", Ended.NOTHING)


def sync(context: typer.Context, connection: ConnectionId, wait: Wait = True, as_json: AsJson = False) -> None:
    """Synchronize now what changed."""
    _start(context.obj, connection, "/sync", wait=wait, as_json=as_json)


def preview(context: typer.Context, connection: ConnectionId, wait: Wait = True, as_json: AsJson = False) -> None:
    """What a first sync would do; writes nothing on either side."""
    _start(context.obj, connection, "/preview", wait=wait, as_json=as_json)


def runs(
    context: typer.Context,
    connection: ConnectionId,
    run: Annotated[str, typer.Argument(help="show its records")] = "",
    outcome: Annotated[str, typer.Option(help="of records: created, updated, skipped, failed")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """The sync log of a connection, newest first; or the records of one RUN, by their ids."""
    with management(context.obj, connection) as api:
        if run:
            _show_records(api, run, outcome, limit, as_json=as_json)
        else:
            show(_rows(api.call("GET", f"/runs?limit={limit}")["items"]), RUN, as_json=as_json)


def retry(
    context: typer.Context,
    connection: ConnectionId,
    run: Annotated[str, typer.Argument(metavar="RUN")],
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Try again everything of RUN that failed and may be tried again."""
    with management(context.obj, connection) as api:
        started = api.call("POST", f"/runs/{run}/retry", {})["items"]
        _finish(api, started, wait=wait, as_json=as_json)


def _start(place: Place, connection: str, path: str, *, wait: bool, as_json: bool) -> None:
    with management(place, connection) as api:
        _finish(api, [api.call("POST", path, {})], wait=wait, as_json=as_json)


def _finish(api: Management, started: list[Any], *, wait: bool, as_json: bool) -> None:
    ended = [_watched(api, run["id"]) for run in started] if wait else started
    show(_rows(ended), RUN, as_json=as_json)
    if any(run["state"] in ("failed", "cancelled") or _sum(run, "failed") for run in ended):
        end("Not everything went through: `runs CONNECTION RUN --outcome failed` says what and why.")


def _watched(api: Management, run: str) -> Any:
    """With progress for whoever looks on."""
    with Progress(console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task(f"run {run}", total=None)

        def seen(found: Any) -> None:
            sides = found["progress"].values()
            total, done = sum(one["found"] for one in sides), sum(one["settled"] for one in sides)
            bars.update(bar, total=total or None, completed=done)

        return api.ended(run, seen)


def _show_records(api: Management, run: str, outcome: str, limit: int, *, as_json: bool) -> None:
    """Without the labels by which staff recognise people: ids tell an operator enough."""
    found = api.call("GET", f"/runs/{run}/records?outcome={outcome}&limit={limit}")["items"]
    columns = ("kind", "side", "id", "other_id", "outcome", "code", "stage", "reason")
    show([{name: one[name] for name in columns} for one in found], columns, as_json=as_json)
    if not found:
        say("No record of this run fits.")


def _row(place: Place, one: Connection) -> dict[str, Any]:
    return {
        "connection": one.id,
        "organisation": one.owner,
        "account": one.account,
        "status": one.status,
        "health": one.health,
        "last_sync": one.last_sync_at,
        "stuck": len(stuck(place.app, Wanted(connection=one.id))),
    }


def _rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    counted = ("created", "updated", "skipped", "failed")
    names = ("kind", "mode", "state", "started_by", "queued_at", "error")
    return [
        {"run": run["id"], **{name: run[name] for name in names}, **{name: _sum(run, name) for name in counted}}
        for run in found
    ]


def _sum(run: Any, outcome: str) -> int:
    return sum(side[outcome] for side in run["counts"].values())
