"""`dlq`: what is stuck, and what to do with it.

What is stuck is known from the work, never from a message: a dead letter is a doorbell, and names an account at most.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import typer
from rich.progress import Progress

from giftbridge.errors import Conflict
from giftbridge.jobs import letters
from giftbridge.jobs.letters import Trigger
from giftbridge.jobs.redrive import Wanted, connections, discard, is_stuck, open_again, redrive, stuck, why_held
from giftbridge.stores.inbox import Work
from ops.api import actor
from ops.output import AsJson, Ended, Yes, confirmed, console, counted, end, say, show, show_json
from ops.place import Place
from ops.rows import COLUMNS, row
from ops.work import FAST, Account, AnyConnection, AnyError, AnyKind

TRIGGER: Final = "trigger"
"""Kind of a letter that no queue stands behind."""
DOORBELL: Final = "doorbell"
"""Kind of a letter behind a queue."""
LOOKS_SECONDS: Final = 1.0
FIELD: Final = ("field", "value")
PREVIEW: Final = ("account", "kind", "error", "number")
Rate = Annotated[float, typer.Option(min=0.1, max=500, help="pieces of work a second")]


@dataclass(frozen=True)
class Found:
    """What some filters mean: stuck work, lost triggers, and doorbells that are dead (queue -> how many)."""

    works: list[Work]
    lost: list[Trigger]
    bells: dict[str, int]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What failed too often or was left unfinished, and dead letters.", no_args_is_help=True)
    group.command("ls")(list_stuck)
    group.command("show")(show_stuck)
    group.command("redrive")(redrive_stuck)
    group.command("discard")(discard_stuck)
    cli.add_typer(group, name="dlq")


def list_stuck(
    context: typer.Context,
    account: Account = "",
    connection: AnyConnection = "",
    kind: AnyKind = "",
    error: AnyError = "",
    as_json: AsJson = False,
) -> None:
    """A line for each piece of stuck work, and how many letters are dead behind each queue."""
    place: Place = context.obj
    found = _found(place, Wanted(account, connection, kind, error))
    rows = [row(work) for work in found.works]
    rows += [{"kind": TRIGGER, "queue": TRIGGER, "subject": one.kind} for one in found.lost]
    dead = letters.counts(place.app)
    if as_json:
        show_json({"stuck": rows, "letters": dead})
    else:
        show(rows, COLUMNS, as_json=False)
        say(f"Dead letters: {', '.join(f'{number} {queue}' for queue, number in dead.items())}")
    if not rows and not found.bells:
        end("Nothing is stuck that fits.", Ended.NOTHING)


def show_stuck(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="as `ls` tells it")],
    account: Account = "",
    as_json: AsJson = False,
) -> None:
    """All that is stored of one piece of work; what is sealed stays sealed."""
    place: Place = context.obj
    for work in stuck(place.app, Wanted(account)):
        if work.key["sk"] == key:
            _show_whole({**work.item(), "error": work.error}, as_json=as_json)
            return
    end("There is no such stuck work.", Ended.NOTHING)


def redrive_stuck(
    context: typer.Context,
    account: Account = "",
    connection: AnyConnection = "",
    kind: AnyKind = "",
    error: AnyError = "",
    rate: Rate = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="preview only")] = False,
    force: Annotated[bool, typer.Option("--force", help="also where the CRM does not answer")] = False,
    wait: Annotated[bool, typer.Option(help="until each was tried")] = True,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Do it again from current data, spread over time; dead letters go back to their queues."""
    place: Place = context.obj
    wanted = Wanted(account, connection, kind, error)
    found = _found(place, wanted)
    works = found.works if force else _ready(place, found.works)
    groups = _groups(replace(found, works=works))
    if dry_run or not as_json:
        show(groups, PREVIEW, as_json=as_json)
    if dry_run:
        return
    confirmed(f"Redrive this, {rate:g} pieces of work a second?", yes=yes)
    delivered = len(letters.deliver(place.app)) if found.lost else 0
    last = redrive(place.app, works, rate)
    letters.ring_again(place.app, {*found.bells, *(work.queue for work in works)}, rate)
    left = _watch(place, works) if wait else []
    still = [row(one) for one in left if is_stuck(one)]
    result = {"redriven": len(works), "triggers": delivered, "last_due": last, "still_stuck": still}
    _conclude(result, waiting=len(left) - len(still), waited=wait, as_json=as_json)


