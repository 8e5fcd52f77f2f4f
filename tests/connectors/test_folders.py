"""Contract suite: every connector's folder, manifest and page are complete and tell the same story as its code."""

import inspect
import re
import tomllib
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import giftbridge.connectors
from giftbridge.connectors.base import Connector
from giftbridge.connectors.manifest import Limits, load_manifest, names
from giftbridge.stores.remembered import KEPT
from tests.connectors.contract import CREDENTIALS, OTHER_CAPABILITIES, PROTOCOLS, case_of

EVERY = pytest.mark.parametrize("name", names())
CONNECTORS = Path(giftbridge.connectors.__file__).parent
DOCS = Path(__file__).parents[2] / "docs" / "connectors"
REQUIRED = {"__init__.py", "manifest.toml", "client.py", "models.py", "mapping.py"}
OPTIONAL = {
    "webhook.py", "registration.py", "gifts.py", "paging.py", "search.py", "refusals.py", "jobs.py", "confirm.py",
    "queries.py", "writing.py", "updates.py", "imports.py", "filing.py", "giving.py", "places.py", "calls.py",
    "schedules.py", "plans.py", "pull.py", "files.py", "values.py", "projects.py",
}  # fmt: skip
"""What a larger vendor may split off, under the same names everywhere."""
HEADINGS = [
    "What it does", "Setting it up", "Fields", "Limits and calls", "What it can't do", "Quirks handled",
    "Troubleshooting",
]  # fmt: skip


