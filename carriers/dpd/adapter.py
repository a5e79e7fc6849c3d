"""Talks with DPD: LoginService 2.0 and ParcelLifeCycleService 2.0, both SOAP.

account = {"delis_id": "...", "password": "..."}
"""

from collections.abc import Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape

import requests

from ..base import CarrierAdapter, Pace, Tracked, answered
from ..errors import AccountRefused
from ..http import Answer, Bearer, call
from ..oauth import with_token
from .translate import TOKEN_IS_OLD, read, to_token

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = "http://dpd.com/common/service/types"
TOKEN_LIVES = 12 * 3600.0  # the answer does not say; LOGIN_5 does when it is over


class Dpd(CarrierAdapter):
    slug = "dpd"
    name = "DPD"
    pace = Pace(a_second=2, at_once=2)  # no quota is documented
    checked_against = "DPD's schema 2.0, one published reply each of Germany and of Belgium; no real account"
    needs = {"delis_id": "the DELIS user of your DPD contract", "password": "its password"}
    takes = {
        "language": "de_DE, en_EN ...; de_DE when left out, because dates in English may be read two ways",
        "base_url": "https://public-ws-stage.dpd.com/services for tests, that of your country's DPD elsewhere",
    }
    read = staticmethod(read)

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.bearer = Bearer()

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        [number] = numbers
        return answered(
            read(with_token(self.bearer, self.token, lambda token: self.ask(token, number)).body, number), numbers
        )

    def check(self) -> list[str]:
        return self.checking(lambda: self.track(["00000000000000"]))

    def tracking_url(self, number: str) -> str:
        return f"https://tracking.dpd.de/status/de_DE/parcel/{quote(number, safe='')}"

    def ask(self, token: str, number: str) -> Answer:
        header = (
            f'<a:authentication xmlns:a="{TYPES}/Authentication/2.0">'
            f"<delisId>{escape(self.of_account('delis_id'))}</delisId><authToken>{escape(token)}</authToken>"
            f"<messageLanguage>{escape(self.language())}</messageLanguage></a:authentication>"
        )
        body = (
            f'<p:getTrackingData xmlns:p="{TYPES}/ParcelLifeCycleService/2.0">'
            f"<parcelLabelNumber>{escape(number)}</parcelLabelNumber></p:getTrackingData>"
        )
        answer = self.soap("ParcelLifeCycleService", "getTrackingData", header, body)
        for no in read(answer.body, number).refusals:
            if no.code in TOKEN_IS_OLD:  # comes as a fault, not as a 401
                raise AccountRefused("DPD takes this token no more.", raw=f"401 {no.code} {no.message}")
        return answer

    def token(self) -> tuple[str, float]:
        body = (
            f'<l:getAuth xmlns:l="{TYPES}/LoginService/2.0"><delisId>{escape(self.of_account("delis_id"))}</delisId>'
            f"<password>{escape(self.of_account('password'))}</password>"
            f"<messageLanguage>{escape(self.language())}</messageLanguage></l:getAuth>"
        )
        return to_token(self.soap("LoginService", "getAuth", "", body).body), TOKEN_LIVES

    def soap(self, service: str, action: str, header: str, body: str) -> Answer:
        """Faults come with 500 and are answers all the same."""
        envelope = (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}"><s:Header>{header}</s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        base = (self.account.get("base_url") or "https://public-ws.dpd.com/services").rstrip("/")
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"http://dpd.com/common/service/{service}/2.0/{action}"',
        }
        url = f"{base}/{service}/V2_0/"
        return call(self.session, "POST", url, headers=headers, form=envelope.encode(), fine={500})

    def language(self) -> str:
        return self.account.get("language") or "de_DE"

    def of_account(self, name: str) -> str:
        return str(self.account.get(name) or "")
