"""DHL Paket's three codes of one event -> ours.

Hold beside DHL's own list of ICE and RIC combinations (338 rows). The standard event code is coarse and decides; the
ICE says what happened and, where it says more, decides instead; the RIC says why or where to.
"""

from ..base import Status, SubStatus
from ..taxonomy import DATA, Meaning, meaning

# standard-event-code: 16
STANDARD: dict[str, Meaning] = {
    "AA": (Status.IN_TRANSIT, ""),  # departed
    "AE": (Status.ACCEPTED, ""),  # picked up at the sender
    "AN": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),
    "BV": (Status.EXCEPTION, ""),
    "DD": DATA,  # data service: a delivery day was booked, a message was sent
    "EE": (Status.IN_TRANSIT, ""),  # arrived
    "ES": (Status.ACCEPTED, ""),  # handed in
    "GT": DATA,  # money was passed on
    "LA": (Status.AVAILABLE_FOR_PICKUP, ""),
    "NB": (Status.IN_TRANSIT, ""),
    "PO": (Status.OUT_FOR_DELIVERY, ""),
    "VA": DATA,  # electronic advice
    "ZF": (Status.AVAILABLE_FOR_PICKUP, ""),  # at a shop, a post office, a Packstation
    "ZN": (Status.ATTEMPTED, ""),
    "ZO": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "ZU": (Status.DELIVERED, ""),
}

# ice: 52. None: the standard event code says it all.
ICE: dict[str, Meaning | None] = {
    "ADVIS": None,
    "ALERT": None,
    "ASMVT": None,
    "CANCL": (Status.CANCELLED, SubStatus.VOIDED),  # by the sender
    "CHECK": None,
    "CNFSC": (Status.EXCEPTION, ""),  # confiscated: handed to an authority
    "CNRFC": (Status.AVAILABLE_FOR_PICKUP, ""),
    "DLVRD": None,
    "DLVRF": (Status.ATTEMPTED, SubStatus.REFUSED),
    "DMGDS": None,
    "DSPSD": (Status.EXCEPTION, SubStatus.LOST),  # disposed of: gone for good, though its standard code may say ZU
    "DTNPC": (Status.EXCEPTION, ""),  # data, but no piece
    "EXPHD": (Status.EXCEPTION, ""),
    "FWDCF": None,
    "HLDCC": None,
    "HLDCP": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "HLDCU": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "HNDDE": None,
    "HNDND": None,
    "ICPRC": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "INFCL": (Status.IN_TRANSIT, ""),  # stored at DHL for another day: neither on the van nor to be collected
    "ITBAR": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "LDEXC": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # left behind
    "LDTHU": None,
    "LDTMV": None,
    "MSRTD": (Status.EXCEPTION, SubStatus.MISSORTED),
    "MVARR": None,
    "MVDEX": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "MVDPT": None,
    "MVTEX": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
    "NTADT": (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),  # not on the delivery tour
    "NTDEL": (Status.ATTEMPTED, ""),  # not delivered; others' tables look for "ndelv", which DHL never says
    "NTPUP": (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),
    "OFWRD": (Status.IN_TRANSIT, ""),  # sent on to another address
    "PARCV": None,
    "PBNDT": (Status.EXCEPTION, ""),  # a piece, but no data
    "PCKDU": (Status.ACCEPTED, ""),
    "PMTCR": DATA,
    "PMTCS": DATA,
    "PURCR": None,
    "RCCLS": (Status.EXCEPTION, ""),  # the record is closed
    "RELBL": None,
    "REPCK": None,
    "RETRN": (Status.RETURNING, ""),
    "ROUCR": None,
    "RSDCP": (Status.IN_TRANSIT, ""),  # released by customs
    "SECHK": (Status.IN_TRANSIT, ""),  # security check, passed unless its reason says otherwise
    "SHRCU": (Status.ACCEPTED, ""),
    "SRTED": None,
    "STORN": (Status.UNKNOWN, SubStatus.UNDONE),  # the driver took back the event before
    "TRBCR": (Status.IN_TRANSIT, ""),  # from one carrier to the next
    "ULFMV": None,
}

