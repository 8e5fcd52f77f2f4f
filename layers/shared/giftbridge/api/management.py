"""The management API: authentication, routes, errors, and its own description."""

import json
import re
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

from giftbridge.api import answers, connections, drift, http, imports, portal, problems, records, runs, views
from giftbridge.api.desk import Desk, public_base
from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.errors import GiftbridgeError
from giftbridge.jobs.context import App
from giftbridge.logs import logger, told

PREFIX: Final = "/v1/organisations/<organisation>"
DESCRIPTION_PATH: Final = "/openapi.json"
ACTOR: Final = re.compile(r"[\x21-\x7e]{1,100}")
SUBJECT: Final = re.compile(r"/connections/([0-9a-f]{20})(?:/runs/(\d{8}T\d{12}-[0-9a-f]{8}))?(?:/|$)")
METHODS: Final = frozenset({"get", "post", "patch", "put", "delete"})

api = APIGatewayHttpResolver(enable_validation=True)


@api.get("/v1/systems", summary="What can be connected", tags=["systems"])
def list_systems() -> answers.Systems:
    """Every connector with its capabilities, kinds of credentials and settings."""
    return answers.Systems(items=[views.system(load_manifest(name)) for name in names()])


@api.get(DESCRIPTION_PATH, include_in_schema=False)
def description() -> Response[str]:
    """This API, described."""
    return Response(200, "application/json", json.dumps(describe()))


for routes in (connections, runs, imports, drift, records, portal):
    api.include_router(routes.router, PREFIX)


@api.exception_handler(GiftbridgeError)  # type: ignore[untyped-decorator]
def _expected(error: GiftbridgeError) -> Response[str]:
    return problems.of_error(error, api.context["desk"].app.now())


@api.exception_handler([RequestValidationError, RequestUnsupportedContentType])  # type: ignore[untyped-decorator]
def _invalid(error: RequestValidationError | RequestUnsupportedContentType) -> Response[str]:
    return problems.of_validation(error)


@api.exception_handler(NotFoundError)  # type: ignore[untyped-decorator]
def _nowhere(error: NotFoundError) -> Response[str]:
    return problems.no_such_path(error)


@api.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _bug(error: Exception) -> Response[str]:
    logger.error("request failed", extra=told(error))
    api.context["desk"].app.measure("Bugs", 1)
    return problems.bug()


def handle(app: App, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the HTTP API, and log it without what it holds."""
    if subject := SUBJECT.search(event.get("rawPath", "")):
        logger.append_keys(connection=subject[1], run=subject[2])
    answer = _answer(app, event, context)
    logger.info("request", extra={"method": http.method(event), "status": answer["statusCode"]})
    return answer


def _answer(app: App, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Whoever has no key learns nothing, not even what a path takes."""
    headers = http.headers(event)
    platform = _platform(app, headers.get("authorization", ""))
    if platform is None and event.get("rawPath") != DESCRIPTION_PATH:
        return _plain(problems.unauthorised())
    actor = headers.get("giftbridge-actor", "")
    actor = actor if ACTOR.fullmatch(actor) else "api"
    api.append_context(desk=Desk(app, platform or "", actor, public_base(app, event)))  # type: ignore[no-untyped-call]
    return api.resolve(event, context)


def describe() -> dict[str, Any]:
    """The OpenAPI document, from the routes' types."""
    text = api.get_openapi_json_schema(
        title="Giftbridge management API",
        version="1",
        description="Connections of an organisation's fundraising platform with its donor CRM.",
        security_schemes={"key": HTTPBearer(description="The platform's API key")},
        security=[{"key": []}],
    )
    document: dict[str, Any] = json.loads(text)
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = answers.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs", {})
    for path in document["paths"].values():
        for method in METHODS & set(path):
            _describe_errors(path[method])
    return document


def _describe_errors(operation: dict[str, Any]) -> None:
    content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["operationId"] = operation["operationId"].partition("_v1_")[0]
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "Any error", "content": content}


def _platform(app: App, authorization: str) -> str | None:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return None
    return app.connections.platform_of_key(key.strip(), app.now())


def _plain(response: Response[str]) -> dict[str, Any]:
    headers = {"Content-Type": response.content_type, **response.headers}
    return {"statusCode": response.status_code, "headers": headers, "body": response.body, "isBase64Encoded": False}
