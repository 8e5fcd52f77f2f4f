"""What donors do with thanks goes to the CRM as an interaction; who wants no more is taken at their word there.

A notification has neither id nor time of its own: it is known by what it says, and by when it came.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from giftbridge.connectors.base import ContactWrite, FetchesContacts, ReadsContacts, Reference, WritesContacts
from giftbridge.connectors.thanks import Engagement, InteractionWrite, LogsInteractions, TellsEngagement
from giftbridge.domain.contact import Field, Side
from giftbridge.errors import Defer, Disconnected, GiftbridgeError, NotFound, Reject, Retry
from giftbridge.jobs import intent
from giftbridge.jobs.context import Session, Step
from giftbridge.jobs.hooks import opened
from giftbridge.jobs.session import open_session
from giftbridge.jobs.step import Progress
from giftbridge.jobs.thanks.run import settings_of
from giftbridge.jobs.thanks.settings import OF_ENGAGEMENT
from giftbridge.stores.dynamo import Op
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Outcome, Run, run_id

SUBJECTS: Final = {"task_sent": "sent", "reply": "reply", "watch": "watched"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification, when it came (UTC), and what it is known by."""

    session: Session
    told: Engagement
    at: datetime

    @property
    def name(self) -> str:
        """The same for the same thing said again."""
        told = self.told
        said = "\0".join((told.account_number, told.email.lower(), told.note_url, told.reply, told.reply_video))
        return f"{told.kind}:{self.session.prints.of('engagement', said)}"

    @property
    def crm(self) -> LogsInteractions:
        """The CRM."""
        return self.session.can(Side.CRM, LogsInteractions)  # type: ignore[type-abstract]


@dataclass(frozen=True, slots=True)
class Became:
    """What became of it, with writes that go together with the line that tells it."""

    outcome: Outcome
    code: str = ""
    reason: str = ""
    contact_id: str = ""
    ops: tuple[Op, ...] = ()


def notified(step: Step, batch: list[Work]) -> Progress:
    """A notification that intake kept; of one that waited too long nothing is left."""
    work = batch[0]
    session = open_session(step, work.organisation, work.connection, work.lane)
    if body := opened(step.app, work):
        engaged(session, str(work.data["event"]), body, datetime.fromisoformat(work.data["received_at"]))
    return Progress()


def engaged(session: Session, event: str, body: bytes, received_at: datetime) -> Run:
    """Take one notification to the CRM; the run tells what became of it. Raises `Retry`, `Defer`, `Disconnected`."""
    teller = session.can(Side.PLATFORM, TellsEngagement)  # type: ignore[type-abstract]
    try:
        heard = Heard(session, teller.engagement(event, body), received_at)
    except Reject as refused:
        return _keep(session, event, Became("skipped", refused.code, str(refused)))
    try:
        became = _take(heard)
    except (Reject, NotFound) as refused:
        became = Became("failed", refused.code, str(refused))
    return _keep(session, heard.name, became)


def _take(heard: Heard) -> Became:
    thanks, kind = settings_of(heard.session.connection), heard.told.kind
    if kind in thanks.consent:
        return _tightened(heard, thanks.consent[kind])  # type: ignore[arg-type]
    since = thanks.since.get(OF_ENGAGEMENT[kind]) if kind in OF_ENGAGEMENT else None
    if since is None:
        return Became("skipped", "switched_off", "This is switched off.")
    if heard.at < since:
        return Became("skipped", "before_switch_on", "It came before this was switched on.")
    return _logged(heard)


def _contact_of(heard: Heard) -> str:
    """The constituent, by link, else by their exact account number; empty where there is none."""
    session, number = heard.session, heard.told.account_number
    if not number:
        return ""
    link = session.app.links.get(session.connection.id, "contact", Side.PLATFORM, number)
    known = link.crm_id if link and link.state == "linked" else ""
    reader = session.can(Side.CRM, FetchesContacts)  # type: ignore[type-abstract]
    if known and reader.contacts([known]):
        return known
    return heard.crm.constituent_by_account_number(number)


def _nobody(heard: Heard) -> Became:
    if not heard.told.account_number:
        return Became("skipped", "no_account_number", "The contact has no account number on the platform.")
    return Became("skipped", "unknown_account_number", "The CRM has no person with this account number.")


def _is_erased(session: Session, contact_id: str) -> bool:
    mark = session.prints.identity(Side.CRM, contact_id)
    return bool(session.app.links.erased(session.connection.id, Side.CRM, [mark]))


# -- interactions


