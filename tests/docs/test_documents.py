"""What is written for people holds: links, commands, tables, and nothing of how or where it was made."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from giftbridge.connectors.manifest import names
from local import systems
from local.paths import TEMPLATE
from local.template import load
from ops.cli import cli
from tests.docs.codes import codes
from tests.docs.documents import INLINE, ROOT, anchors, code, documents, relative

LINK = re.compile(r"\]\(([^)\s]+)\)")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
MODULE = re.compile(r"python3? -m ((?:local|ops|tests)[\w.]*)")
OPS = re.compile(r"\bops(?: --[\w-]+ [^\s`]+)* ([a-z][a-z-]*(?: [a-z][a-z-]*)*)")
FILES = re.compile(
    r"(?<![.\w/])((?:events|local|ops|functions|layers|tests|docs)/[\w./-]*\w\.(?:py|json|toml|yaml|md))\b"
)
FORBIDDEN = re.compile(
    r"\b(issues?|(?<!portal )(?<!`)sessions?|task lists?|helpers?|agents?)\b|/root\b|/work\b|\.\./shared", re.IGNORECASE
)
STEM = "${AWS::StackName}-"
README_LINES = 160
ASK_NOTHING = {
    "connections", "runs", "doctor", "dlq ls", "dlq show", "work ls", "webhooks ls",  # tell something
    "portal", "api-key create",  # make something new
    "sync", "preview", "retry", "work wake", "token refresh", "rewrap",  # can be done again, and change nothing twice
    "oauth-client set",  # asks for the secret
}  # fmt: skip

pages = pytest.mark.parametrize("page", documents(), ids=relative)


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pages
def test_make_targets_exist(page: Path) -> None:
    makefiles = [ROOT / "Makefile", ROOT / "layers" / "shared" / "Makefile"]
    targets = {name for file in makefiles for name in re.findall(r"^([\w-]+):", file.read_text(), re.MULTILINE)}
    assert set(MAKE.findall(code(page))) <= targets


@pages
def test_modules_that_are_run_exist(page: Path) -> None:
    for name in MODULE.findall(code(page)):
        path = ROOT.joinpath(*name.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), name


@pages
def test_files_that_are_named_exist(page: Path) -> None:
    named = {name for name in FILES.findall(code(page)) if "acme" not in name}
    assert [name for name in sorted(named) if not (ROOT / name).exists() and not (page.parent / name).exists()] == []


@pages
def test_ops_commands_exist(page: Path) -> None:
    assert [command for command in OPS.findall(code(page)) if not _known(command.split())] == []


def test_the_handbook_names_ops_commands() -> None:
    """So that the test above is not about nothing."""
    named = {words.split()[0] for words in OPS.findall(code(ROOT / "docs" / "operations.md"))}
    assert {"work", "dlq", "rewrap", "token", "api-key", "oauth-client"} <= named


def test_every_ops_command_is_in_the_handbook() -> None:
    text = code(ROOT / "docs" / "operations.md")
    assert [name for name, _ in _commands(_root()) if f"ops {name}" not in text] == []


def _told_to_ask() -> set[str]:
    """The commands of which the handbook says that they ask first."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return set(INLINE.findall(text.partition("These ask first, unless told `--yes`: ")[2].partition(". ")[0]))


def test_every_ops_command_takes_json_as_the_handbook_says() -> None:
    assert "Every command takes `--json`" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name, command in _commands(_root()) if "--json" not in _options(command)] == []


def test_every_ops_command_asks_first_or_is_known_to_need_no_question() -> None:
    """A new command is to be put among either."""
    asking = {name for name, command in _commands(_root()) if "--yes" in _options(command)}
    assert asking == _told_to_ask()
    assert {name for name, _ in _commands(_root())} - asking == ASK_NOTHING


def test_every_alarm_is_in_the_handbook() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    alarms = {name.removeprefix(STEM) for name in _alarm_names()}
    assert alarms
    assert [name for name in sorted(alarms) if f"`{name}`" not in text and not name.endswith("-throttles")] == []
    assert f"{len(alarms)} alarms" in text


def explained() -> set[str]:
    """The codes that have a row in the handbook."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.partition("\n## Codes\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {code for row in rows for code in INLINE.findall(row)}


def test_every_code_of_the_source_has_a_row_in_the_handbook() -> None:
    known = codes()
    assert {"rate_limited", "review_gone", "drift_missed", "http_", "email_taken", "not_synced"} <= known
    there = explained()
    missing = {code for code in known if not (code in there or (code[-1] == "_" and any(map(_begins(code), there))))}
    assert missing == set()


def test_every_code_in_the_handbook_is_of_the_source() -> None:
    beginnings = tuple(code for code in codes() if code.endswith("_"))
    assert explained() - codes() - {code for code in explained() if code.startswith(beginnings)} == {"KeyError"}


def _begins(beginning: str) -> Callable[[str], bool]:
    return lambda code: code.startswith(beginning)


def test_every_output_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r"OutputKey=='(\w+)'", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    assert asked
    assert asked <= set(load(TEMPLATE)["Outputs"])


def test_parameters_that_are_named_exist() -> None:
    named = set(re.findall(r"\b([A-Z]\w+)=", code(ROOT / "README.md"))) | {"HandbidUrl", "PublicUrl", "AlarmEmail"}
    assert {name for name in named if not name.isupper() and "_" not in name} <= set(load(TEMPLATE)["Parameters"])


def test_routes_of_the_management_api_that_are_named_exist() -> None:
    described = yaml.safe_load((ROOT / "docs" / "management-api.yaml").read_text(encoding="utf-8"))["paths"]
    known = {f"{method.upper()} {_shape(path)}" for path, methods in described.items() for method in methods}
    for page in (ROOT / "README.md", ROOT / "docs" / "operations.md"):
        for method, path in re.findall(r"\b(GET|POST|PATCH|DELETE) (?:/v1|\.\.\.)(/[\w/{}-]+)", code(page)):
            wanted = _shape(path)
            assert any(one.startswith(f"{method} ") and one.endswith(wanted) for one in known), (method, path)


def test_the_readme_is_short_and_its_table_of_systems_is_current() -> None:
    """`python -m local.systems` brings it up to date."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < README_LINES
    assert systems.table() in text
    assert systems.text(text) == text
    assert all(f"docs/connectors/{name}.md" in text for name in names())


@pages
def test_nothing_is_said_of_how_or_where_it_was_made(page: Path) -> None:
    assert FORBIDDEN.findall(page.read_text(encoding="utf-8")) == []


def _alarm_names() -> Iterator[str]:
    for resource in load(TEMPLATE)["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            yield resource["Properties"]["AlarmName"]["Fn::Sub"]


def _root() -> TyperGroup:
    root = get_command(cli)
    assert isinstance(root, TyperGroup)
    return root


def _commands(group: TyperGroup) -> Iterator[tuple[str, Any]]:
    """The whole name of each, and the command."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {inner}", found) for inner, found in _commands(command))
        else:
            yield name, command


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def _known(words: list[str]) -> bool:
    """Whether the words begin with a command; what follows are its arguments."""
    command: Any = _root()
    while words and isinstance(command, TyperGroup):
        command = command.commands.get(words.pop(0))
    return isinstance(command, TyperCommand)


def _shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)
