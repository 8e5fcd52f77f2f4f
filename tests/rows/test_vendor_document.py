"""Every request to Bloomerang is valid against the vendor's own document, where that is at hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.sandbox.common.journal import general_path
from tests.rows.conftest import Deployment, Site
from tests.rows.money import CARD, auction, paid, people
from tests.rows.people import ADDRESS, in_crm, on_platform
from tests.sandbox.vendor_schema import SPECS_VARIABLE, VendorDocument

CALLED = {
    "GET /v2/database", "GET /v2/user/current", "GET /v2/constituents", "GET /v2/constituents/search", "GET /v2/emails",
    "GET /v2/addresses", "POST /v2/constituent", "PUT /v2/constituent/{id}", "GET /v2/constituent/{id}",
    "PUT /v2/constituent/{id}/updateCommunicationSettings", "GET /v2/funds", "GET /v2/campaigns", "GET /v2/appeals",
    "POST /v2/transaction", "GET /v2/transaction/{id}", "PUT /v2/transaction/{id}", "POST /v2/refund",
    "GET /v2/customFields/Constituent",
}  # fmt: skip


@pytest.fixture
def document() -> VendorDocument:
    """The vendor's document."""
    found = VendorDocument.from_environment()
    if found is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with the vendor's document")
    return found


def whole_story(site: Site) -> None:
    """Everything that is ever asked of the CRM."""
    field = site.crm.custom_field("T-shirt", "Constituent")
    made = in_crm(site, "Ada Lane", "ada@example.org", "303-555-0101")
    site.crm.staff_edit(int(made), CustomValues=[{"FieldId": field, "Value": "XL"}], Birthdate="1980-02-03")
    ada = on_platform(site, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    abroad = {"street1": "5 Queen St", "city": "Toronto", "state": "ON", "postalCode": "M5H 2N2", "country": "CA"}
    on_platform(site, "Bo Chen", email="bo@example.org", phone="+14165550103", address=abroad, emailOptOut=True)
    site.platform.add_contact(type="organization", organizationName="Lane & Sons", email="office@example.org")
    site.first_sync()
    site.platform.edit_contact(ada, lastName="Lane-Fox", emailOptOut=True, doNotCall=True, doNotMail=True)
    site.sync()
    receipts = [
        paid(ada, 10000, method="card", card=CARD, feeAmount=320), paid(ada, 2000, method="check", checkNumber="77"),
        paid(ada, 3000, method="ach"), paid(ada, 4000, method="paypal"), paid(ada, 5000, method="cash"),
        paid(ada, 6000, method="other"), *(paid(one, 7000) for one in people(site, 2)),
    ]  # fmt: skip
    held = auction(site, *receipts)
    site.reconcile(held["event"]["id"])
    refunded, partly, changed, *_ = (one["id"] for one in held["transactions"])
    for gift, cents in ((refunded, None), (partly, 500)):
        before = len(site.runs(started_by="webhook"))
        site.platform.refund(gift, cents, "Broken")
        site.ended(before + 1, started_by="webhook")
    other = {"ids": [changed], "fund": str(site.crm.fund("Scholarships")), "confirm_changes": True}
    site.finished(site.post("~/gifts/send", other)["run"]["id"])
    gone = next(one for one, row in site.constituents().items() if row["FirstName"] == "Bo")
    site.crm.staff_delete(int(gone))
    site.platform.edit_contacts(
        [one for one, row in site.contacts().items() if row.get("firstName") == "Bo"], lastName="X"
    )
    site.sync()


def journals(deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """(database, request) of all databases there are, of the other tests too."""
    for found in deployment.crms.server.call("GET", "/databases"):
        database = deployment.crms.open(found["name"])
        for entry in database.journal():
            yield found["name"], entry


def test_P10_every_request_is_valid_against_the_vendors_document(
    deployment: Deployment, connected: Site, document: VendorDocument
) -> None:
    whole_story(connected)
    wrong: dict[str, str] = {}
    called: set[str] = set()
    for name, entry in journals(deployment):
        problems = document.problems(entry)
        call = f"{entry['method']} {general_path(entry['path'])}"
        if name == connected.crm.name:
            called.add(call)
        if problems:
            wrong.setdefault(call, f"{problems} in {entry['body'] or entry['query']}")
    assert wrong == {}
    assert called >= CALLED, "the story leaves nothing out"
