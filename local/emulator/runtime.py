"""The Lambda runtime inside one function process: load the handler, answer invocations over a socket.

Standard library only: it runs with nothing but the function's code and its layers on the path, as on AWS.
Usage: python runtime.py CHANNEL_FD
"""

import importlib
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Handler = Callable[[Any, Any], Any]
Message = dict[str, Any]


class Context:
    """What AWS hands a handler as its second argument."""

    client_context = None
    identity = None

    def __init__(self, request: Message) -> None:
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline: float = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is killed."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def load(path: str) -> Handler:
    """Import `module.function`."""
    module, _, function = path.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


def failure(error: BaseException, request_id: str = "") -> Message:
    """An error in Lambda's shape, also written to the function's log as AWS does."""
    trace = traceback.format_tb(error.__traceback__)
    told = {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id, "stackTrace": trace}
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(json.dumps({"timestamp": at, "log_level": "ERROR", **told}) + "\n")
    else:
        lines = f"Traceback (most recent call last):\n{''.join(trace)}"
        sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{lines}")
    return told


def as_json(value: object) -> float:
    """Decimals become numbers, as AWS's runtime client does; all else is an error there too."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def answer(handler: Handler, request: Message) -> Message:
    """Run the handler once. A bug in it is an answer; SystemExit and the like end the process."""
    os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
    try:
        result = handler(request["event"], Context(request))
        return {"result": json.loads(json.dumps(result, default=as_json))}
    except Exception as error:
        return {"failure": failure(error, request["request_id"])}


def main(channel_fd: int) -> None:
    """Serve until the emulator closes the channel."""
    with socket.socket(fileno=channel_fd).makefile("rw", encoding="utf-8") as channel:

        def send(message: Message) -> None:
            sys.stdout.flush()
            sys.stderr.flush()
            channel.write(json.dumps(message) + "\n")
            channel.flush()

        try:
            handler = load(os.environ["_HANDLER"])
        except Exception as error:
            send({"failure": failure(error)})
            return
        send({"ready": True})
        for line in channel:
            send(answer(handler, json.loads(line)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
