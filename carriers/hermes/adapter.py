"""Talks with Hermes Germany: the Hermes Shipping Interface's shipmentinfo.

account = {"client_id": "...", "client_secret": "...", "username": "...", "password": "..."}
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

import requests

from ..base import CarrierAdapter, Pace, Tracked, answered
from ..errors import AccountRefused, BadRequest
from ..http import Answer, Bearer, ask, call, reading
from ..oauth import with_token
from ..replies import reply_to
from .translate import TOKEN_IS_OLD, read


class Hermes(CarrierAdapter):
    slug = "hermes"
    name = "Hermes"
    batch_size = 100
    pace = Pace(a_second=2, at_once=2)  # no quota is documented
    checked_against = "Hermes's OpenAPI of 2025-12-08 and its list of event codes; no real account"
    needs = {
        "client_id": "the client id of your application at de-api.hermesworld.com",
        "client_secret": "its secret",
        "username": "the user of your Hermes contract",
        "password": "that user's password",
    }
    takes = {
        "language": "DE or EN: in which events are described; DE when left out",
        "base_url": "https://de-api-int.hermesworld.com/services/hsi for tests, together with auth_url",
        "auth_url": "https://authme-int.myhermes.de/authorization-facade/oauth2/access_token for tests",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        number = numbers[0] if len(numbers) == 1 else ""
        question = partial(with_token, self.bearer, self.token, partial(self.ask, numbers))
        return answered(reply_to(question, partial(read, number=number)), numbers)

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.track(["00000000000000"]))
        if "e900" in " ".join(sentences):
            sentences.append("The application lacks Shipment Info: ask Hermes to add it.")
        return sentences

    def places_url(self, country: str) -> str:
        return "https://www.myhermes.de/paketshop/" if country == "DE" else ""

    def tracking_url(self, number: str) -> str:
        page = "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation"
        return f"{page}/#{quote(number, safe='')}"

    def ask(self, numbers: list[str], token: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Language": self.account.get("language") or "DE",
            "User-Agent": "Homeward",  # they ask every application to name itself
        }
        base = (self.account.get("base_url") or "https://de-api.hermesworld.com/services/hsi").rstrip("/")
        try:
            return call(self.session, "GET", f"{base}/shipmentinfo", headers=headers, params={"shipmentID": numbers})
        except BadRequest as error:
            if any(f'"{code}"' in error.raw for code in TOKEN_IS_OLD):
                raise AccountRefused("Hermes takes this token no more.", raw=f"401 {error.raw[4:]}") from error
            raise

    def token(self) -> tuple[str, float]:
        form = {
            "grant_type": "password",
            "client_id": self.account.get("client_id"),
            "client_secret": self.account.get("client_secret"),
            "username": self.account.get("username"),
            "password": self.account.get("password"),
        }
        url = self.account.get("auth_url") or "https://authme.myhermes.de/authorization-facade/oauth2/access_token"
        try:
            reply = ask(self.session, "POST", url, form=form)
        except BadRequest as error:  # invalid_grant comes with a 400
            raise AccountRefused("Hermes gives no token for this account.", raw=error.raw) from error
        with reading("a token"):
            return str(reply["access_token"]), float(reply.get("expires_in") or 0)
