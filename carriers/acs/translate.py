"""ACS's words -> ours. Pure.

Shapes from the manual "ACS Rest API": the summary is one row with flags, the details are rows of checkpoints. Both come
in the same envelope with a 200, and so do their nos. That a voucher is not known was recorded by others from the living
API; how they say that a password is wrong was not, so their words are looked at.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Status, SubStatus, Tracked, ZoneFrom, plain_number
from ..errors import AccountRefused, BadRequest, CarrierError
from ..http import as_object, plain, reading
from ..replies import listed, scans_of
from ..taxonomy import meaning
from ..times import Moment, moment
from .words import BEGINNINGS, CHECKPOINTS, REASONS, checkpoint, folded

# Greece and Cyprus read one clock, and their times are of no zone.
HOME = ZoneInfo("Europe/Athens")
# Who sent it, who got it and where they live stands in every summary, who took it in the notes of the last checkpoint.
KEPT = {
    *("voucher_no", "acs_station_origin", "acs_station_destination", "pickup_date", "delivery_flag", "returned_flag"),
    *("delivery_date", "non_delivery_reason_code", "delivery_date_expected", "shipment_status"),
    *("checkpoint_date_time", "checkpoint_action", "checkpoint_location"),
}
NOTHING = ("ACS SHIPMENT FOUND", "ΔΕΝ ΒΡΕΘΗΚΑΝ")  # the first begins with a No in Greek letters
ABOUT_ACCOUNT = ("COMPANY", "PASSWORD", "USER_ID", "ΧΡΗΣΤΗ", "ΣΥΝΘΗΜΑΤΙΚ", "ΚΩΔΙΚΟΣ ΠΡΟΣΒΑΣΗΣ", "ΔΙΚΑΙΩΜΑ", "API")


def read(raw: bytes, number: str = "") -> Reply:
    """A summary or details."""
    return read_all([raw], number)


def read_all(raws: Iterable[bytes], number: str) -> Reply:
    """Several replies about one parcel."""
    rows: list[dict] = []
    nothing: list[Refusal] = []
    for raw in raws:
        reply = as_object(raw)
        if "ACSTableOutput" in reply:  # without its envelope
            reply = {"ACSExecution_HasError": False, "ACSOutputResponce": reply}
        with reading(reply):
            if no := why_not(reply):
                if no.error:
                    return Reply(refusals=[no])
                nothing = [replace(no, number=number)]
            rows += [row for row in table(reply) if row not in rows]
    with reading(rows):
        return Reply([told(rows, number)]) if rows else Reply(refusals=nothing)


def output(reply: dict) -> dict:
    """They spell it ACSOutputResponce, and in the text of their manual the other way."""
    return reply.get("ACSOutputResponce") or reply.get("ACSOutputResponse") or {}


def values(reply: dict) -> dict:
    return next((row for row in listed(output(reply).get("ACSValueOutput")) if isinstance(row, dict)), {})


def table(reply: dict) -> list[dict]:
    rows = listed((output(reply).get("ACSTableOutput") or {}).get("Table_Data"))
    return [row for row in rows if isinstance(row, dict)]


def why_not(reply: dict) -> Refusal | None:
    """Their no. Without an error in the execution there may still be one in the values."""
    if reply["ACSExecution_HasError"]:
        message = plain(reply.get("ACSExecutionErrorMessage"))
        return Refusal("ACSExecution_HasError", message or "no reason given", error_of(message) or BadRequest)
    said = {name.lower(): value for name, value in values(reply).items()}
    message = plain(said.get("error_message") or said.get("error_msg"))
    return Refusal("Error_Message", message, error_of(message)) if message else None


def error_of(message: str) -> type[CarrierError] | None:
    text, as_typed = folded(message), message.upper()
    if any(words in text or words in as_typed for words in NOTHING):
        return None
    return AccountRefused if any(word in text or word in as_typed for word in ABOUT_ACCOUNT) else BadRequest


def told(rows: list[dict], number: str) -> Tracked:
    scans = scans_of([row for row in rows if "checkpoint_date_time" in row], to_scan)
    tracked = Tracked(number, scans)
    for row in rows:
        # For vouchers that were deleted they have answered with rows of others.
        if "delivery_flag" in row and plain_number(number) in {"", plain_number(str(row["voucher_no"]))}:
            tracked = with_summary(tracked, row)
    return tracked


def to_scan(row: dict) -> Scan:
    action = plain(row["checkpoint_action"])
    status, sub_status = meaning("acs", BEGINNINGS | CHECKPOINTS, checkpoint(action))
    when = at_home(row["checkpoint_date_time"])
    return Scan(
        at=when.at,
        status=status,
        text=action,
        place=plain(row.get("checkpoint_location")),
        code=folded(action),
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw=kept(row),
    )


def with_summary(tracked: Tracked, row: dict) -> Tracked:
    """What the flags say beside the checkpoints."""
    number, scans = str(row["voucher_no"]).strip(), tracked.scans
    if is_on(row.get("returned_flag")):
        # What was handed over at last was handed back to the sender.
        scans = [replace(scan, status=Status.RETURNED) if scan.status is Status.DELIVERED else scan for scan in scans]
        status, sub_status, code = Status.RETURNED, "", "returned_flag=1"
    elif is_on(row.get("delivery_flag")):
        status, sub_status, code = Status.DELIVERED, "", "delivery_flag=1"
    else:
        code = folded(row.get("non_delivery_reason_code"))
        status, sub_status = meaning("acs", REASONS, code) if code else (Status.UNKNOWN, "")
    moved = [scan for scan in scans if scan.sub_status != SubStatus.DATA_ONLY]
    if status is Status.ATTEMPTED and moved and moved[-1].status is Status.ATTEMPTED:
        # The checkpoint says that it was not delivered, the reason why.
        scans = [replace(scan, sub_status=sub_status) if scan is moved[-1] else scan for scan in scans]
        code = ""
    when = time_of(row, moved, status) if code else None
    at_its_end = status in {Status.RETURNED, Status.DELIVERED} and status in {scan.status for scan in scans}
    if when and not at_its_end:
        words = plain(row.get("delivery_info")).split("Ημερομηνία")[0].strip()
        scan = Scan(
            at=when.at,
            status=status,
            text=words or code,
            place=plain(row.get("acs_station_destination_descr")),
            code=code,
            sub_status=sub_status,
            local=when.local,
            zone_from=when.zone_from,
            raw=kept(row),
        )
        scans = sorted([*scans, scan], key=lambda each: each.at)
    return Tracked(tracked.number or number, scans, promised(row.get("delivery_date_expected")))


def time_of(row: dict, scans: list[Scan], status: Status) -> Moment | None:
    """When the flags became so. `delivery_date` is a day; a reason has no time at all, so it takes the checkpoint's.

    While a parcel is out, an old reason says nothing: it is of the day before.
    """
    last = scans[-1] if scans else None
    if status in {Status.DELIVERED, Status.RETURNED}:
        try:
            day_of_it = at_home(row["delivery_date"])
        except (KeyError, TypeError, ValueError, AttributeError):
            day_of_it = None
        if day_of_it and (last is None or day_of_it.at > last.at):
            return day_of_it
    elif last and last.status in {Status.OUT_FOR_DELIVERY, Status.DELIVERED}:
        return None
    return Moment(last.at, last.local, last.zone_from) if last else None


def is_on(flag: object) -> bool:
    return str(flag).strip() == "1"


def at_home(said: str) -> Moment:
    return moment(said, HOME, ZoneFrom.ASSUMED)


def promised(said: object) -> date | None:
    try:
        return at_home(str(said)).at.date()
    except ValueError:
        return None


def kept(row: dict) -> dict:
    return {name: value for name, value in row.items() if name in KEPT}
