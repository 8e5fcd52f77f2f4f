"""The API's description is made of its code, checked in, and served."""

from typing import Any

import yaml
from openapi_spec_validator import validate

from giftbridge.api import problems
from giftbridge.api.management import describe
from local.openapi import FILE, text
from tests.management.conftest import Place


def test_the_checked_in_description_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `make openapi`"


def test_the_description_is_valid_and_complete() -> None:
    document: Any = yaml.safe_load(text())
    validate(document)
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["tags"]
            assert list(operation["responses"]["default"]["content"]) == [problems.CONTENT_TYPE]


def test_it_is_served_to_anybody(place: Place) -> None:
    place.api.key = ""
    assert place.api.get("/openapi.json") == describe()


def test_systems_tell_what_they_can_do(place: Place) -> None:
    found = {one["name"]: one for one in place.api.get("/v1/systems")["items"]}
    assert found["bloomerang"]["role"] == "crm"
    assert set(found["bloomerang"]["credentials"]) == {"api_key", "oauth"}
    assert "records_gifts" in found["bloomerang"]["capabilities"]
    assert found["bloomerang"]["settings"]["child_changes"] == "poll"
    assert found["handbid"]["role"] == "platform"
