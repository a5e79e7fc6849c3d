"""Talks with GHN (Giao Hàng Nhanh, Vietnam).

account = {"token": "...", "shop_id": 123456}
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from ..base import CarrierAdapter, Knock, Pace, Tracked, answered
from ..errors import BadRequest
from ..http import Answer, as_object, call, reading
from ..replies import listed, reply_to
from .translate import read, why_not_cancelled


class Ghn(CarrierAdapter):
    """No return labels. `switch-status/return` turns an order round that has not been delivered; a parcel that the
    customer sends back would be a new order, for which GHN wants the ward of both addresses, and we know none. What
    it prints then is a web page that lives half an hour, not a file.
    """

    slug = "ghn"
    name = "GHN"
    pace = Pace(a_second=5, at_once=4)  # no quota is documented; too many at once are answered with a 400
    checked_against = (
        "the carrier's documents at api.ghn.vn, one real order of November 2024 and its status and reason tables; "
        "no real account"
    )
    needs = {"token": "the API token from khachhang.ghn.vn"}
    takes = {
        "shop_id": "the number of your shop at GHN, to cancel orders",
        "base_url": "https://dev-online-gateway.ghn.vn for tests",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        [number] = numbers
        question = partial(self.call, "v2/shipping-order/detail", {"order_code": number})
        return answered(reply_to(question, partial(read, number=number)), numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """They sign nothing and number nothing."""
        return Knock("", read(body).parcels, proven=False)

    def void(self, tracking_number: str) -> None:
        """Only before it was picked up. The shop's number is due here."""
        reply = as_object(self.call("v2/switch-status/cancel", {"order_codes": [tracking_number]}).body)
        with reading(reply):
            no = why_not_cancelled(reply)
        if no:
            raise (no.error or BadRequest)("GHN does not cancel this order.", raw=f"{no.code} {no.message}")

    def check(self) -> list[str]:
        # An order that cannot be: with a token of theirs they have nothing on it.
        sentences = self.checking(lambda: self.track(["HOMEWARD"]))
        shop_id, shops = str(self.account.get("shop_id") or ""), list[str]()
        if sentences or not shop_id:
            return sentences
        sentences = self.checking(lambda: shops.extend(self.shops()))
        if not sentences and shop_id not in shops:
            return [f"shop_id is {shop_id}, and the shops of this token are {', '.join(shops) or 'none'}."]
        return sentences

    def shops(self) -> list[str]:
        reply = as_object(call(self.session, "GET", self.url("v2/shop/all"), headers=self.headers()).body)
        with reading(reply):
            return [str(shop["_id"]) for shop in listed(reply["data"]["shops"])]

    def tracking_url(self, number: str) -> str:
        return f"https://donhang.ghn.vn/?order_code={quote(number, safe='')}"

    def call(self, path: str, body: dict) -> Answer:
        return call(self.session, "POST", self.url(path), headers=self.headers(), body=body)

    def headers(self) -> dict:
        headers = {"Token": str(self.account.get("token")), "Accept": "application/json"}
        if shop_id := self.account.get("shop_id"):
            headers["ShopId"] = str(shop_id)
        return headers

    def url(self, path: str) -> str:
        base = self.account.get("base_url") or "https://online-gateway.ghn.vn"
        return f"{base.rstrip('/')}/shiip/public-api/{path}"
