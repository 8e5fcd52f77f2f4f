"""What a platform's webhook says happened."""

import json
from collections.abc import Mapping
from typing import Final

from giftbridge.connectors.notice import Notice
from giftbridge.errors import Reject

SUBJECTS: Final[Mapping[str, str]] = {
    "contact.updated": "contactId",
    "event.reconciled": "eventId",
    "transaction.refunded": "transactionId",
}


def notices(body: bytes, headers: Mapping[str, str]) -> list[Notice]:
    """The one notice in `body`; kinds that nobody acts on give none.

    Raises `Reject` where the body is not JSON or lacks its subject.
    """
    try:
        sent = json.loads(body)
        kind = sent["type"]
        if kind not in SUBJECTS:
            return []
        subject = sent["data"][SUBJECTS[kind]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Reject("The body is not a webhook of the Platform API.", code="webhook_malformed") from None
    if not isinstance(subject, str) or not subject:
        raise Reject(f"The webhook lacks {SUBJECTS[kind]}.", code="webhook_malformed")
    return [Notice(headers["webhook-id"], kind, subject)]
