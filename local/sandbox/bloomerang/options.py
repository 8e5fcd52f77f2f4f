"""What a database of the sandbox does where the fact sheet knows no answer, or two: both ways are options."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """One database's behaviour; the defaults are the stricter reading where a client could be hurt by it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # lists
    take_over_50: Literal["refuse", "clamp"] = "refuse"
    last_modified_edge: Literal["exclusive", "inclusive"] = "exclusive"
    transactions_last_modified: Literal["honoured", "ignored", "refused"] = "honoured"
    transactions_custom_field: Literal["honoured", "ignored"] = "honoured"
    unknown_query: Literal["refuse", "ignore"] = "refuse"
    transaction_list_lag: float = Field(0.0, ge=0, description="seconds until a new gift is in lists")
    constituent_list_lag: float = Field(0.0, ge=0, description="seconds until a new constituent is in lists")
    search_delay: float = Field(0.0, ge=0, description="seconds until the search index follows a change")
    search_min_length: int = Field(1, ge=1)

    # constituents
    put: Literal["merge", "replace"] = "merge"
    put_null: Literal["clears", "ignored", "refused"] = "clears"
    put_contact_without_id: Literal["edits", "adds"] = "adds"
    put_omitted_contacts: Literal["kept", "removed"] = "kept"
    child_changes_bump: bool = True
    gifts_bump_constituent: bool = False
    primary_after_delete: Literal["promote", "none"] = "promote"
    merged_loser: Literal["gone", "forwards"] = "gone"
    unset_text: Literal["empty", "omitted"] = "empty"

    # values
    international_addresses: Literal["refuse_parts", "accept"] = "refuse_parts"
    us_spellings: list[str] = Field(default_factory=lambda: ["United States", "US"])
    states: Literal["strict", "lax"] = "strict"
    state_reads: Literal["full", "abbreviation", "as_sent"] = "full"
    name_limit: int = Field(100, ge=1)
    street_limit: int = Field(200, ge=1)
    note_limit: int = Field(4000, ge=1)
    emoji: Literal["strip", "question_mark", "keep"] = "strip"
    phone_format: Literal["us", "as_sent"] = "us"
    email_case: Literal["keep", "lower"] = "keep"
    us_dates: bool = Field(False, description="accept MM/dd/yyyy too")

    # gifts
    card_details: Literal["strict", "lax"] = "strict"
    eft_details: Literal["strict", "lax"] = "strict"
    default_acknowledgement: Literal["No", "Yes", "DoNotAcknowledge"] = "No"
    omitted_designations: Literal["removed", "kept"] = "removed"
    required_custom_fields: Literal["ignored", "enforced"] = "ignored"
    inactive_fund: Literal["accept", "refuse"] = "refuse"
    household_as_account: Literal["refuse", "accept"] = "refuse"

    # access
    permission_level: Literal["Admin", "Standard", "StandardEditFinancialData"] = "Admin"
    rate_limit_per_minute: int | None = Field(None, ge=1)
    rate_limit_retry_after: bool = True
    access_token_seconds: int = Field(3600, ge=1)
    refresh_rotation: Literal["rotates", "keeps"] = "rotates"
    old_refresh_token: Literal["refused", "usable", "revokes"] = "refused"
    pkce: Literal["optional", "required", "ignored"] = "optional"
    token_auth: Literal["basic", "body", "both"] = "basic"
    token_body: Literal["form", "json", "both"] = "form"
    expires_in: Literal["sent", "omitted"] = "sent"
