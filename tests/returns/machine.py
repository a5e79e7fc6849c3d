"""A shop day without end: every command, in any order, by anyone, with every trouble on the wire; after each step the
ledgers must agree with one another, with the shelf, with the payments and with the state that stands on the case.

`invariants()` is what must always hold. It is also asked of a database with a seeded fault: it must find it.
"""

import random
import uuid
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Prefetch
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customers.models import Entry
from orders.errors import OrdersError
from orders.models import Order, OrderLine, Payment, Variant
from returns import actions, deductions, drafts, exchanges, goods, knocks, money, parcels, sending, states, till
from returns.errors import ReturnsError
from returns.kinds import Disposition, Grade, Kind, Reason, Wish
from returns.models import Concession, Deduction, Proof, Receipt, Refund, Return, ReturnLine, ReturnParcel
from returns.payouts.base import Event, Outcome, PaymentFacts
from returns.payouts.errors import KeyReused, OutcomeUnknown, PayoutError, Refused
from returns.queries import first_proof, rows_given
from tests import make

R = Return.State
S = Refund.State
RESERVING = [*Refund.OPEN, S.SUCCEEDED]


class Rail:
    """A provider with true books of its own and every kind of trouble on the wire; none when it is not `rough`."""

    def __init__(self, dice: random.Random, name: str = "", *, rough: bool = True) -> None:
        self.dice, self.name, self.rough = dice, name or uuid.uuid4().hex[:8], rough
        self.by_key: dict[str, str] = {}
        self.broken: set[str] = set()  # keys under which a 500 is kept for ever
        self.refunds: dict[str, dict] = {}
        self.disputes: dict[str, str] = {}
        self.captured: dict[str, int] = {}
        self.news: list[Event] = []  # not told yet

    def trouble(self) -> float:
        return self.dice.random() if self.rough else 1.0

    def page_of(self, payload: dict) -> str:
        return ""  # no news are about a page to pay on

    def send(self, request: dict, *, key: str) -> Outcome:
        trouble = self.trouble()
        if trouble < 0.12:
            raise OutcomeUnknown("lost on the way")
        if key in self.broken:
            raise OutcomeUnknown("500 again", kept=True)
        if key not in self.by_key:
            self.pay(request, key, trouble)
        if trouble < 0.35:
            raise OutcomeUnknown("answer lost")
        if trouble < 0.37:
            raise KeyReused("a bug of ours")
        return self.fetch(self.by_key[key])

    def pay(self, request: dict, key: str, trouble: float) -> None:
        if trouble < 0.16:
            self.broken.add(key)
            raise OutcomeUnknown("500, nothing happened")
        room = self.held(request["payment"]) - self.gone(request["payment"])
        if trouble < 0.2 or request["payment"] in self.disputes or request["amount"] > room:
            raise Refused("no", code="charge_disputed")
        self.by_key[key] = self.add(request, self.dice.choice(["succeeded", "succeeded", "pending"]))
        if trouble < 0.25:
            self.broken.add(key)
            raise OutcomeUnknown("500, and it has left")

    def add(self, request: dict, state: str) -> str:
        name = f"re_{self.name}_{len(self.refunds)}"
        self.refunds[name] = {**request, "state": state}
        self.tell("refund.created", name, request["payment"])
        return name

    def refund_by_hand(self, payment: str, amount: int) -> None:
        """In the provider's own pages."""
        if 0 < amount <= self.held(payment) - self.gone(payment) and payment not in self.disputes:
            self.add({"payment": payment, "amount": amount, "currency": "EUR", "metadata": {}}, "succeeded")

    def dispute(self, payment: str, word: str) -> None:
        """open, lost, or won: then it is as if nothing had been."""
        self.disputes[payment] = word
        if word == "won":
            del self.disputes[payment]
        self.tell("charge.dispute.updated", "", payment)

    def change(self, name: str, state: str) -> None:
        if self.refunds[name]["state"] != state:
            self.refunds[name]["state"] = state
            self.tell("refund.updated", name, self.refunds[name]["payment"])

    def tell(self, kind: str, refund: str, payment: str) -> None:
        self.news.append(Event(f"evt_{uuid.uuid4().hex}", kind, refund, payment, {}))

    def held(self, payment: str) -> int:
        if payment not in self.captured:
            self.captured[payment] = Payment.objects.get(reference=payment).captured
        return self.captured[payment]

    def gone(self, payment: str) -> int:
        return sum(
            one["amount"] for one in self.refunds.values() if one["payment"] == payment and one["state"] != "failed"
        )

    def fetch(self, name: str) -> Outcome:
        one = self.refunds[name]
        return Outcome(
            provider_id=name,
            state=one["state"],
            amount=one["amount"],
            currency=one["currency"],
            refund_uuid=one["metadata"].get("refund_uuid", ""),
            metadata=one["metadata"],
            payment_reference=one["payment"],
        )

    def fetch_payment(self, payment: str) -> PaymentFacts:
        if self.trouble() < 0.1:
            raise OutcomeUnknown("not now")
        dispute = self.disputes.get(payment, "")
        return PaymentFacts(
            reference=payment,
            captured=self.held(payment),
            refunded=self.gone(payment),
            currency="EUR",
            livemode=False,
            dispute=dispute,
            disputed=self.held(payment) if dispute else 0,
            refunds=tuple(self.fetch(name) for name, one in self.refunds.items() if one["payment"] == payment),
        )

    def find(self, _payment: str, uuid: str) -> Outcome | None:
        if self.trouble() < 0.1:
            raise OutcomeUnknown("not now")
        ours = [self.fetch(name) for name, one in self.refunds.items() if one["metadata"].get("refund_uuid") == uuid]
        alive = [outcome for outcome in ours if outcome.state != "failed"]
        return next(iter(alive or ours), None)

    def turn(self) -> None:
        """A bank changes its mind: pending money arrives or fails, money that arrived comes back weeks later."""
        for name, one in self.refunds.items():
            if one["metadata"] and self.dice.random() < 0.6:
                later = {"pending": self.dice.choice(["succeeded", "failed"]), "succeeded": "failed"}
                self.change(name, later.get(one["state"], one["state"]))


