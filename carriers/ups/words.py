"""UPS's codes -> ours.

Hold beside the appendix of UPS's Track API. A status has a type (one letter), a statusCode (a number, the clean table)
and a code of two characters that means one thing under one type and another under the next: OT is "out for delivery"
under I and a question of customs under X. So the statusCode leads; the code refines what it leaves open.
"""

from ..base import Status, SubStatus
from ..taxonomy import DATA, Meaning, grouped, meaning

# type: 10. Only where no statusCode says it better.
TYPES: dict[str, Meaning] = {
    "D": (Status.DELIVERED, ""),
    "I": (Status.IN_TRANSIT, ""),
    "M": DATA,  # billing information received
    "MV": (Status.CANCELLED, SubStatus.VOIDED),
    "X": (Status.EXCEPTION, ""),
    "U": DATA,  # Track Alert: an estimate was updated, a photo arrived; nothing moves, whatever its statusCode says
    "DO": (Status.IN_TRANSIT, ""),  # freight: at the station of origin
    "DD": (Status.IN_TRANSIT, ""),  # freight: at the station of destination, not with the customer
    "W": (Status.IN_TRANSIT, ""),  # freight: in a warehouse
    "NA": (Status.UNKNOWN, ""),  # not available
}

# statusCode: 160, of every type. Unknown on purpose: 0 and 148 and 163 (not available), 88 (a test). 161 is at an
# Access Point, not with the customer; 72 is on the van, though UPS says itself: not always of today; requests and
# confirmations of a change move nothing.
STATUS_CODES = grouped(
    ((Status.PRE_TRANSIT, ""), "44 45 79"),
    (
        DATA,
        """
        3 18 20 27 33 41 42 43 54 56 63 77 80 82 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111
        112 113 114 116 119 120 121 122 127 128 129 130 133 140 142 153 154 155 157 166
        """,
    ),
    ((Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED), "65 131 135"),
    ((Status.ACCEPTED, ""), "38 160 167 168 169"),
    ((Status.IN_TRANSIT, ""), "5 10 14 16 25 39 47 71 72 73 74 75 84 87 134 137 138 143 158 159 164 165"),
    ((Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD), "12 92 126"),
    ((Status.IN_TRANSIT, SubStatus.RESCHEDULED), "19 28 55 115 136"),
    ((Status.IN_TRANSIT, SubStatus.TO_PARCEL_SHOP), "57 70"),
    ((Status.OUT_FOR_DELIVERY, ""), "6 21 37 78 89 91 146 162"),
    ((Status.AVAILABLE_FOR_PICKUP, ""), "17 40"),
    ((Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP), "144 161"),
    ((Status.ATTEMPTED, ""), "22 23 24 60 61 66 145"),
    ((Status.ATTEMPTED, SubStatus.COD_NOT_PAID), "62"),
    ((Status.ATTEMPTED, SubStatus.REFUSED), "64"),
    ((Status.EXCEPTION, ""), "13 29 30 49 69 76 83"),
    ((Status.EXCEPTION, SubStatus.ACCESS_PROBLEM), "139"),
    ((Status.EXCEPTION, SubStatus.COD_NOT_PAID), "85"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_HOLD), "123"),
    ((Status.EXCEPTION, SubStatus.DAMAGED), "59"),
    ((Status.EXCEPTION, SubStatus.DELAYED_CARRIER), "46 48 86 90 132"),
    ((Status.EXCEPTION, SubStatus.DELAYED_WEATHER), "32 51 52 53"),
    ((Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING), "58 124 125 141"),
    ((Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS), "50"),
    ((Status.EXCEPTION, SubStatus.LOST), "68 147 149"),
    ((Status.RETURNING, ""), "35 36 67 117 118"),
    ((Status.RETURNING, SubStatus.DAMAGED), "81"),
    ((Status.RETURNED, ""), "34"),
    ((Status.DELIVERED, ""), "11 26 156"),
    ((Status.CANCELLED, SubStatus.VOIDED), "7"),
    ((Status.UNKNOWN, ""), "0 88 148 163"),
)

