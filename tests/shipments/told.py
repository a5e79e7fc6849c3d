"""A carrier whose answers a test writes down."""

import hmac

from carriers import CARRIERS, CarrierAdapter, CarrierDown, ForgedWebhook, Knock, Pace, Reply, Scan, Status, Tracked
from carriers.times import moment


class Told(CarrierAdapter):
    slug = "told"
    name = "Told"
    pace = Pace(a_second=1000, at_once=4)
    says: dict | Exception = {}  # by number, or one thing to all
    asked: list[list[str]] = []
    lasts = None

    @staticmethod
    def read(raw, number=""):
        """NUMBER TIME STATUS."""
        try:
            number, when, status = raw.decode().split()
            at = moment(when)
        except ValueError as error:
            raise CarrierDown("not ours") from error
        return Reply([Tracked(number, [Scan(at=at.at, status=Status(status), text=status, code=status)])])

    def track(self, numbers):
        self.asked.append(numbers)
        if isinstance(self.says, BaseException):
            raise self.says
        found = {}
        for number in numbers:
            said = self.says.get(number, Tracked(number, []))
            if isinstance(said, BaseException):
                raise said
            found[number] = said
        return found

    def parse_webhook(self, body, headers):
        secret = self.account.get("webhook_secret", "")
        if secret and not hmac.compare_digest(headers.get("x-told", ""), secret):
            raise ForgedWebhook("the signature does not hold")
        return Knock("", self.read(body).parcels, proven=bool(secret))

    def return_label(self, wanted, *, key):
        self.asked.append([key, wanted])
        if isinstance(self.says, BaseException):
            raise self.says
        return self.says

    def subscribe(self, numbers, hook_url):
        self.asked.append([hook_url, *numbers])
        if isinstance(self.says, BaseException):
            raise self.says
        return self.lasts


def fresh_told(monkeypatch) -> type[Told]:
    """On the list of carriers for one test, without a memory of the last one."""
    fresh = type("Fresh", (Told,), {"asked": [], "says": {}})
    monkeypatch.setitem(CARRIERS, "told", "tests.shipments.told.now")
    monkeypatch.setattr("tests.shipments.told.now", fresh)
    return fresh


now: type[Told] = Told
