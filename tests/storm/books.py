"""Do both books agree? Plain data in, findings out."""

from collections import defaultdict
from dataclasses import dataclass, field

ENDED = {"succeeded", "failed", "canceled"}
GONE = {"succeeded", "pending", "requires_action"}  # money that the provider has taken off the payment


@dataclass
class Findings:
    """`double`: more left than the row says, or under two names. `lost`: the two say opposite things of one refund, or
    of what a payment holds. `unsettled`: not in an end state. Each a list of sentences."""

    double: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.double or self.lost or self.unsettled)


def compare(refunds: list[dict], payments: list[dict], theirs: list[dict]) -> Findings:
    """`refunds`: uuid, amount, state, provider_id, payment (reference). `payments`: reference, reserved, captured.
    `theirs`: the sandbox's payments with their refunds, as /_sandbox/books shows them."""
    found = Findings()
    gone: dict[str, list[dict]] = defaultdict(list)
    for payment in theirs:
        for refund in payment["refunds"]:
            if refund["status"] in GONE:
                gone[refund["metadata"].get("refund_uuid", "")].append({**refund, "payment": payment["id"]})
    for row in refunds:
        _compare_row(row, gone.pop(str(row["uuid"]), []), found)
    for uuid, strangers in gone.items():
        found.double += [f"{each['id']} of {each['amount']} names {uuid or 'nobody'}" for each in strangers]
    _compare_payments(payments, {payment["id"]: payment for payment in theirs}, found)
    return found


def _compare_row(row: dict, gone: list[dict], found: Findings) -> None:
    paid = sum(refund["amount"] for refund in gone)
    name = f"{row['uuid']} ({row['amount']}, {row['state']})"
    if paid > row["amount"] or len(gone) > 1:
        found.double.append(f"{name}: {paid} have left")
    elif row["state"] not in ENDED:
        found.unsettled.append(name)
    elif row["state"] == "succeeded":
        ours = (row["provider_id"], row["amount"], row["payment"], "succeeded")
        if [(one["id"], one["amount"], one["payment"], one["status"]) for one in gone] != [ours]:
            found.lost.append(f"{name}: they say {gone}")
    elif gone:
        found.lost.append(f"{name}: they say {gone}")


def _compare_payments(payments: list[dict], theirs: dict[str, dict], found: Findings) -> None:
    """Only worth a word when every refund agrees: to the cent, what is reserved is what has gone."""
    if found:
        return
    for payment in payments:
        there = theirs[payment["reference"]]
        ours = (payment["captured"], payment["reserved"], payment["outside"])
        if ours != (there["amount"], there["refunded"], 0):
            found.lost.append(f"{payment['reference']}: {ours} here, {there['amount']}, {there['refunded']} there")
