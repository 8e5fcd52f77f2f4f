"""The commands, put together; and every expected failure as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from giftbridge.errors import ConfigError, GiftbridgeError
from ops import connections, doctor, portal, secrets, stuck, webhooks, work
from ops.output import end
from ops.place import Place, enter

NOT_THERE = frozenset({"ValidationError", "ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue"})
NOT_ALLOWED = frozenset({
    "AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken",
    "ExpiredTokenException", "SignatureDoesNotMatch",
})  # fmt: skip


class Sentences(TyperGroup):
    """No stack trace for what may happen."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _told():
            return super().invoke(ctx)


cli = typer.Typer(
    name="giftbridge", cls=Sentences, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Operate Giftbridge: exit code 0 done, 1 refused or failed, 2 wrong usage, 3 nothing fits.",
)  # fmt: skip


@cli.callback()
def place(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--stack", envvar="GIFTBRIDGE_STACK_FILE", exists=True, dir_okay=False)
    ] = None,
    stack_name: Annotated[str, typer.Option(envvar="GIFTBRIDGE_STACK_NAME", help="in CloudFormation")] = "",
) -> None:
    """Which deployment: `--stack-name` with AWS credentials, or `--stack .local/stack.json` for the local one."""
    made: Place = enter(file, stack_name)
    context.obj = made
    context.call_on_close(made.close)


for each in (connections, stuck, work, webhooks, secrets, portal):
    each.register(cli)
cli.command()(doctor.doctor)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except GiftbridgeError as error:
        end(str(error))
    except ConfigError as error:
        end(f"The deployment is wrong: {error}.")
    except ClientError as error:
        end(_why(error))
    except BotoCoreError as error:
        end(f"AWS can't be asked: {error}")
    except httpx.HTTPError as error:
        end(f"The management API does not answer ({type(error).__name__}). Nothing was changed by this command.")


def _why(error: ClientError) -> str:
    told = error.response.get("Error", {})
    code, said = told.get("Code", "unknown"), told.get("Message", "")
    if code in NOT_THERE:
        return f"AWS does not find it ({said}). Are these the credentials and the region of that account?"
    if code in NOT_ALLOWED:
        return f"AWS refuses these credentials ({code}). Nothing was changed by this call."
    return f"AWS refused {error.operation_name}: {code} {said}"
