"""GHN's words -> ours. Pure.

Shapes from api.ghn.vn (order detail id=119, webhook id=47, cancel id=73; read in 2024-11), one real order detail of
2024-11-24, and a real log on GHN's own page of 2026-04.
"""

import re
from datetime import date
from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from ..http import as_object, plain, reading
from ..replies import listed, parcels_of, scans_of
from ..taxonomy import Meaning, meaning
from ..times import at_zone, moment
from .words import EXPLAINS, REASONS, WORDS

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
# Messages of these types say where the parcel is; update_weight, update_fee, cod and so on say what it weighs or costs.
MOVES = {"create", "switch_status"}
# Who drives is nobody's business after the parcel has gone. Reasons end with the name of who typed them.
NOT_KEPT = {"driver_name", "driver_phone", "executor", "ShipperName", "ShipperPhone"}
TYPED_BY = re.compile(r"[\s-]*Nhân viên cập nhật:.*", re.DOTALL)
NOT_YOURS = {"CLIENT_NOT_OWNER_OF_SHOP", "SHOP_NOT_FOUND", "TOKEN_IS_REQUIRED", "TOKEN_IS_INVALID"}


def read(raw: bytes, number: str = "") -> Reply:
    """An order's detail, an error, or the message they send by themselves."""
    reply = as_object(raw)
    with reading(reply):
        if "OrderCode" in reply:
            return Reply([to_told(reply)])
        if "order_code" in reply:
            return Reply([to_parcel(reply)])
        if int(reply["code"]) != 200:
            return Reply(refusals=[to_refusal(reply)])
        # Their documents show a list, real replies hold the object.
        return parcels_of(listed(reply["data"]), to_parcel, lambda order: str(order["order_code"]), number)


def to_parcel(order: dict) -> Tracked:
    scans = scans_of(listed(order.get("log")), to_scan)
    status = order["status"]
    if status not in {scan.code for scan in scans}:
        # A new order has no log; what touches it later (a changed weight) is not when it became ready.
        since = order.get("created_date") if status == "ready_to_pick" else order.get("updated_date")
        current = scans_of([{"status": status, "updated_date": since}], to_scan)
        scans = sorted([*scans, *current], key=lambda scan: scan.at)
    service = plain(order.get("service_type_id"))
    return Tracked(str(order["order_code"]), scans, promised(order.get("leadtime")), service)


def to_told(message: dict) -> Tracked:
    event = {
        "status": message.get("Status"),
        "updated_date": message.get("Time"),
        "reason_code": message.get("ReasonCode"),
        "reason": message.get("Reason"),
        "status_name": message.get("Description"),
    }
    moves = str(message.get("Type") or "").lower() in MOVES
    scans = scans_of([event] if moves else [], lambda row: to_scan(row, message))
    return Tracked(str(message["OrderCode"]), scans)


def to_scan(event: dict, message: dict | None = None) -> Scan:
    code = event["status"] or ""
    status, sub_status = refined(code, plain(event.get("reason_code")))
    # Z is true: trips begin at 00:50Z and 06:19Z, which is 7:50 and 13:19 where the couriers are.
    when = at_zone(moment(event["updated_date"]).at.astimezone(HOME))
    raw = message or event
    words = TYPED_BY.sub("", plain(event.get("reason"))) or plain(event.get("status_name")) or plain(code)
    return Scan(
        at=when.at,
        status=status,
        text=words,
        place=plain(raw.get("Warehouse")),
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw={name: kept(value) for name, value in raw.items() if name not in NOT_KEPT},
    )


def refined(code: str, reason: str) -> Meaning:
    status, sub_status = meaning("ghn", WORDS, code)
    explained = code in EXPLAINS and reason.startswith(EXPLAINS[code])
    return status, (REASONS.get(reason) if explained else "") or sub_status


def kept(value: object) -> object:
    return TYPED_BY.sub("", value) if isinstance(value, str) else value


def promised(leadtime: object) -> date | None:
    """The day of `leadtime` as it is written.

    Seen are 16:00Z (23:00 in Vietnam) and 23:59:59Z, which there is seven in the morning of the next day, before
    anybody delivers. Go's zero time of the year 1 is none.
    """
    try:
        return moment(str(leadtime)).at.date()
    except ValueError:
        return None


def to_refusal(reply: dict) -> Refusal:
    code = plain(reply.get("code_message")) or str(reply["code"])
    message = plain(reply.get("message")) or plain(reply.get("code_message_value"))
    return Refusal(code, message, error_of(int(reply["code"]), code, message))


def why_not_cancelled(reply: dict) -> Refusal | None:
    if int(reply["code"]) != 200:
        return to_refusal(reply)
    [told] = listed(reply["data"])
    return None if told["result"] is True else Refusal("result false", plain(told.get("message")), BadRequest)


def error_of(status: int, code: str, message: str) -> type[CarrierError] | None:
    if code == "ORDER_NOT_FOUND" or "đơn hàng không tồn tại" in message.lower():
        return None
    if status in {401, 403} or code in NOT_YOURS:
        return AccountRefused
    if status == 429 or "too many request" in message.lower():  # they say it with a 400, too
        return RateLimited
    return CarrierDown if status >= 500 else BadRequest
