"""After a deploy: what MiniStack does not take over from the template."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.aws import client

_FUNCTION = re.compile(r"\$\{(\w+)\.Arn\}")


def apply(endpoint: str, stack: str) -> None:
    """HTTP API routes (SAM writes them as an OpenAPI body) and the tables' time to live."""
    formation = client(endpoint, "cloudformation")
    processed = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    template: dict[str, Any] = processed if isinstance(processed, dict) else json.loads(processed)
    physical = resources(endpoint, stack)
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and "Body" in properties:
            _lay_routes(endpoint, physical[name], _routes(properties["Body"], physical))
        if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in properties:
            _set_time_to_live(endpoint, physical[name], properties["TimeToLiveSpecification"])


def resources(endpoint: str, stack: str) -> dict[str, str]:
    """Logical id -> physical id of everything in the stack."""
    pages = client(endpoint, "cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
    }


def _routes(body: dict[str, Any], physical: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Route key and function name."""
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
            function = _FUNCTION.search(uri)
            if function is None:
                raise ValueError(f"no function behind {method} {path}")
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield ("$default" if path == "/$default" else f"{verb} {path}"), physical[function[1]]


def _lay_routes(endpoint: str, api: str, routes: Iterator[tuple[str, str]]) -> None:
    """Make the API have exactly these."""
    gateway, functions = client(endpoint, "apigatewayv2"), client(endpoint, "lambda")
    present = {route["RouteKey"]: route["RouteId"] for route in gateway.get_routes(ApiId=api)["Items"]}
    wanted = dict(routes)
    for key in present.keys() - wanted.keys():
        gateway.delete_route(ApiId=api, RouteId=present[key])
    for key in wanted.keys() - present.keys():
        arn = functions.get_function_configuration(FunctionName=wanted[key])["FunctionArn"]
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")


def _set_time_to_live(endpoint: str, table: str, specification: dict[str, Any]) -> None:
    tables = client(endpoint, "dynamodb")
    if tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED":
        tables.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
