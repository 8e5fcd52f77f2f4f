"""Cold starts: import and first call of each function as it is built, against a plain build of the same code.

Plain is what `sam build` makes of a layer without a makefile of its own: `pip install -t` of the same requirements, no
models left out, nothing compiled.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws import environment
from local.bench.lines import Figures, Line
from local.build import function_environment
from local.paths import BASE_PYTHON, BUILD, ROOT, RUN, TEMPLATE
from local.template import functions, load
from tests.rows.conftest import Site, event_file
from tests.rows.test_webhooks import signed

ROUNDS = 12
AIMS = {"WebhookIntakeFunction": 0.3}
AIM = 0.5
LAYER = ROOT / "layers" / "shared"
PROBE = Path(__file__).with_name("cold_probe.py")
COSTLY = 5
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)([\w.]+)")


@dataclass(frozen=True)
class Start:
    """One function, to be started cold from either build."""

    name: str
    handler: str
    folder: str
    env: dict[str, str]

    def run(self, layer: Path, event: Any, *options: str) -> subprocess.CompletedProcess[str]:
        """Once, in a process of its own. Raises `RuntimeError` where it fails."""
        task = ROOT / "functions" / self.folder
        path = {"PYTHONPATH": f"{task}{os.pathsep}{layer}", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [BASE_PYTHON, "-S", "-P", *options, str(PROBE)], env=self.env | path, capture_output=True, text=True,
            input=json.dumps({"handler": self.handler, "event": event}), check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{self.name} does not start from {layer}: {done.stderr[-2000:]}")
        return done

    def seconds(self, layer: Path, event: Any) -> dict[str, float]:
        """Of import and first call."""
        found: dict[str, float] = json.loads(self.run(layer, event).stdout.splitlines()[-1])
        assert found["status"] < 500, (self.name, found)
        return found

    def costly_imports(self, layer: Path, event: Any) -> list[str]:
        """The packages that cost most to import, with their ms."""
        told = _IMPORT.findall(self.run(layer, event, "-X", "importtime").stderr)
        own: dict[str, int] = {}
        for alone, _, _, name in told:
            package = ".".join(name.split(".")[:2]) if name.startswith("giftbridge") else name.split(".")[0]
            own[package] = own.get(package, 0) + int(alone)
        most = sorted(own.items(), key=lambda one: -one[1])[:COSTLY]
        return [f"{name} {microseconds / 1000:.0f}" for name, microseconds in most]


def measure(site: Site, rounds: int = ROUNDS) -> Figures:
    """Per function the least seconds of interleaved runs from both builds, and which imports cost most."""
    layers = {"built": BUILD / "SharedLayer" / "python", "plain": _plain_layer()}
    starts = starts_of(site)
    found: dict[str, dict[str, list[dict[str, float]]]] = {
        start.name: {kind: [] for kind in layers} for start in starts
    }
    for _ in range(rounds):
        for start in starts:
            for kind, layer in layers.items():
                found[start.name][kind].append(start.seconds(layer, first_event(site, start.folder)))
    return {
        start.name: {
            **{kind: _least(found[start.name][kind]) for kind in layers},
            "imports": start.costly_imports(layers["built"], first_event(site, start.folder)),
        }
        for start in starts
    }


def lines(found: Figures) -> Iterator[Line]:
    """A line per function."""
    for name, one in found.items():
        built, plain = one["built"], one["plain"]
        ratio, aim = built["all"] / plain["all"], AIMS.get(name, AIM)
        imports = "" if ratio <= aim else f"; most for {', '.join(one['imports'])} ms"
        yield Line(
            "Cold start",
            name.removesuffix("Function"),
            f"{built['all'] * 1000:.0f} ms ({built['import'] * 1000:.0f} of it import), {ratio:.2f} x",
            f"plain build {plain['all'] * 1000:.0f} ms ({plain['import'] * 1000:.0f}){imports}",
            f"<= {aim} x",
            ratio <= aim,
        )


def _least(runs: list[dict[str, float]]) -> dict[str, float]:
    return min(({**run, "all": run["import"] + run["call"]} for run in runs), key=lambda run: run["all"])


def starts_of(site: Site) -> list[Start]:
    """Every function of the template, with the variables that it is deployed with."""
    stack, template = site.deployment.stack, load(TEMPLATE)
    lambdas, found = stack.client("lambda"), []
    for name, handler in functions(template).items():
        told = lambdas.get_function_configuration(FunctionName=stack.resources[name])
        variables = {key: str(value) for key, value in told.get("Environment", {}).get("Variables", {}).items()}
        env = function_environment(name) | environment(stack.endpoint) | variables
        found.append(Start(name, handler, Path(template["Resources"][name]["Properties"]["CodeUri"]).name, env))
    return found


def first_event(site: Site, folder: str) -> Any:
    """What the function is called with first: a webhook of ours is accepted, a doorbell is nobody's."""
    if folder == "webhook_intake":
        request = signed(site, "event.reconciled", "nothing")
        event = event_file("webhook_intake_event_reconciled")
        hook = site.webhook["url"].rsplit("/", 1)[-1]
        return {**event, "headers": dict(request.headers), "body": request.body,
                "pathParameters": {"provider": "handbid", "hook": hook}}  # fmt: skip
    if folder == "management":
        event = event_file("management_list_connections")
        path = f"/v1/organisations/{site.platform.id}/connections"
        context = event["requestContext"]
        asked = {**context, "http": {**context["http"], "path": path}}
        return {**event, "headers": dict(site.http.headers), "rawPath": path, "requestContext": asked}
    names = {"contact_sync": "contact_sync_tick", "oauth_callback": "oauth_callback_start", "portal": "portal_front"}
    return event_file(names.get(folder, f"{folder}_doorbell"))


def _plain_layer() -> Path:
    """Made once per state of the code and of what it requires."""
    target = RUN / "bench" / "plain" / _layer_version()
    if not target.exists():
        shutil.rmtree(target.parent, ignore_errors=True)
        partial = target.with_suffix(".partial")
        options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps"]
        files = ["--target", str(partial), "-r", str(LAYER / "requirements.txt")]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *files], check=True, capture_output=True)
        shutil.copytree(LAYER / "giftbridge", partial / "giftbridge", ignore=shutil.ignore_patterns("__pycache__"))
        partial.rename(target)
    return target


def _layer_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(one for one in LAYER.rglob("*") if one.is_file() and "__pycache__" not in one.parts):
        digest.update(str(path.relative_to(LAYER)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
