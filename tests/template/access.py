"""Who may do what: every permission that the transformed template gives to a role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.sam import as_list, name_of, transformed


@dataclass(frozen=True)
class Grant:
    """One action on one resource."""

    action: str
    resource: str
    condition: Any


def roles_of_functions() -> dict[str, str]:
    """Function -> its role."""
    return {name: name_of(properties["Role"]) for name, properties in transformed().of("Lambda::Function").items()}


def grants(role: str) -> list[Grant]:
    """All that a role may do, by its own policies and by those that name it."""
    return [
        grant for document in _documents(role) for statement in document["Statement"] for grant in _grants(statement)
    ]


def allowed(function: str, service: str) -> set[tuple[str, str]]:
    """(action, resource) pairs of a service that a function may use."""
    found = grants(roles_of_functions()[function])
    return {
        (grant.action.removeprefix(f"{service}:"), grant.resource)
        for grant in found
        if grant.action.startswith(f"{service}:")
    }


def _documents(role: str) -> Iterator[Any]:
    for policy in transformed().of("IAM::Role")[role].get("Policies", []):
        yield policy["PolicyDocument"]
    for policy in transformed().of("IAM::Policy").values():
        if role in map(name_of, policy["Roles"]):
            yield policy["PolicyDocument"]


def _grants(statement: Any) -> Iterator[Grant]:
    if statement["Effect"] != "Allow":
        raise ValueError(f"a role's policy only allows: {statement}")
    for action in as_list(statement["Action"]):
        for resource in as_list(statement["Resource"]):
            yield Grant(action, name_of(resource), statement.get("Condition"))
