"""UPS Track v1, Track Alert v2 and Shipping v2409 (all JSON): their words -> ours. Pure.

A tracking reply is trackResponse.shipment[].package[], each with currentStatus, deliveryDate[] and activity[], newest
first. A number UPS has nothing on comes back with HTTP 200 and `warnings` in place of packages
(https://github.com/UPS-API/api-documentation/issues/102, 2024). A no is response.errors[].{code, message}.
Track Alert knocks with one flat event, whose statusCode is called descriptionCode.
"""

import base64
import re
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from textwrap import wrap
from zoneinfo import ZoneInfo

from ..base import LabelWanted, Refusal, Reply, ReturnLabel, Scan, Status, Tracked, plain_number
from ..customs import crosses_a_border
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, NotOffered, RateLimited
from ..http import as_object, place, plain, reading
from ..replies import BROKEN, grams, listed, parcels_of, scans_of
from ..times import Moment, at_zone, day, moment_at
from .words import told

HOME = ZoneInfo("America/New_York")  # assumed, where neither an offset nor the place tells

# What their codes of error mean. In the specifications: 250002, 251004, UJ0001, 10004, VSS...; in replies that others
# recorded: TW0001, TV1002. The 104.. of the token, 151018 and 151044 (older Track) are not confirmed.
NOTHING = {"TW0001", "151044"}  # tracking information not found
ABOUT_THE_NUMBER = {"TV1002", "151018"}  # invalid inquiry number
REFUSED = re.compile(r"25[01]\d{3}|UJ0001|104(00|01|03)")  # security; invalid token; client or merchant id
SLOW_DOWN = {"10429"}
DOWN = re.compile(r"1000\d|VSS100")  # something went wrong, temporarily unavailable


def read(raw: bytes, number: str = "") -> Reply:
    said = as_object(raw)
    with reading(said):
        if "trackResponse" in said:
            return _tracked(said["trackResponse"], number)
        if "activityStatus" in said:
            return Reply([to_knock(said)])
        if "package" in said or "inquiryNumber" in said:
            return _tracked({"shipment": said}, number)
        if "activity" in said or "currentStatus" in said:
            return _tracked({"shipment": {"package": said}}, number)
        errors = listed((said.get("response") or said)["errors"])
        return Reply(refusals=[_no(error, number) for error in errors])


def _no(error: dict, number: str) -> Refusal:
    code = plain(error.get("code"))
    about = number if code in NOTHING | ABOUT_THE_NUMBER else ""
    return Refusal(code, plain(error.get("message")) or code, _meant_by(code), about)


def _meant_by(code: str) -> type[CarrierError] | None:
    if code in NOTHING:
        return None
    if code in SLOW_DOWN:
        return RateLimited
    if REFUSED.fullmatch(code):
        return AccountRefused
    return CarrierDown if DOWN.fullmatch(code) else BadRequest


def _tracked(answer: dict, number: str) -> Reply:
    whole = Reply()
    for shipment in listed(answer["shipment"]):
        asked = plain(shipment.get("inquiryNumber")) or number
        packages = listed(shipment.get("package"))
        if len(packages) == 1 and asked and isinstance(packages[0], dict):
            packages = [{**packages[0], "trackingNumber": packages[0].get("trackingNumber") or asked}]
        found = parcels_of(packages, to_parcel, _number_of, asked)
        whole.parcels.extend(found.parcels)
        whole.refusals.extend(found.refusals)
        # Whatever a warning says, it is about this number: packages may stand beside it.
        whole.refusals.extend(
            replace(_no(warning, asked), number=asked) for warning in listed(shipment.get("warnings"))
        )
    return Reply(_under_the_asked(whole.parcels, number), whole.refusals)


def _under_the_asked(parcels: list[Tracked], number: str) -> list[Tracked]:
    """A parcel may be asked for by another number than UPS's own, a post office's for one. Then it is the only one."""
    if number and len(parcels) == 1 and plain_number(parcels[0].number) != plain_number(number):
        (parcel,) = parcels
        return [replace(parcel, number=number)]
    return parcels


def _number_of(package: dict) -> str:
    return str(package["trackingNumber"])


def to_parcel(package: dict) -> Tracked:
    service = plain((package.get("service") or {}).get("description"))
    days = [said for said in listed(package.get("deliveryDate")) if isinstance(said, dict)]
    dates = {plain(said.get("type")): said.get("date") for said in days}
    scans = scans_of(listed(package.get("activity")), lambda said: to_scan(said, service), newest_first=True)
    weight = package.get("weight") or {}
    return Tracked(
        _number_of(package),
        _ended(package, scans, dates, service),
        expected(dates),
        service,
        weight_g=grams(weight.get("weight"), weight.get("unitOfMeasurement")) if isinstance(weight, dict) else None,
    )


