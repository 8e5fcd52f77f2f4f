"""Who was seen under an address."""

from dataclasses import replace

from giftbridge.domain.contact import Side
from giftbridge.stores.sightings import Sighting, Sightings

ADA = Sighting("1", "print", {"email": "a", "phone": ""}, "raw", "2026-03-01", "run")


def test_everybody_seen_under_an_address_is_found(sightings: Sightings, name: str) -> None:
    sightings.note(name, Side.CRM, [ADA, Sighting("2", "other")])
    sightings.note(name, Side.CRM, [Sighting("3", "print")])
    found = sightings.find(name, Side.CRM, ["print", "other", "nobody", ""])
    assert {email: {one.id for one in seen} for email, seen in found.items()} == {"print": {"1", "3"}, "other": {"2"}}
    assert sightings.find(name, Side.PLATFORM, ["print"]) == {}
    assert sightings.find("somebody-else", Side.CRM, ["print"]) == {}


def test_a_blank_address_is_nobodys(sightings: Sightings, name: str) -> None:
    sightings.note(name, Side.CRM, [Sighting("1", "")])
    assert sightings.find(name, Side.CRM, [""]) == {}


def test_what_was_seen_comes_back(sightings: Sightings, name: str) -> None:
    sightings.note(name, Side.CRM, [ADA])
    (seen,) = sightings.find(name, Side.CRM, ["print"])["print"]
    assert (seen.raw, seen.stamp, seen.run, dict(seen.prints)) == ("raw", "2026-03-01", "run", {"email": "a"})


def test_a_record_that_changed_its_address_is_forgotten_under_the_old_one(sightings: Sightings, name: str) -> None:
    sightings.note(name, Side.CRM, [ADA, Sighting("2", "print")])
    sightings.forget(name, Side.CRM, "print", "1")
    assert [one.id for one in sightings.find(name, Side.CRM, ["print"])["print"]] == ["2"]
    sightings.forget(name, Side.CRM, "print", "2")
    assert sightings.find(name, Side.CRM, ["print"]) == {}


def test_who_is_seen_unchanged_is_noted_anew_only_where_the_run_counts(sightings: Sightings, name: str) -> None:
    def runs(*seen: Sighting, stamped: bool) -> dict[str, str]:
        sightings.note(name, Side.CRM, seen, stamped=stamped)
        return {one.id: one.run for one in sightings.find(name, Side.CRM, ["print"])["print"]}

    assert runs(ADA, stamped=False) == {"1": "run"}
    again = replace(ADA, run="later")
    assert runs(again, stamped=False) == {"1": "run"}
    assert runs(again, stamped=True) == {"1": "later"}
    edited = replace(again, raw="other", run="last")
    assert runs(edited, stamped=False) == {"1": "last"}
