"""Some work that a browser does before we look something up: it costs a person nothing and a machine that guesses much.

The challenge and its answer are in the format of ALTCHA (second version), made and checked by its library; what solves
it in the browser is our own `static/js/puzzle.js`. One answer serves once, ten minutes, in the browser that asked.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta

import altcha
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from portal.customer import limits

LIVES = timedelta(minutes=10)
LONGEST = 2000  # characters of an answer; a real one has about 800


def puzzle_for(request: HttpRequest, hashes: int) -> str:
    """The challenge as JSON. It takes so many hashes on average and twice as many at the most."""
    challenge = challenge_for(_browser(request), hashes, counter=secrets.randbelow(2 * hashes))
    return json.dumps(challenge.to_dict())


def challenge_for(browser: str, hashes: int, *, counter: int) -> altcha.Challenge:
    """Signed by us. `counter` is its only answer."""
    return altcha.create_challenge(
        "SHA-256",
        cost=1,
        counter=counter,
        expires_at=timezone.now() + LIVES,
        data={"browser": browser, "hashes": hashes},
        hmac_secret=_key(),
    )


def is_solved(request: HttpRequest, answer: str, hashes: int) -> bool:
    """Whether `answer` solves a puzzle of this browser of at least so many hashes, for the first time."""
    if len(answer) > LONGEST or not altcha.verify_solution(answer, _key()).verified:
        return False
    challenge = json.loads(base64.b64decode(answer))["challenge"]
    told = challenge["parameters"]["data"]  # signed by us
    if told["browser"] != _browser(request) or told["hashes"] < hashes:
        return False
    return limits.once("puzzle", challenge["signature"], int(LIVES.total_seconds()))


def _browser(request: HttpRequest) -> str:
    return browser_of(request.session.setdefault("browser", secrets.token_urlsafe(32)))


def browser_of(name: str) -> str:
    """What a challenge says of a browser whose session has this name."""
    return hashlib.sha256(f"puzzle:{name}".encode()).hexdigest()[:32]


def _key() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"puzzle", hashlib.sha256).digest()
