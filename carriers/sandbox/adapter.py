"""Talks with the stand-in carrier of `python -m sandbox`.

account = {"base_url": "http://127.0.0.1:8990", "key": "..."}
"""

from urllib.parse import quote

from ..base import CarrierAdapter, DeliveryChoice, DropOff, LabelWanted, Near, Pace, ReturnLabel, Tracked, answered
from ..http import GLANCED_AT, WAITED_FOR, Answer, as_object, call, reading
from .translate import from_near, from_wanted, read, to_choice, to_choices, to_label, to_places


class Sandbox(CarrierAdapter):
    slug = "sandbox"
    name = "Sandbox Parcel"
    batch_size = 20
    pace = Pace(a_second=1000, at_once=32)
    label_once = True
    checked_against = "the stand-in of this project"
    needs = {"base_url": "where the stand-in listens", "key": "any word"}
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        answer = self.call("GET", "track", params={"numbers": ",".join(numbers)})
        return answered(read(answer.body), numbers)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        reply = as_object(self.call("POST", "returns", body=from_wanted(wanted), headers={"Idempotency-Key": key}).body)
        with reading(reply):
            return to_label(reply)

    def void(self, tracking_number: str) -> None:
        self.call("DELETE", f"returns/{quote(tracking_number, safe='')}")

    def delivery_choices(self, number: str) -> list[DeliveryChoice]:
        return to_choices(
            as_object(self.call("GET", f"parcels/{quote(number, safe='')}/delivery", patience=WAITED_FOR).body)
        )

    def change_delivery(self, number: str, choice: str, *, key: str) -> DeliveryChoice:
        path, headers = f"parcels/{quote(number, safe='')}/delivery", {"Idempotency-Key": key}
        reply = as_object(self.call("POST", path, body={"wahl": choice}, headers=headers, patience=WAITED_FOR).body)
        with reading(reply):
            return to_choice(reply["gewaehlt"])

    def drop_off_places(self, near: Near, *, most: int) -> list[DropOff]:
        answer = self.call("GET", "places", params=from_near(near, most), patience=GLANCED_AT)
        return to_places(as_object(answer.body))

    def check(self) -> list[str]:
        return self.checking(lambda: self.track(["CHECK"]))

    def call(self, method: str, path: str, *, headers: dict | None = None, **more) -> Answer:
        url = f"{self.account['base_url'].rstrip('/')}/carrier/v1/{path}"
        return call(self.session, method, url, headers={"X-Api-Key": self.account["key"], **(headers or {})}, **more)
