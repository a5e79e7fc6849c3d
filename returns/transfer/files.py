"""Files that a bank takes: pain.001.001.09 for SEPA, a table for Vietnam. Bytes out; nothing is sent anywhere."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from sepaxml import SepaTransfer
from text_unidecode import unidecode

from .accounts import Account
from .vietnam import BANKS, LONGEST_PURPOSE, vietqr

SCHEMA = "pain.001.001.09"
COLUMNS = ("bank_bin", "bank", "account", "holder", "amount", "purpose", "reference")


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` in the smallest unit. `reference` comes back on the bank's statement: at most 35 characters."""

    account: Account
    amount: int
    reference: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Code:
    """One transfer of a Vietnamese file as a banking app reads it."""

    reference: str
    holder: str
    bank: str
    account: str
    amount: int
    text: str


def plain(text: str) -> str:
    """In the letters that every bank takes: a-z, A-Z, 0-9 and / - ? : ( ) . , ' + (EPC217-08). Never a formula."""
    kept = re.sub(r"[^A-Za-z0-9/\-?:().,'+ ]+", " ", unidecode(text))
    return re.sub(r" +", " ", kept).strip(" -+/")


def pain001(transfers: Sequence[Transfer], *, debtor: dict[str, str], message_id: str, on: date) -> bytes:
    """A credit transfer in euro from one account to all, on the banking day `on`.

    `debtor` is name, iban and, where known, bic. `message_id` names the file at the bank: at most 35 characters; the
    same name twice is what banks refuse as a duplicate.
    """
    config = {"name": plain(debtor["name"])[:70], "IBAN": debtor["iban"], "currency": "EUR", "batch": True}
    if debtor.get("bic"):
        config["BIC"] = debtor["bic"]
    sepa = SepaTransfer(config, schema=SCHEMA, clean=True)
    for transfer in transfers:
        sepa.add_payment(
            {
                "name": plain(transfer.account.holder)[:70],
                "IBAN": transfer.account.number,
                "amount": transfer.amount,
                "execution_date": on,
                "description": plain(transfer.purpose)[:140],
                "endtoend_id": transfer.reference,
            }
        )
    return _named(sepa.export(validate=True), message_id)


def _named(xml: bytes, message_id: str) -> bytes:
    """Under our own name for the message; a debtor's bank without BIC says so, as the rulebook wants it."""
    space = f"{{urn:iso:std:iso:20022:tech:xsd:{SCHEMA}}}"
    root = ElementTree.fromstring(xml)  # noqa: S314 - our own, a moment old
    for name in ("MsgId", "PmtInfId"):
        for node in root.iter(f"{space}{name}"):
            node.text = message_id
    for agent in root.iter(f"{space}DbtrAgt"):
        found = agent[0]
        if not len(found):
            other = ElementTree.SubElement(ElementTree.SubElement(found, f"{space}Othr"), f"{space}Id")
            other.text = "NOTPROVIDED"
    ElementTree.register_namespace("", space.strip("{}"))
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def table(transfers: Sequence[Transfer]) -> bytes:
    """A line for each transfer, with a byte order mark: spreadsheets need it. Apps of banks take letters and digits for
    the purpose, and nothing else."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for transfer in transfers:
        account = transfer.account
        rows.writerow(
            [
                account.bank,
                BANKS[account.bank],
                account.number,
                plain(account.holder).upper(),
                transfer.amount,
                re.sub(r"[^A-Za-z0-9 ]", "", plain(transfer.purpose))[:LONGEST_PURPOSE],
                transfer.reference,
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def codes(content: bytes) -> list[Code]:
    """The VietQR codes of a file that `table` made: of these bytes, not of rows that may have changed since."""
    return [
        Code(
            row["reference"],
            row["holder"],
            row["bank"],
            row["account"],
            int(row["amount"]),
            vietqr(bank=row["bank_bin"], number=row["account"], amount=int(row["amount"]), purpose=row["purpose"]),
        )
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    ]