def _ended(package: dict, scans: list[Scan], dates: dict, service: str) -> list[Scan]:
    """The scans with the end that the current status tells.

    An activity without a statusCode says D for a delivery to whomever; the current status 034 says that it was the
    sender. And where no activity tells an end, the current status and the hour of delivery do.
    """
    now = package.get("currentStatus") or {}
    code = plain(now.get("statusCode") or now.get("code"))
    status = told("D", code, "")[0] if code.isdigit() else None
    if status not in (Status.DELIVERED, Status.RETURNED):
        return scans
    ends = [scan for scan in scans if scan.status in (Status.DELIVERED, Status.RETURNED)]
    if ends and scans[-1] is ends[-1] and status is Status.RETURNED:
        return [*scans[:-1], replace(scans[-1], status=status)]
    if ends:
        return scans
    end = {
        "status": {"type": "D", "statusCode": code, "description": now.get("description")},
        "date": dates.get("DEL"),
        "time": (package.get("deliveryTime") or {}).get("endTime"),
        "location": _destination(package),
    }
    return sorted([*scans, *scans_of([end], lambda activity: to_scan(activity, service))], key=lambda scan: scan.at)


def _destination(package: dict) -> dict:
    """Its city and country, for the clock there; the street is nobody's business here."""
    addresses = [entry for entry in listed(package.get("packageAddress")) if isinstance(entry, dict)]
    said = [entry for entry in addresses if plain(entry.get("type")) == "DESTINATION"]
    address = said[0]["address"] if said and isinstance(said[0].get("address"), dict) else {}
    return {"address": {name: address.get(name) for name in ("city", "stateProvince", "countryCode", "country")}}


def expected(dates: dict) -> date | None:
    """RDD (rescheduled) before SDD (scheduled). DEL is the day it was delivered, which is no estimate."""
    return day(dates.get("RDD")) or day(dates.get("SDD"))


def to_scan(activity: dict, service: str) -> Scan:
    address = (activity.get("location") or {}).get("address") or {}
    when = clock(
        local=(activity.get("date"), activity.get("time")),
        gmt=(activity.get("gmtDate"), activity.get("gmtTime")),
        offset=plain(activity.get("gmtOffset")),
        country=plain(address.get("countryCode") or address.get("country")),
        region=plain(address.get("stateProvince")),
    )
    status = activity.get("status") or {}
    return _scan(status, plain(status.get("statusCode")), address, when, raw=activity, service=service)


def to_knock(said: dict) -> Tracked:
    """One event of Track Alert."""
    address, status = said.get("activityLocation") or {}, said["activityStatus"]
    when = clock(
        local=(said.get("localActivityDate"), said.get("localActivityTime")),
        gmt=(said.get("gmtActivityDate"), said.get("gmtActivityTime")),
        offset=plain(said.get("gmtOffset")),
        country=plain(address.get("country")),
        region=plain(address.get("stateProvince")),
    )
    # A photo of the door and the name of who took it in are not ours to keep.
    kept = {name: value for name, value in said.items() if name not in ("deliveryPhoto", "receivedBy")}
    scan = _scan(status, plain(status.get("descriptionCode")), address, when, raw=kept, service="")
    return Tracked(str(said["trackingNumber"]), [scan], day(said.get("scheduledDeliveryDate")))


def _scan(status: dict, status_code: str, address: dict, when: Moment, *, raw: dict, service: str) -> Scan:
    kind, code = plain(status.get("type")), plain(status.get("code"))
    meant, sub_status = told(kind, status_code, code, service)
    whole = "/".join(filter(None, [kind, status_code, code]))
    country = plain(address.get("countryCode") or address.get("country"))
    text = plain(status.get("description")) or whole
    return Scan(
        at=when.at,
        status=meant,
        text=text,
        place=place(address.get("city"), address.get("stateProvince"), country),
        code=whole or text,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=raw,
    )


def clock(*, local: tuple, gmt: tuple, offset: str, country: str, region: str) -> Moment:
    """Local and Greenwich time together give the offset; without Greenwich the place gives the zone.

    Raises ValueError where there is no local time.
    """
    at = _time(*local)
    if found := re.fullmatch(r"([+-])(\d\d)[:.]?(\d\d)", offset):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return at_zone(at.replace(tzinfo=timezone(-ahead if found[1] == "-" else ahead)))
    try:
        ahead = at - _time(*gmt)
    except BROKEN:
        return moment_at(at, country, region, HOME)
    if abs(ahead) > timedelta(hours=14) or ahead % timedelta(minutes=15):
        return moment_at(at, country, region, HOME)  # the two do not belong together
    return at_zone(at.replace(tzinfo=timezone(ahead)))


