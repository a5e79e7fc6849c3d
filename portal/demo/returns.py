"""What becomes of the demo's orders: each case is taken through the house by the same verbs that people use."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Order, OrderLine
from orders.queries import sizes_of
from portal.background import catch_up
from portal.demo import pictures
from portal.demo.box import Box
from portal.demo.orders import Purchase
from returns import actions, deductions, drafts, exchanges, goods, money, parcels
from returns.kinds import Reason
from returns.models import Refund, Return, ReturnLine, ReturnParcel


@dataclass(frozen=True)
class Plan:
    """How far one case goes. `box` is how far its parcel is; `then` are the shop's verbs after that."""

    reason: str
    wish: str = "money"
    picture: str = ""
    way: str = "code"
    all_lines: bool = False
    decision: str = ""
    box: str = ""
    then: tuple[str, ...] = ()


SIZE = Plan("wrong_size")
DISH = Plan("damaged", picture="dish")
LAMP = Plan("damaged", picture="lamp")
CLOTH = Plan("damaged", picture="cloth")
CHECKED = ("receive", "accept")

PLANS: dict[str, Plan] = {
    "draft": replace(SIZE, then=("leave",)),
    "review_photo": LAMP,
    "review_words": Plan("damaged"),
    "review_bulky": CLOTH,
    "review_worth": replace(DISH, way="label"),
    "rejected": replace(CLOTH, decision="reject"),
    "approved": replace(LAMP, decision="approve"),
    "awaiting_swap": replace(SIZE, wish="swap", way="label"),
    "awaiting_money": SIZE,
    "awaiting_damaged": replace(DISH, wish="swap", all_lines=True),
    "handed_in": replace(SIZE, box="handed_in"),
    "arrived": replace(SIZE, way="label", box="delivered"),
    "partly": replace(DISH, box="delivered", then=("receive_half",)),
    "received": replace(DISH, box="delivered", then=("receive",)),
    "settling_proposed": replace(DISH, box="delivered", then=CHECKED),
    "settling_stop": replace(DISH, box="delivered", then=(*CHECKED, "send")),
    "settling_swap": replace(SIZE, wish="swap", box="delivered", then=CHECKED),
    "pending": replace(CLOTH, all_lines=True, box="delivered", then=(*CHECKED, "send")),
    "failed": replace(SIZE, box="delivered", then=(*CHECKED, "send")),
    "settled_money": replace(DISH, box="delivered", then=(*CHECKED, "send")),
    "settled_swap": replace(SIZE, wish="swap", way="label", box="delivered", then=(*CHECKED, "ship")),
    "asked": replace(LAMP, decision="ask"),
    "in_part": Plan("damaged", decision="part"),
    "offered": replace(SIZE, box="delivered", then=("receive", "offer")),
    "disputed": replace(SIZE, box="delivered", then=("receive", "offer", "contest")),
    "expired": replace(SIZE, wish="swap", then=("expire",)),
    "reopened": replace(SIZE, wish="swap", then=("expire", "reopen")),
    "cancelled": replace(DISH, then=("cancel",)),
}
CLOTHES = ("shirt", "trousers", "pyjamas", "dress", "jacket")

WORDS = {
    "en": "There is a hole in it, about as big as a coin, and I cannot take a photo.",
    "de": "Es hat ein Loch, etwa so groß wie eine Münze. Ich kann kein Foto machen.",
    "el": "Έχει μια τρύπα όσο ένα κέρμα και δεν μπορώ να βγάλω φωτογραφία.",
    "vi": "Có một lỗ thủng to bằng đồng xu, tôi không chụp ảnh được.",
}
NOT_OURS = {
    "en": "The photo shows wear from use, so we cannot take it back as damaged on arrival.",
    "de": "Das Foto zeigt Spuren von Gebrauch, darum können wir es nicht als Transportschaden zurücknehmen.",
    "el": "Η φωτογραφία δείχνει φθορά από χρήση, γι’ αυτό δεν μπορούμε να το δεχτούμε ως ζημιά από τη μεταφορά.",
    "vi": "Ảnh cho thấy vết mòn do sử dụng, nên chúng tôi không thể nhận lại như hàng hỏng khi giao.",
}


