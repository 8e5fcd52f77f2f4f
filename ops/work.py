"""Commands about what waits: what is stuck is known from the work, never from a queue."""

import json
from collections.abc import Iterator

import click

from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.jobs.lifecycle import QUEUES
from giftbridge.stores.inbox import Work
from ops.place import dead_letter_queues


@click.group("work")
def work() -> None:
    """What waits to be done."""


@work.command("list")
@click.option("--account", default="", help="such as bloomerang:1234")
@click.option("--kind", default="")
@click.option("--error", default="", help="the code of the last try's error; `any` for whatever has one")
@click.pass_obj
def list_work(app: App, account: str, kind: str, error: str) -> None:
    """One line for each."""
    for one in _chosen(app, account, kind, error):
        due = one.next_due.isoformat(timespec="seconds") if one.next_due else "asleep"
        click.echo(f"{one.account} {one.queue} {one.key['sk']} tries={one.attempt} due={due} error={one.error or '-'}")


@work.command("show")
@click.argument("account")
@click.argument("queue", type=click.Choice(QUEUES))
@click.argument("key")
@click.pass_obj
def show_work(app: App, account: str, queue: str, key: str) -> None:
    """All that is stored of one, by the KEY that `list` tells."""
    for one in app.inbox.waiting(account, queue):
        if one.key["sk"] == key:
            click.echo(json.dumps(one.item(), indent=2, sort_keys=True, default=str))
            return
    raise click.ClickException("There is no such work.")


@work.command("wake")
@click.option("--account", default="")
@click.option("--kind", default="")
@click.option("--error", default="")
@click.pass_obj
def wake_work(app: App, account: str, kind: str, error: str) -> None:
    """Make due now what these options choose; one of them at least."""
    if not (account or kind or error):
        raise click.UsageError("Name an account, a kind or an error.")
    woken = list(_chosen(app, account, kind, error))
    for one in woken:
        app.inbox.postpone(one, app.now(), attempt=0)
    for name, queue in sorted({(one.account, one.queue) for one in woken}):
        ring(app, name, queue)
    click.echo(f"{len(woken)} woken.")


@click.group("dlq")
def dlq() -> None:
    """Messages that failed too often: crashes, time-outs and bugs."""


@dlq.command("list")
@click.pass_obj
def list_dead(app: App) -> None:
    """How many there are behind each queue. Their work is still there: `work list --error any` says what it is."""
    for name, url in sorted(dead_letter_queues(app).items()):
        told = app.doorbells.client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
            "Attributes"
        ]
        click.echo(f"{told['ApproximateNumberOfMessages']:>7} {name}")


def _chosen(app: App, account: str, kind: str, error: str) -> Iterator[Work]:
    accounts = [account] if account else sorted({one.account for one in app.connections.everywhere()})
    for name in accounts:
        for queue in QUEUES:
            yield from (one for one in app.inbox.waiting(name, queue) if _fits(one, kind, error))


def _fits(one: Work, kind: str, error: str) -> bool:
    return (not kind or one.kind == kind) and (not error or one.error == error or (error == "any" and bool(one.error)))
