"""Dead letters on the pages of operators: bells go back to their queues, lost triggers are delivered or given up."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from giftbridge import bootstrap
from giftbridge.aws.triggers import Triggers
from tests.portal.conftest import Form, Staff, Visiting, forms
from tests.portal.test_operations import OPERATIONS, operator
from tests.started import Functions

__all__ = ["operator"]

pytestmark = pytest.mark.emulated
HERE = f"{OPERATIONS}/letters"
RECONCILED = {
    "detail-type": "event.reconciled", "detail": {"platform": "handbid", "organisation": "42", "event_id": "777"},
}  # fmt: skip


@pytest.fixture
def functions(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """What the portal starts."""
    app, made = staff.world.app, Functions()
    known = Triggers(app.triggers.queue, made, app.settings)  # type: ignore[arg-type]
    monkeypatch.setattr(bootstrap, "app", lambda: replace(app, triggers=known))
    return made


@pytest.fixture
def queues(staff: Staff) -> Iterator[Any]:
    """SQS, with nothing dead."""
    app, sqs = staff.world.app, staff.world.queues
    urls = [app.settings.trigger_dlq_url, *(behind(staff, queue) for queue in ("contacts", "gifts", "exports"))]
    for url in urls:
        sqs.purge_queue(QueueUrl=url)
    staff.world.begin_again()
    yield sqs
    for url in urls:
        sqs.purge_queue(QueueUrl=url)
    staff.world.begin_again()


def behind(staff: Staff, queue: str) -> str:
    """URL of a queue's dead-letter queue."""
    sqs, url = staff.world.queues, staff.world.app.settings.queue_url(queue)
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    found: str = sqs.get_queue_url(QueueName=json.loads(told)["deadLetterTargetArn"].rpartition(":")[2])["QueueUrl"]
    return found


def kill(staff: Staff, queue: str, name: str) -> None:
    """A bell that failed too often."""
    body = json.dumps({"v": 1, "account": name})
    staff.world.queues.send_message(
        QueueUrl=behind(staff, queue), MessageBody=body, MessageGroupId=name, MessageDeduplicationId=uuid.uuid4().hex
    )


def lose(staff: Staff, *bodies: object) -> None:
    """Triggers that did not arrive."""
    url = staff.world.app.settings.trigger_dlq_url
    for body in bodies:
        staff.world.queues.send_message(QueueUrl=url, MessageBody=json.dumps(body))


def form_of(page: Any, what: str) -> Form:
    """The form that leads to an action."""
    (found,) = [form for form in forms(page) if form.action.endswith(f"/letters/{what}")]
    return found


def chosen(page: Any, *kinds: str) -> list[tuple[str, str]]:
    """Marks of the rows of these kinds."""
    rows = page.text.split("<tr>")
    marks = [row.partition('name="trigger" value="')[2].partition('"')[0] for row in rows]
    return [
        ("trigger", mark) for mark, row in zip(marks, rows, strict=True) if mark and any(one in row for one in kinds)
    ]


def marked(form: Form, page: Any, *kinds: str) -> Form:
    """The form with these chosen."""
    return replace(form, fields=[*(one for one in form.fields if one[0] != "trigger"), *chosen(page, *kinds)])


def test_to_an_organisations_staff_the_page_is_not_there(staff: Staff) -> None:
    assert "no such page" in staff.browser.get(HERE, 404).text


def test_nothing_dead_is_told_and_nothing_offered(operator: Visiting, queues: Any) -> None:
    page = operator.get(HERE)
    for said in ("Nothing is dead behind any queue.", "No trigger was lost."):
        assert said in page.text
    assert not [form for form in forms(page) if "/letters/" in form.action]


def test_F60_dead_bells_go_back_to_their_queues(staff: Staff, operator: Visiting, queues: Any) -> None:
    bells = staff.world.app.doorbells
    kill(staff, "contacts", "crm:1")
    kill(staff, "gifts", "crm:1")
    kill(staff, "gifts", "crm:2")
    page = operator.get(HERE)
    form = form_of(page, "ring")
    assert "Return 3 to their queues" in page.text
    assert "Give a number between 0.1 and 500." in operator.submit(form, 422, rate="none").text
    assert bells.dead() == {"contacts": 1, "gifts": 2, "exports": 0}
    done = operator.submit(form_of(operator.get(HERE), "ring"), rate="5")
    assert operator.address == f"{HERE}?done=returned"
    assert bells.dead() == {"contacts": 0, "gifts": 0, "exports": 0}
    assert (bells.depth("contacts").waiting, bells.depth("gifts").waiting) == (1, 2)
    assert "On their way back" in done.text


def test_a_queue_that_was_not_shown_is_left_alone(staff: Staff, operator: Visiting, queues: Any) -> None:
    kill(staff, "contacts", "crm:1")
    form = form_of(operator.get(HERE), "ring")
    queues.purge_queue(QueueUrl=behind(staff, "contacts"))
    kill(staff, "gifts", "crm:1")
    assert "nothing was done" in operator.submit(form, 409, rate="5").text
    assert staff.world.app.doorbells.dead()["gifts"] == 1


def test_F60_lost_triggers_that_were_chosen_are_delivered(
    staff: Staff, operator: Visiting, queues: Any, functions: Functions
) -> None:
    lose(staff, {"detail-type": "tick"}, RECONCILED, {"detail-type": "daily-export", "detail": {"day": "2026-02-03"}})
    page = operator.get(HERE)
    for said in ("A tick", "A reconciled event", "handbid:42:777", "The daily export", "2026-02-03"):
        assert said in page.text, said
    form = form_of(page, "deliver")
    assert "Choose one trigger at least." in operator.submit(form, 422).text
    operator.submit(marked(form, page, "A reconciled event", "The daily export"))
    assert sorted(name for name, _ in functions.started) == ["batch_export", "transaction_push"]
    assert ("transaction_push", RECONCILED) in functions.started
    assert [one.kind for one in staff.world.app.triggers.look()] == ["tick"]
    assert (
        "nothing was done"
        in operator.submit(marked(form_of(operator.get(HERE), "deliver"), page, "export"), 409).text.lower()
    )


def test_F60_what_nobody_knows_is_discarded_and_never_delivered(
    staff: Staff, operator: Visiting, queues: Any, functions: Functions
) -> None:
    lose(staff, {"what": "ever"}, RECONCILED)
    page = operator.get(HERE)
    assert "it can only be discarded" in page.text
    form = form_of(page, "deliver")
    refused = operator.submit(marked(form, page, "Something else"), 409).text
    assert "can be handed on" in refused
    assert functions.started == []
    away = replace(marked(form_of(operator.get(HERE), "deliver"), page, "Something else"), action=f"{HERE}/discard")
    assert "Given up." in operator.submit(away).text
    assert [one.kind for one in staff.world.app.triggers.look()] == ["event.reconciled"]
    assert functions.started == []
