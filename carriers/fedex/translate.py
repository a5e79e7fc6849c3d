"""FedEx's words -> ours. Pure.

Track API v1 ("Basic Integrated Visibility", OpenAPI 1.0.0) and Ship API v1, its table "Tracking Status Codes", and
three replies of real parcels that others published. No account of our own was at hand.
"""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime

from ..base import LabelWanted, Refusal, Reply, ReturnLabel, Scan, Status, SubStatus, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, place, plain, reading
from ..replies import BROKEN, grams, listed, scans_of
from ..taxonomy import Meaning, meaning
from ..times import day, moment

ONLY_DATA = (Status.PRE_TRANSIT, SubStatus.DATA_ONLY)

# Hold beside https://developer.fedex.com/api/en-us/guides/api-reference.html ("Tracking Status Codes", "Movement" and
# "Regulatory"). Three codes stand there twice: CA and RC are also "Possession", which no scan tells; EA is both
# "enroute to airport" and "export approved", and moves on either way. Ours: status, sub-status.
WORDS: dict[str, Meaning] = {
    "AA": (Status.IN_TRANSIT, ""),  # at airport
    "AC": (Status.IN_TRANSIT, ""),  # at Canada Post facility
    "AD": (Status.OUT_FOR_DELIVERY, ""),  # at delivery
    "AE": ONLY_DATA,  # shipment arriving early; not in the table, in real replies
    "AF": (Status.IN_TRANSIT, ""),  # at local FedEx facility
    "AO": ONLY_DATA,  # shipment arriving on time: a forecast
    "AP": ONLY_DATA,  # at pickup: the van, not yet the parcel
    "AR": (Status.IN_TRANSIT, ""),
    "AX": (Status.IN_TRANSIT, ""),  # at USPS facility
    "CA": (Status.CANCELLED, SubStatus.VOIDED),
    "CC": (Status.IN_TRANSIT, ""),  # cleared customs
    "CD": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),  # clearance delay
    "CH": ONLY_DATA,  # location changed
    "CP": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),  # clearance in progress
    "DD": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "DE": (Status.EXCEPTION, ""),  # delivery exception: whether anybody rang, the exception code says
    "DL": (Status.DELIVERED, ""),
    "DP": (Status.IN_TRANSIT, ""),
    "DR": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),  # vehicle furnished but not used
    "DS": ONLY_DATA,  # vehicle dispatched
    "DY": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "EA": (Status.IN_TRANSIT, ""),
    "ED": (Status.OUT_FOR_DELIVERY, ""),  # enroute to delivery
    "EO": (Status.IN_TRANSIT, ""),  # enroute to origin airport
    "EP": ONLY_DATA,  # enroute to pickup
    "FD": (Status.IN_TRANSIT, ""),  # at FedEx destination
    "HL": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),  # hold at location
    "HP": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),  # ready for recipient pickup
    "IT": (Status.IN_TRANSIT, ""),
    "IX": (Status.IN_TRANSIT, ""),
    "LO": (Status.IN_TRANSIT, ""),  # left origin
    "LP": ONLY_DATA,  # return label link cancelled
    "OC": ONLY_DATA,  # order created
    "OD": (Status.OUT_FOR_DELIVERY, ""),
    "OF": (Status.ACCEPTED, ""),  # at FedEx origin facility
    "OW": (Status.IN_TRANSIT, ""),  # on the way; the table prints "Ow"
    "OX": ONLY_DATA,  # shipment information sent to USPS
    "PD": (Status.PRE_TRANSIT, SubStatus.DELAYED_CARRIER),  # pickup delay
    "PF": (Status.IN_TRANSIT, ""),  # plane in flight
    "PL": (Status.IN_TRANSIT, ""),  # plane landed
    "PM": (Status.UNKNOWN, ""),  # "in progress": what is, nothing says
    "PU": (Status.ACCEPTED, ""),
    "PX": (Status.ACCEPTED, ""),
    "RC": ONLY_DATA,  # customer delivery option cancelled
    "RD": ONLY_DATA,  # return label link expired
    "RG": ONLY_DATA,  # return label link expiring soon
    "RM": ONLY_DATA,  # customer delivery option modified
    "RP": ONLY_DATA,  # return label link emailed
    "RR": ONLY_DATA,  # customer delivery option requested
    "RS": (Status.RETURNING, ""),
    "SE": (Status.EXCEPTION, ""),
    "SF": (Status.IN_TRANSIT, ""),  # at sort facility
    "SP": (Status.UNKNOWN, ""),  # "split status": of several pieces, each its own
    "TR": (Status.IN_TRANSIT, ""),  # transfer
}

