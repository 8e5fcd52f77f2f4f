"""The template's stores, as tests in process get them."""

from local.stores import Stores


def test_the_variables_name_resources_that_are_there(stores: Stores) -> None:
    tables = stores.client("dynamodb").list_tables()["TableNames"]
    assert {stores.env[f"{name}_TABLE"] for name in ("CONNECTIONS", "LINKS", "RUNS", "INBOX")} <= set(tables)
    queues = stores.client("sqs").list_queues()["QueueUrls"]
    assert {stores.env[f"{name}_QUEUE_URL"] for name in ("CONTACTS", "GIFTS", "EXPORTS")} <= set(queues)
    stores.client("s3").head_bucket(Bucket=stores.env["EXPORT_BUCKET"])
    stores.client("kms").describe_key(KeyId=stores.env["KMS_KEY_ARN"])
    stores.client("events").describe_event_bus(Name=stores.env["EVENT_BUS_NAME"])


def test_items_expire_as_the_template_says(stores: Stores) -> None:
    lives = stores.client("dynamodb").describe_time_to_live
    described = {
        name: lives(TableName=stores.env[f"{name}_TABLE"])["TimeToLiveDescription"]["TimeToLiveStatus"]
        for name in ("CONNECTIONS", "LINKS", "RUNS", "INBOX")
    }
    assert described == {"CONNECTIONS": "ENABLED", "LINKS": "DISABLED", "RUNS": "ENABLED", "INBOX": "ENABLED"}
