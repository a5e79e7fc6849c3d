"""GHTK's words -> ours. Pure.

Shapes from api.ghtk.vn (order status, webhook) and pro-docs.ghtk.vn (errors), and one real order of 2024-11-25. What
they answer to a number they do not have was not to be found in writing: their sentence is looked at.
"""

from urllib.parse import unquote
from zoneinfo import ZoneInfo

from ..base import Refusal, Reply, Scan, Tracked
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError
from ..http import as_object, plain, reading
from ..replies import scans_of
from ..taxonomy import Meaning, meaning
from ..times import day, moment
from .words import ENDED, EXPLAINS, REASONS, SETTLED, WORDS

# Orders carry no zone; the same clock in their messages says +07:00.
HOME = ZoneInfo("Asia/Ho_Chi_Minh")
KEPT = {
    *("label_id", "partner_id", "status", "status_text", "created", "modified", "pick_date", "deliver_date"),
    *("storage_day", "status_id", "action_time", "reason_code", "reason", "return_part_package"),
}
NOT_THERE = ("không tồn tại", "không tìm thấy", "không có")


def read(raw: bytes, number: str = "") -> Reply:
    """An order's state, an error, or the form they send by themselves."""
    if not raw.lstrip().startswith((b"{", b"[")) and b"label_id=" in raw:
        message = form(raw)
        with reading(message):
            return Reply([to_told(message)])
    reply = as_object(raw)
    with reading(reply):
        if "status_id" in reply:  # their documents show the message as JSON, too
            return Reply([to_told(reply)])
        if "label_id" in reply:  # the order alone
            return Reply([to_parcel(reply, number)])
        if reply["success"] is not True:
            return Reply(refusals=[to_refusal(reply, number)])
        return Reply([to_parcel(reply["order"], number)])


def form(raw: bytes) -> dict:
    """The form as they send it: `+07:00` with a bare plus, which every form reader would turn into a blank."""
    pairs = (pair.partition("=") for pair in raw.decode("utf-8-sig", errors="replace").strip().split("&"))
    return {unquote(name): unquote(value) for name, _equals, value in pairs}


def to_parcel(order: dict, number: str) -> Tracked:
    """One state is all they tell. Asked by its last part, a long label (S1.A1.17373471) is the parcel asked for."""
    status = str(order["status"])
    event = {"status": status, "text": order.get("status_text"), "when": time_of(order, status)}
    scans = scans_of([event], lambda row: to_scan(row, order))
    expected = None if status in ENDED else day(order.get("deliver_date"))
    return Tracked(number or str(order["label_id"]), scans, expected)


def to_told(message: dict) -> Tracked:
    event = {
        "status": str(message["status_id"]),
        "text": plain(message.get("reason")).replace("+", " "),
        "reason": str(message.get("reason_code") or ""),
        "when": message.get("action_time"),
    }
    return Tracked(str(message["label_id"]), scans_of([event], lambda row: to_scan(row, message)))


def time_of(order: dict, status: str) -> str:
    """`modified` moves with whatever is written later, such as the money's coming; the day of delivery stays."""
    modified, delivered = str(order.get("modified") or ""), str(order.get("deliver_date") or "")
    if status in SETTLED and day(delivered) and not modified.startswith(delivered[:10]):
        return delivered
    return modified


def to_scan(event: dict, raw: dict) -> Scan:
    code = event["status"]
    status, sub_status = refined(code, event.get("reason") or "")
    when = moment(event["when"], HOME)
    return Scan(
        at=when.at,
        status=status,
        text=plain(event.get("text")) or code,
        code=code,
        sub_status=sub_status,
        local=when.local,
        zone_from=when.zone_from,
        raw={name: value for name, value in raw.items() if name in KEPT},
    )


def refined(code: str, reason: str) -> Meaning:
    status, sub_status = meaning("ghtk", WORDS, code)
    explained = code in EXPLAINS and reason.startswith(EXPLAINS[code])
    return status, (REASONS.get(reason) if explained else "") or sub_status


def to_refusal(reply: dict, number: str) -> Refusal:
    code, message = str(reply.get("error_code") or "success false"), plain(reply.get("message"))
    error = error_of(code, message)
    return Refusal(code, message or "no reason given", error, number if error is None else "")


def error_of(code: str, message: str) -> type[CarrierError] | None:
    if code.startswith("201"):
        return AccountRefused
    if code in {"10101", "10103"}:
        return CarrierDown
    text = message.lower()
    # "Đường dẫn không tồn tại" is a path that is not there (10104): ours was wrong.
    about_order = "đơn hàng" in text and any(words in text for words in NOT_THERE)
    return None if about_order and code != "10104" else BadRequest


def already_cancelled(reply: dict) -> bool:
    """A second cancelling is answered with false, and with "in the state cancelled" (their blanks vary)."""
    text = "".join(plain(reply.get("message")).lower().split())
    return "trạngtháihủy" in text or "trạngtháihuỷ" in text