NOT_CLEAR = {
    "en": "Is the arm of the lamp broken, or only the bulb?",
    "de": "Ist der Arm der Lampe gebrochen oder nur die Birne?",
    "el": "Έσπασε ο βραχίονας της λάμπας ή μόνο ο λαμπτήρας;",
    "vi": "Cần đèn bị gãy hay chỉ hỏng bóng?",
}
NOT_ALL = {
    "en": "One of the two plates is whole in your photo.",
    "de": "Auf Ihrem Foto ist einer der beiden Teller ganz.",
    "el": "Στη φωτογραφία σας το ένα από τα δύο πιάτα είναι ακέραιο.",
    "vi": "Trong ảnh của bạn, một trong hai chiếc đĩa còn nguyên.",
}
WORN = {
    "en": "The jacket has a stain at the collar. See our photo.",
    "de": "Die Jacke hat einen Fleck am Kragen. Sehen Sie unser Foto.",
    "el": "Το μπουφάν έχει λεκέ στον γιακά. Δείτε τη φωτογραφία μας.",
    "vi": "Áo khoác có vết ố ở cổ. Mời bạn xem ảnh của chúng tôi.",
}


@dataclass
class Case:
    plan: Plan
    label: str
    ret: Return

    def fresh(self) -> Return:
        """As it stands in the database now: state fields are never read anew in place."""
        return Return.objects.select_related("shop", "order__customer").get(pk=self.ret.pk)


def plan_for(purchase: Purchase) -> Plan | None:
    """Clothes come back for their size where the plan only says that something comes back."""
    label = purchase.story.label
    plan = PLANS.get(label)
    if plan and label in {"received", "settled_money", "cancelled"} and purchase.lines[0].piece.product.key in CLOTHES:
        return replace(plan, reason="wrong_size", picture="", wish="swap" if label == "received" else "money")
    if plan and label == "review_photo" and purchase.lines[0].piece.product.key in CLOTHES:
        return replace(plan, picture="cloth")
    return plan


def send_things_back(
    purchases: list[Purchase], orders: dict[str, Order], *, staff: User, second: User, box: Box
) -> int:
    """Take every case as far as its plan says. Returns how many cases there are."""
    cases = []
    for place, purchase in enumerate(purchases):
        plan = plan_for(purchase)
        if plan:
            cases.append(Case(plan, purchase.story.label, ask(orders[purchase.number], plan, place)))
    decide(cases, staff, second)
    travel(cases, box)
    catch_up()
    check_goods(cases, staff, box)
    pay(cases, staff, box)
    catch_up()
    return len(cases)


def ask(order: Order, plan: Plan, seed: int) -> Return:
    """The customer's own way through the questions."""
    ret = drafts.start(order, language=order.language)
    lines = list(order.lines.all())
    drafts.choose(ret, {line: line.quantity for line in (lines if plan.all_lines else lines[:1])})
    for line in ret.lines.select_related("order_line__variant", "ret"):
        answer(line, plan, seed)
    if "leave" in plan.then:
        return ret
    drafts.answer_way(ret, plan.way)
    ret = actions.submit(ret)
    buy_labels(ret)
    return ret


def answer(line: ReturnLine, plan: Plan, seed: int) -> None:
    drafts.answer_reason(line, plan.reason)
    if "leave" in plan.then:
        return
    if plan.reason == Reason.WRONG_SIZE:
        drafts.answer_size(line, other_size(line.order_line) if plan.wish == "swap" else None)
        if plan.wish != "swap":
            drafts.answer_wish(line, plan.wish)
        return
    if plan.picture:
        drafts.add_photo(line, pictures.photo(plan.picture, seed))
    else:
        drafts.answer_without_photo(line, WORDS[line.ret.language])
    drafts.answer_wish(line, plan.wish)


