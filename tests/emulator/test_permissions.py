"""Functions may do what their roles allow, and nothing else; whoever is no function acts as the account itself."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws import REGION
from local.emulator.worker import CALLER
from local.stack import Stack
from tests.emulator.conftest import Aws, unique

Ask = Callable[[], Any]
DENIED = {"AccessDenied", "AccessDeniedException"}


def caller(url: str, function: str, service: str) -> Any:
    """A client with the key of a function."""
    session: Any = boto3.session.Session(
        aws_access_key_id=f"{CALLER}{function}", aws_secret_access_key="local", region_name=REGION
    )
    return session.client(service, endpoint_url=url)


def refused(error: ClientError) -> bool:
    """Whether it was for want of a permission."""
    return error.response["Error"]["Code"] in DENIED


@pytest.fixture
def function(aws: Aws) -> tuple[str, str, str]:
    """A function, its role, and the URL of a queue that it may send to."""
    role, (url, arn) = unique("role"), aws.queue()
    who = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trusted = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **who}]}
    made = aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trusted))["Role"]["Arn"]
    allow(aws, role, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn})
    name = aws.function("def handler(event, context): return 1")
    getattr(aws, "lambda").update_function_configuration(FunctionName=name, Role=made)
    return name, role, url


def allow(aws: Aws, role: str, *statements: dict[str, Any]) -> None:
    """Give a role just these permissions."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=policy)


def test_what_a_role_allows_is_done_and_all_else_refused(aws: Aws, function: tuple[str, str, str]) -> None:
    name, _, url = function
    sqs = caller(aws.emulator.url, name, "sqs")
    sqs.send_message(QueueUrl=url, MessageBody="1")
    other, _ = aws.queue()
    asks: tuple[Ask, ...] = (
        lambda: sqs.receive_message(QueueUrl=url),
        lambda: sqs.send_message(QueueUrl=other, MessageBody="1"),
        lambda: caller(aws.emulator.url, name, "dynamodb").list_tables(),
        lambda: caller(aws.emulator.url, name, "s3").list_buckets(),
        lambda: caller(aws.emulator.url, name, "lambda").invoke(FunctionName=name),
    )
    for ask in asks:
        with pytest.raises(ClientError) as error:
            ask()
        assert refused(error.value), error.value
    assert len(aws.receive(url)) == 1
    assert aws.sqs.receive_message(QueueUrl=other).get("Messages", []) == []


def test_a_transaction_is_what_each_of_its_items_does(aws: Aws, function: tuple[str, str, str]) -> None:
    name, role, _ = function
    table = unique("table")
    arn = aws.dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    allow(aws, role, {"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": arn})
    tables, key = caller(aws.emulator.url, name, "dynamodb"), {"pk": {"S": "1"}}
    put, delete = (
        {"Put": {"TableName": table, "Item": key}},
        {"Delete": {"TableName": table, "Key": {"pk": {"S": "2"}}}},
    )
    tables.transact_write_items(TransactItems=[put])
    with pytest.raises(ClientError) as error:
        tables.transact_write_items(TransactItems=[put, delete])
    assert refused(error.value)
    assert "dynamodb:DeleteItem" in str(error.value)


def test_a_key_opens_only_for_the_purpose_that_the_role_names(aws: Aws, function: tuple[str, str, str]) -> None:
    name, role, _ = function
    key = aws.kms.create_key()["KeyMetadata"]["Arn"]
    context = {"StringEquals": {"kms:EncryptionContext:purpose": ["webhook"]}}
    actions = ["kms:GenerateDataKey", "kms:Decrypt"]
    allow(aws, role, {"Effect": "Allow", "Action": actions, "Resource": key, "Condition": context})
    kms = caller(aws.emulator.url, name, "kms")
    purpose = {"purpose": "webhook", "account": "1"}
    sealed = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=purpose)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=purpose)["Plaintext"]
    for other in ({"purpose": "credentials"}, {}):
        with pytest.raises(ClientError) as error:
            kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=other)
        assert refused(error.value)


def test_the_deployed_functions_are_held_to_their_roles(stack: Stack) -> None:
    intake = stack.resources["WebhookIntakeFunction"]
    connections = stack.resources["ConnectionsTable"]
    tables = caller(stack.endpoint, intake, "dynamodb")
    assert "Item" not in tables.get_item(TableName=connections, Key={"pk": {"S": "none"}, "sk": {"S": "none"}})
    asks: tuple[Ask, ...] = (
        lambda: tables.scan(TableName=connections),
        lambda: tables.delete_item(TableName=connections, Key={"pk": {"S": "none"}, "sk": {"S": "none"}}),
        lambda: tables.query(
            TableName=stack.resources["LinksTable"], KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "1"}},
        ),
        lambda: caller(stack.endpoint, intake, "s3").get_object(Bucket=stack.resources["ExportBucket"], Key="any"),
        lambda: caller(stack.endpoint, intake, "events").put_events(Entries=[{
            "EventBusName": stack.resources["Bus"], "Source": "x", "DetailType": "y", "Detail": "{}"}]),
    )  # fmt: skip
    for ask in asks:
        with pytest.raises(ClientError) as error:
            ask()
        assert refused(error.value), error.value
