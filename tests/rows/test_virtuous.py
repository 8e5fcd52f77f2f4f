"""Virtuous, connected by key or password, and its webhooks on the deployed stack."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from local.sandbox.virtuous.sandbox import VirtuousControl
from tests.rows.conftest import Deployment, eventually
from tests.rows.other_crms import OtherSite
from tests.sandbox.virtuous_help import household

DAYS = 86_400
REFUSED = {"forged": 401, "altered": 401, "unsigned": 401, "stale": 401, "not_json": 400, "oversized": 413}


@pytest.fixture(scope="module")
def virtuous(deployment: Deployment) -> Iterator[VirtuousControl]:
    """The CRM."""
    control = VirtuousControl(deployment.stack.sandboxes["virtuous"])
    yield control
    control.close()


@pytest.fixture
def organisation(virtuous: VirtuousControl) -> VirtuousOrganisation:
    """An organisation with its first contact."""
    made = virtuous.organisation(uuid.uuid4().hex[:12], midnight="by_control")
    staff_makes(made, "First")
    return made


@pytest.fixture
def site(deployment: Deployment, client: httpx.Client, organisation: VirtuousOrganisation) -> OtherSite:
    """Not connected yet."""
    platform = deployment.platforms.organisation(name=organisation.name)
    return OtherSite(
        deployment, client, organisation, platform, crm_name="virtuous",
        credentials={"api_key": organisation.api_key}, purpose={"fund": str(organisation.project())},
    )  # fmt: skip


@pytest.fixture
def called(site: OtherSite) -> OtherSite:
    """Connected by key and registered; only what changes from now on goes over."""
    site.connect()
    site.first_sync("no")
    return site.hooked()


def staff_makes(organisation: VirtuousOrganisation, first: str, last: str = "Lane") -> int:
    """Staff enters a contact; its id."""
    body = household(first, last, f"{first}.{last}@example.org".lower())
    return int(organisation.staff_call("POST", "Contact", body)["id"])


def subscription(organisation: VirtuousOrganisation) -> Any:
    """The one there is."""
    (found,) = organisation.state()["webhooks"]
    return found


def answered(organisation: VirtuousOrganisation, event: str = "") -> list[Any]:
    """The outcomes of all deliveries (of an event), once none is pending."""
    eventually(lambda: all(one["state"] != "pending" for one in organisation.deliveries()))
    return [one["attempts"] for one in organisation.deliveries() if event in ("", one["event"])]


# -- webhooks


def test_F62_virtuous_what_staff_does_comes_by_webhook_and_once(
    called: OtherSite, organisation: VirtuousOrganisation
) -> None:
    staff_makes(organisation, "Rosa")
    (run,) = eventually(called.heard)
    assert run["counts"]["platform"]["created"] == 1
    assert [row["firstName"] for row in called.contacts().values()] == ["Rosa"]
    (delivery,) = organisation.deliveries()
    assert (delivery["event"], delivery["attempts"]) == ("ContactCreate", [202])
    assert [organisation.replay(delivery["id"])["answer"] for _ in range(2)] == [202, 202]
    time.sleep(1)
    assert len(called.heard()) == 1
    assert len(called.contacts()) == 1


@pytest.mark.parametrize("variant", REFUSED)
def test_F62_virtuous_what_is_wrong_gets_its_status_and_nothing_happens(
    called: OtherSite, organisation: VirtuousOrganisation, variant: str
) -> None:
    rosa, webhook = organisation.state()["contacts"][0]["id"], subscription(organisation)["id"]
    size = 300_000 if variant == "oversized" else 0
    wrong = organisation.hand_made_event(webhook, "ContactUpdate", rosa, variant=variant, size=size)
    assert wrong["answer"] == REFUSED[variant]
    assert called.runs(started_by="webhook") == []
    assert [one for one in called.get("~/waiting")["items"] if one["webhook"]] == []
    assert organisation.hand_made_event(webhook, "ContactUpdate", rosa)["answer"] == 202, "honest ones still get in"


def test_F62_virtuous_many_records_in_one_delivery_confirm_what_was_handed_over(
    called: OtherSite, organisation: VirtuousOrganisation
) -> None:
    """Virtuous is asked once an hour otherwise."""
    run = called.gone_over(called.person("Ada"), 5_000, 2_500, 700)
    assert run["counts"]["crm"]["created"] == 3
    assert called.waiting("confirm", queue="gifts")
    assert organisation.state()["gifts"] == []
    organisation.run_everything()
    eventually(lambda: not called.waiting("confirm", "notices", queue="gifts"))
    assert answered(organisation, "GiftCreate") == [[202]], "three gifts, one delivery"
    assert sorted(float(gift["amount"]) for gift in organisation.state()["gifts"]) == [7.0, 25.0, 50.0]


def test_F62_virtuous_header_and_encoding_of_the_signature_are_settings(
    deployment: Deployment, called: OtherSite, organisation: VirtuousOrganisation
) -> None:
    who, webhook = organisation.state()["contacts"][0]["id"], subscription(organisation)["id"]

    def answer() -> Any:
        return organisation.hand_made_event(webhook, "ContactUpdate", who)["answer"]

    assert answer() == 202
    organisation.set_options(signature_header="X-Other", signature_encoding="hex")
    assert answer() == 401
    chosen = {"virtuous": {"signature_header": "X-Other", "signature_encoding": "hex"}}
    assert called.call("PATCH", "~", chosen).is_success
    deployment.forget("WebhookIntakeFunction")  # else it goes by what it knew up to a minute ago
    assert answer() == 202


def test_F62_virtuous_the_registration_follows_the_connection_and_is_never_double(
    called: OtherSite, organisation: VirtuousOrganisation
) -> None:
    first = subscription(organisation)
    assert first["payloadUrl"].startswith(f"{called.deployment.stack.api}/webhooks/virtuous/")
    assert called.view()["crm_webhook_url"] == "", "nobody has to enter it"
    called.post("~/reconnect", {"credentials": called.credentials})
    called.hooked()
    assert subscription(organisation) == first
    assert called.post("~/webhook/rotate", {"side": "crm"}) == {"url": "", "secret": "", "live_secrets": 2}
    called.hooked()
    fresh = subscription(organisation)
    assert (fresh["id"], fresh["payloadUrl"]) == (first["id"], first["payloadUrl"])
    assert fresh["secret"] != first["secret"]
    assert called.post("~/webhook/rotate", {"side": "crm", "finish": True})["live_secrets"] == 1
    who = organisation.state()["contacts"][0]["id"]
    assert organisation.hand_made_event(fresh["id"], "ContactUpdate", who)["answer"] == 202
    assert [one.where for one in called.deployment.stored() if fresh["secret"].encode() in one.content] == []
    assert called.call("DELETE", "~").status_code == 202
    assert organisation.state()["webhooks"] == []
    assert httpx.post(fresh["payloadUrl"], json={}).status_code in (401, 404)


def test_F62_virtuous_a_lost_answer_leaves_no_second_registration(
    site: OtherSite, organisation: VirtuousOrganisation
) -> None:
    organisation.fault("reset_after", method="POST", path="/api/Webhook", count=1)
    site.connect()
    site.deployment.tick()
    eventually(lambda: [one for one in site.waiting("hook") if one["error"]])
    assert len(organisation.state()["webhooks"]) == 1, "made, but we were not told"
    site.deployment.ops("work", "wake", "--kind", "hook", "--error", "any")
    site.hooked()
    assert organisation.count("POST", "/api/Webhook") == 2
    assert subscription(organisation)["payloadUrl"]


# -- connecting


def test_F03_virtuous_a_key_is_checked_and_told_whose_it_is(
    site: OtherSite, organisation: VirtuousOrganisation
) -> None:
    asked = {name: site.body()[name] for name in ("crm", "credentials", "platform_credentials")}
    assert site.post("/connections/test", asked)["crm"]["name"] == organisation.summary["title"]
    reply = site.call("POST", "/connections", {**site.body(), "credentials": {"api_key": "wrong-key-1"}})
    assert (reply.status_code, "wrong-key-1" in reply.text) == (422, False)
    assert site.get("/connections")["items"] == []
    assert site.connect().view()["health"] == "healthy"


class User:
    """Somebody who signs in to the organisation."""

    def __init__(self, control: VirtuousControl, site: OtherSite) -> None:
        self.control, self.site = control, site
        self.email, self.password = f"{site.crm.name}@example.org", f"pass & word+{uuid.uuid4().hex}"
        control.user(self.email, self.password, site.crm.name)

    def change(self, **changes: bool) -> None:
        """Two factors, single sign-on."""
        self.control.change_user(self.email, **changes)

    def connect(self, **changes: str) -> httpx.Response:
        """What the management API answers to these credentials."""
        credentials = {"username": self.email, "password": self.password, **changes}
        reply = self.site.call("POST", "/connections", {**self.site.body(), "credentials": credentials})
        assert self.password not in reply.text
        return reply

    @property
    def code(self) -> str:
        """The last one that was sent."""
        return self.control.code(self.email)


@pytest.fixture
def user(virtuous: VirtuousControl, site: OtherSite) -> User:
    """With a password and nothing else."""
    return User(virtuous, site)


def kind_of(reply: httpx.Response) -> str:
    """The problem's code."""
    return str(reply.json()["type"]).rpartition(":")[2]


