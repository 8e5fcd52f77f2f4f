"""The hands of a CRM's staff in a soak."""

from collections.abc import Iterator

import pytest

from local.sandbox.virtuous.sandbox import VirtuousSandbox
from local.soak.virtuous import Virtuous


@pytest.fixture
def office() -> Iterator[Virtuous]:
    """Staff of an organisation of Virtuous, where an import has made somebody."""
    with VirtuousSandbox() as server:
        made = Virtuous(server.url, "soak")
        take_in(made, phone="+12125550101")
        yield made


def take_in(office: Virtuous, **fields: str) -> None:
    """An import says something about them."""
    body = {"referenceSource": "RaiseDonors", "referenceId": "1", "firstName": "Ada", "lastName": "Lane"}
    points = {"phoneType": "Home Phone", "emailType": "Home Email", "email": "ada@example.org"}
    office.sandbox.staff_call("POST", "Contact/Transaction", {**body, **points, **fields})
    office.take_in()


def test_staff_tells_namesakes_apart_by_their_addresses(office: Virtuous) -> None:
    take_in(office, referenceId="2", email="other.ada@example.com", phone="+12125550199")
    assert sorted(one.email for one in office.people()) == ["ada@example.org", "other.ada@example.com"]
    take_in(office, referenceId="", phone="+12125550102")
    assert sorted(one.phone for one in office.people()) == ["2125550102", "2125550199"], (
        "by its address it is the first"
    )


def test_staff_edits_the_primary_number_of_several(office: Virtuous) -> None:
    take_in(office, phone="+12125550102")
    (one,) = office.people()
    assert one.phone == "2125550102"
    office.edit(one.id, "phone", "+12125550103")
    assert [each.phone for each in office.people()] == ["2125550103"]
