"""UPS: tracking, Track Alert and return labels, with one OAuth app.

account = {"client_id": "...", "client_secret": "...", "account_number": "A1B2C3", "webhook_secret": "..."}
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import requests

from ..base import CarrierAdapter, Knock, LabelWanted, Pace, Reply, ReturnLabel, Tracked, answered
from ..errors import AccountRefused, BadRequest, CarrierError, ForgedWebhook, NotOffered
from ..http import Answer, Bearer, as_object, ask, call, reading
from ..oauth import with_token
from .translate import from_wanted, read, to_label

ALERTED = 100  # numbers in one subscription to Track Alert
ALERT_LASTS = timedelta(days=14)


class Ups(CarrierAdapter):
    slug = "ups"
    name = "UPS"
    pace = Pace(a_second=5, at_once=8)  # no quota is written down
    checked_against = (
        "the appendix of UPS's Track API (160 status codes and every other table), the specifications of Track v1, "
        "Track Alert v2 and Shipping v2409, replies that others published (2021 to 2026); no real account"
    )
    needs = {
        "client_id": "the client id of the app at developer.ups.com",
        "client_secret": "its secret",
    }
    takes = {
        "account_number": "the six-character UPS account that pays for return labels; without it, no labels",
        "service": "the service code of return labels; 03 Ground within the United States, 11 Standard elsewhere",
        "webhook_secret": "the credential set at developer.ups.com/update-webhook, which UPS shows when it knocks",
        "language": "as en_US, for the texts of events",
        "base_url": "https://wwwcie.ups.com for trials",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        (number,) = numbers
        path = f"api/track/v1/details/{quote(number, safe='')}"
        answer = self.ask("GET", path, params={"locale": self.account.get("language") or "en_US"}, fine={404})
        return answered(Reply() if answer.status == 404 else read(answer.body, number), numbers)

    def subscribe(self, numbers: list[str], hook_url: str) -> timedelta | None:
        """Fourteen days. v2 takes no address: UPS knocks where developer.ups.com/update-webhook says.

        UPS sends no history, so each parcel wants one look besides. Raises BadRequest where it took none of a hundred.
        """
        for first in range(0, len(numbers), ALERTED):
            asked = numbers[first : first + ALERTED]
            body = {"locale": "en_US", "countryCode": "US", "trackingNumberList": asked}
            reply = as_object(self.ask("POST", "api/track/v2/subscription/standard/package", body=body).body)
            if not reply.get("validTrackingNumbers"):
                raise BadRequest("UPS knows none of these numbers.", raw=str(reply)[:200])
        return ALERT_LASTS

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """UPS signs nothing. A credential says who may knock, not that the body is whole: never proven.

        It comes in `credential`, as implementers of v1 have it, or in `authorization`; no document names the header.
        """
        secret = self.account.get("webhook_secret") or ""
        shown = headers.get("credential") or headers.get("authorization", "").removeprefix("Bearer ")
        if secret and not hmac.compare_digest(shown.encode(), secret.encode()):
            raise ForgedWebhook("The credential is not ours.")
        return Knock(id="", parcels=read(body).parcels, proven=False)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """UPS knows no idempotency key: asked twice, it makes two labels."""
        if not (account_number := self.account.get("account_number")):
            raise NotOffered("This account has no UPS account number to pay for labels.")
        body = from_wanted(wanted, account_number, self.account.get("service") or "")
        reply = as_object(self.ask("POST", "api/shipments/v2409/ship", body=body).body)
        with reading(None):  # the reply holds a whole label
            return to_label(reply)

    def void(self, tracking_number: str) -> None:
        self.ask("DELETE", f"api/shipments/v2409/void/cancel/{quote(tracking_number, safe='')}")

    def check(self) -> list[str]:
        if sentences := self.missing():
            return sentences
        try:
            self.bearer.get(self.fetch_token)
        except AccountRefused as error:
            return [f"UPS does not know this client id and secret, or they are of its other host. It said: {error.raw}"]
        except CarrierError as error:
            return [f"UPS could not be asked for a token: {error} {error.raw}".strip()]
        try:
            self.track(["1ZCIETST0111111114"])
        except AccountRefused as error:
            return [f"The client id and secret are right, but the app was not given UPS Tracking. It said: {error.raw}"]
        except CarrierError as error:
            return [f"UPS could not be asked: {error} {error.raw}".strip()]
        return []

    def fetch_token(self) -> tuple[str, float]:
        reply = ask(
            self.session,
            "POST",
            f"{self.base()}/security/v1/oauth/token",
            form={"grant_type": "client_credentials"},
            auth=(self.account["client_id"], self.account["client_secret"]),
        )
        with reading(None):  # the reply holds the token
            return str(reply["access_token"]), float(reply["expires_in"])

    def ask(self, method: str, path: str, **more) -> Answer:
        def asking(token: str) -> Answer:
            headers = {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "transId": uuid4().hex,
                "transactionSrc": "homeward",
            }
            return call(self.session, method, f"{self.base()}/{path}", headers=headers, **more)

        return with_token(self.bearer, self.fetch_token, asking)

    def base(self) -> str:
        return (self.account.get("base_url") or "https://onlinetools.ups.com").rstrip("/")

    def places_url(self, country: str) -> str:
        return "https://www.ups.com/dropoff"

    def tracking_url(self, number: str) -> str:
        return f"https://www.ups.com/track?tracknum={quote(number, safe='')}"
