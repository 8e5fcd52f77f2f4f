"""Schedules and pledges. Both are transactions with one designation, and payments name the designation's id."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from giftbridge.connectors.base import Done, Written
from giftbridge.connectors.bloomerang import gifts, paging
from giftbridge.connectors.bloomerang.calls import Calls, each
from giftbridge.connectors.bloomerang.models import Transaction
from giftbridge.connectors.commitments import PledgeSeen, ScheduleWrite
from giftbridge.domain.gift import Frequency, Schedule
from giftbridge.domain.money import cents_from_major, major_from_cents

TWICE: Final = "TwiceMonthly"
HALF_A_MONTH: Final = 14
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
CLOSED: Final = frozenset({"Fulfilled", "Overpaid", "WrittenOff"})


class Schedules(Calls):
    """Recurring donations and pledges of one database."""

    def takes_frequency(self, frequency: Frequency) -> bool:
        """By the setting `frequencies`; Bloomerang has no daily and no four-weekly one."""
        return bool(self._option("frequencies").get(frequency))

    def write_schedule(self, write: ScheduleWrite) -> Written:
        """One call to create; three to change, as a designation is changed within its transaction."""
        return each(self._change_schedule if write.current_id else self._create_schedule, write)

    def _create_schedule(self, write: ScheduleWrite) -> Done:
        word = self._option("frequencies")[write.schedule.frequency]
        body = schedule_body(write, word, self._gift_options)
        made = self._api.call("POST", "/transaction", json=body, needs="Designations").body
        return Done(str(made["Designations"][0]["Id"]))

    def _change_schedule(self, write: ScheduleWrite) -> Done:
        end = write.schedule.end
        changes: dict[str, Any] = {"Amount": major_from_cents(write.schedule.amount)}
        if end:
            changes["RecurringDonationEndDate"] = self._local(end).isoformat()
        return self._put_schedule(self._schedule_row(write.current_id), changes)

    def end_schedule(self, schedule_id: str, at: datetime) -> Written:
        """By its end date: frequency, start and next date of a schedule can't be changed."""
        return each(self._end, (schedule_id, self._local(at)))

    def _end(self, asked: tuple[str, date]) -> Done:
        schedule_id, day = asked
        row = self._schedule_row(schedule_id)
        stands = str(row.get("RecurringDonationEndDate") or "")[:10]
        if stands and stands <= day.isoformat():
            return Done(schedule_id)
        return self._put_schedule(row, {"RecurringDonationEndDate": day.isoformat()})

    def _schedule_row(self, schedule_id: str) -> Mapping[str, Any]:
        row: Mapping[str, Any] = self._api.get(f"/transactions/designation/{schedule_id}", needs="TransactionId")
        return row

    def _put_schedule(self, row: Mapping[str, Any], changes: Mapping[str, Any]) -> Done:
        raw = self._api.get(f"/transaction/{row['TransactionId']}", needs="Designations")
        body = gifts.changed_body(raw, row["Id"], changes, self._gift_pick_types(raw))
        self._api.call("PUT", f"/transaction/{row['TransactionId']}", json=body)
        return Done(str(row["Id"]))

    def recall_schedule(self, write: ScheduleWrite) -> list[str]:
        """Among this constituent's recent schedules, by the reference in the note."""
        since = write.reference.since - timedelta(seconds=self.manifest.limits.clock_skew_seconds)
        query = {"accountId": write.contact_id, "type": "RecurringDonation"}
        made = paging.created_since(self._fetch, since, "/transactions", query)
        sign = gifts.mark(write.reference.value)
        rows = [part for raw in made for part in Transaction.model_validate(raw).Designations]
        return [str(row.Id) for row in rows if sign in row.Note]

    def open_pledges(self, contact_id: str) -> Sequence[PledgeSeen]:
        """This constituent's pledges that have a balance and were not written off."""
        query = {"accountId": contact_id, "type": "Pledge"}
        listed = paging.created_since(self._fetch, LONG_AGO, "/transactions", query)
        rows = [row for raw in listed for row in raw.get("Designations", []) if row.get("Type") == "Pledge"]
        seen = [_pledge(row) for row in rows if row.get("PledgeStatus") not in CLOSED]
        return [one for one in seen if one.balance > 0]

    def _local(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self._gift_options.zone)).date()


def schedule_body(write: ScheduleWrite, frequency: str, options: gifts.GiftOptions) -> dict[str, Any]:
    """Body of `POST /transaction` for a schedule; with the method `None` Bloomerang collects nothing for it."""
    schedule, amount = write.schedule, major_from_cents(write.schedule.amount)
    start = schedule.start.astimezone(ZoneInfo(options.zone)).date()
    part: dict[str, Any] = {
        "Type": "RecurringDonation",
        "Amount": amount,
        "Note": f"{schedule.words} {gifts.mark(write.reference.value)}",
        "AcknowledgementStatus": "DoNotAcknowledge",
        "RecurringDonationFrequency": frequency,
        "RecurringDonationStartDate": start.isoformat(),
        **(_days(start) if frequency == TWICE else {}),
        **_end_of(schedule, options.zone),
        **(gifts.purpose_of(write.gift.designations[0]) if write.gift else {}),
    }
    return {
        "AccountId": int(write.contact_id), "Date": start.isoformat(), "Amount": amount, "Method": "None",
        "Designations": [part],
    }  # fmt: skip


def _days(start: date) -> dict[str, int]:
    """The two days of a month on which a payment is due: the start's, and half a month from it."""
    first, second = sorted({start.day, (start.day - 1 + HALF_A_MONTH) % 28 + 1})
    return {"RecurringDonationDay1": first, "RecurringDonationDay2": second}


def _end_of(schedule: Schedule, zone: str) -> dict[str, str]:
    if schedule.end is None:
        return {}
    return {"RecurringDonationEndDate": schedule.end.astimezone(ZoneInfo(zone)).date().isoformat()}


def _pledge(row: Mapping[str, Any]) -> PledgeSeen:
    amount = cents_from_major(row.get("Amount") or 0)
    balance = row.get("PledgeBalance")
    return PledgeSeen(str(row["Id"]), amount, amount if balance is None else cents_from_major(balance))