# What an ICE means on its own, for an event whose standard code is empty or new. The rest is told above.
ALONE: dict[str, Meaning] = {
    "ADVIS": DATA,
    "ALERT": DATA,
    "ASMVT": (Status.IN_TRANSIT, ""),
    "CHECK": (Status.EXCEPTION, ""),
    "DLVRD": (Status.DELIVERED, ""),
    "DMGDS": (Status.EXCEPTION, SubStatus.DAMAGED),
    "FWDCF": (Status.IN_TRANSIT, ""),
    "HLDCC": (Status.AVAILABLE_FOR_PICKUP, ""),
    "HNDDE": (Status.IN_TRANSIT, ""),
    "HNDND": (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
    "LDTHU": (Status.IN_TRANSIT, ""),
    "LDTMV": (Status.IN_TRANSIT, ""),
    "MVARR": (Status.IN_TRANSIT, ""),
    "MVDPT": (Status.IN_TRANSIT, ""),
    "PARCV": DATA,
    "PURCR": DATA,
    "RELBL": (Status.IN_TRANSIT, ""),
    "REPCK": (Status.IN_TRANSIT, ""),
    "ROUCR": (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
    "SRTED": (Status.IN_TRANSIT, ""),
    "ULFMV": (Status.IN_TRANSIT, ""),
}

# Two of the three codes together that mean something else than either.
STANDARD_AND_ICE: dict[tuple[str, str], Meaning] = {
    ("AN", "OFWRD"): (Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED),
    ("BV", "DMGDS"): (Status.EXCEPTION, SubStatus.DAMAGED),
    ("BV", "HLDCU"): (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
    ("BV", "INFCL"): (Status.EXCEPTION, ""),
    ("BV", "OFWRD"): (Status.EXCEPTION, ""),
    ("DD", "PURCR"): DATA,
    ("PO", "MVARR"): (Status.IN_TRANSIT, ""),  # arrived at the delivery base: not on the van yet
    ("PO", "RELBL"): (Status.IN_TRANSIT, ""),
    ("PO", "ULFMV"): (Status.IN_TRANSIT, ""),
    ("ZN", "ADVIS"): (Status.EXCEPTION, ""),  # stopped by the sender: nobody rang at a door
    ("ZU", "MVARR"): (Status.UNKNOWN, ""),  # a van arrived and "delivery successful": the two contradict each other
}
ICE_AND_RIC: dict[tuple[str, str], Meaning] = {
    ("DLVRD", "CODAR"): DATA,  # the bank has the order
    ("DLVRD", "CODRP"): DATA,  # the bank has paid, whatever the standard code says
    ("DLVRD", "CUSTM"): (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),  # at the customs office, not with the customer
    ("DLVRD", "HNDTC"): (Status.IN_TRANSIT, ""),  # with the next carrier, not with the customer
    ("DLVRF", "DMGED"): (Status.EXCEPTION, SubStatus.DAMAGED),  # sent back to be packed again: nobody rang at a door
    ("EXPHD", "RTTSP"): (Status.RETURNING, ""),
    ("HLDCC", "NTCCN"): (Status.ATTEMPTED, ""),  # nobody came for it in time
    ("NTDEL", "DMGED"): (Status.EXCEPTION, SubStatus.DAMAGED),
    ("INFCL", "SERPT"): (Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP),
    ("OFWRD", "RTSCR"): (Status.RETURNING, ""),
    ("OFWRD", "RTSSA"): (Status.RETURNING, ""),
    ("RCCLS", "LOSTX"): (Status.EXCEPTION, SubStatus.LOST),
    ("SECHK", "INSPT"): (Status.EXCEPTION, ""),  # it may have been robbed
}

# ric: 136. Our sub-status for the reason, "" where ours has no word for it or where it adds nothing.
RIC: dict[str, str] = {
    "ACCDM": SubStatus.DAMAGED,  # accepted, damaged
    "ACCPK": "",
    "ACCPT": "",
    "ACCSI": "",  # accepted, incomplete
    "AGENT": "",
    "AGNEG": "",  # age check failed
    "BDADD": SubStatus.INCORRECT_ADDRESS,
    "BOOKN": "",
    "CAPEX": SubStatus.DELAYED_CARRIER,  # capacity exceeded
    "CCPSD": "",
    "CLOSD": SubStatus.RECIPIENT_ABSENT,
    "CLREF": SubStatus.CUSTOMS_HOLD,  # clearance refused
    "CLRTE": "",
    "CNCNR": SubStatus.RECIPIENT_ABSENT,
    "CNRFW": SubStatus.RESCHEDULED,
    "CODAR": "",
    "CODRP": "",
    "CPUNK": SubStatus.INCORRECT_ADDRESS,  # company dissolved or unknown
    "CRFRD": SubStatus.RESCHEDULED,
    "CROAT": "",
    "CRQST": "",
    "CRRCS": "",
    "CRRFN": SubStatus.MISSORTED,
    "CRROT": SubStatus.DELAYED_CARRIER,  # the driver ran out of time
    "CSDOC": "",
    "CSREQ": SubStatus.RESCHEDULED,
    "CSTBA": SubStatus.CUSTOMS_HOLD,
    "CTCNI": "",
    "CTCST": "",
    "CUSTM": SubStatus.CUSTOMS_HOLD,
    "DGCPS": "",
    "DIDLV": "",
    "DLVDT": SubStatus.RESCHEDULED,
    "DLVTM": SubStatus.RESCHEDULED,
    "DMGED": SubStatus.DAMAGED,
    "DMGPC": SubStatus.DAMAGED,
    "DMPHD": SubStatus.DAMAGED,
    "DRCRU": SubStatus.DELAYED_CARRIER,
    "EQUBF": SubStatus.DELAYED_CARRIER,
    "FAMLY": "",
    "FFTCH": "",
    "FRMJR": SubStatus.DELAYED_CARRIER,  # force majeure: weather, a strike, anything
    "FSCCH": "",
    "FWAPS": "",
    "FWEXH": "",
    "FWEXP": "",
    "GDNMS": "",
    "GDNRD": "",
    "GHSTP": "",
    "HDFCT": "",
    "HLDAY": SubStatus.RESCHEDULED,
    "HLDSR": SubStatus.RESCHEDULED,
    "HNDCA": SubStatus.RESCHEDULED,
    "HNDTC": "",
    "IDDMG": "",
    "IDNEG": "",
    "INCSH": "",
    "INSPF": SubStatus.CUSTOMS_HOLD,
    "INSPT": "",
    "LDMGD": SubStatus.DAMAGED,
    "LDPCK": SubStatus.TO_LOCKER,
    "LEGAT": "",
    "LOSTX": SubStatus.LOST,
    "MOVED": SubStatus.INCORRECT_ADDRESS,
    "MSDLA": SubStatus.DELAYED_CARRIER,
    "MSDOC": SubStatus.DOCUMENTS_MISSING,
    "MSGER": "",
    "MSGPC": "",
    "MSGST": "",
    "MSLBL": "",
    "MSSDT": "",
    "MVMTV": "",
    "NAGTB": "",
    "NDRFC": "",
    "NDRFN": "",
    "NEXCH": "",
    "NGHBR": SubStatus.TO_NEIGHBOUR,
    "NHOME": SubStatus.RECIPIENT_ABSENT,
    "NORSN": "",
    "NPRPF": SubStatus.DELAYED_CARRIER,  # expected and not arrived
    "NPYMT": "",
    "NRQRD": "",
    "NTCCN": "",
    "NTCLM": "",
    "NTHND": "",
    "NTHNG": "",
    "NTIHU": SubStatus.DELAYED_CARRIER,
    "NTORD": SubStatus.REFUSED,
    "OARRV": "",
    "ORDER": "",
    "OTHER": "",
    "OTHRE": "",
    "OVRLD": SubStatus.DELAYED_CARRIER,
    "PBNBR": SubStatus.INCORRECT_ADDRESS,
    "PCKAD": "",
    "PCKST": SubStatus.TO_LOCKER,
    "PFLOC": SubStatus.TO_SAFE_PLACE,
    "PKBOX": SubStatus.TO_SAFE_PLACE,  # the customer's own parcel box
    "PLDMG": "",  # the label, not the parcel
    "POBOX": "",
    "PPQLT": "",
    "PUBCR": "",
    "PUDMG": SubStatus.DAMAGED,
    "PWMFD": SubStatus.DOCUMENTS_MISSING,
    "RDRCR": SubStatus.RESCHEDULED,
    "RDRDO": SubStatus.RESCHEDULED,
    "REJCT": "",
    "RFUSD": SubStatus.REFUSED,
    "ROUCR": SubStatus.RESCHEDULED,
    "RSEXW": "",
    "RTSCR": "",
    "RTSSA": "",
    "RTTSP": "",
    "SECDA": SubStatus.RESCHEDULED,
    "SECPL": SubStatus.TO_SAFE_PLACE,
    "SERPT": SubStatus.TO_PARCEL_SHOP,
    "SHINF": "",
    "SHNCP": "",
    "SPCNR": "",
    "SPOUS": "",
    "STBSD": "",
    "STPRB": SubStatus.MISSORTED,
    "SVCHG": "",
    "TCATC": SubStatus.DELAYED_CARRIER,
    "TCHBD": SubStatus.DELAYED_CARRIER,
    "TRPMT": SubStatus.COD_NOT_PAID,
    "UDFPC": "",
    "UDLVR": "",
    "UNLDD": "",
    "VHARU": SubStatus.DELAYED_CARRIER,
    "WINPL": "",  # the agreed neighbour or the agreed place: it does not say which
    "WRGDT": "",
    "WRGID": "",
    "WRGPN": SubStatus.INCORRECT_ADDRESS,
    "WRGRI": SubStatus.INCORRECT_ADDRESS,
    "WRGTR": SubStatus.MISSORTED,
}

# Where a reason may stand: a place says where a parcel lies or went to, never why something failed.
REASON_FITS: dict[str, set[Status]] = {
    SubStatus.TO_LOCKER: {Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP},
    SubStatus.TO_PARCEL_SHOP: {Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP},
    SubStatus.TO_NEIGHBOUR: {Status.OUT_FOR_DELIVERY, Status.DELIVERED},
    SubStatus.TO_SAFE_PLACE: {Status.OUT_FOR_DELIVERY, Status.DELIVERED},
    SubStatus.RESCHEDULED: {Status.ATTEMPTED, Status.IN_TRANSIT, Status.EXCEPTION},
    SubStatus.DAMAGED: {Status.EXCEPTION, Status.ATTEMPTED, Status.RETURNING, Status.IN_TRANSIT, Status.DELIVERED},
}
TROUBLE = {Status.EXCEPTION, Status.ATTEMPTED, Status.RETURNING, Status.IN_TRANSIT}
# What an ICE says of itself gives way to a RIC that says more: refused because it was damaged is damaged.
GIVES_WAY: dict[str, set[str]] = {
    SubStatus.REFUSED: {SubStatus.DAMAGED, SubStatus.COD_NOT_PAID},
    SubStatus.DELAYED_CARRIER: {SubStatus.INCORRECT_ADDRESS},
    SubStatus.LOST: {SubStatus.DAMAGED},
}


def told(standard: str, ice: str, ric: str) -> Meaning:
    """What the three codes of one event mean together."""
    status, sub_status = _told_without_reason(standard, ice, ric)
    reason = RIC.get(ric, "")
    fits = status in REASON_FITS.get(reason, TROUBLE)
    if reason and fits and (not sub_status or reason in GIVES_WAY.get(sub_status, ())):
        return status, reason
    return status, sub_status


def _told_without_reason(standard: str, ice: str, ric: str) -> Meaning:
    for table, key in ((ICE_AND_RIC, (ice, ric)), (STANDARD_AND_ICE, (standard, ice))):
        if key in table:
            return table[key]
    if decisive := ICE.get(ice):
        return decisive
    if standard in STANDARD:
        if ice and ice not in ICE:
            meaning("dhl_parcel_de", STANDARD, ice)  # for its line in the log
        return STANDARD[standard]
    return meaning("dhl_parcel_de", ALONE, ice or standard)
