"""Which line of the timeline makes which letter, and the facts it needs.

A letter is a folder: templates/letters/<verb>/{subject.txt,body.txt,body.html}. Sentences live there, facts here.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from customers.models import Entry
from notices.models import Letter
from orders.models import Order
from orders.queries import orders_numbered
from returns import bank, credit, differences, withdrawals
from returns.clocks import answer_day, refund_by, refund_due, seen_by
from returns.kinds import Wish
from returns.models import CreditNote, Deduction, Refund, Return, ReturnParcel, Withdrawal
from returns.receipts import offer_sums
from returns.statements import next_steps

Facts = dict[str, Any]
Attachment = tuple[str, bytes, str]  # its name, what is in it, what it is


def _order(entry: Entry) -> Order | None:
    return orders_numbered(entry.shop, entry.order_number).first()


def _return(entry: Entry) -> Return | None:
    return Return.objects.filter(number=entry.number).select_related("order", "shop").first()


def return_created(entry: Entry) -> Facts | None:
    """Not when the goods lay on our bench before anybody asked: there is nothing to send."""
    ret = _return(entry)
    if ret is None or entry.facts.get("here"):
        return None
    return {**_about(ret), "asks": entry.facts["asks"]}


def return_approved(entry: Entry) -> Facts | None:
    """Only when a person decided: the letter of a return that the rules approved at once says so already."""
    return None if entry.by == "rules" else return_decided(entry)


def return_decided(entry: Entry) -> Facts | None:
    ret = _return(entry)
    return _about(ret) if ret else None


def return_handed_in(entry: Entry) -> Facts | None:
    """Once a case, with its first box; not when it is here already: the next letter says so."""
    ret = _return(entry)
    earlier = Entry.objects.filter(number=entry.number, verb=entry.verb, pk__lt=entry.pk)
    box = ret.parcels.exclude(shipment=None).select_related("shipment").order_by("position").first() if ret else None
    if ret is None or box is None or box.state == ReturnParcel.State.DELIVERED or earlier.exists():
        return None
    return {**_about(ret), "carrier": box.shipment.carrier if box.shipment else "", "due": refund_due(ret)}


def return_received(entry: Entry) -> Facts | None:
    """Once a box and half a day: goods that are counted piece by piece make no letter a piece."""
    lately = Entry.objects.filter(
        number=entry.number, verb=entry.verb, pk__lt=entry.pk, at__gt=entry.at - timedelta(hours=12)
    )
    if any(earlier.facts.get("box") == entry.facts.get("box") for earlier in lately):
        return None
    return return_decided(entry)


def _about(ret: Return) -> Facts:
    lines = list(ret.lines.select_related("order_line"))
    money = any(line.wish == Wish.MONEY and not line.as_credit for line in lines)
    return {
        "ret": ret,
        "lines": lines,
        "posted": ret.parcels.exists(),
        "nothing_to_send": not any(line.expected for line in lines),
        "refund_by": refund_by(ret) if money else None,
    }


def refund_succeeded(entry: Entry) -> Facts | None:
    refund = Refund.objects.filter(uuid=entry.facts["refund"]).select_related("ret__order__shop", "ret__shop").first()
    if refund is None or refund.settled_at is None or refund.rail == Refund.Rail.CREDIT:
        return None
    sent_on = refund.ret.shop.today(refund.settled_at)
    note = CreditNote.objects.filter(proposal=refund.proposal, cancels=None).first()
    return {
        "ret": refund.ret,
        "refund": refund,
        "sent_on": sent_on,
        "seen_by": seen_by(refund),
        "note": note if note and note.at <= entry.at else None,
    }


def refund_missed(entry: Entry) -> Facts:
    """She does not see it; later, what we found."""
    refund = Refund.objects.select_related("ret__order__shop", "ret__shop").get(uuid=entry.facts["refund"])
    answer_by = answer_day(refund.ret.shop, entry.at)
    return {"ret": refund.ret, "refund": refund, "answer_by": answer_by, "words": entry.facts.get("words", "")}


def refund_failed(entry: Entry) -> Facts | None:
    """Only when the money had left and came back: what the provider refused at once is for staff to mend."""
    again = entry.facts.get("credit_again", False)
    ret = _return(entry) if entry.facts.get("came_back") or again else None
    told = {"amount": entry.facts["amount"], "currency": entry.facts["currency"], "credit_again": again}
    return {"ret": ret, **told, "account_wanted": not again and bank.is_wanted(ret)} if ret else None


def bank_details_wanted(entry: Entry) -> Facts | None:
    """Not when she has named an account meanwhile."""
    ret = _return(entry)
    return {"ret": ret} if ret and bank.is_wanted(ret) else None


def credit_issued(entry: Entry) -> Facts | None:
    """Once for all shares of a sum, with its last one."""
    refund = Refund.objects.select_related("ret__order__shop", "ret__shop").get(uuid=entry.facts["refund"])
    shares = Refund.objects.filter(proposal=refund.proposal, rail=Refund.Rail.CREDIT).exclude(state="canceled")
    if shares.filter(pk__gt=refund.pk).exists():
        return None
    issue = refund.credit_entry
    chosen = credit.is_chosen(refund) and refund.payment.provider != "credit"
    return {
        "ret": refund.ret,
        "amount": sum(shares.values_list("amount", flat=True)),
        "currency": refund.currency,
        "ends": issue.expires_on,
        "back_by": credit.last_day_back(refund.ret.shop, issue) if chosen else None,
    }


def credit_back(entry: Entry) -> Facts | None:
    ret = _return(entry)
    return {"ret": ret, "amount": entry.facts["amount"], "currency": entry.facts["currency"]} if ret else None


def credit_ends(entry: Entry) -> Facts | None:
    told = {name: entry.facts[name] for name in ("amount", "currency")}
    return {**told, "ends": date.fromisoformat(entry.facts["ends"])}


def parcel_late(entry: Entry) -> Facts | None:
    def day(name: str) -> date | None:
        return date.fromisoformat(entry.facts[name]) if entry.facts[name] else None

    promised = day("promised")
    still_to_come = bool(promised and promised >= entry.shop.today(entry.at))
    told = {"promised": promised, "expected": day("expected"), "still_to_come": still_to_come}
    return {**told, "may_choose": _may_choose(entry)}


def _may_choose(entry: Entry) -> bool:
    """Whether the page of the order lets her choose at all: no other case has all of it."""
    order = _order(entry)
    return order is not None and any(line.left for line in order.lines.all())


def parcel_silent(entry: Entry) -> Facts | None:
    since = date.fromisoformat(entry.facts["since"])
    return {"carrier": entry.facts["carrier"], "since": since, "may_choose": _may_choose(entry)}


def exchange_shipped(entry: Entry) -> Facts | None:
    ret = _return(entry)
    return {"ret": ret, "lines": list(ret.lines.select_related("order_line", "swap"))} if ret else None


def label_created(entry: Entry) -> Facts | None:
    """Only when a person made it: else the letter of the case leads to the label already."""
    ret = _return(entry) if entry.facts.get("by_hand") else None
    return {"ret": ret} if ret else None


def withdrawal_received(entry: Entry) -> Facts | None:
    """The acknowledgement, to the address she typed, in the language she read."""
    row = Withdrawal.objects.filter(number=entry.number).select_related("shop").first()
    if row is None:
        return None
    return {
        "withdrawal": row,
        "to": row.email,
        "language": row.language,
        "steps": next_steps(row),
        "order_number": entry.order_number,
        "number": row.number,
    }


def withdrawal_joined(entry: Entry) -> Facts | None:
    """To the order's own contact; only when no other letter tells of it: the case was there and granted before."""
    numbers = [] if entry.facts["told"] else entry.facts["cases"]
    ret = Return.objects.filter(number__in=numbers).select_related("order", "shop").order_by("pk").first()
    return _about(ret) if ret else None


