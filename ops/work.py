"""Commands about all that waits, whether anything is wrong with it or not."""

from typing import Annotated

import typer

from giftbridge.jobs.redrive import Wanted, redrive, waiting
from ops.output import AsJson, Ended, end, show, show_json
from ops.place import Place
from ops.rows import COLUMNS, row

Account = Annotated[str, typer.Option(help="such as bloomerang:1234")]
AnyConnection = Annotated[str, typer.Option("--connection", help="its id")]
AnyKind = Annotated[str, typer.Option("--kind", help="such as run, contact, gift, reconcile")]
AnyError = Annotated[
    str, typer.Option("--error", help="code of the last try's error, such as http_500 or KeyError; `any`")
]
FAST = 100.0


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What waits to be done.", no_args_is_help=True)
    group.command("ls")(list_work)
    group.command("wake")(wake_work)
    cli.add_typer(group, name="work")


def list_work(
    context: typer.Context,
    account: Account = "",
    connection: AnyConnection = "",
    kind: AnyKind = "",
    error: AnyError = "",
    as_json: AsJson = False,
) -> None:
    """One line for each."""
    found = waiting(context.obj.app, Wanted(account, connection, kind, error))
    show([row(one) for one in found], COLUMNS, as_json=as_json)
    if not found:
        end("Nothing waits that fits.", Ended.NOTHING)


def wake_work(
    context: typer.Context,
    account: Account = "",
    connection: AnyConnection = "",
    kind: AnyKind = "",
    error: AnyError = "",
    as_json: AsJson = False,
) -> None:
    """Make due now what these options choose, schedules among it; one of them at least."""
    if not (account or connection or kind or error):
        end("Name an account, a connection, a kind or an error.", Ended.USAGE)
    place: Place = context.obj
    woken = waiting(place.app, Wanted(account, connection, kind, error))
    redrive(place.app, woken, FAST)
    if as_json:
        show_json({"woken": len(woken)})
    else:
        typer.echo(f"{len(woken)} woken.")
