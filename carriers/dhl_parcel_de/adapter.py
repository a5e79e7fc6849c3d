"""DHL Paket: tracking by XML, returns by JSON, at one gateway.

account = {"key": "...", "secret": "...", "user": "...", "password": "...",
           "returns_user": "...", "returns_password": "...", "receiver_ids": {"DE": "deu"}}
"""

from collections.abc import Callable
from urllib.parse import quote

from ..base import CarrierAdapter, DropOff, LabelWanted, Near, Pace, ReturnLabel, Tracked, answered
from ..dhl_places import find
from ..errors import AccountRefused, CarrierError, NotOffered
from ..http import Answer, as_object, call, reading
from .translate import from_numbers, from_wanted, read, to_label

TRACKING = "parcel/de/tracking/v0/shipments"
RETURNS = "parcel/de/shipping/returns/v1"


class DhlParcelDe(CarrierAdapter):
    slug = "dhl_parcel_de"
    name = "DHL"
    batch_size = 20
    pace = Pace(a_second=2, at_once=4)  # no quota is written down; theirs is shared with the shop's own systems
    checked_against = (
        "DHL's list of event codes (16 standard, 52 ICE, 136 RIC), replies of the tracking sandbox and one of a living "
        "parcel, the Returns specification v1.0.9, what others tell of Location Finder v1.14; no real account"
    )
    needs = {
        "key": "the API key of the app at developer.dhl.com; for places to hand a parcel in, the app needs "
        "Location Finder - Unified too",
        "secret": "the API secret of that app",
        "user": "the user for tracking in the Business Customer Portal (appname)",
        "password": "that user's password",
    }
    takes = {
        "returns_user": "the user for return labels in the Business Customer Portal; without it, no labels",
        "returns_password": "that user's password",
        "receiver_ids": 'receiverId by country, where yours are not DHL\'s own ({"DE": "deu"})',
        "language": "de or en, for the texts of events; de",
        "base_url": "https://api-sandbox.dhl.com for trials",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        only = numbers[0] if len(numbers) == 1 else ""
        language = self.account.get("language") or "de"
        question = from_numbers(numbers, self.account["user"], self.account["password"], language)
        answer = self.call(
            "GET",
            TRACKING,
            params={"xml": question},
            auth=(self.account["key"], self.account["secret"]),
        )
        return answered(read(answer.body, only), numbers)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """DHL knows no idempotency key: asked twice, it makes two labels."""
        if not self.account.get("returns_user"):
            raise NotOffered("This account has no user for DHL's return labels.")
        body = from_wanted(wanted, self.account.get("receiver_ids") or {})
        # DHL's own requests ask for a QR code from Germany alone; whether it makes one elsewhere is not written down.
        kind = "BOTH" if wanted.sender_country.upper() == "DE" else "SHIPMENT_LABEL"
        reply = as_object(self.returns("POST", "orders", params={"labelType": kind}, body=body).body)
        with reading(reply):
            return to_label(reply)

    def drop_off_places(self, near: Near, *, most: int) -> list[DropOff]:
        return find(self.session, self.account.get("base_url") or "", self.account["key"], near, most)

    def places_url(self, country: str) -> str:
        return "https://www.dhl.de/de/privatkunden/dhl-standorte-finden.html" if country == "DE" else ""

    def check(self) -> list[str]:
        if sentences := self.missing():
            return sentences
        sentences = self.hearing("Tracking", lambda: self.track(["00340434161094042557"]))
        if not sentences and self.account.get("returns_user"):
            sentences = self.hearing("Returns", lambda: self.returns("GET", "locations", params={"maxResult": 1}))
        return sentences

    def hearing(self, part: str, question: Callable[[], object]) -> list[str]:
        try:
            question()
        except AccountRefused as error:
            return [f"{self.name} {part}: {blamed(part, error.raw)} It said: {error.raw}"]
        except CarrierError as error:
            return [f"{self.name} {part} could not be asked: {error} {error.raw}".strip()]
        return []

    def returns(self, method: str, path: str, **more) -> Answer:
        return self.call(
            method,
            f"{RETURNS}/{path}",
            headers={"dhl-api-key": self.account["key"], "Accept": "application/json"},
            auth=(self.account["returns_user"], self.account.get("returns_password") or ""),
            **more,
        )

    def call(self, method: str, path: str, **more) -> Answer:
        base = (self.account.get("base_url") or "https://api-eu.dhl.com").rstrip("/")
        return call(self.session, method, f"{base}/{path}", **more)

    def tracking_url(self, number: str) -> str:
        return f"https://www.dhl.de/de/privatkunden.html?piececode={quote(number, safe='')}"


def blamed(part: str, said: str) -> str:
    """Which of the two or three passwords it is: the gateway answers 401 and 403, the tracking behind it in codes."""
    status = said.split(" ", 1)[0]
    if part == "Tracking" and status not in ("401", "403"):
        return "the key is right, and the user or the password of tracking is wrong or has no right to this."
    if part == "Tracking":
        return "the key or the secret is wrong, or the app was not given Parcel DE Tracking, or is of the other host."
    if status == "403":
        return "the user is known and may not make return labels, or the app was not given Parcel DE Returns."
    return "returns_user or returns_password is wrong (the key is right: tracking took it)."
