"""The bucket that exports go to."""

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ABSENT: Final = frozenset({"NoSuchKey", "AccessDenied", "404", "403"})


@dataclass(frozen=True, slots=True)
class Exports:
    """Objects by key; encrypted by the bucket's own settings."""

    client: "S3Client"
    bucket: str

    def put(self, key: str, body: bytes | IO[bytes]) -> None:
        """Write, or replace by the same."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def has(self, key: str) -> bool:
        """Whether there is something."""
        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except self.client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] in ABSENT:
                return False
            raise
        return True

    def get(self, key: str) -> bytes | None:
        """What was written; None where there is nothing (any more). Who may not list is told so by a refusal."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] in ABSENT:
                return None
            raise
