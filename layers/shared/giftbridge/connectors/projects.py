"""The contract on projects: what gifts may be for, listed by a platform and kept up in a CRM."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from giftbridge.connectors.base import Page
from giftbridge.domain.project import Project


@dataclass(frozen=True, slots=True)
class KeptProject:
    """A project as the CRM has it; `raw` is what it sent, for the connector's own use."""

    id: str
    project: Project
    raw: str = ""


@runtime_checkable
class ListsProjects(Protocol):
    """A platform that tells its projects."""

    def project_changes(self, cursor: str) -> Page[Project]:
        """Projects changed since `cursor` (empty: all there are), inactive ones among them."""


@runtime_checkable
class KeepsProjects(Protocol):
    """A CRM in which projects can be made and changed, known by their codes."""

    def kept_projects(self) -> Mapping[str, KeptProject]:
        """Those that have a code, by it."""

    def keep_project(self, project: Project, current: KeptProject | None) -> None:
        """Make it, also where an interrupted try has left a part, or bring `current` to agree. Raises `Reject`."""
