"""Gifts for a CRM whose staff imports them: each goes into the file of the day, once, and nothing by the API."""

import json
from dataclasses import replace
from typing import Final

from giftbridge.connectors.imports import ImportGift, TakesImports
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift
from giftbridge.domain.money import spoken
from giftbridge.errors import Reject
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.contacts.walk import settle_contact
from giftbridge.jobs.gifts.case import THERE, Case, Giver, cents_by_fund, line, purpose_print, refund_print
from giftbridge.jobs.gifts.commitment import in_words
from giftbridge.jobs.gifts.purposes import known_purposes
from giftbridge.jobs.settling import Writing
from giftbridge.stores.import_files import ROWS_KEPT
from giftbridge.stores.link import FILED, PULLED, Link

IN_FILE: Final = "in_import_file"
REFUND: Final = "refund_by_hand"
NOBODY_NEW: Final = "read_only"
"""Why a donor whom the CRM lacks is not created: the file brings them along."""


def giver_of(case: Case, gift: Gift) -> Writing[Giver]:
    """The donor's id in the CRM, empty for whom it does not have. Raises `Reject` for one who is not to go there."""
    if case.donor is None:
        raise Reject("The platform no longer has its donor.", code="donor_missing")
    links, connection = case.session.app.links, case.session.connection
    link = links.get(connection.id, "contact", Side.PLATFORM, gift.contact_id)
    if link and link.crm_id and link.state in THERE:
        return Giver(link.crm_id)
    result = yield from settle_contact(case.session, case.run, gift.contact_id)
    new = result.line is not None and result.line.code == NOBODY_NEW
    if result.outcome in ("failed", "skipped") and not new:
        reason = result.line.reason if result.line else "It is not synced."
        raise Reject(f"Its donor can't go over: {reason}", code="donor_not_synced")
    return Giver(result.link.crm_id if result.link else "")


def put_in_file(case: Case, link: Link, gift: Gift, contact_id: str) -> Result:
    """Link, row and line in one go. Raises `ConditionFailed` where file or link were written meanwhile."""
    app, connection = case.session.app, case.session.connection
    now = app.now()
    name = app.imports.open_name(connection.id, f"{now:%Y-%m-%d}")
    filed = replace(
        link, state="submitted", intent=None, question=None, decision="", run=case.run.id, outcomes={"crm": "created"},
        base={
            FILED: (name, ""), "purpose": (purpose_print(case.session, gift), ""),
            "refunded": (refund_print(case.session, gift.refunded), ""),
        },
    )  # fmt: skip
    said = line(case, "created", IN_FILE, link=filed, notes=(f"in the import file {name}",), recorded=gift)
    row = case.session.keyring.seal(_rows(case, gift, contact_id), now + ROWS_KEPT)
    added = app.imports.add_ops(connection.id, name, case.id, gift.amount, row, now)
    app.links.db.transact([app.links.save_op(filed), *added, app.runs.line_op(case.run, said)])
    return Result("created", said, link=filed.stored())


def _rows(case: Case, gift: Gift, contact_id: str) -> str:
    """Header and rows of this gift alone, and its cents by fund, as JSON."""
    if case.donor is None:
        raise AssertionError("no row without a donor")
    told = in_words(gift)
    if gift.refunded:
        words = f"{spoken(gift.refunded, gift.currency)} of it were refunded"
        told = replace(told, note="; ".join(part for part in (told.note, words) if part))
    one = ImportGift(case.reference, told, contact_id, case.donor)
    taker = case.session.can(Side.CRM, TakesImports)  # type: ignore[type-abstract]
    table = taker.import_table([one], known_purposes(case.session))
    return json.dumps({"table": table, "funds": cents_by_fund(gift)})


def follow_up(case: Case, gift: Gift, link: Link) -> Result:
    """What happens to a gift afterwards is told once, for staff to enter it. Raises `Reject` for other choices."""
    if case.chosen and _other_purpose(case, gift, link):
        where = f"in the import file {link.file}" if link.file else "in the CRM"
        raise Reject(f"It is {where} already, with other choices. Change it in the CRM by hand.", code=IN_FILE)
    known = link.base.get("refunded", ("", ""))[0]
    if PULLED in link.base or not gift.refunded or known == refund_print(case.session, gift.refunded):
        return Result("unchanged", link=link)
    told = {"refunded": (refund_print(case.session, gift.refunded), "")}
    kept = replace(link, base={**link.base, **told}, run=case.run.id, outcomes={"crm": "skipped"})
    text = "It was refunded. What is imported by hand is refunded by hand too: enter it in the CRM."
    said = line(case, "skipped", REFUND, text, link=kept)
    app = case.session.app
    app.links.db.transact([app.links.save_op(kept), app.runs.line_op(case.run, said)])
    return Result("skipped", said, link=kept.stored())


def _other_purpose(case: Case, gift: Gift, link: Link) -> bool:
    return link.base.get("purpose", ("", ""))[0] != purpose_print(case.session, case.routed(gift))
