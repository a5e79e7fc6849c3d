"""Talks with a karrio server of the shop, for carriers we do not speak with ourselves.

account = {"base_url": "https://karrio.example.com", "token": "key_...", "carrier_name": "australiapost"}
"""

from functools import partial

from ..base import CarrierAdapter, Pace, Tracked, answered
from ..http import Answer, call
from ..replies import reply_to
from .translate import read


class Karrio(CarrierAdapter):
    slug = "karrio"
    name = "karrio"
    pace = Pace(a_second=5, at_once=4)
    checked_against = "the source of its server and its own tests; no living server"
    needs = {
        "base_url": "where your karrio server is",
        "token": "an API key of it",
        "carrier_name": "which of its carriers, as karrio spells it (dhl_express, australiapost)",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        """Looks for the tracker before it makes one."""
        [number] = numbers
        named = {"tracking_number": number, "carrier_name": str(self.account.get("carrier_name"))}
        understand = partial(read, number=number)
        reply = reply_to(partial(self.call, "GET", params=named), understand)
        if not reply.parcels and not reply.refusals:
            reply = reply_to(partial(self.call, "POST", body=named), understand)
        return answered(reply, numbers)

    def check(self) -> list[str]:
        return self.checking(lambda: answered(reply_to(partial(self.call, "GET", params={"limit": "1"}), read), []))

    def call(self, method: str, **more) -> Answer:
        url = f"{str(self.account.get('base_url')).rstrip('/')}/v1/trackers"
        headers = {"Authorization": f"Token {self.account.get('token')}", "Accept": "application/json"}
        return call(self.session, method, url, headers=headers, **more)
