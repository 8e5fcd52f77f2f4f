"""An organisation's back office: it uses the management API as its platform would, over HTTP."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

from local.story.telling import Teller, Wrong

OVER = ("done", "failed", "cancelled")
PATIENCE_SECONDS = 120
OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed")


@dataclass
class Office:
    """One organisation, and its connection once it has one."""

    http: httpx.Client
    organisation: str
    connection: str = ""

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """A call below the organisation that must end with `status`; its body."""
        answer = self.http.request(method, f"/v1/organisations/{self.organisation}{path}", json=body)
        if answer.status_code != status:
            raise Wrong(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def here(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        """The same below the connection."""
        return self.ask(method, f"/connections/{self.connection}{path}", body, status)

    def run(self, path: str, teller: Teller | None = None, body: Any = None) -> Any:
        """Start a run and see it through; its header."""
        return self.see_through(self.here("POST", path, body, 202)["id"], teller)

    def see_through(self, run_id: str, teller: Teller | None = None) -> Any:
        """Wait for a run's end, telling how far it is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            run = self.here("GET", f"/runs/{run_id}")
            if teller and run["kind"] == "contacts":
                found = sum(run["progress"][side]["found"] for side in ("platform", "crm"))
                settled = sum(run["progress"][side]["settled"] for side in ("platform", "crm"))
                teller.progress("both sides", settled, found)
            if run["state"] in OVER:
                break
            _patience(deadline, f"run {run_id}")
        if teller:
            teller.progress_over()
        return run

    def next_run(self, after: str, kind: str) -> Any:
        """The first run of a kind that somebody else started after another; waits for its end."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            news = [run for run in self.latest() if run["id"] > after and run["kind"] == kind]
            if news:
                return self.see_through(news[-1]["id"])
            _patience(deadline, f"a run of {kind}")

    def latest(self) -> list[Any]:
        """The sync log, newest first."""
        runs: list[Any] = self.here("GET", "/runs?limit=100")["items"]
        return runs

    def lines(self, run: Any, outcome: str = "") -> list[Any]:
        """Records of a run."""
        lines: list[Any] = self.here("GET", f"/runs/{run['id']}/records?outcome={outcome}&limit=200")["items"]
        return lines


def counts(run: Any, side: str) -> dict[str, int]:
    """What became of the records on one side, without zeros."""
    told = run["counts"][side]
    return {name: told[name] for name in OUTCOMES if told[name]}


def spelled(run: Any, side: str) -> str:
    """The same as text."""
    asked = f", {run['counts'][side]['review']} of them for a person" if run["counts"][side]["review"] else ""
    return (", ".join(f"{number} {name}" for name, number in counts(run, side).items()) or "nothing") + asked


def adds_up(run: Any) -> bool:
    """Whether what was read is the sum of the outcomes, on both sides."""
    sides = run["counts"].values()
    return all(side["read"] == sum(side[name] for name in OUTCOMES) for side in sides)


def _patience(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise Wrong(f"{what} did not come within {PATIENCE_SECONDS} s")
    time.sleep(0.1)
