"""What a soak looks for in logs."""

import pytest

from local.sandbox.people import people
from local.soak.books import spelled


@pytest.mark.parametrize("template", ["mail {}", '"email": "{}"', "/contacts?email={}"])
def test_addresses_and_numbers_of_made_up_people_are_recognised_in_a_log(template: str) -> None:
    for one in people("soak", 50):
        assert spelled(template.format(one.email).encode()) == {one.email.encode()}
        assert spelled(template.format(one.email.replace("@", "%40")).encode()) == {one.email.encode()}
        assert spelled(template.format(one.phone.replace("+", "%2B")).encode()) == {one.phone.encode()}


def test_ids_times_and_hosts_are_nothing_personal() -> None:
    for text in (b"1764240555000", b"request 2125550177 ms", b"https://example.org/hooks", b"bloomerang:10001"):
        assert spelled(text) == set()
