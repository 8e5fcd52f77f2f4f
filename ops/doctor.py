"""`doctor`: looks a whole deployment over, and says what is wrong and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import typer
from botocore.exceptions import ClientError

from giftbridge.connectors import registry
from giftbridge.errors import NotFound
from giftbridge.jobs import letters
from giftbridge.jobs.lifecycle import QUEUES
from giftbridge.jobs.redrive import Wanted, stuck
from ops.output import AsJson, Ended, show
from ops.place import Place

COLUMNS: Final = ("check", "state", "found", "do")
LATE: Final = timedelta(minutes=3)
SCHEDULES: Final = ("clock", "daily-export")
CONSUMERS: Final = {"contacts": "ContactSync", "gifts": "TransactionPush", "exports": "BatchExport"}


@dataclass(frozen=True)
class Finding:
    """`state`: ok, wrong (somebody should act), or unknown (these credentials may not see it)."""

    check: str
    state: str
    found: str
    do: str = ""


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the stack, its key, tables, queues, functions, schedules, the last tick and every connection."""
    found = [finding for check in CHECKS for finding in _careful(check, context.obj)]
    show([vars(finding) for finding in found], COLUMNS, as_json=as_json)
    if any(finding.state == "wrong" for finding in found):
        raise typer.Exit(Ended.FAILED)


def stack(place: Place) -> Iterator[Finding]:
    """Deployed whole, and ours."""
    status = str(place.described["StackStatus"])
    whole = status.endswith("_COMPLETE") and not status.startswith(("DELETE", "ROLLBACK"))
    yield _told("stack", whole, f"{place.stack}: {status}", "finish or roll back its deployment, then deploy again")


def identity(place: Place) -> Iterator[Finding]:
    """The credentials are of the account in which the key is."""
    account = str(place.client("sts").get_caller_identity()["Account"])
    owner = place.app.settings.kms_key_arn.split(":")[4]
    yield _told(
        "account", account == owner, f"{account}, the key is in {owner}", "use credentials of the key's account"
    )


