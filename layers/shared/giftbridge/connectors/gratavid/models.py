"""What Gratavid sends, as far as it is used. Every field is a text; unset ones are left out, `""` or null."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from giftbridge.connectors.received import Received


def _text(value: Any) -> Any:
    """Numbers and truths as their words: what others than texts mean is not documented."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_text)]


class Notification(Received):
    """The body of every notification, whatever the event."""

    noteTitle: Text = ""
    noteURL: Text = ""
    contact_customUserId: Text = ""
    contact_email: Text = ""
    replyText: Text = ""
    replyVideoSrc: Text = ""


class Choice(Received):
    """A user or a note; `id` is what a call may send back."""

    id: Text = ""
    label: Text = ""
