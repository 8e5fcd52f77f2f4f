"""Bodies of requests. Nothing beyond what is named is taken."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    SecretStr,
    StringConstraints,
    Tag,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from giftbridge.jobs.settings_form import SettingsForm

Secret = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")
]
Id = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
PurposeId = Annotated[str, StringConstraints(max_length=64)]


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Settings(RootModel[dict[str, Any]]):
    """A merge patch (RFC 7396) of a connection's settings: all mistakes are told together."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Described by the form that it is checked against."""
        return handler(SettingsForm.__pydantic_core_schema__)


class ApiKey(Body):
    """A CRM's key, as its admin made it."""

    api_key: Secret


class SignIn(Body):
    """A CRM user's name and password, and the code that the CRM sent them where it did. None of them is kept."""

    username: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,20}$")] = ""


def _way(given: object) -> str:
    """Told by what is given, so that a mistake is told of one way alone."""
    names = given if isinstance(given, dict) else getattr(given, "__dict__", {})
    return "[sign-in]" if {"username", "password"} & set(names) else "[key]"


Credentials = Annotated[Annotated[ApiKey, Tag("[key]")] | Annotated[SignIn, Tag("[sign-in]")], Discriminator(_way)]


class PlatformToken(Body):
    """The organisation's token for the platform, or its key."""

    token: Secret


class NewConnection(Body):
    """A CRM by key or password, with the platform's token."""

    crm: str = Field(max_length=40)
    credentials: Credentials
    platform_credentials: PlatformToken
    settings: Settings = Settings({})


class Trial(Body):
    """Credentials to try; nothing is stored."""

    crm: str = Field(max_length=40)
    credentials: Credentials
    platform_credentials: PlatformToken


class NewConsent(Body):
    """A connection to be made by consent in a browser."""

    crm: str = Field(max_length=40)
    platform_credentials: PlatformToken
    settings: Settings = Settings({})


class Reconnection(Body):
    """New credentials for one side or both."""

    credentials: Credentials | None = None
    platform_credentials: PlatformToken | None = None


class FirstSync(Body):
    """Whether the existing contacts shall be brought over."""

    answer: Literal["yes", "no"]


class RecordRetry(Body):
    """One record, by the side it is on."""

    kind: Literal["contact", "gift"]
    side: Literal["platform", "crm"]
    id: Id


class Decision(Body):
    """`match:<id>`, `create`, `ignore` or `retry`; which of them fit, the question tells."""

    decision: Annotated[str, StringConstraints(pattern=r"^(match:[\x21-\x7e]{1,128}|create|ignore|retry)$")]


class Donor(Body):
    """One donor, by either id: exactly one of them."""

    platform_id: Id | None = None
    crm_id: Id | None = None


class GiftOrder(Body):
    """Gifts to send by hand. What wants a confirmation is answered by a conflict that says so."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    fund: PurposeId = ""
    campaign: PurposeId = ""
    appeal: PurposeId = ""
    confirm_unreconciled: bool = False
    confirm_changes: bool = False


class Rotation(Body):
    """`finish`: let only the newest secret count from here on. `side`: whose webhooks these are."""

    finish: bool = False
    side: Literal["platform", "crm"] = "platform"


class PortalVisit(Body):
    """Who visits, as the sync log is to name them: a name or a number of the platform's."""

    actor: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,100}$")]
    platform_credentials: PlatformToken | None = None
