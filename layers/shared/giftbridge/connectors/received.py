"""What vendors send, as models: the base of them all."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Received(BaseModel):
    """Reads what is declared and passes over the rest."""

    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


def _blank(value: Any) -> Any:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_blank)]
"""A text that may be missing: null reads as empty."""
