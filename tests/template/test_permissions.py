"""What each function may do, read from the transformed template: SAM adds policies of its own to some properties."""

from typing import Any

import pytest

from giftbridge.aws import triggers
from tests.template.access import Grant, allowed, grants, roles_of_functions
from tests.template.sam import Template, as_list, name_of, transformed, written

VENDOR = frozenset({"credentials", "fingerprints", "oauth"})
OPENS = {
    "OauthCallbackFunction": VENDOR,
    "ContactSyncFunction": VENDOR | {"webhook"},
    "TransactionPushFunction": VENDOR | {"webhook"},
    "BatchExportFunction": VENDOR,
    "ManagementFunction": VENDOR | {"webhook"},
    "PortalFunction": VENDOR | {"webhook"},
    "WebhookIntakeFunction": {"webhook"},
}
SEALS = {**OPENS, "WebhookIntakeFunction": set()}
WORK_QUEUES = {"ContactsQueue", "GiftsQueue", "ExportsQueue"}
BY_NAME = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}"
LETTERS = {queue.replace("Queue", "Dlq") for queue in WORK_QUEUES} | {"TriggerDlq"}
ITEM_ACTIONS = {
    "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchWriteItem", "ConditionCheckItem",
}  # fmt: skip
ROLES = sorted({*roles_of_functions().values(), "SchedulerRole"})
FUNCTIONS = sorted(OPENS)


def purposes(function: str, action: str) -> set[str]:
    """The purposes for which a function may use the key so; any other condition, or none, is an error."""
    found: set[str] = set()
    for grant in grants(roles_of_functions()[function]):
        if grant.action == f"kms:{action}":
            assert grant.resource == "Key"
            assert list(grant.condition) == ["StringEquals"]
            assert list(grant.condition["StringEquals"]) == ["kms:EncryptionContext:purpose"]
            found |= set(as_list(grant.condition["StringEquals"]["kms:EncryptionContext:purpose"]))
    return found


def test_every_function_has_its_own_role_and_sam_adds_none() -> None:
    roles = roles_of_functions()
    assert len(set(roles.values())) == len(roles)
    assert set(transformed().of("IAM::Role")) == set(written().of("IAM::Role")) == set(ROLES)
    assert set(transformed().of("IAM::Policy")) == set(written().of("IAM::Policy"))
    assert not transformed().of("IAM::ManagedPolicy")


@pytest.mark.parametrize("role", ROLES)
def test_no_managed_policies(role: str) -> None:
    assert "ManagedPolicyArns" not in transformed().of("IAM::Role")[role]


