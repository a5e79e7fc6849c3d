"""Hermes Germany's event codes -> ours.

Hold beside "Hermes Germany Eventcodes" (de-api.hermesworld.com). A code has four digits, or nine: what, which, and
where it was scanned. Where it was scanned seldom changes what it means. Ours: status, sub-status.
"""

from ..base import Status, SubStatus
from ..taxonomy import Meaning

ONLY_DATA = (Status.PRE_TRANSIT, SubStatus.DATA_ONLY)
UNDONE = (Status.IN_TRANSIT, SubStatus.UNDONE)  # the last event was a slip, and is taken back

WORDS: dict[str, Meaning] = {
    "0000": ONLY_DATA,  # announced
    "0600": ONLY_DATA,  # announced, and not seen at the depot after one day
    "0700": ONLY_DATA,  # two days
    "0800": ONLY_DATA,  # seven
    "0900": ONLY_DATA,  # twenty-eight
    "1000": ONLY_DATA,  # has left the client's warehouse, says the client
    "1510": (Status.IN_TRANSIT, ""),  # sorted at a logistics centre
    "1520": (Status.RETURNING, ""),  # sorted, on its way back to the client
    "1610": (Status.IN_TRANSIT, ""),  # abroad
    "1710": ONLY_DATA,  # export papers made
    "1720": (Status.IN_TRANSIT, ""),  # customs cleared
    "1730": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "1751": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),  # rejected by customs
    "1810": (Status.IN_TRANSIT, ""),  # to the partner abroad
    "1820": (Status.IN_TRANSIT, ""),
    "1900": (Status.ACCEPTED, ""),  # taken in after collection
    "1901": (Status.ACCEPTED, ""),  # brought to the branch by the client
    "1910": (Status.ACCEPTED, ""),  # collected from the client
    "2000": (Status.IN_TRANSIT, ""),  # arrived at a branch
    "2100": (Status.IN_TRANSIT, ""),  # arrived without having been announced
    "2300": (Status.IN_TRANSIT, ""),
    "2400": (Status.ACCEPTED, ""),  # handed in at a shop
    "3000": (Status.OUT_FOR_DELIVERY, ""),
    "3010": (Status.IN_TRANSIT, ""),  # has left a branch
    "3300": (Status.IN_TRANSIT, ""),
    "3410": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "3430": (Status.IN_TRANSIT, ""),  # to the island's carrier; the tides say when
    "3500": (Status.DELIVERED, ""),
    "3510": (Status.DELIVERED, ""),
    "3511": (Status.DELIVERED, ""),  # in the letterbox
    "3520": (Status.DELIVERED, ""),
    "3530": (Status.DELIVERED, ""),  # fetched from the shop
    "3710": (Status.ATTEMPTED, SubStatus.REFUSED),
    "3715": (Status.ATTEMPTED, SubStatus.COD_NOT_PAID),
    "3720": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "3731": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "3732": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "3733": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "3734": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),  # the fourth time: made ready to go back
    "3740": (Status.EXCEPTION, SubStatus.DAMAGED),
    "3750": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # the tour was broken off
    "3751": (Status.ATTEMPTED, ""),  # no or a wrong TAN, four times
    "3752": (Status.ATTEMPTED, ""),
    "3753": (Status.ATTEMPTED, ""),
    "3754": (Status.ATTEMPTED, ""),
    "3760": (Status.ACCEPTED, ""),  # a return, collected from the customer
    "3761": (Status.ACCEPTED, ""),  # a return, taken along
    "3780": (Status.EXCEPTION, SubStatus.MISSORTED),
    "3782": (Status.ATTEMPTED, ""),  # identification failed: picture, name, birthday, document, PIN, age
    "3783": (Status.ATTEMPTED, ""),
    "3784": (Status.ATTEMPTED, ""),
    "3785": (Status.ATTEMPTED, ""),
    "3786": (Status.ATTEMPTED, ""),
    "3787": (Status.ATTEMPTED, ""),
    "3795": (Status.EXCEPTION, ""),  # stopped by order
    # The same again, seen back at the branch.
    "4010": (Status.ATTEMPTED, SubStatus.REFUSED),
    "4015": (Status.ATTEMPTED, SubStatus.COD_NOT_PAID),
    "4020": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "4024": (Status.EXCEPTION, ""),  # too large or heavy for the shop
    "4025": (Status.IN_TRANSIT, ""),  # goes to the next distribution centre, not to the client
    "4031": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "4032": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "4033": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "4034": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "4035": (Status.ATTEMPTED, ""),  # not fetched from the shop in ten days
    "4040": (Status.EXCEPTION, SubStatus.DAMAGED),
    "4050": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "4051": (Status.ATTEMPTED, ""),
    "4052": (Status.ATTEMPTED, ""),
    "4053": (Status.ATTEMPTED, ""),
    "4054": (Status.ATTEMPTED, ""),
    "4060": (Status.IN_TRANSIT, ""),  # a return, arrived at a branch
    "4061": (Status.IN_TRANSIT, ""),
    "4062": (Status.ACCEPTED, ""),  # a return, handed in at a shop
    "4070": UNDONE,  # it did not leave on the tour
    "4072": UNDONE,  # it does not go back
    "4080": (Status.EXCEPTION, SubStatus.MISSORTED),
    "4081": (Status.ATTEMPTED, ""),
    "4082": (Status.ATTEMPTED, ""),
    "4083": (Status.ATTEMPTED, ""),
    "4084": (Status.ATTEMPTED, ""),
    "4085": (Status.ATTEMPTED, ""),
    "4086": (Status.ATTEMPTED, ""),
    "4087": (Status.ATTEMPTED, ""),
    "4095": (Status.EXCEPTION, ""),
    "4100": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # kept at the branch, mostly for want of room on the tour
    # ... or for one of these, which the short code does not tell apart
    "080001": (Status.IN_TRANSIT, ""),
    "080002": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # as the recipient wishes
    "080003": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # as the client wishes
    "080005": (Status.IN_TRANSIT, ""),  # until its other parcels are there
    "080006": (Status.IN_TRANSIT, ""),  # until the day agreed
    "080007": (Status.IN_TRANSIT, ""),  # until it is announced
    "4500": (Status.IN_TRANSIT, ""),  # stocktaking
    "4610": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # the driver could not take it along from the shop
    "4620": (Status.EXCEPTION, SubStatus.PICKUP_FAILED),  # it was not in the shop
    "4630": (Status.EXCEPTION, SubStatus.LOST),  # again not: "the whereabouts are unclear"
    "4690": UNDONE,  # what the shop said last
    "6080": (Status.RETURNING, ""),
    "6081": (Status.RETURNING, SubStatus.REFUSED),
    "6082": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "6083": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "6084": (Status.RETURNING, SubStatus.RECIPIENT_ABSENT),
    "6085": (Status.EXCEPTION, SubStatus.DAMAGED),  # looked at for damage; whether it goes back is not said
    "6086": (Status.EXCEPTION, SubStatus.MISSORTED),
    "6087": (Status.EXCEPTION, SubStatus.MISSORTED),
    "6088": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # redirected as the recipient asked
    "6089": (Status.RETURNING, ""),
    "6090": (Status.IN_TRANSIT, ""),
    "6092": (Status.RETURNING, ""),
    "6093": (Status.RETURNING, ""),  # not fetched from the shop
    "6094": (Status.RETURNING, SubStatus.COD_NOT_PAID),
    "6096": (Status.RETURNING, ""),
    "6098": (Status.RETURNING, ""),
    "6099": (Status.RETURNING, ""),
    "7500": (Status.RETURNED, ""),  # arrived at the client
    "9040": ONLY_DATA,  # measured as bulky
    "9041": ONLY_DATA,
    "9311": ONLY_DATA,  # what the recipient wishes: a shop, a neighbour, a place to leave it, a day, another address
    "9315": ONLY_DATA,
    "9321": ONLY_DATA,
    "9322": ONLY_DATA,
    "9323": ONLY_DATA,
    "9324": ONLY_DATA,
    "9325": ONLY_DATA,
    "9327": ONLY_DATA,
    "9328": ONLY_DATA,
    "9340": (Status.CANCELLED, SubStatus.VOIDED),
    "9341": (Status.CANCELLED, SubStatus.VOIDED),
    "9381": ONLY_DATA,  # and no longer wishes
    "9385": ONLY_DATA,
    "9391": ONLY_DATA,
    "9394": ONLY_DATA,
    "9395": ONLY_DATA,
    "9399": UNDONE,  # the cancellation is taken back
    # Their public tracking page says words instead; this one came before the parcel did.
    "EDL_BOOKED_DROPOFF": ONLY_DATA,
}

