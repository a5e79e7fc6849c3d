"""Whose tracking number is this? A ranked suggestion, never a certainty: the shop's own choice wins.

A DHL licence plate looks like twenty digits of USPS, and twelve digits may be anybody's. So every carrier that could
have made the number is named, those first whose check digit holds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MOST_TYPED = 128  # characters; the longest number has 38, and some people put a blank after every one


class Check(StrEnum):
    OK = "ok"  # the number has a check digit, and it holds
    NONE = "none"  # it has the right shape; there is nothing to check


@dataclass(frozen=True, slots=True)
class Candidate:
    carrier: str  # the slug of our adapter, or a name of the same kind where we have none ("post_fr", "amazon")
    check: Check


def detect(number: str) -> list[Candidate]:
    """The carriers whose number this could be, the likeliest first. Nothing for what fits none.

    Takes what people paste: blanks, dashes, dots, small letters, full-width digits. A check digit that fails is never
    passed over: where the shape is a carrier's own (1Z...), the number is a slip of the hand and nobody's; where it is
    a mere length, this carrier has not made it, though another may have.
    """
    written = _as_written(number)
    plain = re.sub(r"[-.]", "", written)
    checked: list[str] = []
    shaped: list[str] = []
    failed: set[str] = set()
    for family in FAMILIES:
        match = family.pattern.fullmatch(plain) or family.pattern.fullmatch(written)
        if not match:
            continue
        groups = match.groupdict("")
        carriers = [slug.format(country=groups.get("country", "").lower()) for slug in family.carriers]
        if not family.check:
            shaped += carriers
        elif family.check(groups.get("covered") or match[0]):
            checked += carriers
        elif family.own_shape:
            return []
        else:
            failed.update(carriers)
    found = dict.fromkeys(checked, Check.OK)
    for carrier in shaped:
        if carrier not in failed:
            found.setdefault(carrier, Check.NONE)
    return [Candidate(carrier, check) for carrier, check in found.items()]


def numbers_in(scanned: str) -> list[str]:
    """The tracking numbers that a scanned bar code may hold: itself, and what stands behind the signs in front of it.

    Capital letters and digits without blanks, the whole first; [] for what no bar code of a carrier holds.
    """
    written = _as_written(scanned)
    plain = re.sub(r"[-.]", "", written)
    inside = [match["number"] for code in BAR_CODES if (match := code.fullmatch(plain))]
    return list(dict.fromkeys(each for each in (written, plain, *inside) if each))


# Full-width forms become the ASCII ones, every dash becomes "-".
FOLDED = {0xFF01 + place: 0x21 + place for place in range(94)} | dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
UNSEEN = re.compile(r"[\s\u00AD\u200B-\u200F\u2060\uFEFF]+")


def _as_written(number: str) -> str:
    """Capital letters, digits, dashes and dots; "" when there is anything else in it, another script's digits too."""
    if len(number) > MOST_TYPED:
        return ""
    said = UNSEEN.sub("", number).translate(FOLDED)
    return said.upper() if said.isascii() and re.fullmatch(r"[0-9A-Za-z.-]+", said) else ""


# --- check digits. Each takes the digits with the check digit last.


def _weighed(said: str, *weights: int) -> int:
    """The sum of the digits, each times its weight; the weights begin anew when they are used up."""
    return sum(int(digit) * weights[place % len(weights)] for place, digit in enumerate(said))


def mod10(said: str, more: int = 0) -> bool:
    """Weights 3 and 1 from the right. GS1 General Specifications 7.9 (SSCC); USPS Publication 199 (IMpb).

    Hermes likewise: https://www.paketda.de/firmenkunden/paket-pruefziffern.html
    """
    return -(_weighed(said[-2::-1], 3, 1) + more) % 10 == int(said[-1])


def mod10_and_one(said: str) -> bool:
    """GLS adds 1 to the sum. GLS Uni-Box technical documentation V0110, 3.2.1."""
    return mod10(said, more=1)


def mod10_with_91(said: str) -> bool:
    """The digit of an IMpb counts its first two, which USPS labels of 20 digits leave out. Publication 199."""
    return mod10(said) or mod10(f"91{said}")


def mod10_with_92(said: str) -> bool:
    """FedEx Ground Economy (SmartPost) is an IMpb too; its 20 digits leave out the 92."""
    return mod10(f"92{said}")


def post(said: str) -> bool:
    """Deutsche Post Identcode: weights 4 and 9. https://www.activebarcode.com/codes/identcode"""
    return -_weighed(said[:-1], 4, 9) % 10 == int(said[-1])


def s10(said: str) -> bool:
    """UPU standard S10-12, 5.3: modulus 11, where 10 is written 0 and 11 is written 5."""
    rest = 11 - _weighed(said[:8], 8, 6, 4, 2, 3, 5, 9, 7) % 11
    return {10: 0, 11: 5}.get(rest, rest) == int(said[8])


