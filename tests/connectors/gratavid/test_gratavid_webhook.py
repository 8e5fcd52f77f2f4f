"""Notifications of Gratavid in every form they may have, and what makes two of them the same."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.connectors.gratavid.webhook import fields, sameness
from giftbridge.errors import Reject

NOTE = {
    "noteTitle": "Thank you", "noteURL": "https://vendor.invalid/n/1", "contact_customUserId": "5734397",
    "contact_customAccountId": "", "contact_email": "ada@example.org", "contact_firstName": "Ada",
    "contact_lastName": "Lane", "replyText": "So kind!", "replyVideoSrc": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "body", [json.dumps(NOTE), f"\n {json.dumps(NOTE)}", urlencode(NOTE), json.dumps({**NOTE, "replyVideoSrc": None})]
)
def test_json_and_forms_say_the_same(body: str) -> None:
    assert fields(body.encode()) == {name: value for name, value in NOTE.items() if value}
    assert sameness(body.encode(), {}) == ("5734397", "https://vendor.invalid/n/1", "So kind!")


def test_who_is_the_number_else_the_address_whatever_its_case() -> None:
    body = {**NOTE, "contact_customUserId": "", "contact_email": "Ada@Example.org", "noteURL": ""}
    assert sameness(json.dumps(body).encode(), {}) == ("ada@example.org", "", "So kind!")
    assert sameness(json.dumps({**NOTE, "contact_customUserId": 5734397}).encode(), {})[0] == "5734397"


@given(
    body=st.binary(max_size=100)
    | st.dictionaries(st.text(max_size=5), st.integers()).map(lambda one: json.dumps(one).encode())
)
def test_what_names_nobody_is_refused(body: bytes) -> None:
    with pytest.raises(Reject):
        fields(body)
