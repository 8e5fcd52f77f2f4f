"""Every byte the stack keeps: tables, queues, buckets, logs. For tests that look for what must not be there."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.emulator import inner

Value = tuple[str, bytes]


def values() -> Iterator[Value]:
    """Where it is kept, and the bytes."""
    for key, table in list(inner.tables._tables._data.items()):
        yield from _leaves(f"table {key[-1]}", table["items"])
    for key, queue in list(inner.queues._queues._data.items()):
        yield from _leaves(f"queue {str(key[-1]).rsplit('/', 1)[-1]}", queue["messages"])
    yield from _objects()
    for key, group in list(inner.logs._log_groups._data.items()):
        yield from _leaves(f"log {key[-1]}", group["streams"])


def _objects() -> Iterator[Value]:
    """Objects of buckets and their older versions, in memory or, if state is kept, in files."""
    for key, bucket in list(inner.buckets._buckets._data.items()):
        yield from _leaves(f"bucket {key[-1]}", bucket["objects"])
    for key, versions in list(inner.buckets._object_versions._data.items()):
        yield from _leaves(f"bucket {key[-1][0]}", versions)
    folder = Path(inner.buckets.DATA_DIR)
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"bucket {path.relative_to(folder).parts[1]}", path.read_bytes()


def _leaves(where: str, value: Any) -> Iterator[Value]:
    if isinstance(value, dict):
        for key, inside in list(value.items()):
            yield where, str(key).encode()
            yield from _binary(where, inside) if key == "B" else _leaves(where, inside)
    elif isinstance(value, list | tuple | set):
        for inside in list(value):
            yield from _leaves(where, inside)
    elif isinstance(value, bytes):
        yield where, value
    elif value is not None:
        yield where, str(value).encode()


def _binary(where: str, value: Any) -> Iterator[Value]:
    """DynamoDB binary travels as base64; a search wants what is in it."""
    yield from _leaves(where, base64.b64decode(value) if isinstance(value, str) else value)
