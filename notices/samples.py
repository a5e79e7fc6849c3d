"""What each letter may say, without a row in the database: staff look at letters with it, and tests read them all.

A letter without a sample fails a test, and so does a sample that says something else than its maker in letters.py.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Customer, Shop
from notices.letters import TYPED
from orders.models import Order, OrderLine
from returns.kinds import Wish
from returns.models import CreditNote, Refund, Return, ReturnLine, Withdrawal
from returns.statements import next_steps, text_of

Facts = dict[str, Any]

TODAY = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
NUMBER, WITHDRAWAL_NUMBER, TRACKING = "R-7K3QFW2X", "W-4M8QTR6P", "00340434161094015902"
ADDRESS = {"name": "", "street": "", "postcode": "", "city": "", "country": "DE"}


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def sample_order(shop: Shop, language: str) -> Order:
    customer = Customer(shop=shop, email="customer@example.com", name=_("The customer"), language=language)
    return Order(
        shop=shop,
        customer=customer,
        number="1001",
        number_key="1001",
        placed_at=MORNING - timedelta(days=6),
        language=language,
        currency="EUR",
        address=ADDRESS,
        delivery_paid=490,
    )


def sample_lines(order: Order) -> list[OrderLine]:
    shirt: Facts = {"title": _("Linen shirt"), "options": {"colour": _("blue"), "size": "M"}}
    socks: Facts = {"title": _("Wool socks, 3 pairs"), "options": {}}
    return [
        OrderLine(order=order, position=1, sku="SHIRT-M", quantity=1, unit_price=3990, paid=3990, **shirt),
        OrderLine(order=order, position=2, sku="SOCKS-3", quantity=2, unit_price=1000, paid=2000, **socks),
    ]


def sample_return(order: Order) -> tuple[Return, list[ReturnLine]]:
    """A case of two lines that is sent by a code."""
    ret = Return(
        shop=order.shop,
        order=order,
        number=NUMBER,
        language=order.language,
        way=Return.Way.CODE,
        send_by=in_days(14),
        check_by=in_days(7),
        decision=_("The 30 days ended on 3 November, and the item has no fault."),
    )
    counts = {"requested": 1, "approved": 1}
    first, second = sample_lines(order)
    lines = [
        ReturnLine(ret=ret, order_line=first, wish=Wish.MONEY, reason="wrong_size", **counts),
        ReturnLine(ret=ret, order_line=second, wish=Wish.MONEY, reason="changed_mind", requested=2, approved=2),
    ]
    return ret, lines


def sample_note(ret: Return, lines: list[ReturnLine]) -> CreditNote:
    rows: list[Facts] = [
        {"rule": "R2", "text": line.order_line.title, "quantity": line.requested, "amount": line.order_line.paid}
        for line in lines
    ]
    rows.append({"rule": "R3", "text": "", "quantity": 1, "amount": ret.order.delivery_paid})
    facts = {"rows": rows, "total": sum(row["amount"] for row in rows), "currency": ret.order.currency, "cancels": None}
    return CreditNote(shop=ret.shop, order=ret.order, ret=ret, number=17, facts=facts)


def sample_withdrawal(shop: Shop, language: str) -> Withdrawal:
    typed = {"name": _("The customer"), "contract": "1001", "email": "customer@example.com", "items": ""}
    text = text_of(shop, **typed, language=language)
    return Withdrawal(shop=shop, number=WITHDRAWAL_NUMBER, received_at=MORNING, language=language, text=text, **typed)


def sample_of(kind: str, shop: Shop, language: str) -> Facts:
    """The facts of one letter, in the language that is in use. Raises KeyError for a letter without a sample."""
    order = sample_order(shop, language)
    ret, lines = sample_return(order)
    refund = Refund(
        uuid=UUID(int=7), shop=shop, ret=ret, amount=6480, currency="EUR", rail=Refund.Rail.STRIPE, settled_at=MORNING
    )
    money = {"amount": 6480, "currency": "EUR"}
    about = {
        "ret": ret,
        "lines": lines,
        "posted": True,
        "nothing_to_send": False,
        "refund_by": in_days(17),
    }
    told = {**about, "text": "", "tracking_number": ""}
    withdrawal = sample_withdrawal(shop, language)
    samples: dict[str, Facts] = {
        "return.created": {**about, "asks": []},
        "return.approved": about,
        "return.rejected": about,
        "return.handed_in": {**about, "carrier": "dhl_parcel_de", "due": in_days(14)},
        "return.received": about,
        "return.asked": {**told, "text": _("A photo of the broken part helps us to decide.")},
        "return.expired": told,
        "return.reopened": told,
        "return.missing": told,
        "proof.queried": {**told, "text": _("The number on the receipt cannot be read.")},
        "deduction.proposed": {
            **told,
            "text": _("There is a stain on the collar. It was not there when it left us."),
            "sums": {"whole": 3990, "less": 1490, "part": 2500},
            "answer_by": in_days(7),
        },
        "deduction.upheld": {**told, "text": _("We looked at the photos again. The stain came after delivery.")},
        "deduction.dropped": {**told, "text": _("The stain was there when it left us. It is our mistake.")},
        "difference.wanted": {**told, "amount": 900, "currency": "EUR", "until": MORNING + timedelta(days=3)},
        "line.wants_money": {**told, "why": "sold_out", "before": "swap"},
        "goods.sent_back": {**told, "tracking_number": TRACKING},
        "repair.shipped": {**told, "tracking_number": TRACKING},
        "exchange.shipped": {"ret": ret, "lines": lines},
        "label.created": {"ret": ret},
        "refund.succeeded": {
            "ret": ret,
            "refund": refund,
            "sent_on": TODAY,
            "seen_by": in_days(14),
            "note": sample_note(ret, lines),
        },
        "refund.failed": {"ret": ret, **money, "credit_again": False, "account_wanted": True},
        "bank.details_wanted": {"ret": ret},
        "refund.not_seen": {"ret": ret, "refund": refund, "answer_by": in_days(1), "words": ""},
        "refund.looked_for": {
            "ret": ret,
            "refund": refund,
            "answer_by": in_days(1),
            "words": _("Your bank has had it since Monday. It shows it within two days."),
        },
        "credit.issued": {"ret": ret, **money, "ends": None, "back_by": in_days(14)},
        "credit.back": {"ret": ret, **money},
        "credit.ends": {**money, "ends": in_days(30)},
        "parcel.late": {
            "promised": in_days(-1),
            "expected": in_days(2),
            "still_to_come": False,
            "may_choose": True,
        },
        "parcel.silent": {"carrier": "dhl_parcel_de", "since": in_days(-3), "may_choose": True},
        "withdrawal.joined": about,
        "withdrawal.received": {
            "withdrawal": withdrawal,
            "to": withdrawal.email,
            "language": language,
            "steps": next_steps(withdrawal),
            "order_number": "1001",
            "number": withdrawal.number,
        },
        "access.code": {},
        "access.link": {},
        "access.orders": {"listed": [("1001", in_days(-6)), ("0987", in_days(-80))], "more": False},
    }
    return samples[kind] if kind in TYPED else {"order": order, **samples[kind]}


def kinds() -> list[str]:
    """Every letter there is: the folders of templates/letters/."""
    return sorted(path.parent.name for path in (settings.BASE_DIR / "templates" / "letters").glob("*/subject.txt"))
