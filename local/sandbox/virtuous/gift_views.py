"""The read shapes of gifts, commitments, projects and segments."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import money, shown_day, stamp
from local.sandbox.virtuous.views import audit, custom_rows

Json = dict[str, Any]
CURRENCY = "USD"
_GIFT_PLAIN = ("transactionSource", "transactionId")
_GIFT_LATER = (
    "contactPassthroughId", "contactIndividualId", "cashAccountingCode", "giftAskId", "contactMembershipId",
)  # fmt: skip
_COMMITMENT_PLAIN = (
    "transactionSource", "transactionId", "startDate", "amount", "frequency", "anticipatedEndDate", "segmentId",
    "automatedPayments", "trackPayments", "isPrivate", "nextExpectedPaymentDate",
)  # fmt: skip
PROJECT_PLAIN = (
    "name", "projectCode", "externalAccountingCode", "onlineDisplayName", "description", "inventoryStatus", "type",
    "location", "isRestrictedToGiftSpecifications", "isLimitedToFinancialNeed", "isPublic", "isActive",
    "isAvailableOnline", "isTaxDeductible", "treatAsAccountsPayable", "beginningBalance", "currentBalance",
    "financialNeedType", "financialNeedFrequency", "financialNeedAmount", "startDate", "endDate", "durationType",
    "parentId",
)  # fmt: skip


def show_gift(organisation: Organisation, gift: Record) -> Json:
    """A gift in full: money as numbers, custom fields as a list."""
    data, contact = gift.data, organisation.contacts.rows[gift.parent]
    return {
        "id": gift.id,
        **{name: data[name] for name in _GIFT_PLAIN},
        "contactId": gift.parent,
        "contactName": contact.data["name"],
        "contactUrl": f"/api/Contact/{gift.parent}",
        "giftType": data["giftType"],
        "giftTypeFormatted": data["giftType"],
        "giftDate": data["giftDate"],
        "giftDateFormatted": shown_day(data["giftDate"]),
        "amount": data["amount"],
        "amountFormatted": money(data["amount"]),
        "currencyCode": data["currencyCode"] or CURRENCY,
        "exchangeRate": data["exchangeRate"] or 1.0,
        "baseCurrencyCode": CURRENCY,
        "batch": data["batch"],
        **audit(gift, ticks=False),
        **_segment(organisation, data["segmentId"]),
        "mediaOutletId": data["mediaOutletId"],
        "mediaOutlet": None,
        "grantId": data["grantId"],
        "grant": None,
        "grantUrl": None,
        "notes": data["notes"] or "",
        **_tribute(data),
        "receiptDate": data["receiptDate"],
        "receiptDateFormatted": shown_day(data["receiptDate"]),
        "contactPassthroughUrl": None,
        **{name: data[name] for name in _GIFT_LATER},
        "giftDesignations": [show_designation(organisation, row) for row in data["giftDesignations"]],
        "giftPremiums": [],
        "pledgePayments": [],
        "recurringGiftPayments": _payments(organisation, gift),
        "giftUrl": f"/api/Gift/{gift.id}",
        "isPrivate": bool(data["isPrivate"]),
        "isTaxDeductible": data["isTaxDeductible"] is not False,
        "customFields": custom_rows(organisation, "Gift", gift),
    }


def show_gift_row(organisation: Organisation, gift: Record) -> Json:
    """A gift in an abbreviated list: amount and date are display text, the integration's ids are not in it."""
    data = gift.data
    return {
        "id": gift.id,
        "contactId": gift.parent,
        "contactIndividualId": data["contactIndividualId"],
        "giftType": data["giftType"],
        "giftDate": shown_day(data["giftDate"]),
        "amount": money(data["amount"]),
        "segment": _segment(organisation, data["segmentId"])["segment"],
        "batch": data["batch"],
        "giftUrl": f"/api/Gift/{gift.id}",
        "culture": "en-US",
        "exchangeRate": data["exchangeRate"] or 1.0,
        "currencyCode": data["currencyCode"] or CURRENCY,
        "baseCurrencyCode": CURRENCY,
    }


def show_designation(organisation: Organisation, row: Json) -> Json:
    """A share of a gift (`id`, `projectId`, `amountDesignated` are stored)."""
    project = organisation.projects.rows[row["projectId"]].data
    return {
        "id": row["id"],
        "projectId": row["projectId"],
        "project": project["name"],
        "projectCode": project["projectCode"],
        "externalAccountingCode": project["externalAccountingCode"],
        "projectType": project["type"],
        "projectLocation": project["location"],
        "projectUrl": f"/api/Project/{row['projectId']}",
        "amountDesignated": row["amountDesignated"],
        "display": f"{project['name']}: {money(row['amountDesignated'])}",
    }


