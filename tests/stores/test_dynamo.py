"""The calls that all stores make, also when DynamoDB is busy."""

import time
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from giftbridge.errors import Retry
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import pack_item
from giftbridge.stores.dynamo import ConditionFailed, Dynamo, assignments
from local.stores import Stores


@pytest.fixture
def table(stores: Stores) -> str:
    return stores.env["INBOX_TABLE"]


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> tuple[Dynamo, Stubber]:
    """A client whose answers a test makes up, and no waiting."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    client = boto3.client("dynamodb", region_name="us-east-1")
    stubber = Stubber(client)
    stubber.activate()
    return Dynamo(client), stubber


def test_changes_set_and_remove() -> None:
    assert assignments({"a": 1, "b": None}) == ("SET #a = :set_a REMOVE #b", {"set_a": 1})
    assert assignments({"a": None}) == ("REMOVE #a", {})


def test_a_transaction_is_all_or_nothing_and_tells_which_condition_failed(db: Dynamo, table: str, name: str) -> None:
    key = {"pk": name, "sk": "1"}
    db.write(dynamo.put(table, {**key, "n": 1}))
    ops = [
        dynamo.put(table, {"pk": name, "sk": "2"}),
        dynamo.update(table, key, "SET #n = :two", "#n = :wrong", two=2, wrong=9),
    ]
    with pytest.raises(ConditionFailed) as failed:
        db.transact(ops)
    assert failed.value.index == 1
    assert db.get(table, {"pk": name, "sk": "2"}) is None
    db.transact([])


def test_items_are_read_and_written_in_any_number(db: Dynamo, table: str, name: str) -> None:
    keys = [{"pk": name, "sk": f"{number:04}"} for number in range(260)]
    db.put_many(table, [{**key, "n": number} for number, key in enumerate(keys)])
    assert len(db.get_many(table, [*keys, *keys, {"pk": name, "sk": "none"}])) == 260, (
        "a key asked for twice is read once"
    )
    assert [item["n"] for item in db.query(table, "#pk = :pk", pk=name, limit=7)] == list(range(260))
    assert [item["n"] for item in db.query(table, "#pk = :pk", pk=name, descending=True)][:2] == [259, 258]
    db.delete_many(table, keys)
    assert list(db.query(table, "#pk = :pk", pk=name)) == []


def test_what_was_left_unprocessed_is_asked_for_again(busy: tuple[Dynamo, Stubber]) -> None:
    db, stubber = busy
    keys = [pack_item({"pk": "a"}), pack_item({"pk": "b"})]
    rest = {"t": {"Keys": keys[1:], "ConsistentRead": True}}
    first: dict[str, Any] = {"Responses": {"t": keys[:1]}, "UnprocessedKeys": rest}
    stubber.add_response("batch_get_item", first, {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": True}}})
    stubber.add_response("batch_get_item", {"Responses": {"t": keys[1:]}}, {"RequestItems": rest})
    assert db.get_many("t", [{"pk": "a"}, {"pk": "b"}]) == [{"pk": "a"}, {"pk": "b"}]
    stubber.assert_no_pending_responses()


def test_a_database_that_stays_busy_is_tried_again_later(busy: tuple[Dynamo, Stubber]) -> None:
    db, stubber = busy
    left = {"t": [{"PutRequest": {"Item": pack_item({"pk": "a"})}}]}
    for _ in range(8):
        stubber.add_response("batch_write_item", {"UnprocessedItems": left})
    with pytest.raises(Retry):
        db.put_many("t", [{"pk": "a"}])


@pytest.mark.parametrize("code", ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"])
def test_a_transaction_that_others_disturb_is_tried_again_later(busy: tuple[Dynamo, Stubber], code: str) -> None:
    db, stubber = busy
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": code}]}
    stubber.add_client_error(
        "transact_write_items", "TransactionCanceledException", modeled_fields=reasons, response_meta=reasons
    )
    with pytest.raises(Retry):
        db.transact([dynamo.put("t", {"pk": "a"}), dynamo.put("t", {"pk": "b"})])


def test_two_writes_of_one_item_in_a_batch_are_one_for_dynamodb(busy: tuple[Dynamo, Stubber]) -> None:
    """DynamoDB refuses a batch that names a key twice."""
    db, stubber = busy
    last = {"t": [{"PutRequest": {"Item": pack_item({"pk": "a", "sk": "1", "n": 2})}}]}
    stubber.add_response("batch_write_item", {}, {"RequestItems": last})
    db.put_many("t", [{"pk": "a", "sk": "1", "n": 1}, {"pk": "a", "sk": "1", "n": 2}])
    stubber.assert_no_pending_responses()
