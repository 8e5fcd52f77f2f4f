"""What every test has: made-up credentials, and the fixtures of tests/stack.py."""

import os

from local.aws import environment

pytest_plugins = ["tests.stack", "tests.suites", "tests.world", "tests.thanking"]

made_up = environment("")
del made_up["AWS_ENDPOINT_URL"]  # moto steps in only where no endpoint is given
os.environ |= made_up
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
