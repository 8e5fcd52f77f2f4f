"""Projects, made and changed. The code can be set by PATCH alone, whether a project is offered by PUT alone."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from giftbridge.connectors.http import Api
from giftbridge.connectors.projects import KeptProject
from giftbridge.connectors.virtuous.queries import Queries
from giftbridge.domain.project import Project

ALL: Final = "/api/Project/Query"
WHOLE: Final[Mapping[str, Any]] = {"groups": [], "sortBy": "Id", "descending": False}
WRITABLE: Final = (
    "name", "inventoryStatus", "type", "location", "onlineDisplayName", "description", "externalAccountingCode",
    "durationType", "startDate", "endDate", "financialNeedAmount", "financialNeedType", "financialNeedFrequency",
    "isPublic", "isActive", "isAvailableOnline", "isLimitedToFinancialNeed", "isTaxDeductible",
    "treatAsAccountsPayable", "isRestrictedToGiftSpecifications", "parentId", "beginningBalance", "currentBalance",
)  # fmt: skip
"""The write model, as far as it is read under the same name; what is left out of a PUT may be taken away."""

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects of one connection."""

    api: Api
    queries: Queries

    def kept(self) -> dict[str, KeptProject]:
        """Those with a code, by it; the name that donors see wins."""
        return {str(row["projectCode"]): _kept(row) for row in self._rows() if row.get("projectCode")}

    def keep(self, project: Project, current: KeptProject | None) -> None:
        """A new one is made in two calls; one of this name without a code is what an interrupted try has left."""
        row = json.loads(current.raw) if current else self._left_behind(project) or self._make(project)
        if not (row.get("isActive") and row.get("isAvailableOnline")):
            self.api.call("PUT", f"/api/Project/{row['id']}", json=_offered(row))
        changes = dict(_changes(row, project))
        if changes:
            self.api.call("PATCH", "/api/Project", json=[{"id": row["id"], **changes}])

    def _rows(self) -> Iterable[Raw]:
        return (row for row in self.queries.all(ALL, WHOLE) if row.get("id"))

    def _left_behind(self, project: Project) -> Raw | None:
        return next((row for row in self._rows() if not row.get("projectCode") and _name(row) == project.name), None)

    def _make(self, project: Project) -> Raw:
        body = {
            "name": project.name, "onlineDisplayName": project.name, "description": project.description,
            "isActive": True, "isAvailableOnline": True,
        }  # fmt: skip
        made: Raw = self.api.call("POST", "/api/Project", json=body, needs="id").body
        return made


def _kept(row: Raw) -> KeptProject:
    offered = bool(row.get("isActive") and row.get("isAvailableOnline"))
    project = Project(str(row["projectCode"]), _name(row), str(row.get("description") or ""), offered)
    return KeptProject(str(row["id"]), project, json.dumps(dict(row)))


def _name(row: Raw) -> str:
    return str(row.get("onlineDisplayName") or row.get("name") or "")


def _changes(row: Raw, project: Project) -> Iterable[tuple[str, str]]:
    if row.get("projectCode") != project.code:
        yield "projectCode", project.code
    if _name(row) != project.name:
        yield "onlineDisplayName" if row.get("onlineDisplayName") else "name", project.name
    if str(row.get("description") or "") != project.description:
        yield "description", project.description


def _offered(row: Raw) -> dict[str, Any]:
    """The write model with the project active and online; custom fields are a map when read and a list when written."""
    kept = {name: row[name] for name in WRITABLE if row.get(name) not in (None, "")}
    customs = [{"name": name, "value": value} for name, value in (row.get("customFields") or {}).items()]
    return {**kept, "isActive": True, "isAvailableOnline": True, **({"customFields": customs} if customs else {})}
