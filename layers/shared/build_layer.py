"""Build the layer's `python` folder: install, copy, slim, compile. Run by the Makefile; not part of the layer.

Slimmed and compiled because Lambda would otherwise parse botocore's models and compile every module at each cold start:
`/opt` is read-only, so nothing that is compiled there is ever kept.
"""

import argparse
import compileall
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

HERE = Path(__file__).parent
MOUNTED_AT = "/opt/python"
PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
AWS_SERVICES = frozenset({"dynamodb", "events", "kms", "lambda", "s3", "sqs", "sts"})
INSTALLERS_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def main() -> None:
    """Build into the folder named on the command line, which is emptied first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--architecture", choices=[*PLATFORMS, "host"], required=True)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    target: Path = arguments.target.resolve()
    shutil.rmtree(target, ignore_errors=True)
    install(target, arguments.architecture)
    copy_own_code(target)
    slim_botocore(target / "botocore" / "data")
    slim_boto3(target / "boto3")
    drop_leftovers(target)
    compile_modules(target)


def install(target: Path, architecture: str) -> None:
    """Install what requirements.txt pins, as wheels of Lambda's platform unless it is for this machine."""
    platform = ["--platform", PLATFORMS[architecture], "--only-binary", ":all:"] if architecture in PLATFORMS else []
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps", *platform]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), "-r", "requirements.txt"]
    subprocess.run(command, check=True, cwd=HERE)  # noqa: S603  (no shell, no outside input)


def copy_own_code(target: Path) -> None:
    """Copy the package without what tools left in it."""
    shutil.copytree(HERE / "giftbridge", target / "giftbridge", ignore=shutil.ignore_patterns("__pycache__", ".*"))


def slim_botocore(data: Path) -> None:
    """Keep the newest model of each service in use, without texts and uncompressed."""
    for service in _folders(data):
        if service.name not in AWS_SERVICES:
            shutil.rmtree(service)
            continue
        *outdated, newest = sorted(_folders(service))
        for version in outdated:
            shutil.rmtree(version)
        for model in list(newest.iterdir()):
            _slim_model(model)
    _slim_endpoints(data / "endpoints.json")


def slim_boto3(package: Path) -> None:
    """Drop boto3's examples and the resource definitions of services that are not in use."""
    shutil.rmtree(package / "examples", ignore_errors=True)
    for service in _folders(package / "data"):
        if service.name not in AWS_SERVICES:
            shutil.rmtree(service)


def drop_leftovers(target: Path) -> None:
    """Drop scripts, stubs and the installer's notes; licences and metadata stay."""
    shutil.rmtree(target / "bin", ignore_errors=True)
    for note in INSTALLERS_NOTES:
        for path in target.glob(f"*.dist-info/{note}"):
            path.unlink()
    for stub in list(target.rglob("*.pyi")):
        stub.unlink()


def compile_modules(target: Path) -> None:
    """Compile everything such that no source or time stamp is looked at, and the same build gives the same bytes.

    Raises SystemExit when a module does not compile.
    """
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        target, quiet=1, workers=0, invalidation_mode=unchecked, stripdir=str(target), prependdir=MOUNTED_AT
    ):
        sys.exit("a module of the layer does not compile")


def _slim_model(path: Path) -> None:
    name = path.name.removesuffix(".gz").removesuffix(".json")
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    path.unlink()
    if not name.startswith("examples-"):
        _write(path.with_name(f"{name}.json"), _without_texts(json.loads(text)))


def _slim_endpoints(path: Path) -> None:
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in AWS_SERVICES}
    _write(path, endpoints)


def _without_texts(node: Any) -> Any:  # JSON
    """Empty each documentation; its key stays, since botocore reads some of them."""
    if isinstance(node, list):
        return [_without_texts(item) for item in node]
    if not isinstance(node, dict):
        return node
    # a member may be called `documentation` too: that one is a shape, not a text
    return {key: "" if _is_text(key, value) else _without_texts(value) for key, value in node.items()}


def _is_text(key: str, value: object) -> bool:
    return key == "documentation" and isinstance(value, str)


def _folders(parent: Path) -> Iterator[Path]:
    return (path for path in list(parent.iterdir()) if path.is_dir())


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
