"""Commands about secrets: platforms' API keys, OAuth clients, the KMS key, tokens."""

import sys
from getpass import getpass

import click

from giftbridge.aws.vault import token as random_token
from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest
from giftbridge.errors import GiftbridgeError
from giftbridge.jobs import oauth, tokens
from giftbridge.jobs.context import App
from giftbridge.jobs.rewrap import UNREADABLE, rewrap_all

PREFIX = "gb_"


@click.group("api-key")
def api_key() -> None:
    """Platforms' keys to the management API."""


@api_key.command("create")
@click.argument("platform")
@click.pass_obj
def create_api_key(app: App, platform: str) -> None:
    """Make a key for PLATFORM and show it: once, as only its hash is kept."""
    if _manifest(platform).role != "platform":
        raise click.UsageError(f"{platform} is no platform.")
    key = PREFIX + random_token()
    app.connections.keep_api_key(key, platform, app.now())
    click.echo(key)


@click.group("oauth-client")
def oauth_client() -> None:
    """What vendors gave the operator for OAuth."""


@oauth_client.command("set")
@click.argument("system")
@click.option("--client-id", required=True)
@click.pass_obj
def set_oauth_client(app: App, system: str, client_id: str) -> None:
    """Seal and keep SYSTEM's client id and secret; the secret is asked for, or read from a pipe."""
    if _manifest(system).oauth is None:
        raise click.UsageError(f"{system} has no OAuth.")
    secret = _read_secret()
    sealed = app.vault.seal("oauth", {"provider": system}, {"client_id": client_id, "client_secret": secret})
    app.connections.keep_oauth_client(system, sealed)
    base = app.settings.public_url.rstrip("/") or "https://<the API's address>"
    click.echo(f"Kept. The address to register with the vendor: {base}{oauth.CALLBACK}")


@click.command("rewrap")
@click.option("--to", "key_arn", required=True, help="ARN of the KMS key that everything shall be under")
@click.option("--verbose", is_flag=True)
@click.pass_obj
def rewrap(app: App, key_arn: str, verbose: bool) -> None:
    """Wrap every data key under another KMS key. May be interrupted and repeated; nothing stops meanwhile."""
    counted = rewrap_all(app, key_arn, click.echo if verbose else lambda _line: None)
    for what, number in sorted(counted.items()):
        click.echo(f"{number:>7} {what}")
    if any(what.endswith(UNREADABLE) for what in counted):
        raise click.ClickException("Some rows open under no key: they were changed, or belong to somebody else.")


@click.group("token")
def token() -> None:
    """OAuth tokens."""


@token.command("refresh")
@click.argument("organisation")
@click.argument("connection")
@click.pass_obj
def refresh_token(app: App, organisation: str, connection: str) -> None:
    """Rotate the tokens of CONNECTION of ORGANISATION (such as handbid:42) now."""
    try:
        tokens.keep_alive(app, app.connections.get(organisation, connection))
    except GiftbridgeError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Refreshed.")


def _read_secret() -> str:
    """Never an argument: those can be seen by others on the machine."""
    stdin = sys.stdin
    secret = getpass("Client secret: ") if stdin.isatty() else stdin.readline().strip()
    if not secret:
        raise click.UsageError("The client secret is empty.")
    return secret


def _manifest(system: str) -> Manifest:
    try:
        return registry.manifest(system)
    except GiftbridgeError as error:
        raise click.UsageError(str(error)) from None
