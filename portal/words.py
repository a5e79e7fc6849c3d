"""Our codes in words, each at one address. Whole sentences; the templates only place them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from returns.amounts import Amount

# The labels of the two functions of a withdrawal, fixed by law and not to be translated anew, shortened or added to:
# Directive 2011/83/EU Art. 11a, German Civil Code § 356a, Greek Law 2251/1994 Art. 3ζα. They stand in no catalogue.
FIXED = {
    "withdraw": {
        "en": "Withdraw from contract here",
        "de": "Vertrag widerrufen",
        "el": "Πατήστε εδώ για υπαναχώρηση",
        "vi": "Hủy hợp đồng tại đây",
    },
    "confirm": {
        "en": "Confirm withdrawal",
        "de": "Widerruf bestätigen",
        "el": "Επιβεβαίωση υπαναχώρησης",
        "vi": "Xác nhận hủy hợp đồng",
    },
}

# How a shop's pages look.
CORNERS = {
    "square": _("Square"),
    "soft": _("A little round"),
    "round": _("Round"),
}

# Where the shop's colour is read.
READ_AT = {
    "paper": _("Links on the page"),
    "raised": _("Links on cards"),
    "sunken": _("Links at the foot"),
    "notice": _("Links in notices"),
    "button": _("Words on the button"),
    "hover": _("Words on the button, pointed at"),
    "chosen": _("The edge of a chosen card"),
    "note": _("Small words on a chosen card"),
}

PARCEL = {
    "pre_transit": _("The carrier knows of your parcel"),
    "accepted": _("The carrier has your parcel"),
    "in_transit": _("Your parcel is on its way"),
    "out_for_delivery": _("Your parcel is coming today"),
    "available_for_pickup": _("Ready to collect"),
    "attempted": _("The carrier could not hand over your parcel"),
    "exception": _("Something holds your parcel up"),
    "returning": _("Your parcel is coming back to us"),
    "returned": _("Your parcel is back with us"),
    "delivered": _("Your parcel was delivered"),
    "cancelled": _("This shipment is cancelled"),
    "unknown": _("Update from the carrier"),
}

PARCEL_MORE = {
    "customs_hold": _("Your parcel is at customs"),
    "customs_duties_due": _("Your parcel is at customs"),
    "damaged": _("Your parcel was damaged on the way"),
    "lost": _("The carrier thinks the parcel is lost"),
    "to_neighbour": _("Your parcel was given to a neighbour"),
    "to_locker": _("Your parcel is in a parcel locker"),
    "to_parcel_shop": _("Your parcel is at a parcel shop"),
}

RETURN_STATE = {
    "draft": _("Not sent yet"),
    "submitted": _("Asked for"),
    "needs_info": _("Waits for the customer’s answer"),
    "under_review": _("A person decides"),
    "approved": _("Approved, label on its way"),
    "partly_approved": _("Approved in part, label on its way"),
    "rejected": _("Rejected"),
    "awaiting_dropoff": _("Customer sends it"),
    "in_transit": _("On its way to us"),
    "partly_received": _("Partly here"),
    "received": _("Here, to be checked"),
    "inspecting": _("Being checked"),
    "disputed": _("The customer disagrees"),
    "settling": _("Checked, to be settled"),
    "refund_failed": _("Refund failed"),
    "settled": _("Done"),
    "cancelled": _("Cancelled"),
    "expired": _("Closed, nothing was sent"),
    "reopened": _("Open again"),
}

# What is ours to do in a case that lies with the customer (`returns.queries.ours_with_her`).
OURS = {
    "label": _("Needs a label"),
    "collect": _("Arrange the collection"),
    "owed": _("Something to send"),
    "unsent": _("Withdrawn before it left"),
    "overdue": _("Not sent in time"),
    "second": _("A second person is needed"),
    "account": _("Waits for the customer’s bank account"),
    "not_seen": _("The customer does not see the money"),
    "turned_up": _("The parcel has come after all"),
}

REFUND_STATE = {
    "proposed": _("Waits for your yes"),
    "approved": _("Approved, leaves soon"),
    "sending": _("Being sent"),
    "pending": _("Sent, the bank has not confirmed it"),
    "requires_action": _("Sent, the customer has to do something"),
    "succeeded": _("Sent"),
    "failed": _("Failed"),
    "canceled": _("Stopped"),
    "needs_review": _("A person has to look"),
}

REASON = {
    "damaged": _("It arrived damaged or broken"),
    "faulty": _("It does not work"),
    "wrong_size": _("It is the wrong size"),
    "style": _("The colour or style is not what I expected"),
    "wrong_item": _("You sent the wrong item"),
    "missing": _("Something is missing"),
    "too_late": _("It came too late"),
    "changed_mind": _("I changed my mind – you do not have to say why"),
    "other": _("Something else"),
}

NOT_COME = _("It has not come")


def problem(reason: str, arrived: bool | None) -> str:
    """What is wrong with a line. What is too late and not here has not come."""
    return str(NOT_COME if reason == "too_late" and arrived is False else REASON.get(reason, reason))


KIND = {
    "withdrawal": _("Withdrawal"),
    "return": _("Return"),
    "claim": _("Claim"),
    "cancel": _("Order cancelled"),
    "carrier_return": _("Parcel came back"),
    "goodwill": _("Goodwill"),
}

GRADE = {
    "A": _("As new"),
    "B": _("Opened, can be sold"),
    "C": _("Worn or damaged"),
    "X": _("Not what was announced"),
}

DISPOSITION = {
    "restock": _("Back on the shelf"),
    "write_off": _("Thrown away"),
    "send_back": _("Sent to the customer"),
}

# Where a find goes that is nobody's.
FIND = {
    "sender": _("Sent back to the sender"),
    "write_off": _("Thrown away"),
}

DEDUCTION = {
    "proposed": _("The customer is asked"),
    "contested": _("The customer disagrees"),
    "accepted": _("Accepted"),
    "upheld": _("Confirmed by a second person"),
    "dropped": _("Dropped, the customer gets everything"),
    "send_back": _("The customer wants it back"),
}

# What stops money from leaving by itself.
FLAGGED = {
    "box_too_light": _("The carrier weighed less than the goods weigh."),
    "arrived_elsewhere": _("The carrier handed it over at another postcode than ours."),
    "late_withdrawal": _("The withdrawal came after its time. It is recorded; decide what it brings."),
    "excepted_group": _("For one of these items the law may know no withdrawal. Look when it is here."),
    "not_dispatched": _("It had not been sent when the withdrawal came. Stop the parcel if you still can."),
}

# What she gets, as staff name it and as she reads it.
# Why the rules do not let a sum go by themselves.
PERSON_WHY = {
    "sum": _("It is more than the terms let go without a person."),
    "goodwill": _("It holds a goodwill sum."),
    "risk": _("Something about this case is unusual."),
    "flags": _("The parcel does not fit what was announced."),
    "contested": _("The customer did not agree at first."),
    "account": _("It goes to a bank account."),
    "payment": _("The payment is not as we left it."),
    "own_order": _("A colleague has bought this."),
    "before": _("A refund of this case was stopped or failed before."),
}

# Why the yes of one person is not enough.
SECOND_WHY = {
    "sum": _("It is more than one person may let go."),
    "deviation": _("The goodwill sum is more than one person may give."),
    "account": _("It goes to a bank account."),
    "own_order": _("A colleague has bought this."),
    "day": _("It is more than one person may let go in a day."),
}

DISPUTE = {
    "open": _("The customer’s bank has asked back:"),
    "lost": _("The customer’s bank has taken back:"),
}

PROBLEM = {
    "refunded_before_restore": _(
        "Money had left before a backup was put back. Look at the payment service, then work out the refund."
    ),
}

PAUSED = {
    "restored": _("Refunds wait: a backup was put back, and the books are being compared."),
    "wrong_mode": _("Refunds wait: the key is for the other mode (test or live) than before."),
    "wrong_account": _("Refunds wait: the key opens another account than before."),
}

DIFFERS = {
    "ours_only": _("We sent it, and the payment service does not have it."),
    "theirs_only": _("The payment service has it, and we have no row for it."),
    "twice": _("The payment service has it twice."),
    "amount": _("The sums differ."),
    "state": _("The states differ."),
}

LEAK = {
    "by_hand": _("The rules wanted a person, who let it go"),
    "goodwill": _("Goodwill"),
    "kept": _("Paid back, and the item need not come"),
    "not_arrived": _("Paid back, because it never reached the customer"),
    "lost": _("Paid back, because it was lost on the way"),
    "advanced": _("Paid back before the item was here"),
    "kept_often": _("A customer kept items more than once in a year"),
    "stopped": _("Stopped by hand"),
}

CREDIT_MOVED = {
    "issued": pgettext_lazy("store credit", "Issued"),
    "spent": pgettext_lazy("store credit", "Spent"),
    "back": pgettext_lazy("store credit", "Taken as money after all"),
    "expired": pgettext_lazy("store credit", "Ended"),
    "corrected": pgettext_lazy("store credit", "Corrected"),
}

WISH = {
    "money": _("money back"),
    "swap": _("exchange"),
    "repair": _("repair"),
    "reduction": _("part of the money, item kept"),
    "delivery": _("delivery cost back, item kept"),
    "part": _("the missing part"),
}

PROMISE = {
    "money": _("You get your money back."),
    "swap": _("We send you another one."),
    "repair": _("We repair it."),
    "reduction": _("You keep it and get part of the money back."),
    "delivery": _("You keep it and get the delivery cost back."),
    "part": _("We send you what is missing."),
}

GROUP = {
    "normal": _("Most things"),
    "hygiene": _("Sealed for hygiene"),
    "perishable": _("Goes off soon"),
    "bulky": _("Too big for a parcel"),
    "made_to_order": _("Made to order"),
    "digital": _("Digital"),
    "dangerous": _("Not by post"),
    "high_value": _("High value"),
}

PHOTO = {
    "never": _("Not asked for"),
    "optional": _("May be added"),
    "needed": _("Needed"),
}

PAYS = {
    "shop": _("The shop"),
    "customer": _("The customer, the price of a label"),
    "none": _("Nothing is sent back"),
}

REGIME = {
    "EU": _("All orders to the EU and the EEA"),
    "GB": _("All orders to Britain"),
    "VN": _("All orders to Vietnam"),
    "other": _("All orders to countries whose law is not built in"),
}

NUMBER = {
    "return_days": _("Days to ask for a return"),
    "send_back_days": _("Days to send it back"),
    "expire_days": _("Days after that until a case without a parcel ends"),
    "check_days": _("Days in which you check what came back"),
    "aim_days": _("Days in which the money should leave"),
    "hold_days": _("Days a piece is held for an exchange"),
    "contest_days": _("Days in which a customer can answer an offer of less"),
    "boxes_most": _("Boxes that one return may have"),
    "stop_minutes": _("Minutes in which a refund can be stopped"),
    "bank_days": _("Working days a bank may need"),
    "fee_percent": _("Fee on a return, in percent"),
    "reduction_percent": _("Given back when a damaged item is kept, in percent"),
    "keep_percent": _("Kept when the label costs more of the value, in percent"),
    "many_returns": _("Returns in 90 days that are unusual"),
    "decide_up_to": _("The rules decide up to"),
    "refund_up_to": _("Clear refunds leave by themselves up to"),
    "second_from": _("Two people say yes to a refund above"),
    "deviation_from": _("Two people say yes to goodwill above"),
    "day_limit": _("One person lets go in a day up to"),
    "lead_second_from": _("For a lead: two people above"),
    "lead_day_limit": _("For a lead: in a day up to"),
    "photo_from": _("A photo of damage is needed from"),
    "keep_up_to": _("What is damaged is kept up to"),
    "label_price": _("The customer pays for a label"),
    "label_cost": _("A label costs you"),
    "credit_months": _("Months until store credit ends; 0: it has no end"),
    "withdrawal_informed": _("Customers are told of their right to withdraw"),
    "label_told": _("Customers are told before they buy that they pay the way back"),
    "credit": _("Customers may choose store credit in place of money"),
    "swap_other_products": _("Customers may exchange for another product"),
}

ANSWER = {
    "yes": _("Yes"),
    "ask": _("A person decides"),
    "no": _("No"),
}

WAY = {
    "code": _("Show a code – no printer needed"),
    "label": _("Print a label at home"),
    "own": _("Send it with a carrier of my choice"),
    "collect": _("We collect it at your door"),
}

# What a customer reads when a rule says no.
NO = {
    "in_time": _("The time for sending this back has ended."),
    "can_be_sold_again": _("We cannot sell this item again once it has been sent out."),
    "nothing_chosen": _("Select the items this is about"),
}

# What staff read of each rule that asked for them.
ASK = {
    "damage_is_shown": _("There is no photo of the damage."),
    "small_enough_to_decide": _("The item is worth more than the rules may decide alone."),
    "may_be_posted": _("This item cannot go by parcel; arrange a collection."),
    "in_time": _("The time has ended, but the law may give more: look at it."),
    "is_offered": _("The customer asks for something that your terms do not offer here."),
    "is_safe": _("It may not be safe to touch: call the customer today."),
    "left_to_a_person": _("Your terms leave this to a person."),
    "nothing_unusual": _("Something about this request is unusual."),
    "not_sent_yet": _("The customer wants to cancel: stop the order, or say that it has left."),
}

# What looks unusual about a request, for staff. Never about a withdrawal.
RISK = {
    "many_returns": _("This customer sent many things back in the last 90 days."),
    "missing_before": _("This customer reported something missing before."),
    "high_value": _("The item is worth a lot."),
    "new_customer": _("This is the customer's first order."),
    "other_country": _("The order went to another country than the earlier ones."),
    "no_photo": _("There is no photo of the damage."),
}

# Why terms are refused: the right that they would lessen. The article stands behind it.
LESSENS = {
    "no_reason": _("a withdrawal needs no reason, no photo and nobody's yes"),
    "no_fee": _("a withdrawal costs no fee"),
    "money": _("who withdraws gets money back, and it is offered first to whoever changed their mind"),
    "window": _("customers may withdraw for 14 days"),
    "send_back": _("customers have 14 days to send goods back"),
    "label": _("the way back may cost the customer no more than it costs you"),
    "guarantee": _("for faults the guarantee lasts two years, in some countries three"),
    "no_charge": _("a fault never costs the customer anything"),
    "remedies": _("for a fault a new item or a repair is offered, and money when a repair has failed"),
    "too_late": _("who got it too late may have all the money back"),
}

# Why a parcel is where it is, or where it was left; beside the answer to "where is it?".
WHY = {
    "recipient_absent": _("Nobody was at home."),
    "refused": _("It was not accepted at the door."),
    "incorrect_address": _("The address is not complete. Talk to a person: we put it right."),
    "access_problem": _("The carrier could not get to the door. Talk to a person: we find a way."),
    "cod_not_paid": _("The sum to pay at the door was not paid. Talk to a person."),
    "rescheduled": _("Another delivery day was agreed."),
    "customs_duties_due": _("Customs asks for a payment. The carrier tells you how to pay."),
    "documents_missing": _("Papers for customs are missing. Talk to a person."),
    "delayed_weather": _("Bad weather holds it up."),
    "delayed_carrier": _("The carrier needs longer than planned."),
    "missorted": _("It took a wrong way and is being sent on."),
    "to_locker": _("It is in a parcel locker."),
    "to_parcel_shop": _("It is in a parcel shop."),
    "to_safe_place": _("It was left in a safe place."),
    "to_neighbour": _("It was given to a neighbour."),
    "signed": _("Somebody signed for it."),
}

# What a carrier can still do with a parcel on its way.
DROP = {
    "day": _("To my door on another day"),
    "neighbour": _("To a neighbour"),
    "shop": _("To a parcel shop or locker"),
    "safe_place": _("To a safe place at home"),
}

# A place that takes parcels.
PLACE = {
    "shop": _("Parcel shop"),
    "locker": _("Parcel locker"),
    "post_office": _("Post office"),
}

# And what she chose of it.
DROPPED = {
    "day": _("You chose another day."),
    "neighbour": _("You chose a neighbour."),
    "shop": _("You chose a parcel shop or locker."),
    "safe_place": _("You chose a safe place at home."),
}

# What staff see of a parcel at once.
FLAG = {
    "act": _("Somebody must act"),
    "stale": _("No news for thirty days"),
}

VERB = {
    "order.imported": _("The order came in"),
    "order.said_to_have_come": _("The customer says that it has come"),
    "parcel.pre_transit": _("The carrier knows of the parcel"),
    "parcel.unknown": _("No word from the carrier that we understand"),
    "parcel.accepted": _("The carrier has the parcel"),
    "parcel.in_transit": _("The parcel is on its way"),
    "parcel.out_for_delivery": _("The parcel is out for delivery"),
    "parcel.available_for_pickup": _("The parcel can be collected"),
    "parcel.attempted": _("The carrier could not hand over the parcel"),
    "parcel.exception": _("Something holds the parcel up"),
    "parcel.returning": _("The parcel is coming back"),
    "parcel.returned": _("The parcel came back"),
    "parcel.delivered": _("The parcel was delivered"),
    "parcel.cancelled": _("The shipment was cancelled"),
    "parcel.late": _("The parcel is late"),
    "parcel.silent": _("The carrier has no news of the parcel"),
    "parcel.corrected": _("The parcel belongs to another carrier"),
    "parcel.not_here": _("The customer does not have the parcel"),
    "parcel.given_up": _("The customer does not wait for the parcel"),
    "parcel.delivery_changed": _("The customer changed the delivery"),
    "return.created": _("A return was asked for"),
    "return.approved": _("The return was approved"),
    "return.rejected": _("The return was rejected"),
    "return.first_no": _("The first of two people said no"),
    "return.asked": _("The customer was asked for something"),
    "return.answered": _("The customer answered"),
    "return.contested": _("The customer disagrees with the decision"),
    "return.cancelled": _("The return was cancelled"),
    "return.expired": _("The return was closed: nothing was sent"),
    "return.reopened": _("The return was opened again"),
    "withdrawal.received": _("A withdrawal was received"),
    "withdrawal.joined": _("The withdrawal was matched to this order"),
    "withdrawal.closed": _("The withdrawal was closed: no contract of ours"),
    "line.moved": _("An item stands on another ground now"),
    "line.wants_money": _("Money instead of an exchange"),
    "box.added": _("Another box was added"),
    "label.voided": _("The unused label was taken back"),
    "proof.submitted": _("The customer showed proof of sending"),
    "proof.queried": _("The proof was questioned"),
    "label.created": _("The return label is ready"),
    "return.handed_in": _("The parcel was handed in"),
    "return.arrived": _("The parcel arrived with us"),
    "return.received": _("Goods received"),
    "return.receipt_reversed": _("A receipt was taken back"),
    "return.missing": _("Goods were missing from the box"),
    "return.lost": _("Goods were lost on the way back"),
    "return.not_sent": _("The goods had not left us yet"),
    "return.accepted": _("Goods accepted"),
    "bench.photographed": _("A picture was taken at the bench"),
    "unexpected.found": _("Something came that was not announced"),
    "unexpected.resolved": _("What came unannounced was settled"),
    "deduction.proposed": _("Less money was offered"),
    "deduction.accepted": _("The offer of less was accepted"),
    "deduction.contested": _("The customer disagrees with the offer"),
    "deduction.upheld": _("A second person confirmed the offer"),
    "deduction.dropped": _("A second person dropped the offer"),
    "deduction.sent_back": _("The customer wants the goods back"),
    "goods.sent_back": _("Goods were sent back to the customer"),
    "concession.given": _("A goodwill sum was given"),
    "return.settled": _("The return is done"),
    "exchange.shipped": _("The exchange was sent"),
    "exchange.released": _("The piece kept for the exchange is free again"),
    "repair.shipped": _("The repaired item was sent"),
    "refund.proposed": _("A refund was proposed"),
    "refund.approved": _("The refund was approved"),
    "refund.not_seen": _("The customer does not see the money"),
    "refund.looked_for": _("We looked for the money and answered"),
    "refund.first_yes": _("The first of two people said yes to the refund"),
    "refund.found": _("The payment service has a refund that we had forgotten"),
    "refunds.paused": _("Refunds were paused"),
    "refunds.resumed": _("Refunds may leave again"),
    "payment.disputed": _("The customer’s bank has asked the payment back"),
    "payment.dispute_over": _("The bank has decided about the payment"),
    "refund.stopped": _("The refund was stopped"),
    "refund.pending": _("The refund is with the bank"),
    "refund.succeeded": _("The money was sent"),
    "refund.failed": _("The refund failed"),
    "refund.questioned": _("The refund needs a person"),
    "bank.details_wanted": _("The customer was asked for a bank account"),
    "bank.details_given": _("A bank account was named"),
    "bank.details_erased": _("The bank account was deleted"),
    "bank.exported": _("The transfer is in a file for the bank"),
    "bank.file_fetched": _("A file of transfers was taken to the bank"),
    "bank.file_found": _("A file of transfers was found that we had forgotten"),
    "bank.confirmed": _("The bank has sent a file of transfers"),
    "difference.wanted": _("The customer was asked to pay the price difference"),
    "difference.paid": _("The price difference was paid"),
    "credit.issued": _("Store credit was given"),
    "credit.spent": _("Store credit was spent"),
    "credit.back": _("The customer wants money in place of store credit"),
    "credit.ends": _("Store credit ends soon"),
    "credit.expired": _("Store credit has ended"),
    "credit.corrected": _("Store credit was corrected"),
    "payment.differs": _("The payment is not what the file said"),
    "terms.published": _("New terms were published"),
}

BY = {
    "customer": pgettext_lazy("who did it", "Customer"),
    "rules": pgettext_lazy("who did it", "Rules"),
    "carrier": pgettext_lazy("who did it", "Carrier"),
    "stripe": pgettext_lazy("who did it", "Stripe"),
    "import": pgettext_lazy("who did it", "Import"),
    "withdrawal": pgettext_lazy("who did it", "Withdrawal"),
    "file": pgettext_lazy("who did it", "The shop's file"),
    "shop": pgettext_lazy("who did it", "The shop"),
}

# One movement of store credit, as the customer and staff read it.
CREDIT = {
    "issued": _("From a return"),
    "spent": _("Spent"),
    "back": _("Turned into money"),
    "expired": _("Ended"),
    "corrected": _("Put right by us"),
}

LETTER = {
    "waiting": _("waiting"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "failed": _("could not be sent"),
}

# Why the money did not go through, as the payment service codes it, or as staff read it at the bank.
FAILURE = {
    "unknown": _("no reason given"),
    "declined": _("the bank declined it"),
    "expired_or_canceled_card": _("the card has expired or is cancelled"),
    "lost_or_stolen_card": _("the card is lost or stolen"),
    "insufficient_funds": _("our account does not hold enough"),
    "charge_for_pending_refund_disputed": _("the payment is disputed"),
    "merchant_request": _("we asked to stop it"),
    "account_closed": _("the account is closed"),
    "account_unknown": _("there is no such account"),
    "holder_differs": _("the name on the account is another"),
    "bank_refused": _("the bank gave no reason"),
}

# The rows of a refund: why each is there.
ROW = {
    "R3": _("Delivery cost back"),
    "R4": _("Return label, as you chose it"),
    "R4F": _("Handling, as our terms say"),
    "R5": _("Less for the state it came back in"),
    "R6": _("Part of the price back"),
    "R7": _("Made even, so that it can be paid"),
    "R8": _("Price difference of the exchange"),
    "G": _("As a gesture of goodwill"),
}

# And the rule behind each, for whoever reads it: the customer, staff, an auditor.
RULE = {
    "R2": _("The price that was paid for it, with all discounts taken off."),
    "R3": _("The delivery cost goes back once: with the last item, or by the share of each."),
    "R4": _("The price of the label, as it was shown and chosen before."),
    "R4F": _("The terms named this fee before the order."),
    "R5": _("It came back worn. Photos showed it, and there was time to object."),
    "R6": _("A part of the price, for an item that stays."),
    "R7": _("The payment service pays even sums only. The next refund evens it out."),
    "R8": _("The new item costs less than the old one."),
    "G": _("It comes on top of what is due."),
}


Row = Mapping[str, Any] | Amount


def _of(row: Row, key: str) -> Any:
    return row[key] if isinstance(row, Mapping) else getattr(row, key)


def row_name(row: Row) -> str:
    """What a row of a sum is for: the item, or our words for the rule and what it is about."""
    rule, text, quantity = (_of(row, key) for key in ("rule", "text", "quantity"))
    if rule == "R2":
        return f"{text} × {quantity}" if quantity > 1 else str(text)
    return f"{ROW.get(rule, rule)}: {text}" if text else str(ROW.get(rule, rule))


def row_why(row: Row) -> str:
    """The rule behind it."""
    return str(RULE.get(_of(row, "rule"), ""))


def row_told(row: Row) -> str:
    return f"{row_name(row)}. {row_why(row)}".strip()


# How a sum went, on papers.
WENT_BY = {
    "stripe": _("To the payment"),
    "credit": _("As store credit"),
    "bank": _("By bank transfer"),
}
