import json
import unicodedata
from datetime import date

import pytest

from carriers import AccountRefused, BadRequest, CarrierDown, NotOffered, Status, ZoneFrom, open_carrier
from carriers.acs.translate import read
from carriers.acs.words import BEGINNINGS, CHECKPOINTS, LOOK_ALIKES, REASONS, checkpoint, folded
from carriers.errors import CarrierError

from .contract import Contract, end_of
from .labels import WANTED

# The manual's "non_delivery_reason_code" list, and the checkpoints of its example.
REASON_CODES = {"ΑΔ1", "ΑΔ3", "ΑΔ8", "ΑΠ1", "ΑΠ2", "ΑΠ3", "ΑΣ1", "ΔΔ1", "ΕΑ1", "ΕΔ1", "ΛΣ1", "ΛΣ3", "ΠΑ2", "ΠΑ4"}
EXAMPLES = {"ΑΝΑΧΩΡΗΣΗ ΛΑΜΙΑ", "ΑΦΙΞΗ ΣΕ ΚΑΤΑΣΤΗΜΑ", "ΚΑΤΑΝΟΜΗ ΣΕ COURIER", "ΠΑΡΑΔΟΣΗ"}
# Checkpoints that others met when they asked the living API.
SEEN = {
    *("ΠΑΡΑΛΑΒΗ", "ΠΑΡΑΛΑΒΗ ΑΠΟ ΑΠΟΣΤΟΛΕΑ", "ΦΟΡΤΩΣΗ", "ΕΚΤΥΠΩΣΗ ΕΤΙΚΕΤΑΣ", "ΜΗ ΠΑΡΑΔΟΣΗ", "ΑΠΟΣΤΟΛΗ SMS"),
    *("ΑΠΟΣΤΟΛΗ EMAIL ΣΤΟΝ ΠΑΡΑΛΗΠΤΗ", "ΚΕΝΤΡΟ ΔΙΑΛΟΓΗΣ", "ΕΠΙΣΤΡΟΦΗ", "ΕΠΙΣΤΡΟΦΗ-ΠΑΡΑΔΟΣΗ ΣΤΟΝ ΑΠΟΣΤΟΛΕΑ"),
}


