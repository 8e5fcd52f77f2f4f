"""Each store over the template's own tables; every test works under names of its own."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from giftbridge.aws.queue import QUEUES
from giftbridge.stores.accounts import Accounts
from giftbridge.stores.connections import Connection, Connections
from giftbridge.stores.dynamo import Dynamo
from giftbridge.stores.inbox import Inbox, Work
from giftbridge.stores.links import Links
from giftbridge.stores.runs import Runs
from giftbridge.stores.sightings import Sightings
from local.stores import Stores

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def name() -> str:
    """A name nobody else has."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def db(stores: Stores) -> Dynamo:
    """The database."""
    return Dynamo(stores.client("dynamodb"))


@pytest.fixture
def accounts(db: Dynamo, stores: Stores) -> Accounts:
    """CRM accounts."""
    return Accounts(db, stores.env["CONNECTIONS_TABLE"])


@pytest.fixture
def connections(db: Dynamo, stores: Stores) -> Connections:
    """Connections."""
    return Connections(db, stores.env["CONNECTIONS_TABLE"])


@pytest.fixture
def inbox(db: Dynamo, stores: Stores) -> Inbox:
    """Due work."""
    return Inbox(db, stores.env["INBOX_TABLE"])


@pytest.fixture
def links(db: Dynamo, stores: Stores) -> Links:
    """Links."""
    return Links(db, stores.env["LINKS_TABLE"])


@pytest.fixture
def runs(db: Dynamo, stores: Stores) -> Runs:
    """The sync log."""
    return Runs(db, stores.env["RUNS_TABLE"])


@pytest.fixture
def sightings(db: Dynamo, stores: Stores) -> Sightings:
    """Sightings."""
    return Sightings(db, stores.env["LINKS_TABLE"])


@pytest.fixture
def connection(name: str) -> Connection:
    """A connection that is not stored yet."""
    return Connection(
        id=name, platform="platform", organisation=f"org-{name}", crm="crm", account=f"crm:{name}", created_at=NOW,
        settings={"cadence_minutes": 30, "default_purpose": {"fund": "11"}},
    )  # fmt: skip


@pytest.fixture
def work(name: str, inbox: Inbox) -> Iterator[Work]:
    """A gift that a webhook named, due now; nothing of its account is left for others to meet."""
    made = Work(
        account=f"crm:{name}", queue="gifts", kind="gift", id="w1", organisation="platform:org", connection=name,
        lane="gifts", next_due=NOW, subject="txn_1", event="msg_1", data={"started_by": "webhook"},
    )  # fmt: skip
    yield made
    for queue in QUEUES:
        for left in inbox.waiting(made.account, queue):
            inbox.drop(left)
