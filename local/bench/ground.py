"""What measurements stand on: vendors as processes of their own, the application in this one over counted tables."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from giftbridge import bootstrap
from giftbridge.settings import Settings, vendor_override
from local.bench.services import Session
from local.bench.tables import Tables
from local.paths import DEV_PYTHON
from local.processes import Service, free_port
from local.sandbox.bloomerang.sandbox import BloomerangControl
from local.sandbox.handbid.sandbox import HandbidControl
from local.sandbox.kindful.sandbox import KindfulControl
from local.sandbox.virtuous.sandbox import VirtuousControl
from tests.world import PUBLIC_URL, QUEUES, MovingClock, World

NOWHERE = "http://127.0.0.1:9"
"""Where a vendor is that a measurement does not need."""
STEP_SECONDS = 60


@contextmanager
def vendors(*names: str) -> Iterator[dict[str, str]]:
    """Sandboxes as processes, started for this and ended after it: name -> address."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = {}
        for name in names:
            port = free_port()
            command = (str(DEV_PYTHON), "-m", f"local.sandbox.{name}", "--port", str(port))
            service = Service(name, port, command, Path(folder))
            stack.callback(service.stop)
            service.start()
            urls[name] = service.url
        yield urls


@contextmanager
def led_to(urls: dict[str, str]) -> Iterator[None]:
    """Connectors call the sandboxes."""
    paths = {"bloomerang": "/v2"}
    places = {f"GIFTBRIDGE_{name.upper()}_URL": url + paths.get(name, "") for name, url in urls.items()}
    before = {name: os.environ.get(name) for name in places}
    os.environ |= places
    vendor_override.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        vendor_override.cache_clear()


@contextmanager
def counted_world(crm: str) -> Iterator[tuple[World, Tables]]:
    """The application with a platform and a CRM beside it, its tables counted, its keys and queues in this process."""
    with vendors("handbid", crm) as urls, led_to(urls), tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        tables = Tables(Path(folder) / "tables")
        stack.callback(tables.close)
        session, clock = Session(tables), MovingClock()
        app = bootstrap.build(settings(), clock, session, lambda _name, _value: None)
        stack.callback(app.client.close)
        parts = controls(urls)
        for control in parts.values():
            stack.callback(control.close)
        yield World(app, clock, queues=session.queues, **parts), tables


def controls(urls: dict[str, str]) -> dict[str, Any]:
    """What `World` wants of vendors: the controls of the tests' sandboxes, which are threads there."""
    kinds = {
        "bloomerang": BloomerangControl, "handbid": HandbidControl, "kindful": KindfulControl,
        "virtuous": VirtuousControl,
    }  # fmt: skip
    return {name: kind(urls.get(name, NOWHERE)) for name, kind in kinds.items()}


def settings() -> Settings:
    """Settings over made-up names."""
    queues: dict[str, Any] = {f"{queue}_queue_url": queue for queue in QUEUES}
    tables: dict[str, Any] = {f"{table}_table": table for table in ("connections", "links", "runs", "inbox")}
    return Settings(
        **queues, **tables, trigger_dlq_url="", kms_key_arn="key", export_bucket="", event_bus_name="",
        stack_name="", stage="local", step_seconds=STEP_SECONDS, public_url=PUBLIC_URL,
    )  # fmt: skip
