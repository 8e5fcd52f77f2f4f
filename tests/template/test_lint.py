"""The linter, and the deployments that samconfig.toml describes."""

import tomllib

import cfnlint.api  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from tests.template.sam import ROOT, written


def test_the_linter_finds_nothing() -> None:
    found = cfnlint.api.lint((ROOT / "template.yaml").read_text(), config=ManualArgs(regions=["us-east-1"]))
    assert [str(match) for match in found] == []


def test_deployments_set_parameters_that_exist_and_prod_asks_first() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    parameters = written().document["Parameters"]
    for stage in ("dev", "prod"):
        deploy = config[stage]["deploy"]["parameters"]
        given = dict(each.split("=", 1) for each in deploy["parameter_overrides"])
        assert given["Stage"] == stage
        assert all(value in parameters[name].get("AllowedValues", [value]) for name, value in given.items())
        assert (deploy["capabilities"], deploy["resolve_s3"]) == ("CAPABILITY_IAM", True)
        assert deploy["stack_name"] == f"giftbridge-{stage}"
    assert config["prod"]["deploy"]["parameters"]["confirm_changeset"] is True
    assert config["default"]["build"]["parameters"] == {"cached": True, "parallel": True}
    assert config["default"]["validate"]["parameters"]["lint"] is True
