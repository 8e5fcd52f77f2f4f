"""template.yaml as data: what is in it, and the part of it that holds data."""

from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]

Template = dict[str, Any]
_STORES = {
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}


def load(path: Path) -> Template:
    """Read a template, `!Ref` and the like in their long form."""
    template: Template = cfn_yaml.load(str(path))
    return template


def functions(template: Template) -> dict[str, str]:
    """Logical id -> handler of every function."""
    handlers = {
        name: _handler(template, resource) for name, resource in _of_type(template, "AWS::Serverless::Function")
    }
    return dict(sorted(handlers.items()))


def stores_only(template: Template) -> Template:
    """The tables, queues, buckets, keys and buses alone, with every function's variables as outputs.

    Lets tests have the very resources of the template in a second, without building or deploying functions.
    """
    kept = {name: resource for name, resource in template["Resources"].items() if resource["Type"] in _STORES}
    shared: Template = {name: template[name] for name in ("Parameters", "Mappings", "Conditions") if name in template}
    known = set(kept) | set(template.get("Parameters", {}))
    outputs = {
        f"Env{index}": {"Description": name, "Value": value}
        for index, (name, value) in enumerate(_variables(template).items())
        if _references(value) <= known
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        **shared,
        "Resources": _without_dangling(kept, known),
        "Outputs": outputs,
    }


def _handler(template: Template, resource: Template) -> str:
    everywhere = template.get("Globals", {}).get("Function", {})
    return str(resource["Properties"].get("Handler") or everywhere["Handler"])


def _variables(template: Template) -> dict[str, Any]:
    """Every variable of every function; where they differ the first wins."""
    everywhere = template.get("Globals", {}).get("Function", {})
    places = [everywhere, *(resource["Properties"] for _, resource in _of_type(template, "AWS::Serverless::Function"))]
    found: dict[str, Any] = {}
    for place in places:
        for name, value in place.get("Environment", {}).get("Variables", {}).items():
            found.setdefault(name, value)
    return found


def _of_type(template: Template, kind: str) -> list[tuple[str, Template]]:
    return [(name, resource) for name, resource in template["Resources"].items() if resource["Type"] == kind]


def _without_dangling(resources: Template, known: set[str]) -> Template:
    """Drop key policies that name roles we left out: the emulator does not enforce them anyway."""
    trimmed = {}
    for name, resource in resources.items():
        properties = {
            key: value for key, value in resource.get("Properties", {}).items() if _references(value) <= known
        }
        trimmed[name] = {**{k: v for k, v in resource.items() if k != "DependsOn"}, "Properties": properties}
    return trimmed


def _references(value: Any) -> set[str]:
    """Logical ids and parameters that an expression needs; AWS's own pseudo parameters not counted."""
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    if "Ref" in value:
        return set() if str(value["Ref"]).startswith("AWS::") else {str(value["Ref"])}
    if "Fn::GetAtt" in value:
        target = value["Fn::GetAtt"]
        return {str(target[0] if isinstance(target, list) else target.split(".")[0])}
    return set().union(*map(_references, value.values()))
