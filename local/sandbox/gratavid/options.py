"""What an account does where nothing of the vendor's says so: every such way is an option.

Known from the vendor's Power Automate connector are the calls, their fields and the answers' fields. Not known are
refusals, limits, the accepted words for `textOptIn`, what `source` other callers send, how a subscription is answered,
and how a notification is delivered. The defaults are the stricter reading where a client could be hurt by it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

KNOWN_SOURCE = "microsoftPowerAutomate"
"""The one value of the query parameter `source` that the vendor is known to take."""


class Options(BaseModel):
    """One account's behaviour."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # refusals; status 200 is a refusal that only its body tells
    refused_key_status: Literal[401, 403, 400, 200] = 401
    input_error_status: Literal[400, 422, 500, 200] = 400
    error_body: Literal["message", "status", "error", "text", "empty"] = "message"
    rate_limit_per_minute: int | None = Field(None, ge=1)
    rate_limit_retry_after: bool = True

    # requests
    sources: list[str] = Field(default_factory=lambda: [KNOWN_SOURCE])
    unknown_source: Literal["refuse", "accept"] = "refuse"
    unknown_query: Literal["refuse", "ignore"] = "refuse"
    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    other_than_text: Literal["refuse", "convert"] = "refuse"
    other_than_json: Literal["refuse", "accept"] = "refuse"
    invalid_email: Literal["refuse", "accept"] = "refuse"
    text_opt_in_yes: list[str] = Field(default_factory=lambda: ["true"])
    text_opt_in_no: list[str] = Field(default_factory=lambda: ["false"])
    text_opt_in_other: Literal["refuse", "ignore", "yes", "no"] = "refuse"
    comments_limit: int | None = Field(None, ge=1, description="characters of a task's comments")
    comments_too_long: Literal["refuse", "truncate"] = "refuse"
    unknown_reference: Literal["refuse", "ignore"] = Field(
        "refuse", description="a noteId or assignedTo nobody knows; `ignore` answers as if all were well"
    )

    # answers
    answer_ids: Literal["sent", "omitted"] = "sent"
    status_word: str = Field("success", description="`status` of getUsers and getNotes")

    # contacts
    email_case: Literal["ignored", "counts"] = "ignored"
    existing_contact: Literal["updated", "filled", "kept"] = "updated"
    empty_text: Literal["clears", "ignored"] = "clears"
    opt_in_after_stop: Literal["applied", "ignored"] = "applied"

    # sends
    send_delay: float = Field(0.0, ge=0, description="seconds of the account's clock until a note is really sent")
    unsubscribed_contact: Literal["skipped", "sent", "refused"] = "skipped"
    note_url: Literal["per_note", "per_send"] = "per_note"

    # subscriptions
    subscribe_status: Literal[200, 201] = 200
    subscription_id: Literal["nowhere", "webhookSubscribeId", "id", "data", "location"] = "nowhere"
    webhook_answer: Literal["empty", "object", "text"] = "empty"
    resubscribe: Literal["adds", "replaces", "keeps"] = "adds"
    unsubscribe_without_id: Literal["nothing", "event", "refuse"] = "nothing"
    unsubscribe_unknown: Literal["ok", "refuse"] = "ok"
    test_notification: bool = Field(False, description="a sample is posted to a new subscription at once")
    sent_before_subscription: Literal["silent", "notifies"] = "silent"
    revoked_key_notifies: bool = Field(True, description="subscriptions outlive the last good key")

    # what is notified
    send_note_fires_task_sent: bool = False
    watched_again: Literal["each_time", "once"] = "each_time"
    consent_names_note: bool = Field(True, description="unsubscribe and stopText name the contact's last note")
    empty_fields: Literal["empty", "null", "omitted"] = "empty"
    extra_fields: dict[str, Any] = Field(default_factory=dict, description="undeclared fields of each notification")

    # how it is delivered; these seconds are real ones
    encoding: Literal["json", "json_as_text", "form"] = "json"
    hold: bool = Field(False, description="notifications wait until a test releases them")
    copies: int = Field(1, ge=1, description="how often each notification is posted")
    parallel: int = Field(1, ge=1, description="notifications posted at a time; more than 1 may reorder them")
    delay: float = Field(0.0, ge=0, description="seconds before a notification is posted")
    retry_seconds: list[float] = Field(default_factory=list, description="pauses before each repetition")
    timeout_seconds: float = Field(10.0, gt=0)
    gone_unsubscribes: bool = Field(False, description="an answer 410 ends the subscription")