def missing_methods(connector: type, protocol: type) -> list[str]:
    wanted = [name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")]
    return [name for name in wanted if not callable(getattr(connector, name, None))]


def class_of(name: str) -> type:
    found: type = import_module(f"giftbridge.connectors.{name}.client").CONNECTOR
    return found


@EVERY
def test_the_folder_holds_the_same_files(name: str) -> None:
    files = {path.name for path in (CONNECTORS / name).iterdir() if path.is_file()}
    assert sorted(REQUIRED - files) == []
    assert sorted(files - REQUIRED - OPTIONAL) == []
    assert ("webhook.py" in files) == (load_manifest(name).webhook is not None)


@EVERY
def test_the_manifest_is_filled_in(name: str) -> None:
    manifest = load_manifest(name)
    gaps = [
        part for part in ("title", "base_url", "docs_url", "credentials", "capabilities") if not getattr(manifest, part)
    ]
    limits = [limit.name for limit in fields(Limits) if getattr(manifest.limits, limit.name) <= 0]
    lag = [] if manifest.settings.get("lookup_lag_seconds") else ["settings.lookup_lag_seconds"]
    assert gaps + limits + lag == [], f"{name}/manifest.toml leaves these open"
    assert manifest.name == name
    assert urlsplit(manifest.base_url).scheme == "https"
    assert not manifest.base_url.endswith("/")


@EVERY
def test_the_manifest_and_the_class_agree(name: str) -> None:
    stated = load_manifest(name).capabilities
    assert stated <= set(PROTOCOLS) | OTHER_CAPABILITIES, "unknown capabilities"
    gaps = {
        word: missing_methods(class_of(name), protocol)
        for word, protocol in {"(every connector)": Connector, **PROTOCOLS}.items()
        if word in stated or protocol is Connector
    }
    lacking = [f"{word}: {', '.join(methods)}" for word, methods in gaps.items() if methods]
    assert not lacking, f"{name}: stated, but the class lacks {'; '.join(lacking)}"
    unstated = [
        word for word, one in PROTOCOLS.items() if word not in stated and not missing_methods(class_of(name), one)
    ]
    assert unstated == [], "the class can do it, but the manifest does not say so"


@EVERY
def test_methods_are_asked_for_as_the_contract_says(name: str) -> None:
    for word in load_manifest(name).capabilities & PROTOCOLS.keys():
        for method, wanted in inspect.getmembers(PROTOCOLS[word], inspect.isfunction):
            if not method.startswith("_") and hasattr(class_of(name), method):
                given = inspect.signature(getattr(class_of(name), method))
                assert list(given.parameters) == list(inspect.signature(wanted).parameters), f"{name}.{method}"


@EVERY
def test_credentials_and_endpoints_are_stated_together(name: str) -> None:
    manifest = load_manifest(name)
    assert set(manifest.credentials) == manifest.capabilities & CREDENTIALS
    assert ("oauth" in manifest.credentials) == (manifest.oauth is not None)
    assert set(case_of(name).credentials) == set(manifest.credentials), "the case has a set for each kind"
    assert ("password" in manifest.credentials) == (manifest.password is not None)
    urls = [manifest.oauth.authorize_url, manifest.oauth.token_url] if manifest.oauth else []
    for url in [*urls, manifest.password.token_url] if manifest.password else urls:
        assert urlsplit(url).scheme == "https"


@EVERY
def test_the_manifest_says_how_an_interrupted_create_is_recognised(name: str) -> None:
    manifest = load_manifest(name)
    creates = {
        "contacts": "writes_contacts", "gifts": "records_gifts", "thanks": "sends_thanks",
        "interactions": "logs_interactions",
    }  # fmt: skip
    wanted = {what for what, capability in creates.items() if capability in manifest.capabilities}
    assert manifest.recall.keys() == wanted
    assert set(manifest.recall.values()) <= {"key", "ask", "none"}


@EVERY
def test_a_webhook_scheme_is_stated_with_what_it_needs(name: str) -> None:
    scheme, stated = load_manifest(name).webhook, load_manifest(name).capabilities
    kind = scheme.kind if scheme else ""
    assert ("webhooks" in stated) == (kind in ("signature", "asked"))
    assert ("verifies_events" in stated) == (kind == "asked")
    assert ("unsigned_webhooks" in stated) == (kind == "url")
    assert scheme is None or bool(scheme.events) == (kind == "url"), "an address per event, as nothing else tells them"


@EVERY
def test_a_webhook_scheme_signs_what_it_checks(name: str) -> None:
    manifest = load_manifest(name)
    scheme = manifest.webhook
    if scheme is None or scheme.kind != "signature":
        return
    assert scheme.signature_header == scheme.signature_header.lower()
    assert scheme.signature_header or manifest.settings.get("signature_header")
    assert scheme.encoding in ("base64", "hex")
    assert scheme.content.format(id="1", timestamp="2") != scheme.content or not scheme.timestamp_header
    longest = 600 if scheme.timestamp_header else KEPT.total_seconds()  # a repeat is recognised for so long
    assert 0 < scheme.tolerance_seconds <= longest


@EVERY
def test_who_confirms_can_be_set_to_ask_more_or_less_often(name: str) -> None:
    manifest = load_manifest(name)
    assert ("confirm_seconds" in manifest.settings) == ("confirms" in manifest.capabilities)
    assert not manifest.settings.get("confirm_seconds"), "0: the limit"


@EVERY
def test_every_setting_is_asked_for(name: str) -> None:
    """A setting that no code reads promises what does not happen."""
    code = "".join(path.read_text(encoding="utf-8") for path in (CONNECTORS / name).glob("*.py"))
    shared = {"calls_per_hour", "lookup_lag_seconds", "confirm_seconds", "signature_header", "signature_encoding"}
    unread = [
        setting for setting in load_manifest(name).settings if setting not in shared and f'"{setting}"' not in code
    ]
    assert unread == []


@EVERY
def test_the_page_has_the_same_headings_and_something_under_each(name: str) -> None:
    page = DOCS / f"{name}.md"
    assert page.is_file(), f"docs/connectors/{name}.md is missing"
    text = page.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# {load_manifest(name).title}"
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    empty = [heading for heading, body in zip(HEADINGS, sections, strict=True) if len(body.split()) < 5]
    assert empty == [], f"docs/connectors/{name}.md says nothing here"


@EVERY
def test_the_page_tells_the_settings_and_limits_that_stand_in_the_manifest(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    raw: dict[str, Any] = tomllib.loads((CONNECTORS / name / "manifest.toml").read_text(encoding="utf-8"))
    untold = [setting for setting in raw.get("settings", {}) if f"`{setting}`" not in text]
    assert untold == [], f"docs/connectors/{name}.md does not explain these settings"
    per_hour = f"{raw['limits']['calls_per_hour']:,}"
    assert per_hour in text, f"docs/connectors/{name}.md does not tell the limit of {per_hour} calls an hour"
