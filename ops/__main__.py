"""Entry point."""

from ops.cli import cli

cli()
