"""The write models, field by field as the vendor's API reference prints them; no two endpoints share one.

The same thing has another name in each: `firstname` in a gift transaction and `firstName` elsewhere, `state`
and `stateCode`, `isPrimary` and `setAsPrimary`, `designations` and `giftDesignations`.
"""

from __future__ import annotations

from local.sandbox.virtuous.binding import Rows, Shape

_NAMED = Shape(name="text", value="text")
_CUSTOM = Rows(Shape(name="text", value="text", displayName="text"))
_COLLECTIONS = Rows(Shape(name="text", fields=Rows(_NAMED)))

SWITCH = Shape(organizationUserId="int")
ARCHIVE = Shape(archiveReason="text")
SEARCH = Shape(search="text")

# contacts

_NEW_METHOD = Shape(type="text", value="text", isOptedIn="bool", isPrimary="bool")
_PERSON = Shape(
    firstName="text", lastName="text", prefix="text", middleName="text", suffix="text", gender="text",
    birthMonth="int", birthDay="int", birthYear="int", approximateAge="int", isDeceased="bool",
    passion="text", customFields=_CUSTOM,
)  # fmt: skip
NESTED_ADDRESS = Shape(
    label="text", address1="text", address2="text", city="text", stateCode="text", postal="text",
    countryCode="text", isPrimary="bool", latitude="number", longitude="number",
)  # fmt: skip
NESTED_PERSON = _PERSON.extended(
    isPrimary="bool", isSecondary="bool", contactMethods=Rows(_NEW_METHOD), customFields="fields"
)
CONTACT_UPDATE = Shape(
    contactType="text", name="text", informalName="text", description="text", website="text",
    maritalStatus="text", anniversaryMonth="int", anniversaryDay="int", anniversaryYear="int",
    originSegmentId="int", isPrivate="bool", customFields=_CUSTOM, customCollections=_COLLECTIONS,
)  # fmt: skip
CONTACT_CREATE = CONTACT_UPDATE.extended(
    referenceSource="text",
    referenceId="text",
    isArchived="bool",
    contactAddresses=Rows(NESTED_ADDRESS),
    contactIndividuals=Rows(NESTED_PERSON),
    customFields="fields",
)
INDIVIDUAL_UPDATE = _PERSON.extended(
    setAsPrimary="bool", setAsSecondary="bool", deceasedDate="day", avatarUrl="text", customCollections=_COLLECTIONS
)
INDIVIDUAL_CREATE = INDIVIDUAL_UPDATE.extended(contactId="int", contactMethods=Rows(_NEW_METHOD))
METHOD_UPDATE = Shape(type="text", value="text", isOptedIn="bool", setAsPrimary="bool")
METHOD_CREATE = METHOD_UPDATE.extended(contactIndividualId="int")
ADDRESS_UPDATE = Shape(
    label="text", address1="text", address2="text", city="text", state="text", postal="text", country="text",
    setAsPrimary="bool", startMonth="int", startDay="int", endMonth="int", endDay="int",
)  # fmt: skip
ADDRESS_CREATE = ADDRESS_UPDATE.extended(contactId="int")
REFERENCE = Shape(contactId="int", referenceSource="text", referenceId="text")
CONTACT_TAG = Shape(tagId="int", contactId="int")

# contact imports

_ATTENDANCE = Rows(Shape(volunteerOpportunityId="int", volunteerOpportunityName="text", date="text", hours="text"))
CONTACT_ROW = Shape(
    referenceId="text", contactType="text", name="text", title="text", firstName="text", middleName="text",
    lastName="text", suffix="text", birthMonth="text", birthDay="text", birthYear="text", gender="text",
    emailType="text", email="text", phoneType="text", phone="text", address1="text", address2="text",
    city="text", state="text", postal="text", country="text", eventId="int", eventName="text", invited="bool",
    rsvp="bool", rsvpResponse="bool", attended="bool", tags="text", originSegmentCode="text",
    emailLists="texts", customFields="map", volunteerAttendances=_ATTENDANCE,
    customObjects=_COLLECTIONS,
)  # fmt: skip
CONTACT_TRANSACTION = CONTACT_ROW.extended(referenceSource="text")
CONTACT_BATCH = Shape(referenceSource="text", contacts=Rows(CONTACT_ROW))

