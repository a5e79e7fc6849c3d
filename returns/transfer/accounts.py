"""Where money can be sent: an account of the SEPA area by its IBAN, or one in Vietnam by bank and number."""

import re
import unicodedata
from dataclasses import dataclass

from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from .vietnam import BANKS

SEPA, VIETNAM = "sepa", "vietnam"

# Countries and territories whose accounts a SEPA credit transfer reaches, by the first letters of their IBANs. Source:
# European Payments Council, EPC409-09, list of SEPA scheme countries.
SEPA_COUNTRIES = frozenset(
    [
        *("AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR"),
        *("HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO"),
        *("RS", "SE", "SI", "SK", "SM", "VA"),
    ]
)


class NotAnAccount(Exception):
    """What was typed is no account that money can be sent to. `why` is a code: letters, digits, country, length,
    unknown_bank."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Account:
    """`number` is an IBAN without blanks, or the digits of an account in Vietnam, whose `bank` is a BIN of Napas."""

    kind: str
    holder: str
    number: str
    bank: str = ""

    def __repr__(self) -> str:  # never in a log or on a page of errors
        return f"Account({self.masked})"

    @property
    def masked(self) -> str:
        """What may be shown of it."""
        if self.kind == SEPA:
            return f"{self.number[:2]}•• •••• {self.number[-4:]}"
        return f"{BANKS[self.bank]} •••• {self.number[-4:]}"

    @property
    def in_groups(self) -> str:
        """As people read it."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


def sepa_account(holder: str, typed: str) -> Account:
    """An IBAN as people type it, checked by length, structure and check digits. Raises NotAnAccount."""
    plain = re.sub(r"[\s.\-_]", "", unicodedata.normalize("NFKC", typed)).upper().removeprefix("IBAN")
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{4,30}", plain):
        raise NotAnAccount("letters")
    if plain[:2] not in SEPA_COUNTRIES:
        raise NotAnAccount("country")
    try:
        return Account(SEPA, holder, ibans.validate(plain))
    except ValidationError as error:
        raise NotAnAccount("digits") from error


def vietnam_account(holder: str, bank: str, typed: str) -> Account:
    """6 to 19 digits at one of the banks of Napas. Raises NotAnAccount."""
    plain = re.sub(r"[\s.\-_]", "", unicodedata.normalize("NFKC", typed))
    if bank not in BANKS:
        raise NotAnAccount("unknown_bank")
    if not re.fullmatch(r"[0-9]{6,19}", plain):
        raise NotAnAccount("length")
    return Account(VIETNAM, holder, plain, bank)
