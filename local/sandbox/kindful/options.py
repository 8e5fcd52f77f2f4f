"""What an account of the sandbox does where nothing tells what Kindful does, or two sources disagree."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EVENT_TYPES = {
    "transaction.created": "person.transaction.create",
    "transaction.updated": "person.transaction.update",
    "transaction.canceled": "person.transaction.update",
    "transaction.refunded": "person.transaction.update",
    "recurring.created": "person.recurring_transaction.create",
    "recurring.updated": "person.recurring_transaction.update",
    "recurring.removed": "person.recurring_transaction.remove",
    "report.run": "scheduled_report.run",
}
"""What happened -> the event's `type`. Only `person.transaction.update` is documented; the rest is made up."""


class Options(BaseModel):
    """One account's behaviour; seconds are those of the account's clock unless said otherwise."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # the import queue
    queue: Literal["clock", "manual"] = Field("clock", description="jobs run by themselves, or when control says so")
    job_wait_seconds: float = Field(1.0, ge=0, description="from the POST until a job begins, at least")
    job_work_seconds: float = Field(1.0, ge=0, description="how long a job is `working`")
    waiting_status: Literal["pending", "ready", "scheduled"] = "pending"
    status_case: Literal["lower", "capital"] = "lower"
    consolidate: bool = Field(False, description="a job that begins takes like jobs behind it into itself")
    update_lag_seconds: float = Field(0.0, ge=0, description="updates apply that long after their job is complete")
    pause_stops_jobs: bool = Field(False, description="a paused sync holds the queue too, not only `sync_enabled`")
    over_100_rows: Literal["load_failed", "truncate", "refuse"] = "load_failed"
    bad_row: Literal["notify", "drop", "fail_job"] = "notify"
    notification_shape: Literal["object", "text"] = "object"
    counted_stats: bool = Field(True, description="a job's statistics count; otherwise they stay 0")

    # rows: matching and times
    equal_update_time: Literal["updated", "ignored"] = "updated"
    import_stamp: Literal["row", "clock"] = Field("row", description="what an import leaves as last-modified time")
    unchanged_update_bumps: bool = False
    ambiguous_match: Literal["first", "last"] = "first"
    matched_other_id: Literal["replace", "keep"] = "replace"
    deleted_contact: Literal["creates", "ignored"] = "creates"
    merge_links: Literal["moved", "unlinked"] = "moved"
    merge_bumps_gifts: bool = Field(True, description="a merge changes the version of gifts that move")
    auto_merge_seconds: float | None = Field(None, gt=0, description="merge equal names and e-mails so often")
    group_match: Literal["name", "id"] = Field("name", description="how groups match when `match_by` is silent")
    fund_by_name: Literal["works", "ignored"] = "works"
    unknown_fund: Literal["creates", "none", "bad_row"] = "creates"

    # rows: values
    blank_column: Literal["ignored", "clears"] = "ignored"
    bad_address_value: Literal["dropped", "kept"] = "dropped"
    campaign_column: Literal["campaign", "campaign_name", "either"] = "campaign"
    us_birthdays: bool = Field(False, description="take mm/dd/yyyy too")
    country_reads: Literal["as_sent", "full"] = "as_sent"
    missing_transaction_type: Literal["check", "none"] = "check"
    unknown_transaction_type: Literal["check", "kept", "bad_row"] = "check"
    real_booleans: Literal["accepted", "ignored"] = "accepted"
    refund_by_import: Literal["works", "ignored"] = "works"
    note_text_column: Literal["message", "note_body", "message_body", "any"] = "message"
    split_sum_mismatch: Literal["notify", "accept"] = "notify"
    split_update: Literal["ignored", "replaces"] = "ignored"

    # links
    import_moves_link: Literal["never", "create", "always"] = "create"
    link_create: Literal["sets_version", "no_version"] = "sets_version"
    link_time: Literal["not_compared", "compared"] = "not_compared"
    external_id_taken: Literal["dropped", "moved"] = "dropped"

    # queries
    top_level: Literal["and", "or"] = "and"
    paging: Literal["snapshot", "live"] = "snapshot"
    dead_token: Literal["404", "500", "empty"] = "404"
    token_idle_seconds: float = Field(300.0, gt=0)
    after_edge: Literal["inclusive", "exclusive"] = "inclusive"
    time_format: Literal["iso", "spaced"] = "iso"
    deleted_in_queries: bool = True
    splits_in_queries: bool = False
    email_exist_key: Literal["exist", "exists"] = "exist"

    # webhooks
    event_types: dict[str, str] = Field(default_factory=lambda: dict(EVENT_TYPES))
    events_of_imports: bool = True
    webhook_body: Literal["full", "short"] = "full"
    verified_body: Literal["as_it_was", "as_it_is"] = "as_it_was"
    webhook_retry_seconds: float = Field(0.5, ge=0, description="real seconds between attempts")

    # access
    revoked_status: Literal[401, 404] = 401
    revoked_job_status: Literal[401, 404] = Field(404, description="the same where a job is asked about")
    bearer_on_customer_path: Literal["refused", "accepted"] = "refused"
    token_on_partner_path: Literal["refused", "accepted"] = "refused"
    link_scope: Literal["data_add", "data_query", "either"] = "either"
    status_scope: Literal["basic", "data_query"] = "basic"
    integration_status: Literal["any", "strict"] = "any"
    access_token_seconds: int | None = Field(None, ge=1, description="None: access tokens do not expire")
    idle_token_seconds: int | None = Field(None, ge=1, description="a token not used for so long is dead")
    refresh_token: Literal["sent", "omitted"] = "sent"
    refresh_rotation: Literal["keeps", "rotates"] = "keeps"
    token_body: Literal["form", "json", "both"] = "form"
    token_auth: Literal["body", "basic", "both"] = "body"
    pkce: Literal["ignored", "checked"] = "ignored"
    oauth_state: Literal["echoed", "dropped"] = "echoed"
    rate_limit_per_minute: int | None = Field(None, ge=1, description="none is documented")
