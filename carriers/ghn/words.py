"""GHN's statuses and reasons -> ours.

api.ghn.vn "List of shipping status" (id=48, 22 of them) and "Fail code - reason new" (id=121, 30 of them), read in
2024-11; their names in comments are GHN's.
"""

from ..base import Status, SubStatus
from ..taxonomy import Meaning

WORDS: dict[str, Meaning] = {
    "ready_to_pick": (Status.PRE_TRANSIT, SubStatus.DATA_ONLY),  # Chờ lấy hàng
    "picking": (Status.PRE_TRANSIT, ""),  # Đang lấy hàng
    "money_collect_picking": (Status.PRE_TRANSIT, ""),  # Đang tương tác với người gửi
    "picked": (Status.ACCEPTED, ""),  # Lấy hàng thành công
    "storing": (Status.IN_TRANSIT, ""),  # Nhập kho
    "transporting": (Status.IN_TRANSIT, ""),  # Đang trung chuyển
    "sorting": (Status.IN_TRANSIT, ""),  # Đang phân loại
    "delivering": (Status.OUT_FOR_DELIVERY, ""),  # Đang giao hàng
    "money_collect_delivering": (Status.OUT_FOR_DELIVERY, ""),  # Đang tương tác với người nhận
    "delivered": (Status.DELIVERED, ""),  # Giao hàng thành công
    "delivery_fail": (Status.ATTEMPTED, ""),  # Giao hàng không thành công
    "waiting_to_return": (Status.ATTEMPTED, ""),  # Chờ xác nhận giao lại: the shop says again or back
    "return": (Status.RETURNING, ""),  # Chuyển hoàn
    "return_transporting": (Status.RETURNING, ""),  # Đang trung chuyển hàng hoàn
    "return_sorting": (Status.RETURNING, ""),  # Đang phân loại hàng hoàn
    "returning": (Status.RETURNING, ""),  # Đang hoàn hàng
    "return_fail": (Status.RETURNING, SubStatus.RETURN_FAILED),  # Hoàn hàng không thành công
    "returned": (Status.RETURNED, ""),  # Hoàn hàng thành công
    "cancel": (Status.CANCELLED, SubStatus.VOIDED),  # Đơn huỷ
    "exception": (Status.EXCEPTION, ""),  # Hàng ngoại lệ
    "lost": (Status.EXCEPTION, SubStatus.LOST),  # Hàng thất lạc
    "damage": (Status.EXCEPTION, SubStatus.DAMAGED),  # Hàng hư hỏng
    # In the log that GHN's own page shows (2026-04), and in no table:
    "picked_to_storing": (Status.IN_TRANSIT, ""),
    "delivery_fail_to_storing": (Status.IN_TRANSIT, ""),  # Nhập bưu cục giao: back at the post office
    "scrap": (Status.UNKNOWN, ""),  # listed by others next to lost and damage; GHN does not say what it is
}

# Why -> what it adds to the status. Beside any other status a reason says nothing: a parcel that was delivered may
# still carry why the day before it was not.
EXPLAINS = {"ready_to_pick": "GHN-P", "delivery_fail": "GHN-D", "waiting_to_return": "GHN-D", "return_fail": "GHN-R"}
REASONS: dict[str, SubStatus] = {
    # not picked up; the order stays ready_to_pick
    "GHN-PFA1A0": SubStatus.RESCHEDULED,  # the sender names another day
    "GHN-PFA2A2": SubStatus.PICKUP_FAILED,  # the sender's address or number is wrong
    "GHN-PFA2A1": SubStatus.PICKUP_FAILED,  # cannot be reached
    "GHN-PFA2A3": SubStatus.PICKUP_FAILED,  # does not answer the phone
    "GHN-PFA1A1": SubStatus.PICKUP_FAILED,  # wants to hand it in
    "GHN-PCB0B2": SubStatus.PICKUP_FAILED,  # too heavy or too large
    "GHN-PFA4A1": SubStatus.PICKUP_FAILED,  # badly packed
    "GHN-PCB0B1": SubStatus.PICKUP_FAILED,  # does not want to send it any more
    "GHN-PFA4A2": SubStatus.PICKUP_FAILED,  # goods that GHN does not carry
    "GHN-PFA3A2": SubStatus.PICKUP_FAILED,  # something happened to the courier
    # not delivered
    "GHN-DFC1A0": SubStatus.RESCHEDULED,  # the recipient names another day
    "GHN-DFC1A2": SubStatus.RECIPIENT_ABSENT,  # cannot be reached, or blocks the number
    "GHN-DFC1A4": SubStatus.RECIPIENT_ABSENT,  # does not answer the phone
    "GHN-DCD0A1": SubStatus.INCORRECT_ADDRESS,  # address or number is wrong
    "GHN-DFC1A1": SubStatus.INCORRECT_ADDRESS,  # wants it at another address
    "GHN-DFC1A7": SubStatus.REFUSED,  # may not look at it or try it on
    "GHN-DCD0A6": SubStatus.REFUSED,  # the wrong thing
    "GHN-DCD0A7": SubStatus.REFUSED,  # the wrong sum to pay
    "GHN-DCD0A5": SubStatus.REFUSED,  # says it is damaged
    "GHN-DCD1A5": SubStatus.COD_NOT_PAID,  # has no money
    "GHN-DCD0A8": SubStatus.REFUSED,  # changed their mind
    "GHN-DCD1A1": SubStatus.REFUSED,  # did not order it
    "GHN-DFC1A6": SubStatus.DELAYED_CARRIER,  # something happened to the courier
    "GHN-DCD1A3": SubStatus.DAMAGED,  # broken on the way
    # not given back; return_fail says as much
    "GHN-RFE0A0": SubStatus.RETURN_FAILED,  # the sender names another day
    "GHN-RFE0A1": SubStatus.RETURN_FAILED,  # wants it at another address
    "GHN-RFE0A6": SubStatus.RETURN_FAILED,  # does not answer the phone
    "GHN-RFE0A3": SubStatus.RETURN_FAILED,  # refuses: the wrong thing
    "GHN-RFE0A4": SubStatus.RETURN_FAILED,  # refuses: damaged
    "GHN-RFE0A5": SubStatus.RETURN_FAILED,  # something happened to the courier
}
