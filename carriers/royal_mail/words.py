"""Royal Mail's event codes -> ours.

Hold beside Royal Mail's list of tracking event codes, which it gives to customers alone; this is a copy that others
published, with the few codes that only replies show. Ours: status, sub-status.
"""

from ..base import Status, SubStatus
from ..taxonomy import Meaning

ONLY_DATA = (Status.PRE_TRANSIT, SubStatus.DATA_ONLY)
TOLD_SOMEBODY = (Status.UNKNOWN, "")  # an event of their system, not of the parcel

WORDS: dict[str, Meaning] = {
    "EVAIE": ONLY_DATA,  # the sender announced it
    "EVAIP": ONLY_DATA,
    "EVAPA": ONLY_DATA,
    "EVBAH": (Status.ACCEPTED, ""),  # outward distribution centre
    "EVBAV": (Status.ACCEPTED, ""),
    "EVBAW": (Status.ACCEPTED, ""),  # too large, too heavy for the machine, and on its way all the same
    "EVBDM": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVBMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVBOF": (Status.ACCEPTED, ""),  # too large, too heavy for the machine, and on its way all the same
    "EVBPM": (Status.ACCEPTED, ""),  # outward distribution centre
    "EVBPR": (Status.ACCEPTED, ""),
    "EVBRA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVBRB": (Status.RETURNING, ""),  # the barcode cannot be read
    "EVBRS": (Status.ACCEPTED, ""),  # too large, too heavy for the machine, and on its way all the same
    "EVBRT": (Status.RETURNING, ""),
    "EVBRW": (Status.RETURNING, ""),  # too heavy
    "EVBSA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVBSD": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVBSM": (Status.ACCEPTED, ""),  # outward distribution centre
    "EVBSR": (Status.ACCEPTED, ""),
    "EVBSS": (Status.ACCEPTED, ""),  # too large, too heavy for the machine, and on its way all the same
    "EVBSW": (Status.ACCEPTED, ""),
    "EVCAH": (Status.IN_TRANSIT, ""),  # inward distribution centre
    "EVCAV": (Status.IN_TRANSIT, ""),
    "EVCDM": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVCMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVCOF": (Status.IN_TRANSIT, ""),
    "EVCPA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVCPD": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVCPI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVCPS": (Status.IN_TRANSIT, ""),
    "EVCPW": (Status.IN_TRANSIT, ""),
    "EVCRA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVCRB": (Status.RETURNING, ""),
    "EVCRS": (Status.IN_TRANSIT, ""),
    "EVCRW": (Status.IN_TRANSIT, ""),
    "EVDAA": (Status.ACCEPTED, ""),  # not for the machine
    "EVDAC": (Status.ACCEPTED, ""),  # outward mail centre
    "EVDAV": (Status.ACCEPTED, ""),
    "EVDAW": (Status.ACCEPTED, ""),  # not for the machine
    "EVDDM": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVDLS": (Status.ACCEPTED, ""),  # lost by the machine, not by Royal Mail
    "EVDMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVDOF": (Status.ACCEPTED, ""),  # not for the machine
    "EVDPL": (Status.ACCEPTED, ""),  # outward mail centre
    "EVDPM": (Status.ACCEPTED, ""),
    "EVDPR": (Status.ACCEPTED, ""),
    "EVDRA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVDRB": (Status.RETURNING, ""),
    "EVDRO": (Status.ACCEPTED, ""),  # not for the machine
    "EVDRS": (Status.ACCEPTED, ""),
    "EVDRW": (Status.RETURNING, ""),  # too heavy
    "EVDSA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVDSD": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVDSL": (Status.ACCEPTED, ""),  # outward mail centre
    "EVDSM": (Status.ACCEPTED, ""),
    "EVDSR": (Status.ACCEPTED, ""),
    "EVDSS": (Status.ACCEPTED, ""),  # not for the machine
    "EVDSW": (Status.RETURNING, ""),  # too heavy
    "EVGDM": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVGDO": (Status.IN_TRANSIT, ""),
    "EVGMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVGPD": (Status.OUT_FOR_DELIVERY, ""),  # "due for delivery today"
    "EVHAC": (Status.IN_TRANSIT, ""),  # worldwide distribution centre; leaving the country
    "EVHAP": (Status.EXCEPTION, SubStatus.CUSTOMS_DUTIES_DUE),
    "EVHAR": (Status.EXCEPTION, ""),  # export cancelled, as addressee or sender wished
    "EVHCA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVHCR": (Status.RETURNING, SubStatus.CUSTOMS_HOLD),
    "EVHDI": (Status.RETURNING, SubStatus.DAMAGED),
    "EVHFM": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # force majeure
    "EVHID": (Status.RETURNING, SubStatus.DOCUMENTS_MISSING),
    "EVHNC": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),  # the sender cannot be reached for them
    "EVHOE": (Status.IN_TRANSIT, ""),  # worldwide distribution centre; leaving the country
    "EVHSR": (Status.EXCEPTION, ""),  # export cancelled, as addressee or sender wished
    "EVIAV": (Status.IN_TRANSIT, ""),  # inward mail centre
    "EVIDM": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVILC": (Status.IN_TRANSIT, ""),  # international centre
    "EVIMC": (Status.IN_TRANSIT, ""),  # inward mail centre
    "EVIMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVIMS": (Status.IN_TRANSIT, ""),
    "EVIOF": (Status.IN_TRANSIT, ""),
    "EVIPA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVIPD": (Status.EXCEPTION, SubStatus.DAMAGED),
    "EVIPI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVIPR": (Status.IN_TRANSIT, ""),  # inward mail centre
    "EVIPS": (Status.IN_TRANSIT, ""),
    "EVIPW": (Status.IN_TRANSIT, ""),
    "EVIRM": (Status.IN_TRANSIT, ""),
    "EVIRO": (Status.IN_TRANSIT, ""),
    "EVJAP": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    "EVJBA": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    "EVJCA": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    "EVJCC": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJCD": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJCO": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJDP": (Status.IN_TRANSIT, SubStatus.CUSTOMS_DUTIES_DUE),  # released, and somebody has to pay
    "EVJDU": (Status.IN_TRANSIT, ""),  # international centre
    "EVJEA": (Status.IN_TRANSIT, ""),  # released by customs
    "EVJEM": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJES": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    "EVJFC": (Status.IN_TRANSIT, ""),  # released by customs
    "EVJIA": (Status.IN_TRANSIT, ""),
    "EVJIC": (Status.IN_TRANSIT, ""),  # presented to customs, as everything is
    "EVJIN": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJJV": (Status.IN_TRANSIT, ""),  # international centre
    "EVJLV": (Status.IN_TRANSIT, ""),
    "EVJML": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVJMV": (Status.IN_TRANSIT, ""),  # international centre
    "EVJNT": (Status.IN_TRANSIT, ""),  # released by customs
    "EVJOE": (Status.IN_TRANSIT, ""),  # international centre
    "EVJPA": (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    "EVJSR": (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
    "EVKAA": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "EVKAI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVKDN": (Status.DELIVERED, SubStatus.TO_NEIGHBOUR),
    "EVKGA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVKLC": (
        Status.AVAILABLE_FOR_PICKUP,
        SubStatus.TO_PARCEL_SHOP,
    ),  # they say delivered; it waits at a post office
    "EVKLS": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "EVKNA": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "EVKNR": (Status.ATTEMPTED, ""),
    "EVKNS": (Status.DELIVERED, SubStatus.TO_NEIGHBOUR),
    "EVKOP": (Status.DELIVERED, ""),
    "EVKRF": (Status.RETURNING, SubStatus.REFUSED),
    "EVKSF": (Status.DELIVERED, SubStatus.TO_SAFE_PLACE),
    "EVKSP": (Status.DELIVERED, SubStatus.SIGNED),
    "EVKSU": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),  # not even to the safe place
    "EVNAA": (Status.AVAILABLE_FOR_PICKUP, SubStatus.ACCESS_PROBLEM),
    "EVNAB": (Status.RETURNING, SubStatus.REFUSED),
    "EVNAC": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNAD": (Status.RETURNING, ""),  # nobody fetched it
    "EVNAE": (Status.AVAILABLE_FOR_PICKUP, ""),
    "EVNAI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNBA": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "EVNCE": (Status.DELIVERED, ""),  # fetched
    "EVNCF": (Status.EXCEPTION, SubStatus.CUSTOMS_DUTIES_DUE),  # postage or customs, it does not say which
    "EVNCL": (Status.UNKNOWN, ""),  # not found on the shelf; never shown to anybody
    "EVNCO": (Status.DELIVERED, ""),  # fetched
    "EVNDA": (Status.AVAILABLE_FOR_PICKUP, SubStatus.RECIPIENT_ABSENT),
    "EVNDL": (Status.EXCEPTION, SubStatus.LOST),  # destroyed
    "EVNDN": (Status.IN_TRANSIT, SubStatus.DELAYED_CARRIER),  # no attempt today
    "EVNDO": (Status.IN_TRANSIT, ""),
    "EVNDS": (Status.UNKNOWN, ""),  # struck from a list
    "EVNFS": (Status.DELIVERED, ""),
    "EVNGA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNGL": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNHE": (Status.RETURNING, ""),
    "EVNHR": (Status.RETURNING, SubStatus.REFUSED),
    "EVNIL": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "EVNIO": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "EVNKS": (Status.AVAILABLE_FOR_PICKUP, SubStatus.RESCHEDULED),  # Keepsafe: held because the recipient asked
    "EVNLA": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),  # to the national returns centre
    "EVNLC": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "EVNLG": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),  # to the national returns centre
    "EVNLI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNLP": (Status.DELIVERED, ""),
    "EVNLR": (Status.RETURNING, SubStatus.REFUSED),
    "EVNMC": (Status.IN_TRANSIT, ""),
    "EVNMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVNOC": (Status.DELIVERED, ""),  # fetched
    "EVNOI": (Status.DELIVERED, ""),  # implied, and said to the customer as delivered
    "EVNOU": (Status.UNKNOWN, ""),  # booked out, to whom is not said
    "EVNPB": (Status.ACCEPTED, ""),
    "EVNPO": (Status.DELIVERED, ""),  # to a PO box
    "EVNPS": (Status.AVAILABLE_FOR_PICKUP, ""),  # ready for redelivery or collection
    "EVNRC": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # to a post office, as asked
    "EVNRD": (Status.IN_TRANSIT, ""),  # redirected
    "EVNRE": (Status.RETURNING, ""),
    "EVNRF": (Status.RETURNING, SubStatus.REFUSED),
    "EVNRL": (Status.RETURNING, ""),
    "EVNRN": (Status.RETURNING, ""),
    "EVNRO": (Status.RETURNING, SubStatus.REFUSED),
    "EVNRR": (Status.RETURNING, SubStatus.REFUSED),
    "EVNRS": (Status.RETURNING, ""),
    "EVNRT": (Status.IN_TRANSIT, ""),  # held at the delivery office; delivered the same day in the reply that shows it
    "EVNSA": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "EVNSC": (Status.DELIVERED, SubStatus.SIGNED),  # fetched
    "EVNSI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNSR": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "EVNUK": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVNUL": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "EVNUO": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "EVNWA": (Status.IN_TRANSIT, ""),  # they corrected the address
    "EVOAC": (Status.ACCEPTED, ""),
    "EVOBC": (Status.ACCEPTED, ""),
    "EVOCO": (Status.IN_TRANSIT, ""),  # being processed for delivery
    "EVODO": (Status.IN_TRANSIT, ""),
    "EVOLB": (Status.IN_TRANSIT, ""),
    "EVOMI": (Status.EXCEPTION, SubStatus.MISSORTED),
    "EVOOC": (Status.IN_TRANSIT, ""),
    "EVORC": (Status.IN_TRANSIT, ""),
    "EVORI": (Status.IN_TRANSIT, ""),
    "EVORR": (Status.RETURNING, ""),
    "EVORT": (Status.RETURNING, ""),
    "EVORW": (Status.IN_TRANSIT, ""),
    "EVOUF": (Status.IN_TRANSIT, ""),
    "EVOVB": (Status.IN_TRANSIT, ""),
    "EVPLA": (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    "EVPLC": (Status.DELIVERED, ""),  # fetched from the post office
    "EVPLF": (Status.DELIVERED, ""),
    "EVPLI": (Status.RETURNING, ""),
    "EVPLN": (Status.RETURNING, ""),
    "EVPLR": (Status.RETURNING, SubStatus.REFUSED),
    "EVPLU": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVPLX": (Status.RETURNING, ""),
    "EVPOA": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "EVPOG": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVPOI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVPON": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "EVPOR": (Status.RETURNING, SubStatus.REFUSED),
    "EVPOU": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "EVPPA": (Status.ACCEPTED, ""),
    "EVPPB": ONLY_DATA,  # inferred, and "we're expecting it"
    "EVPUX": (Status.RETURNING, ""),
    "EVPXA": (Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM),
    "EVPXG": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVPXI": (Status.RETURNING, SubStatus.INCORRECT_ADDRESS),
    "EVPXN": (Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT),
    "EVPXR": (Status.RETURNING, SubStatus.REFUSED),
    "EVPXU": (Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS),
    "EVSGD": (Status.EXCEPTION, ""),  # dangerous or prohibited goods
    "EVSGS": (Status.EXCEPTION, ""),
    "EVSUS": (Status.EXCEPTION, ""),
    "EVZAM": TOLD_SOMEBODY,  # a message was sent or a bill written
    "EVZBF": TOLD_SOMEBODY,
    "EVZDM": TOLD_SOMEBODY,
    "EVZDR": TOLD_SOMEBODY,
    "EVZLM": TOLD_SOMEBODY,
    "EVZRD": TOLD_SOMEBODY,
    "EVZRM": TOLD_SOMEBODY,
    "EVZSO": TOLD_SOMEBODY,
    "RORXS": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),  # a delivery request was received
    "RSRXS": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
}

# Messages to the recipient: about what (delivered, a card, still here, at the post office, today, going back, in the
# safe place, not delivered) and how far that message came.
WORDS |= {
    about + how: TOLD_SOMEBODY
    for about in ("NDE", "NEP", "NFN", "NLC", "NRD", "NRE", "NSF", "NUN")
    for how in ("DF", "RF", "RS", "SF", "SS")
}
