"""USPS v3: tracking and return labels, with one OAuth app.

account = {"client_id": "...", "client_secret": "...", "crid": "...", "mid": "...", "account_number": "...",
           "webhook_secret": "..."}
"""

from collections.abc import Mapping
from urllib.parse import quote

import requests

from ..base import CarrierAdapter, Knock, LabelWanted, Pace, Reply, ReturnLabel, Tracked, answered
from ..errors import AccountRefused, BadRequest, CarrierError, ForgedWebhook, NotOffered
from ..http import Answer, Bearer, as_object, ask, call, reading
from ..oauth import with_token
from ..replies import reply_to
from .translate import INCHES, from_wanted, read, to_label, to_roles, to_uuid

PAYING = ("crid", "mid", "account_number")


class Usps(CarrierAdapter):
    slug = "usps"
    name = "USPS"
    # About 60 calls an hour for one app over all of v3, tokens included
    # (https://github.com/USPS/api-examples/issues/107).
    pace = Pace(a_second=1 / 60, a_day=1400, at_once=1)
    label_once = True  # X-Idempotency-Key
    checked_against = (
        "the specifications of Tracking v3 and Domestic Labels v3, three replies of 2024 that others published; event "
        "codes from public lists, not from Publication 199 itself; no real account"
    )
    needs = {
        "client_id": "the consumer key of the app at developers.usps.com",
        "client_secret": "its consumer secret",
    }
    takes = {
        "crid": "the Customer Registration ID that pays for return labels; without it, no labels",
        "mid": "its Mailer ID",
        "account_number": "its Enterprise Payment Account",
        "parcel_inches": "length, width and height of a return, [12, 9, 4] where it is not said",
        "webhook_secret": "the secret of the subscription, made by hand at developers.usps.com",
        "base_url": "https://apis-tem.usps.com for trials",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()
        self.scopes: list[str] | None = None  # None: USPS did not say

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        (number,) = numbers
        path = f"tracking/v3/tracking/{quote(number, safe='')}"
        try:
            reply = reply_to(lambda: self.ask("GET", path, params={"expand": "DETAIL"}), lambda raw: read(raw, number))
        except BadRequest as error:
            if not error.raw.startswith("404"):
                raise
            reply = Reply()
        return answered(reply, numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """USPS signs with X-HMAC, and how is not confirmed: a message is a hint, and one without a signature is forged.

        The latter only where the account has the secret of a subscription, for then a signature is due.
        """
        if self.account.get("webhook_secret") and not headers.get("x-hmac"):
            raise ForgedWebhook("There is no signature.")
        return Knock(id="", parcels=read(body).parcels, proven=False)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """The same key with the same wish gives the same label, says USPS, and costs once."""
        body = from_wanted(wanted, tuple(self.account.get("parcel_inches") or INCHES))
        answer = self.ask(
            "POST",
            "labels/v3/return-label",
            body=body,
            headers={"X-Payment-Authorization-Token": self.paying(), "X-Idempotency-Key": to_uuid(key)},
        )
        return to_label(answer.body, answer.headers.get("Content-Type", ""))

    def void(self, tracking_number: str) -> None:
        path = f"labels/v3/label/{quote(tracking_number, safe='')}"
        self.ask("DELETE", path, headers={"X-Payment-Authorization-Token": self.paying()})

    def paying(self) -> str:
        """A token that says who pays, good for some hours."""
        if not all(self.account.get(name) for name in PAYING):
            raise NotOffered("This account has no CRID, MID and payment account to pay for labels.")
        roles = to_roles(self.account["crid"], self.account["mid"], self.account["account_number"])
        reply = as_object(self.ask("POST", "payments/v3/payment-authorization", body=roles).body)
        with reading(None):  # the reply holds the token
            return str(reply["paymentAuthorizationToken"])

    def check(self) -> list[str]:
        if sentences := self.missing():
            return sentences
        try:
            self.bearer.get(self.fetch_token)
        except AccountRefused as error:
            return [f"USPS does not know this key and secret, or they are of its other host. It said: {error.raw}"]
        except CarrierError as error:
            return [f"USPS could not be asked for a token: {error} {error.raw}".strip()]
        if lacking := self.lacking():
            return [
                f"The app at USPS has not the scope {' and '.join(lacking)}: ask USPS to add the API product. "
                f"It has: {' '.join(self.scopes or [])}."
            ]
        return self.checking(lambda: self.track(["9400100000000000000000"]))

    def lacking(self) -> list[str]:
        """Scopes that the app was not given. Without `tracking` every call is a 401, "Insufficient OAuth scope"."""
        wanted = ["tracking"]
        if all(self.account.get(name) for name in PAYING):
            wanted += ["labels", "payments"]
        return [] if self.scopes is None else [scope for scope in wanted if scope not in self.scopes]

    def fetch_token(self) -> tuple[str, float]:
        reply = ask(
            self.session,
            "POST",
            f"{self.base()}/oauth2/v3/token",
            body={
                "grant_type": "client_credentials",
                "client_id": self.account["client_id"],
                "client_secret": self.account["client_secret"],
            },
        )
        with reading(None):  # the reply holds the token
            self.scopes = reply["scope"].split() if "scope" in reply else None
            return str(reply["access_token"]), float(reply["expires_in"])

    def ask(self, method: str, path: str, *, headers: dict | None = None, **more) -> Answer:
        def asking(token: str) -> Answer:
            ours = {"Authorization": f"Bearer {token}", **(headers or {})}
            return call(self.session, method, f"{self.base()}/{path}", headers=ours, **more)

        return with_token(self.bearer, self.fetch_token, asking)

    def base(self) -> str:
        return (self.account.get("base_url") or "https://apis.usps.com").rstrip("/")

    def places_url(self, country: str) -> str:
        return "https://tools.usps.com/locations/" if country == "US" else ""

    def tracking_url(self, number: str) -> str:
        return f"https://tools.usps.com/go/TrackConfirmAction?tLabels={quote(number, safe='')}"
