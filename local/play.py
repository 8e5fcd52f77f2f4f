"""Something to play with after `make up`: an organisation and its database, a key, and commands to try."""

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from local.paths import DEV_PYTHON, ROOT
from local.sandbox.bloomerang.sandbox import BloomerangControl
from local.sandbox.common.wire import CONTROL_PREFIX
from local.sandbox.handbid import HandbidControl
from local.stack import Stack
from local.story.cast import Charity, gala, people

NAME = "paws-rescue"
BIDDERS = 5
SHELL = """\
# For a shell, by `. {shell}`. Written by `make up`; the key is good for this computer's stack only.
KEY={key}
API={api}/v1/organisations/{name}
CRM={crm}/_sandbox/databases/{name}
PLATFORM={platform}/_sandbox/organisations/{name}
ANSWER={folder}/connected.json
as_json='Content-Type: application/json'
gb() {{ at=$1; shift; curl -sS -H "Authorization: Bearer $KEY" -H "$as_json" "$@" "$API$at"; echo; }}
connect() {{ gb /connections -d @{folder}/connect.json | tee "$ANSWER"; }}
connection() {{ gb /connections | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])'; }}
hook() {{ python3 -c 'import json, sys; hook = json.load(sys.stdin)["webhook"]
print(json.dumps({{"webhook": {{"url": hook["url"], "secrets": [hook["secret"]]}}}}))' < "$ANSWER"; }}
url() {{ python3 -c 'import json, sys; print(json.load(sys.stdin)["url"])'; }}
portal() {{ gb /portal/links -d @{folder}/visit.json | url; }}
listen() {{ hook | curl -sS -X PATCH -d @- "$PLATFORM"; echo; }}
"""
COMMANDS = """\
To play with: {name}, an organisation on the platform with an auction, and its database in the CRM. In a shell:
  . {shell}
  connect                                                  # both sides; the webhook's secret is shown once
  listen                                                   # the platform sends its webhooks there
  ID=$(connection)
  gb /connections/$ID/preview -X POST                      # what a first sync would do
  gb /connections/$ID/first-sync -d '{{"answer": "yes"}}'
  gb /connections/$ID/runs                                 # the sync log; .../runs/<run>/records tells each record
  gb /connections/$ID/reviews                              # questions that only a person can answer
  curl -X PATCH $PLATFORM/contacts -d '{{"ids": ["{contact}"], "patch": {{"phone": "+12125550199"}}}}'
  gb /connections/$ID/sync -X POST                         # that edit goes over
  curl -X PATCH $PLATFORM/events/{event} -d '{{"status": "reconciled"}}'  # and the auction's gifts
  curl $CRM/state                                          # all that is in the CRM; $PLATFORM/state: the other side

The portal, as staff of {name}: open this within five minutes, in one browser. Afterwards `portal` makes another
link, and `./giftbridge --stack {folder}/stack.json portal` one for an operator.
  {portal}
"""


def prepare(stack: Stack, folder: Path) -> str:
    """Make what is missing and answer with commands to try. A second time changes nothing."""
    side = _standing(stack) or _new(stack)
    files = {"folder": _shown(folder), "shell": _shown(folder / "play.sh"), "name": NAME}
    places = {"api": stack.api, "crm": stack.sandboxes["bloomerang"], "platform": stack.sandboxes["handbid"]}
    key = _key(stack, folder)
    _write(folder / "play.sh", SHELL.format(key=key, **files, **places))
    _write(folder / "connect.json", json.dumps(side.credentials(), indent=2) + "\n")
    visit = {"actor": "you", "platform_credentials": side.credentials()["platform_credentials"]}
    _write(folder / "visit.json", json.dumps(visit) + "\n")
    state = side.platform.state("contacts", "events")
    named = {"contact": state["contacts"][0]["id"], "event": state["events"][0]["id"]}
    return COMMANDS.format(portal=_link(stack, key, visit), **named, **files)


def _standing(stack: Stack) -> Charity | None:
    """What an earlier call made, where both sandboxes have it."""
    with contextlib.suppress(httpx.HTTPStatusError):
        crm = BloomerangControl(stack.sandboxes["bloomerang"]).open(NAME)
        return Charity(crm, HandbidControl(stack.sandboxes["handbid"]).existing(NAME))
    return None


def _new(stack: Stack) -> Charity:
    bloomerang, handbid = (stack.sandboxes[name] for name in ("bloomerang", "handbid"))
    for half in (f"{bloomerang}/_sandbox/databases/{NAME}", f"{handbid}{CONTROL_PREFIX}/organisations/{NAME}"):
        httpx.delete(half)
    crm = BloomerangControl(bloomerang).database(NAME)
    side = Charity(crm, HandbidControl(handbid).organisation(id=NAME, name="Paws Rescue"))
    gala(side.platform, people(side)[:BIDDERS])
    return side


def _key(stack: Stack, folder: Path) -> str:
    """The key of an earlier call while it is good, else a new one."""
    file = folder / "play.key"
    key = file.read_text().strip() if file.is_file() else ""
    headers = {"Authorization": f"Bearer {key}"}
    if not key or not httpx.get(f"{stack.api}/v1/systems", headers=headers, timeout=60).is_success:
        command = [str(DEV_PYTHON), "-m", "ops", "--stack", str(folder / "stack.json"), "api-key", "create", "handbid"]
        key = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        _write(file, key + "\n")
    return key


def _link(stack: Stack, key: str, visit: dict[str, Any]) -> str:
    """A link into the portal."""
    address, headers = f"{stack.api}/v1/organisations/{NAME}/portal/links", {"Authorization": f"Bearer {key}"}
    return str(httpx.post(address, json=visit, headers=headers, timeout=60).raise_for_status().json()["url"])


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