# code under M: 4.
MANIFEST = grouped(
    (DATA, "DP MP RD"),
    ((Status.CANCELLED, SubStatus.VOIDED), "VP"),
)

# code under U: 3.
UPDATES = grouped((DATA, "PX UP UT"))

# code under I: 38. CA, CD, CL take back an arrival, a departure, an unloading; UPS does not say which.
MOVEMENTS = grouped(
    (DATA, "CA CD CL OC PL SP UA UD VP"),
    ((Status.ACCEPTED, ""), "OR PC PU PT XD"),
    ((Status.IN_TRANSIT, ""), "AG AR AT DL DP DS EP HU IP LC LM OD UL WH XA XR YH YM YN YP"),
    ((Status.OUT_FOR_DELIVERY, ""), "OF OT YF"),
    ((Status.OUT_FOR_DELIVERY, SubStatus.TO_PARCEL_SHOP), "YI"),
)

# code under D, and under I where it is no movement: 151. How, where and to whom; also why not.
DELIVERIES = grouped(
    (DATA, "1Z 2C 38 4X 7K 8Q EC EE FD FI FV GW L6 LM MY SB SE TW UJ VS ZE"),
    ((Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED), "CO"),
    ((Status.IN_TRANSIT, ""), "2D 2J 83 85 86 BN F0 F3 F7 YH"),
    ((Status.IN_TRANSIT, SubStatus.RESCHEDULED), "F1"),
    ((Status.IN_TRANSIT, SubStatus.TO_PARCEL_SHOP), "7A"),
    ((Status.OUT_FOR_DELIVERY, ""), "2K FB"),
    ((Status.AVAILABLE_FOR_PICKUP, ""), "AU ZQ"),
    ((Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_LOCKER), "1N"),
    ((Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP), "2Q EP"),
    ((Status.ATTEMPTED, ""), "DO EA FZ KU"),
    ((Status.ATTEMPTED, SubStatus.COD_NOT_PAID), "DI"),
    ((Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT), "BI CI FO"),
    ((Status.ATTEMPTED, SubStatus.REFUSED), "53"),
    ((Status.EXCEPTION, ""), "5F 61 62 74 7B BL BM BS CU FC GK HI RN"),
    ((Status.EXCEPTION, SubStatus.ACCESS_PROBLEM), "OE"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_HOLD), "70 B2 DK L4 RQ ST"),
    ((Status.EXCEPTION, SubStatus.DAMAGED), "28"),
    ((Status.EXCEPTION, SubStatus.DELAYED_CARRIER), "0 9 12 32 41 42 44 57 98 CB EF EI EK EL EM EQ EZ"),
    ((Status.EXCEPTION, SubStatus.DELAYED_WEATHER), "CR EJ"),
    ((Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING), "ET F2 SG"),
    ((Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS), "50 BO DZ EG MV"),
    ((Status.RETURNED, ""), "B0"),
    (
        (Status.DELIVERED, ""),
        """
        2W 3F 3G 8N 8O 9E A0 AI M1 M2 M3 M4 M5 M6 M7 M8 M9 MA MB MC MD ME MG MH MJ MK NS NX OO P5 PF UC YC ZG ZH ZI
        """,
    ),
    ((Status.DELIVERED, SubStatus.TO_NEIGHBOUR), "3H"),
    ((Status.DELIVERED, SubStatus.TO_SAFE_PLACE), "ML MM MN MP MQ MR MS MU MW MX NL NT OZ ZF"),
    ((Status.CANCELLED, SubStatus.VOIDED), "EB"),
)

# code under D in replies that others recorded, and in no table: UA, "returned to the sender" (August 2026, beside the
# current status 034). The activity had no statusCode, as those of many replies have none.
SEEN = grouped(((Status.RETURNED, ""), "UA"))

