"""What an organisation of the sandbox does where the vendor's documents know no answer, or two: both are options."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """One organisation's behaviour; the defaults are the stricter reading where a client could be hurt by it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # access
    access_token_seconds: int = Field(1_295_999, ge=1, description="15 days as recorded; the documents print 3599")
    refresh_token_seconds: int = Field(31_536_000, ge=1)
    refresh_rotation: Literal["rotates", "keeps"] = "rotates"
    old_refresh_token: Literal["refused", "usable"] = "refused"
    code_seconds: int = Field(300, ge=1, description="how long a two-factor code is good")
    wrong_code: Literal["refused", "asks_again"] = "refused"
    token_errors: Literal["told_apart", "alike"] = "told_apart"

    # budget
    rate_limit_per_hour: int = Field(1_500, ge=1, description="1,500 or 5,000, by the document one reads")
    rate_limit_retry_after: bool = True
    pretty_json: bool = Field(False, description="indented and with CRLF, as in recordings")

    errors: Literal["classic", "target"] = Field("classic", description="`target`: the envelope announced for later")

    # contacts
    put: Literal["replace", "patch"] = "replace"
    put_answer_stamp: Literal["plain", "z"] = "plain"
    duplicate_email: Literal["refused", "accepted"] = "refused"
    nameless: Literal["either", "both", "accepted"] = Field("either", description="which missing names refuse a person")
    nested_address_names: Literal["code", "both"] = "code"
    create_custom_fields: Literal["object", "both"] = Field("object", description="`POST /Contact` prints an object")
    email_finds: Literal["oldest", "newest"] = "oldest"
    archived_found: bool = False
    reference_taken: Literal["refused", "moves", "shared"] = "refused"
    reference_case: Literal["exact", "ignored"] = "exact"
    encoded_slash: Literal["refused", "accepted"] = "refused"
    plain_method_types: Literal["refused", "accepted"] = "refused"
    primary_after_delete: Literal["promote", "none"] = "promote"
    child_changes_bump: bool = True
    merged_references: Literal["move", "stay"] = "move"
    merge_event: Literal["both", "winner", "loser", "none"] = "both"
    archive_event: bool = True

    # gifts
    eft_word: Literal["EFT", "Electronic Funds Transfer", "both"] = "EFT"
    one_time_frequency: Literal["either", "omitted", "required"] = "either"
    state_words: Literal["Add", "Added", "both"] = "Add"
    second_reversal: Literal["refused", "accepted"] = "refused"
    recurring_link: Literal["commitment_transaction_id", "commitment_id"] = "commitment_transaction_id"
    recurring_update: Literal["updates", "creates"] = "updates"

    # imports
    repeated_transaction: Literal["refused", "ignored"] = "refused"
    repeated_transaction_text: str = "A gift with this transaction source and transaction id already exists."
    designation_sum: Literal["at_import", "refused"] = "at_import"
    designation_keys: Literal["designations", "both"] = "designations"
    nameless_transaction: Literal["refused", "at_import"] = "refused"
    batch_limit: int | None = Field(None, ge=1, description="rows per batch call; not known")
    midnight: Literal["by_clock", "by_control"] = "by_clock"
    midnight_time_zone: str | None = Field(None, description="the organisation's own where None")
    compare: Literal["exact", "normalised"] = "exact"
    name_alone: Literal["match_needed", "new"] = "match_needed"
    import_rows: Literal["primary", "beside"] = Field("primary", description="where an import's new e-mail etc. goes")

    # queries
    take_over_1000: Literal["clamp", "refuse"] = "clamp"
    paging_place: Literal["url", "body", "both"] = "url"
    unknown_condition: Literal["refused", "ignored"] = "refused"
    unknown_sort: Literal["ignored", "refused"] = "ignored"
    unsorted: Literal["id", "modified"] = "id"
    contact_modified_moment: bool = Field(True, description="contacts know `Last Modified DateTime UTC`")
    day_zone: Literal["organisation", "utc"] = "organisation"

    # webhooks
    signature_header: str = "X-Virtuous-Signature"
    signature_encoding: Literal["base64", "hex"] = "base64"
    webhook_batch: int = Field(100, ge=1, description="most records in one delivery of a run import; 1 never batches")
    batch_event_ids: Literal["envelope", "each", "none"] = "envelope"
    gift_event_transaction: bool = Field(True, description="gift events carry transactionSource and transactionId")
    contact_event_references: bool = True
    gift_delete_shape: Literal["gift", "id", "both"] = "both"
    empty_methods: Literal["null", "list"] = "null"
    webhook_retry_seconds: list[float] = Field(default_factory=lambda: [0.2, 1.0, 5.0])
    webhook_timeout_seconds: float = Field(10.0, gt=0)
    webhook_delays: list[float] = Field(default_factory=list, description="waits before deliveries, in turn: disorder")
    webhook_copies: int = Field(1, ge=1, description="how often each delivery is made although it was taken")