# --- what must always hold --------------------------------------------------------------------------------------


def invariants(order: Order, rail: Rail) -> None:
    """Reads everything once: it is asked after every step."""
    given = rows_given(order)
    rows = list(
        ReturnLine.objects.filter(order_line__order=order)
        .select_related("ret")
        .prefetch_related(Prefetch("receipts", Receipt.objects.filter(reversed_at=None)), "gradings")
    )
    for line in OrderLine.objects.filter(order=order):
        _units(line, [row for row in rows if row.order_line_id == line.pk and row.ret.state != R.DRAFT])
        own = [row for row in given if row["line"] == line.position]
        assert sum(row["amount"] for row in own if row["rule"] in {"R2", "R6"}) <= line.paid
        assert sum(row["quantity"] for row in own if row["rule"] == "R2") <= line.quantity
    for variant in Variant.objects.filter(shop=order.shop_id):
        assert variant.held == sum(row.held for row in rows if row.swap_id == variant.pk) <= variant.on_hand
    refunds = list(Refund.objects.filter(ret__order=order))
    for payment in order.payments.all():
        own = [refund for refund in refunds if refund.payment_id == payment.pk]
        reserved = sum(refund.amount for refund in own if refund.state in RESERVING)
        assert payment.reserved == reserved
        assert reserved + payment.outside <= payment.captured
        assert rail.gone(payment.reference) <= payment.captured
    assert {refund.provider_id for refund in refunds if refund.state == S.SUCCEEDED} <= set(rail.refunds)
    ours = {str(refund.uuid): refund.amount for refund in refunds}
    sent = [one for one in rail.refunds.values() if one["metadata"]]
    paid = [one["metadata"]["refund_uuid"] for one in sent if one["state"] != "failed"]
    assert len(paid) == len(set(paid))
    assert all(one["amount"] == ours[one["metadata"]["refund_uuid"]] for one in sent)
    assert sum(row["amount"] for row in given if row["rule"] == "R3") <= order.delivery_paid
    for ret in order.returns.all():
        _case(ret, [row for row in rows if row.ret_id == ret.pk])


