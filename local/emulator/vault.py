"""KMS: ciphertexts that cannot be altered unnoticed, and ReEncrypt."""

import base64
import hashlib
import hmac
import json
from typing import Any

from local.emulator import inner

Response = tuple[int, dict[str, str], bytes]
_TAG_BYTES = 32
_encrypt = inner.keys._encrypt
_decrypt = inner.keys._decrypt
_generate = inner.keys._generate_data_key_common
_handle = inner.keys.handle_request


def install() -> None:
    """Put the corrections in place."""
    inner.keys._encrypt = encrypt
    inner.keys._decrypt = decrypt
    inner.keys._generate_data_key_common = generate
    inner.keys.handle_request = handle


def encrypt(request: dict[str, Any]) -> Response:
    """Encrypt, with an authentication tag behind the ciphertext: MiniStack's own has none."""
    status, headers, body = _encrypt(request)
    if status != 200:
        return status, headers, body
    answer = json.loads(body)
    answer["CiphertextBlob"] = base64.b64encode(_tagged(base64.b64decode(answer["CiphertextBlob"]))).decode()
    return status, headers, json.dumps(answer).encode()


def generate(request: dict[str, Any], action: str = "GenerateDataKey") -> tuple[Any, Any, Any]:
    """A data key whose ciphertext carries a tag."""
    record, plain, sealed = _generate(request, action)
    return (record, plain, sealed) if record is None else (record, plain, _tagged(sealed))


def decrypt(request: dict[str, Any]) -> Response:
    """Decrypt, after checking the tag."""
    blob = base64.b64decode(request.get("CiphertextBlob", ""))
    sealed, tag = blob[:-_TAG_BYTES], blob[-_TAG_BYTES:]
    record = inner.keys._resolve_key(sealed[:36].decode("ascii", "ignore"))
    if record is None or not hmac.compare_digest(tag, _tag(record, sealed)):
        return _refused("InvalidCiphertextException", "")
    answer: Response = _decrypt(request | {"CiphertextBlob": base64.b64encode(sealed).decode()})
    return answer


async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
    """Requests to KMS, ReEncrypt among them."""
    if headers.get("x-amz-target") == "TrentService.ReEncrypt":
        return reencrypt(json.loads(body))
    answer: Response = await _handle(method, path, headers, body, query)
    return answer


def reencrypt(request: dict[str, Any]) -> Response:
    """Decrypt under the source context, encrypt under the destination's."""
    opened = decrypt(
        {"CiphertextBlob": request["CiphertextBlob"], "EncryptionContext": request.get("SourceEncryptionContext", {})}
    )
    if opened[0] != 200:
        return opened
    plain = json.loads(opened[2])
    sealed = encrypt(
        {
            "KeyId": request["DestinationKeyId"],
            "Plaintext": plain["Plaintext"],
            "EncryptionContext": request.get("DestinationEncryptionContext", {}),
        }
    )
    if sealed[0] != 200:
        return sealed
    return sealed[0], sealed[1], json.dumps(json.loads(sealed[2]) | {"SourceKeyId": plain["KeyId"]}).encode()


def _tagged(sealed: bytes) -> bytes:
    record = inner.keys._resolve_key(sealed[:36].decode("ascii", "ignore"))
    return sealed if record is None else sealed + _tag(record, sealed)


def _tag(record: dict[str, Any], sealed: bytes) -> bytes:
    return hmac.digest(record["_symmetric_key"], sealed, hashlib.sha256)


def _refused(code: str, message: str) -> Response:
    body = json.dumps({"__type": code, "message": message}).encode()
    return 400, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}, body
