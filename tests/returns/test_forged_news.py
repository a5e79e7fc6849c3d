"""Nobody but the provider can make us believe anything: ten thousand forgeries of one true message."""

import json
import random

import pytest
from django.test import RequestFactory
from django.utils import timezone

from portal.hooks.stripe import stripe as door
from returns import till
from returns.models import ProviderEvent
from returns.payouts.errors import ForgedWebhook
from sandbox.hooks import signature
from tests.conftest import SECRET

FORGERIES = 10_000
BODY = json.dumps(
    {
        "id": "evt_true",
        "object": "event",
        "type": "refund.updated",
        "data": {"object": {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "amount": 3990}},
    }
)
OTHER = BODY.replace("3990", "9990").replace("evt_true", "evt_false")
DEEP = "[" * 200_000  # whoever parses this falls over


def knock(body: bytes | str, header: str | None) -> int:
    raw = body.encode() if isinstance(body, str) else body
    headers = {} if header is None else {"Stripe-Signature": header}
    return door(RequestFactory().post("/hooks/stripe/", raw, "application/json", headers=headers)).status_code


def flipped(body: str, dice: random.Random) -> bytes:
    raw = bytearray(body.encode())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(raw)


def flipped_mark(header: str, dice: random.Random) -> str:
    """One hexadecimal digit of the signature is another one."""
    at = dice.randrange(len(header) - 64, len(header))
    other = dice.choice([digit for digit in "0123456789abcdef" if digit != header[at]])
    return header[:at] + other + header[at + 1 :]


def forgeries(now: int) -> dict:
    """Each a way to make one, as (body, header), from a seeded die."""
    true = signature(BODY, SECRET, now)
    mark = true.partition("v1=")[2]
    elsewhere = signature(BODY, "whsec_another_shop", now)
    return {
        "a bit of the body": lambda dice: (flipped(BODY, dice), true),
        "a digit of the signature": lambda dice: (BODY, flipped_mark(true, dice)),
        "another secret": lambda dice: (BODY, signature(BODY, f"whsec_{dice.random()}", now)),
        "no secret": lambda dice: (BODY, signature(BODY, "", now)),
        "an old one again": lambda dice: (BODY, signature(BODY, SECRET, now - dice.randint(302, 10**6))),
        "one of the future": lambda dice: (BODY, signature(BODY, SECRET, now + dice.randint(310, 10**6))),
        "an old one with a new time": lambda dice: (BODY, f"t={now},v1={signature(BODY, SECRET, now - 400)[-64:]}"),
        "a new time put in front": lambda dice: (
            BODY,
            f"t={now},{signature(BODY, SECRET, now - dice.randint(302, 900))}",
        ),
        "another body": lambda dice: (OTHER, true),
        "the end cut off": lambda dice: (BODY[: dice.randrange(len(BODY))], true),
        "something added": lambda dice: (BODY + dice.choice([" ", "\n", "{}", "\x00"]), true),
        "two signatures, none ours": lambda dice: (BODY, f"{elsewhere},v1={flipped_mark(true, dice)[-64:]}"),
        "the signature under another name": lambda dice: (BODY, f"t={now},v{dice.choice('02')}={mark}"),
        "the signature cut off": lambda dice: (BODY, true[: dice.randrange(len(true) - 64, len(true))]),
        "no time": lambda dice: (BODY, f"v1={mark}"),
        "a time that is none": lambda dice: (BODY, f"t={dice.choice(['', 'now', '1e9', '٣'])},v1={mark}"),
        "no signature": lambda dice: (BODY, None),
        "an empty one": lambda dice: (BODY, dice.choice(["", ",", "=", "t=,v1=", "v1=", f"t={now}"])),
        "letters that are not ASCII": lambda dice: (BODY, f"t={now},v1=" + "é" * 64),
    }


@pytest.mark.django_db
def test_of_ten_thousand_forgeries_none_is_taken_and_none_reaches_the_database(django_assert_num_queries):
    now, dice = int(timezone.now().timestamp()), random.Random(1)
    ways = forgeries(now)
    each = -(-FORGERIES // len(ways))

    with django_assert_num_queries(0):
        told = {name: {knock(*forge(dice)) for _ in range(each)} for name, forge in ways.items()}

    assert told == {name: {400} for name in ways}
    assert ProviderEvent.objects.count() == 0
    assert knock(BODY, signature(BODY, SECRET, now)) == 200
    assert knock(BODY, f"{signature(BODY, 'whsec_old', now)},v1={signature(BODY, SECRET, now)[-64:]}") == 200
    assert ProviderEvent.objects.count() == 1


def why(body: str, header: str) -> str:
    with pytest.raises(ForgedWebhook) as no:
        till.payout().parse_webhook(body.encode(), header, now=timezone.now())
    return str(no.value)


def test_a_forgery_is_refused_before_anybody_reads_what_it_says():
    now = int(timezone.now().timestamp())
    with pytest.raises(RecursionError):
        json.loads(DEEP)

    forged = why(DEEP, signature(DEEP, "whsec_another_shop", now))
    old = why(DEEP, signature(DEEP, SECRET, now - 400))
    read = why(DEEP, signature(DEEP, SECRET, now))

    assert forged == "The signature fits none of our secrets."
    assert old == "It was signed more than five minutes from now."
    assert read == "It is signed, but it is no event."
    assert knock(DEEP, signature(DEEP, SECRET, now)) == 400
