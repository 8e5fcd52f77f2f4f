"""What `make up` leaves to play with: the commands it prints work, and a second time changes nothing."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from local.paths import ROOT
from local.play import prepare
from local.stack import Stack, write


@pytest.fixture
def commands(stack: Stack, tmp_path: Path) -> str:
    """The text of a first `make up`."""
    write(stack, tmp_path / "stack.json")
    return prepare(stack, tmp_path)


def _shell(folder: Path, script: str) -> str:
    """What a POSIX shell says to it."""
    command = ["sh", "-euc", f". {folder}/play.sh\n{script}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_the_printed_commands_connect_and_listen_and_a_second_time_changes_nothing(
    stack: Stack, tmp_path: Path, commands: str
) -> None:
    made = json.loads(_shell(tmp_path, "connect"))
    assert made["connection"]["name"] == "paws-rescue"
    heard = json.loads(_shell(tmp_path, "listen"))["webhook"]
    assert (heard["url"], heard["secrets"]) == (made["webhook"]["url"], [made["webhook"]["secret"]])
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert prepare(stack, tmp_path).splitlines()[:6] == commands.splitlines()[:6]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert _shell(tmp_path, "connection") == made["connection"]["id"]


def test_the_printed_link_opens_the_portal_and_the_shell_makes_another(tmp_path: Path, commands: str) -> None:
    links = commands.strip().splitlines()[-1].strip(), _shell(tmp_path, "portal")
    assert len(set(links)) == 2
    for link in links:
        with httpx.Client() as browser:
            assert browser.get(link).status_code == 303
            assert browser.get(link).status_code == 410


def test_keys_are_for_their_owner_only(tmp_path: Path, commands: str) -> None:
    assert "play.sh" in commands
    assert {
        (tmp_path / name).stat().st_mode & 0o077 for name in ("play.sh", "play.key", "connect.json", "visit.json")
    } == {0}
