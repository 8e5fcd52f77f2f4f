"""Commands about secrets: platforms' API keys, OAuth clients, the KMS key, tokens."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from giftbridge.aws.vault import token as random_token
from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest
from giftbridge.errors import GiftbridgeError
from giftbridge.jobs import oauth, tokens
from giftbridge.jobs.rewrap import UNREADABLE, rewrap_all
from ops.output import AsJson, Ended, end, say, show_json
from ops.place import Place

PREFIX = "gb_"


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for name, text, command, function in (
        ("api-key", "Platforms' keys to the management API.", "create", create_api_key),
        ("oauth-client", "What vendors gave the operator for OAuth.", "set", set_oauth_client),
        ("token", "OAuth tokens.", "refresh", refresh_token),
    ):
        group = typer.Typer(help=text, no_args_is_help=True)
        group.command(command)(function)
        group.callback()(_nothing)
        cli.add_typer(group, name=name)
    cli.command()(rewrap)


def create_api_key(context: typer.Context, platform: str, as_json: AsJson = False) -> None:
    """Make a key for PLATFORM and show it: once, as only its hash is kept."""
    place: Place = context.obj
    if _manifest(platform).role != "platform":
        end(f"{platform} is no platform.", Ended.USAGE)
    key = PREFIX + random_token()
    place.app.connections.keep_api_key(key, platform, place.app.now())
    if as_json:
        show_json({"platform": platform, "key": key})
    else:
        typer.echo(key)


def set_oauth_client(
    context: typer.Context, system: str, client_id: Annotated[str, typer.Option()], as_json: AsJson = False
) -> None:
    """Seal and keep SYSTEM's client id and secret; the secret is asked for, or read from a pipe."""
    place: Place = context.obj
    if _manifest(system).oauth is None:
        end(f"{system} has no OAuth.", Ended.USAGE)
    secret = {"client_id": client_id, "client_secret": _read_secret()}
    place.app.connections.keep_oauth_client(system, place.app.vault.seal("oauth", {"provider": system}, secret))
    address = f"{place.api or 'https://<the API address>'}{oauth.CALLBACK}"
    if as_json:
        show_json({"system": system, "callback": address})
    else:
        typer.echo(f"Kept. The address to register with the vendor: {address}")


def rewrap(
    context: typer.Context,
    key_arn: Annotated[str, typer.Option("--to", help="ARN of the KMS key that everything shall be under")],
    verbose: Annotated[bool, typer.Option("--verbose")] = False,
    as_json: AsJson = False,
) -> None:
    """Wrap every data key under another KMS key. May be interrupted and repeated; nothing stops meanwhile."""
    place: Place = context.obj
    counted = rewrap_all(place.app, key_arn, say if verbose else lambda _line: None)
    if as_json:
        show_json(counted)
    else:
        for what, number in sorted(counted.items()):
            typer.echo(f"{number:>7} {what}")
    if any(what.endswith(UNREADABLE) for what in counted):
        end("Some rows open under no key: they were changed, or belong to somebody else.")


def refresh_token(context: typer.Context, organisation: str, connection: str, as_json: AsJson = False) -> None:
    """Rotate the tokens of CONNECTION of ORGANISATION (such as handbid:42) now."""
    place: Place = context.obj
    tokens.keep_alive(place.app, place.app.connections.get(organisation, connection))
    if as_json:
        show_json({"refreshed": connection})
    else:
        typer.echo("Refreshed.")


def _nothing() -> None:
    """Keeps a group of one command a group."""


def _read_secret() -> str:
    """Never an argument: those can be seen by others on the machine."""
    stdin = sys.stdin
    secret = getpass("Client secret: ") if stdin.isatty() else stdin.readline().strip()
    if not secret:
        end("The client secret is empty.", Ended.USAGE)
    return secret


def _manifest(system: str) -> Manifest:
    try:
        return registry.manifest(system)
    except GiftbridgeError as error:
        end(str(error), Ended.USAGE)