def _logged(heard: Heard) -> Became:
    """Once, however often it is told."""
    session = heard.session
    link = session.app.links.get(session.connection.id, "gift", Side.PLATFORM, heard.name)
    if link:
        intent.wait_for_live(session, link)
    if link and link.intent is None and _is_repeated(heard, link):
        return Became("unchanged", "repeated", "It was told before.")
    contact_id = _contact_of(heard)
    if not contact_id:
        return _nobody(heard)
    if _is_erased(session, contact_id):
        return Became("skipped", "erased", "The donor was erased.")
    return _log(heard, link or _new_link(heard), contact_id)


def _is_repeated(heard: Heard, link: Link) -> bool:
    """The same, heard again within the window in which intake takes it for a repetition; later it is done again."""
    scheme = heard.session.platform.manifest.webhook
    window = timedelta(seconds=scheme.repeat_seconds if scheme else 0)
    return abs(heard.at - _first_heard(link)) < window


def _log(heard: Heard, link: Link, contact_id: str) -> Became:
    """Under an intent; a dead one is asked about first."""
    session = heard.session
    found = heard.crm.recall_interaction(_write(heard, intent.reference_in(link), contact_id)) if link.intent else []
    if not found:
        reference = link.intent.reference if link.intent else _reference(heard)
        intended = intent.intend(session, link, "create", Side.CRM, reference, "")
        found, link = [_create(heard, intended, link, contact_id)], intended
    done = replace(
        link, state="linked", intent=None, crm_id=f"interaction:{found[0]}",
        stamps={"heard": heard.at.isoformat()},
    )  # fmt: skip
    return Became("created", contact_id=contact_id, ops=(session.app.links.save_op(done),))


def _create(heard: Heard, intended: Link, before: Link, contact_id: str) -> str:
    try:
        answer = heard.crm.log_interaction(_write(heard, intent.reference_in(intended), contact_id))
    except (Defer, Disconnected, Retry) as error:
        if not (isinstance(error, Retry) and error.doubt):
            intent.take_back(heard.session, intended, before)
        raise
    if isinstance(answer, GiftbridgeError):
        intent.take_back(heard.session, intended, before)
        raise Reject.of(answer)
    return answer.id


def _write(heard: Heard, reference: Reference, contact_id: str) -> InteractionWrite:
    told, title = heard.told, heard.session.platform.manifest.title
    subject = f"{title} {SUBJECTS[told.kind]}: {told.note_title}".rstrip(": ")
    text = " ".join(part for part in (told.reply, told.reply_video, told.note_url) if part)
    inbound = told.kind != "task_sent"
    return InteractionWrite(reference, contact_id, told.kind, heard.at, subject, text, inbound)


def _reference(heard: Heard) -> str:
    connection = heard.session.connection
    return f"{connection.platform}-{connection.organisation}-{heard.name}-{heard.at:%Y%m%dT%H%M%S}"


def _new_link(heard: Heard) -> Link:
    connection = heard.session.connection
    return Link(connection.account, connection.id, "gift", "creating", platform_id=heard.name)


def _first_heard(link: Link) -> datetime:
    return datetime.fromisoformat(link.stamps["heard"])


# -- consent


def _tightened(heard: Heard, field: Field) -> Became:
    """The field is set in the CRM, and never taken back. Told again, it costs a look."""
    session, contact_id = heard.session, _contact_of(heard)
    record = None
    if contact_id:
        reader = session.can(Side.CRM, FetchesContacts)  # type: ignore[type-abstract]
        record = reader.contacts([contact_id]).get(contact_id)
    if record is None:
        return _nobody(heard)
    if record.contact.value(field):
        return Became("unchanged", contact_id=contact_id)
    reference = Reference(_reference(heard), heard.at)
    write = ContactWrite(reference, record.contact.changed({field: True}), record, frozenset({field}))
    (answer,) = session.can(Side.CRM, WritesContacts).write_contacts([write])  # type: ignore[type-abstract]
    if isinstance(answer, GiftbridgeError):
        raise Reject.of(answer)
    return Became("updated", contact_id=contact_id)


# -- the log


def _keep(session: Session, name: str, became: Became) -> Run:
    """A run of its own, ended, with its one line: together with the link, so that a repeated step tells it once."""
    app, connection, now = session.app, session.connection, session.app.now()
    run = Run(
        id=run_id(now, uuid.uuid4().hex), connection=connection.id, organisation=connection.owner,
        account=connection.account, kind="thanks", mode="heard", started_by="webhook", state="done", phase="push",
        queued_at=now, started_at=now, ended_at=now,
        counts={"crm_read": 1, f"crm_{became.outcome}": 1},
    )  # fmt: skip
    crm = session.can(Side.CRM, ReadsContacts)  # type: ignore[type-abstract]
    url = crm.contact_url(became.contact_id) if became.contact_id else ""
    line = Line(
        "contact", Side.CRM, name, became.outcome, became.code, became.reason, became.contact_id, None, url, at=now
    )
    app.runs.db.transact([*became.ops, app.runs.add_op(run), app.runs.line_op(run, line)])
    return run
