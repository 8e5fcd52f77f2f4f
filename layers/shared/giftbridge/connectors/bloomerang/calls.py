"""What all calls to Bloomerang share: one connection's credentials and choices, lists, custom fields."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from giftbridge.connectors.base import Written
from giftbridge.connectors.bloomerang import gifts
from giftbridge.connectors.bloomerang.refusals import explain
from giftbridge.connectors.http import Api
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.registry import Wiring
from giftbridge.errors import Conflict, NotFound, Reject, Retry


class Calls:
    """One connection's way to the API."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        self._wiring = wiring
        self._api = Api(
            manifest.name, manifest.title, wiring.base_url(manifest), wiring.client, wiring.gate, wiring.now,
            _authorization(wiring.credentials), explain=explain,
        )  # fmt: skip

    def _option(self, name: str) -> Any:
        return self._wiring.option(self.manifest, name)

    @cached_property
    def _gift_options(self) -> gifts.GiftOptions:
        return gifts.GiftOptions(
            methods=self._option("methods"),
            incomplete_method=self._option("incomplete_method"),
            details_required=self._option("payment_details") == "required",
            note_length=int(self._option("note_length")),
            field_id=int(self._option("gift_field_id")),
            acknowledged=self._option("acknowledged_status"),
            unacknowledged=self._option("unacknowledged_status"),
            zone=str(self._wiring.settings.get("time_zone", "UTC")),
            max_designations=self.manifest.limits.max_designations,
            kinds=self._option("types"),
            anonymous_field_id=int(self._option("anonymous_field_id")),
        )

    def _fetch(self, path: str, query: Mapping[str, Any]) -> Any:
        """A list in Bloomerang's envelope. Raises `Retry` where it is none."""
        page = self._api.get(path, query)
        if not isinstance(page, dict) or not isinstance(page.get("Results"), list):
            raise Retry("Bloomerang sent an answer that is no list.", code="garbled")
        return {"TotalFiltered": len(page["Results"]), "ResultCount": len(page["Results"]), **page}

    def _pick_types(self, kind: str, raw: Mapping[str, Any]) -> Mapping[int, str]:
        """Field id -> pick type, needed only where there are custom values; read once."""
        return self._field_types(kind) if raw.get("CustomValues") else {}

    def _gift_pick_types(self, raw: Mapping[str, Any]) -> Mapping[int, str]:
        holds = any(row.get("CustomValues") for row in raw["Designations"])
        return self._field_types("Transaction") if holds else {}

    def _field_types(self, kind: str) -> Mapping[int, str]:
        if kind not in self._types:
            rows = self._api.get(f"/customFields/{kind}/")
            if not isinstance(rows, list):
                raise Retry("Bloomerang sent an answer that is no list.", code="garbled")
            self._types[kind] = {row["Id"]: row["PickType"] for row in rows}
        return self._types[kind]

    @cached_property
    def _types(self) -> dict[str, dict[int, str]]:
        return {}


def _authorization(credentials: Mapping[str, Any]) -> dict[str, str]:
    if credentials.get("access_token"):
        return {"Authorization": f"Bearer {credentials['access_token']}"}
    return {"X-API-KEY": str(credentials.get("api_key", ""))}


def each(write: Any, item: Any) -> Written:
    """Turn a refusal of one record into its answer; what concerns the whole call goes on up."""
    try:
        answer: Written = write(item)
    except (Reject, NotFound, Conflict) as refused:
        return refused
    return answer
