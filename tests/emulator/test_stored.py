"""The search through all stored bytes finds what is there, wherever it is."""

from local.stored import holding
from tests.emulator.conftest import Aws, unique


def test_every_kind_of_store_is_searched(aws: Aws) -> None:
    table, bucket, secret = unique("table"), unique("bucket"), unique("secret")
    aws.dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    aws.dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "raw": {"B": secret.encode()}})
    aws.s3.create_bucket(Bucket=bucket)
    aws.s3.put_object(Bucket=bucket, Key="k", Body=secret.encode())
    url, _ = aws.queue()
    aws.send(url, secret)
    function = aws.function("def handler(event, context):\n    print(event)\n")
    aws.invoke(function, {"word": secret})
    assert holding(aws.emulator, secret.encode()) == [
        f"bucket {bucket}",
        f"log /aws/lambda/{function}",
        f"queue {url.rsplit('/', 1)[-1]}",
        f"table {table}",
    ]


def test_nothing_is_found_that_is_not_there(aws: Aws) -> None:
    assert holding(aws.emulator, unique("never").encode()) == []
