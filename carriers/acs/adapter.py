"""Talks with ACS (Greece, Cyprus).

account = {"api_key": "...", "company_id": "...", "company_password": "...", "user_id": "...", "user_password": "..."}
"""

from urllib.parse import quote

from ..base import CarrierAdapter, Pace, Tracked, answered
from ..errors import AccountRefused, BadRequest, CarrierDown
from ..http import Answer, as_object, call, reading
from .translate import read, read_all, why_not


class Acs(CarrierAdapter):
    """No return labels. The manual says of With_Return_Voucher that it is not for goods that come back but for papers
    that the courier takes along while delivering (RDO); and a voucher's bar code is known to nobody before the shop
    closes its pickup list of that day, which closes all other vouchers with it.
    """

    slug = "acs"
    name = "ACS"
    pace = Pace(a_second=4, at_once=2)  # ten calls a second are allowed, and a parcel takes two
    checked_against = (
        "the carrier's manual, and checkpoints and a no that others met in the living API; no real account"
    )
    needs = {
        "api_key": "the AcsApiKey",
        "company_id": "Company_ID",
        "company_password": "Company_Password",
        "user_id": "User_ID",
        "user_password": "User_Password",
    }
    takes = {"base_url": "another host, for tests"}
    read = staticmethod(read)

    def track(self, numbers: list[str]) -> dict[str, Tracked]:
        [number] = numbers
        details = self.call("ACS_TrackingDetails", Language="GR", Voucher_No=number).body
        summary = self.call("ACS_Trackingsummary", Language="GR", Voucher_No=number).body
        return answered(read_all([details, summary], number), numbers)

    def void(self, tracking_number: str) -> None:
        """Only before the voucher stands in a pickup list."""
        reply = as_object(self.call("ACS_Delete_Voucher", Language="GR", Voucher_No=tracking_number).body)
        with reading(reply):
            no = why_not(reply)
        if no:
            raise (no.error or BadRequest)("ACS does not delete this voucher.", raw=no.message)

    def check(self) -> list[str]:
        sentences = self.checking(lambda: self.track(["0"]))
        if "now and then. 403" in " ".join(sentences):
            sentences.append("ACS answers 403 to a wrong api_key, and to a server whose address is not on its list.")
        return sentences

    def tracking_url(self, number: str) -> str:
        return f"https://www.acscourier.net/el/track-and-trace/?generalCode={quote(number, safe='')}"

    def call(self, alias: str, **parameters: str) -> Answer:
        """One procedure of theirs. Everything is a POST, and asking for a parcel twice does no harm.

        403 (a wrong key, a foreign address) and 406 (more than ten calls a second) come to good accounts as well, now
        and then, and are gone at the next try.
        """
        account = {
            "Company_ID": self.account.get("company_id"),
            "Company_Password": self.account.get("company_password"),
            "User_ID": self.account.get("user_id"),
            "User_Password": self.account.get("user_password"),
        }
        base = (self.account.get("base_url") or "https://webservices.acscourier.net").rstrip("/")
        url = f"{base}/ACSRestServices/api/ACSAutoRest"
        headers = {"AcsApiKey": str(self.account.get("api_key")), "Accept": "application/json"}
        body = {"ACSAlias": alias, "ACSInputParameters": {**account, **parameters}}
        try:
            return call(self.session, "POST", url, headers=headers, body=body)
        except (AccountRefused, BadRequest) as error:
            if error.raw.startswith(("403 ", "406 ")):
                raise CarrierDown("ACS turned us away, as it does now and then.", raw=error.raw) from error
            raise