def _time(on: object, at: object) -> datetime:
    """ "20250110" and "074700"; gmtTime may come as "74700" or "15:44:34", seen in their own example and in replies."""
    clock_time = str(at or "").replace(":", "").zfill(6)
    if not at or not on:
        raise ValueError("no time")
    return datetime.strptime(f"{on}{clock_time}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone is found above


# --- returns

POUND_G = 453.59237


def from_wanted(wanted: LabelWanted, account_number: str, service: str) -> dict:
    """The body of a Print Return Label (ReturnService 9). Raises NotOffered across a customs border."""
    sender, receiver = wanted.sender_country.upper(), wanted.receiver_country.upper()
    if crosses_a_border(wanted):
        raise NotOffered(f"A UPS return from {sender} to {receiver} needs customs papers, which are not made here.")
    shop = {"Name": wanted.receiver_name[:35], "AttentionName": wanted.receiver_name[:35], "Address": _shop(wanted)}
    customer = {"Name": wanted.sender_name[:35], "AttentionName": wanted.sender_name[:35], "Address": _sender(wanted)}
    if wanted.sender_phone:
        customer["Phone"] = {"Number": wanted.sender_phone[:15]}
    return {
        "ShipmentRequest": {
            "Request": {"RequestOption": "nonvalidate", "SubVersion": "1801"},
            "Shipment": {
                "Description": f"Return {wanted.reference}"[:50],
                "ReturnService": {"Code": "9"},
                "Shipper": {**shop, "ShipperNumber": account_number},
                "ShipTo": shop,
                "ShipFrom": customer,
                "PaymentInformation": {
                    "ShipmentCharge": {"Type": "01", "BillShipper": {"AccountNumber": account_number}}
                },
                "Service": {"Code": service or ("03" if sender == "US" else "11")},  # Ground; UPS Standard
                "Package": {
                    "Description": f"Return {wanted.reference}"[:35],
                    "Packaging": {"Code": "02"},  # the customer's own
                    "PackageWeight": _weight(wanted.weight_g, sender),
                },
            },
            "LabelSpecification": {
                "LabelImageFormat": {"Code": "GIF"},
                "HTTPUserAgent": "Mozilla/4.5",
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
        }
    }


def _sender(wanted: LabelWanted) -> dict:
    return _address(
        wanted.sender_street,
        wanted.sender_city,
        wanted.sender_region,
        wanted.sender_postcode,
        wanted.sender_country,
    )


def _shop(wanted: LabelWanted) -> dict:
    return _address(
        wanted.receiver_street,
        wanted.receiver_city,
        wanted.receiver_region,
        wanted.receiver_postcode,
        wanted.receiver_country,
    )


def _address(street: str, city: str, region: str, postcode: str, country: str) -> dict:
    address = {
        "AddressLine": wrap(street, 35)[:3],
        "City": city[:30],
        "PostalCode": postcode[:9],
        "CountryCode": country.upper(),
    }
    return {**address, "StateProvinceCode": region[:5]} if region else address


def _weight(grams: int, country: str) -> dict:
    """Rounded up to a tenth: in pounds from the United States, else in kilograms."""
    unit, one = ("LBS", POUND_G) if country == "US" else ("KGS", 1000.0)
    tenths = max(1, -int(-grams * 10 // one))
    return {"UnitOfMeasurement": {"Code": unit}, "Weight": f"{tenths / 10:.1f}"}


def to_label(reply: dict) -> ReturnLabel:
    """ShipmentResponse.ShipmentResults.PackageResults: a list in new versions, an object in old ones."""
    package = listed(reply["ShipmentResponse"]["ShipmentResults"]["PackageResults"])[0]
    file = base64.b64decode(package["ShippingLabel"]["GraphicImage"], validate=True)
    return ReturnLabel(tracking_number=str(package["TrackingNumber"]), file=file, file_type=_kind_of(file))


def _kind_of(file: bytes) -> str:
    for start, kind in ((b"GIF8", "image/gif"), (b"\x89PNG", "image/png"), (b"%PDF", "application/pdf")):
        if file.startswith(start):
            return kind
    raise ValueError("a label that is no picture")