def ups(said: str) -> bool:
    """Weights 1 and 2, a letter counts (its place in the alphabet + 1) mod 10. OnTrac does the same.

    https://www.paketda.de/firmenkunden/paket-pruefziffern.html
    """
    values = "".join(sign if sign.isdigit() else str((ord(sign) - 63) % 10) for sign in said[:-1])
    return said[-1].isdigit() and -_weighed(values, 1, 2) % 10 == int(said[-1])


def fedex(said: str) -> bool:
    """Weights 1, 3, 7 from the right, modulus 11, of that the last digit.

    https://github.com/jkeen/tracking_number_data couriers/fedex.json
    """
    return _weighed(said[-2::-1], 1, 3, 7) % 11 % 10 == int(said[-1])


def mod7(said: str) -> bool:
    """DHL Express waybills, as IATA does. https://www.paketda.de/firmenkunden/paket-pruefziffern.html

    ACS as well: the vouchers of its manual and those that others published hold, every one.
    """
    return int(said[:-1]) % 7 == int(said[-1])


def dpd(said: str) -> bool:
    """ISO 7064 mod 37,36. DPD Parcel Label Specification 2.4.1."""
    rest = 36
    for sign in said[:-1]:
        rest = (rest + int(sign, 36)) % 36 or 36
        rest = rest * 2 % 37
    return (rest + int(said[-1], 36)) % 36 == 1


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers of one make. The digit covers the group `covered`, else all of the number."""

    name: str
    pattern: re.Pattern
    carriers: tuple[str, ...]  # the likeliest first
    check: Callable[[str], bool] | None = None
    own_shape: bool = False  # nobody else has numbers like these: a wrong digit is a slip of the hand


def _family(
    name: str, pattern: str, carriers: str, check: Callable[[str], bool] | None = None, *, own_shape: bool = False
) -> Family:
    return Family(name, re.compile(pattern, re.ASCII), tuple(carriers.split()), check, own_shape)


# Who carries what a country's post has numbered. The letters in front (R registered, E express, C parcel ...) tell
# nothing more: posts use others of their own within their country, as Royal Mail does.
POSTS = {
    "CA": "canada_post",
    "DE": "dhl_parcel_de dhl_unified",
    "GB": "royal_mail",
    "GR": "elta",
    "US": "usps",
    "VN": "ems_vn",
}
# ISO 3166-1, without those above.
OTHER_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CC CD CF
CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GD GE GF GG GH GI
GL GM GN GP GQ GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM
SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UY UZ VA VC VE VG VI VU WF WS YE YT
ZA ZM ZW
"""
S10 = r"[A-Z]{2}(?P<covered>\d{9})"
IMPB = r"(?P<covered>9[1-5]\d{20}(?:\d{4})?)"
SSCC_GERMAN = r"\d(?:4[0-3]\d|440)\d{14}"  # GS1 company prefixes 400 to 440

# What a bar code holds besides the number that people are told: GS1's 00, the receiver's ZIP in front of an IMpb, and
# FedEx's and DPD's own. Where each family below puts its check digit, the number stands there too.
BAR_CODES = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"00(?P<number>\d{18})",
        r"420(?:\d{5}|\d{9})(?P<number>9[1-5]\d{20}(?:\d{4})?)",
        r"96\d{5}(?P<number>\d{15})",
        r"96\d{18}00(?P<number>\d{12})",
        r"100\d{17}00(?P<number>\d{12})",
        r"[0-9A-Z]{7}(?P<number>\d{14})\d{6}[0-9A-Z]",
    )
]

