"""KMS: contexts and ciphertexts that cannot be swapped or altered."""

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import Aws

CONTEXT = {"organisation": "one"}


@pytest.fixture(scope="module")
def key(aws: Aws) -> str:
    """A key."""
    return str(aws.kms.create_key()["KeyMetadata"]["Arn"])


def test_a_data_key_opens_only_under_its_context(aws: Aws, key: str) -> None:
    made = aws.kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    assert len(made["Plaintext"]) == 32
    opened = aws.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT, KeyId=key)
    assert opened["Plaintext"] == made["Plaintext"]
    for wrong in ({"organisation": "two"}, {}):
        with pytest.raises(ClientError, match="InvalidCiphertext"):
            aws.kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=wrong, KeyId=key)


@pytest.mark.parametrize("position", [0, 40, 70, 90, -1])
def test_an_altered_ciphertext_is_refused(aws: Aws, key: str, position: int) -> None:
    sealed = bytearray(aws.kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"])
    sealed[position] ^= 1
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        aws.kms.decrypt(CiphertextBlob=bytes(sealed), EncryptionContext=CONTEXT)


def test_a_ciphertext_can_be_moved_to_another_context(aws: Aws, key: str) -> None:
    sealed = aws.kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    other = {"organisation": "two"}
    moved = aws.kms.re_encrypt(
        CiphertextBlob=sealed,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=key,
        DestinationEncryptionContext=other,
    )
    assert moved["SourceKeyId"] == key
    assert aws.kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=other)["Plaintext"] == b"secret"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        aws.kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=CONTEXT)
