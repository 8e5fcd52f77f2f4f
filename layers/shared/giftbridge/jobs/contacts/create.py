"""A record without a counterpart: matched to one that is there, or created, once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import Done, ReadsContacts, Submitted
from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Record, Side
from giftbridge.domain.matching import match_by_email
from giftbridge.errors import Park, Reject
from giftbridge.jobs import confirming
from giftbridge.jobs.contacts import doubt, effects
from giftbridge.jobs.contacts.agree import agree
from giftbridge.jobs.contacts.reading import read
from giftbridge.jobs.contacts.references import named_by
from giftbridge.jobs.contacts.situation import Result, Situation, line, mark
from giftbridge.jobs.intent import wait_for_live
from giftbridge.jobs.settling import Settling
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line

ERASED: Final = "erased"
TAKEN: Final = "This e-mail address belongs to a contact that is linked to somebody else."


def match(at: Situation, record: Record, other_id: str) -> Settling:
    """Link with a record that is there already; a half-made link on its side is taken in."""
    other = at.others.get(other_id)
    if other is None or other.problem:
        raise Park("The contact that fits can no longer be read.", candidates=(other_id,), code="review_unreadable")
    if other.contact.kind != record.contact.kind and not other.unread:
        text = "A person and an organisation share this e-mail address."
        raise Park(text, candidates=(other_id,), code="review_kind")
    if (rival := at.rivals.get(other_id)) is not None:
        wait_for_live(at.session, rival)
    if (handed := _handed_over(at, rival, record, other)) is not None:
        return (yield from _met(at, handed, record, other))
    if rival is not None and rival.awaits:  # the question that waits for it tells whether it is that
        confirming.hurry(at.session, rival.kind)
        return Result("unchanged")
    link = effects.with_id(at.link or at.new_link(), at.other, other_id)
    result = yield from agree(at, replace(link, base={}, handover=None), record, other)
    return replace(result, linked=True)


def _handed_over(at: Situation, rival: Link | None, record: Record, other: Record) -> Link | None:
    """The link of what we handed over, where the CRM's record is just that, as its reference tells."""
    crm = record if at.side is Side.CRM else other
    named = named_by(at.session, crm)
    return next((one for one in (at.link, rival) if one and one.awaits and one.platform_id == named), None)


def _met(at: Situation, handed: Link, record: Record, other: Record) -> Settling:
    """Before anybody asked whether it is there: what differs from what was handed over is an edit, on either side."""
    if at.dry:
        return Result("unchanged")
    crm = record if at.side is Side.CRM else other
    link = confirming.met(at.session, handed, crm)
    if link is None:  # it shows nothing of the last change: that still waits, but it is known who this is
        link = effects.untold(at.session, effects.with_id(handed, Side.CRM, crm.id))
    return (yield from agree(at, link, record, other))


def create(at: Situation, record: Record) -> Settling:
    """Create at the other side: found again after an interrupted try, and never beside one that is there."""
    if record.deleted or not (at.session.recipe.contacts or at.run.kind == "gifts"):  # a gift needs its donor
        return Result("skipped", line(at, "skipped", "not_synced", "It is not synced."))
    if at.other in at.session.recipe.policy.closed:
        return Result("skipped", line(at, "skipped", "read_only", "The other system takes no new contacts."))
    if at.other not in at.session.recipe.creates and at.run.kind != "gifts":
        return Result("skipped", line(at, "skipped", "not_created", "By the settings nobody is created there."))
    if record.inactive and not (at.link and at.link.intent):
        return Result("skipped", line(at, "skipped", "inactive", "It is inactive or deceased."))
    record = _usable(record)
    if at.dry:
        return _foreseen(at)
    link = at.link or at.new_link()
    wait_for_live(at.session, link)
    if (taken := _taken_in(at, link)) is not None:
        done, crm = taken
        return (yield from agree(replace(at, link=done, others={**at.others, crm.id: crm}), done, record, crm))
    found = effects.recalled(at.session, link, at.other, record.contact)
    if found is not None:
        return (yield from _found_again(at, effects.with_id(link, at.other, found.id), record, found))
    if (there := _verify(at, record)) is not None:
        beside = _beside(at, there)
        if there.id not in beside.rivals and effects.may_be_ours(at.session, link, record.contact, there):
            return (yield from _found_again(beside, effects.with_id(link, at.other, there.id), record, there))
        return (yield from match(beside, record, there.id))
    _assert_new(at, record)
    made, answer = yield from effects.create(at.session, link, at.other, record.contact, at.run.id)
    return _created(at, made, record, answer)


def _taken_in(at: Situation, link: Link) -> tuple[Link, Record] | None:
    """What was handed over before, where the CRM has it by now though no address leads to it; None while it waits."""
    session = at.session
    if not confirming.can_be_there(session, link) or not confirming.ask(session, [link]):
        return None
    done = session.app.links.get(link.connection, link.kind, Side.PLATFORM, link.platform_id)
    crm = read(session, at.run, Side.CRM, [done.crm_id]).get(done.crm_id) if done and done.crm_id else None
    return (done, crm) if done and crm else None