# In this order they are named. What we have not: the Leitcode (it says where a parcel goes, not which one it is), and
# what no public document describes: Royal Mail's square barcode, twenty digits of FedEx beginning with 96. Shapes
# without a check digit and without a link are as published samples show them.
FAMILIES = [
    # A shape of their own, and a check digit.
    _family("UPS", r"1Z(?P<covered>[0-9A-Z]{16})", "ups", ups, own_shape=True),
    *(_family(f"S10 of {code}", S10 + code, slugs, s10, own_shape=True) for code, slugs in POSTS.items()),
    _family(
        "S10 of another post",
        rf"{S10}(?P<country>{'|'.join(OTHER_COUNTRIES.split())})",
        "post_{country}",
        s10,
        own_shape=True,
    ),
    _family("USPS IMpb", IMPB, "usps", mod10, own_shape=True),
    _family("USPS IMpb with ZIP", rf"420\d{{5}}{IMPB}", "usps", mod10),
    _family("USPS IMpb with ZIP+4", rf"420\d{{9}}{IMPB}", "usps", mod10),
    _family("FedEx Ground Economy", r"9261\d{18}", "fedex", mod10, own_shape=True),
    _family("FedEx Ground 96", r"96\d{5}(?P<covered>\d{15})", "fedex", mod10, own_shape=True),
    _family("FedEx Ground GSN", r"96\d{18}(?P<covered>\d{14})", "fedex", fedex, own_shape=True),
    _family("FedEx Express ASTRA", r"100\d{17}(?P<covered>\d{14})", "fedex", fedex, own_shape=True),
    _family("OnTrac", r"[CD]\d{14}", "ontrac", ups, own_shape=True),
    _family("Sandbox Parcel", r"SB(?P<covered>\d{12})", "sandbox", mod10, own_shape=True),
    _family("DHL SSCC", rf"00(?P<covered>{SSCC_GERMAN})", "dhl_parcel_de dhl_unified", mod10, own_shape=True),
    _family("DPD barcode", r"[0-9A-Z]{7}\d{20}[0-9A-Z]", "dpd", dpd),
    # A length, and a check digit: one number in ten has it by chance.
    _family("DHL SSCC without 00", SSCC_GERMAN, "dhl_parcel_de dhl_unified", mod10),
    _family("FedEx Ground SSCC", r"0[0124]\d{16}", "fedex", mod10),
    _family("FedEx Ground Economy without 92", r"61\d{18}", "fedex", mod10_with_92),
    _family("USPS 20", r"(?!00|9)\d{20}", "usps", mod10_with_91),
    _family("Canada Post", r"\d{16}", "canada_post", mod10),
    _family("DPD with its check character", r"\d{14}[0-9A-Z]", "dpd", dpd),
    _family("FedEx Ground", r"\d{15}", "fedex", mod10),
    _family("Hermes", r"\d{14}", "hermes", mod10),
    _family("DHL Identcode", r"\d{12}", "dhl_parcel_de dhl_unified", post),
    _family("FedEx Express", r"\d{12}", "fedex", fedex),
    _family("GLS", r"\d{12}", "gls", mod10_and_one),
    _family("DHL Express", r"\d{10}", "dhl_express dhl_unified", mod7),
    _family("ACS", r"\d{10}", "acs", mod7),
    # A shape of their own and nothing to check. DHL's: https://www.dhl.com/cz-en/home/tracking/id-labels.html
    _family("EasyPost test", r"EZ([1-7])00000000\1", "easypost"),
    _family("Amazon", r"TB[ACM]\d{12}", "amazon"),
    _family("Yodel", r"JJ?D0002\d{12}", "yodel"),
    _family("DHL JJD", r"JJD\d{9,24}", "dhl_parcel_de dhl_unified"),
    _family("DHL JVGL", r"JVGL\d{9,20}", "dhl_unified"),
    _family("DHL Express piece", r"JD01\d{16}", "dhl_express dhl_unified"),
    _family("DHL Parcel Benelux", r"3S[A-Z]{4}\d{9}", "dhl_unified"),
    _family("DHL eCommerce", r"(?:GM|LX|RX)\d{10,37}", "dhl_ecommerce dhl_unified"),
    _family("LaserShip", r"1LS7[12]\d{10}(?:\d1)?|LX1[3-8]\d{6}", "lasership"),
    _family("UPS Mail Innovations", r"MI\d{6}[0-9A-Z]{1,22}", "ups"),
    _family("UPS Ground Freight", r"T\d{10}", "ups"),
    _family("Hermes, since 2021", r"H10\d{17}", "hermes"),
    _family("GHTK", r"S\d{1,10}(?:\.[0-9A-Z-]{1,12}){1,3}\.\d{4,12}", "ghtk"),
    _family("J&T Express Vietnam", r"JNTX[A-Z]?\d{8,12}", "jt_vn"),
    # A length and nothing more.
    _family("Evri", r"[A-Z]\d\d[0-9A-Z]{3}\d{10}|\d{16}", "evri"),
    _family("DPD", r"\d{14}", "dpd"),
    _family("Vietnam, twelve digits", r"\d{12}", "jt_vn viettel_post"),
    _family("GLS without its check digit", r"\d{11}", "gls"),
    _family("BOX NOW", r"\d{10}", "boxnow"),
    _family("UPS freight", r"\d{9}", "ups"),
    _family("GLS Track ID", r"(?=\d*[A-Z])[0-9A-Z]{8}", "gls"),
    # Six and eight signs are what GHN gives out, and one code in eight has no digit.
    _family("GHN", r"(?=\d*[A-Z])(?:[0-9A-Z]{6}|[0-9A-Z]{8}|(?=[A-Z]*\d)[0-9A-Z]{5,10})", "ghn"),
]
