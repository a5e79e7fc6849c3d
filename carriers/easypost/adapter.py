"""Talks with EasyPost, which speaks to more than a hundred carriers.

account = {"api_key": "EZAK...", "carrier": "USPS", "webhook_secret": "...", "return_carriers": "USPS,UPS"}
"""

import hmac
import unicodedata
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from ..base import CarrierAdapter, Knock, LabelWanted, Pace, ReturnLabel, Tracked, answered
from ..customs import crosses_a_border
from ..errors import BadRequest, CarrierDown, ForgedWebhook, NotOffered
from ..http import Answer, as_object, call, reading
from ..replies import reply_to
from .translate import cheapest, from_wanted, read, told

REFUNDED = {"submitted", "refunded"}


class EasyPost(CarrierAdapter):
    slug = "easypost"
    name = "EasyPost"
    pace = Pace(a_second=5, at_once=8)
    label_once = True  # our key is the reference, and is looked up before anything is bought
    checked_against = (
        "the carrier's documents, the status lists of its own library, real test-mode trackers of 2025 "
        "and a signed event; no real account"
    )
    needs = {"api_key": "the production API key"}
    takes = {
        "carrier": "whose numbers these are, as EasyPost spells it (USPS, DHLExpress); it guesses when left out",
        "webhook_secret": "the secret of the webhook that you made at EasyPost",
        "return_carriers": "who may carry returns, with commas between (USPS, UPS); the cheapest of all when left out",
        "base_url": "another host, for tests",
    }
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        """Looks for the tracker before it makes one: a tracker is paid for, and doubles are found for three months."""
        [number] = numbers
        named = {"tracking_code": number}
        if carrier := self.account.get("carrier"):
            named["carrier"] = str(carrier)
        understand = partial(read, number=number)
        reply = reply_to(partial(self.call, "GET", "trackers", params=named), understand)
        if not reply.parcels and not reply.refusals:
            reply = reply_to(partial(self.call, "POST", "trackers", body={"tracker": named}), understand)
        return answered(reply, numbers)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Knock:
        secret = self.account.get("webhook_secret") or ""
        if secret:
            check_signature(body, headers.get("x-hmac-signature") or "", secret)
        event = as_object(body)
        return Knock(str(event.get("id") or ""), read(body).parcels, bool(secret))

    def return_label(self, wanted: LabelWanted, *, key: str) -> ReturnLabel:
        """They know no idempotency keys, and find a shipment by its `reference`: the key is that reference.

        So a label whose purchase broke off is found again and not bought twice. (Two workers at once would buy two;
        the house asks for one label at a time.)
        """
        if crosses_a_border(wanted):
            raise NotOffered("Across customs EasyPost wants origin and tariff number of every item; we know neither.")
        shipment = self.known(key) or self.ask("POST", "shipments", body=from_wanted(wanted, key))
        with reading(shipment):
            if not shipment.get("postage_label"):
                shipment = self.buy(shipment)
            number, url = str(shipment["tracking_code"]), str(shipment["postage_label"]["label_url"])
        return ReturnLabel(tracking_number=number, file=self.drawn(url), file_type="application/pdf")

    def known(self, key: str) -> dict | None:
        """The shipment of this key, unless its label was given back."""
        answer = self.call("GET", f"shipments/{quote(key, safe='')}", fine={404})
        if answer.status == 404:
            return None
        shipment = as_object(answer.body)
        return None if shipment.get("refund_status") in REFUNDED else shipment

    def buy(self, shipment: dict) -> dict:
        carriers = [name.strip() for name in str(self.account.get("return_carriers") or "").split(",") if name.strip()]
        rate = cheapest(shipment, carriers)
        if rate is None:
            raise BadRequest("No carrier offers this return.", raw=told(shipment))
        return self.ask("POST", f"shipments/{quote(shipment['id'], safe='')}/buy", body={"rate": {"id": rate["id"]}})

    def drawn(self, url: str) -> bytes:
        """From where they keep labels, which is not where the key belongs."""
        if not url.startswith("https://"):
            raise CarrierDown("EasyPost's label has an address that is not https.")
        file = call(self.session, "GET", url).body
        if not file.startswith(b"%PDF"):
            raise CarrierDown("EasyPost's label is not a PDF.")
        return file

    def void(self, tracking_number: str) -> None:
        """Asks for the money back. `not_applicable`: nothing was paid, since it is paid when it is scanned."""
        page = self.ask("GET", "trackers", params={"tracking_code": tracking_number})
        with reading(page):
            shipments = [tracker["shipment_id"] for tracker in page["trackers"] if tracker.get("shipment_id")]
        if not shipments:
            raise BadRequest("EasyPost did not make this label.")
        reply = self.ask("POST", f"shipments/{quote(shipments[0], safe='')}/refund")
        if reply.get("refund_status") not in {*REFUNDED, "not_applicable"}:
            raise BadRequest("EasyPost does not give this label back.", raw=str(reply.get("refund_status")))

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.call("GET", "trackers", params={"page_size": "1"}))
        if str(self.account.get("api_key") or "").startswith("EZTK"):
            sentences.append(
                "This is a test key: it tracks EZ1000000001 to EZ7000000007 alone, and its labels are void."
            )
        return sentences

    def ask(self, method: str, path: str, **more) -> dict:
        return as_object(self.call(method, path, **more).body)

    def call(self, method: str, path: str, **more) -> Answer:
        base = self.account.get("base_url") or "https://api.easypost.com"
        auth = (str(self.account.get("api_key")), "")
        return call(self.session, method, f"{base.rstrip('/')}/v2/{path}", auth=auth, **more)


def check_signature(body: bytes, said: str, secret: str) -> None:
    """`hmac-sha256-hex=` and the HMAC of the whole body. The secret is spelt out (NFKD) before it is a key."""
    key = unicodedata.normalize("NFKD", secret).encode()
    due = "hmac-sha256-hex=" + hmac.new(key, body, "sha256").hexdigest()
    if not hmac.compare_digest(due.encode(), said.encode()):
        raise ForgedWebhook("The signature of EasyPost's event does not hold.")