# Event and exception code. FedEx publishes no table of exception codes; these are the ones its published test numbers
# and real replies name (2024 to 2026). Any other leaves the event what it is.
REASONS: dict[str, Meaning] = {
    "DE 007": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),  # customer not available or business closed (Ground)
    "DE 03": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "DE 07": (Status.ATTEMPTED, SubStatus.REFUSED),
    "DE 08": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "DE 083": (Status.EXCEPTION, SubStatus.ACCESS_PROBLEM),  # local delivery restriction, delivery not attempted
    "DE 060G": (Status.RETURNING, ""),  # the shipper asked for it back
    "DE A13": (Status.IN_TRANSIT, SubStatus.TO_PARCEL_SHOP),  # redirecting to a FedEx Office
    "DE A47": (Status.IN_TRANSIT, SubStatus.TO_PARCEL_SHOP),  # redirected to a nearby FedEx location, not yet there
}

NOTHING_ON_IT = {"TRACKING.TRACKINGNUMBER.NOTFOUND", "TRACKING.DATA.NOTFOUND"}
MEANS: dict[str, type[CarrierError]] = {
    "NOT.AUTHORIZED.ERROR": AccountRefused,
    "FORBIDDEN.ERROR": AccountRefused,
    "TOO.MANY.REQUESTS": RateLimited,
    "INTERNAL.SERVER.ERROR": CarrierDown,
    "SERVICE.UNAVAILABLE.ERROR": CarrierDown,
    "SYSTEM.UNAVAILABLE.EXCEPTION": CarrierDown,
    "SYSTEM.UNEXPECTED.ERROR": CarrierDown,
}
NEVER = datetime(1, 1, 1, tzinfo=UTC)


def read(raw: bytes, number: str = "") -> Reply:
    """A tracking reply, an error, or what the webhook (Advanced Integrated Visibility) brings: the same results."""
    reply = as_object(raw)
    with reading(reply):
        if "errors" in reply:
            return Reply(refusals=[to_refusal(error) for error in listed(reply["errors"])])
        output = reply.get("output") or reply
        if "trackResults" in output:  # one number's results alone
            output = {"completeTrackResults": output}
        elif "scanEvents" in output or "latestStatusDetail" in output:
            output = {"completeTrackResults": {"trackResults": output}}
        answer = Reply()
        for entry in listed(output["completeTrackResults"]):
            if isinstance(entry, dict):
                read_entry(entry, answer, number)
        return answer


def read_entry(entry: dict, answer: Reply, asked: str) -> None:
    """One number's results, put where they belong in `answer`. A broken one spoils no other."""
    number = asked
    try:
        results = [result for result in listed(entry["trackResults"]) if result]
        number = str(entry.get("trackingNumber") or asked or number_in(results))
        good = [result for result in results if is_told(result)]
        if good:
            answer.parcels.append(newest([to_parcel(result, number) for result in good]))
        answer.refusals.extend(to_refusal(result["error"], number) for result in results if result.get("error"))
    except BROKEN as error:
        answer.refusals.append(Refusal("unreadable", f"{type(error).__name__} in the reply", CarrierDown, number))


def number_in(results: list[dict]) -> str:
    said = [(result.get("trackingNumberInfo") or {}).get("trackingNumber") for result in results]
    return next((number for number in said if number), "")


def is_told(result: dict) -> bool:
    """Whether it tells of a parcel. FedEx's own example has an error beside the scans."""
    return not result.get("error") or bool(result.get("scanEvents"))


def newest(parcels: list[Tracked]) -> Tracked:
    """The one of two results that is about now.

    FedEx gives numbers out again and then answers with both parcels; it also begins a second result when it puts a
    new label on. What the older one told has been kept when it was new.
    """
    return max(parcels, key=lambda parcel: parcel.scans[-1].at if parcel.scans else NEVER)


def to_parcel(result: dict, number: str) -> Tracked:
    found = scans_of(listed(result.get("scanEvents")), to_scan, newest_first=True)
    times = {entry.get("type"): entry.get("dateTime") for entry in listed(result.get("dateAndTimes"))}
    found = homecome(found + delivery(result, found, times))
    return Tracked(
        number,
        found,
        to_estimate(result, times),
        plain((result.get("serviceDetail") or {}).get("description")),
        weight_g=weighed(result),
    )


def weighed(result: dict) -> int | None:
    """The same weight stands there once a unit; any of them will do."""
    told = ((result.get("packageDetails") or {}).get("weightAndDimensions") or {}).get("weight")
    weights = [grams(each.get("value"), each.get("unit")) for each in listed(told) if isinstance(each, dict)]
    return next((weight for weight in weights if weight), None)


