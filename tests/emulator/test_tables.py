"""DynamoDB as the stores use it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import Aws, unique

Item = dict[str, Any]


@pytest.fixture(scope="module")
def table(aws: Aws) -> Iterator[str]:
    """A table with a sort key and an index."""
    name = unique("table")
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            *({"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk", "due_shard")),
            {"AttributeName": "next_due", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_shard", "KeyType": "HASH"},
                    {"AttributeName": "next_due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["account"]},
            }
        ],
    )
    yield name
    aws.dynamodb.delete_table(TableName=name)


def item(pk: str, sk: str = "1", **attributes: dict[str, str]) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}


def refused(code: str, call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    response: dict[str, Any] = dict(caught.value.response)
    return response


def test_a_conditional_put_is_refused_and_shows_the_item_there(aws: Aws, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item=item("conditional", state={"S": "first"}))
    response = refused(
        "ConditionalCheckFailedException",
        aws.dynamodb.put_item,
        TableName=table,
        Item=item("conditional", state={"S": "second"}),
        ConditionExpression="attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert response["Item"]["state"] == {"S": "first"}


def test_a_conditional_update_that_holds_returns_the_new_item(aws: Aws, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item=item("fence", fence={"N": "3"}))
    answer = aws.dynamodb.update_item(
        TableName=table,
        Key=item("fence"),
        UpdateExpression="SET fence = fence + :one, seen = if_not_exists(seen, :zero) + :one "
        "REMOVE latch ADD steps :one",
        ConditionExpression="fence = :three",
        ExpressionAttributeValues={":one": {"N": "1"}, ":zero": {"N": "0"}, ":three": {"N": "3"}},
        ReturnValues="ALL_NEW",
    )
    assert answer["Attributes"] == item("fence", fence={"N": "4"}, seen={"N": "1"}, steps={"N": "1"})


def test_a_transaction_is_all_or_nothing_and_says_why(aws: Aws, table: str) -> None:
    missing = {"TableName": table, "Key": item("missing"), "ConditionExpression": "attribute_exists(pk)"}
    response = refused(
        "TransactionCanceledException",
        aws.dynamodb.transact_write_items,
        TransactItems=[{"Put": {"TableName": table, "Item": item("half")}}, {"ConditionCheck": missing}],
    )
    assert [reason["Code"] for reason in response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in aws.dynamodb.get_item(TableName=table, Key=item("half"), ConsistentRead=True)


def test_a_transaction_with_the_same_token_counts_once(aws: Aws, table: str) -> None:
    update = {"TableName": table, "Key": item("counter"), "UpdateExpression": "ADD n :one"}
    writes = [{"Update": {**update, "ExpressionAttributeValues": {":one": {"N": "1"}}}}]
    token = uuid4().hex
    for _ in range(2):
        aws.dynamodb.transact_write_items(ClientRequestToken=token, TransactItems=writes)
    assert aws.dynamodb.get_item(TableName=table, Key=item("counter"))["Item"]["n"] == {"N": "1"}
    other = [{"Put": {"TableName": table, "Item": item("other")}}]
    refused(
        "IdempotentParameterMismatchException",
        aws.dynamodb.transact_write_items,
        ClientRequestToken=token,
        TransactItems=other,
    )


def test_batches_write_25_and_read_100(aws: Aws, table: str) -> None:
    for start in range(0, 100, 25):
        puts = [{"PutRequest": {"Item": item(f"batch-{n}")}} for n in range(start, start + 25)]
        assert not aws.dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
    keys = [item(f"batch-{n}") for n in range(100)]
    answer = aws.dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    assert len(answer["Responses"][table]) == 100
    assert answer["UnprocessedKeys"] == {}
    refused(
        "ValidationException", aws.dynamodb.batch_get_item, RequestItems={table: {"Keys": [*keys, item("batch-100")]}}
    )


def test_an_index_holds_only_items_with_its_keys_in_order_and_by_pages(aws: Aws, table: str) -> None:
    for due in (30, 10, 20):
        attributes = {
            "due_shard": {"S": "s"},
            "next_due": {"N": str(due)},
            "account": {"S": f"a{due}"},
            "hidden": {"S": "x"},
        }
        aws.dynamodb.put_item(TableName=table, Item=item(f"due-{due}") | attributes)
    aws.dynamodb.put_item(TableName=table, Item=item("never-due", due_shard={"S": "s"}))
    query = {
        "TableName": table,
        "IndexName": "due",
        "KeyConditionExpression": "due_shard = :s AND next_due <= :now",
        "ExpressionAttributeValues": {":s": {"S": "s"}, ":now": {"N": "25"}},
        "Limit": 1,
    }
    first = aws.dynamodb.query(**query)
    second = aws.dynamodb.query(**query, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [page["Items"][0]["account"]["S"] for page in (first, second)] == ["a10", "a20"]
    assert "hidden" not in first["Items"][0]
    refused("ValidationException", aws.dynamodb.query, **query, ConsistentRead=True)


def test_a_page_ends_at_one_megabyte(aws: Aws, table: str) -> None:
    for n in range(8):
        aws.dynamodb.put_item(TableName=table, Item=item("big", str(n), text={"S": "x" * 200_000}))
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "big"}}}
    page = aws.dynamodb.query(TableName=table, **query, ConsistentRead=True)
    assert page["Count"] < 8
    assert "LastEvaluatedKey" in page


def test_an_item_over_400_kilobytes_is_refused(aws: Aws, table: str) -> None:
    refused(
        "ValidationException", aws.dynamodb.put_item, TableName=table, Item=item("huge", text={"S": "x" * 410 * 1024})
    )


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("= :b", "b"),
        ("< :b", "a"),
        ("<= :b", "ab"),
        ("> :b", "cd"),
        (">= :b", "bcd"),
        ("BETWEEN :b AND :c", "bc"),
        ("", "abcd"),
    ],
)
def test_a_query_finds_what_its_key_condition_says(aws: Aws, table: str, form: str, found: str) -> None:
    whose = unique("whose")
    for place in "dacb":
        aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": whose}, "sk": {"S": place}})
    texts = {":pk": whose, ":b": "b", ":c": "c"}
    answer = aws.dynamodb.query(
        TableName=table,
        KeyConditionExpression="#pk = :pk" + (f" AND #sk {form}" if form else ""),
        ExpressionAttributeNames={"#pk": "pk", **({"#sk": "sk"} if form else {})},
        ExpressionAttributeValues={name: {"S": text} for name, text in texts.items() if name in f":pk {form}"},
    )
    assert "".join(item["sk"]["S"] for item in answer["Items"]) == found
