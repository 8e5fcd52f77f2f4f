"""template.yaml as written and as SAM transforms it, with what AWS would make of its intrinsics for one stage."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
STAGES = ("dev", "prod", "local")
Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A template whose parameters, mappings and conditions are resolved for one stage."""

    document: Mapping[str, Any]
    stage: str

    def of(self, kind: str) -> dict[str, Any]:
        """Logical id -> resolved properties of every resource of a type, such as `Lambda::Function`."""
        found = {name: body for name, body in self.document["Resources"].items() if body["Type"] == f"AWS::{kind}"}
        return {name: self.resolve(body.get("Properties", {})) for name, body in found.items()}

    def resource(self, name: str) -> Any:
        """A resource as it stands, with its policies of deletion."""
        return self.document["Resources"][name]

    def resolve(self, value: Any) -> Any:
        """`Ref` to parameters, `FindInMap`, `If`; other references stay as they are."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, Mapping):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self.document["Parameters"]:
            return self.parameter(value["Ref"])
        if set(value) == {"Fn::FindInMap"}:
            name, first, second = self.resolve(value["Fn::FindInMap"])
            return self.document["Mappings"][name][first][second]
        if set(value) == {"Fn::If"}:
            condition, then, otherwise = value["Fn::If"]
            return self.resolve(then if self.holds(self.document["Conditions"][condition]) else otherwise)
        return {key: self.resolve(item) for key, item in value.items()}

    def parameter(self, name: str) -> Any:
        """The default, but for the stage."""
        return self.stage if name == "Stage" else self.document["Parameters"][name]["Default"]

    def holds(self, condition: Any) -> bool:
        """Whether a condition is true for this stage."""
        if "Fn::Not" in condition:
            return not self.holds(condition["Fn::Not"][0])
        left, right = self.resolve(condition["Fn::Equals"])
        return bool(left == right)


@cache
def written(stage: str = "dev") -> Template:
    """The template as it is written."""
    return Template(_parsed(), stage)


@cache
def transformed(stage: str = "dev") -> Template:
    """What SAM makes of it on AWS."""
    source = _parsed()
    for resource in source["Resources"].values():
        for place in ("CodeUri", "ContentUri"):
            if place in resource["Properties"]:
                resource["Properties"][place] = "s3://bucket/key"
    return Template(transform(source, {"Stage": stage}, _NoManagedPolicies()), stage)


def functions() -> dict[str, Any]:
    """Logical id -> properties of every function, with what Globals give to all."""
    everywhere = _parsed()["Globals"]["Function"]
    return {name: {**everywhere, **properties} for name, properties in written().of("Serverless::Function").items()}


def events_of(kind: str) -> Iterator[tuple[str, Any]]:
    """(function, properties) of every event of a kind, such as `SQS`."""
    for name, properties in written().of("Serverless::Function").items():
        for event in properties["Events"].values():
            if event["Type"] == kind:
                yield name, event["Properties"]


def name_of(reference: Any) -> str:
    """What a reference names: `Key` for `!Ref Key` and `!GetAtt Key.Arn`, `Inbox/index/due` for a `!Sub` of an ARN."""
    if isinstance(reference, str):
        return reference
    if "Ref" in reference:
        return str(reference["Ref"])
    if "Fn::GetAtt" in reference:
        target = reference["Fn::GetAtt"]
        return str(target[0] if isinstance(target, list) else target.split(".")[0])
    return re.sub(r"\$\{(\w+)(?:\.Arn)?\}", r"\1", reference["Fn::Sub"])


def as_list(value: Any) -> list[Any]:
    """AWS takes one of a thing or a list of it."""
    return list(value) if isinstance(value, list) else [value]


def _parsed() -> dict[str, Any]:
    # through JSON: SAM's parser gives its own ordered type, and transforming changes what it is given
    document: dict[str, Any] = json.loads(json.dumps(yaml_parse((ROOT / "template.yaml").read_text())))
    return document


class _NoManagedPolicies:
    def load(self) -> dict[str, str]:
        """SAM asks AWS for the names of managed policies; we use none."""
        return {}
