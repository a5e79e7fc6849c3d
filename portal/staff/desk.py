"""Which buttons does this case have now? The page and the views behind the buttons ask the same list."""

from returns import bank
from returns.goods import free_to_grade, not_to_come
from returns.kinds import Wish
from returns.models import Refund, Return, ReturnLine
from returns.queries import not_sent_yet

# What the machine calls a step -> the button that leads to it.
STEPS = {"approve": "approve", "cancel": "cancel", "ask": "ask"}


def buttons(ret: Return) -> set[str]:
    """approve reject ask receive miss bench accept ship repair box goodwill reopen cancel, and those of its refunds."""
    steps = {step.name for step in ret.get_available_state_transitions()}  # type: ignore[attr-defined]
    lines = list(ret.lines.all())
    shown = {button for step, button in STEPS.items() if step in steps}
    if not any(line.to_decide for line in lines):
        shown.discard("approve")
    if "approve" in shown and not any(line.is_withdrawal for line in lines):
        shown.add("reject")
    if ret.state in Return.AWAITED and ret.parcels.exists() and not ret.parcels.filter(state="planned").exists():
        shown.add("box")
    if ret.state in Return.ENDED and ret.state != Return.State.SETTLED:
        shown.add("reopen")
    if ret.state in Return.UNDER_WAY or ret.state == Return.State.SETTLED:
        shown.add("goodwill")
    return shown | _for_goods(ret, lines) | _for_money(ret, lines)


def _for_goods(ret: Return, lines: list[ReturnLine]) -> set[str]:
    """receive miss written_off never_sent bench accept ship repair"""
    shown = set()
    if ret.state in {*Return.COMING, *Return.AT_THE_BENCH} and any(line.to_receive for line in lines):
        shown |= {"receive"} | ({"miss"} if ret.proof_at else set())
    if ret.state in Return.UNDER_WAY and any(not_to_come(line, ret) for line in lines):
        shown.add("written_off")
    if ret.state in Return.NOT_SENT and any(line.to_receive for line in lines) and not_sent_yet(ret.order):
        shown.add("never_sent")
    if ret.state in Return.AT_THE_BENCH and any(free_to_grade(line) for line in lines):
        shown |= {"bench", "accept"}
    waiting = {line.wish for line in lines if line.unsettled} if ret.state in Return.UNDER_WAY else set()
    if waiting & {Wish.SWAP, Wish.PART} and all(line.to_pay <= line.paid_extra for line in lines if line.unsettled):
        shown.add("ship")
    if Wish.REPAIR in waiting:
        shown.add("repair")
    return shown


def _for_money(ret: Return, lines: list[ReturnLine]) -> set[str]:
    """send stop prepare ask_payment ask_account"""
    shown = set()
    refunds = list(ret.refunds.select_related("payment"))
    states = {refund.state for refund in refunds}
    if Refund.State.PROPOSED in states:
        shown.add("send")
    if Refund.State.APPROVED in states:
        shown.add("stop")
    owed = any(line.wish == Wish.MONEY and line.unsettled for line in lines) or ret.concessions.filter(given=False)
    if owed and ret.state in Return.UNDER_WAY and not states & set(Refund.LIVE):
        shown.add("prepare")
    asked = [row for row in refunds if row.state == Refund.State.PROPOSED and "apart" not in row.snapshot]
    if any(row.amount > row.payment.left for row in asked):
        shown.add("prepare")  # the payment holds less than when it was proposed
    if bank.may_be_asked(ret):
        shown.add("ask_account")
    if Refund.State.NEEDS_REVIEW in states:
        shown.add("ask_payment")
    return shown
