"""Talks with FedEx: Track API v1 and Ship API v1.

account = {"client_id": "...", "client_secret": "...", "webhook_token": "",
           "account_number": "", "receiver_phone": "", "service": "FEDEX_GROUND"}
"""

import base64
import hmac
import logging
from collections.abc import Mapping
from urllib.parse import quote

import requests

from ..base import CarrierAdapter, Knock, LabelWanted, Pace, ReturnLabel, Tracked, answered
from ..customs import crosses_a_border
from ..errors import BadRequest, NotOffered
from ..http import Answer, Bearer, as_object, ask, call, reading
from ..oauth import with_token
from .translate import from_wanted, read, to_label

log = logging.getLogger("carriers")

FOR_LABELS = ("account_number", "receiver_phone", "service")


class FedEx(CarrierAdapter):
    slug = "fedex"
    name = "FedEx"
    batch_size = 30
    # 1,400 transactions in ten seconds for a project, and a quota a day for an organisation that FedEx sets.
    pace = Pace(a_second=10, at_once=8)
    checked_against = (
        "FedEx's OpenAPI for tracking 1.0.0, its table of tracking status codes, responses of its sandbox and three "
        "replies that others published; no real account"
    )
    needs = {
        "client_id": "the API Key of your project at developer.fedex.com, which needs the Track API",
        "client_secret": "the Secret Key of that project",
    }
    takes = {
        "webhook_token": "the security token of your webhook project (Advanced Integrated Visibility)",
        "account_number": "for return labels: the nine digits that pay; the project then needs the Ship API too",
        "receiver_phone": "for return labels: your warehouse's phone number, without which FedEx makes none",
        "service": "for return labels: FEDEX_GROUND, FEDEX_INTERNATIONAL_PRIORITY ...",
        "label_stock": "PAPER_4X6 and others; PAPER_85X11_TOP_HALF_LABEL when left out",
        "base_url": "https://apis-sandbox.fedex.com for tests",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        body = {
            "includeDetailedScans": True,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        }
        return answered(read(self.call("POST", "track/v1/trackingnumbers", body=body).body), numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        """A hint, never proof: their FAQ says fdx-signature is base64, their own example makes it hex."""
        token = self.account.get("webhook_token") or ""
        if token and not is_signed(body, headers.get("fdx-signature") or "", token):
            log.warning("fedex: a message whose fdx-signature holds neither as base64 nor as hex")
        message = as_object(body)
        return Knock(str(message.get("transactionId") or ""), read(body).parcels, proven=False)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """FedEx knows no idempotency key; ours travels as the transaction's name, for whoever has to look for it."""
        if missing := [name for name in FOR_LABELS if not self.account.get(name)]:
            raise NotOffered(f"FedEx makes return labels once the account has {', '.join(missing)}.")
        if crosses_a_border(wanted):
            raise NotOffered("FedEx wants customs papers for this return, which the portal does not write.")
        if not wanted.sender_phone:
            raise BadRequest("FedEx needs the phone number of who sends the parcel back.")
        account = {
            "label_stock": "PAPER_85X11_TOP_HALF_LABEL",
            **{name: value for name, value in self.account.items() if value},
        }
        headers = {"x-customer-transaction-id": key[:40]}
        reply = as_object(
            self.call("POST", "ship/v1/shipments", body=from_wanted(wanted, account), headers=headers).body
        )
        with reading("a label"):  # not the reply itself: it is a picture of somebody's address
            return to_label(reply)

    def void(self, tracking_number: str) -> None:
        """Until the parcel has been handed over."""
        body = {
            "accountNumber": {"value": self.account.get("account_number") or ""},
            "trackingNumber": tracking_number,
            "deletionControl": "DELETE_ALL_PACKAGES",
        }
        reply = as_object(self.call("PUT", "ship/v1/shipments/cancel", body=body).body)
        with reading(reply):
            output = reply["output"]
            if not output.get("cancelledShipment"):
                raise BadRequest("FedEx did not cancel the label.", raw=str(output.get("message") or ""))

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.track(["000000000000"]))
        said = " ".join(sentences)
        if "FORBIDDEN" in said:
            sentences.append("The project lacks the Track API: add it at developer.fedex.com under My Projects.")
        elif "It said: 401" in said:
            sentences.append("Keys of the sandbox work with its own base_url alone, and production keys without one.")
        return sentences

    def places_url(self, country: str) -> str:
        return "https://local.fedex.com/"

    def tracking_url(self, number: str) -> str:
        return f"https://www.fedex.com/fedextrack/?trknbr={quote(number, safe='')}"

    def call(self, method: str, path: str, *, headers: dict | None = None, **more) -> Answer:
        def question(token: str) -> Answer:
            said = {"Authorization": f"Bearer {token}", "X-locale": "en_US", **(headers or {})}
            return call(self.session, method, self.url(path), headers=said, **more)

        return with_token(self.bearer, self.token, question)

    def token(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.account.get("client_id"),
            "client_secret": self.account.get("client_secret"),
        }
        reply = ask(self.session, "POST", self.url("oauth/token"), form=form)
        with reading("a token"):
            return str(reply["access_token"]), float(reply.get("expires_in") or 0)

    def url(self, path: str) -> str:
        return f"{(self.account.get('base_url') or 'https://apis.fedex.com').rstrip('/')}/{path}"


def is_signed(body: bytes, signature: str, token: str) -> bool:
    digest = hmac.digest(token.encode(), body, "sha256")
    said = signature.strip().encode()
    as_hex = hmac.compare_digest(digest.hex().encode(), said.lower())
    return hmac.compare_digest(base64.b64encode(digest), said) or as_hex