def _units(line: OrderLine, live: list[ReturnLine]) -> None:
    assert line.returning == sum(row.holding for row in live) <= line.quantity
    for row in live:
        assert row.approved + row.rejected <= row.requested
        assert row.received + row.missing + row.lost + row.kept + row.not_arrived <= row.approved
        assert row.accepted + row.refused <= row.received
        assert row.settled <= row.earned
        assert row.restocked + row.written_off + row.sent_back <= row.received
        assert row.received == sum(receipt.units for receipt in row.receipts.all())
        assert row.accepted + row.refused >= sum(grading.units for grading in row.gradings.all())
        assert min(row.to_decide, row.to_receive, row.to_check, row.to_put_away, row.unsettled, row.holding) >= 0


def _case(ret: Return, lines: list[ReturnLine]) -> None:
    if ret.state in {R.REJECTED, R.CANCELLED, R.EXPIRED}:
        assert sum(line.holding + line.held for line in lines) == 0
    if ret.state in Return.UNDER_WAY or ret.state == R.SETTLED:
        waits_for_a_person = ret.state == R.DISPUTED and any(line.to_decide for line in lines)
        implied = states.implied(states.standing(ret))
        said = {R.APPROVED, R.PARTLY_APPROVED} if ret.state == R.REOPENED else {ret.state}
        assert waits_for_a_person or implied in said
    if any(line.kind == Kind.WITHDRAWAL for line in lines):
        assert not sum(line.rejected for line in lines if line.kind == Kind.WITHDRAWAL)
    if ret.proof_at is None:
        assert first_proof(ret) is None


# --- the machine ------------------------------------------------------------------------------------------------

few = st.integers(min_value=0, max_value=3)
seeds = st.integers(min_value=0, max_value=2**20)
seen: Counter[str] = Counter()  # what has been done over all runs: a walk that never pays is worth little


