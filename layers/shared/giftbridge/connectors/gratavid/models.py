"""What Gratavid sends, as far as it is used. Every field is a text; unset ones are left out, `""` or null."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _text(value: Any) -> Any:
    """Numbers and truths as their words: what others than texts mean is not documented."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_text)]


class Vendor(BaseModel):
    """Reads what is declared and passes over the rest."""

    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


class Notification(Vendor):
    """The body of every notification, whatever the event."""

    noteTitle: Text = ""
    noteURL: Text = ""
    contact_customUserId: Text = ""
    contact_email: Text = ""
    replyText: Text = ""
    replyVideoSrc: Text = ""


class Choice(Vendor):
    """A user or a note; `id` is what a call may send back."""

    id: Text = ""
    label: Text = ""
