"""A carrier without a line to it: the shop types number and address itself, and uploads its own label.

account = {"name": "City Bikes", "tracking_url": "https://citybikes.example.com/track?n={number}"}
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import requests

from ..base import CarrierAdapter

PLACE = "{number}"


class Paper(CarrierAdapter):
    """Tracks nothing and makes nothing: everything but the page about a parcel is NotOffered."""

    slug = "paper"
    name = "Another carrier"
    checked_against = "nothing there is to check: nobody is asked"
    needs = {
        "name": "what customers call it",
        "tracking_url": "its page about a parcel, with {number} where the number goes",
    }

    def __init__(self, account: Mapping, session: requests.Session):
        super().__init__(account, session)
        self.name = str(account.get("name") or self.name)

    def tracking_url(self, number: str) -> str:
        template = str(self.account.get("tracking_url") or "")
        return "" if wrong_with(template) else template.replace(PLACE, quote(number, safe=""))

    def check(self) -> list[str]:
        template = str(self.account.get("tracking_url") or "")
        sentences = self.missing()
        if template and (sentence := wrong_with(template)):
            sentences.append(sentence)
        return sentences


def wrong_with(template: str) -> str:
    """What is wrong with a shop's address of a carrier's page, in a sentence; "" when nothing is."""
    try:
        parts = urlsplit(template)
        host = parts.hostname
    except ValueError:
        return "tracking_url is no address."
    if parts.scheme not in {"http", "https"} or not host or any(sign.isspace() for sign in template):
        return "tracking_url must begin with https:// or http:// and name a host."
    if PLACE in parts.netloc:
        return "tracking_url has {number} in the name of the host; it belongs behind it."
    if PLACE not in template:
        return "tracking_url lacks {number}: every parcel would lead to the same page."
    return ""
