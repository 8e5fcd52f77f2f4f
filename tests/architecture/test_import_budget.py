"""What a function loads before its first event: webhook intake least of all."""

import json
import subprocess
import sys

import pytest

from tests.architecture.source import FUNCTIONS, PACKAGE

HEAVY = ("httpx", "pydantic", "phonenumbers", "oauthlib", "email_validator", "iso3166")
LOADED = "import json, sys, app; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
INTAKE_AT_WORK = """
import json, sys
from giftbridge import bootstrap
from giftbridge.settings import Settings
names = [field for field in Settings.__dataclass_fields__ if field not in ("step_seconds", "public_url")]
bootstrap.build_intake(Settings(**dict.fromkeys(names, "x")))
from giftbridge.connectors.manifest import load_manifest, names as connectors
from importlib import import_module
for name in connectors():
    if load_manifest(name).webhook:
        import_module(f"giftbridge.connectors.{name}.webhook")
print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))
"""


def loaded(code: str, *folders: str) -> set[str]:
    """Top-level modules that a clean interpreter has loaded after `code`."""
    path = f"import sys; sys.path[:0] = {[*folders, str(PACKAGE.parent)]!r}\n"
    done = subprocess.run([sys.executable, "-I", "-c", path + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_webhook_intake_loads_nothing_heavy() -> None:
    assert loaded(LOADED, str(FUNCTIONS / "webhook_intake")) & set(HEAVY) == set()


def test_webhook_intake_at_work_loads_nothing_heavy() -> None:
    assert loaded(INTAKE_AT_WORK) & set(HEAVY) == set()


@pytest.mark.parametrize("name", sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py")))
def test_no_function_loads_tests_or_the_local_stack(name: str) -> None:
    assert loaded(LOADED, str(FUNCTIONS / name)) & {"tests", "local", "moto", "pytest", "hypothesis"} == set()