def acknowledgement(letter: Letter) -> Attachment:
    row = Withdrawal.objects.select_related("shop").get(number=letter.number)
    return f"{row.number}.pdf", withdrawals.acknowledgement(row), "application/pdf"


def case_told(entry: Entry) -> Facts | None:
    """The case, and the words and numbers of the line itself."""
    ret = _return(entry)
    text = entry.facts.get("text") or entry.facts.get("words", "")
    told = {"text": text, "tracking_number": entry.facts.get("tracking_number", "")}
    return {**_about(ret), **told} if ret else None


def difference_wanted(entry: Entry) -> Facts | None:
    told = case_told(entry)
    facts = {name: entry.facts[name] for name in ("amount", "currency")}
    return {**told, **facts, "until": entry.at + differences.PAY_WITHIN} if told else None


def line_wants_money(entry: Entry) -> Facts | None:
    told = case_told(entry)
    return {**told, "why": entry.facts["why"], "before": entry.facts["before"]} if told else None


def return_reopened(entry: Entry) -> Facts | None:
    """When her parcel came after all, or somebody opened it for her."""
    return case_told(entry) if entry.facts["before"] != Return.State.SETTLED else None


def deduction_proposed(entry: Entry) -> Facts | None:
    offer = Deduction.objects.filter(line__ret__number=entry.number, words=entry.facts["words"]).last()
    told = case_told(entry)
    if offer is None or told is None:
        return None
    return {**told, "sums": offer_sums(offer), "answer_by": offer.answer_by}


LETTERS: dict[str, Callable[[Entry], Facts | None]] = {
    "return.created": return_created,
    "return.approved": return_approved,
    "return.rejected": return_decided,
    "return.handed_in": return_handed_in,
    "return.received": return_received,
    "return.asked": case_told,
    "return.expired": case_told,
    "return.reopened": return_reopened,
    "return.missing": case_told,
    "proof.queried": case_told,
    "deduction.proposed": deduction_proposed,
    "deduction.upheld": case_told,
    "deduction.dropped": case_told,
    "difference.wanted": difference_wanted,
    "line.wants_money": line_wants_money,
    "goods.sent_back": case_told,
    "repair.shipped": case_told,
    "exchange.shipped": exchange_shipped,
    "label.created": label_created,
    "refund.succeeded": refund_succeeded,
    "refund.failed": refund_failed,
    "bank.details_wanted": bank_details_wanted,
    "refund.not_seen": refund_missed,
    "refund.looked_for": refund_missed,
    "credit.issued": credit_issued,
    "credit.back": credit_back,
    "credit.ends": credit_ends,
    "parcel.late": parcel_late,
    "parcel.silent": parcel_silent,
    "withdrawal.received": withdrawal_received,
    "withdrawal.joined": withdrawal_joined,
}
# Anybody may have typed the address they go to, and the words they repeat: no order's facts, no link, no code.
TYPED = frozenset(["withdrawal.received"])
# Made at the moment of sending. A letter says all of it in its text, too.
ATTACHMENTS: dict[str, Callable[[Letter], Attachment]] = {"withdrawal.received": acknowledgement}


def facts_for(entry: Entry) -> Facts | None:
    """What the letter of this line needs; None when nobody is to be told of it. `to` and `language` are the order's
    unless they are said."""
    make = LETTERS.get(entry.verb)
    if make is None:
        return None
    if entry.verb in TYPED:
        return make(entry)
    order = _order(entry)
    facts = make(entry) if order and entry.customer else None
    return {"order": order, **facts} if facts else None
