"""The commands."""

from pathlib import Path

import click

from ops.place import enter
from ops.secrets import api_key, oauth_client, rewrap, token
from ops.work import dlq, work


@click.group()
@click.option("--stack", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="its description")
@click.option("--stack-name", default="", help="its name in CloudFormation")
@click.pass_context
def cli(context: click.Context, file: Path | None, stack_name: str) -> None:
    """Operate Giftbridge. Without an option the environment says which deployment is meant."""
    context.obj = enter(file, stack_name)
    context.call_on_close(context.obj.client.close)


for command in (api_key, oauth_client, rewrap, token, work, dlq):
    cli.add_command(command)
