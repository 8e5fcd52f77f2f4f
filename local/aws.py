"""boto3 clients for an emulator, never for real AWS."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"


@cache
def client(endpoint: str, service: str) -> Any:
    """A client of one service with made-up credentials. Any, because the services differ."""
    session: Any = boto3.session.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)
    settings = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=150)
    return session.client(service, endpoint_url=endpoint, config=settings)


def environment(endpoint: str) -> dict[str, str]:
    """Variables that point any AWS tool at the emulator."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