# code under X: 687.
EXCEPTIONS = grouped(
    (
        DATA,
        """
        33 37 63 92 93 99 1D 1M 1T 2E 2G 3Q 3W 3Z 4J 4L 4N 4Q 5A 5B 6W 6X 6Z 9C 9D 9I 9J 9K BQ BR CG CH CJ D7 DT E7 F5
        FN FW GN GO GQ GR HJ HN HQ I3 I9 J8 J9 JC JH JI JJ K5 K6 K7 K8 KO LN LO LQ RF RG RH T4 T5 T6 T7 T8 TA TG TK TL
        TO TR TS UL UW UX UZ V9 VH VI VJ VQ VR VU VV VW X0 Y2 Y3 YS YU YW Z7 Z8 ZU
        """,
    ),
    ((Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED), "G4 G5 KY"),
    ((Status.ACCEPTED, ""), "HF P4 Z5"),
    (
        (Status.IN_TRANSIT, ""),
        """
        76 77 2O 2R 2S 2U 2V 3P 4B 4H 7C 7D 8M DA F0 F3 F7 GD HL HM IP LX LY OA P7 PG RB RC UI VX VZ XD YR YT YX Z3 ZK
        ZN ZO ZV ZW ZX ZY ZZ
        """,
    ),
    (
        (Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD),
        """
        4C 7I 7M B3 B6 BV C3 D5 DB ER HW LV S4 S5 SI SY TE TT W8 X4 Y1 Y5 Z1
        """,
    ),
    (
        (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
        """
        2 14 78 79 1P 3R 3S 3U 4F 4M 5Z 6G 6I 6L 6P 7Q 8R AH AT E0 E2 H6 I8 IB IJ JA JB L0 L8 LI LU MF O1 O2 O3 O6 O7
        OL R3 R8 RO RW S0 S6 SO SU SX TB TH UD UG UT VA VD VG VM Y7 Y9 YG ZA ZB ZC
        """,
    ),
    ((Status.IN_TRANSIT, SubStatus.TO_PARCEL_SHOP), "89 2X 3J 3L 3V 5R 5S 5V 6H 6J 6K 6R RI ZD ZL"),
    ((Status.OUT_FOR_DELIVERY, ""), "RK RL"),
    ((Status.OUT_FOR_DELIVERY, SubStatus.TO_PARCEL_SHOP), "ZS"),
    ((Status.AVAILABLE_FOR_PICKUP, ""), "39 54 LZ O5 O8 O9 S7 UE VB VE VF VN"),
    ((Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP), "5G 6B 8I I5 ZP"),
    ((Status.ATTEMPTED, ""), "FM G7 G8 GB IQ IR PI YD"),
    ((Status.ATTEMPTED, SubStatus.COD_NOT_PAID), "51 52 AQ KI KZ"),
    ((Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS), "YF"),
    ((Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT), "48 49 55 7L AX AY C4 G3 KX L1 OH ZM"),
    ((Status.ATTEMPTED, SubStatus.REFUSED), "AM AN AP AS KQ KR KS KT YE"),
    (
        (Status.EXCEPTION, ""),
        """
        47 60 72 73 84 91 1A 4I 4P 4Z 5T 5U 5W 6T 7E 9F BF BT C7 C9 CA CV CY D2 DD DP DS EX F8 FA H9 HK HO I2 LH OR PH
        T3 TC TF TX U0 U3 UN UP UR US YV
        """,
    ),
    ((Status.EXCEPTION, SubStatus.ACCESS_PROBLEM), "95"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_DUTIES_DUE), "1C 7F D9 EY"),
    (
        (Status.EXCEPTION, SubStatus.CUSTOMS_HOLD),
        """
        5 1U 2N 2T 7P B4 B8 BW BX CE CF CT DE E4 E8 E9 ES L3 MI OB OI R1 R4 R5 RD RE RJ RM RP RU RZ SF SS SV T9 VK X2
        X3 X7 XJ XK XL XS XY Y4 YA
        """,
    ),
    ((Status.EXCEPTION, SubStatus.DAMAGED), "13 24 25 45 66 67 A3 A4 HE HR TV"),
    (
        (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
        """
        1 3 4 8 11 15 16 17 18 19 22 23 31 46 56 59 68 87 1B 1G 1H 1K 1L 1O 1Q 1V 1X 2H 2Y 2Z 3A 3B 3C 3T 4K 4Y 6E 7G
        7N 7R 7S 7Y 7Z 8A 8C 8E 8F 8K 8L 8Y 8Z 9L 9M 9N 9O 9P 9Q 9R 9S 9T 9U 9V 9X 9Y 9Z AZ B1 C6 CC CD CK CL CM CN CP
        CQ D4 DC DG DQ DR DU E3 ED EH EN EO FG G1 G6 G9 GC GH GI GV H7 HA HG HH K1 K2 LE LF MT NP NW OD OS P6 Q0 Q1 RY
        S8 TI TN UK VL XZ
        """,
    ),
    ((Status.EXCEPTION, SubStatus.DELAYED_WEATHER), "1E 2A 3D 6D 7V 7W 7X C5 DF DJ PZ"),
    (
        (Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING),
        """
        29 40 43 71 1W 2B 4T 7T 7U AO B5 B9 BA BB BD BE BG BH BJ BK BP CX CZ D0 DN DY EU EV EW FE FF GF GZ L2 L5 OM OQ
        OT R6 R7 RA RR RS RX S1 S2 S3 SJ SL SN SP VP X5 X6 X8 X9 XA XB XC XE XG XN XO XV XW
        """,
    ),
    (
        (Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS),
        """
        A5 A6 A7 A8 A9 AA AB AC AD AE AF AG AK AL AV AW C8 CW DW E1 H1 H2 H3 H4 H5 OJ
        """,
    ),
    ((Status.EXCEPTION, SubStatus.LOST), "26 1F 8D A2 AJ BZ IY J0 NI S9 TJ UO YL YM"),
    ((Status.EXCEPTION, SubStatus.MISSORTED), "6 7 34 8G D1 YI"),
    ((Status.RETURNING, ""), "90 3N 4R 4S 6C 7H CS DL H8 I1 KP O0 O4 PP RV UA UF XU YJ YK"),
    ((Status.RETURNING, SubStatus.DAMAGED), "27 65 A1"),
    ((Status.RETURNING, SubStatus.INCORRECT_ADDRESS), "TU"),
    ((Status.RETURNING, SubStatus.REFUSED), "8H"),
    ((Status.DELIVERED, ""), "F4 FT KM KN"),
    ((Status.DELIVERED, SubStatus.DAMAGED), "64 HD"),
    ((Status.CANCELLED, SubStatus.VOIDED), "30 5D"),
)

# code of a Mail Innovations parcel: 213.
MAIL_INNOVATIONS = grouped(
    (DATA, "2N DP ML MP MQ PF Q0"),
    ((Status.ACCEPTED, ""), "2O MV Q1 VS ZS"),
    (
        (Status.IN_TRANSIT, ""),
        """
        1B DQ DR DS DY DZ EN MR MU MW MX MY MZ OF P2 P3 P5 P7 P8 PA PB Q2 Q3 Q4 Q7 S4 S5 S6 S7 S8 XA YG YH YI ZN ZR ZT
        ZU ZV ZW ZX ZY ZZ
        """,
    ),
    ((Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD), "MS P4 Q6"),
    ((Status.IN_TRANSIT, SubStatus.RESCHEDULED), "DM EB MT"),
    ((Status.OUT_FOR_DELIVERY, ""), "1A EL P9 RB RD RE"),
    ((Status.OUT_FOR_DELIVERY, SubStatus.COD_NOT_PAID), "RC"),
    ((Status.AVAILABLE_FOR_PICKUP, ""), "1C AU DN ED R1 YD"),
    ((Status.AVAILABLE_FOR_PICKUP, SubStatus.TO_PARCEL_SHOP), "1D P0 PC PE RP SO"),
    ((Status.ATTEMPTED, ""), "EC EM P6 QS QT RF RG"),
    ((Status.ATTEMPTED, SubStatus.ACCESS_PROBLEM), "DO DU DV DW ZM"),
    ((Status.ATTEMPTED, SubStatus.DAMAGED), "QV"),
    ((Status.ATTEMPTED, SubStatus.INCORRECT_ADDRESS), "RH RJ RK RM RR YF"),
    ((Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT), "DX QU RI SR"),
    ((Status.ATTEMPTED, SubStatus.REFUSED), "PG PL PU QX YE"),
    ((Status.ATTEMPTED, SubStatus.RESCHEDULED), "QW"),
    ((Status.EXCEPTION, ""), "Q5 QY R8 RA RL"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_DUTIES_DUE), "R7"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_HOLD), "PD PK Q8 Q9 QK QL QM QN QP QQ"),
    ((Status.EXCEPTION, SubStatus.DAMAGED), "PH PX QR R3"),
    ((Status.EXCEPTION, SubStatus.DELAYED_CARRIER), "00 PM R4"),
    ((Status.EXCEPTION, SubStatus.DELAYED_WEATHER), "EA PY"),
    ((Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING), "PO QA QB QC QD QE QF QG QH QI QJ"),
    ((Status.EXCEPTION, SubStatus.INCORRECT_ADDRESS), "EE EF EG EH PI PN QZ R0 R5 YJ YK"),
    ((Status.EXCEPTION, SubStatus.LOST), "R9 RS RT RU RV RW RX RY RZ S0 S1 S2 S3 YL YM"),
    ((Status.EXCEPTION, SubStatus.MISSORTED), "RN SN"),
    ((Status.EXCEPTION, SubStatus.RECIPIENT_ABSENT), "R2"),
    ((Status.EXCEPTION, SubStatus.RESCHEDULED), "R6"),
    ((Status.RETURNING, ""), "1F EI EJ EK KP PJ PQ PR PT PV PW S9 SB SD SI SJ SL SM SP XO"),
    ((Status.RETURNING, SubStatus.CUSTOMS_DUTIES_DUE), "SC"),
    ((Status.RETURNING, SubStatus.DAMAGED), "SG XD"),
    ((Status.RETURNING, SubStatus.INCORRECT_ADDRESS), "PS SA SE SF SK"),
    ((Status.RETURNING, SubStatus.REFUSED), "SH"),
    ((Status.RETURNED, ""), "SQ"),
    ((Status.DELIVERED, ""), "1E 1G DL F4 P1 PP RQ YC"),
)

