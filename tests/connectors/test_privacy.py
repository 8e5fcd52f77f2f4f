"""Contract suite: no donor's address stands in a URL, which servers log, or in a log of ours."""

import logging

import httpcore
import httpx
import pytest

from giftbridge.connectors.http import new_client
from tests.connectors.contract import DONOR, Bench, calls, case_of, requests_of, run

EVERY_CALL = pytest.mark.parametrize(("name", "operation"), calls())
EVERY_SEARCH = pytest.mark.parametrize(("name", "operation"), calls(only=["contacts_by_email"]))
SEEN = DONOR.email.partition("@")[0]
"""What shows of the address however the rest of it is escaped."""


@EVERY_CALL
def test_no_donor_is_seen_in_urls(name: str, operation: str) -> None:
    told = any(SEEN in str(request.url) for request in requests_of(name, operation))
    assert told is (operation == "contacts_by_email" and case_of(name).searches_by_url)


@EVERY_CALL
def test_no_donor_is_seen_in_logs(name: str, operation: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run(Bench(name, case_of(name)), operation)
    assert SEEN not in caplog.text


@EVERY_SEARCH
def test_a_search_tells_the_vendor_the_address(name: str, operation: str) -> None:
    sent = requests_of(name, operation)
    assert any(SEEN in f"{request.url} {request.content.decode()}" for request in sent)


def test_the_http_client_says_nothing_of_its_calls(caplog: pytest.LogCaptureFixture) -> None:
    """Down to its connections, at the lowest level; at another level of its own it would tell."""
    caplog.set_level(logging.DEBUG)
    search(DONOR.email)
    assert caplog.text == ""
    with caplog.at_level(logging.INFO, "httpx"):
        search(DONOR.email)
    assert SEEN in caplog.text


def search(email: str) -> None:
    """A call with an address in its URL, over everything but the network."""
    transport = httpx.HTTPTransport()
    answer = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"{}"]
    transport._pool = httpcore.ConnectionPool(network_backend=httpcore.MockBackend(answer))
    with new_client(5, transport) as client:
        client.get("http://vendor.invalid/search", params={"search": email})
