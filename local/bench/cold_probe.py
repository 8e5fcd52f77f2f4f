"""A cold start: import a handler and call it once. Runs with nothing on the path but the function and its layer.

Reads `{"handler", "event"}` as a line of JSON; prints one with the seconds of both.
"""

import time

began = time.perf_counter()

import importlib  # noqa: E402  (what a handler imports counts as its own)
import json  # noqa: E402
import sys  # noqa: E402
from types import SimpleNamespace  # noqa: E402

wanted = json.loads(sys.stdin.readline())
module, _, name = wanted["handler"].rpartition(".")
handler = getattr(importlib.import_module(module), name)
imported = time.perf_counter()
context = SimpleNamespace(
    function_name=name, memory_limit_in_mb=1024, invoked_function_arn="arn:aws:lambda:us-east-1:0:function:probe",
    aws_request_id="probe", get_remaining_time_in_millis=lambda: 30_000,
)  # fmt: skip
answer = handler(wanted["event"], context)
called = time.perf_counter()
status = answer.get("statusCode", 200)
print("\n" + json.dumps({"import": imported - began, "call": called - imported, "status": status}))
