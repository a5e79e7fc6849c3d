"""Talks with the stand-in carrier of `python -m sandbox`.

account = {"base_url": "http://127.0.0.1:8990", "key": "..."}
"""

from urllib.parse import quote

from ..base import CarrierAdapter, LabelWanted, ReturnLabel, Tracked
from ..errors import CarrierError
from ..http import ask, reading
from .translate import from_wanted, to_label, to_tracked


class Sandbox(CarrierAdapter):
    slug = "sandbox"
    name = "Sandbox Parcel"
    batch_size = 20

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        reply = self.ask("GET", "track", params={"numbers": ",".join(numbers)})
        with reading(reply):
            return to_tracked(reply, numbers)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        reply = self.ask("POST", "returns", body=from_wanted(wanted), headers={"Idempotency-Key": key})
        with reading(reply):
            return to_label(reply)

    def void(self, tracking_number: str) -> None:
        self.ask("DELETE", f"returns/{quote(tracking_number, safe='')}")

    def check(self) -> list[str]:
        try:
            self.track(["CHECK"])
        except CarrierError as error:
            return [f"{error} {error.raw}".strip()]
        return []

    def ask(self, method: str, path: str, *, headers: dict | None = None, **more) -> dict:
        url = f"{self.account['base_url'].rstrip('/')}/carrier/v1/{path}"
        return ask(self.session, method, url, headers={"X-Api-Key": self.account["key"], **(headers or {})}, **more)
