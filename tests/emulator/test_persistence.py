"""What was stored survives a clean stop and a kill."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.emulator_service import Emulator
from local.processes import free_port
from tests.emulator.conftest import Aws, eventually, unique


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Aws]:
    """An emulator that may be killed."""
    emulator = Emulator(free_port(), tmp_path)
    emulator.start()
    yield Aws(emulator)
    emulator.stop()


def stop(own: Aws) -> None:
    own.emulator.stop()


def kill(own: Aws) -> None:
    current = own.emulator.directory / "state" / "current"
    written = current.resolve()
    own.sqs.list_queues()  # a request after all others: the next snapshot holds what they did
    eventually(lambda: current.resolve() != written)
    time.sleep(0.2)
    own.emulator.kill()


@pytest.mark.parametrize("end", [stop, kill])
def test_everything_is_there_again(own: Aws, end: Callable[[Aws], None]) -> None:
    table, bucket = unique("table"), unique("bucket")
    own.dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    own.dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "raw": {"B": b"\x00\xff"}})
    own.s3.create_bucket(Bucket=bucket)
    own.s3.put_object(Bucket=bucket, Key="k", Body=b"\x01\xfe")
    url, _ = own.queue(fifo=True)
    own.send(url, "waiting", "g")
    key = own.kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = own.kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    function = own.function("def handler(event, context):\n    return 'here'\n")
    own.emulator.ask("save", "POST")
    end(own)
    own.emulator.start()
    assert own.dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"]["raw"]["B"] == b"\x00\xff"
    assert own.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"\x01\xfe"
    assert own.receive(url)[0]["Body"] == '"waiting"'
    assert own.kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"
    assert own.invoke(function, {}) == "here"
