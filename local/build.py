"""`sam build` for this machine, and proof that every handler can be imported from what was built."""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.paths import BASE_PYTHON, BUILD, DEV_PYTHON, ROOT, RUN, SAM, TEMPLATE
from local.template import functions, load

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"arm64": "arm64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")
_STAMP = RUN / "build.sha256"
_UNUSED = {"__pycache__", ".ruff_cache", ".mypy_cache"}


class BuildError(Exception):
    """`sam build` or an import from its result failed; the message holds the output."""


@contextmanager
def built() -> Iterator[str]:
    """The artifact, up to date and left alone by other runs meanwhile. Yields the hash of its sources."""
    RUN.mkdir(exist_ok=True)
    with (RUN / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _build()


def _build() -> str:
    wanted = _fingerprint()
    if (BUILD / "template.yaml").is_file() and _STAMP.is_file() and _STAMP.read_text() == wanted:
        return wanted
    _STAMP.unlink(missing_ok=True)
    _sam_build()
    for name, handler in functions(load(TEMPLATE)).items():
        _import(name, handler)
    _STAMP.write_text(wanted)
    return wanted


def sam(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run SAM with our interpreter first on the path, as it looks for `python3.X` there."""
    path = os.pathsep.join([str(DEV_PYTHON.parent), os.environ.get("PATH", os.defpath)])
    variables = os.environ | {"SAM_CLI_TELEMETRY": "0", "PATH": path} | env
    return subprocess.run([str(SAM), *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def _sam_build() -> None:
    overrides = [f"Runtime={RUNTIME}", f"Architecture={ARCHITECTURE}"]
    layer = {"LAYER_RUNTIME": RUNTIME, "LAYER_ARCHITECTURE": ARCHITECTURE}
    folders = ["--build-dir", str(BUILD), "--cache-dir", str(RUN / "build-cache")]
    done = sam(["build", "--cached", "--parallel", *folders, "--parameter-overrides", *overrides], layer)
    if done.returncode:
        raise BuildError(done.stdout + done.stderr)


def _import(name: str, handler: str) -> None:
    """Import with nothing else around: SAM reports success even when a folder or a package is missing."""
    task, layer = BUILD / name, BUILD / "SharedLayer" / "python"
    module, _, function = handler.rpartition(".")
    code = f"import {module}; {module}.{function}"
    clean = {"PYTHONPATH": f"{task}{os.pathsep}{layer}", "PYTHONDONTWRITEBYTECODE": "1"} | function_environment(name)
    done = subprocess.run([BASE_PYTHON, "-S", "-P", "-c", code], env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{name} does not import from the artifact:\n{done.stderr}")


def function_environment(name: str) -> dict[str, str]:
    """Enough of Lambda's environment to import a handler."""
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "POWERTOOLS_SERVICE_NAME": name,
    }


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{RUNTIME} {ARCHITECTURE}".encode())
    for path in _sources():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield TEMPLATE
    for folder in ("functions", "layers"):
        yield from sorted(
            path for path in (ROOT / folder).rglob("*") if path.is_file() and not _UNUSED & set(path.parts)
        )


if __name__ == "__main__":
    try:
        with built() as version:
            print("built", version[:12])
    except BuildError as error:
        raise SystemExit(str(error)) from None