# gift imports

_DONOR = Shape(
    referenceId="text", id="int", name="text", type="text", title="text", firstname="text", middlename="text",
    lastname="text", suffix="text", birthMonth="text", birthDay="text", birthYear="text", gender="text",
    emailType="text", email="text", phoneType="text", phone="text",
    address=Shape(address1="text", address2="text", city="text", state="text", postal="text", country="text"),
    tags="text", emailLists="texts",
)  # fmt: skip
_DEDICATION = Shape(
    tributeId="int", tributeType="text", tributeFirstName="text", tributeLastName="text", tributeCity="text",
    tributeState="text", acknowledgeeIndividualId="int", acknowledgeeFirstName="text",
    acknowledgeeLastName="text", acknowledgeeAddress="text", acknowledgeeCity="text", acknowledgeeState="text",
    acknowledgeePostal="text", acknowledgeeEmail="text", acknowledgeePhone="text",
)  # fmt: skip
DESIGNATION_ROWS = Rows(Shape(id="int", name="text", code="text", amountDesignated="text"))
OTHER_DESIGNATION_ROWS = Rows(
    Shape(projectId="int", projectCode="text", project="text", amountDesignated="text", amount="text")
)
GIFT_TRANSACTION = Shape(
    transactionSource="text", transactionId="text", contact=_DONOR, giftDate="text", cancelDate="text",
    giftType="text", amount="text", currencyCode="text", exchangeRate="number", frequency="text",
    recurringGiftTransactionId="text", recurringGiftTransactionUpdate="bool", pledgeFrequency="text",
    pledgeTransactionId="text", pledgeExpectedFullfillmentDate="text", batch="text", notes="text",
    segment="text", mediaOutlet="text", receiptDate="text", receiptSegment="text", cashAccountingCode="text",
    tribute="text", tributeDedication=_DEDICATION, isPrivate="bool", isTaxDeductible="bool",
    checkNumber="text", creditCardType="text", nonCashGiftTypeId="int", nonCashGiftType="text",
    nonCashGiftDescription="text", stockTickerSymbol="text", stockNumberOfShares="int", iraCustodian="text",
    submissionUrl="text", designations=DESIGNATION_ROWS,
    premiums=Rows(Shape(id="int", name="text", code="text", quantity="text")), customFields="map",
    customObjects=_COLLECTIONS, contactIndividualId="int", passthroughContact=_DONOR,
    eventAttendee=Shape(
        eventId="int", eventName="text", invited="bool", rsvp="bool", rsvpResponse="bool", attended="bool"
    ),
)  # fmt: skip
GIFT_BATCH = Shape(
    transactionSource="text", transactions=Rows(GIFT_TRANSACTION), createImport="bool", importName="text",
    batch="text", batchTotal="number", defaultGiftDate="text", defaultGiftType="text",
)  # fmt: skip

# gifts