class Day(RuleBasedStateMachine):
    """One order of three lines, and all that may happen to it."""

    seed_fault = ""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.steps = self.checked = 0
        self.told: list[str] = []

    def teardown(self) -> None:
        seen.update(Entry.objects.values_list("verb", flat=True))
        seen["steps"] += self.steps
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(seed=seeds)
    def open_shop(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.rail = Rail(self.dice)
        till.memory.sent = 0  # a new day's database has sent nothing
        self.true_payout, till.payout = till.payout, lambda: self.rail  # type: ignore[assignment]
        self.shop = make.make_shop()
        self.order = make.make_order(
            self.shop, lines=[(3, 1000), (2, 8001), (1, 333)], delivery_paid=490, delivery_standard=290
        )
        self.sizes = [
            make.make_variant(self.shop, f"{uuid.uuid4().hex[:8]}-{size}", size=size, on_hand=3) for size in "SL"
        ]
        self.order.lines.filter(position=1).update(variant=self.sizes[0])
        if seed % 3 == 0:
            Payment.objects.filter(order=self.order).update(captured=7000)
            Payment.objects.create(
                order=self.order, provider="stripe", reference=f"pi_{uuid.uuid4().hex}", currency="EUR", captured=2824
            )

    def case(self, *wanted: str) -> Return | None:
        """A case in one of these states; now and then any, because people press the wrong button."""
        rows = list(self.order.returns.order_by("pk"))
        fitting = [ret for ret in rows if ret.state in wanted]
        pool = fitting if fitting and self.dice.random() < 0.9 else rows
        return self.dice.choice(pool) if pool else None

    def line(self, ret: Return) -> ReturnLine | None:
        lines = list(ret.lines.select_related("ret"))
        return self.dice.choice(lines) if lines else None

    def do(self, verb, *args, **kwargs) -> object:
        """A command; a no must leave no trace."""
        self.steps += 1
        self.told.append(f"{verb.__name__} {[str(each) for each in args]} {kwargs}")
        before = self.picture() if self.dice.random() < 0.3 else None
        try:
            return verb(*args, **kwargs)
        except (ReturnsError, OrdersError, PayoutError):
            assert before is None or self.picture() == before
            return None

    def picture(self) -> tuple:
        return (
            Entry.objects.count(),
            list(ReturnLine.objects.order_by("pk").values_list()),
            list(Return.objects.order_by("pk").values_list("pk", "state")),
            list(OrderLine.objects.order_by("pk").values_list("pk", "returning")),
            list(Variant.objects.order_by("pk").values_list("pk", "held", "on_hand")),
        )

    def units(self, ret: Return, name: str, more: int) -> dict[int, int]:
        """Some of what is left to do on each line; now and then one too many."""
        over = self.dice.random() < 0.05
        return {line.pk: min(more, getattr(line, name)) + over for line in ret.lines.all()}

    # --- her

    @rule(first=few, second=few, third=few, reason=st.sampled_from(Reason.values), wish=st.sampled_from(Wish.values))
    def ask(self, first: int, second: int, third: int, reason: str, wish: str) -> None:
        wanted = dict(zip(self.order.lines.all(), (first, second, third), strict=True))
        wanted = {line: min(units, line.left) for line, units in wanted.items() if min(units, line.left)}
        draft = drafts.start(self.order, language="en")
        if not self.do(self._fill_in, draft, wanted, reason, wish):
            return
        self.do(actions.submit, draft)

    def _fill_in(self, draft: Return, wanted: dict, reason: str, wish: str) -> bool:
        drafts.choose(draft, wanted)
        for line in draft.lines.all():
            drafts.answer_reason(line, reason)
            line.refresh_from_db()
            swap = self.dice.choice(self.sizes) if wish == Wish.SWAP else None
            ReturnLine.objects.filter(pk=line.pk).update(wish=wish, swap=swap, no_photo=True)
            if reason == Reason.TOO_LATE:
                ReturnLine.objects.filter(pk=line.pk).update(arrived=self.dice.random() < 0.5)
        return bool(wanted)

    @rule()
    def withdraw(self) -> None:
        units = {line.pk: line.left for line in self.order.lines.all() if line.left}
        if units and self.dice.random() < 0.3:
            self.do(
                actions.open_for,
                self.order,
                units,
                kind=Kind.WITHDRAWAL,
                reason=Reason.CHANGED_MIND,
                by="customer",
                language="en",
                withdrawn_at=timezone.now(),
            )

    @rule()
    def cancel(self) -> None:
        ret = self.case(*Return.BEFORE_FIRST_SCAN)
        if ret and self.dice.random() < 0.5:
            self.do(actions.cancel, ret, by="customer")

    @rule()
    def contest(self) -> None:
        ret = self.case(R.REJECTED)
        if ret:
            self.do(actions.contest, ret, by="customer", words="it was broken")

    @rule(own=st.booleans())
    def show_proof(self, own: bool) -> None:
        self.prove(own)

    def prove(self, own: bool) -> None:
        ret = self.case(*Return.NOT_SENT, R.REOPENED)
        if ret:
            number = f"OWN{uuid.uuid4().hex[:10]}" if own else ""
            file = None if own else ("receipt.png", b"x")
            self.do(parcels.submit_proof, ret, by="customer", tracking_number=number, file=file)

    @rule(take=st.sampled_from(["take", "contest", "want_back"]))
    def answer_offer(self, take: str) -> None:
        offer = Deduction.objects.filter(line__ret__order=self.order).order_by("-pk").first()
        if offer:
            self.do(getattr(deductions, take), offer, by="customer")

    # --- them

    @rule(yes=few)
    def decide(self, yes: int) -> None:
        ret = self.case(*Return.UNDECIDED, R.DISPUTED)
        if ret is None:
            return
        by = self.dice.choice(["staff:sam", "staff:pia"])
        if self.dice.random() < 0.3:
            self.do(actions.reject, ret, by=by, reason="a whole sentence")
        elif self.dice.random() < 0.6:
            self.do(actions.approve, ret, by=by)
        else:
            self.do(actions.approve, ret, by=by, units=self.units(ret, "to_decide", yes), reason="only some")

    @rule()
    def ask_her(self) -> None:
        ret = self.case(R.UNDER_REVIEW)
        if ret and self.do(actions.ask, ret, by="staff:sam", text="Which one?"):
            self.do(actions.answer, ret, by="customer", text="The red one.")

    @rule(more=st.integers(min_value=1, max_value=3))
    def receive(self, more: int) -> None:
        ret = self.case(*Return.COMING, R.PARTLY_RECEIVED)
        if ret:
            self.do(goods.receive, ret, self.units(ret, "to_receive", more), by="staff:sam")

    @rule(more=st.integers(min_value=1, max_value=3))
    def receive_again(self, more: int) -> None:
        self.receive(more)

    @rule()
    def reverse(self) -> None:
        receipt = Receipt.objects.filter(line__ret__order=self.order).order_by("-pk").first()
        if receipt and self.dice.random() < 0.3:
            self.do(goods.reverse_receipt, receipt, by="staff:sam")

    @rule(more=few)
    def accept(self, more: int) -> None:
        ret = self.case(*Return.AT_THE_BENCH)
        if ret:
            self.do(goods.accept, ret, self.units(ret, "to_check", more), by="staff:sam")

    @rule(
        units=st.integers(min_value=1, max_value=3),
        grade=st.sampled_from(Grade.values),
        where=st.sampled_from(Disposition.values),
    )
    def grade(self, units: int, grade: str, where: str) -> None:
        ret = self.case(*Return.AT_THE_BENCH)
        line = ret and self.line(ret)
        if ret and line:
            self.do(goods.grade, ret, line.pk, units, grade=grade, disposition=where, by="staff:sam")

    @rule(units=st.integers(min_value=1, max_value=2), percent=st.sampled_from([1, 40, 100]))
    def offer_less(self, units: int, percent: int) -> None:
        ret = self.case(*Return.AT_THE_BENCH)
        line = ret and self.line(ret)
        if line:
            line.photos.get_or_create(bench=True, defaults={"file": "photos/x.webp"})
            self.do(deductions.propose, line, units=units, percent=percent, words="a stain", by="staff:sam")

    @rule(uphold=st.booleans(), by=st.sampled_from(["staff:sam", "staff:pia"]))
    def judge_objection(self, uphold: bool, by: str) -> None:
        offer = Deduction.objects.filter(line__ret__order=self.order, state="contested").first()
        if offer:
            self.do(deductions.resolve, offer, by=by, uphold=uphold, words="we looked again")

    @rule()
    def send_goods_back(self) -> None:
        line = ReturnLine.objects.filter(ret__order=self.order, refused__gt=0).order_by("-pk").first()
        if line:
            self.do(deductions.send_back, line.ret, line.pk, max(line.to_put_away, 1), by="staff:sam")

    @rule(how=st.sampled_from(["miss", "lose"]), more=few)
    def never_came(self, how: str, more: int) -> None:
        ret = self.case(R.AWAITING_DROPOFF, R.IN_TRANSIT, R.PARTLY_RECEIVED)
        if ret and self.dice.random() < 0.3:
            self.do(getattr(goods, how), ret, self.units(ret, "to_receive", more), by="staff:sam")

    @rule()
    def ship(self) -> None:
        ret = self.case(*Return.AT_THE_BENCH, R.SETTLING)
        if ret:
            verb = self.dice.choice([exchanges.ship_exchange, exchanges.ship_exchange, exchanges.ship_repair])
            self.do(verb, ret, carrier="sandbox", tracking_number=f"SB{uuid.uuid4().hex[:10]}", by="staff:sam")

    @rule()
    def money_instead(self) -> None:
        line = ReturnLine.objects.filter(ret__order=self.order, wish=Wish.SWAP).first()
        if line and self.dice.random() < 0.2:
            self.do(exchanges.want_money, line, by="staff:sam", why="sold out")

    @rule()
    def reopen(self) -> None:
        ret = self.case(R.CANCELLED, R.EXPIRED, R.SETTLED, R.REJECTED)
        if ret:
            self.do(actions.reopen, ret, by="staff:sam", why="it came after all")

    @rule(amount=st.integers(min_value=1, max_value=500))
    def goodwill(self, amount: int) -> None:
        ret = self.case(*Return.UNDER_WAY, R.SETTLED)
        if ret and self.dice.random() < 0.2:
            self.do(actions.concede, ret, amount=amount, words="sorry for the wait", by="staff:sam")

    @rule()
    def query_proof(self) -> None:
        proof = Proof.objects.filter(ret__order=self.order).first()
        if proof and self.dice.random() < 0.3:
            self.do(parcels.query_proof, proof, by="staff:sam", words="this is a receipt of a bakery")

    @rule(much=st.integers(min_value=1, max_value=4))
    def go_on(self, much: int) -> None:
        """The next thing that a good day brings, for some of the cases."""
        for _ in range(much):
            rows = list(self.order.returns.exclude(state__in=[*Return.ENDED, R.DRAFT]).order_by("pk"))
            if not rows:
                reason = self.dice.choice([*Reason.values, *3 * [Reason.DAMAGED]])
                self.ask(1, 2, 1, reason, self.dice.choice(["money", "swap", "swap", "reduction", "repair"]))
                self.reopen()
                continue
            ret = self.dice.choice(rows)
            {
                R.UNDER_REVIEW: self.decide_all,
                R.DISPUTED: self.settle_dispute,
                R.SETTLING: self.pay_or_ship,
                R.REFUND_FAILED: self.pay_or_ship,
                R.RECEIVED: self.check_goods,
                R.INSPECTING: self.check_goods,
            }.get(ret.state, self.take_in)(ret)

    @rule(much=st.integers(min_value=2, max_value=5))
    def go_on_and_on(self, much: int) -> None:
        self.go_on(much)

    def decide_all(self, ret: Return) -> None:
        by = self.dice.choice(["staff:pia", "staff:sam"])
        if self.dice.random() < 0.25:
            self.do(actions.reject, ret, by=by, reason="a whole sentence")
            self.contest()
        else:
            self.do(actions.approve, ret, by=by)

    def settle_dispute(self, ret: Return) -> None:
        self.judge_objection(self.dice.random() < 0.5, "staff:pia")
        self.decide_all(ret)

    def take_in(self, ret: Return) -> None:
        if ret.state in Return.NOT_SENT and self.dice.random() < 0.1:
            self.do(actions.cancel, ret, by="customer")
            self.do(actions.reopen, ret, by="staff:sam", why="it came after all")
        elif ret.state in Return.NOT_SENT and self.dice.random() < 0.1:
            self.prove(self.dice.random() < 0.5)
        elif ret.state in Return.NOT_SENT and self.dice.random() < 0.6:
            self.carrier(self.dice.choice(["label", "in_transit", "delivered"]))
        else:
            self.do(goods.receive, ret, self.units(ret, "to_receive", self.dice.randint(1, 3)), by="staff:sam")

    def check_goods(self, ret: Return) -> None:
        line = self.line(ret)
        if line and self.dice.random() < 0.3:
            line.photos.get_or_create(bench=True, defaults={"file": "photos/x.webp"})
            self.do(deductions.propose, line, units=1, percent=40, words="a stain", by="staff:sam")
        elif self.dice.random() < 0.5:
            self.answer_offer(self.dice.choice(["take", "contest", "want_back"]))
        else:
            self.do(goods.accept, ret, self.units(ret, "to_check", 3), by="staff:sam")

    def pay_or_ship(self, ret: Return) -> None:
        self.propose()
        self.approve_refund()
        self.send()
        self.hear() if self.rail.refunds else None
        verb = exchanges.ship_repair if ret.lines.filter(wish=Wish.REPAIR).exists() else exchanges.ship_exchange
        self.do(verb, ret, carrier="sandbox", tracking_number=f"SB{uuid.uuid4().hex[:10]}", by="staff:sam")

    # --- carriers and clocks

    @rule(word=st.sampled_from(["label", "in_transit", "delivered"]))
    def carrier(self, word: str) -> None:
        box = ReturnParcel.objects.filter(ret__order=self.order).order_by("-pk").first()
        if box is None:
            return
        if box.shipment is None:
            if box.state == ReturnParcel.State.PLANNED:
                self.do(
                    parcels.give_label, box, tracking_number=f"SB{uuid.uuid4().hex[:10]}", file=None, by="staff:sam"
                )
        elif word != "label":
            facts = {"status": word, "handed_at": timezone.now()}
            if word == "delivered":
                facts["delivered_at"] = timezone.now()
            type(box.shipment).objects.filter(pk=box.shipment_id).update(**facts)
            self.do(parcels.notice_arrivals)

    @rule()
    def another_box(self) -> None:
        ret = self.case(R.AWAITING_DROPOFF, R.IN_TRANSIT, R.PARTLY_RECEIVED)
        if ret and self.dice.random() < 0.3:
            self.do(parcels.add_box, ret, by="customer")

    @rule()
    def time_passes(self) -> None:
        if self.dice.random() < 0.2:
            past = timezone.localdate() - timedelta(days=3)
            Return.objects.filter(order=self.order).update(expires_on=past)
            ReturnLine.objects.filter(ret__order=self.order).exclude(held_until=None).update(held_until=past)
            Deduction.objects.filter(line__ret__order=self.order).update(answer_by=past)
        for sweep in (actions.expire_returns, exchanges.end_holds, deductions.close_unanswered):
            self.do(sweep)

    # --- money

    @rule()
    def propose(self) -> None:
        for ret in self.order.returns.filter(state__in=Return.UNDER_WAY):
            self.do(money.propose, ret)

    @rule()
    def approve_refund(self) -> None:
        refund = Refund.objects.filter(ret__order=self.order, state=S.PROPOSED).first()
        if refund:
            self.do(money.approve_refund, refund, by="rules")

    @rule()
    def stop_refund(self) -> None:
        refund = Refund.objects.filter(ret__order=self.order, state__in=[S.PROPOSED, S.APPROVED]).first()
        if refund and self.dice.random() < 0.3:
            self.do(money.stop_refund, refund, by="staff:sam")

    @rule()
    def send(self) -> None:
        Refund.objects.filter(state=S.SENDING).update(lease_until=timezone.now())
        self.do(sending.send_refunds)

    @rule()
    def send_again(self) -> None:
        self.send()

    @precondition(lambda self: self.rail.refunds)
    @rule()
    def hear(self) -> None:
        if self.dice.random() < 0.7:
            self.rail.turn()
        for refund in Refund.objects.filter(ret__order=self.order).exclude(provider_id=None):
            self.do(sending.take_outcome, refund, self.rail.fetch(refund.provider_id or ""))

    @rule(times=st.integers(min_value=1, max_value=4))
    def elsewhere(self, times: int) -> None:
        """What others do to the payments, and what we hear of it."""
        for _ in range(times):
            self.dice.choice([self.refund_by_hand, self.dispute, self.dispute, self.knock, self.look])()
            if self.dice.random() < 0.6:
                self.knock()

    def refund_by_hand(self) -> None:
        self.rail.refund_by_hand(self.payment().reference, self.dice.randint(1, 900))

    def dispute(self) -> None:
        payment = self.payment().reference
        self.rail.dispute(
            payment, self.dice.choice(["won", "won", "lost"]) if payment in self.rail.disputes else "open"
        )

    def payment(self) -> Payment:
        return self.dice.choice(list(self.order.payments.order_by("pk")))

    def knock(self) -> None:
        """News come in any order, some twice, some never."""
        news, self.rail.news = self.rail.news, []
        self.dice.shuffle(news)
        for event in news:
            for _ in range(self.dice.choice([0, 1, 1, 1, 2])):
                self.do(knocks.keep_event, event)
        self.do(knocks.work_off_events)

    def look(self) -> None:
        Refund.objects.filter(ret__order=self.order).exclude(look_again=None).update(look_again=timezone.now())
        self.do(sending.look_at_refunds)

    # --- after every step

    @invariant()
    def all_is_well(self) -> None:
        if not hasattr(self, "order"):
            return
        if self.seed_fault and self.steps > 5:
            faults[self.seed_fault](self)
        elif self.steps == self.checked:
            return  # nobody has done anything
        self.checked = self.steps
        try:
            invariants(Order.objects.get(pk=self.order.pk), self.rail)
        except AssertionError:
            if not self.seed_fault:
                print("\n".join(self.told[-40:]))
            raise


def _lose_a_unit(day: Day) -> None:
    OrderLine.objects.filter(order=day.order, returning__gt=0).update(returning=F("returning") - 1)


def _forget_a_refund(day: Day) -> None:
    Refund.objects.filter(ret__order=day.order, state=S.SUCCEEDED).update(state=S.CANCELED)


def _send_twice(day: Day) -> None:
    for one in [one for one in day.rail.refunds.values() if one["metadata"] and one["state"] == "succeeded"]:
        day.rail.add(one, "succeeded")


def _another_sum(day: Day) -> None:
    for one in day.rail.refunds.values():
        one["amount"] -= 1


def _forget_a_hold(day: Day) -> None:
    Variant.objects.filter(shop=day.shop, held__gt=0).update(held=0)


def _state_alone(day: Day) -> None:
    Return.objects.filter(order=day.order, state=R.RECEIVED).update(state=R.SETTLING)


def _concession_lost(day: Day) -> None:
    Concession.objects.filter(ret__order=day.order, given=False).delete()


faults = {
    "a unit is given back twice": _lose_a_unit,
    "a refund is forgotten": _forget_a_refund,
    "a refund is sent twice": _send_twice,
    "another sum is sent": _another_sum,
    "a held piece is sold": _forget_a_hold,
    "the state moves alone": _state_alone,
}