def _usable(record: Record) -> Record:
    """The record without contact points that are none. Raises `Reject` where no other is left."""
    bad = normalise.unusable(record.contact)
    contact = record.contact.changed(dict.fromkeys(bad, ""))
    if contact.reachable:
        return replace(record, contact=contact)
    if bad:
        text = f"Its {' and '.join(bad)} is not valid, and there is no other way to reach it. Correct it, then retry."
        raise Reject(text, code="contact_point_invalid")
    text = "It has no e-mail, phone or address, so it could never be recognised again. Add one."
    raise Reject(text, code="no_contact_point")


def _foreseen(at: Situation) -> Result:
    """What a create would come to, as far as it can be told without asking the vendor."""
    if at.match.verdict == "taken":
        raise Park(TAKEN, candidates=at.match.candidates, code="review_taken")
    return Result("created")


def _assert_new(at: Situation, record: Record) -> None:
    """Raises `MaybeOurs` for what our own create may have left; it is looked at again by itself."""
    if at.link and at.link.decision == "create":
        return
    try:
        doubt.assert_nobodys(at.session, at.side, record.contact)
    except doubt.MaybeOurs as ours:
        effects.again(at.session, at.side, at.id, at.session.app.now() + ours.after)
        raise


def _beside(at: Situation, there: Record) -> Situation:
    """The situation with a counterpart that only the vendor knew, and the half-made link that it may have."""
    links = at.session.app.links.find(at.session.connection.id, "contact", at.other, [there.id])
    return replace(at, others={**at.others, there.id: there}, rivals={**at.rivals, **links})


def _found_again(at: Situation, link: Link, record: Record, found: Record) -> Settling:
    """What an interrupted try left; what was edited since it was sent goes over on top."""
    prints = at.session.prints
    ours, theirs = doubt.sent(link.intent), prints.fields(found.contact)
    now = {field: mark for field, mark in prints.fields(record.contact).items() if mark}
    if ours == now:
        return _created(at, link, record, Done(found.id, found))
    doubt.forget(at.session, at.other, link)
    known: dict[str, tuple[str, str]] = {field: (ours.get(field, ""), theirs[field]) for field in FIELDS}
    if at.side is Side.CRM:
        known = {field: (platform, crm) for field, (crm, platform) in known.items()}
    sent = replace(effects.untold(at.session, link), base=known, spelling=normalise.VERSION, intent=None)
    result = yield from agree(at, sent, record, found)
    said = replace(result.line or line(at, "created", link=result.link), outcome="created")
    return replace(result, outcome="created", line=said)


def _created(at: Situation, link: Link, record: Record, answer: Done | Submitted) -> Result:
    app = at.session.app
    if at.link and at.link.intent:
        doubt.forget(at.session, at.other, at.link)
    written = answer.record if isinstance(answer, Done) else None
    counterpart = written or replace(record, id=link.id(at.other), stamp=None, raw="")
    pair = (record, counterpart) if at.side is Side.PLATFORM else (counterpart, record)
    done = effects.agreed(at.session, link, effects.as_read(at.session, *pair))
    if not done.awaits:
        done = effects.untold(at.session, done)
    done = mark(at, done, {str(at.other): "created"}, {at.other: counterpart.stamp})
    said = line(at, "created", link=done, notes=at.left_out)
    kept = _store(at, done, said)
    announced = effects.tell(at.session, kept)
    ops = () if announced is kept else (app.links.save_op(announced),)
    return Result("created", said, ops, link=announced)


def _store(at: Situation, link: Link, said: Line) -> Link:
    """The link and the line that tells it, together; without a pointer while the other side has named no id."""
    links = at.session.app.links
    both = bool(link.platform_id and link.crm_id)
    ops = links.join_ops(link) if both else [links.save_op(link)]
    links.db.transact([*ops, at.session.app.runs.line_op(at.run, said)])
    return link.joined() if both else link.stored()


def _verify(at: Situation, record: Record) -> Record | None:
    """Only a create asks the vendor: somebody may have this address since we looked. Raises `Park` for several."""
    if not at.session.prints.email(record.contact) or (at.link and at.link.decision == "create"):
        return None
    found = _with_address(at, record)
    ids = [one.id for one in found]
    if _any_erased(at, ids):
        raise Reject("It has the e-mail address of a contact that was erased.", code=ERASED)
    if match_by_email("asked", [record.id], ids).verdict == "ambiguous":
        text = "Several contacts share this e-mail address."
        raise Park(text, candidates=tuple(ids), code="review_shared_email")
    links = at.session.app.links.find(at.session.connection.id, "contact", at.other, ids)
    if any(link.id(at.side) not in ("", at.id) for link in links.values()):
        raise Park(TAKEN, candidates=tuple(ids), code="review_taken")
    return found[0] if found else None


def _with_address(at: Situation, record: Record) -> list[Record]:
    """Who has the record's address. Raises `Park` where somebody has whom nobody can name.

    Unless an interrupted create of ours may have left them: it goes again, and is known by its reference.
    """
    reader = at.session.can(at.other, ReadsContacts)  # type: ignore[type-abstract]
    try:
        return reader.contacts_by_email(record.contact.email)
    except Park:
        interrupted = at.link and at.link.intent and at.link.intent.op == "create"
        if interrupted and at.session.system(at.other).manifest.recall["contacts"] == "key":
            return []
        raise


def _any_erased(at: Situation, ids: Sequence[str]) -> bool:
    marks = [at.session.prints.identity(at.other, one) for one in ids]
    return bool(at.session.app.links.erased(at.session.connection.id, at.other, marks))
