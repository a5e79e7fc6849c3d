"""What no shop may lessen: dates and limits as data, each with its source, read by small pure functions.

Everything here is asked with plain dates and strings. A day is a local date in the shop's zone, so a change of the
clocks moves nothing. To be read by a lawyer before a shop goes live; docs/terms.md says what nobody has checked yet.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Law = Literal["EU", "GB", "VN", "other"]

# fmt: off
EU = frozenset([
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
])
# fmt: on
EEA = EU | {"IS", "LI", "NO"}
# Parts of the Union that have a country code of their own (TFEU Art. 355(1) and (4)), and whose holidays they keep.
PARTS = {"AX": "FI", "GF": "FR", "GP": "FR", "MF": "FR", "MQ": "FR", "RE": "FR", "YT": "FR"}

# Who gives a right, by law. Names of rights are the ones an outcome remembers as "law:NAME".
SOURCES: dict[str, dict[Law, str]] = {
    "withdrawal": {"EU": "Directive 2011/83/EU, Art. 9(1)", "GB": "SI 2013/3134, reg. 29(1)"},
    "window": {"EU": "Directive 2011/83/EU, Art. 9 and 10", "GB": "SI 2013/3134, reg. 30 and 31"},
    "no_reason": {"EU": "Directive 2011/83/EU, Art. 9(1)", "GB": "SI 2013/3134, reg. 29(1)"},
    "no_fee": {"EU": "Directive 2011/83/EU, Art. 9(1) and 14(5)", "GB": "SI 2013/3134, reg. 29(1)"},
    "money": {"EU": "Directive 2011/83/EU, Art. 13(1)", "GB": "SI 2013/3134, reg. 34(1)"},
    "label": {"EU": "Directive 2011/83/EU, Art. 14(1) and 6(6)", "GB": "SI 2013/3134, reg. 35(5)"},
    "send_back": {"EU": "Directive 2011/83/EU, Art. 14(1)", "GB": "SI 2013/3134, reg. 35(4)"},
    "exceptions": {"EU": "Directive 2011/83/EU, Art. 16", "GB": "SI 2013/3134, reg. 28"},
    "guarantee": {"EU": "Directive (EU) 2019/771, Art. 10", "GB": "Consumer Rights Act 2015, s. 9 to 24"},
    "remedies": {"EU": "Directive (EU) 2019/771, Art. 13", "GB": "Consumer Rights Act 2015, s. 19 to 24"},
    "no_charge": {"EU": "Directive (EU) 2019/771, Art. 14", "GB": "Consumer Rights Act 2015, s. 20(8) and 23(2)"},
    "too_late": {"EU": "Directive 2011/83/EU, Art. 18", "GB": "Consumer Rights Act 2015, s. 28"},
}

WITHDRAWAL_DAYS = 14  # Directive 2011/83/EU Art. 9(1); SI 2013/3134 reg. 30
SEND_BACK_DAYS = 14  # Art. 14(1); reg. 35(4)
REFUND_DAYS = 14  # Art. 13(1); reg. 34(5)
WARN_DAYS = 5  # before a refund is due; ours
GRACE_DAYS = 7  # on top of the usual transit, where no carrier says when it came; ours, in the customer's favour

# Directive (EU) 2019/771 Art. 10(1): two years at least; three in Spain, Portugal and Sweden.
GUARANTEE_YEARS = {"ES": 3, "PT": 3, "SE": 3}
# Where national law may go on after two years (as long as such goods usually last, or until the claim is time-barred):
# a program never says no there, a person decides.
GUARANTEE_MAY_GO_ON = frozenset({"FI", "GB", "IE", "IS", "NL", "NO"})
# Directive (EU) 2024/1799 Art. 16: a repair that was chosen adds twelve months, for what is bought from then on.
REPAIR_ADDS_SINCE = date(2026, 7, 31)


@dataclass(frozen=True, slots=True)
class Exception16:
    """Why a product group knows no withdrawal. `fact` empty: never; else only once that has happened, which a person
    finds out when the goods are here."""

    source: str
    fact: Literal["", "opened", "begun"] = ""


EXCEPTIONS = {
    "made_to_order": Exception16("Directive 2011/83/EU, Art. 16(c)"),
    "perishable": Exception16("Directive 2011/83/EU, Art. 16(d)"),
    "hygiene": Exception16("Directive 2011/83/EU, Art. 16(e)", fact="opened"),
    "digital": Exception16("Directive 2011/83/EU, Art. 16(m)", fact="begun"),
}


# --- which law speaks ---------------------------------------------------------------------------------------------


def regime(country: str) -> Law:
    """The law of the country the order went to. The rest of the EEA is bound as the EU is.

    Source: Regulation (EC) 593/2008 Art. 6(2), a shop that sells to a country leaves its consumers their own law.
    """
    if country in EEA or country in PARTS:
        return "EU"
    return {"GB": "GB", "VN": "VN"}.get(country, "other")  # type: ignore[return-value]


def source(right: str, country: str) -> str:
    """The article that gives `right` there; empty where none does."""
    return SOURCES[right].get(regime(country), "")


# --- withdrawal ---------------------------------------------------------------------------------------------------


def may_withdraw(country: str, product_group: str) -> Literal["yes", "check", "no"]:
    """Is there a right of withdrawal? "check": yes, and a person looks whether an exception holds (Art. 16)."""
    if regime(country) not in ("EU", "GB"):
        return "no"
    exception = EXCEPTIONS.get(product_group)
    if exception is None:
        return "yes"
    return "check" if exception.fact else "no"


def possession(
    carrier_days: Sequence[date | None],
    customer_word: date | None,
    dispatched_on: date | None,
    transit_days: int,
    grace_days: int = GRACE_DAYS,
) -> date | None:
    """The day the customer had the last good of the order, from which every period runs (Art. 9(2)(b)).

    `carrier_days` has an entry for each parcel, None where no carrier says that it came; parcels that replace others
    do not count. Without a scan the customer's word holds, without that the usual days after dispatch. Of several days
    always the later one. None while it is not known to have come.
    """
    known = [day for day in carrier_days if day]
    if customer_word:
        known.append(customer_word)
    elif not known or None in carrier_days:
        if dispatched_on is None:
            return None
        known.append(dispatched_on + timedelta(days=transit_days + grace_days))
    return max(known)


def withdrawal_ends(country: str, possession: date, *, informed: bool = True) -> date:
    """The last day on which a withdrawal can be sent; the day of possession is not counted (Art. 9(1), recital 41).

    Not informed of the right: twelve months more (Art. 10(1); reg. 31). A last day that is no work day moves on.
    """
    end = possession + timedelta(days=WITHDRAWAL_DAYS)
    return work_day(end if informed else months_later(end, 12), country)


def send_back_due(country: str, notice: date) -> date:
    """By when the customer has to hand the goods in after her notice (Art. 14(1))."""
    return work_day(notice + timedelta(days=SEND_BACK_DAYS), country)


def refund_due(country: str, notice: date, proof_at: date | None, *, collects: bool = False) -> date | None:
    """By when the money has to leave after a withdrawal; None while the shop may wait for goods or proof.

    `proof_at`: the day proof of sending was submitted or the goods came, whichever was first. A shop that collects
    does not wait (Art. 13(3)). The shop's own period is not made longer by a holiday.
    """
    law = regime(country)
    fourteen = timedelta(days=REFUND_DAYS)
    if law not in ("EU", "GB"):
        return None
    if collects:
        return notice + fourteen
    if proof_at is None:
        return None
    return max(notice + fourteen, proof_at) if law == "EU" else proof_at + fourteen


def refund_warning(due: date) -> date:
    """From this day on a refund that has not left is pressing."""
    return due - timedelta(days=WARN_DAYS)


def refund_aim(proof_at: date, aim_days: int) -> date:
    """The day we aim at, long before the law's."""
    return proof_at + timedelta(days=aim_days)


