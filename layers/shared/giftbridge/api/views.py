"""From what the jobs know to what the API answers."""

from collections.abc import Iterable
from dataclasses import asdict

from giftbridge.api import answers
from giftbridge.connectors.base import Identity
from giftbridge.connectors.manifest import Manifest, load_manifest
from giftbridge.domain.contact import Side
from giftbridge.jobs.history import LogLine
from giftbridge.jobs.overview import Overview
from giftbridge.jobs.review import OpenQuestion
from giftbridge.recipes import in_force
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import OUTCOMES, Run

COUNTED = ("read", *OUTCOMES, "linked", "review")


def system(manifest: Manifest) -> answers.System:
    """A connector."""
    return answers.System(
        name=manifest.name,
        title=manifest.title,
        role=manifest.role,
        capabilities=sorted(manifest.capabilities),
        credentials=list(manifest.credentials),
        settings=manifest.settings,
        docs_url=manifest.docs_url,
    )


def party(identity: Identity) -> answers.Party:
    """Who answered."""
    return answers.Party(
        id=identity.database, name=identity.name, demo=identity.demo, connected_by=identity.connected_by
    )


def connection(seen: Overview, base: str) -> answers.ConnectionView:
    """A connection; field by field, so that nothing new is ever shown by accident."""
    one = seen.connection
    return answers.ConnectionView(
        id=one.id,
        platform=one.platform,
        organisation=one.organisation,
        crm=one.crm,
        status="paused" if one.status == "paused" else "active",
        health=one.health,
        health_reason=one.health_reason,
        name=one.name,
        demo=one.demo,
        connected_by=one.connected_by,
        created_at=one.created_at,
        first_sync=one.first_sync,
        ask_first_sync=seen.ask_first_sync,
        last_sync_at=one.last_sync_at,
        next_sync_at=seen.next_sync_at,
        active_run=run(seen.active_run) if seen.active_run else None,
        open_questions=seen.open_questions,
        webhook_url=webhook_url(one, base) if one.hook else "",
        crm_webhook_url=_crm_webhook_url(one, base),
        settings=in_force(one.platform, one.crm, one.settings),
    )


def webhook_url(one: Connection, base: str, hook: str = "") -> str:
    """Where the platform sends its webhooks."""
    return f"{base}/webhooks/{one.platform}/{hook or one.hook}"


def _crm_webhook_url(one: Connection, base: str) -> str:
    """To be entered by hand, where the CRM can't be told by API."""
    hook = one.hooks.get(str(Side.CRM))
    by_hand = "registers_webhooks" not in load_manifest(one.crm).capabilities
    return f"{base}/webhooks/{one.crm}/{hook}" if hook and by_hand else ""


def run(one: Run) -> answers.RunHeader:
    """The header of a run."""
    return answers.RunHeader(
        id=one.id,
        kind=one.kind,
        mode=one.mode,
        state=one.state,
        phase=one.phase,
        started_by=one.started_by,
        queued_at=one.queued_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        subject=one.subject,
        error=one.error,
        counts={side.value: {name: one.count(side, name) for name in COUNTED} for side in Side},
        progress={side.value: _progress(one, side) for side in Side},
    )


def _progress(one: Run, side: Side) -> dict[str, int]:
    found = max(one.count(side, "surveyed"), one.totals.get(side, 0))
    return {"found": found, "settled": one.count(side.other, "read")}


def started(runs: Iterable[Run]) -> answers.Started:
    """Several runs."""
    return answers.Started(items=[run(one) for one in runs])


def line(one: LogLine) -> answers.LogLine:
    """One record of a run."""
    return answers.LogLine.model_validate({**asdict(one), "side": one.side.value})


def question(one: OpenQuestion) -> answers.Question:
    """An open question."""
    return answers.Question.model_validate({**asdict(one), "side": one.side.value})


def waiting(one: Work) -> answers.Waiting:
    """Something that waits."""
    return answers.Waiting(
        key=one.key["sk"],
        queue=one.queue,
        kind=one.kind,
        subject=one.subject,
        webhook=bool(one.event),
        attempt=one.attempt,
        error=one.error,
        next_due=one.next_due,
    )