def test_F03_virtuous_a_password_connects_and_is_kept_nowhere(site: OtherSite, user: User) -> None:
    reply = user.connect()
    assert reply.status_code == 201, reply.text
    site.connection = reply.json()["connection"]["id"]
    site.first_sync("no")
    staff_makes(site.crm, "Rosa")
    site.sync()
    eventually(
        lambda: sum(run["counts"]["platform"]["created"] for run in site.runs()) == 1
    )  # by webhook or by the run
    kept = [one.where for one in site.deployment.stored() if user.password.encode() in one.content]
    assert kept == [], "neither in a table nor in a log"


def test_F03_virtuous_a_code_is_asked_for_and_then_it_connects(site: OtherSite, user: User) -> None:
    user.change(two_factor=True)
    asked = user.connect()
    assert (asked.status_code, kind_of(asked)) == (409, "code_required")
    assert site.get("/connections")["items"] == []
    assert user.connect(code=user.code).status_code == 201
    assert [one.where for one in site.deployment.stored() if user.password.encode() in one.content] == []


@pytest.mark.parametrize("case", ["code_refused", "code_late", "single_sign_on", "password_refused"])
def test_F03_virtuous_every_refusal_has_its_own_message_and_stores_nothing(
    site: OtherSite, user: User, case: str
) -> None:
    user.change(two_factor=case.startswith("code"), sso=case == "single_sign_on")
    changes = {"password": "another"} if case == "password_refused" else {}
    if case.startswith("code"):
        assert user.connect().status_code == 409
        wrong = f"{(int(user.code) + 1) % 1_000_000:06d}"
        changes["code"] = user.code if case == "code_late" else wrong
    if case == "code_late":
        site.crm.advance(301)
    reply = user.connect(**changes)
    assert (reply.status_code, kind_of(reply)) == (422, case)
    assert [mistake["path"] for mistake in reply.json()["errors"]] == ["credentials"]
    assert site.get("/connections")["items"] == []
    assert [one.where for one in site.deployment.stored() if user.password.encode() in one.content] == []