def key(place: Place) -> Iterator[Finding]:
    """On, and rotated every year."""
    client, arn = place.client("kms"), place.app.settings.kms_key_arn
    state = str(client.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"])
    yield _told(
        "key", state == "Enabled", state, "enable it, or cancel its deletion, at once: no secret opens without it"
    )
    rotates = bool(client.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"])
    yield _told("key rotation", rotates, "on" if rotates else "off", "deploy again: the template switches it on")


def tables(place: Place) -> Iterator[Finding]:
    """There, and the two that can't be made anew are backed up."""
    client, settings = place.client("dynamodb"), place.app.settings
    for name in ("connections", "links", "runs", "inbox"):
        table = getattr(settings, f"{name}_table")
        state = str(client.describe_table(TableName=table)["Table"]["TableStatus"])
        yield _told(f"table {name}", state in ("ACTIVE", "UPDATING"), state, "deploy again, or restore it")
    for name in ("connections", "links"):
        told = client.describe_continuous_backups(TableName=getattr(settings, f"{name}_table"))
        state = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        on = state.get("PointInTimeRecoveryStatus") == "ENABLED"
        yield _told(f"backup {name}", on, "on" if on else "off", "deploy again: the template switches it on")


def queues(place: Place) -> Iterator[Finding]:
    """Nothing is dead, and somebody listens."""
    for queue, number in letters.counts(place.app).items():
        yield _told(f"dead letters {queue}", not number, str(number), "`dlq ls`, then `dlq redrive`")
    client = place.client("lambda")
    for queue in QUEUES:
        function = place.outputs[f"{CONSUMERS[queue]}FunctionName"]
        found = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        states = sorted({str(one["State"]) for one in found})
        yield _told(f"consumer {queue}", states == ["Enabled"], ", ".join(states) or "none", "enable the event source")


def functions(place: Place) -> Iterator[Finding]:
    """Active, with the variables that the code needs."""
    client = place.client("lambda")
    for output, name in sorted(place.outputs.items()):
        if output.endswith("FunctionName"):
            told = client.get_function_configuration(FunctionName=name)
            states = (str(told.get("State", "Active")), str(told.get("LastUpdateStatus", "Successful")))
            good = states == ("Active", "Successful")
            yield _told(f"function {name.rsplit('-', 1)[-1]}", good, "/".join(states), "deploy again")


def roles(place: Place) -> Iterator[Finding]:
    """Every function's role exists."""
    lambdas, iam = place.client("lambda"), place.client("iam")
    names = [name for output, name in place.outputs.items() if output.endswith("FunctionName")]
    held = {str(lambdas.get_function_configuration(FunctionName=name)["Role"]).rsplit("/", 1)[-1] for name in names}
    missing = [role for role in sorted(held) if not _exists(iam, role)]
    yield _told("roles", not missing, ", ".join(missing) or f"{len(held)} there", "deploy again")


def schedules(place: Place) -> Iterator[Finding]:
    """On; and the clock was here a moment ago."""
    client = place.client("scheduler")
    for name in SCHEDULES:
        state = str(client.get_schedule(Name=f"{place.stack}-{name}")["State"])
        yield _told(f"schedule {name}", state == "ENABLED", state, "enable it: nothing starts by itself without it")
    last, now = place.app.inbox.last_tick(), place.app.now()
    fresh = last is not None and now - last <= LATE
    when = f"{(now - last).total_seconds():.0f} s ago" if last else "never"
    yield _told("last tick", fresh, when, "look at the log of contact_sync and at the schedule's dead letters")


def work(place: Place) -> Iterator[Finding]:
    """Nothing is stuck, nothing waits for long."""
    number = len(stuck(place.app, Wanted()))
    yield _told("stuck work", not number, str(number), "`dlq ls` says what, `dlq redrive` does it again")
    due = place.app.inbox.due_accounts(place.app.now())
    late = sum(place.app.now() - since > LATE for _, _, since in due)
    yield _told("late work", not late, f"{late} queues of accounts", "is the clock standing still? too few workers?")


def connections(place: Place) -> Iterator[Finding]:
    """Each is healthy; what it needs for OAuth is registered."""
    every = place.app.connections.everywhere()
    lost = [one.id for one in every if one.health != "healthy"]
    yield _told("connections", not lost, f"{len(every)}, {len(lost)} to be reconnected", "`connections --unhealthy`")
    for system in sorted({one.crm for one in every if registry.manifest(one.crm).oauth}):
        kept = _has_oauth_client(place, system)
        yield Finding(f"OAuth {system}", "ok", "registered" if kept else "no client: connected by key only")


CHECKS: Final[tuple[Callable[[Place], Iterator[Finding]], ...]] = (
    stack, identity, key, tables, queues, functions, roles, schedules, work, connections,
)  # fmt: skip


def _told(check: str, good: bool, found: str, do: str) -> Finding:
    return Finding(check, "ok", found) if good else Finding(check, "wrong", found, do)


def _careful(check: Callable[[Place], Iterator[Finding]], place: Place) -> Iterator[Finding]:
    """What one check can't see stops no other."""
    try:
        yield from check(place)
    except ClientError as error:
        told = error.response.get("Error", {}).get("Code", "unknown")
        denied = "Denied" in told or "Unauthorized" in told
        yield Finding(check.__name__, "unknown" if denied else "wrong", told, "ask with credentials that may see it")
    except KeyError as missing:
        yield Finding(
            check.__name__, "wrong", f"the stack has no {missing}", "its deployment is not whole: deploy again"
        )


def _has_oauth_client(place: Place, system: str) -> bool:
    try:
        place.app.connections.oauth_client(system)
    except NotFound:
        return False
    return True


def _exists(iam: Any, role: str) -> bool:
    try:
        iam.get_role(RoleName=role)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True
