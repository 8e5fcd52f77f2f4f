"""What the environment must say, told at cold start and all at once."""

import pytest
import yaml

from giftbridge.errors import ConfigError
from giftbridge.settings import Settings, vendor_override
from tests.architecture.source import ROOT
from tests.aws.test_services import VALUES


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(VALUES | {"STEP_SECONDS": "15", "PUBLIC_URL": "https://x"})
    assert settings.links_table == "the-links_table"
    assert (settings.step_seconds, settings.public_url) == (15, "https://x")
    assert settings.queue_url("gifts") == "the-gifts_queue_url"
    assert Settings.from_environment(VALUES).step_seconds == 60


@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("blank", [True, False])
def test_a_missing_variable_is_named(name: str, blank: bool) -> None:
    given = {**VALUES, name: ""} if blank else {key: value for key, value in VALUES.items() if key != name}
    with pytest.raises(ConfigError, match=name):
        Settings.from_environment(given)


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as missing:
        Settings.from_environment({})
    assert [name for name in VALUES if name not in str(missing.value)] == []


@pytest.mark.parametrize("text", ["0", "-1", "soon", "1.5", ""])
def test_a_step_lasts_whole_seconds(text: str) -> None:
    with pytest.raises(ConfigError, match="STEP_SECONDS"):
        Settings.from_environment(VALUES | {"STEP_SECONDS": text})


def test_the_template_gives_every_variable() -> None:
    given = (ROOT / "template.yaml").read_text(encoding="utf-8")
    named = {key.value for key in _scalars(yaml.compose(given))}
    assert [name for name in (*VALUES, "STEP_SECONDS", "PUBLIC_URL") if name not in named] == []


def _scalars(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        return [node]
    if isinstance(node, yaml.MappingNode):
        return [scalar for pair in node.value for one in pair for scalar in _scalars(one)]
    return [scalar for one in node.value for scalar in _scalars(one)] if isinstance(node, yaml.SequenceNode) else []


def test_a_vendors_test_address_is_named_by_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor_override.cache_clear()
    monkeypatch.setenv("GIFTBRIDGE_ACME_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GIFTBRIDGE_ACME_TOKEN_URL", "http://127.0.0.1:2")
    assert vendor_override("acme") == "http://127.0.0.1:1"
    assert vendor_override("acme", "token") == "http://127.0.0.1:2"
    assert vendor_override("acme", "authorize") == ""
    vendor_override.cache_clear()
