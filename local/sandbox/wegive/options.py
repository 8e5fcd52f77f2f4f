"""What an organisation of the sandbox does where the fact sheet knows no answer, or two: both ways are options."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """One organisation's behaviour; the defaults are the stricter reading where a client could be hurt by it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    # Access. The vendor names 422, 404 and 403 for most paths and 401 for a few; limits are nowhere told.
    bad_key: Literal[401, 403] = 401
    rate_limit_per_minute: int | None = Field(None, ge=1)
    rate_limit_retry_after: bool = True
    forbidden: list[str] = Field(default_factory=list, description="resources the key may not use (403)")
    bare_paths: bool = Field(False, description="serve the paths without /dashboard that the mapping pages write")

    # Lists. The vendor's document declares ranges and sort as objects and does not say how they are written in a URL,
    # whether the edges of a range belong to it, or in what order rows come.
    unknown_query: Literal["ignored", "refused"] = "ignored"
    count_over_200: Literal["refused", "clamped"] = "refused"
    object_encoding: Literal["brackets", "json", "both"] = "brackets"
    wrong_object: Literal["refused", "ignored"] = "refused"
    bad_date: Literal["refused", "server_error"] = "refused"
    range_start: Literal["exclusive", "inclusive"] = "exclusive"
    range_end: Literal["exclusive", "inclusive"] = "exclusive"
    range_precision: Literal["seconds", "days"] = "seconds"
    date_only_end: Literal["start_of_day", "end_of_day"] = "start_of_day"
    default_order: Literal["newest_first", "oldest_first", "unstable"] = "newest_first"
    default_type: Literal["both", "donation"] = Field("both", description="what gifts a list without `type` holds")
    archived_detail: Literal["not_found", "shown"] = "not_found"

    # Values. The document types nearly all as text; that amounts are cents is told of storage, not of the API.
    amounts: Literal["cents", "cents_text", "dollars_text"] = "cents"
    ids: Literal["number", "text"] = "number"
    flags: Literal["boolean", "text", "number"] = "boolean"
    stamps: Literal["iso_micros", "iso", "sql"] = "iso_micros"
    related: Literal["object", "name"] = Field("object", description="`fund` and `campaign` of a gift")
    detail_columns: Literal["spread", "declared"] = Field("spread", description="columns behind the unnamed property")
    one_time_frequency: Literal["once", "null"] = "once"
    total: Literal["number", "text"] = "number"

    # Gifts. Unknown: what `fund` holds when a gift is split, whether `amount` holds the covered fee, what a partial
    # refund looks like, and whether a refund or a fund's merging moves `updated_at` and the gifts.
    split_fund: Literal["first", "none", "default"] = "first"
    single_fund_rows: Literal["none", "one"] = "none"
    covered_fee: Literal["in_amount", "on_top"] = "in_amount"
    refund_bumps_updated: bool = False
    partial_refund: Literal["looks_full", "noted", "refused"] = "looks_full"
    merged_fund_gifts: Literal["stay", "move"] = "stay"

    # Donors. Find-or-create is declared by its fields only: by what it finds, and what it then edits, is not told.
    find_email: Literal["any", "first"] = "any"
    find_type: Literal["ignored", "must_match"] = "ignored"
    find_archived: Literal["creates", "finds"] = "creates"
    find_updates: Literal["never", "fills_blanks", "overwrites"] = "never"
    merge_bumps_gifts: bool = False
    virtual_terminal: bool = Field(True, description="whether somebody may enter gifts by hand at all")