# What and which (six of nine digits) -> the code above.
SIX = {
    "000000": "0000",
    "000001": "0600",
    "000002": "0700",
    "000003": "0800",
    "000004": "0900",
    "010000": "1000",
    "030000": "1510",
    "030015": "1510",
    "031040": "9040",
    "031041": "9041",
    "033001": "1710",
    "033002": "1720",
    "033003": "1730",
    "033005": "1810",
    "033006": "1820",
    "033051": "1751",
    "035001": "1610",
    "037001": "1900",
    "037002": "1901",
    "037003": "1910",
    "037004": "1900",
    "045000": "2000",
    "045001": "2000",
    "045002": "2100",
    "045005": "2000",
    "045020": "2300",
    "048001": "4610",
    "048002": "4620",
    "048003": "4630",
    "048090": "4690",
    "050001": "3000",
    "050021": "3010",
    "050024": "3300",
    "050026": "3010",
    "050028": "3010",
    "050029": "3010",
    "050090": "4070",
    "055001": "3410",
    "055002": "3430",
    "060000": "4025",
    "060001": "3710",
    "060002": "3720",
    "060003": "3731",
    "060004": "3732",
    "060005": "3733",
    "060006": "3734",
    "060007": "3780",
    "060008": "3740",
    "060009": "3750",
    "060010": "3715",
    "060011": "4081",
    "060012": "4035",
    "060013": "3782",
    "060014": "3783",
    "060015": "3784",
    "060016": "3785",
    "060017": "3786",
    "060018": "3787",
    "060024": "4024",
    "060032": "3751",
    "060033": "3752",
    "060034": "3753",
    "060035": "3754",
    "060090": "4072",
    "060095": "3795",
    "065001": "4060",
    "065002": "4061",
    "080001": "080001",
    "080002": "080002",
    "080003": "080003",
    "080004": "4100",
    "080005": "080005",
    "080006": "080006",
    "080007": "080007",
    "085001": "4500",
    "090000": "3500",
    "090001": "3510",
    "090002": "3520",
    "090003": "3530",
    "090005": "3511",
    "100000": "6080",
    "100001": "6081",
    "100002": "6082",
    "100003": "6083",
    "100004": "6084",
    "100005": "6085",
    "100006": "6086",
    "100007": "6087",
    "100008": "6088",
    "100009": "6089",
    "100010": "6094",
    "100011": "6092",
    "100015": "6093",
    "100018": "6098",
    "100024": "6096",
    "100090": "4072",
    "100099": "6099",
    "101001": "6090",
    "115001": "1520",
    "125001": "7500",
    "310001": "9311",
    "310005": "9315",
    "320001": "9321",
    "320002": "9322",
    "320003": "9323",
    "320004": "9324",
    "320005": "9325",
    "320007": "9327",
    "320008": "9328",
    "320020": "9340",
    "320021": "9341",
    "380001": "9381",
    "380005": "9385",
    "390001": "9391",
    "390004": "9394",
    "390005": "9395",
    "390020": "9399",
}
# Where the place of the scan does change what it means: at the shop, at the customer's door.
NINE = {
    "045001008": "2400",
    "065001004": "3760",
    "065002004": "3761",
    "065002005": "3761",
    "065002008": "4062",
    "065002009": "3761",
}


def short(code: str) -> str:
    """The code above for 090001004, 90-1-4 and 3510 alike; what is none of these stays as it is."""
    parts = code.split("-")
    joined = "".join(part.zfill(3) for part in parts) if len(parts) == 3 else code
    return NINE.get(joined) or SIX.get(joined[:6], code) if len(joined) == 9 else code
