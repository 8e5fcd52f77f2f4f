"""Chapters about what stays: the daily manifest, and what can be read of people and secrets."""

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from local.stored import Stored
from local.story.office import OUTCOMES
from local.story.peek import rows
from local.story.play import Play

PATIENCE_SECONDS = 60


def export(play: Play) -> None:
    """The daily export of today, asked for by name of the day; its manifest is reconciled with the sync log."""
    teller, office = play.teller, play.office
    runs = office.latest()
    day = runs[-1]["queued_at"][:10]
    event = {"source": "giftbridge.clock", "detail-type": "daily-export", "detail": {"day": day}}
    planned = play.stack.invoke("BatchExportFunction", event)["planned"]
    teller.say(f"The export of {day}, by hand; the clock asks for it every night. Connections: {planned}")
    key = f"manifests/handbid/{play.charity.platform.id}/{office.connection}/{day}.json"
    text = _object(play, key)
    manifest = json.loads(text)
    teller.say(f"In S3: {key}, {len(text)} bytes, {len(manifest['runs'])} runs")
    told = {name: sum(_count(run, name) for run in runs if run["queued_at"][:10] == day) for name in OUTCOMES}
    teller.check(
        f"its sums are the sync log's: {', '.join(f'{number} {name}' for name, number in told.items())}",
        manifest["sums"],
        told,
    )
    canonical = json.dumps(manifest["runs"], sort_keys=True, separators=(",", ":"))
    teller.check("its checksum is right", manifest["sha256"], hashlib.sha256(canonical.encode()).hexdigest())


def security(play: Play) -> None:
    """A look at the stored credentials, and a search for secrets and people in every stored byte."""
    teller = play.teller
    owner = f"handbid:{play.charity.platform.id}"
    sort = f"SECRET#{play.office.connection}#bloomerang"
    (row,) = rows(play.stack, "CONNECTIONS_TABLE", pk=f"ORG#{owner}", sk=sort)
    key, data = row["key"]["B"], row["data"]["B"]
    teller.say(f"The CRM's credentials, as stored: key = {len(key)} bytes wrapped by KMS, data = {data[:12].hex()}...")
    context = {"purpose": "credentials", "organisation": owner, "connection": play.office.connection}
    teller.check("KMS opens it for this connection", _opens(play, key, {**context, "provider": "bloomerang"}))
    teller.check("and for no other", _opens(play, key, {**context, "provider": "handbid"}), False)
    stored = list(play.stack.stored())
    teller.say(f"Searched: all {len(stored)} values in tables, queues and bucket, and lines of logs")
    for what, secrets in play.unreadable.secrets.items():
        teller.check(f"none of {len(secrets)} {what} can be read anywhere", _places(stored, secrets), [])
    addresses = play.unreadable.addresses
    teller.check(f"nor can the e-mail address of any of {len(addresses)} people", _places(stored, addresses), [])


def _places(stored: list[Stored], texts: list[str]) -> list[str]:
    """Where any of these can be read, as it is or in a usual disguise."""
    needles = [form for text in texts for form in _forms(text)]
    everything = b"\0".join(one.content for one in stored)
    found = [needle for needle in needles if needle in everything]
    return sorted({one.where for one in stored for needle in found if needle in one.content})


def _object(play: Play, key: str) -> str:
    s3, bucket = play.stack.client("s3"), play.stack.env["EXPORT_BUCKET"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
        except s3.exceptions.NoSuchKey:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def _count(run: dict[str, Any], name: str) -> int:
    return int(run["counts"]["crm"][name]) + int(run["counts"]["platform"][name])


def _opens(play: Play, wrapped: bytes, context: dict[str, str]) -> bool:
    try:
        play.stack.client("kms").decrypt(CiphertextBlob=wrapped, EncryptionContext=context)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "InvalidCiphertextException":
            raise
        return False
    return True


def _forms(text: str) -> set[bytes]:
    plain = text.encode()
    escaped = json.dumps(text)[1:-1].encode()
    return {plain, base64.b64encode(plain).rstrip(b"="), quote(text, safe="").encode(), escaped}
