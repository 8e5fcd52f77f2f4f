"""Imports point inward, and a vendor's words stay in its folder."""

import re
import sys
from importlib import import_module

import pytest
from pydantic import BaseModel

from giftbridge.connectors.manifest import load_manifest, names
from tests.architecture.source import PACKAGE, Module, entries, package, shipped

OWN = "giftbridge"
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "domain": {"domain", "errors"},
    "recipes": {"domain", "errors", "recipes"},
    "aws": {"aws", "errors", "settings"},
    "stores": {"stores", "domain", "errors", "aws"},
    "connectors": {"domain", "errors", "settings"},
    "logs": {"errors"},
    "jobs": {"jobs", "connectors", "stores", "aws", "recipes", "domain", "errors", "logs", "settings"},
    "api": {"api", "jobs", "connectors", "stores", "recipes", "domain", "errors", "logs"},
    "portal": {"portal", "api", "jobs", "connectors", "stores", "recipes", "domain", "errors", "logs"},
    "bootstrap": {"jobs", "connectors", "stores", "aws", "errors", "logs", "settings"},
    "entry": {"bootstrap", "jobs", "errors", "logs"},
}
"""Part of the package -> the parts it may know."""
PLATFORM_API = "platform_api"
"""What speaks our own contract for platforms; a connector of such a platform builds on it."""
SHARED_BY_CONNECTORS = {
    "base", "commitments", "events", "received", "imports", "pulls", "thanks", "projects", "notice", "handing", "http",
    "manifest", "registry", "oauth", PLATFORM_API,
}  # fmt: skip
PURE = {"phonenumbers", "email_validator"}
"""What the domain may use besides the standard library: spelling, no I/O."""
OUTSIDE_WORLD = {"boto3", "botocore", "httpx", "requests", "urllib3", "socket", "oauthlib"}


def connector_folders() -> tuple[str, ...]:
    """Where vendors' words are at home."""
    folders = (PACKAGE / "connectors").glob("*/__init__.py")
    return tuple(f"{OWN}.connectors.{each.parent.name}" for each in folders)


def part(module: str) -> str:
    """The part of the package that a dotted name belongs to."""
    return [*module.split("."), ""][1]


def own_imports(module: Module) -> list[str]:
    return [name for name in module.imports() if name.split(".")[0] == OWN]


def test_every_part_of_the_package_has_its_rule() -> None:
    assert {part(module.name) for module in package()} - {""} == ALLOWED.keys()


@pytest.mark.parametrize("name", [part for part in ALLOWED if part != "connectors"])
def test_imports_point_inward(name: str) -> None:
    wrong = [
        f"{module.name} imports {imported}"
        for module in package()
        if part(module.name) == name
        for imported in own_imports(module)
        if part(imported) not in ALLOWED[name]
    ]
    assert wrong == []


def test_connectors_know_the_domain_and_the_contract_alone() -> None:
    wrong = [
        f"{module.name} imports {imported}"
        for module in package()
        if part(module.name) == "connectors"
        for imported in own_imports(module)
        if not _may_know(module, imported)
    ]
    assert wrong == []


def _may_know(module: Module, imported: str) -> bool:
    if part(imported) != "connectors":
        return part(imported) in ALLOWED["connectors"]
    folder = module.name.split(".")[2:3]
    wanted = imported.split(".")[2]
    return wanted in SHARED_BY_CONNECTORS or [wanted] == folder


def test_nobody_outside_imports_a_connector_by_name() -> None:
    folders = connector_folders()
    wrong = [
        f"{module.name} imports {imported}"
        for module in shipped()
        if not module.name.startswith(folders)
        for imported in own_imports(module)
        if imported.startswith(folders)
    ]
    assert wrong == []


def test_functions_know_their_api_and_jobs_alone() -> None:
    allowed = {"api", "portal", "bootstrap", "entry", "jobs", "errors", "logs"}
    wrong = [
        f"{module.name} imports {imported}"
        for module in entries()
        for imported in own_imports(module)
        if part(imported) not in allowed
    ]
    assert wrong == []


def test_functions_speak_neither_to_aws_nor_http() -> None:
    wrong = [
        f"{module.name} imports {imported}"
        for module in entries()
        for imported in module.imports()
        if imported.split(".")[0] in OUTSIDE_WORLD
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["domain", "recipes"])
def test_the_inside_does_no_io(name: str) -> None:
    free = {OWN, *PURE} | (sys.stdlib_module_names - {"socket", "subprocess", "urllib", "http", "os", "sqlite3"})
    wrong = [
        f"{module.name} imports {imported}"
        for module in package()
        if part(module.name) == name
        for imported in module.imports()
        if imported.split(".")[0] not in free
    ]
    assert wrong == []


def test_only_the_edges_speak_to_aws_and_vendors() -> None:
    edges = {"boto3": {"bootstrap", "stores"}, "botocore": {"bootstrap", "stores"}, "oauthlib": {"connectors"}}
    wrong = [
        f"{module.name} imports {imported}"
        for module in package()
        for imported in module.imports()
        if part(module.name) not in edges.get(imported.split(".")[0], {part(module.name)})
    ]
    assert wrong == []


def test_shipped_code_knows_neither_tests_nor_the_local_stack() -> None:
    wrong = [
        f"{module.name} imports {imported}"
        for module in shipped()
        for imported in module.imports()
        if imported.split(".")[0] in {"tests", "local", "ops", "pytest", "hypothesis", "moto"}
    ]
    assert wrong == []


def vendor_words() -> dict[str, str]:
    """Names of connectors, and the fields of their vendors' models that are plainly a vendor's: of several humps."""
    words = {spelling: name for name in names() for spelling in (name, load_manifest(name).title)}
    for name in names():
        models = vars(import_module(f"{OWN}.connectors.{name}.models")).values()
        for model in models:
            if isinstance(model, type) and issubclass(model, BaseModel):
                words |= {field: name for field in model.model_fields if re.search(r"[a-z0-9][A-Z]", field)}
    return words


def test_there_are_vendors_words_to_look_for() -> None:
    assert {"EmailInterestType", "receiptId"} <= vendor_words().keys()


def test_nothing_outside_a_folder_knows_a_vendors_word() -> None:
    words = vendor_words()
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b")
    folders = connector_folders()
    wrong = [
        f"{module.name}:{line} says {found.group()!r}"
        for module in shipped()
        if not module.name.startswith(folders)
        for line, text in module.words()
        for found in pattern.finditer(text)
    ]
    assert wrong == []
