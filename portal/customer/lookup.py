"""One try to find an order: may it be judged, what work does the browser owe first, and what does a miss count?

Hard: the network or its neighbourhood has failed too often; told, with the wait. Soft: the browser proves some work
first (`puzzle`). Closed: the order or the contact has failed too often; told to nobody, it reads as no match.
"""

import re
import sys
from datetime import datetime, timedelta
from math import ceil

from django.http import HttpRequest
from django.utils import timezone

from customers.models import Shop
from orders.models import number_key, postcode_key
from portal.customer import limits
from portal.customer.limits import DAY, HOUR, MINUTES, Bucket, Limits
from portal.middleware import client_address
from portal.models import RateBucket

ONLY_COUNTED = sys.maxsize

NETWORK: Limits = ((10, MINUTES), (30, HOUR), (100, DAY))
WIDER: Limits = ((ONLY_COUNTED, MINUTES), (300, DAY))
ORDER: Limits = ((10, DAY),)
CONTACT: Limits = ((10, DAY),)
SITE: Limits = ((ONLY_COUNTED, 60),)
FOUND: Limits = ((ONLY_COUNTED, MINUTES),)
TRIED: Limits = ((ONLY_COUNTED, DAY),)

# How many hashes a browser makes first: (failures within ten minutes, hashes).
NETWORK_WORK = ((3, 2**16), (6, 2**19))
WIDER_WORK = ((30, 2**16),)
SITE_WORK = 2**17
SITE_MOST = 60  # failures a minute, of everybody together; or five times what is usual, but never for less than ten
SITE_LEAST = 10
UNUSUAL = 5

FOUND_FOR_A_SLIP = 4  # where so many orders are found, one more failure is no reason for work: an office, a dormitory

NEIGHBOURS = 5  # so many order numbers side by side are no typing slip
FORGIVEN = 3  # so many misses, once a day for each order


class Attempt:
    """A visitor at the door. `number` and `proof` are what she typed; without them only her network is asked about."""

    def __init__(self, request: HttpRequest, shop: Shop | None = None, number: str = "", proof: str = "") -> None:
        address = client_address(request)
        self.request = request
        self.shared = limits.is_shared(address)
        self.network = Bucket("network", limits.network(address), NETWORK)
        self.wider = Bucket("wider", limits.wider_network(address), WIDER)
        self.finds = Bucket("found", self.network.value, FOUND)
        self.site = Bucket("site", "", SITE, kept=2 * DAY)
        self.order = Bucket("order", f"{shop and shop.pk}:{alike(number)}", ORDER)
        self.contact = Bucket("contact", f"{shop and shop.pk}:{contact_key(proof)}", CONTACT)
        self.tried = Bucket("tried", f"{self.network.value}:{number_key(number)}", TRIED)
        self.beside = [Bucket("tried", f"{self.network.value}:{each}", TRIED) for each in beside(number)]
        self.typed = [self.order, self.contact, *self.beside] if number else []
        self.times = 0
        self.added = limits.Added({}, {})
        self.tally = self._look()

    def _look(self) -> limits.Tally:
        here = [self.network, self.wider, self.finds, self.site]
        return limits.Tally([*here, *self.typed], usual_key(timezone.now()), known=self.added.counts)

    def free_at(self) -> datetime | None:
        """When the network may try again; None: now. Where many may share it nobody is stopped, only asked for work."""
        if self.shared:
            return None
        moments = [self.tally.free_at(bucket, mine=self.times) for bucket in (self.network, self.wider)]
        return max((moment for moment in moments if moment), default=None)

    @property
    def is_closed(self) -> bool:
        """Not told: the order or the contact has failed too often. The way by email stays open. Asked once begun."""
        return self.tally.is_full(self.order, mine=1) | self.tally.is_full(self.contact, mine=1)

    def owes(self) -> int:
        """How many hashes the browser has to make first. None when the last look-up of this session found its order."""
        if self.request.session.get("orders") and not self.request.session.get("misses"):
            return 0
        near = self.tally.sum(self.network, MINUTES) - self.tally.sum(self.finds, MINUTES) // FOUND_FOR_A_SLIP
        around = self.tally.sum(self.wider, MINUTES)
        owed = [hashes for most, hashes in NETWORK_WORK if near >= most]
        owed += [hashes for most, hashes in WIDER_WORK if around >= most]
        owed += [SITE_WORK] if max(self.tally.each(self.site, 60)) > self._site_most() else []
        return max(owed, default=0)

    def _site_most(self) -> int:
        usual = self.tally.counts.get(usual_key(self.tally.now))
        return SITE_MOST if usual is None else min(SITE_MOST, max(SITE_LEAST, UNUSUAL * usual))

    def begin(self) -> None:
        """Count it as a miss before it is judged, then look again: of thirty at once no more are judged than may be.
        A run of neighbouring numbers counts triple."""
        tried = sum(self.tally.sum(bucket, DAY) > 0 for bucket in self.beside)
        self.times = 3 if tried + 1 >= NEIGHBOURS else 1
        here, typed = (self.network, self.wider, self.site), (self.order, self.contact, self.tried)
        self.added = limits.add([*((bucket, self.times) for bucket in here), *((bucket, 1) for bucket in typed)])
        self.tally = self._look()

    def not_judged(self) -> None:
        limits.take_back(self.added.times)

    def missed(self) -> None:
        """The same steps for every miss."""
        mine = {key: times for key, times in self.added.times.items() if not key.startswith("site:")}
        self.request.session["misses"] = [*self.request.session.get("misses", []), mine][-FORGIVEN:]

    def found(self, order_pk: int) -> None:
        """A typing slip is forgiven once the order is found: else an office behind one address would stop itself.

        Once a day for each order: an order of one's own does not buy guesses."""
        limits.take_back(self.added.times)
        misses = self.request.session.pop("misses", [])
        if limits.once("finds", f"{order_pk}:{timezone.now():%Y-%m-%d}", DAY):
            limits.add([(self.finds, 1)])
            for added in misses:
                limits.take_back(added)