def discard_stuck(
    context: typer.Context,
    account: Account = "",
    connection: AnyConnection = "",
    kind: AnyKind = "",
    error: AnyError = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give it up: events can be brought back by `webhooks replay`, runs are cancelled. Asks first."""
    place: Place = context.obj
    if not (account or connection or kind or error):
        end("Name an account, a connection, a kind or an error: all at once is never meant.", Ended.USAGE)
    found = _found(place, Wanted(account, connection, kind, error))
    groups = _groups(found)
    if not as_json:
        show(groups, PREVIEW, as_json=False)
    confirmed("Give this up for good?", yes=yes)
    letters_gone = len(letters.discard(place.app)) if found.lost else 0
    given_up, kept = _discarded(place, found.works)
    letters.ring_again(place.app, {work.queue for work in found.works}, FAST)  # a bell for nothing does no harm
    if as_json:
        show_json({"discarded": given_up + letters_gone, "kept": kept})
    else:
        say(f"{given_up + letters_gone} given up.")
    if kept:
        end(" ".join(kept))


def _show_whole(stored: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(stored)
    else:
        show([{"field": name, "value": value} for name, value in sorted(stored.items())], FIELD, as_json=False)


def _discarded(place: Place, works: Sequence[Work]) -> tuple[int, list[str]]:
    """How many were given up, and why others were not."""
    kept: dict[str, None] = {}
    for work in works:
        try:
            discard(place.app, work, actor())
        except Conflict as refused:
            kept[str(refused)] = None
    left = sum(1 for _ in open_again(place.app, works))
    return len(works) - left, list(kept)


def _found(place: Place, wanted: Wanted) -> Found:
    """Letters are meant where nothing more is asked for than a kind of theirs, or anything at all."""
    letters_too = not (wanted.account or wanted.connection or wanted.error)
    lost = letters.lost(place.app) if letters_too and wanted.kind in ("", TRIGGER) else []
    bells = letters.behind(place.app) if letters_too and wanted.kind in ("", DOORBELL) else {}
    works = [] if wanted.kind in (TRIGGER, DOORBELL) else stuck(place.app, wanted)
    return Found(works, lost, bells)


def _ready(place: Place, works: Sequence[Work]) -> list[Work]:
    """Those whose connection works and whose CRM answers; says of the others why they are left alone."""
    named = {work.connection for work in works}
    why = {one.id: why_held(place.app, one) for one in connections(place.app, Wanted()) if one.id in named}
    for connection, reason in why.items():
        if reason:
            say(f"Left alone: connection {connection}. {reason}")
    return [work for work in works if not why.get(work.connection)]


def _groups(found: Found) -> list[dict[str, Any]]:
    """What it is about, in numbers. Ends where it is about nothing."""
    groups: list[tuple[str, ...]] = [(work.account, work.kind, work.error) for work in found.works]
    groups += [("", TRIGGER, one.kind) for one in found.lost]
    groups += [("", DOORBELL, queue) for queue, number in found.bells.items() for _ in range(number)]
    if not groups:
        end("Nothing is stuck that fits, or can be helped now. Nothing was changed.", Ended.NOTHING)
    return [dict(zip(PREVIEW, (*group, number), strict=True)) for group, number in sorted(counted(groups).items())]


def _watch(place: Place, works: Sequence[Work]) -> list[Work]:
    """Until each is gone, has failed again or was put off; those that are left."""
    with Progress(console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task("redriven", total=len(works))
        while True:
            left = open_again(place.app, works)
            untried = [work for work in left if not work.error]
            bars.update(bar, completed=len(works) - len(untried))
            if not untried:
                return left
            time.sleep(LOOKS_SECONDS)


def _conclude(result: dict[str, Any], *, waiting: int, waited: bool, as_json: bool) -> None:
    still = result["still_stuck"]
    if as_json:
        show_json({**result, "waiting": waiting})
    elif waited:
        say(f"{result['redriven'] - waiting - len(still)} of {result['redriven']} went through, {waiting} wait.")
    else:
        say(f"{result['redriven']} are due again, the last one at {result['last_due']:%H:%M:%S} UTC.")
    if still and not as_json:
        show(still, COLUMNS, as_json=False)
    if still:
        end("What failed again stays as it is: `dlq show KEY` says all that is known of it.")
