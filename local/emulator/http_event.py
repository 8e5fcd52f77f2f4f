"""The HTTP API's event as AWS shapes it, and its address as a plain path."""

from typing import Any

from local.emulator import inner

PREFIX = "/_api"
Headers = list[tuple[bytes, bytes]]


def normalised(event: Any) -> Any:
    """Payload format 2.0: cookies in their own list, absent things left out rather than null."""
    if not isinstance(event, dict) or event.get("version") != "2.0" or "routeKey" not in event:
        return event
    headers = dict(event["headers"])
    cookies = headers.pop("cookie", "")
    shaped = {name: value for name, value in event.items() if value is not None} | {"headers": headers}
    if cookies:
        shaped["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    return shaped


def routed(scope: dict[str, Any]) -> dict[str, Any] | None:
    """The request for `/_api/...` as it would reach the first HTTP API by its own host name; None without an API."""
    api = _first_api()
    if api is None:
        return None
    host = f"{api}.execute-api.127.0.0.1:{scope['server'][1]}".encode()
    return scope | {
        "path": scope["path"].removeprefix(PREFIX) or "/",
        "raw_path": scope["raw_path"].removeprefix(PREFIX.encode()) or b"/",
        "headers": [(b"host", host), *_forwarded(scope["headers"], scope["server"][1])],
    }


def _first_api() -> str | None:
    return next(
        (key[-1] for key, api in list(inner.api_gateway._apis._data.items()) if api["protocolType"] == "HTTP"), None
    )


def _forwarded(headers: Headers, port: int) -> Headers:
    """The caller's headers, plus those that API Gateway always adds."""
    added = {b"x-forwarded-for": b"127.0.0.1", b"x-forwarded-proto": b"http", b"x-forwarded-port": str(port).encode()}
    return [(name, value) for name, value in headers if name != b"host" and name not in added] + list(added.items())
