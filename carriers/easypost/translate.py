"""EasyPost's words -> ours. Pure.

docs.easypost.com (trackers, returns, refunds; 2025), the status lists of its own .NET library, real test-mode trackers
of 2025-02 and a production event of 2024-08.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from ..base import LabelWanted, Refusal, Reply, Scan, Status, SubStatus, Tracked, ZoneFrom
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, place, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import Meaning, meaning
from ..times import day, moment

# `status`, all ten.
WORDS: dict[str, Meaning] = {
    "unknown": (Status.UNKNOWN, ""),  # the carrier has no information
    "pre_transit": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),
    "in_transit": (Status.IN_TRANSIT, ""),  # from the first scan on: they have no word for handing over
    "out_for_delivery": (Status.OUT_FOR_DELIVERY, ""),
    "available_for_pickup": (Status.AVAILABLE_FOR_PICKUP, ""),
    "delivered": (Status.DELIVERED, ""),
    "return_to_sender": (Status.RETURNING, ""),  # on the way back and at its end
    "failure": (Status.EXCEPTION, ""),
    "cancelled": (Status.CANCELLED, SubStatus.VOIDED),
    "error": (Status.UNKNOWN, ""),  # EasyPost's own trouble, not the parcel's
}

# `status_detail`, all 28. What it adds, and the status it makes of in_transit and failure, which say little.
SAY_LITTLE = {"in_transit", "failure"}
DETAILS: dict[str, tuple[Status | None, str]] = {
    "address_correction": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "arrived_at_destination": (None, ""),
    "arrived_at_facility": (None, ""),
    "arrived_at_pickup_location": (Status.AVAILABLE_FOR_PICKUP, ""),
    "awaiting_information": (None, ""),
    "cancelled": (None, ""),
    "damaged": (Status.EXCEPTION, SubStatus.DAMAGED),
    "delayed": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "delivery_exception": (Status.EXCEPTION, ""),
    "departed_facility": (None, ""),
    "departed_origin_facility": (None, ""),
    "expired": (None, ""),
    "failure": (None, ""),
    "held": (Status.EXCEPTION, ""),
    "in_transit": (None, ""),
    "label_created": (None, ""),
    "lost": (Status.EXCEPTION, SubStatus.LOST),
    "missorted": (Status.EXCEPTION, SubStatus.MISSORTED),
    "out_for_delivery": (None, ""),
    "received_at_destination_facility": (None, ""),
    "received_at_origin_facility": (None, ""),  # seen at the last station, too: no sign of handing over
    "refused": (Status.ATTEMPTED, SubStatus.REFUSED),
    "return": (None, ""),
    "status_update": (None, ""),
    "transferred_to_destination_carrier": (None, ""),
    "transit_exception": (Status.EXCEPTION, ""),
    "unknown": (None, ""),
    "weather_delay": (Status.EXCEPTION, SubStatus.DELAYED_WEATHER),
}

GRAMS_AN_OUNCE = 28.349523125


def read(raw: bytes, number: str = "") -> Reply:
    """One tracker, a page of them, an error, or the Event they send by themselves."""
    reply = as_object(raw)
    with reading(reply):
        if "error" in reply:
            return Reply(refusals=[to_refusal(reply["error"])])
        if isinstance(reply.get("result"), dict):
            reply = reply["result"]
            if "tracking_code" not in reply or reply.get("object", "Tracker") != "Tracker":  # of a batch, a payment
                return Reply()
        trackers = listed(reply["trackers"] if "trackers" in reply else reply if reply["tracking_code"] else None)
        return sifted(parcels_of(trackers, to_parcel, lambda tracker: str(tracker["tracking_code"]), number))


def sifted(reply: Reply) -> Reply:
    """Carriers give numbers out again, and a page begins with the tracker that was made last."""
    newest = list({parcel.number: parcel for parcel in reversed(reply.parcels)}.values())
    return Reply(newest, [*reply.refusals, *(parcel.refusal for parcel in newest if parcel.refusal)])


def to_parcel(tracker: dict) -> Tracked:
    number, status = str(tracker["tracking_code"]), tracker["status"] or "unknown"
    details = listed(tracker.get("tracking_details"))
    told = [detail for detail in details if status_of(detail) != "error"]
    details = told or details  # an error among scans is EasyPost's own; a tracker of nothing else is one
    scans = scans_of(details, to_scan)
    if status not in {"unknown", "error", *map(status_of, details)}:
        current = {"status": status, "status_detail": tracker.get("status_detail"), "datetime": tracker["updated_at"]}
        scans = sorted([*scans, *scans_of([current], to_scan)], key=lambda scan: scan.at)
    if scans and scans[-1].status is Status.DELIVERED:
        scans[-1] = handed_over(scans[-1], status, bool(tracker.get("signed_by")))
    carrier_detail = tracker.get("carrier_detail") or {}
    return Tracked(
        number,
        scans,
        day(carrier_detail.get("est_delivery_date_local")) or day(tracker.get("est_delivery_date")),
        plain(carrier_detail.get("service")),
        why_not(tracker) if status == "error" and not told else None,
    )


def handed_over(scan: Scan, status: str, signed: bool) -> Scan:
    """The last scan of all. A tracker that says return_to_sender even then was handed to the sender."""
    if status == "return_to_sender":
        return replace(scan, status=Status.RETURNED)
    return replace(scan, sub_status=SubStatus.SIGNED) if signed else scan


def status_of(detail: object) -> str:
    return (detail.get("status") or "") if isinstance(detail, dict) else ""


def to_scan(detail: dict) -> Scan:
    status, sub_status = meant(detail["status"] or "", detail.get("status_detail") or "")
    when = moment(detail["datetime"])
    # "When location information is incomplete, timestamps default to UTC": a true offset is known, a Z may be either.
    zone_from = ZoneFrom.ASSUMED if when.at.utcoffset() == timedelta() else when.zone_from
    code = "/".join(
        part for part in (detail["status"], detail.get("status_detail"), detail.get("carrier_code")) if part
    )
    return Scan(
        at=when.at,
        status=status,
        text=plain(detail.get("message")) or plain(detail.get("description")) or plain(code),
        place=place(*((detail.get("tracking_location") or {}).get(part) for part in ("city", "state", "country"))),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=zone_from,
        raw=detail,
    )


def meant(status: str, detail: str) -> Meaning:
    said, sub_status = meaning("easypost", WORDS, status)
    instead, why = DETAILS.get(detail, (None, ""))
    if instead and status in SAY_LITTLE:
        return instead, why
    return said, sub_status or (why if said is Status.RETURNING else "")


def why_not(tracker: dict) -> Refusal:
    """A tracker that is an error: a number that no carrier has, or a real number asked for with the test key."""
    details = [detail for detail in listed(tracker.get("tracking_details")) if isinstance(detail, dict)]
    message = plain(details[-1].get("message")) if details else ""
    return Refusal("error", message or "no reason given", BadRequest, str(tracker["tracking_code"]))


def to_refusal(error: object) -> Refusal:
    """`message` is a sentence, and sometimes a list or an object."""
    said = error if isinstance(error, dict) else {"message": error}
    code, message = str(said.get("code") or "error"), said.get("message")
    words = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return Refusal(code, plain(words), error_of(code))


def error_of(code: str) -> type[CarrierError]:
    if code.startswith("APIKEY.") or code in {"UNAUTHORIZED", "FORBIDDEN", "PAYMENT_REQUIRED"}:
        return AccountRefused
    if code in {"RATE_LIMITED", "TOO_MANY_REQUESTS"}:
        return RateLimited
    if code in {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT", "TIMEOUT"}:
        return CarrierDown
    return BadRequest


def from_wanted(wanted: LabelWanted, key: str) -> dict:
    """A return is asked for as the outbound shipment was: they turn the addresses round, and so must we not."""
    shipment: dict = {
        "is_return": True,
        "reference": key,
        "to_address": address(wanted, "sender"),
        "from_address": address(wanted, "receiver"),
        "parcel": {"weight": ounces(wanted.weight_g)},
        "options": {"label_format": "PDF", "print_custom_1": wanted.reference},
    }
    return {"shipment": shipment}


def ounces(grams: int) -> float:
    return max(round(grams / GRAMS_AN_OUNCE, 1), 0.1)


def address(wanted: LabelWanted, whose: str) -> dict:
    parts = {
        "name": "name",
        "street1": "street",
        "city": "city",
        "state": "region",
        "zip": "postcode",
        "country": "country",
        "phone": "phone",
        "email": "email",
    }
    return {theirs: said for theirs, ours in parts.items() if (said := getattr(wanted, f"{whose}_{ours}", ""))}


def cheapest(shipment: dict, carriers: Iterable[str] = ()) -> dict | None:
    """The rate to buy: the lowest of these carriers, or of all."""
    allowed = {carrier.lower() for carrier in carriers}
    rates = [rate for rate in shipment["rates"] if not allowed or rate["carrier"].lower() in allowed]
    return min(rates, key=lambda rate: (Decimal(rate["rate"]), rate["id"]), default=None)


def told(shipment: dict) -> str:
    """What the carriers said instead of a price."""
    return " ".join(
        f"{plain(row.get('carrier'))}: {plain(row.get('message'))}" for row in listed(shipment.get("messages"))
    )