class TestAcsKeepsTheContract(Contract):
    slug = "acs"
    account = {
        "api_key": "a-secret-api-key",
        "company_id": "a-company",
        "company_password": "a-company-password",
        "user_id": "a-user-id",
        "user_password": "a-user-password",
        "base_url": "https://acs.test",
    }
    number = "7227000001"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "returning": (Status.RETURNING, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop"),
        "delivered": (Status.DELIVERED, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "documents_missing"),
    }

    @pytest.mark.parametrize("status", [401])
    def test_a_refused_account_is_not_tried_again(self, status):
        """403 is the manual's word for a wrong key, and comes to good keys as well: see the next test."""
        self.refuses({"status": status, "body": {}}, AccountRefused, retry=False)

    @pytest.mark.parametrize("status", [403, 406])
    def test_being_turned_away_now_and_then_is_tried_again(self, status):
        error = self.refuses({"status": status, "body": {}}, CarrierDown, retry=True)

        assert error.raw == f"{status} {{}}"

    def test_it_reads_as_recorded(self):
        tracked = self.track("delivered")

        assert [(scan.code, scan.status, scan.place, scan.local) for scan in tracked.scans] == [
            ("ΑΝΑΧΩΡΗΣΗ ΛΑΜΙΑ", Status.IN_TRANSIT, "HUB Π.ΡΑΛΛΗ", "2019-01-11T15:38:44"),
            ("ΑΦΙΞΗ ΣΕ ΚΑΤΑΣΤΗΜΑ", Status.IN_TRANSIT, "ΛΑΜΙΑ", "2019-01-12T11:37:56"),
            ("ΚΑΤΑΝΟΜΗ ΣΕ COURIER", Status.OUT_FOR_DELIVERY, "ΛΑΜΙΑ", "2019-01-12T11:37:56"),
            ("ΠΑΡΑΔΟΣΗ", Status.DELIVERED, "ΛΑΜΙΑ", "2019-01-12T13:37:00"),
        ]
        assert tracked.scans[0].at.utcoffset().total_seconds() == 7200
        assert {scan.zone_from for scan in tracked.scans} == {ZoneFrom.ASSUMED}

    def test_a_parcel_takes_two_calls(self):
        carrier, wire = self.open("out", "summary_nothing")

        tracked = carrier.track([self.number])[self.number]

        assert [json.loads(asked.body) for asked in wire.asked] == [
            {
                "ACSAlias": alias,
                "ACSInputParameters": {
                    "Company_ID": "a-company",
                    "Company_Password": "a-company-password",
                    "User_ID": "a-user-id",
                    "User_Password": "a-user-password",
                    "Language": "GR",
                    "Voucher_No": self.number,
                },
            }
            for alias in ("ACS_TrackingDetails", "ACS_Trackingsummary")
        ]
        assert {asked.headers["AcsApiKey"] for asked in wire.asked} == {"a-secret-api-key"}
        assert {asked.url for asked in wire.asked} == {"https://acs.test/ACSRestServices/api/ACSAutoRest"}
        assert (len(tracked.scans), tracked.expected_on) == (3, date(2019, 1, 14))

    # --- two replies about one parcel

    def test_the_flag_of_a_delivery_adds_nothing_to_its_checkpoint(self):
        assert self.two("delivered", "summary_delivered") == self.track("delivered").scans

    def test_the_flag_of_a_delivery_stands_for_a_missing_checkpoint(self):
        scans = self.two("out", "summary_delivered")

        # Its date is midnight, before the van left: it counts from the last checkpoint.
        assert [(scan.code, scan.status, scan.local) for scan in scans][-1] == (
            "delivery_flag=1",
            Status.DELIVERED,
            "2019-01-12T11:37:56",
        )

    def test_a_summary_alone_tells_the_day(self):
        [scan] = self.one("summary_delivered").scans

        assert (scan.local, scan.status) == ("2019-01-12T00:00:00", Status.DELIVERED)
        assert scan.text == "Η αποστολή παρεδόθη στον προορισμό της."

    def test_what_was_handed_back_was_not_delivered(self):
        scans = self.two("delivered", "returned")

        assert [scan.status for scan in scans][-1] is Status.RETURNED
        assert Status.DELIVERED not in {scan.status for scan in scans}

    def test_a_reason_takes_the_time_of_the_last_checkpoint(self):
        scans = self.two("on_its_way", "summary_absent")

        assert [(scan.code, scan.sub_status, scan.local) for scan in scans][-1] == (
            "ΑΣ1",
            "recipient_absent",
            "2019-01-12T11:37:56",
        )

    def test_a_reason_nobody_knows_is_kept_and_says_nothing(self):
        unheard = json.loads(json.dumps(self.reply("summary_absent"), ensure_ascii=False).replace("ΑΣ1", "ΩΩ9"))
        carrier, _wire = self.open("on_its_way", unheard)

        last = carrier.track([self.number])[self.number].scans[-1]

        assert (last.code, last.status) == ("ΩΩ9", Status.UNKNOWN)

    def test_a_reason_without_any_checkpoint_has_no_time(self):
        assert self.one("summary_absent").scans == []

    def test_a_reason_explains_the_checkpoint_that_says_it_was_not_delivered(self):
        body = self.reply("returning")["body"]
        rows = body["ACSOutputResponce"]["ACSTableOutput"]["Table_Data"]
        assert rows.pop()["checkpoint_action"] == "ΕΠΙΣΤΡΟΦΗ"

        scans = self.two({"status": 200, "body": body}, "summary_absent")

        assert [(scan.code, scan.sub_status) for scan in scans][-1] == ("ΜΗ ΠΑΡΑΔΟΣΗ", "recipient_absent")
        assert end_of(scans) == (Status.ATTEMPTED, "recipient_absent")

    def test_a_message_to_the_recipient_moves_nothing(self):
        body = self.reply("out")["body"]
        sms = {"checkpoint_date_time": "2019-01-12T12:00:00", "checkpoint_action": "ΑΠΟΣΤΟΛΗ SMS"}
        body["ACSOutputResponce"]["ACSTableOutput"]["Table_Data"].append(sms)

        assert end_of(self.two({"status": 200, "body": body}, "summary_absent")) == (Status.OUT_FOR_DELIVERY, "")

    def test_what_is_handed_back_to_the_sender_is_returned(self):
        body = json.dumps(self.reply("returning")["body"], ensure_ascii=False)
        back = body.replace('"ΕΠΙΣΤΡΟΦΗ"', '"ΕΠΙΣΤΡΟΦΗ-ΠΑΡΑΔΟΣΗ ΣΤΟΝ ΑΠΟΣΤΟΛΕΑ"')

        assert end_of(read(back.encode(), self.number).parcels[0].scans) == (Status.RETURNED, "")

    def test_a_voucher_they_do_not_have_is_told_from_a_file(self):
        reply = self.read("nothing_yet")

        assert [(no.error, no.number) for no in reply.refusals] == [(None, self.number)]
        assert "7227000001" in reply.refusals[0].message

    def test_the_answer_may_come_without_its_envelope(self):
        inner = self.reply("out")["body"]["ACSOutputResponce"]

        assert read(json.dumps(inner).encode(), self.number) == self.read("out")

    def test_an_old_reason_does_not_call_a_parcel_back_that_is_out(self):
        for name in ("out", "delivered"):
            assert self.two(name, "summary_absent") == self.track(name).scans

    def test_the_row_of_another_voucher_is_not_ours(self):
        assert self.two("out", "summary_of_another") == self.track("out").scans
        assert self.track("summary_of_another").scans == []

    def test_their_numbered_state_is_not_read(self):
        reply = self.reply("summary_nothing")["body"]
        for state in (1, 2, 3, 4, 5):
            reply["ACSOutputResponce"]["ACSTableOutput"]["Table_Data"][0]["shipment_status"] = state

            assert read(json.dumps(reply).encode(), self.number).parcels[0].scans == []

    def test_flags_are_numbers_or_texts(self):
        reply = self.reply("summary_delivered")["body"]
        reply["ACSOutputResponce"]["ACSTableOutput"]["Table_Data"][0].update(delivery_flag="1", voucher_no=7227000001)

        assert read(json.dumps(reply).encode(), self.number).parcels[0].scans[0].status is Status.DELIVERED

    def test_what_is_missing_is_survived(self):
        tracked = self.track("half_empty")

        assert [scan.code for scan in tracked.scans] == ["ΑΝΑΧΩΡΗΣΗ ΛΑΜΙΑ", ""]
        assert tracked.expected_on is None

    def test_who_lives_where_and_who_took_it_is_not_kept(self):
        told = repr([self.two("delivered", "summary_delivered"), self.one("summary_delivered"), self.one("returned")])

        assert "Recipient" not in told
        assert "Οδός" not in told

    def one(self, name: str):
        [parcel] = read(json.dumps(self.reply(name)["body"]).encode(), self.number).parcels
        return parcel

    def two(self, details: str | dict, summary: str):
        carrier, _wire = self.open(details, summary)
        return carrier.track([self.number])[self.number].scans

    # --- nos, all of them with a 200

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({"Error_Message": "Άγνωστο κατάστημα παράδοσης"}, BadRequest),
            ({"error_message": "Άγνωστο κατάστημα παράδοσης"}, BadRequest),
            ({"Error_msg": "Λάθος συνθηματικό χρήστη"}, AccountRefused),
        ],
    )
    def test_a_no_hides_among_the_values_of_a_good_execution(self, values, error):
        body = {
            "ACSExecution_HasError": False,
            "ACSExecutionErrorMessage": "",
            "ACSOutputResponce": {"ACSValueOutput": [values], "ACSTableOutput": {}},
        }

        self.refuses({"status": 200, "body": body}, error)

    def test_an_execution_error_is_told_even_without_a_word(self):
        body = {"ACSExecution_HasError": True, "ACSExecutionErrorMessage": "", "ACSOutputResponce": ""}

        assert self.refuses({"status": 200, "body": body}, BadRequest).raw == "ACSExecution_HasError no reason given"

    def test_they_may_learn_to_spell(self):
        body = json.dumps(self.reply("out")["body"]).replace("ACSOutputResponce", "ACSOutputResponse")

        assert len(read(body.encode(), self.number).parcels[0].scans) == 3

    # --- vouchers

    def test_void_deletes_the_voucher(self):
        carrier, wire = self.open("deleted")

        carrier.void("7227000001")

        asked = json.loads(wire.asked[0].body)
        assert (asked["ACSAlias"], asked["ACSInputParameters"]["Voucher_No"]) == ("ACS_Delete_Voucher", "7227000001")

    def test_a_voucher_in_a_pickup_list_is_not_deleted(self):
        carrier, _wire = self.open("not_deleted")

        with pytest.raises(BadRequest) as caught:
            carrier.void("7227000001")

        assert "λίστα παραλαβής" in caught.value.raw

    def test_a_return_label_is_not_offered(self):
        carrier, wire = self.open("nothing_yet")

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="k")
        assert wire.asked == []

    def test_a_key_or_an_address_they_do_not_know_is_told(self):
        carrier, _wire = self.open({"status": 403, "body": b""})

        assert carrier.check()[-1] == (
            "ACS answers 403 to a wrong api_key, and to a server whose address is not on its list."
        )

    def test_there_are_no_messages(self):
        with pytest.raises(CarrierError):
            open_carrier("acs", {}).parse_webhook(b"{}", {})

    def test_their_page(self):
        assert open_carrier("acs", {}).tracking_url("7&1").endswith("generalCode=7%261")


