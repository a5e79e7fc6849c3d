"""Which buttons does this case have now? The page and the views behind the buttons ask the same list."""

from returns.kinds import Wish
from returns.models import Refund, Return

# What the machine calls a step -> the button that leads to it.
STEPS = {"approve": "approve", "reject": "reject", "receive_all": "receive", "cancel": "cancel"}


def buttons(ret: Return) -> set[str]:
    """approve reject receive accept ship cancel, and for refunds: send stop."""
    steps = {step.name for step in ret.get_available_state_transitions()}  # type: ignore[attr-defined]
    shown = {button for step, button in STEPS.items() if step in steps}
    lines = list(ret.lines.all())
    if ret.withdrawn_at:  # it has ended the contract
        shown.discard("cancel")
    if any(row.is_withdrawal for row in lines):
        shown.discard("reject")
    if ret.state in {Return.State.PARTLY_RECEIVED, Return.State.RECEIVED} and any(
        row.received > row.accepted for row in lines
    ):
        shown.add("accept")
    if any(row.wish == Wish.SWAP and row.unsettled for row in lines):
        shown.add("ship")
    refunds = list(ret.refunds.select_related("payment"))
    states = {refund.state for refund in refunds}
    if Refund.State.PROPOSED in states:
        shown.add("send")
    if Refund.State.APPROVED in states:
        shown.add("stop")
    owed = any(row.wish == Wish.MONEY and row.unsettled for row in lines)
    if owed and not states & set(Refund.LIVE):
        shown.add("prepare")
    if any(row.state == Refund.State.PROPOSED and row.amount > row.payment.left for row in refunds):
        shown.add("prepare")  # the payment holds less than when it was proposed
    if Refund.State.NEEDS_REVIEW in states:
        shown.add("ask")
    return shown