# code of a freight shipment: 66.
FREIGHT = grouped(
    (DATA, "001 003 004 006 015 016 020 022 032 033 034 035 036 037 038 039 041 042 045 047 054 059 061 072 074"),
    ((Status.ACCEPTED, ""), "002 017 051"),
    (
        (Status.IN_TRANSIT, ""),
        """
        005 007 009 010 027 028 029 030 031 040 044 046 048 049 052 055 057 060 062 063 065 066 067 068 069 070 073
        080
        """,
    ),
    ((Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD), "043 056"),
    ((Status.OUT_FOR_DELIVERY, ""), "011"),
    ((Status.EXCEPTION, ""), "013 053 058"),
    ((Status.DELIVERED, ""), "012 050"),
    ((Status.CANCELLED, SubStatus.VOIDED), "014"),
    ((Status.UNKNOWN, ""), "000"),
)

# code of a freight shipment under X: 207. IH is a payment that has not come, which others take for "in transit".
FREIGHT_EXCEPTIONS = grouped(
    (DATA, "42 59 68 77 AS DX G1 G2 IG IS UG UQ"),
    ((Status.PRE_TRANSIT, SubStatus.PICKUP_FAILED), "50 UN"),
    ((Status.IN_TRANSIT, ""), "E4 EX"),
    ((Status.IN_TRANSIT, SubStatus.CUSTOMS_HOLD), "C7"),
    (
        (Status.IN_TRANSIT, SubStatus.RESCHEDULED),
        """
        07 08 21 53 66 83 85 B3 B4 B6 B7 B8 B9 C0 C3 DE E1 E2 E5 E6 UI UK
        """,
    ),
    ((Status.AVAILABLE_FOR_PICKUP, ""), "09"),
    ((Status.ATTEMPTED, ""), "02 IE"),
    ((Status.ATTEMPTED, SubStatus.RECIPIENT_ABSENT), "UF"),
    ((Status.ATTEMPTED, SubStatus.REFUSED), "D1 D4 D5 RF UY"),
    (
        (Status.EXCEPTION, ""),
        """
        03 16 17 20 27 29 30 33 36 38 40 47 54 60 65 69 74 75 76 78 79 81 90 93 95 A4 A5 DG E7 F1 F2 HG I4 IA IC SA TE
        TI U2 U3 U6
        """,
    ),
    ((Status.EXCEPTION, SubStatus.COD_NOT_PAID), "IH II UH"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_DUTIES_DUE), "58"),
    ((Status.EXCEPTION, SubStatus.CUSTOMS_HOLD), "11 24 26 46 61 84 99 A1 A2 A3 EC HC IT"),
    ((Status.EXCEPTION, SubStatus.DAMAGED), "06 14 15 80 97 E8 UJ"),
    (
        (Status.EXCEPTION, SubStatus.DELAYED_CARRIER),
        """
        01 04 18 19 22 32 39 41 43 44 45 48 49 51 55 62 64 67 71 72 73 82 87 88 89 91 92 94 98 AR BL BM BP D3 DH EF F3
        FX GD HA HD HN HU I6 IJ IK IL IM IN IO IP MB MS TM U4 UL UM UZ
        """,
    ),
    ((Status.EXCEPTION, SubStatus.DELAYED_WEATHER), "05 BW"),
    ((Status.EXCEPTION, SubStatus.DOCUMENTS_MISSING), "25 52 56 57 70 DP G3 G4 G5 HE I1 I2 I3 I5 IF IQ LD"),
    ((Status.EXCEPTION, SubStatus.LOST), "34 35 HF LC PS UX"),
    ((Status.EXCEPTION, SubStatus.MISSORTED), "96 MR"),
    ((Status.RETURNING, ""), "86"),
    ((Status.DELIVERED, ""), "10 28 31 63 D2"),
    ((Status.DELIVERED, SubStatus.DAMAGED), "12 E9"),
    ((Status.CANCELLED, SubStatus.VOIDED), "SC"),
)


