"""The import queue: jobs of one application run one by one in their order, by the account's clock or by control."""

from __future__ import annotations

import uuid
from typing import Any

from local.sandbox.kindful.account import Account, App, Job, Plan
from local.sandbox.kindful.changes import apply_due
from local.sandbox.kindful.imports import run_import
from local.sandbox.kindful.links import run_links
from local.sandbox.kindful.run import JobRun, StopJob
from local.sandbox.kindful.splits import run_splits
from local.sandbox.kindful.staff import auto_merge

IMPORT, LINK_CONTACTS, LINK_TRANSACTIONS = "import", "contact", "transaction"
_LIKE = ("data_format", "action_type", "data_type", "match_by", "custom_fields", "groups", "update_exceptions")


def enqueue(account: Account, app: App, kind: str, body: dict[str, Any]) -> Job:
    """Put a job at the end of the application's queue."""
    job = Job(str(uuid.uuid4()), kind, body, account.clock.now())
    app.jobs.append(job)
    account.moves += 1
    return job


def tick(account: Account) -> None:
    """Let everything happen that is due by the account's clock."""
    apply_due(account)
    auto_merge(account)
    if account.options.queue == "manual" or (account.paused and account.options.pause_stops_jobs):
        return
    for app in account.apps.values():
        while (job := next_job(app)) is not None and _step(account, app, job):
            pass


def next_job(app: App) -> Job | None:
    """The job that works, or else is next."""
    return next((job for job in app.jobs if job.open), None)


def waiting(account: Account, app: App) -> tuple[int, int]:
    """How many jobs have still to end, and how many updates have still to be applied."""
    updates = sum(update.app == app.id for update in account.pending)
    return sum(job.open for job in app.jobs), updates


def begin(account: Account, app: App, job: Job, at: float) -> None:
    """Make a job the working one; like jobs right behind it may be taken into it."""
    job.status, job.started = "working", at
    if job.plan is None and account.plans:
        job.plan = account.plans.pop(0)
    if account.options.consolidate:
        for follower in app.jobs[app.jobs.index(job) + 1 :]:
            if follower.status != "waiting" or not _alike(job, follower):
                break
            consolidate(job, follower)
    account.moves += 1


def consolidate(job: Job, follower: Job) -> None:
    """Take a waiting job's rows into another job; it ends as `consolidated` and tells nothing more."""
    if follower.status != "waiting" or not job.open or not _alike(job, follower):
        raise ValueError("only a waiting job is consolidated, into an open one of its kind")
    follower.status, follower.into = "consolidated", job.id
    job.absorbed += [follower.body, *follower.absorbed]


def finish(account: Account, app: App, job: Job, at: float) -> None:
    """Do the work of a job that is working and end it, as planned or as it comes."""
    app.free_at, plan = at, job.plan
    job.status = "complete"
    try:
        _perform(account, app, job, plan)
    except StopJob as stop:
        job.status = stop.status
        job.notifications.append(_message(account, stop.message))
    if plan is not None:
        job.status = plan.status
        job.notifications += [_message(account, plan.message)] if plan.status != "complete" else []
    job.body, job.absorbed = job.body | {"data": None}, []
    app.integration["last_synced_at"] = account.now()
    account.moves += 1


def shown_status(account: Account, job: Job) -> str:
    """A job's status in the spelling of the account."""
    status = account.options.waiting_status if job.status == "waiting" else job.status
    return status.capitalize() if account.options.status_case == "capital" else status


def _step(account: Account, app: App, job: Job) -> bool:
    """Take a job as far as the clock allows; whether it ended."""
    now, options = account.clock.now(), account.options
    if job.status == "waiting":
        start = max(job.received + options.job_wait_seconds, min(app.free_at, now))
        if now < start:
            return False
        begin(account, app, job, start)
    end = (job.started or 0.0) + options.job_work_seconds
    if now < end:
        return False
    finish(account, app, job, end)
    return True


def _perform(account: Account, app: App, job: Job, plan: Plan | None) -> None:
    run = JobRun(account, app, job)
    rows = run.rows()
    if plan is not None and (plan.rows is not None or plan.status != "complete"):
        rows = rows[: plan.rows or 0]
    if job.kind != IMPORT:
        run_links(run, rows, job.kind)
    elif job.body.get("data_format") == "split_transaction":
        run_splits(run, rows)
    else:
        run_import(run, rows)


def _alike(job: Job, other: Job) -> bool:
    return job.kind == other.kind and all(job.body.get(name) == other.body.get(name) for name in _LIKE)


def _message(account: Account, text: str) -> Any:
    return text if account.options.notification_shape == "text" else {"row": None, "id": None, "message": text}
