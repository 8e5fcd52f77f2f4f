"""`webhooks`: what came in, and doing it again."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from giftbridge.jobs.redrive import replay
from giftbridge.jobs.waiting import of_connection
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Remembered
from ops.api import found
from ops.connections import ConnectionId
from ops.output import AsJson, Ended, Yes, confirmed, end, say, show, show_json
from ops.place import Place
from ops.work import AnyKind

COLUMNS = ("event", "kind", "subject", "state", "at", "error")
Since = Annotated[float, typer.Option("--hours", min=0, help="of the last so many")]
Event = Annotated[str, typer.Option("--event", help="one alone, by its id")]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Events that came in within a month.", no_args_is_help=True)
    group.command("ls")(list_events)
    group.command("replay")(replay_events)
    cli.add_typer(group, name="webhooks")


def list_events(
    context: typer.Context, connection: ConnectionId, kind: AnyKind = "", hours: Since = 24, as_json: AsJson = False
) -> None:
    """Those that wait, are done, or were given up."""
    place: Place = context.obj
    one = found(place, connection)
    rows = [_waiting(work) for work in of_connection(place.app, one) if work.event and kind in ("", work.kind)]
    rows += [_done(event) for event in _past(place, one, kind, "", hours)]
    show(rows, COLUMNS, as_json=as_json)
    if not rows:
        end("No event fits.", Ended.NOTHING)


def replay_events(
    context: typer.Context,
    connection: ConnectionId,
    kind: AnyKind = "",
    event: Event = "",
    hours: Since = 24,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Do past events again, from what is so now: nothing is recorded twice."""
    place: Place = context.obj
    one = found(place, connection)
    past = _past(place, one, kind, event, hours)
    again = [each for each in past if each.repeatable]
    if len(again) < len(past):
        say(f"{len(past) - len(again)} can't be done again: all there was of them is gone.")
    if not again:
        end("No event fits. Nothing was changed.", Ended.NOTHING)
    confirmed(f"Replay {len(again)} events?", yes=yes)
    number = replay(place.app, one, again)
    if as_json:
        show_json({"replayed": number})
    else:
        say(f"{number} are due again.")


def _past(place: Place, one: Connection, kind: str, event: str, hours: float) -> list[Remembered]:
    since: datetime = place.app.now() - timedelta(hours=hours)
    return [
        each
        for each in place.app.inbox.remembered(one.id)
        if each.done_at >= since and kind in ("", each.kind) and event in ("", each.event or each.id)
    ]


def _waiting(work: Work) -> dict[str, Any]:
    times = {"state": "waits", "at": work.next_due or "asleep", "error": work.error or "-"}
    return {"event": work.event, "kind": work.kind, "subject": work.subject, **times}


def _done(event: Remembered) -> dict[str, Any]:
    state = f"given up by {event.discarded_by}" if event.discarded_by else "done"
    named = {"event": event.event or event.id, "kind": event.kind, "subject": event.subject}
    return {**named, "state": state, "at": event.done_at, "error": "-"}
