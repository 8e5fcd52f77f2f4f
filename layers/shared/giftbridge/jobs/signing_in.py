"""Connecting with a user's name and password: exchanged for tokens at once, and forgotten."""

from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.errors import Invalid, Reject
from giftbridge.jobs import tokens
from giftbridge.jobs.check import PATHS
from giftbridge.jobs.context import App


def sign_in(app: App, crm: str, username: str, password: str, code: str) -> dict[str, Any]:
    """A CRM's credentials; nothing is stored. Raises `Conflict` where a code is asked for, `Invalid`, `Retry`."""
    try:
        return tokens.sign_in(app, crm).exchange(username, password, code, app.now())
    except Reject as refused:
        mistakes = [(PATHS[Side.CRM], str(refused))]
        raise Invalid("These credentials can't be used.", mistakes, code=refused.code) from None
