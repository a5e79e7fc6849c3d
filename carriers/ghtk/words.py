"""GHTK's statuses and reasons -> ours.

The tables of its webhook page (api.ghtk.vn, docs.giaohangtietkiem.vn: 22 statuses and 36 reasons, the same in eight
public repositories). Names in comments are GHTK's.
"""

from ..base import Status, SubStatus
from ..taxonomy import Meaning

WORDS: dict[str, Meaning] = {
    "-1": (Status.CANCELLED, SubStatus.VOIDED),  # Hủy đơn hàng
    "1": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),  # Chưa tiếp nhận
    "2": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),  # Đã tiếp nhận: the order, not the parcel
    "12": (Status.PRE_TRANSIT, ""),  # Đã điều phối lấy hàng/Đang lấy hàng
    "123": (Status.ACCEPTED, ""),  # Shipper báo đã lấy hàng
    "3": (Status.IN_TRANSIT, ""),  # Đã lấy hàng/Đã nhập kho
    "7": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),  # Không lấy được hàng
    "127": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),  # Shipper báo không lấy được hàng
    "8": (Status.PRE_TRANSIT, SubStatus.RESCHEDULED),  # Hoãn lấy hàng
    "128": (Status.PRE_TRANSIT, SubStatus.RESCHEDULED),  # Shipper báo delay lấy hàng
    "4": (Status.OUT_FOR_DELIVERY, ""),  # Đã điều phối giao hàng/Đang giao hàng
    "10": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # Delay giao hàng
    "410": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # Shipper báo delay giao hàng
    "9": (Status.ATTEMPTED, ""),  # Không giao được hàng
    "49": (Status.ATTEMPTED, ""),  # Shipper báo không giao được
    "45": (Status.DELIVERED, ""),  # Shipper báo đã giao hàng
    "5": (Status.DELIVERED, ""),  # Đã giao hàng/Chưa đối soát
    "6": (Status.DELIVERED, ""),  # Đã đối soát: the money was settled, days later
    "20": (Status.RETURNING, ""),  # Đang trả hàng
    "21": (Status.RETURNED, ""),  # Đã trả hàng
    "11": (Status.RETURNED, ""),  # Đã đối soát công nợ trả hàng: as 6
    "13": (Status.EXCEPTION, ""),  # Đơn hàng bồi hoàn: paid for, lost or damaged, it does not say which
}

# Which reasons (by how their number begins) speak of which status; beside another they say nothing.
EXPLAINS = {
    **dict.fromkeys(("8", "128"), "10"),
    **dict.fromkeys(("7", "127"), "11"),
    **dict.fromkeys(("10", "410"), "12"),
    **dict.fromkeys(("9", "49"), "13"),
    "20": "14",
}
REASONS: dict[str, str] = {
    # Chậm lấy hàng
    "100": SubStatus.RESCHEDULED,  # the shop says next shift
    "101": SubStatus.PICKUP_FAILED,  # the shop cannot be reached
    "102": SubStatus.PICKUP_FAILED,  # the goods are not there yet
    "103": SubStatus.PICKUP_FAILED,  # another address
    "104": SubStatus.RESCHEDULED,  # another day
    "105": SubStatus.DELAYED_CARRIER,  # too much to do
    "106": SubStatus.DELAYED_WEATHER,
    "107": "",  # another reason
    # Không lấy được hàng
    "110": SubStatus.PICKUP_FAILED,  # outside of the area
    "111": SubStatus.PICKUP_FAILED,  # goods they do not carry
    "112": SubStatus.PICKUP_FAILED,  # the shop cancels
    "113": SubStatus.PICKUP_FAILED,  # put off or out of reach three times
    "114": "",  # another reason
    "115": SubStatus.PICKUP_FAILED,  # cancelled by API
    # Chậm giao hàng
    "120": SubStatus.DELAYED_CARRIER,  # too much to do
    "121": SubStatus.RESCHEDULED,  # the recipient says next shift
    "122": SubStatus.RECIPIENT_ABSENT,  # does not answer the phone
    "123": SubStatus.RESCHEDULED,  # another day
    "124": SubStatus.INCORRECT_ADDRESS,  # has moved to another address
    "125": SubStatus.INCORRECT_ADDRESS,  # the address is wrong, the shop is to check
    "126": SubStatus.DELAYED_WEATHER,
    "127": "",  # another reason
    "128": SubStatus.RESCHEDULED,  # the partner names a time
    "129": SubStatus.DELAYED_CARRIER,  # the goods are not found; not yet said to be lost
    "1200": SubStatus.INCORRECT_ADDRESS,  # the phone number is wrong, the shop is to check
    # Không giao được hàng
    "130": SubStatus.REFUSED,
    "131": SubStatus.RECIPIENT_ABSENT,  # out of reach three times
    "132": SubStatus.RESCHEDULED,  # put off more than three times
    "133": "",  # the shop cancels
    "134": "",  # another reason
    "135": "",  # cancelled by API
    # Delay trả hàng
    "140": SubStatus.RETURN_FAILED,  # the shop says next shift
    "141": SubStatus.RETURN_FAILED,  # the shop cannot be reached
    "142": SubStatus.RETURN_FAILED,  # nobody there
    "143": SubStatus.RETURN_FAILED,  # another day
    "144": "",  # another reason
}
ENDED = {"5", "6", "45", "20", "21", "11", "-1", "13"}  # no estimate any more
SETTLED = {"5", "6", "45"}  # `deliver_date` is the day it came
