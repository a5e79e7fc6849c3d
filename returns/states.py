"""Which state do the ledgers of a case imply?

People decide whether a request is granted, cancelled or opened again; from a yes on, the quantities say how far it is.
The stored state is moved after every change (`returns.actions.follow`), so that it always equals what stands here.
"""

from dataclasses import dataclass
from typing import Any

from returns.models import Deduction, Refund, Return, ReturnParcel
from returns.queries import failed_refunds

State = Return.State

# The transition that leads to a state, of those that the ledgers imply.
STEP = {
    State.APPROVED: "wait_again",
    State.PARTLY_APPROVED: "wait_again_for_a_part",
    State.AWAITING_DROPOFF: "await_dropoff",
    State.IN_TRANSIT: "hand_in",
    State.PARTLY_RECEIVED: "receive_some",
    State.RECEIVED: "receive_all",
    State.INSPECTING: "inspect",
    State.DISPUTED: "dispute",
    State.SETTLING: "begin_settling",
    State.REFUND_FAILED: "fail_refund",
    State.SETTLED: "settle",
}
LABELLED = {
    ReturnParcel.State.LABEL_CREATED,
    ReturnParcel.State.HANDED_OVER,
    ReturnParcel.State.DELIVERED,
    ReturnParcel.State.OPENED,
    ReturnParcel.State.LOST,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The sums over all lines of a case, and what else decides how far it is."""

    rejected: int
    expected: int
    received: int
    checked: int
    owed: int
    lying: int  # on the bench, checked, not put away
    labelled: bool
    sent: bool  # scanned by a carrier, or proven by the customer
    offered_less: bool
    contested: bool
    refund_failed: bool
    concessions_open: bool


def standing(ret: Return) -> Standing:
    lines = list(ret.lines.all())
    deductions = set(Deduction.objects.filter(line__ret=ret, state__in=Deduction.OPEN).values_list("state", flat=True))
    boxes = set(ret.parcels.values_list("state", flat=True))
    refunds = ret.refunds.exclude(snapshot__has_key="apart")
    failed = refunds.filter(pk__in=failed_refunds().filter(ret=ret).values("pk")).exists()
    return Standing(
        rejected=sum(line.rejected for line in lines),
        expected=sum(line.expected for line in lines),
        received=sum(line.received for line in lines),
        checked=sum(line.accepted + line.refused for line in lines),
        owed=sum(line.unsettled for line in lines),
        lying=sum(line.to_put_away for line in lines),
        labelled=bool(boxes & LABELLED),
        sent=ret.proof_at is not None,
        offered_less=Deduction.State.PROPOSED in deductions,
        contested=Deduction.State.CONTESTED in deductions,
        refund_failed=failed and not refunds.filter(state__in=Refund.LIVE).exists(),
        concessions_open=ret.concessions.filter(given=False).exists(),
    )


def implied(now: Standing) -> Any:
    """The state of a case that was granted."""
    if now.contested:
        return State.DISPUTED
    if now.received == now.expected and now.checked == now.received and not now.offered_less:
        if not now.owed and not now.concessions_open and not now.lying:
            return State.SETTLED
        return State.REFUND_FAILED if now.refund_failed else State.SETTLING
    if now.received == 0:
        return _before_it_came(now)
    if now.received < now.expected:
        return State.PARTLY_RECEIVED
    return State.INSPECTING if now.checked or now.offered_less else State.RECEIVED


def _before_it_came(now: Standing) -> Any:
    if now.sent:
        return State.IN_TRANSIT
    if now.labelled:
        return State.AWAITING_DROPOFF
    return State.PARTLY_APPROVED if now.rejected else State.APPROVED