def test_every_reason_and_checkpoint_of_the_manual_has_a_deliberate_answer():
    assert set(REASONS) == REASON_CODES
    assert {checkpoint(action) for action in EXAMPLES | SEEN} == set(BEGINNINGS) | set(CHECKPOINTS)
    assert Status.UNKNOWN not in {status for status, _sub in (REASONS | BEGINNINGS | CHECKPOINTS).values()}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Κατανομή  σε Courier", "ΚΑΤΑΝΟΜΗ ΣΕ COURIER"),
        ("KATANOMH ΣE COURIER", "ΚΑΤΑΝΟΜΗ ΣΕ COURIER"),
        ("άφιξη σε κατάστημα ΛΑΜΙΑ", "ΑΦΙΞΗ ΣΕ ΚΑΤΑΣΤΗΜΑ"),
        ("Παράδοση", "ΠΑΡΑΔΟΣΗ"),
        ("Παράδοση σε συνεργάτη", "ΠΑΡΑΔΟΣΗ ΣΕ ΣΥΝΕΡΓΑΤΗ"),
        ("ΑΝΑΧΩΡΗΣΗΣ", "ΑΝΑΧΩΡΗΣΗΣ"),
        ("Μη παράδοση ΑΠΩΝ", "ΜΗ ΠΑΡΑΔΟΣΗ"),
        ("Επιστροφή σε κατάστημα", "ΕΠΙΣΤΡΟΦΗ ΣΕ ΚΑΤΑΣΤΗΜΑ"),
        ("Αποστολή sms", "ΑΠΟΣΤΟΛΗ SMS"),
        ("", ""),
    ],
)
def test_checkpoints_are_compared_without_accents_case_and_foreign_letters(said, key):
    assert checkpoint(said) == key


def test_every_latin_letter_has_a_greek_one_that_looks_the_same():
    for latin, greek in LOOK_ALIKES.items():
        assert unicodedata.name(chr(latin)).startswith("LATIN")
        assert unicodedata.name(chr(greek)).startswith("GREEK")
    assert folded("AΣ1") == "ΑΣ1"
