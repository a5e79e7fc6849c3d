"""DPD's words -> ours. Pure.

ParcelLifeCycleService 2.0 (its WSDL and schema) as Germany speaks it, and as Belgium does, which has other words and
writes dates as Americans do. One reply of a real parcel of each was published by others; no account of our own.
"""

import re
from datetime import datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Status, SubStatus, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError
from ..http import as_xml, plain, reading
from ..replies import scans_of
from ..taxonomy import Meaning, meaning
from ..times import moment_at

# Ours: status, sub-status. The label above a milestone is that of the next one ("Parcel out for delivery" over "At
# parcel delivery centre."), so only the code counts, and its description is what we show.
WORDS: dict[str, Meaning] = {
    # Germany: the enumeration of the WSDL
    "SHIPMENT": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),
    "ACCEPTED": (Status.ACCEPTED, ""),  # "DPD has received your parcel."
    "AT_SENDING_DEPOT": (Status.IN_TRANSIT, ""),
    "ON_THE_ROAD": (Status.IN_TRANSIT, ""),
    "AT_DELIVERY_DEPOT": (Status.IN_TRANSIT, ""),
    "DELIVERED": (Status.DELIVERED, ""),
    # Belgium: as seen in a real reply of 2021; DPD publishes no list
    "PickedUp": (Status.ACCEPTED, ""),
    "BetweenDepots": (Status.IN_TRANSIT, ""),
    "Depot": (Status.IN_TRANSIT, ""),
    "Courier": (Status.OUT_FOR_DELIVERY, ""),
    "DeliveryFailure": (Status.ATTEMPTED, ""),
    "ReturningFromDelivery": (Status.ATTEMPTED, ""),  # back at the recipient's depot, not on its way to the sender
    "ParcelShop": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "Delivered": (Status.DELIVERED, ""),
}

HOME = ZoneInfo("Europe/Berlin")
TOKEN_IS_OLD = {"LOGIN_5", "LOGIN_6"}  # "The authtoken is invalid"
FAULTS: dict[str, type[CarrierError]] = {
    "authenticationfault": AccountRefused,
    "loginexception": AccountRefused,
    "systemfault": CarrierDown,
}
# Germany in German, Germany in English, Belgium.
DATES = ("%d.%m.%Y, %H:%M", "%d/%m/%Y, %H:%M", "%m/%d/%Y %I:%M:%S %p")
PLACE = re.compile(r"(.+?)\s*\((\w\w)\)")  # Mechelen (BE)


def read(raw: bytes, number: str = "") -> Reply:
    """The answer to getTrackingData, which does not repeat the number, or a SOAP fault."""
    root = as_xml(raw)
    with reading(raw):
        if (fault := root.find(".//{*}Fault")) is not None:
            return Reply(refusals=[to_refusal(fault, number)])
        result = next((element for element in root.iter() if element.tag.endswith("trackingresult")), None)
        if result is None:
            raise ValueError("neither a result nor a fault")
        reached = [step for step in result.findall("{*}statusInfo") if is_reached(step)]
        return Reply([Tracked(number, scans_of(reached, to_scan), service=service(result))])


def is_reached(step: Element) -> bool:
    """The milestones of a parcel's whole life are always there; this tells those behind it from those ahead."""
    return "true" in (said(step, "statusHasBeenReached"), said(step, "isCurrentStatus"))


def to_scan(step: Element) -> Scan:
    code = said(step, "status")
    status, sub_status = meaning("dpd", WORDS, code)
    town, country = split(said(step, "location/{*}content"))
    when = moment_at(to_time(said(step, "date/{*}content")), country, "", HOME)
    return Scan(
        at=when.at,
        status=status,
        text=sentence(step) or said(step, "label/{*}content") or code,
        place=", ".join(part for part in (town, country) if part),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw={
            "status": code,
            "label": said(step, "label/{*}content"),
            "description": sentence(step),
            "statusHasBeenReached": said(step, "statusHasBeenReached"),
            "isCurrentStatus": said(step, "isCurrentStatus"),
            "location": said(step, "location/{*}content"),
            "date": said(step, "date/{*}content"),
        },
    )


def to_time(written: str) -> datetime:
    for form in DATES:
        try:
            return datetime.strptime(written, form)  # noqa: DTZ007 - the place gives the zone
        except ValueError:
            continue
    raise ValueError(f"no date of theirs: {written[:30]}")


def split(location: str) -> tuple[str, str]:
    found = PLACE.fullmatch(location)
    return (found[1], found[2]) if found else (location, "")


def sentence(step: Element) -> str:
    return plain(" ".join(line.text or "" for line in step.findall("{*}description/{*}content/{*}content")))


def service(result: Element) -> str:
    return said(result, "shipmentInfo/{*}serviceDescription/{*}content/{*}content")


def said(element: Element, path: str) -> str:
    return plain(element.findtext("{*}" + path))


def to_refusal(fault: Element, number: str) -> Refusal:
    """Their faults name themselves: authenticationFault, dataFault, systemFault; `faults` in Belgium."""
    detail = fault.find("{*}detail")
    kind = next(iter(detail), None) if detail is not None else None
    if kind is None:
        return Refusal("fault", plain(fault.findtext("{*}faultstring")) or "a fault without words", CarrierDown)
    words = {child.tag.rpartition("}")[2].lower(): plain(child.text) for child in kind.iter()}
    code = words.get("errorcode") or words.get("faultcode") or "fault"
    message = words.get("errormessage") or words.get("message") or plain(fault.findtext("{*}faultstring"))
    error = AccountRefused if is_login(code) else FAULTS.get(kind.tag.rpartition("}")[2].lower(), BadRequest)
    return Refusal(code, message, error, number if error is BadRequest else "")


def is_login(code: str) -> bool:
    return code.startswith("LOGIN_") or code == "DELICOM_ERR_AUTHENTICATION"


def to_token(raw: bytes) -> str:
    """The answer to getAuth. Raises what a fault means."""
    root = as_xml(raw)
    if (fault := root.find(".//{*}Fault")) is not None:
        no = to_refusal(fault, "")
        raise (no.error or BadRequest)("DPD gives no token.", raw=f"{no.code} {no.message}")
    with reading("a token"):
        token = root.findtext(".//{*}authToken")
        if not token:
            raise ValueError("no token in it")
        return token
