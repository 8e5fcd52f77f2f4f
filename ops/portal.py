"""A command that opens the portal."""

from typing import Annotated

import typer

from giftbridge.jobs import portal
from giftbridge.jobs.portal import Visitor
from ops.api import actor
from ops.output import AsJson, Ended, end, show_json
from ops.place import Place


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command(name="portal")(link)


def link(
    context: typer.Context,
    organisation: Annotated[str, typer.Argument(help="such as handbid:42; none: all of them, as an operator")] = "",
    as_json: AsJson = False,
) -> None:
    """A link into the portal: for one browser, once, within five minutes."""
    place: Place = context.obj
    if not place.api:
        end("The address of the HTTP API is not known: the stack has no output ApiUrl.")
    made = portal.invite(place.app, _visitor(organisation))
    address = made.url(place.api)
    if as_json:
        show_json({"url": address, "expires_at": made.expires_at})
    else:
        typer.echo(address)


def _visitor(organisation: str) -> Visitor:
    if not organisation:
        return Visitor(actor(), operator=True)
    platform, _, name = organisation.partition(":")
    if not name:
        end("Name an organisation with its platform, such as handbid:42.", Ended.USAGE)
    return Visitor(actor(), platform, name)