# What a statusCode leaves open, so that the code may tell: nothing said, and under X "on the way" or "exception" alone.
SAYS_NOTHING: Meaning = (Status.UNKNOWN, "")
OPEN_UNDER_X: set[Meaning] = {
    SAYS_NOTHING,
    (Status.IN_TRANSIT, ""),
    (Status.EXCEPTION, ""),
}
CLEARED = "14"  # "clearance completed", also where the code beside it is the one that the parcel was held with


def told(kind: str, status_code: str, code: str, service: str = "") -> Meaning:
    """What type, statusCode and code of a status mean together. `service` is UPS's description of it."""
    if kind in ("U", "MV"):
        return TYPES[kind]
    number = status_code.lstrip("0") or status_code[:1]
    fine = _by_code(kind, code, service)
    if not number:
        under_way = kind == "I" and fine and fine[0] in (Status.DELIVERED, Status.RETURNED)
        return fine if fine and not under_way else meaning("ups", TYPES, kind)
    coarse = STATUS_CODES.get(number) or (fine or meaning("ups", STATUS_CODES, number))
    if kind == "X" and number in STATUS_CODES and number != CLEARED and coarse in OPEN_UNDER_X:
        return fine or (Status.EXCEPTION, coarse[1])
    if fine and (coarse == SAYS_NOTHING or _says_more(fine, coarse)):
        return fine
    return coarse


def _says_more(fine: Meaning, coarse: Meaning) -> bool:
    return fine[0] is coarse[0] and bool(fine[1]) and not coarse[1]


def _by_code(kind: str, code: str, service: str) -> Meaning | None:
    for table in _tables(kind, service.lower()):
        if code in table:
            return table[code]
    return None


def _tables(kind: str, service: str) -> tuple[dict[str, Meaning], ...]:
    if "mail innovations" in service:
        return (MAIL_INNOVATIONS,)
    if "freight" in service or kind in ("DO", "DD", "W", "NA"):
        return (FREIGHT_EXCEPTIONS,) if kind == "X" else (FREIGHT,)
    by_kind: dict[str, tuple[dict[str, Meaning], ...]] = {
        "D": (SEEN, DELIVERIES, MOVEMENTS),
        "I": (MOVEMENTS, DELIVERIES),
        "M": (MANIFEST,),
        "P": (MOVEMENTS,),  # a pickup; not among the ten types, but in replies
        "X": (EXCEPTIONS,),
    }
    return by_kind.get(kind, ())