@pytest.mark.parametrize("role", ROLES)
def test_no_wildcards_but_where_aws_has_nothing_to_name(role: str) -> None:
    given = grants(role)
    assert given
    assert not [grant for grant in given if "*" in grant.action]
    assert {grant.action for grant in given if grant.resource == "*"} <= {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    assert {grant.resource for grant in given if "*" in grant.resource} <= {"*", "ExportBucket/*"}


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"SchedulerRole"}))
def test_only_lambda_takes_on_a_functions_role(role: str) -> None:
    (statement,) = transformed().of("IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_F04_exactly_these_functions_open_exactly_these_secrets() -> None:
    assert {function: purposes(function, "Decrypt") for function in FUNCTIONS} == OPENS


def test_F04_exactly_these_functions_seal_secrets() -> None:
    assert {function: purposes(function, "GenerateDataKey") for function in FUNCTIONS} == SEALS


def test_P07_a_key_of_ones_own_seals_what_is_new_and_both_open() -> None:
    document = transformed().document
    own = {**document["Parameters"]["TokenKeyArn"], "Default": "arn:aws:kms:us-east-1:1:key/own"}
    template = Template({**document, "Parameters": {**document["Parameters"], "TokenKeyArn": own}}, "prod")
    sealing = {each["Environment"]["Variables"]["KMS_KEY_ARN"] for each in template.of("Lambda::Function").values()}
    assert sealing == {own["Default"]}
    policies = [each["PolicyDocument"] for role in template.of("IAM::Role").values() for each in role["Policies"]]
    policies += [each["PolicyDocument"] for each in template.of("IAM::Policy").values()]
    opening = [
        statement["Resource"] for policy in policies for statement in policy["Statement"]
        if "kms:Decrypt" in as_list(statement["Action"])
    ]  # fmt: skip
    assert len(opening) == 5
    assert all([name_of(one) for one in each] == ["Key", own["Default"]] for each in opening)
    tables = {name_of(each["SSESpecification"]["KMSMasterKeyId"]) for each in template.of("DynamoDB::Table").values()}
    assert tables == {"Key"}, "which therefore stays"


@pytest.mark.parametrize("role", ROLES)
def test_F04_nothing_else_is_done_with_the_key(role: str) -> None:
    assert {grant.action for grant in grants(role) if grant.action.startswith("kms:")} <= {
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_items_are_reached_one_by_one_never_by_a_scan(function: str) -> None:
    reached = allowed(function, "dynamodb")
    assert {action for action, _ in reached} <= ITEM_ACTIONS
    assert {action for action, resource in reached if "/index/" in resource} <= {"Query"}
    indexes = {resource for _, resource in reached if "/" in resource}
    assert indexes <= {"LinksTable/index/by_account", "InboxTable/index/due"}


def test_intake_does_what_it_needs_and_nothing_more() -> None:
    role = roles_of_functions()["WebhookIntakeFunction"]
    assert {(grant.action, grant.resource) for grant in grants(role)} == {
        ("dynamodb:GetItem", "ConnectionsTable"),
        ("dynamodb:UpdateItem", "ConnectionsTable"),
        ("dynamodb:PutItem", "InboxTable"),
        ("dynamodb:ConditionCheckItem", "InboxTable"),
        ("sqs:SendMessage", "ContactsQueue"),
        ("sqs:SendMessage", "GiftsQueue"),
        ("kms:Decrypt", "Key"),
        ("logs:CreateLogStream", "WebhookIntakeLogGroup"),
        ("logs:PutLogEvents", "WebhookIntakeLogGroup"),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log(function: str) -> None:
    group = name_of(transformed().of("Lambda::Function")[function]["LoggingConfig"]["LogGroup"])
    assert allowed(function, "logs") == {("CreateLogStream", group), ("PutLogEvents", group)}


def test_a_queue_is_read_by_its_consumer_alone() -> None:
    consumers = {
        name_of(each["EventSourceArn"]): name_of(each["FunctionName"])
        for each in transformed().of("Lambda::EventSourceMapping").values()
    }
    readers = {
        (queue, function)
        for function in FUNCTIONS
        for action, queue in allowed(function, "sqs")
        if action == "ReceiveMessage" and queue not in LETTERS
    }
    assert readers == set(consumers.items())
    assert set(consumers) == WORK_QUEUES


def test_F60_the_portal_rings_and_counts_bells_and_it_alone_handles_what_is_dead() -> None:
    counted = {("GetQueueAttributes", queue) for queue in WORK_QUEUES | LETTERS}
    rung = {("SendMessage", queue) for queue in WORK_QUEUES}
    taken = {(action, queue) for action in ("ReceiveMessage", "DeleteMessage") for queue in LETTERS}
    returned = {("StartMessageMoveTask", queue) for queue in LETTERS - {"TriggerDlq"}}
    let_go = {("ChangeMessageVisibility", "TriggerDlq")}
    assert allowed("PortalFunction", "sqs") == counted | rung | taken | returned | let_go
    others = {queue for function in set(FUNCTIONS) - {"PortalFunction"} for _, queue in allowed(function, "sqs")}
    assert others & LETTERS == {"TriggerDlq"}, "where a worker's own failed start is left"


def test_F60_the_portal_starts_what_triggers_start_and_nothing_else_starts_a_function() -> None:
    started = {function: {target for _, target in allowed(function, "lambda")} for function in FUNCTIONS}
    assert {function: targets for function, targets in started.items() if targets} == {
        "PortalFunction": {f"{BY_NAME}-{folder}" for folder in triggers.FUNCTIONS.values()}
    }


def test_only_those_who_learn_of_it_announce() -> None:
    assert {function for function in FUNCTIONS if allowed(function, "events")} == {
        "BatchExportFunction",
        "ContactSyncFunction",
        "TransactionPushFunction",
    }


def test_exports_are_written_by_the_export_and_read_by_it_and_management() -> None:
    objects = {function: {action for action, _ in allowed(function, "s3")} for function in FUNCTIONS}
    assert {function: actions for function, actions in objects.items() if actions} == {
        "BatchExportFunction": {"GetObject", "PutObject"},
        "ManagementFunction": {"GetObject"},
        "PortalFunction": {"GetObject"},
    }


def test_the_scheduler_starts_what_it_is_to_start() -> None:
    started = {name_of(each["Target"]["Arn"]) for each in transformed().of("Scheduler::Schedule").values()}
    expected = {Grant("lambda:InvokeFunction", function, None) for function in started}
    assert set(grants("SchedulerRole")) == expected | {Grant("sqs:SendMessage", "TriggerDlq", None)}
    roles = {name_of(each["Target"]["RoleArn"]) for each in transformed().of("Scheduler::Schedule").values()}
    assert roles == {"SchedulerRole"}


def key_policy() -> dict[str, Any]:
    (key,) = transformed().of("KMS::Key").values()
    return {statement["Sid"]: statement for statement in key["KeyPolicy"]["Statement"]}


def test_the_keys_administrators_open_nothing_by_administering() -> None:
    statement = key_policy()["AccountAdministersTheKey"]
    data = {
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:CreateGrant",
    }
    assert not data & set(statement["Action"])
    assert not [action for action in statement["Action"] if "*" in action]
    assert "kms:PutKeyPolicy" in statement["Action"]  # else nobody could ever change the policy


def test_what_roles_are_given_the_key_lets_them_do() -> None:
    statement = key_policy()["AccountDelegatesSealingByPurpose"]
    rewrapping = {"kms:ReEncryptFrom", "kms:ReEncryptTo"}  # an operator's; no role of a function has them
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"} | rewrapping
    admitted = statement["Condition"]["StringEquals"]["kms:EncryptionContext:purpose"]
    assert set(admitted) == set().union(*OPENS.values())


def test_everybody_else_reaches_the_key_only_through_a_service_of_this_account() -> None:
    others = [statement for statement in key_policy().values() if statement["Principal"] == {"AWS": "*"}]
    assert len(others) == 2
    for statement in others:
        condition = statement["Condition"]["StringEquals"]
        assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
        services = {service["Fn::Sub"].split(".")[0] for service in as_list(condition["kms:ViaService"])}
        assert services <= {"dynamodb", "s3"}
    assert len(key_policy()) == 4
