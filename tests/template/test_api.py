"""The HTTP API: its routes, what it throttles, and what its log keeps to itself."""

import json
import re
from typing import Any

from tests.template.sam import name_of, transformed, written

ROUTES = {
    ("GET", "/oauth/start"): "OauthCallbackFunction",
    ("GET", "/oauth/callback"): "OauthCallbackFunction",
    ("POST", "/webhooks/{provider}/{hook}"): "WebhookIntakeFunction",
    ("ANY", "/v1/{proxy+}"): "ManagementFunction",
    ("GET", "/openapi.json"): "ManagementFunction",
    ("GET", "/portal"): "PortalFunction",
    ("ANY", "/portal/{proxy+}"): "PortalFunction",
}
# addresses and browsers are personal data; paths hold secret hooks, queries hold OAuth codes
LOGGED = {
    "requestId", "requestTime", "routeKey", "status", "responseLength", "responseLatency", "integrationLatency",
    "error.responseType",
}  # fmt: skip


def stage() -> Any:
    (found,) = transformed().of("ApiGatewayV2::Stage").values()
    return found


def test_routes() -> None:
    (api,) = transformed().of("ApiGatewayV2::Api").values()
    found = {}
    for path, operations in api["Body"]["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            match = re.search(r"\$\{(\w+)\.Arn\}", integration["uri"]["Fn::Sub"])
            found[verb, path] = match[1] if match else ""
            assert integration["payloadFormatVersion"] == "2.0"
    assert found == ROUTES


def test_requests_are_throttled() -> None:
    limits = stage()["DefaultRouteSettings"]
    assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 1000


def test_the_access_log_names_routes_and_nobody() -> None:
    settings = stage()["AccessLogSettings"]
    assert name_of(settings["DestinationArn"]) == "ApiLogGroup"
    assert "\n" not in settings["Format"]
    values = json.loads(settings["Format"]).values()
    assert {value.removeprefix("$context.") for value in values} == LOGGED


def test_outputs_name_everything_that_others_look_for() -> None:
    outputs = written().document["Outputs"]
    named = {name_of(output["Value"]) for output in outputs.values()}
    for kind in ("SQS::Queue", "DynamoDB::Table", "S3::Bucket", "KMS::Key", "Events::EventBus", "Serverless::Function"):
        assert set(written().of(kind)) <= named
    assert "HttpApi" in outputs["ApiUrl"]["Value"]["Fn::Sub"]
