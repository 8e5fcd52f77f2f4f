"""The HTTP API: payload format 2.0 at an address that does not change."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.emulator.conftest import Aws, unique

ECHO = """
import base64, json

def handler(event, context):
    if event["rawPath"] == "/away":
        headers = {"Location": "https://example.org/?next=1"}
        return {"statusCode": 302, "headers": headers, "cookies": ["a=1; HttpOnly", "b=2"]}
    if event["rawPath"] == "/bytes":
        return {"statusCode": 200, "headers": {"content-type": "application/octet-stream"},
                "isBase64Encoded": True, "body": base64.b64encode(bytes(range(256))).decode()}
    if event["rawPath"] == "/bug":
        raise ValueError("as told")
    return {"statusCode": 201, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def api(aws: Aws) -> Iterator[httpx.Client]:
    """An HTTP API with one function behind it."""
    gateway = aws.apigatewayv2
    name = gateway.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    arn = aws.__getattr__("lambda").get_function_configuration(FunctionName=aws.function(ECHO))["FunctionArn"]
    integration = gateway.create_integration(
        ApiId=name, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )
    for key in ("ANY /{proxy+}", "POST /webhooks/{provider}/{hook}"):
        gateway.create_route(ApiId=name, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")
    gateway.create_stage(ApiId=name, StageName="$default", AutoDeploy=True)
    with httpx.Client(base_url=f"{aws.emulator.url}/_api") as client:
        yield client
    gateway.delete_api(ApiId=name)


def test_the_event_carries_path_query_headers_and_cookies(api: httpx.Client) -> None:
    answer = api.post(
        "/webhooks/handbid/h%201?a=1&b=&a=2",
        json={"x": 1},
        headers={"webhook-id": "m1", "cookie": "one=1; two=2"},
    )
    event = answer.json()
    assert answer.status_code == 201
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /webhooks/{provider}/{hook}"
    assert event["pathParameters"] == {"provider": "handbid", "hook": "h 1"}
    assert event["rawQueryString"] == "a=1&b=&a=2"
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["headers"]["webhook-id"] == "m1"
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["http"]["method"] == "POST"
    assert json.loads(event["body"]) == {"x": 1}
    assert event["isBase64Encoded"] is False


def test_a_body_that_is_no_text_comes_in_base64(api: httpx.Client) -> None:
    event = api.post("/anything", content=b"\x00\xff", headers={"content-type": "application/octet-stream"}).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\x00\xff"


def test_what_is_absent_is_left_out(api: httpx.Client) -> None:
    event = api.get("/anything").json()
    assert not {"body", "cookies", "queryStringParameters"} & event.keys()


def test_a_redirect_keeps_its_location_and_sets_each_cookie(api: httpx.Client) -> None:
    answer = api.get("/away")
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://example.org/?next=1"
    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_a_base64_answer_is_sent_as_bytes(api: httpx.Client) -> None:
    assert api.get("/bytes").content == bytes(range(256))


def test_a_failing_function_is_a_server_error(api: httpx.Client) -> None:
    assert api.get("/bug").status_code >= 500
