"""Talks with Royal Mail: Tracking API v2, and Click & Drop API v1 for labels.

account = {"client_id": "...", "client_secret": "...", "click_and_drop_key": "", "service": "TSS"}
"""

from urllib.parse import quote

from ..base import CarrierAdapter, LabelWanted, Pace, ReturnLabel, Tracked, answered, plain_number
from ..errors import CarrierError, NotOffered
from ..http import Answer, ask, call, reading
from ..replies import listed, reply_to
from .translate import from_wanted, read, read_all, to_label


class RoyalMail(CarrierAdapter):
    slug = "royal_mail"
    name = "Royal Mail"
    batch_size = 30
    pace = Pace(a_second=1, a_day=50, at_once=2)  # the plan of whoever has not agreed on another
    checked_against = (
        "Royal Mail's Tracking API v2 and Click & Drop API v1 and a copy of its list of event codes, all as others "
        "published them; no real account"
    )
    needs = {
        "client_id": "the Client ID of your app at developer.royalmail.net, which needs Royal Mail Tracking v2",
        "client_secret": "the Client Secret of that app",
    }
    takes = {
        "click_and_drop_key": "for return labels: Click & Drop > Settings > Integrations > Click & Drop API",
        "service": "for return labels: TSS (Tracked Returns 48) when left out, TSN (24)",
        "base_url": "another address of the Tracking API, for tests",
        "label_url": "another address of Click & Drop, for tests",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        """All events of one parcel; of many the last event each, for the plan counts questions, not parcels."""
        asked = ",".join(quote(plain_number(number), safe="") for number in numbers)
        one = numbers[0] if len(numbers) == 1 else ""
        path = f"mailpieces/v2/{asked}/events" if one else f"mailpieces/v2/summary?mailPieceId={asked}"
        return answered(reply_to(lambda: self.call(path), lambda raw: read_all(raw, numbers)), numbers)

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """They know no idempotency key, and no way to take a return label back."""
        if not self.account.get("click_and_drop_key"):
            raise NotOffered("Royal Mail makes return labels once the account has click_and_drop_key.")
        if {wanted.sender_country, wanted.receiver_country} != {"GB"}:
            raise NotOffered("Royal Mail's Tracked Returns travel within the United Kingdom.")
        body = from_wanted(wanted, self.account.get("service") or "TSS")
        reply = self.ask_click_and_drop("POST", "returns", body=body)
        with reading("a label"):  # not the reply itself: it is a picture of somebody's address
            return to_label(reply)

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.track(["AA000000005GB"]))
        if "It said: 401" in " ".join(sentences):
            sentences.append("The app must be subscribed to Royal Mail Tracking v2 at developer.royalmail.net.")
        if not sentences and self.account.get("click_and_drop_key"):
            sentences = self.check_labels()
        return sentences

    def check_labels(self) -> list[str]:
        service = self.account.get("service") or "TSS"
        try:
            reply = self.ask_click_and_drop("GET", "returns/services")
            with reading(reply):
                offered = [str(one["serviceCode"]) for one in listed(reply["services"])]
        except CarrierError as error:
            return [f"Click & Drop does not tell its return services: {error} {error.raw}".strip()]
        if service in offered:
            return []
        return [f"Click & Drop offers this account {', '.join(offered) or 'no return service'}, and not {service}."]

    def places_url(self, country: str) -> str:
        return "https://www.royalmail.com/services-near-you" if country == "GB" else ""

    def tracking_url(self, number: str) -> str:
        return f"https://www.royalmail.com/track-your-item#/tracking-results/{quote(number, safe='')}"

    def call(self, path: str) -> Answer:
        headers = {
            "Accept": "application/json",
            "X-Accept-RMG-Terms": "yes",
            "X-IBM-Client-Id": self.account.get("client_id") or "",
            "X-IBM-Client-Secret": self.account.get("client_secret") or "",
        }
        base = (self.account.get("base_url") or "https://api.royalmail.net").rstrip("/")
        return call(self.session, "GET", f"{base}/{path}", headers=headers)

    def ask_click_and_drop(self, method: str, path: str, **more) -> dict:
        base = (self.account.get("label_url") or "https://api.parcel.royalmail.com/api/v1").rstrip("/")
        headers = {"Authorization": f"Bearer {self.account.get('click_and_drop_key') or ''}"}
        return ask(self.session, method, f"{base}/{path}", headers=headers, **more)
