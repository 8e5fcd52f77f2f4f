"""The bodies the sandbox accepts for people and their contact rows; anything undeclared is refused."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from local.sandbox.bloomerang.errors import ApiError, invalid, required

Restriction = Literal["DoNotCall", "DoNotMail", "DoNotSolicit"]
Channel = Literal["Email", "Phone", "TextMessage", "Mail"]
InterestType = Literal["All", "Custom", "OptedOut"]


class Body(BaseModel):
    """A request body or a part of one: exact types, no undeclared fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


BodyType = TypeVar("BodyType", bound=Body)


class CustomValueIn(Body):
    """Write shape: exactly one of Value (Freeform), ValueId (PickOne), ValueIds (PickMultiple)."""

    FieldId: int
    Value: str | None = None
    ValueId: int | None = None
    ValueIds: list[int] | None = None


class EmailIn(Body):
    """An e-mail row."""

    Id: int | None = None
    AccountId: int | None = None
    Type: Literal["Home", "Work"] | None = None
    Value: str | None = None
    IsPrimary: bool | None = None
    IsBad: bool | None = None


class PhoneIn(Body):
    """A phone row; the vendor's document lets AuditTrail pass here, it has no effect."""

    Id: int | None = None
    AccountId: int | None = None
    Type: Literal["Home", "Work", "Mobile", "Fax"] | None = None
    Number: str | None = None
    Extension: str | None = None
    IsPrimary: bool | None = None
    AuditTrail: dict[str, Any] | None = None


class AddressIn(Body):
    """An address row."""

    Id: int | None = None
    AccountId: int | None = None
    Type: Literal["Home", "Vacation", "Work"] | None = None
    Street: str | None = None
    City: str | None = None
    State: str | None = None
    PostalCode: str | None = None
    Country: str | None = None
    IsPrimary: bool | None = None
    IsBad: bool | None = None


class PersonFields(Body):
    """What create, update and merge of a constituent share."""

    Type: Literal["Individual", "Organization"] | None = None
    Status: Literal["Active", "Inactive", "Deceased"] | None = None
    FirstName: str | None = None
    LastName: str | None = None
    MiddleName: str | None = None
    Prefix: str | None = None
    Suffix: str | None = None
    FullName: str | None = None
    InformalName: str | None = None
    FormalName: str | None = None
    EnvelopeName: str | None = None
    RecognitionName: str | None = None
    JobTitle: str | None = None
    Employer: str | None = None
    Website: str | None = None
    FacebookId: str | None = None
    TwitterId: str | None = None
    LinkedInId: str | None = None
    Gender: Literal["Male", "Female", "Other", ""] | None = None
    Birthdate: str | None = None
    ProfilePictureType: Literal["None", "Custom", "Twitter"] | None = None
    PrimaryEmail: EmailIn | None = None
    PrimaryPhone: PhoneIn | None = None
    PrimaryAddress: AddressIn | None = None
    CustomValues: list[CustomValueIn] | None = None


class SecondaryRows(PersonFields):
    """Rows beside the primary ones; merge refuses them."""

    SecondaryEmails: list[EmailIn] | None = None
    SecondaryPhones: list[PhoneIn] | None = None
    SecondaryAddresses: list[AddressIn] | None = None


class ConstituentUpdate(SecondaryRows):
    """`PUT /constituent/{id}`: no household and no communication settings."""


class ConstituentCreate(SecondaryRows):
    """`POST /constituent`."""

    HouseholdId: int | None = None
    PreferredCommunicationChannel: Channel | None = None
    CommunicationRestrictions: list[Restriction] | None = None
    EmailInterestType: InterestType | None = None
    CustomEmailInterestIds: list[int] | None = None


class EmailInterestRef(Body):
    """How merge names an e-mail interest (create takes the bare id)."""

    Id: int
    Name: str | None = None


class ConstituentMerge(PersonFields):
    """`POST /constituent/merge`."""

    EmailInterestType: InterestType | None = None
    CustomEmailInterestIds: list[EmailInterestRef] | None = None
    CommunicationRestrictions: list[Restriction] | None = None


class DuplicateQuestion(Body):
    """`POST /constituent/duplicates`."""

    Type: Literal["Individual", "Organization"] | None = None
    FirstName: str | None = None
    LastName: str | None = None
    OrganizationName: str | None = None
    Street: str | None = None
    PhoneNumber: str | None = None
    EmailAddress: str | None = None


class RestrictionsUpdate(Body):
    """New restrictions and why."""

    UpdateReason: str
    CommunicationRestrictions: list[Restriction]


class ChannelUpdate(Body):
    """The preferred channel."""

    PreferredCommunicationChannel: Channel


class InterestsUpdate(Body):
    """New e-mail interests and why."""

    UpdateReason: str
    EmailInterestType: InterestType
    CustomEmailInterestIds: list[int] | None = None


class CommunicationUpdate(Body):
    """`PUT /constituent/{id}/updateCommunicationSettings`."""

    Id: int | None = None
    CommunicationRestrictions: RestrictionsUpdate | None = None
    PreferredChannel: ChannelUpdate | None = None
    EmailInterests: InterestsUpdate | None = None


def parse(model: type[BodyType], body: Any) -> BodyType:
    """Read a body as a model; ApiError in the vendor's form when it does not fit."""
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise _refusal(error) from error


def given(model: Body) -> dict[str, Any]:
    """The fields that were sent, null or not."""
    return {name: getattr(model, name) for name in model.model_fields_set}


def written(model: Body, null: Literal["clears", "ignored", "refused"]) -> dict[str, Any]:
    """The fields that were sent on an update; null stays, goes or is refused as the database has it."""
    values = given(model)
    if null == "clears":
        return values
    nulls = [name for name, value in values.items() if value is None]
    if nulls and null == "refused":
        raise invalid(f"{nulls[0]} may not be null")
    return {name: value for name, value in values.items() if value is not None}


def _refusal(error: ValidationError) -> ApiError:
    first = error.errors()[0]
    name = str(first["loc"][-1]) if first["loc"] else "body"
    if first["type"] == "missing":
        return required(name)
    if first["type"] == "extra_forbidden":
        return invalid(f"Could not find member '{name}' on object of type '{error.title}'.")
    return invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
