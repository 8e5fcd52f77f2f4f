"""Queues, their dead letters, and the triggers that are not queues."""

import json
from typing import Any

import pytest

from tests.template.sam import events_of, name_of, transformed

WORK = {"ContactsQueue": "ContactsDlq", "GiftsQueue": "GiftsDlq", "ExportsQueue": "ExportsDlq"}
FIFO = sorted([*WORK, *WORK.values()])


def queues() -> dict[str, Any]:
    return transformed().of("SQS::Queue")


def test_every_queue_of_work_has_a_dlq_of_its_own_and_there_is_one_for_triggers() -> None:
    redrive = {name: each["RedrivePolicy"] for name, each in queues().items() if "RedrivePolicy" in each}
    assert {name: name_of(policy["deadLetterTargetArn"]) for name, policy in redrive.items()} == WORK
    assert {policy["maxReceiveCount"] for policy in redrive.values()} == {5}
    assert set(queues()) == {*FIFO, "TriggerDlq"}


@pytest.mark.parametrize("name", FIFO)
def test_order_is_kept_within_a_crm_account_only_and_nothing_is_deduplicated_by_content(name: str) -> None:
    queue = queues()[name]
    assert queue["FifoQueue"] is True
    assert queue["QueueName"]["Fn::Sub"].endswith(".fifo")
    assert queue["ContentBasedDeduplication"] is False
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_queues_are_encrypted_by_sqs() -> None:
    for queue in queues().values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue


def test_dead_letters_wait_two_weeks() -> None:
    kept = {name: queue["MessageRetentionPeriod"] for name, queue in queues().items()}
    assert {kept[name] for name in kept if name.endswith("Dlq")} == {1_209_600}
    assert all(kept[dlq] > kept[queue] for queue, dlq in WORK.items())


def test_triggers_dead_letter_to_a_standard_queue() -> None:
    schedules = transformed().of("Scheduler::Schedule").values()
    targets = [each["Target"] for each in schedules]
    targets += [target for rule in transformed().of("Events::Rule").values() for target in rule["Targets"]]
    assert len(targets) == 3
    assert {name_of(target["DeadLetterConfig"]["Arn"]) for target in targets} == {"TriggerDlq"}
    assert all("RetryPolicy" in target for target in targets)
    assert "FifoQueue" not in queues()["TriggerDlq"]


def test_only_our_rule_may_send_to_the_triggers_dlq_by_the_queues_policy() -> None:
    (policy,) = transformed().of("SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    (rule,) = transformed().of("Events::Rule").values()
    assert [name_of(queue) for queue in policy["Queues"]] == ["TriggerDlq"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert name_of(statement["Condition"]["ArnEquals"]["aws:SourceArn"]).endswith(
        f":rule/Bus/{rule['Name']['Fn::Sub']}"
    )


def test_schedules_are_ticks_in_utc() -> None:
    found = {
        name: (each["ScheduleExpression"], json.loads(each["Input"])["detail-type"])
        for name, each in events_of("ScheduleV2")
    }
    assert found == {
        "ContactSyncFunction": ("rate(1 minute)", "tick"),
        "BatchExportFunction": ("cron(0 8 * * ? *)", "daily-export"),
    }
    for schedule in transformed().of("Scheduler::Schedule").values():
        assert schedule["ScheduleExpressionTimezone"] == "UTC"
        assert json.loads(schedule["Target"]["Input"])["source"] == "giftbridge.clock"


def test_a_reconciled_event_starts_the_gifts() -> None:
    (rule,) = transformed().of("Events::Rule").values()
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == {"detail-type": ["event.reconciled"]}
    assert (name_of(rule["EventBusName"]), name_of(target["Arn"])) == ("Bus", "TransactionPushFunction")
