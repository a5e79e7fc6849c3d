"""News of one refund in every order, some twice: the end is the same, because nobody believes them without a look."""

import random
from collections.abc import Iterator
from copy import deepcopy
from itertools import permutations

import pytest
from django.db import transaction
from django.utils import timezone

from returns import knocks, money, sending, till
from returns.models import ProviderEvent, Refund
from returns.payouts.base import Event
from tests import make
from tests.returns.machine import Rail

pytestmark = pytest.mark.django_db

# What happens at the provider, in this order; "outside" is a refund of somebody else, whenever it comes.
LIFE = ("created", "succeeded", "failed")
NEWS = ("created", "succeeded", "failed", "outside")
OUTSIDE = 500


def orders() -> Iterator[tuple[str, ...]]:
    """Every order of the four, with one of them told twice: five events each."""
    for twice in ("succeeded", "failed"):
        yield from sorted(set(permutations([*NEWS, twice])))


class Story:
    """A refund whose answer was lost on the way, and a provider at which the story goes on."""

    def __init__(self, shop) -> None:
        self.rail = Rail(random.Random(1), rough=False)
        self.ret = make.make_return(make.make_order(shop, lines=[(2, 7980)]), state="settling")
        (refund,) = money.propose(self.ret)
        self.refund = money.approve_refund(refund, by="rules")
        self.payment = refund.payment
        self.rail.held(self.payment.reference)
        self.answer_lost()

    def answer_lost(self) -> None:
        """The worker was killed while the provider had it."""
        row = sending._claim(self.refund)
        self.name = self.rail.add(row.request, "pending")
        self.rail.by_key[row.key] = self.name
        self.stands = 0

    def happen(self, word: str) -> None:
        """Go on at the provider, as far as this word tells of."""
        if word == "outside":
            if not any(not one["metadata"] for one in self.rail.refunds.values()):
                self.rail.refund_by_hand(self.payment.reference, OUTSIDE)
            return
        while self.stands < LIFE.index(word):
            self.stands += 1
            self.rail.refunds[self.name]["state"] = LIFE[self.stands]

    def event(self, word: str) -> Event:
        state = {"created": "pending"}.get(word, word)
        about = next((name for name, one in self.rail.refunds.items() if not one["metadata"]), "")
        name = about if word == "outside" else self.name
        return Event(f"evt_{word}", "refund.updated", name, self.payment.reference, {"state": state})

    def end(self) -> tuple:
        row, payment = make.fresh(self.refund), make.fresh(self.payment)
        return (
            (row.state, row.failure, row.provider_id == self.name, row.counted),
            (payment.reserved, payment.outside, payment.problem),
            (make.fresh(self.ret).state, self.ret.lines.get().refunded),
            ProviderEvent.objects.filter(processed_at=None).count(),
        )


def ends(story: Story, tell) -> set[tuple]:
    found = set()
    for order in orders():
        before = deepcopy((story.rail.refunds, story.stands))
        with transaction.atomic():
            tell(story, order)
            found.add(story.end())
            transaction.set_rollback(True)
        story.rail.refunds, story.stands = before
    return found


@pytest.fixture
def story(shop, monkeypatch):
    told = Story(shop)
    monkeypatch.setattr(till, "payout", lambda: told.rail)
    return told


def told_at_once(story: Story, order: tuple[str, ...]) -> None:
    """Each as soon as it can be told."""
    for word in order:
        story.happen(word)
        knocks.keep_event(story.event(word))
        knocks.work_off_events()


def told_days_later(story: Story, order: tuple[str, ...]) -> None:
    """Everything has happened when the first knock comes; a worker tries in between."""
    for word in NEWS:
        story.happen(word)
    for word in order:
        knocks.keep_event(story.event(word))
    knocks.work_off_events()


def told_around_a_second_try(story: Story, order: tuple[str, ...]) -> None:
    """In the middle of the news the lease ends, and a worker sends the same words again."""
    for place, word in enumerate(order):
        if place == 2:
            Refund.objects.filter(state=Refund.State.SENDING).update(lease_until=timezone.now())
            sending.send_refunds()
        story.happen(word)
        knocks.keep_event(story.event(word))
        knocks.work_off_events()


def believed(story: Story, order: tuple[str, ...]) -> None:
    """How it must not be: the last word stands."""
    for word in order:
        story.happen(word)
        if word != "outside":
            Refund.objects.filter(pk=story.refund.pk).update(state=story.event(word).payload["state"])


END = (("failed", "failed", True, False), (0, OUTSIDE, ""), ("refund_failed", 0), 0)


@pytest.mark.parametrize("tell", [told_at_once, told_days_later, told_around_a_second_try])
def test_the_end_is_the_same_whatever_is_told_first_and_twice(story, tell):
    assert ends(story, tell) == {END}


def test_who_believed_the_news_would_end_otherwise(story):
    assert len(ends(story, believed)) > 1


def test_what_the_news_say_is_worth_nothing_beside_what_is(story):
    story.happen("succeeded")
    story.rail.refunds[story.name]["state"] = "succeeded"
    liar = Event("evt_liar", "refund.failed", story.name, story.payment.reference, {"state": "failed", "amount": 1})

    knocks.keep_event(liar)
    knocks.work_off_events()

    assert story.end() == (("succeeded", "", True, True), (3990, 0, ""), ("settled", 1), 0)