def other_size(line: OrderLine):
    assert line.variant is not None  # noqa: S101 - the demo's stock came in before its orders
    return next(size for size in sizes_of(line.variant).order_by("pk") if size.free >= line.quantity)


def buy_labels(ret: Return) -> None:
    """As the page does after the last answer; what fails is tried again by the worker."""
    for parcel in ret.parcels.filter(state=ReturnParcel.State.PLANNED):
        parcels.buy_label(parcel)


def decide(cases: list[Case], staff: User, second: User) -> None:
    """A no to what the law gives is said by two."""
    for case in cases:
        ret = case.fresh()
        if case.plan.decision == "approve":
            buy_labels(actions.approve(ret, by=staff))
        elif case.plan.decision == "reject":
            for person in (staff, second):
                actions.reject(case.fresh(), by=person, reason=NOT_OURS[ret.language])
        elif case.plan.decision == "ask":
            actions.ask(ret, by=staff, text=NOT_CLEAR[ret.language])
        elif case.plan.decision == "part":
            one_each = {line.pk: 1 for line in ret.lines.all()}
            for person in (staff, second):
                actions.approve(case.fresh(), by=person, units=one_each, reason=NOT_ALL[ret.language])
        elif "expire" in case.plan.then:
            actions.expire(ret)
            if "reopen" in case.plan.then:
                actions.reopen(case.fresh(), by=staff, why="The customer called: it was sent yesterday.")
        elif "cancel" in case.plan.then:
            actions.cancel(ret, by="customer")


def travel(cases: list[Case], box: Box) -> None:
    for case in cases:
        if case.plan.box:
            for parcel in case.ret.parcels.select_related("shipment"):
                assert parcel.shipment is not None  # noqa: S101 - the label was bought a moment ago
                box.move(parcel.shipment.tracking_number, case.plan.box)


def check_goods(cases: list[Case], staff: User, box: Box) -> None:
    for case in cases:
        then = case.plan.then
        if "receive_half" in then:
            goods.receive(case.fresh(), {line.pk: line.approved // 2 for line in case.ret.lines.all()}, by=staff)
        if "receive" in then:
            goods.receive(case.fresh(), {line.pk: line.approved for line in case.ret.lines.all()}, by=staff)
        if "offer" in then:
            offer_less(case, staff, contested="contest" in then)
        if "accept" in then:
            good = {line.pk: line.received for line in case.ret.lines.all()}
            money.prepare_refund(goods.accept(case.fresh(), good, by=staff))
        if "ship" in then:
            number = f"LLX{case.ret.order.number.removeprefix('LL-')}"
            box.parcel(number, "on_time", (timezone.now() - timedelta(hours=20)).isoformat())
            exchanges.ship_exchange(case.fresh(), carrier="sandbox", tracking_number=number, by=staff)


def offer_less(case: Case, staff: User, *, contested: bool) -> None:
    line = case.fresh().lines.get()
    goods.add_bench_photo(line, pictures.photo("cloth", 7), by=staff)
    offer = deductions.propose(line, units=1, percent=40, words=WORN[case.ret.language], by=staff)
    if contested:
        deductions.contest(offer, by="customer", words="")


def pay(cases: list[Case], staff: User, box: Box) -> None:
    """The bank's answer is chosen first: most refunds succeed, one waits, some come back."""
    for label, status in (("pending", "pending"), ("failed", "failed"), ("", "succeeded")):
        box.new_refunds(status)
        for refund in proposed(case for case in cases if not label or case.label == label):
            money.approve_refund(refund, by=staff, shown_left=refund.payment.left)
        catch_up()


def proposed(cases: Iterator[Case]) -> Iterator[Refund]:
    for case in cases:
        if "send" in case.plan.then:
            yield from case.ret.refunds.filter(state=Refund.State.PROPOSED).select_related("payment", "ret")
