"""The bodies of control calls."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.virtuous.courier import Variant
from local.sandbox.virtuous.import_run import OnMatch, OnUpdate
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.seed import SetUp


class Asked(BaseModel):
    """A control request's body."""

    model_config = ConfigDict(extra="forbid")


class NewOrganisation(Asked):
    """An organisation to create; `title` is what the API calls it, without `api_key` one is made up."""

    name: str
    title: str | None = None
    api_key: str | None = None
    time_zone: str = "America/Phoenix"
    options: Options = Field(default_factory=Options)
    set_up: SetUp = Field(default_factory=SetUp)


class NewUser(Asked):
    """Somebody who signs in to one or more organisations, the first one to begin with."""

    email: str
    password: str
    organisations: list[str] = Field(min_length=1)
    name: str = "Robin Service"
    two_factor: bool = False
    sso: bool = False


class UserChange(Asked):
    """What changes about a user; a new password leaves tokens good, `active` false does not."""

    password: str | None = None
    two_factor: bool | None = None
    sso: bool | None = None
    active: bool | None = None


class NewKey(Asked):
    """A further API key; its permission group may be one that only reads."""

    key: str
    name: str = "Sandbox"
    may_write: bool = True
    user: str = "Sam Service"
    email: str = "sam.service@example.org"


class Access(Asked):
    """Credentials to take away or give back: a key, or all sign-ins of the organisation's users."""

    api_key: str | None = None
    grants: bool = False
    active: bool = False


class StaffAction(Asked):
    """What staff does; which fields count goes by `action`."""

    action: Literal["edit", "merge", "rename_tag", "delete_project", "call"]
    kind: Literal["contact", "individual", "method", "address", "gift", "project"] = "contact"
    id: int = 0
    loser: int = 0
    fields: dict[str, Any] = Field(default_factory=dict)
    name: str = ""
    new_name: str = ""
    method: str = "GET"
    path: str = ""
    body: Any = None


class RunWish(Asked):
    """How a person runs an import: which rows (all), and what they do about rows in doubt."""

    rows: list[int] | None = None
    match: OnMatch = "first"
    update: OnUpdate = "incoming"


class Decision(Asked):
    """What a person decides about a row: whose it is (`new` or a contact's id), which data count, corrections."""

    contact: int | Literal["new"] | None = None
    take: Literal["incoming", "existing"] | None = None
    changes: dict[str, Any] = Field(default_factory=dict)


class Discard(Asked):
    """Rows that are thrown away (all where None); nobody is told."""

    rows: list[int] | None = None


class Spending(Asked):
    """Calls of other integrations that share the hourly budget."""

    calls: int


class HandMade(Asked):
    """A delivery made by hand to one subscription; of several records when `ids` has more than one."""

    webhook: int
    event: str
    ids: list[int] = Field(min_length=1)
    variant: Variant = "valid"
    size: int = 70_000
    send: bool = True
    body: str | None = None
