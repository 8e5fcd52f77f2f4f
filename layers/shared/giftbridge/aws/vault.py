"""Secrets: AES-256-GCM under a data key that KMS wraps, bound to their owner by encryption context."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from giftbridge.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_kms import KMSClient

VERSION: Final = 1
NONCE_BYTES: Final = 12
NOT_ITS_OWNERS: Final = "a stored secret does not belong to its owner, or was changed"

Purpose = Literal["credentials", "fingerprints", "oauth", "webhook"]
Context = Mapping[str, str]


class Envelope(TypedDict):
    """A sealed secret as it is stored."""

    v: int
    key: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Vault:
    """Wraps data keys under one KMS key. The context travels as authenticated data, in KMS and in the cipher."""

    client: "KMSClient"
    key_arn: str

    def seal(self, purpose: Purpose, context: Context, secret: Mapping[str, object]) -> Envelope:
        """Encrypt `secret` so that only the same purpose and context open it."""
        plain, wrapped = self.new_key(purpose, context)
        data = encrypt(plain, json.dumps(secret).encode(), _associated(purpose, context))
        return {"v": VERSION, "key": wrapped, "data": data}

    def open(self, purpose: Purpose, context: Context, envelope: Envelope) -> dict[str, object]:
        """Decrypt. Raises `ConfigError` where the envelope belongs to somebody else or was tampered with."""
        plain = self.unwrap(purpose, context, bytes(envelope["key"]))
        secret: dict[str, object] = json.loads(decrypt(plain, bytes(envelope["data"]), _associated(purpose, context)))
        return secret

    def rewrap(self, purpose: Purpose, context: Context, wrapped: bytes) -> bytes | None:
        """The same data key wrapped under this vault's key; None where it is already. The key is seen by nobody.

        Raises `ConfigError` where purpose, context or key do not fit.
        """
        bound = {"purpose": purpose, **context}
        try:
            answer = self.client.re_encrypt(
                CiphertextBlob=wrapped, DestinationKeyId=self.key_arn,
                SourceEncryptionContext=bound, DestinationEncryptionContext=bound,
            )  # fmt: skip
        except self.client.exceptions.InvalidCiphertextException:
            raise ConfigError(NOT_ITS_OWNERS) from None
        return None if answer["SourceKeyId"] == answer["KeyId"] else answer["CiphertextBlob"]

    def new_key(self, purpose: Purpose, context: Context) -> tuple[bytes, bytes]:
        """A fresh data key: (plain, wrapped)."""
        made = self.client.generate_data_key(
            KeyId=self.key_arn, KeySpec="AES_256", EncryptionContext={"purpose": purpose, **context}
        )
        return made["Plaintext"], made["CiphertextBlob"]

    def unwrap(self, purpose: Purpose, context: Context, wrapped: bytes) -> bytes:
        """The data key in plain. Raises `ConfigError` where purpose, context or key do not fit."""
        try:
            opened = self.client.decrypt(CiphertextBlob=wrapped, EncryptionContext={"purpose": purpose, **context})
        except self.client.exceptions.InvalidCiphertextException:
            raise ConfigError(NOT_ITS_OWNERS) from None
        return opened["Plaintext"]


@dataclass(frozen=True, slots=True)
class Keyring:
    """One CRM account's data key, unwrapped once a step, split by use."""

    key: bytes = field(repr=False)

    @property
    def fingerprints(self) -> bytes:
        """The key of the fingerprints."""
        return derive(self.key, b"fingerprints")

    def seal(self, text: str, expires_at: "datetime") -> dict[str, object]:
        """Seal a label or a losing value until `expires_at`."""
        stamp = int(expires_at.timestamp())
        return {
            "v": VERSION,
            "data": encrypt(derive(self.key, b"labels"), text.encode(), str(stamp).encode()),
            "until": stamp,
        }

    def open(self, sealed: Mapping[str, object], now: "datetime") -> str:
        """The text, or an empty string once it has expired (whatever TTL has done meanwhile)."""
        until, data = int(str(sealed["until"])), sealed["data"]
        if until <= now.timestamp():
            return ""
        return decrypt(derive(self.key, b"labels"), bytes(data), str(until).encode()).decode()  # type: ignore[call-overload]


def encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    """Nonce and ciphertext."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def decrypt(key: bytes, data: bytes, associated: bytes) -> bytes:
    """Raises `ConfigError` where key, data or associated data were changed."""
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError):  # ValueError: cut off within the nonce
        raise ConfigError(NOT_ITS_OWNERS) from None


def token(size: int = 32) -> str:
    """A random token for a URL."""
    return base64.urlsafe_b64encode(os.urandom(size)).rstrip(b"=").decode()


def _associated(purpose: Purpose, context: Context) -> bytes:
    return json.dumps([purpose, *sorted(context.items())]).encode()


def derive(key: bytes, use: bytes) -> bytes:
    """A key for one use alone."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=use).derive(key)
