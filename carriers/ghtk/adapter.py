"""Talks with GHTK (Giao Hàng Tiết Kiệm, Vietnam).

account = {"token": "...", "client_source": "S1234567"}
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from ..base import CarrierAdapter, Knock, Pace, Tracked, answered
from ..errors import BadRequest
from ..http import Answer, as_object, call, reading
from ..replies import reply_to
from .translate import already_cancelled, read, to_refusal


class Ghtk(CarrierAdapter):
    """No return labels: a parcel from the customer to the shop would be an order of its own, for which GHTK wants
    province, district and ward of both ends, and our addresses have none of these apart.
    """

    slug = "ghtk"
    name = "GHTK"
    pace = Pace(a_second=5, at_once=4)  # no quota is documented
    checked_against = (
        "the carrier's documents at api.ghtk.vn, one real order of November 2024 and its status and reason tables; "
        "no real account"
    )
    needs = {"token": "the API token of the shop", "client_source": "your partner code, sent as X-Client-Source"}
    takes = {"base_url": "https://services-staging.ghtklab.com for tests"}
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        [number] = numbers
        question = partial(self.call, "GET", f"services/shipment/v2/{quote(number, safe='')}")
        return answered(reply_to(question, partial(read, number=number)), numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """They sign nothing: the hash in the address is all, and the address is the house's matter."""
        return Knock("", read(body).parcels, proven=False)

    def void(self, tracking_number: str) -> None:
        """Only until it was picked up."""
        reply = as_object(self.call("POST", f"services/shipment/cancel/{quote(tracking_number, safe='')}").body)
        with reading(reply):
            done = reply["success"] is True or already_cancelled(reply)
            no = to_refusal(reply, tracking_number)
        if not done:
            raise (no.error or BadRequest)("GHTK does not cancel this order.", raw=f"{no.code} {no.message}")

    def check(self) -> list[str]:
        # An order that cannot be: with a good token they have nothing on it.
        return self.checking(lambda: self.track(["HOMEWARD"]))

    def tracking_url(self, number: str) -> str:
        return f"https://i.ghtk.vn/{quote(number, safe='')}"

    def call(self, method: str, path: str) -> Answer:
        base = (self.account.get("base_url") or "https://services.giaohangtietkiem.vn").rstrip("/")
        headers = {
            "Token": str(self.account.get("token")),
            "X-Client-Source": str(self.account.get("client_source")),
            "Accept": "application/json",
        }
        return call(self.session, method, f"{base}/{path}", headers=headers)
