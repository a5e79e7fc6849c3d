"""USPS's event codes and event texts -> ours.

Publication 199, appendix G, lists them (postalpro.usps.com/pub199). It was not at hand; the codes below are those that
two public lists and recorded replies agree on. The text says more than the code: 01 is a delivery to the mailbox, to a
neighbor, or back to its sender. So a text that stands here leads, then the code.
"""

from ..base import Status, SubStatus
from ..taxonomy import DATA, Meaning, meaning

# eventCode: 56.
CODES: dict[str, Meaning] = {
    "01": (Status.DELIVERED, ""),
    "02": (Status.ATTEMPTED, ""),  # notice left
    "03": (Status.ACCEPTED, ""),
    "04": (Status.ATTEMPTED, SubStatus.REFUSED),
    "05": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # undeliverable as addressed
    "06": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # forwarded
    "07": (Status.IN_TRANSIT, ""),  # arrival at the unit that delivers
    "08": (Status.EXCEPTION, SubStatus.MISSORTED),
    "09": (Status.RETURNING, ""),
    "10": (Status.IN_TRANSIT, ""),
    "11": (Status.EXCEPTION, SubStatus.LOST),  # dead letter
    "14": (Status.AVAILABLE_FOR_PICKUP, ""),
    "15": (Status.EXCEPTION, SubStatus.MISSORTED),
    "16": (Status.AVAILABLE_FOR_PICKUP, ""),
    "17": (Status.DELIVERED, ""),  # picked up by the receiver's agent
    "19": (Status.IN_TRANSIT, ""),
    "21": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # no such number
    "22": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "23": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # moved, left no address
    "24": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # forward expired
    "25": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # addressee unknown
    "26": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),  # vacant
    "27": (Status.RETURNING, ""),  # unclaimed
    "28": (Status.EXCEPTION, ""),  # deceased
    "29": (Status.RETURNING, ""),
    "30": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "31": (Status.RETURNING, ""),  # not picked up
    "41": (Status.IN_TRANSIT, ""),
    "42": (Status.IN_TRANSIT, ""),  # handed to a partner
    "43": (Status.ACCEPTED, ""),  # picked up
    "44": (Status.RETURNING, ""),  # the sender calls it back
    "51": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),  # business closed
    "52": (Status.ATTEMPTED, ""),
    "53": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),  # receptacle blocked
    "54": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),  # receptacle full
    "55": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),  # no secure location
    "56": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "71": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "80": (Status.PRE_TRANSIT, ""),  # a shipping partner has it, USPS has not
    "81": (Status.PRE_TRANSIT, ""),
    "82": (Status.PRE_TRANSIT, ""),
    "83": (Status.PRE_TRANSIT, ""),
    "89": DATA,  # the merchant's order
    "AD": (Status.ACCEPTED, ""),
    "DX": (Status.UNKNOWN, ""),  # "delivery status not updated": on purpose
    "EF": (Status.IN_TRANSIT, ""),
    "GC": DATA,
    "GX": DATA,  # label created
    "MA": DATA,  # manifest
    "OA": (Status.ACCEPTED, ""),
    "OF": (Status.OUT_FOR_DELIVERY, ""),
    "PA": (Status.ACCEPTED, ""),
    "PC": (Status.IN_TRANSIT, ""),
    "SF": (Status.IN_TRANSIT, ""),
    "TM": (Status.PRE_TRANSIT, ""),  # a load arrived, this parcel is not scanned yet
    "UA": (Status.ACCEPTED, ""),
}