def most_fee(kind: str) -> int | None:
    """The most percent a shop may keep back as a fee; None: as its terms say (Art. 9(1); 2019/771 Art. 14(1))."""
    return 0 if kind in ("withdrawal", "claim") else None


def label_may_cost(kind: str, *, told: bool, chosen: bool) -> bool:
    """May the customer pay for the way back? For a fault never; on withdrawal only when she was told before the
    contract (Art. 6(6), 14(1)) and chose our label over sending it herself."""
    if kind == "claim":
        return False
    return told and chosen if kind == "withdrawal" else chosen


def delivery_back(kind: str) -> Literal["standard", "paid", "none"]:
    """What comes back of the delivery cost when all of the order goes: on withdrawal what standard delivery would have
    cost (Art. 13(1) and (2)), with a fault all that was paid, else as the terms say."""
    return {"withdrawal": "standard", "claim": "paid"}.get(kind, "none")  # type: ignore[return-value]


# --- guarantee ----------------------------------------------------------------------------------------------------


def guarantee_years(country: str) -> int:
    return GUARANTEE_YEARS.get(country, 2)


def guarantee_ends(country: str, possession: date, *, repaired: bool = False, placed_on: date | None = None) -> date:
    """The last day of the guarantee for faults, which stands apart from the shop's own times.

    `repaired`: an earlier fault was repaired because the customer chose so, on an order placed on `placed_on`.
    """
    end = months_later(possession, 12 * guarantee_years(country))
    if repaired and regime(country) == "EU" and placed_on and placed_on >= REPAIR_ADDS_SINCE:
        return months_later(end, 12)
    return end


# --- store credit -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreditLives:
    """How long store credit lives at least; `to_year_end`: and then on to the end of that year."""

    source: str
    months: int
    to_year_end: bool = False


# What is known for certain, read for store credit as for a voucher that was bought, which is never shorter. Everywhere
# else no shop's credit ends at all: nobody has looked up how long it has to live there.
CREDIT_LIVES = {
    "AU": CreditLives("Competition and Consumer Act 2010, Sch. 2, s. 99B", 36),
    "DE": CreditLives("BGB § 195 and § 199(1)", 36, to_year_end=True),
    "IE": CreditLives("Consumer Protection (Gift Vouchers) Act 2019", 60),
}


def credit_ends(country: str, issued_on: date, months: int) -> date | None:
    """The last day of store credit that the terms let live for `months`; None: it has no end, which 0 months mean too.
    Never sooner than the law of the country lets it end."""
    law = CREDIT_LIVES.get(country)
    if not months or law is None:
        return None
    least = months_later(issued_on, law.months)
    if law.to_year_end:
        least = date(least.year, 12, 31)
    return max(months_later(issued_on, months), least)


# --- days ---------------------------------------------------------------------------------------------------------


def months_later(day: date, months: int) -> date:
    """The same day of a later month; one that this month does not have is the first of the next."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return date(year, month + 1, 1) + timedelta(days=calendar.monthrange(year, month + 1)[1])


def work_day(day: date, country: str) -> date:
    """`day`, or the next one that is no Saturday, Sunday or public holiday there (Regulation 1182/71 Art. 3(4))."""
    while day.weekday() >= 5 or day in holidays_of(country, day.year):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """National public holidays; a region's own are not known from an address. Empty where nobody listed any."""
    from holidays import country_holidays  # fourteen megabytes that only deadlines need

    try:
        return frozenset(country_holidays(PARTS.get(country, country), years=year))
    except NotImplementedError:
        return frozenset()
