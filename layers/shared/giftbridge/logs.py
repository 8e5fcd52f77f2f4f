"""What stands in the lines of every log: JSON, with the ids of what is under way, and no word of a donor.

A bug is told by its class and its places in the code. Its message stays untold, as nobody knows what is in it.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.shared.functions import get_tracer_id
from aws_lambda_powertools.utilities.typing import LambdaContext

from giftbridge.errors import ConfigError, GiftbridgeError

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

IDS: Final = ("function_request_id", "connection", "run")

logger = Logger()


class UnexpectedError(Exception):
    """In place of a bug: its class alone, as Lambda writes the message of what a function raises into its log."""


def entry_point(handle: Handler) -> Handler:
    """A function's handler: its lines tell request and trace, what it raises is told without a bug's message."""

    @logger.inject_lambda_context(clear_state=True)
    @wraps(handle)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return handle(event, context)
        except (ConfigError, GiftbridgeError) as error:  # their messages are ours
            logger.error("function failed", extra=told(error))
            raise
        except Exception as bug:
            logger.error("function failed", extra=told(bug))
            raise UnexpectedError(type(bug).__name__) from None

    return handler


def told(error: BaseException) -> dict[str, Any]:
    """Class and places of an error, outermost first, such as `step.py:98 _advance`."""
    places = [
        f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return {"error": type(error).__name__, "places": places}


def ids() -> dict[str, str]:
    """The ids of what is under way, for what is written beside the log's own lines."""
    known = logger.get_current_keys()
    found = {name: known.get(name) for name in IDS} | {"xray_trace_id": get_tracer_id()}
    return {name: text for name, text in found.items() if text}