# eventType in small letters, up to ", expected delivery by ...".
TEXTS: dict[str, Meaning] = {
    "accepted at usps destination facility": (Status.ACCEPTED, ""),
    "accepted at usps facility": (Status.ACCEPTED, ""),
    "accepted at usps origin facility": (Status.ACCEPTED, ""),
    "addressee unknown": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "arrived at military post office": (Status.IN_TRANSIT, ""),
    "arrived at post office": (Status.IN_TRANSIT, ""),
    "arrived at usps facility": (Status.IN_TRANSIT, ""),
    "arrived at usps regional destination facility": (Status.IN_TRANSIT, ""),
    "arrived at usps regional facility": (Status.IN_TRANSIT, ""),
    "arrived at usps regional origin facility": (Status.IN_TRANSIT, ""),
    "arrived shipping partner facility, usps awaiting item": (Status.PRE_TRANSIT, ""),
    "available for pickup": (Status.AVAILABLE_FOR_PICKUP, ""),
    "available for redelivery or pickup": (Status.AVAILABLE_FOR_PICKUP, ""),
    "awaiting delivery scan": (Status.IN_TRANSIT, ""),
    "delivered": (Status.DELIVERED, ""),
    "delivered, front desk/reception/mail room": (Status.DELIVERED, ""),
    "delivered, front door/porch": (Status.DELIVERED, SubStatus.TO_SAFE_PLACE),
    "delivered, garage or other location at address": (Status.DELIVERED, SubStatus.TO_SAFE_PLACE),
    "delivered, garage / other door / other location at address": (Status.DELIVERED, SubStatus.TO_SAFE_PLACE),
    "delivered, in/at mailbox": (Status.DELIVERED, ""),
    "delivered, individual picked up at post office": (Status.DELIVERED, ""),
    "delivered, individual picked up at postal facility": (Status.DELIVERED, ""),
    "delivered, left with individual": (Status.DELIVERED, ""),
    "delivered, neighbor as requested": (Status.DELIVERED, SubStatus.TO_NEIGHBOUR),
    # The locker beside the mailboxes, with its key in the mailbox: there is nothing to collect elsewhere.
    "delivered, parcel locker": (Status.DELIVERED, SubStatus.TO_LOCKER),
    "delivered, po box": (Status.DELIVERED, ""),
    "delivered, to agent": (Status.DELIVERED, ""),
    "delivered, to mail room": (Status.DELIVERED, ""),
    "delivered, to original sender": (Status.RETURNED, ""),
    "delivered to agent for final delivery": (Status.IN_TRANSIT, ""),
    "delivery attempted - no access to delivery location": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "delivery exception, animal interference": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "delivery exception, local weather delay": (Status.EXCEPTION, SubStatus.DELAYED_WEATHER),
    "departed post office": (Status.IN_TRANSIT, ""),
    "departed shipping partner facility, usps awaiting item": (Status.PRE_TRANSIT, ""),
    "departed usps facility": (Status.IN_TRANSIT, ""),
    "departed usps regional facility": (Status.IN_TRANSIT, ""),
    "forward expired": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "forwarded": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "held at post office, at customer request": (Status.AVAILABLE_FOR_PICKUP, ""),
    "in transit to next facility": (Status.IN_TRANSIT, ""),
    "in transit, arriving late": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "in transit, arriving on time": (Status.IN_TRANSIT, ""),
    "inbound into customs": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "inbound out of customs": (Status.IN_TRANSIT, ""),
    "insufficient address": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "missent": (Status.EXCEPTION, SubStatus.MISSORTED),
    "moved, left no address": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "no such number": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "notice left (business closed)": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "notice left (no authorized recipient available)": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "notice left (no secure location available)": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "notice left (receptacle blocked)": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "notice left (receptacle full/item oversized)": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "out for delivery": (Status.OUT_FOR_DELIVERY, ""),
    "picked up by shipping partner, usps awaiting item": (Status.PRE_TRANSIT, ""),
    "pre-shipment info sent to usps, usps awaiting item": DATA,
    "pre-shipment, usps awaiting item": DATA,
    "processed at usps facility": (Status.IN_TRANSIT, ""),
    "processed through usps facility": (Status.IN_TRANSIT, ""),
    "processing exception, local weather delay": (Status.EXCEPTION, SubStatus.DELAYED_WEATHER),
    "processing exception, other delay": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "redelivery scheduled": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "refused": (Status.ATTEMPTED, SubStatus.REFUSED),
    "reminder to schedule redelivery of your item": (Status.ATTEMPTED, ""),
    "rescheduled to next delivery day": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "return to sender": (Status.RETURNING, ""),
    "return to sender processed": (Status.RETURNING, ""),
    "shipment received, package acceptance pending": (Status.PRE_TRANSIT, ""),
    "shipping label created, usps awaiting item": DATA,
    "unclaimed/being returned to sender": (Status.RETURNING, ""),
    "undeliverable as addressed": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
    "usps in possession of item": (Status.ACCEPTED, ""),
    "usps picked up item": (Status.ACCEPTED, ""),
    "vacant": (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
}


def told(code: str, text: str) -> Meaning:
    """What an event means by its text, else by its code."""
    known = TEXTS.get(text.lower().split(", expected delivery")[0].strip())
    return known or meaning("usps", CODES, code)