def delivery(result: dict, told: list[Scan], times: dict) -> list[Scan]:
    """The delivery that only the latest status and its time tell."""
    latest = result.get("latestStatusDetail") or {}
    if latest.get("code") != "DL" or any(scan.code.startswith("DL") for scan in told):
        return []
    place = latest.get("scanLocation")
    event = {"date": times.get("ACTUAL_DELIVERY"), "eventType": "DL", "scanLocation": place}
    return scans_of([{**event, "eventDescription": latest.get("description")}], to_scan)


def homecome(told: list[Scan]) -> list[Scan]:
    """FedEx has no word for a parcel that is back: it says "return to shipper" and then "delivered"."""
    home, going_back = [], False
    for scan in sorted(told, key=lambda scan: scan.at):
        going_back = going_back or scan.status is Status.RETURNING
        back = going_back and scan.status is Status.DELIVERED
        home.append(replace(scan, status=Status.RETURNED) if back else scan)
    return home


def to_scan(event: dict) -> Scan:
    kind = plain(event.get("eventType") or event.get("derivedStatusCode")).upper()
    reason = str(event.get("exceptionCode") or "").upper()
    code = f"{kind} {reason}".strip()
    status, sub_status = REASONS.get(code) or meaning("fedex", WORDS, kind)
    when = moment(event["date"])
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("exceptionDescription")) or plain(event.get("eventDescription")),
        place=place(
            *((event.get("scanLocation") or {}).get(part) for part in ("city", "stateOrProvinceCode", "countryCode"))
        ),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=event,
    )


def to_estimate(result: dict, times: dict) -> date | None:
    window = (result.get("estimatedDeliveryTimeWindow") or {}).get("window") or {}
    return day(times.get("ESTIMATED_DELIVERY")) or day(window.get("ends"))


def to_refusal(error: dict, number: str = "") -> Refusal:
    code = str(error.get("code") or "")
    means = None if code in NOTHING_ON_IT else MEANS.get(code, BadRequest)
    return Refusal(code, plain(error.get("message")), means, number)


def from_wanted(wanted: LabelWanted, account: dict) -> dict:
    """The Ship API's body. The customer sends, the shop receives and pays."""
    payer = {"accountNumber": {"value": account["account_number"]}}
    returned: dict = {"returnType": "PRINT_RETURN_LABEL"}
    if wanted.outbound_number:
        returned["returnAssociationDetail"] = {"trackingNumber": wanted.outbound_number}
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account["account_number"]},
        "requestedShipment": {
            "shipper": {
                "contact": contact(wanted.sender_name, wanted.sender_phone, wanted.sender_email),
                "address": address(
                    wanted.sender_street,
                    wanted.sender_city,
                    wanted.sender_region,
                    wanted.sender_postcode,
                    wanted.sender_country,
                ),
            },
            "recipients": [
                {
                    "contact": contact(wanted.receiver_name, account["receiver_phone"]),
                    "address": address(
                        wanted.receiver_street,
                        wanted.receiver_city,
                        wanted.receiver_region,
                        wanted.receiver_postcode,
                        wanted.receiver_country,
                    ),
                }
            ],
            "serviceType": account["service"],
            "packagingType": "YOUR_PACKAGING",
            "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
            "shippingChargesPayment": {"paymentType": "SENDER", "payor": {"responsibleParty": payer}},
            "shipmentSpecialServices": {"specialServiceTypes": ["RETURN_SHIPMENT"], "returnShipmentDetail": returned},
            "labelSpecification": {"imageType": "PDF", "labelStockType": account["label_stock"]},
            "requestedPackageLineItems": [
                {
                    "weight": {"units": "KG", "value": round(wanted.weight_g / 1000, 2)},
                    "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": wanted.reference}],
                }
            ],
        },
    }


def contact(name: str, phone: str, email: str = "") -> dict:
    return {"personName": name, "phoneNumber": phone, **({"emailAddress": email} if email else {})}


def address(street: str, city: str, region: str, postcode: str, country: str) -> dict:
    where = {"streetLines": [street], "city": city, "postalCode": postcode, "countryCode": country}
    return {**where, **({"stateOrProvinceCode": region} if region else {})}


def to_label(reply: dict) -> ReturnLabel:
    [shipment] = listed(reply["output"]["transactionShipments"])[:1]
    [piece] = listed(shipment["pieceResponses"])[:1]
    [drawn] = [document for document in listed(piece["packageDocuments"]) if document["contentType"] == "LABEL"][:1]
    file = b64decode(drawn["encodedLabel"])
    if not file.startswith(b"%PDF"):
        raise ValueError("not a PDF")
    return ReturnLabel(tracking_number=str(piece["trackingNumber"]), file=file, file_type="application/pdf")