def alike(number: str) -> str:
    """One bucket for all spellings that `orders_alike` takes for one number."""
    return number_key(number).translate(str.maketrans("oil", "011"))


def contact_key(proof: str) -> str:
    """What was typed as the look-up compares it: an email address, or else a postcode."""
    return proof.strip().lower() if "@" in proof else postcode_key(proof)


def beside(number: str) -> list[str]:
    """The numbers next to it, five on each side, when it holds one that can be counted up."""
    found = re.fullmatch(r"(.*?)([0-9]{1,18})([^0-9]*)", number_key(number))
    if not found:
        return []
    head, digits, tail = found.groups()
    near = [int(digits) + step for step in range(-NEIGHBOURS, NEIGHBOURS + 1) if step]
    return [f"{head}{n:0{len(digits)}d}{tail}" for n in near if n >= 0]


def usual_key(day: datetime) -> str:
    return f"usual:{day:%Y-%m-%d}"


def learn_usual() -> int:
    """Once a day: how many failures 95 of 100 of yesterday's minutes had at most. Nothing waits for it, so it has found
    nothing to do."""
    now = timezone.now()
    if RateBucket.objects.filter(key=usual_key(now)).exists():
        return 0
    minutes = sorted(failures_by_minute(now - timedelta(days=1)))
    usual = {"count": minutes[ceil(len(minutes) * 0.95) - 1], "ends_at": now + timedelta(days=1)}
    RateBucket.objects.get_or_create(key=usual_key(now), defaults=usual)
    return 0


def failures_by_minute(day: datetime) -> list[int]:
    """Of one day, midnight to midnight UTC; minutes without a failure are among them."""
    site = Bucket("site", "", SITE)
    first = int(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) // 60
    keys = [site.key(60, first + n) for n in range(DAY // 60)]
    counts = dict(RateBucket.objects.filter(key__in=keys).values_list("key", "count"))
    return [counts.get(key, 0) for key in keys]
