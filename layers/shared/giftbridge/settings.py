"""What the functions are told by their environment, read once and checked at cold start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from giftbridge.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per environment variable of the template (the name in lower case)."""

    connections_table: str
    links_table: str
    runs_table: str
    inbox_table: str
    kms_key_arn: str
    contacts_queue_url: str
    gifts_queue_url: str
    exports_queue_url: str
    trigger_dlq_url: str
    export_bucket: str
    event_bus_name: str
    stack_name: str
    stage: str
    step_seconds: int = 60
    public_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read every field. Raises `ConfigError` naming each variable that is missing or malformed."""
        source = os.environ if environment is None else environment
        given = {field.name: source[field.name.upper()] for field in fields(cls) if field.name.upper() in source}
        required = {field.name for field in fields(cls) if field.name not in ("step_seconds", "public_url")}
        missing = sorted(name.upper() for name in required if not given.get(name))
        if missing:
            raise ConfigError(f"environment variables missing: {', '.join(missing)}")
        return cls(**{**given, "step_seconds": _seconds(given.get("step_seconds", "60"))})  # type: ignore[arg-type]

    def queue_url(self, queue: str) -> str:
        """URL of the queue `contacts`, `gifts` or `exports`."""
        url: str = getattr(self, f"{queue}_queue_url")
        return url

    def function_name(self, folder: str) -> str:
        """What the function of a folder of `functions/` is called in AWS."""
        return f"{self.stack_name}-{folder}"


def _seconds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ConfigError(f"STEP_SECONDS must be a positive whole number, not {text!r}")
    return int(text)


@cache
def vendor_override(system: str, purpose: str = "") -> str:
    """`GIFTBRIDGE_<SYSTEM>[_<PURPOSE>]_URL`, or an empty string: how a sandbox or test environment is reached."""
    middle = f"{system}_{purpose}" if purpose else system
    return os.environ.get(f"GIFTBRIDGE_{middle.upper()}_URL", "")
