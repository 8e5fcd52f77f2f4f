"""CloudFormation makes resources in the order of their references, so these must lead in no circle."""

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.template.sam import STAGES, Template, transformed

_NAMED = re.compile(r"\$\{(\w+)(?:\.[\w.]+)?\}")


def references(value: Any) -> Iterator[str]:
    """Every logical id or parameter that a value names."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, Mapping):
        if set(value) == {"Ref"}:
            yield value["Ref"]
        elif set(value) == {"Fn::GetAtt"}:
            target = value["Fn::GetAtt"]
            yield target[0] if isinstance(target, list) else target.split(".")[0]
        else:
            for item in value.values():
                yield from references(item)
    elif isinstance(value, str):
        yield from _NAMED.findall(value)


def needs(template: Template) -> dict[str, set[str]]:
    """Logical id -> resources that must be there before it."""
    found = template.document["Resources"]
    return {
        name: {one for one in references(template.resolve(body)) if one in found and one != name}
        | set([body["DependsOn"]] if isinstance(body.get("DependsOn"), str) else body.get("DependsOn", []))
        for name, body in found.items()
    }


@pytest.mark.parametrize("stage", STAGES)
def test_no_resources_wait_for_each_other(stage: str) -> None:
    assert transformed(stage).parameter("PublicUrl") == "", "the branch that knows the API"
    assert "HttpApi" in needs(transformed(stage))["ContactSyncFunction"]
    assert "PortalFunction" in needs(transformed(stage))["HttpApi"], "references within the API's body count"
    TopologicalSorter(needs(transformed(stage))).prepare()  # `CycleError` names those that wait
