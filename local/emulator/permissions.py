"""Roles: what a function's role does not allow, the emulator refuses, as AWS does.

Only the processes of functions are held to their roles, by a key that names the function; tests, tools and deployments
act as the account itself. MiniStack's own enforcement wants every caller to sign in, so only its judgement is used.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.emulator import inner
from local.emulator.worker import CALLER

_dispatch = inner.gateway._dispatch_service_request


def install() -> None:
    """Ask before anything is done for a function."""
    inner.gateway._dispatch_service_request = dispatch


async def dispatch(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
) -> Any:
    """A request to an AWS service."""
    caller = inner.gateway.extract_access_key_id(headers, query)
    if caller.startswith(CALLER):
        asked = _Asked.of(method, path, headers, body, query)
        for action, resource in asked.checks():
            if not _is_allowed(caller.removeprefix(CALLER), asked, action, resource):
                return inner.actions.access_denied_response(asked.service, action, caller, request_id, headers=headers)
    return await _dispatch(method, path, headers, body, query, request_id)


@dataclass(frozen=True)
class _Asked:
    """A request, as policies speak of it."""

    service: str
    action: str
    resource: str
    region: str
    body: bytes

    @classmethod
    def of(cls, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> "_Asked":
        params = inner.gateway._routing_params(method, path, headers, body, query)
        service = inner.gateway.detect_service(method, path, headers, params)
        region = inner.gateway.extract_region(headers)
        about = (service, method, path, headers, body, params)
        action = inner.actions.extract_iam_action(*about) or f"{service}:unknown"
        if action == "sqs:StartMessageMoveTask":  # MiniStack does not know it: `moves.py` does
            resource = json.loads(body)["SourceArn"]
        else:
            resource = inner.actions.extract_resource_arn(*about, region, inner.requests.get_account_id())
        return cls(service, action, resource, region, body)

    def checks(self) -> Iterator[tuple[str, str]]:
        """(action, ARN) of all that must be allowed: a transaction is what its items do; a batch is about tables."""
        if self.service != "dynamodb":
            yield self.action, self.resource
            return
        place = self.body, self.region, inner.requests.get_account_id()
        items = inner.actions.dynamodb_transaction_checks(self.action, *place)
        tables = inner.actions.dynamodb_resource_arns(*place) or [self.resource]
        yield from items or ((self.action, table) for table in tables)

    def context(self) -> dict[str, str]:
        """What conditions may ask for."""
        if self.service != "kms":
            return {}
        sealed_for = json.loads(self.body or b"{}").get("EncryptionContext") or {}
        return {f"kms:encryptioncontext:{name}".lower(): value for name, value in sealed_for.items()}


def _is_allowed(function: str, asked: _Asked, action: str, resource: str) -> bool:
    account = inner.requests.get_account_id()
    _, config, _ = inner.functions._get_func_record_for_ref(function)
    if config is None:  # removed since its process began
        return False
    kept = inner.roles._roles.get_scoped(account, None, config["Role"].rpartition("/")[2])
    if kept is None:  # a test's own function, whose role nobody made
        return True
    policies = [_parsed(text) for text in (kept.get("InlinePolicies") or {}).values()]
    seen = inner.verdicts.EvalContext(
        principal_arn=kept["Arn"], principal_type="AssumedRole", principal_account=account, action=action,
        resource_arn=resource, region=asked.region, service_context=asked.context(),
    )  # fmt: skip
    return bool(inner.verdicts.evaluate(seen, policies).decision == "Allow")


@cache
def _parsed(policy: str) -> Any:
    return inner.verdicts.parse_policy_document(policy)
