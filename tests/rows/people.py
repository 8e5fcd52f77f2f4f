"""People on both sides: how they are made, what each side has of them, what a run cost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.sandbox.common.journal import is_read
from tests.rows.conftest import Deployment, Site

ADDRESS = {"street1": "12 Elm St", "city": "Denver", "state": "CO", "postalCode": "80202", "country": "US"}


def on_platform(site: Site, name: str, **fields: Any) -> str:
    """A contact that an admin makes; its id."""
    first, last = name.split()
    return str(site.platform.add_contact(firstName=first, lastName=last, **fields)["id"])


def in_crm(site: Site, name: str, email: str = "", phone: str = "", address: dict[str, str] | None = None) -> str:
    """A constituent that staff makes; its id."""
    first, last = name.split()
    body: dict[str, Any] = {"Type": "Individual", "Status": "Active", "FirstName": first, "LastName": last}
    if email:
        body["PrimaryEmail"] = {"Type": "Home", "Value": email, "IsPrimary": True}
    if phone:
        body["PrimaryPhone"] = {"Type": "Home", "Number": phone, "IsPrimary": True}
    if address:
        body["PrimaryAddress"] = {"Type": "Home", **address, "IsPrimary": True}
    return str(site.crm.staff_call("POST", "/constituent", body)["Id"])


def edit_row(site: Site, constituent: str, key: str, **changed: Any) -> None:
    """Staff edits the primary e-mail, phone or address of a constituent."""
    row = site.constituents()[constituent][key]
    kept = {name: row[name] for name in ("Id", "Type") if name in row}
    site.crm.staff_edit(int(constituent), **{key: {**kept, "IsPrimary": True, **changed}})


def crm_email(row: dict[str, Any]) -> str:
    """A constituent's primary e-mail."""
    return str((row.get("PrimaryEmail") or {}).get("Value", ""))


def crm_phone(row: dict[str, Any]) -> str:
    """A constituent's primary phone, digits only."""
    number = str((row.get("PrimaryPhone") or {}).get("Number", ""))
    return "".join(letter for letter in number if letter.isdigit())


def crm_by_email(site: Site) -> dict[str, dict[str, Any]]:
    """Constituents by primary e-mail; two with one address are a mistake here."""
    found = Counter(crm_email(row) for row in site.constituents().values())
    assert all(number == 1 for email, number in found.items() if email), found
    return {crm_email(row): row for row in site.constituents().values()}


def platform_by_email(site: Site) -> dict[str, dict[str, Any]]:
    """Active contacts by e-mail; two with one address are a mistake here."""
    rows = [row for row in site.contacts().values() if row["status"] == "active"]
    found = Counter(row.get("email", "") for row in rows)
    assert all(number == 1 for email, number in found.items() if email), found
    return {row.get("email", ""): row for row in rows}


class Spent(Counter[str]):
    """Calls to both vendors, per `METHOD /path`."""

    @property
    def writes(self) -> int:
        """Those that change something."""
        return sum(number for call, number in self.items() if not is_read(call))


@contextmanager
def spent(site: Site) -> Iterator[Spent]:
    """The calls made within; the journals are kept, as another test reads all of them."""
    before = _calls(site)
    found = Spent()
    yield found
    found.update(_calls(site) - before)


def _calls(site: Site) -> Counter[str]:
    return Counter(site.crm.calls()) + Counter(site.platform.calls())


def scheduled(deployment: Deployment, site: Site) -> Any:
    """What the schedule does when its time has come; the run, ended."""
    before = len(site.runs(started_by="schedule"))
    account = f"bloomerang:{site.crm.id}"
    assert "1 woken" in deployment.ops("work", "wake", "--account", account, "--kind", "cadence")
    deployment.tick()
    return site.ended(before + 1, started_by="schedule")[0]


def questions(site: Site) -> list[Any]:
    """Open questions."""
    found: list[Any] = site.get("~/reviews")["items"]
    return found


def answer(site: Site, question: dict[str, Any], decision: str) -> Any:
    """Answer a question and wait; the run it started, if any."""
    where = f"~/reviews/{question['kind']}/{question['side']}/{question['id']}"
    started = site.post(where, {"decision": decision})["run"]
    return site.finished(started["id"]) if started else None
