"""What the product itself says in the end: questions, reasons, counters, dead letters, logs."""

import re
from collections.abc import Iterable
from typing import Any, Final

from local.soak.accountant import Case
from local.soak.held import Held
from local.soak.site import Site
from local.stack import Stack
from local.story.office import adds_up

DEAD: Final = ("ContactsDlq", "GiftsDlq", "ExportsDlq", "TriggerDlq")
PERSONAL: Final = re.compile(rb"[\w.%+-]+(?:@|%40)example\.(?:org|com)|(?:\+|%2B)1\d{3}555\d{4}", re.IGNORECASE)
"""E-mail addresses and phone numbers of made-up people, in URLs too."""
LEFT_OUT: Final = ("skipped", "failed")


def case_of(site: Site) -> Case:
    """One connection as the accountant wants it."""
    return Case(site.pair, site.ledger, held(site), questions(site), reasons(site), site.crm.funds())


def held(site: Site) -> Held:
    """What both sides hold."""
    thanks = site.pair[0] == "gratavid"
    return Held(
        crm_people=site.crm.people(),
        platform_people=site.platform.people(),
        gifts=[] if thanks else site.crm.gifts(),
        thanks=site.platform.thanks() if thanks else [],
        interactions=site.crm.interactions() if thanks else [],
    )


def questions(site: Site) -> dict[str, str]:
    """Record -> code of the open question about it."""
    return {one["id"]: one["code"] for one in site.office.here("GET", "/reviews")["items"]}


def reasons(site: Site) -> dict[str, str]:
    """Gift -> code of why it was left out, by the newest run that says so."""
    found: dict[str, str] = {}
    for run in reversed([run for run in site.runs() if run["kind"] == "gifts"]):
        for outcome in LEFT_OUT:
            if any(side[outcome] for side in run["counts"].values()):
                found |= {line["id"]: line["code"] for line in _lines(site, run, outcome) if line["kind"] == "gift"}
    return found


def log_differences(site: Site, held_gifts: int, refunded: int) -> list[str]:
    """Where the sync log does not add up, in itself and with what the CRM holds."""
    runs = site.runs()
    found = [f"run {run['id']} of {site.name} does not add up" for run in runs if not adds_up(run)]
    found += [f"run {run['id']} of {site.name}: {run['state']}" for run in runs if run["state"] == "failed"]
    of_gifts = [run["counts"]["crm"] for run in runs if run["kind"] == "gifts"]
    created, updated = (sum(counts[name] for counts in of_gifts) for name in ("created", "updated"))
    if created != held_gifts:
        found.append(f"the log of {site.name} tells {created} gifts created, the CRM has {held_gifts}")
    if updated > refunded:  # one that is refunded by the run that created it counts as created alone
        found.append(f"the log of {site.name} tells {updated} gifts updated, the CRM has {refunded} refunds")
    return found


def dead_letters(stack: Stack) -> dict[str, int]:
    """Messages in each dead-letter queue that has any."""
    client, name = stack.client("sqs"), "ApproximateNumberOfMessages"
    found = {}
    for queue in DEAD:
        told = client.get_queue_attributes(QueueUrl=stack.resources[queue], AttributeNames=[name])["Attributes"]
        found[queue] = int(told[name])
    return {queue: number for queue, number in found.items() if number}


def personal_data(stack: Stack, sites: Iterable[Site]) -> list[str]:
    """Where in logs, tables, queues and buckets an address or a phone number of the soak's people can be read."""
    theirs = {word.encode() for site in sites for word in _words(site)}
    return sorted({one.where for one in stack.stored() if _is_ours(one.where) and theirs & spelled(one.content)})


def spelled(content: bytes) -> set[bytes]:
    """E-mail addresses and phone numbers in a text, as they are without a URL's escapes."""
    return {found.lower().replace(b"%40", b"@").replace(b"%2b", b"+") for found in PERSONAL.findall(content)}


def _words(site: Site) -> set[str]:
    people = [site.person(number) for number in site.ledger.people]
    edited = {edit.value for one in site.ledger.people.values() for edit in one.edits.get("phone", ())}
    return {one.email for one in people} | {one.phone for one in people} | edited


def left_waiting(sites: Iterable[Site]) -> list[str]:
    """Work that an error still holds back."""
    return [
        f"{site.name} {work['queue']} {work['kind']}: {work['error']}"
        for site in sites
        for work in site.office.here("GET", "/waiting")["items"]
        if work["error"]
    ]


def _is_ours(where: str) -> bool:
    return not where.startswith("bucket aws-sam-cli-")


def _lines(site: Site, run: Any, outcome: str) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = site.office.here("GET", f"/runs/{run['id']}/records?outcome={outcome}&limit=200{cursor}")
        found += page["items"]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"
