"""An organisation of WeGive with a database of Bloomerang, connected on the deployed stack."""

import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from local.sandbox.wegive.sandbox import WeGiveControl, WeGiveOrganisation
from tests.rows.conftest import Deployment, Site


@pytest.fixture(scope="session")
def wegive(deployment: Deployment) -> Iterator[WeGiveControl]:
    """The platform."""
    control = WeGiveControl(deployment.stack.sandboxes["wegive"])
    yield control
    control.close()


@pytest.fixture(scope="session")
def backend(deployment: Deployment) -> Iterator[httpx.Client]:
    """The management API with this platform's own key."""
    key = deployment.ops("api-key", "create", "wegive").strip()
    with httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"}) as http:
        yield http


@pytest.fixture
def organisation(wegive: WeGiveControl) -> WeGiveOrganisation:
    """An organisation on the platform."""
    return wegive.organisation(uuid.uuid4().hex[:12])


@pytest.fixture
def ada(organisation: WeGiveOrganisation) -> int:
    """A donor who gave long before anything was connected."""
    who = organisation.donor(
        first_name="Ada", last_name="Lane", email_1="ada.lane@example.org", mobile_phone="+13035550101"
    )
    organisation.give(who, amount=9_900, created_at="2026-01-05T12:00:00Z")
    return who


@pytest.fixture
def wegive_site(deployment: Deployment, backend: httpx.Client, organisation: WeGiveOrganisation, ada: int) -> Site:
    """Connected by key, and looked at once."""
    key: Any = SimpleNamespace(id=str(organisation.summary["id"]), token=organisation.api_key)
    made = Site(deployment, backend, deployment.crms.database(uuid.uuid4().hex[:12]), key, platform_name="wegive")
    codes = {fund["name"]: fund["code"] for fund in organisation.state()["funds"]}
    funds = {codes["Building"]: str(made.crm.fund("Scholarships"))}
    made.connection = made.post("/connections", made.body(funds=funds))["connection"]["id"]
    deployment.tick()
    made.ended(1, kind="gifts")
    return made