def show_commitment(organisation: Organisation, commitment: Record) -> Json:
    """A recurring gift."""
    data = commitment.data
    segment = _segment(organisation, data["segmentId"])
    cancelled = data["cancelled"]
    return {
        "id": commitment.id,
        "contactId": commitment.parent,
        **{name: data[name] for name in _COMMITMENT_PLAIN},
        "cancelDateTimeUtc": stamp(cancelled) if cancelled else None,
        **audit(commitment),
        "segment": segment["segment"],
        "segmentUrl": segment["segmentUrl"],
        "status": "Cancelled" if cancelled else "UpToDate",
        "designations": [_committed(organisation, row) for row in data["designations"]],
        "customFields": custom_rows(organisation, "RecurringGift", commitment),
    }


def show_project(organisation: Organisation, project: Record) -> Json:
    """A project; its custom fields are an object here, and a list when written."""
    data, parent = project.data, organisation.projects.get(project.data["parentId"])
    year = str(organisation.clock.dump()["now"])[:4]
    shares = [
        (gift, row["amountDesignated"])
        for gift in organisation.gifts.with_word(("project", project.id))
        for row in gift.data["giftDesignations"]
        if row["projectId"] == project.id
    ]
    current = [(gift, amount) for gift, amount in shares if gift.data["giftDate"].startswith(year)]
    return {
        "id": project.id,
        **{name: data[name] for name in PROJECT_PLAIN},
        "photoUrl": None,
        "parentName": parent.data["name"] if parent else None,
        "isSubProject": parent is not None,
        **_totals("lifeToDate", shares),
        **_totals("calendarYearToDate", current),
        **audit(project),
        "giftSpecifications": [],
        "customFields": dict(data["customFields"]),
    }


def show_segment(segment: Record) -> Json:
    """A segment; its campaign is known by it only."""
    data = segment.data
    return {
        "id": segment.id,
        "name": data["name"],
        "description": data["description"],
        "code": data["code"],
        "communicationId": data["communicationId"],
        "communicationName": data["communicationName"],
        "campaignId": data["campaignId"],
        "campaignName": data["campaignName"],
        "segmentOrganizerId": None,
    }


def _segment(organisation: Organisation, segment_id: int | None) -> Json:
    segment = organisation.segments.get(segment_id)
    return {
        "segmentId": segment.id if segment else None,
        "segment": segment.data["name"] if segment else None,
        "segmentCode": segment.data["code"] if segment else None,
        "segmentUrl": f"/api/Segment/{segment.id}" if segment else None,
    }


def _tribute(data: Json) -> Json:
    return {
        "tribute": data["tribute"],
        "tributeId": data["tributeId"],
        "tributeType": data["tributeType"],
        "acknowledgeeIndividualId": None,
        "isAcknowledgedGift": False,
        "acknowledgementDate": None,
        "acknowledgementNotes": "",
    }


def _payments(organisation: Organisation, gift: Record) -> list[Json]:
    commitment = organisation.recurring.get(gift.data["commitment"])
    if commitment is None:
        return []
    paid = {"id": gift.id, "contactId": gift.parent, "giftDate": gift.data["giftDate"], "amount": gift.data["amount"]}
    return [
        {
            "id": gift.id,
            "gift": paid,
            "expectedAmount": commitment.data["amount"],
            "expectedPaymentDate": gift.data["giftDate"],
            "dismissPaymentDate": None,
            "fulfillPaymentDate": gift.data["giftDate"],
        }
    ]


def _committed(organisation: Organisation, row: Json) -> Json:
    project = organisation.projects.rows[row["projectId"]].data
    return {
        "projectId": row["projectId"],
        "project": project["name"],
        "projectUrl": f"/api/Project/{row['projectId']}",
        "amountDesignated": row["amountDesignated"],
        "projectCode": project["projectCode"],
    }


def _totals(period: str, shares: list[tuple[Record, float]]) -> Json:
    return {
        f"{period}Giving": sum(amount for _, amount in shares),
        f"{period}GiftCount": len({gift.id for gift, _ in shares}),
        f"{period}GiversCount": len({gift.parent for gift, _ in shares}),
        f"{period}ExpenseTotal": 0.0,
    }
