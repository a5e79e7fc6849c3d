"""Talks with BOX NOW's Partner API (Greece, Cyprus, Bulgaria, Croatia).

account = {"client_id": "...", "client_secret": "...", "country": "gr", "webhook_secret": "...",
           "return_location": "the warehouse's location id", "partner_id": "", "compartment": 3}
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import quote

import requests

from ..base import CarrierAdapter, Knock, LabelWanted, Pace, ReturnLabel, Tracked, answered
from ..errors import AccountRefused, BadRequest, CarrierDown, CarrierError, ForgedWebhook, NotOffered
from ..http import Answer, Bearer, as_object, ask, call, reading
from ..replies import reply_to
from .members import sent_as
from .translate import from_wanted, read, read_event

COUNTRIES = {"gr", "cy", "bg", "hr"}
LARGE = 3  # the compartment that takes every parcel they take


class BoxNow(CarrierAdapter):
    slug = "boxnow"
    name = "BOX NOW"
    pace = Pace(a_second=2, at_once=4)  # no quota is documented
    checked_against = (
        "the carrier's OpenAPI 1.65, its API manual 7.2 and a webhook message with a signature computed by others; "
        "no real account"
    )
    needs = {
        "client_id": "the OAUTH_CLIENT_ID from BOX NOW",
        "client_secret": "the OAUTH_CLIENT_SECRET from BOX NOW",
    }
    takes = {
        "country": "gr, cy, bg or hr: whose customer you are; gr when left out",
        "partner_id": "only when one login manages several partners",
        "webhook_secret": "the secret you typed into BOX NOW's webhook settings",
        "return_location": "the location id of your warehouse, where returns go",
        "compartment": "1, 2 or 3: how large a compartment returns need; 3 when left out",
        "base_url": "https://api-stage.boxnow.gr for tests",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        [number] = numbers
        question = partial(self.call, "GET", "parcels", params={"parcelId": number})
        return answered(reply_to(question, partial(read, number=number)), numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        message = as_object(body)
        secret = self.account.get("webhook_secret") or ""
        with reading(message):
            data = as_object(signed_data(body, message, secret)) if secret else message["data"]
            return Knock(str(message.get("id") or ""), read_event(data, message.get("time")).parcels, bool(secret))

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """Their customer return. They number it themselves and know no idempotency key: never ask twice."""
        warehouse = self.account.get("return_location")
        if not warehouse:
            raise NotOffered("BOX NOW makes return labels once `return_location` names your warehouse.")
        if not (wanted.sender_phone and wanted.sender_email):
            raise BadRequest("BOX NOW needs the phone number and the e-mail address of who sends the parcel back.")
        body = from_wanted(wanted, warehouse=str(warehouse), compartment=self.compartment())
        reply = as_object(self.call("POST", "delivery-requests:customerReturns", body=body).body)
        with reading(reply):
            number = str(reply["parcels"][0]["id"])
        return ReturnLabel(tracking_number=number, file=self.drawn(number), file_type="application/pdf")

    def drawn(self, number: str) -> bytes:
        """The label of a new parcel. If it cannot be had nobody will use the parcel, so it is cancelled."""
        try:
            file = self.call("GET", f"parcels/{quote(number, safe='')}/label.pdf", accept="application/pdf").body
            if not file.startswith(b"%PDF"):
                raise CarrierDown("BOX NOW answered something that is not a PDF.")
        except CarrierError:
            with suppress(CarrierError):
                self.void(number)
            raise
        return file

    def void(self, tracking_number: str) -> None:
        """Only while it is `new`; cancelling twice is fine with them."""
        self.call("POST", f"parcels/{quote(tracking_number, safe='')}:cancel")

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.call("GET", "parcels", params={"limit": "1"}))
        said = " ".join(sentences)
        if (country := self.account.get("country")) and country != self.country():
            sentences.append(f"country is {country}: BOX NOW knows gr, cy, bg and hr, in small letters.")
        if str(self.account.get("compartment") or LARGE) not in {"1", "2", "3"}:
            sentences.append(f"compartment is {self.account['compartment']}: it is 1, 2 or 3, from small to large.")
        if "P440" in said or "P441" in said:
            sentences.append("This login manages several partners: write the ID of yours into partner_id.")
        elif "It said: 401" in said:
            sentences.append("Keys of the stage environment work with its own base_url alone, and the other way round.")
        return sentences

    def tracking_url(self, number: str) -> str:
        return f"https://boxnow.{self.country()}/?track={quote(number, safe='')}"

    def compartment(self) -> int:
        said = str(self.account.get("compartment") or LARGE)
        return int(said) if said in {"1", "2", "3"} else LARGE

    def country(self) -> str:
        country = self.account.get("country")
        return country if country in COUNTRIES else "gr"

    def call(self, method: str, path: str, *, accept: str = "application/json", **more) -> Answer:
        token = self.bearer.get(self.token)
        try:
            return self.call_with(token, method, path, accept, **more)
        except AccountRefused as error:
            if not error.raw.startswith("401 "):
                raise
        self.bearer.forget()
        return self.call_with(self.bearer.get(self.token), method, path, accept, **more)

    def call_with(self, token: str, method: str, path: str, accept: str, **more) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        if partner := self.account.get("partner_id"):
            headers["X-PartnerID"] = str(partner)
        return call(self.session, method, self.url(path), headers=headers, **more)

    def token(self) -> tuple[str, float]:
        body = {
            "grant_type": "client_credentials",
            "client_id": self.account.get("client_id"),
            "client_secret": self.account.get("client_secret"),
        }
        reply = ask(self.session, "POST", self.url("auth-sessions"), body=body)
        with reading(reply):
            return str(reply["access_token"]), float(reply.get("expires_in") or 0)

    def url(self, path: str) -> str:
        base = self.account.get("base_url") or f"https://api-production.boxnow.{self.country()}"
        return f"{base.rstrip('/')}/api/v1/{path}"


def signed_data(body: bytes, message: dict, secret: str) -> bytes:
    """The bytes of `data` that `datasignature` covers: hex HMAC-SHA256 of exactly these. Raises ForgedWebhook.

    A second `data` would be read by some and signed by nobody.
    """
    try:
        [data] = sent_as(body, "data")
    except ValueError as error:
        raise ForgedWebhook("BOX NOW's message does not hold one `data`.") from error
    due = hmac.new(secret.encode(), data, "sha256").hexdigest()
    if not hmac.compare_digest(due.encode(), str(message.get("datasignature")).encode()):
        raise ForgedWebhook("The signature of BOX NOW's message does not hold.")
    return data