GIFT_UPDATE = Shape(
    giftType="text", giftDate="day", amount="number", batch="text", segmentId="int", receiptSegmentId="int",
    mediaOutletId="int", notes="text", isPrivate="bool", receiptDate="day", contactIndividualId="int",
    contactPassthroughId="int", cashAccountingCode="text", state="text", isTaxDeductible="bool",
    giftAskId="int", passthroughGiftAskId="int", grantId="int", contactMembershipId="int",
    currencyCode="text", exchangeRate="number", checkNumber="text", creditCardType="text",
    cryptocoinType="text", transactionHash="text", coinSoldForCash="bool", coinAmount="number",
    dateCoinWasSold="day", coinSaleAmount="number", tickerSymbol="text", numberOfShares="number",
    stockSoldForCash="bool", dateStockWasSold="day", stockSaleAmount="number", iraCustodian="text",
    nonCashGiftTypeId="int", nonCashGiftType="text", description="text", nonCashSoldForCash="bool",
    dateNonCashWasSold="day", nonCashOriginalAmount="number", nonCashSaleAmount="number",
    giftDesignations=Rows(Shape(projectId="int", amount="number", state="text")),
    giftPremiums=Rows(Shape(premiumId="int", quantity="int", state="text")),
    pledgePayments=Rows(Shape(id="int", amount="number", state="text")),
    recurringGiftPayments=Rows(Shape(id="int", amount="number", state="text")),
    tributeType="text", tributeId="int", tributeDescription="text", acknowledgeeId="int", customFields=_CUSTOM,
)  # fmt: skip
GIFT_CREATE = GIFT_UPDATE.extended(
    contactId="int",
    transactionSource="text",
    transactionId="text",
    reversedGiftId="int",
    recurringGiftPayments=Rows(Shape(id="int", paymentId="text", amount="number", state="text")),
)
GIFT_PATCH = Shape(id="int", receiptDateUtc="day", segmentId="int", notes="text", customFields="map")
REVERSAL = Shape(giftDate="day", reversedGiftId="int", notes="text")
_COMMITTED = Rows(Shape(projectId="int", amountDesignated="number"))
RECURRING_UPDATE = Shape(
    startDate="day", frequency="text", amount="number", nextExpectedPaymentDate="day", anticipatedEndDate="day",
    thankYouDate="day", segmentId="int", automatedPayments="bool", trackPayments="bool", isPrivate="bool",
    designations=_COMMITTED, customFields=_CUSTOM,
)  # fmt: skip
RECURRING_CREATE = RECURRING_UPDATE.extended(contactId="int")
RECURRING_CANCEL = Shape(cancelReason="text", categoryId="int")

# projects

PROJECT = Shape(
    name="text", revenueAccountingCode="text", inventoryStatus="text", type="text", location="text",
    onlineDisplayName="text", description="text", externalAccountingCode="text", durationType="text",
    startDate="day", endDate="day", financialNeedAmount="number", financialNeedType="text",
    financialNeedFrequency="text", isPublic="bool", isActive="bool", isAvailableOnline="bool",
    isLimitedToFinancialNeed="bool", isTaxDeductible="bool", treatAsAccountsPayable="bool",
    isRestrictedToGiftSpecifications="bool", parentId="int", beginningBalance="number",
    currentBalance="number", enableSync="bool", customFields=_CUSTOM,
)  # fmt: skip
PROJECT_PATCH = Shape(
    id="int", name="text", projectCode="text", onlineDisplayName="text", description="text",
    financialNeedAmount="number", beginningBalance="number", currentBalance="number", type="text",
    startDate="day", endDate="day", customFields="map",
)  # fmt: skip
PROJECT_BALANCE = Shape(beginningBalance="number", currentBalance="number")

# queries

QUERY = Shape(
    groups=Rows(
        Shape(
            conditions=Rows(
                Shape(parameter="text", operator="text", value="text", secondaryValue="text", values="texts")
            )
        )
    ),
    sortBy="text",
    descending="bool",
    skip="int",
    take="int",
)
CONTACT_QUERY = QUERY.extended(
    includeArchived="bool",
    queryLocation=Shape(topLatitude="number", leftLongitude="number", bottomLatitude="number", rightLongitude="number"),
)

# webhooks

TOGGLES = (
    "contactCreate", "contactUpdate", "giftCreate", "giftUpdate", "giftDelete", "projectCreate", "projectUpdate",
    "projectDelete", "formSubmission", "contactNoteCreate", "contactNoteUpdate", "contactNoteDelete",
    "eventCreate", "eventUpdate", "eventDelete",
)  # fmt: skip
WEBHOOK = Shape(
    payloadUrl="text",
    secret="text",
    active="bool",
    **dict.fromkeys(TOGGLES, "bool"),  # type: ignore[arg-type]
)
