"""Tables, bucket and key."""

from typing import Any

import pytest

from tests.template.sam import STAGES, name_of, transformed

KEYS = {"ConnectionsTable": ["pk", "sk"], "LinksTable": ["pk"], "RunsTable": ["pk", "sk"], "InboxTable": ["pk", "sk"]}
EXPIRE = {"ConnectionsTable", "RunsTable", "InboxTable"}
RESTORABLE = {"ConnectionsTable", "LinksTable"}
INDEXES = {
    "LinksTable": ("by_account", {"account_shard": "S", "crm_sort": "S"}, ["state"]),
    "InboxTable": ("due", {"due_shard": "S", "next_due": "N"}, ["account", "queue"]),
}
KEPT = [*KEYS, "ExportBucket", "Key"]


def table(name: str, stage: str = "dev") -> Any:
    return transformed(stage).of("DynamoDB::Table")[name]


def test_there_are_these_tables() -> None:
    assert set(transformed().of("DynamoDB::Table")) == set(KEYS)


@pytest.mark.parametrize("name", KEYS)
def test_keys_indexes_encryption_expiry_and_backup(name: str) -> None:
    properties = table(name)
    assert [each["AttributeName"] for each in properties["KeySchema"]] == KEYS[name]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    encryption = properties["SSESpecification"]
    assert (encryption["SSEEnabled"], encryption["SSEType"], name_of(encryption["KMSMasterKeyId"])) == (
        True,
        "KMS",
        "Key",
    )
    expiry = {"AttributeName": "expires_at", "Enabled": True} if name in EXPIRE else None
    assert properties.get("TimeToLiveSpecification") == expiry
    backup = {"PointInTimeRecoveryEnabled": True} if name in RESTORABLE else None
    assert properties.get("PointInTimeRecoverySpecification") == backup


@pytest.mark.parametrize("name", KEYS)
def test_indexes(name: str) -> None:
    types = {each["AttributeName"]: each["AttributeType"] for each in table(name)["AttributeDefinitions"]}
    found = [
        (
            index["IndexName"],
            {each["AttributeName"]: types[each["AttributeName"]] for each in index["KeySchema"]},
            index["Projection"]["NonKeyAttributes"],
        )
        for index in table(name).get("GlobalSecondaryIndexes", [])
    ]
    assert found == ([INDEXES[name]] if name in INDEXES else [])


@pytest.mark.parametrize("name", KEPT)
def test_data_outlives_the_stack(name: str) -> None:
    resource = transformed("prod").resource(name)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("stage", STAGES)
def test_prods_tables_refuse_to_be_deleted(stage: str) -> None:
    assert {table(name, stage)["DeletionProtectionEnabled"] for name in KEYS} == {stage == "prod"}


def test_the_bucket_is_private_encrypted_and_forgets() -> None:
    (bucket,) = transformed().of("S3::Bucket").values()
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert name_of(encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == "Key"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules} == {"imports/": 7, "manifests/": 400}
    assert all("NoncurrentVersionExpiration" in rule and rule["Status"] == "Enabled" for rule in rules)


def test_the_bucket_is_reached_by_tls_only() -> None:
    (policy,) = transformed().of("S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert [name_of(each) for each in statement["Resource"]] == ["ExportBucket", "ExportBucket/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_key_rotates_and_has_a_name() -> None:
    (key,) = transformed().of("KMS::Key").values()
    (alias,) = transformed().of("KMS::Alias").values()
    assert key["EnableKeyRotation"] is True
    assert name_of(alias["TargetKeyId"]) == "Key"
