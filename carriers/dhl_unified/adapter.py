"""DHL Shipment Tracking Unified: every DHL company, one number a call, and Push.

account = {"key": "...", "service": "parcel-de", "webhook_secret": "..."}
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from ..base import CarrierAdapter, DropOff, Knock, Near, Pace, Reply, Tracked, answered
from ..dhl_places import find
from ..errors import AccountRefused, ForgedWebhook, NotOffered
from ..http import Answer, as_object, call, plain
from .translate import from_numbers, read

HEADER = "x-homeward-token"  # DHL lets us choose the header it knocks with
A_PUSH = 10  # shipmentIDs in one subscription, says the specification v1.2.5


class DhlUnified(CarrierAdapter):
    slug = "dhl_unified"
    name = "DHL"
    pace = Pace(a_second=0.2, a_day=250, at_once=1)  # what a new key is given: 250 a day, one in five seconds
    checked_against = (
        "DHL's list of statuses by service (1,092 rows), the specification v1.5.8, replies that others published "
        "(sentences in place of codes are known in part), what others tell of Push v1.2.5 and Location Finder v1.14; "
        "no real account"
    )
    needs = {
        "key": "the API key of the app at developer.dhl.com with Shipment Tracking - Unified; for places to hand "
        "a parcel in, it needs Location Finder - Unified too"
    }
    takes = {
        "service": "the DHL company that carries, as parcel-de; without it all are asked, and there is no Push",
        "language": "two letters, for the texts of events",
        "webhook_secret": f"the token DHL shows in the header {HEADER} when it knocks; without it there is no Push",
        "base_url": "https://api-test.dhl.com for trials",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        (number,) = numbers
        wishes = {name: self.account.get(name) for name in ("service", "language")}
        answer = self.call(
            "GET",
            "track/shipments",
            params={"trackingNumber": number, **{name: wish for name, wish in wishes.items() if wish}},
            fine={404},
        )
        return answered(Reply() if answer.status == 404 else read(answer.body, number), numbers)

    def subscribe(self, numbers: list[str], hook_url: str) -> timedelta | None:
        """DHL answers 202 and then knocks once with a secret; only when that is shown to it does it push.

        How long it pushes is in no public document: None.
        """
        service, token = self.account.get("service"), self.account.get("webhook_secret")
        if not service or not token:
            raise AccountRefused("Push needs `service` and `webhook_secret` in the account.")
        for first in range(0, len(numbers), A_PUSH):
            body = from_numbers(numbers[first : first + A_PUSH], service, hook_url, HEADER, token)
            self.call("POST", "tracking/push/v1/subscription", body=body)
        return None

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """DHL signs nothing. The token it shows says who may knock, not that the body is whole: never proven."""
        token = self.account.get("webhook_secret") or ""
        if token and not hmac.compare_digest(headers.get(HEADER, "").encode(), token.encode()):
            raise ForgedWebhook("The token is not ours.")
        said = as_object(body)
        if token and said.get("scope") == "subscription.validate":
            self.activate(said)
        return Knock(id="", parcels=read(body).parcels, proven=False)

    def activate(self, said: dict) -> None:
        """Show DHL the secret it just sent. Only the id is taken from its address: the host stays ours to choose."""
        subscription = plain(said.get("self")).rstrip("/").rpartition("/")[2]
        path = f"tracking/push/v1/subscription/{quote(subscription, safe='')}"
        self.call("POST", path, headers={"DHL-API-Hook-Secret": plain(said.get("secret"))})

    def drop_off_places(self, near: Near, *, most: int) -> list[DropOff]:
        if self.account.get("service") == "express":
            raise NotOffered("Parcels of Express go to counters of their own.")
        return find(self.session, self.account.get("base_url") or "", self.account["key"], near, most)

    def check(self) -> list[str]:
        return self.checking(lambda: self.track(["00340434161094042557"]))

    def call(self, method: str, path: str, *, headers: dict | None = None, **more) -> Answer:
        base = (self.account.get("base_url") or "https://api-eu.dhl.com").rstrip("/")
        ours = {"DHL-API-Key": self.account["key"], "Accept": "application/json", **(headers or {})}
        return call(self.session, method, f"{base}/{path}", headers=ours, **more)

    def tracking_url(self, number: str) -> str:
        return f"https://www.dhl.com/global-en/home/tracking.html?tracking-id={quote(number, safe='')}"
