"""The bodies of control requests."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.kindful.account import CUSTOMER_APP
from local.sandbox.kindful.options import Options
from local.sandbox.kindful.seed import ReferencePlan
from local.sandbox.kindful.world import DEFAULT_CLIENT_ID


class Asked(BaseModel):
    """A control request's body."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Asked):
    """An account to create; without `token` one is made up."""

    name: str
    token: str | None = None
    time_zone: str = "America/Chicago"
    options: Options = Field(default_factory=Options)
    reference: ReferencePlan = Field(default_factory=ReferencePlan)


class NewClient(Asked):
    """A partner's application to register."""

    client_id: str
    client_secret: str
    redirect_uri: str | None = None


class NewConsent(Asked):
    """The answer every consent page gives from now on, without showing itself."""

    account: str
    allow: bool = True
    scope: str | None = None


class NewGrant(Asked):
    """Tokens without a browser."""

    account: str
    client_id: str = DEFAULT_CLIENT_ID
    scope: str = "basic data_add data_query"


class Unknown(Asked):
    """How a credential nobody knows is refused (the sources tell both)."""

    status: Literal[401, 404]


class Access(Asked):
    """Access to add, take away or give back: a security token, every OAuth grant, or both."""

    token: str | None = None
    grants: bool = False
    active: bool = False


class StaffAction(Asked):
    """What somebody in the office does; which fields count goes by `action`."""

    action: Literal[
        "add_contact",
        "edit_contact",
        "delete_contact",
        "merge",
        "add_gift",
        "edit_gift",
        "refund",
        "cancel",
        "delete_gift",
        "add_named",
        "announce",
        "unlink",
    ]
    id: int = 0
    loser: int = 0
    fields: dict[str, Any] = Field(default_factory=dict)
    groups: dict[str, bool] = Field(default_factory=dict)
    kind: Literal["campaign", "fund", "group", "custom_field", "contact", "transaction"] = "contact"
    name: str = ""
    group: str = "General"
    what: str = "recurring.created"
    app: str = CUSTOMER_APP


class Run(Asked):
    """Work to let happen now: `count` jobs (None: all) of an application, or only the beginning of the next one."""

    count: int | None = None
    app: str | None = None
    only_begin: bool = False


class JobPlan(Asked):
    """How the next job (or the job `id`) ends; `rows`: after so many of its rows (None: none when it fails)."""

    id: str | None = None
    status: Literal["complete", "load_failed", "failed", "setup_failed", "error", "removed"] = "error"
    rows: int | None = Field(None, ge=0)
    message: str = "The job could not be processed"


class JobChange(Asked):
    """A job's status forced, or the job taken into another one."""

    status: str | None = None
    into: str | None = None


class Pause(Asked):
    """An admin pauses the sync, or lets it go on."""

    paused: bool


class WebhookTarget(Asked):
    """Where events go (None: nowhere, and what happens meanwhile is not sent later), in whose external ids."""

    url: str | None
    app: str = CUSTOMER_APP


class HandMade(Asked):
    """A webhook request by hand: an event sent again, or a forged or broken one."""

    event: str | None = None
    body: Any = None
