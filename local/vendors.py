"""The vendor sandboxes: one small server each, and what the stack must be told about them."""

from pathlib import Path

from local.paths import DEV_PYTHON, ROOT
from local.processes import Service

# name -> template parameters, each an address within the sandbox
_PARAMETERS = {
    "bloomerang": {
        "BloomerangUrl": "{url}/v2",
        "BloomerangAuthorizeUrl": "{url}/authorize/",
        "BloomerangTokenUrl": "{url}/v2/oauth/token",
    },
    "handbid": {"HandbidUrl": "{url}", "RaisedonorsUrl": "{url}"},  # one server of the Platform API plays both
    "kindful": {
        "KindfulUrl": "{url}",
        "KindfulAuthorizeUrl": "{url}/admin/oauth2/authorize",
        "KindfulTokenUrl": "{url}/admin/oauth2/token",
    },
    "virtuous": {"VirtuousUrl": "{url}", "VirtuousTokenUrl": "{url}/Token"},
    "wegive": {"WegiveUrl": "{url}/api"},
    "gratavid": {"GratavidUrl": "{url}"},
}


def sandbox(name: str, port: int, directory: Path) -> Service:
    """The sandbox of a vendor as a process of ours."""
    state = str(directory / f"{name}.json")
    command = (str(DEV_PYTHON), "-m", f"local.sandbox.{name}", "--port", str(port), "--state-file", state)
    return Service(name, port, command, directory)


def names() -> list[str]:
    """The sandboxes there are."""
    return [name for name in _PARAMETERS if (ROOT / "local" / "sandbox" / name / "__main__.py").is_file()]


def parameters(urls: dict[str, str]) -> dict[str, str]:
    """Template parameters that lead the functions to these sandboxes."""
    return {
        parameter: pattern.format(url=url)
        for name, url in urls.items()
        for parameter, pattern in _PARAMETERS[name].items()
    }
