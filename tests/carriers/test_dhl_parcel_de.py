import base64
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pytest

from carriers import (
    AccountRefused,
    BadRequest,
    CarrierDown,
    LabelItem,
    LabelWanted,
    NotOffered,
    ReturnLabel,
    Status,
    ZoneFrom,
)
from carriers.dhl_parcel_de.translate import RECEIVER_IDS, read, street_and_house
from carriers.dhl_parcel_de.words import ALONE, ICE, RIC, STANDARD, told
from carriers.taxonomy import understood

from .contract import Contract

PDF = b"%PDF-1.4 a label"
PNG = b"\x89PNG\r\n\x1a\n a code"
MADE = {
    "sstatus": {"title": "Created", "status": 201, "detail": "Created"},
    "shipmentNo": "999990000017",
    "label": {"b64": base64.b64encode(PDF).decode()},
    "qrLabel": {"b64": base64.b64encode(PNG).decode()},
    "qrLink": "https://example.test/retoure/qr/1",
    "routingCode": "40304356+99000900000008",
}
RETURNS = {"returns_user": "returns-user", "returns_password": "returns-pass"}
WANTED = LabelWanted(
    reference="R-7K3QFAB2-1",
    sender_name="Customer",
    sender_street="Lister Meile 12a",
    sender_postcode="30161",
    sender_city="Hannover",
    sender_country="DE",
    receiver_name="Shop",
    receiver_street="Messe-Allee 1",
    receiver_postcode="04356",
    receiver_city="Leipzig",
    receiver_country="DE",
    weight_g=800,
    sender_email="customer@example.test",
)
SWISS = LabelWanted(
    reference="R-7K3QFAB2-2",
    sender_name="Customer",
    sender_street="12 Rue du Lac",
    sender_postcode="3006",
    sender_city="Bern",
    sender_country="CH",
    receiver_name="Shop",
    receiver_street="Messe-Allee 1",
    receiver_postcode="04356",
    receiver_city="Leipzig",
    receiver_country="DE",
    weight_g=1000,
    items=(
        LabelItem("Socks, wool", 2, Decimal("12.99"), "CHF"),
        LabelItem("Coat", 1, Decimal("149"), "CHF"),
    ),
)
COUNTRIES = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL NO PL PT RO SE SI SK"  # of the collection
)


class TestDhlParcelDeKeepsTheContract(Contract):
    slug = "dhl_parcel_de"
    account = {"key": "app-key", "secret": "app-secret", "user": "shop-user", "password": 'p&ss"w<ord'}
    number = "00340434000000000109"
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_locker"),
        "delivered": (Status.DELIVERED, "to_neighbour"),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }

    # --- tracking

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("VA/PARCV/NRQRD", Status.PRE_TRANSIT, "data_only", ""),
            ("AE/PCKDU/PUBCR", Status.ACCEPTED, "", "Leipzig"),
            ("AA/LDTMV/MVMTV", Status.IN_TRANSIT, "", "Radefeld"),
            ("EE/ULFMV/UNLDD", Status.IN_TRANSIT, "", "Hannover"),
        ]
        assert tracked.scans[0].at.isoformat() == "2025-11-20T09:00:00+01:00"
        assert tracked.scans[0].zone_from is ZoneFrom.CARRIER
        assert tracked.expected_on == date(2025, 11, 21)
        assert tracked.service == "DHL PAKET"

    def test_the_day_of_delivery_is_no_estimate(self):
        assert self.track("delivered").expected_on is None

    def test_the_names_without_hyphens_say_the_same(self):
        old, new = (self.track(name).scans for name in ("old_names", "on_its_way"))

        assert [replace(scan, raw={}) for scan in old] == [replace(scan, raw={}) for scan in new]

    def test_the_question_is_xml_in_which_no_password_breaks_out(self):
        carrier, wire = self.open("many")

        carrier.track([self.number, "00340434000000000208"])

        question = dict(pair.split("=", 1) for pair in wire.asked[0].url.split("?", 1)[1].split("&"))
        assert list(question) == ["xml"]
        asked = ElementTree.fromstring(unquote_plus(question["xml"]))
        assert asked.attrib == {
            "appname": "shop-user",
            "password": 'p&ss"w<ord',
            "language-code": "de",
            "request": "d-get-piece-detail",
            "piece-code": "00340434000000000109;00340434000000000208",
        }
        assert wire.asked[0].url.startswith("https://api-eu.dhl.com/parcel/de/tracking/v0/shipments?")
        assert wire.asked[0].headers["Authorization"] == basic("app-key:app-secret")

    def test_another_host_is_an_account_away(self):
        carrier, wire = self.open("on_its_way")
        carrier.account = {**self.account, "base_url": "https://api-sandbox.dhl.com/"}

        carrier.track([self.number])

        assert wire.asked[0].url.startswith("https://api-sandbox.dhl.com/parcel/")

    def test_of_many_numbers_each_has_its_own_answer(self):
        carrier, _wire = self.open("many")
        unknown, mistyped = "00340434000000000208", "00340434000000000309"

        found = carrier.track([self.number, unknown, mistyped])

        assert len(found[self.number].scans) == 2
        assert (found[unknown].scans, found[unknown].refusal) == ([], None)
        assert (found[mistyped].refusal.code, found[mistyped].refusal.error) == ("41", BadRequest)

    def test_a_number_is_found_with_and_without_its_leading_zeros(self):
        body = self.reply("on_its_way")["body"].replace(
            b'searched-piece-code="00340434000000000109"', b'searched-piece-code="340434000000000109"'
        )
        carrier, _wire = self.open({"status": 200, "body": body})

        assert carrier.track(["340434000000000109"])["340434000000000109"].scans

    def test_a_wrong_number_asked_alone_is_its_own_fault(self):
        body = b'<data name="piece-shipment-list" code="41" error="wrong"/>'

        assert self.track({"status": 200, "body": body}).refusal.error is BadRequest

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("6", AccountRefused),
            ("62", AccountRefused),
            ("-1", CarrierDown),
            ("-1000", CarrierDown),
            ("-3", BadRequest),
        ],
    )
    def test_a_no_to_the_whole_question_is_raised(self, code, error):
        body = f'<data name="piece-shipment-list" code="{code}"/>'.encode()

        assert self.refuses({"status": 200, "body": body}, error).raw.startswith(code)

    def test_the_gateway_says_no_in_json(self):
        body = b'{"title": "Unauthorized", "status": 401, "detail": "Unauthorized for given resource."}'

        assert [(no.code, no.error) for no in read(body).refusals] == [("401", AccountRefused)]
        assert [no.error for no in read(b'{"title": "Wait", "status": 503}').refusals] == [CarrierDown]

    def test_what_the_driver_takes_back_never_happened(self):
        scans = self.track("taken_back").scans

        assert [scan.status for scan in scans][-2:] == [Status.DELIVERED, Status.UNKNOWN]
        assert scans[-1].sub_status == "undone"
        assert understood(scans)[-1].status is Status.OUT_FOR_DELIVERY

    def test_data_services_and_money_move_no_parcel(self):
        scans = self.track("data_services").scans

        assert [scan.code for scan in scans if scan.sub_status == "data_only"] == [
            "VA/PARCV/NRQRD",
            "DD/ADVIS/DLVDT",
            "GT/PMTCR/NRQRD",
        ]
        assert understood(scans)[-1].status is Status.DELIVERED

    def test_a_delivery_back_is_a_return_and_a_retoure_is_delivered(self):
        assert [scan.status for scan in self.track("returned").scans][-1] is Status.RETURNED
        assert [scan.status for scan in self.track("retoure").scans][-1] is Status.DELIVERED

    def test_events_without_a_time_are_left_out_and_events_without_a_code_kept(self):
        scans = self.track("half_empty").scans

        assert [(scan.code, scan.text, scan.place, scan.status) for scan in scans] == [
            ("AE/PCKDU/PUBCR", "Die Sendung wurde abgeholt.", "Leipzig", Status.ACCEPTED),
            ("AA/LDTMV", "AA/LDTMV", "", Status.IN_TRANSIT),
            ("Wegen einer Beschädigung verzögert.", "Wegen einer Beschädigung verzögert.", "Bruchsal", Status.UNKNOWN),
        ]

    def test_a_status_that_no_event_holds_is_a_scan(self):
        scans = self.track("status_without_event").scans

        assert [(scan.code, scan.local, scan.status) for scan in scans] == [
            ("VA/PARCV/NRQRD", "2025-11-20T09:00:00", Status.PRE_TRANSIT),
            ("ZU/DLVRD/OTHER", "2025-11-21T10:02:00", Status.DELIVERED),
        ]

    def test_a_status_that_an_event_holds_is_no_second_scan_whatever_its_time(self):
        assert [(scan.code, scan.local) for scan in read(self.reply("stale_status")["body"]).parcels[0].scans] == [
            ("ES/SHRCU/PCKST", "2025-11-20T17:00:00"),
            ("ZU/DLVRD/OTHER", "2025-11-21T10:02:00"),
        ]

    def test_the_events_of_one_piece_are_a_reply(self):
        body = self.reply("events_only")["body"]

        assert [parcel.number for parcel in read(body).parcels] == ["340434000000000018"]
        assert [(parcel.number, len(parcel.scans)) for parcel in read(body, self.number).parcels] == [(self.number, 2)]

    def test_a_mark_of_the_byte_order_is_survived(self):
        mark = b"\xef\xbb\xbf"

        assert read(mark + self.reply("events_only")["body"]).parcels
        assert [no.code for no in read(mark + b'\r\n{"status": 401, "title": "Unauthorized"}').refusals] == ["401"]

    def test_one_broken_piece_leaves_the_others(self):
        nothing = b'error-status="100" piece-code="" searched-piece-code="00340434000000000208"'
        body = self.reply("many")["body"].replace(nothing, b'error-status="0"')

        reply = read(body)

        assert [parcel.number for parcel in reply.parcels] == [self.number]
        assert [(no.code, no.error) for no in reply.refusals] == [("unreadable", CarrierDown), ("41", BadRequest)]

    def test_of_two_parcels_with_one_number_the_newer_is_meant(self):
        old = self.reply("first_scan")["body"].split(b"\n", 2)[2].rsplit(b"</data>", 1)[0].replace(b".2025", b".2019")
        body = self.reply("on_its_way")["body"].rsplit(b"</data>", 1)[0] + old + b"</data>"

        assert len(read(body).parcels) == 2
        assert self.track({"status": 200, "body": body}).scans == self.track("on_its_way").scans

    def test_the_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("00 3&4") == "https://www.dhl.de/de/privatkunden.html?piececode=00%203%264"

    # --- labels

    def labels(self, reply, **account):
        carrier, wire = self.open(reply)
        carrier.account = {
            **self.account,
            "returns_user": "returns-user",
            "returns_password": "returns-pass",
            **account,
        }
        return carrier, wire

    def test_a_label_with_a_code_is_asked_for_in_their_words(self):
        carrier, wire = self.labels({"status": 201, "body": MADE})

        label = carrier.return_label(WANTED, key="return:1")

        assert label == ReturnLabel(
            tracking_number="999990000017",
            routing="40304356+99000900000008",
            code="https://example.test/retoure/qr/1",
            file=PDF,
            file_type="application/pdf",
            code_image=PNG,
        )
        assert wire.asked[0].url == "https://api-eu.dhl.com/parcel/de/shipping/returns/v1/orders?labelType=BOTH"
        assert wire.asked[0].headers["dhl-api-key"] == "app-key"
        assert wire.asked[0].headers["Authorization"] == basic("returns-user:returns-pass")
        assert json.loads(wire.asked[0].body) == {
            "receiverId": "deu",
            "customerReference": "R-7K3QFAB2-1",
            "shipmentReference": "R-7K3QFAB2-1",
            "shipper": {
                "name1": "Customer",
                "addressStreet": "Lister Meile",
                "addressHouse": "12a",
                "postalCode": "30161",
                "city": "Hannover",
                "email": "customer@example.test",
            },
            "itemWeight": {"uom": "g", "value": 800},
        }

    def test_from_switzerland_customs_are_told(self):
        carrier, wire = self.labels({"status": 201, "body": {**MADE, "qrLabel": None, "qrLink": None}})

        label = carrier.return_label(SWISS, key="return:2")

        assert (label.code, label.code_image, label.file) == ("", None, PDF)
        assert wire.asked[0].url.endswith("/orders?labelType=SHIPMENT_LABEL")
        asked = json.loads(wire.asked[0].body)
        assert (asked["receiverId"], asked["shipper"]["addressHouse"]) == ("che", "12")
        assert asked["itemValue"] == {"currency": "CHF", "value": 174.98}
        assert asked["customsDetails"] == {
            "items": [
                {
                    "itemDescription": "Socks, wool",
                    "packagedQuantity": 2,
                    "itemWeight": {"uom": "g", "value": 333},
                    "itemValue": {"currency": "CHF", "value": 12.99},
                },
                {
                    "itemDescription": "Coat",
                    "packagedQuantity": 1,
                    "itemWeight": {"uom": "g", "value": 333},
                    "itemValue": {"currency": "CHF", "value": 149.0},
                },
            ]
        }

    def test_no_items_no_customs_no_label(self):
        carrier, wire = self.labels({"status": 201, "body": MADE})

        with pytest.raises(BadRequest):
            carrier.return_label(replace(SWISS, items=()), key="return:3")
        assert wire.asked == []

    def test_a_shop_has_its_own_receiver_ids(self):
        carrier, wire = self.labels({"status": 201, "body": MADE}, receiver_ids={"DE": "shop_deu"})

        carrier.return_label(WANTED, key="return:4")

        assert json.loads(wire.asked[0].body)["receiverId"] == "shop_deu"

    def test_from_elsewhere_there_is_no_label(self):
        carrier, wire = self.labels({"status": 201, "body": MADE})

        with pytest.raises(NotOffered):
            carrier.return_label(replace(WANTED, sender_country="US"), key="return:5")
        assert wire.asked == []

    def test_an_account_without_a_user_for_labels_offers_none(self):
        carrier, wire = self.open({"status": 201, "body": MADE})

        with pytest.raises(NotOffered):
            carrier.return_label(WANTED, key="return:6")
        assert wire.asked == []

    @pytest.mark.parametrize("status", [400, 422])
    def test_a_label_refused_is_said_in_their_words_and_asked_for_once(self, status):
        problem = {"title": "Bad Request", "status": status, "detail": "postalCode is wrong"}
        carrier, wire = self.labels({"status": status, "body": problem})

        with pytest.raises(BadRequest) as caught:
            carrier.return_label(WANTED, key="return:7")
        assert "postalCode is wrong" in caught.value.raw
        assert len(wire.asked) == 1

    @pytest.mark.parametrize(
        "body", [{}, {"shipmentNo": "1", "label": {"b64": "%%%"}}, {"shipmentNo": "1", "label": 5}]
    )
    def test_a_label_of_another_shape_is_no_label(self, body):
        carrier, _wire = self.labels({"status": 201, "body": body})

        with pytest.raises(CarrierDown):
            carrier.return_label(WANTED, key="return:8")

    # --- check

    def test_check_tells_the_key_from_the_user_of_tracking(self):
        carrier, _wire = self.open({"status": 401, "body": {"title": "Unauthorized", "status": 401}})
        assert "the key or the secret is wrong" in carrier.check()[0]

        carrier, _wire = self.open("auth_error")
        assert "the user or the password of tracking is wrong" in carrier.check()[0]

    def test_check_tells_the_users_of_tracking_and_of_returns_apart(self):
        for status, sentence in (
            (401, "returns_user or returns_password is wrong"),
            (403, "may not make return labels"),
        ):
            carrier, wire = self.open("nothing_yet", {"status": status, "body": {"title": "No", "status": status}})
            carrier.account = {**self.account, **RETURNS}

            assert sentence in " ".join(carrier.check())
            assert wire.asked[1].url.endswith("/parcel/de/shipping/returns/v1/locations?maxResult=1")

        carrier, _wire = self.open("nothing_yet", {"status": 200, "body": []})
        carrier.account = {**self.account, **RETURNS}
        assert carrier.check() == []


def basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize(
    ("line", "apart"),
    [
        ("Lister Meile 1", ("Lister Meile", "1")),
        ("Musterstr.12 b", ("Musterstr.", "12 b")),
        ("Straße des 17. Juni 135", ("Straße des 17. Juni", "135")),
        ("Hauptstraße 5-7", ("Hauptstraße", "5-7")),
        ("Q7, 24", ("Q7", "24")),
        ("12 Rue de Rivoli", ("Rue de Rivoli", "12")),
        ("221B Baker Street", ("Baker Street", "221B")),
        ("Ermou 15", ("Ermou", "15")),
        ("The Old Rectory", ("The Old Rectory", "-")),
        ("", ("", "-")),
    ],
)
def test_the_house_number_is_found(line, apart):
    assert street_and_house(line) == apart


def test_every_country_of_the_collection_has_a_receiver():
    assert sorted(RECEIVER_IDS) == COUNTRIES.split()


def test_every_code_of_the_official_list_has_a_deliberate_answer():
    official = [combination.split("/") for codes in COMBINATIONS.values() for combination in codes.split()]

    assert len(official) == 338
    assert set(STANDARD) == {standard for standard, _ice, _ric in official}
    assert set(ICE) == {ice for _standard, ice, _ric in official}
    assert set(RIC) == {ric for _standard, _ice, ric in official}
    assert set(ALONE) == {ice for ice, meaning in ICE.items() if meaning is None}


def test_every_combination_of_the_official_list_means_what_we_say():
    said = {
        combination: " ".join(told(*combination.split("/"))).strip()
        for codes in COMBINATIONS.values()
        for combination in codes.split()
    }

    assert said == {combination: word for word, codes in COMBINATIONS.items() for combination in codes.split()}


def test_what_is_unknown_on_purpose():
    unknown = [codes.split() for word, codes in COMBINATIONS.items() if word == "unknown"]

    assert unknown == [["ZU/MVARR/NRQRD"]]


def test_a_failed_delivery_is_one_whatever_stands_beside_it():
    assert {told(standard, "NTDEL", "") for standard in (*STANDARD, "", "QQ")} == {(Status.ATTEMPTED, "")}


def test_an_ice_alone_is_understood():
    assert {ice for ice in ICE if told("", ice, "")[0] is Status.UNKNOWN} == {"STORN"}


# DHL's list of the combinations of standard event code, ICE and RIC, by what we make of them.
COMBINATIONS = {
    "accepted": """
        AE/PCKDU/PFLOC AE/PCKDU/PKBOX AE/PCKDU/PUBCR AE/PCKDU/WINPL AE/SRTED/NRQRD ES/LDTMV/SERPT ES/PCKDU/PKBOX
        ES/SHRCU/NRQRD ES/SHRCU/PCKST ES/SHRCU/SERPT ES/SRTED/NRQRD
    """,
    "attempted": """
        ZF/HLDCC/NTCCN ZN/NTDEL/AGNEG ZN/NTDEL/CTCNI ZN/NTDEL/CTCST ZN/NTDEL/IDDMG ZN/NTDEL/IDNEG ZN/NTDEL/MSLBL
        ZN/NTDEL/MSSDT ZN/NTDEL/NAGTB ZN/NTDEL/NTCCN ZN/NTDEL/OTHER ZN/NTDEL/OTHRE ZN/NTDEL/PCKST ZN/NTDEL/RSEXW
        ZN/NTDEL/SERPT ZN/NTDEL/SHINF ZN/NTDEL/UDLVR
    """,
    "attempted cod_not_paid": """
        ZN/DLVRF/TRPMT ZN/NTDEL/TRPMT
    """,
    "attempted delayed_carrier": """
        PO/NTDEL/CRROT ZN/NTDEL/CAPEX ZN/NTDEL/CRROT ZN/NTDEL/DRCRU ZN/NTDEL/FRMJR ZN/NTDEL/NTIHU ZN/NTDEL/TCHBD
    """,
    "attempted documents_missing": """
        ZN/NTDEL/MSDOC
    """,
    "attempted incorrect_address": """
        ZN/NTDEL/BDADD ZN/NTDEL/CPUNK ZN/NTDEL/MOVED ZN/NTDEL/WRGPN ZN/NTDEL/WRGRI
    """,
    "attempted missorted": """
        ZN/NTDEL/WRGTR
    """,
    "attempted recipient_absent": """
        ZN/NTDEL/CLOSD ZN/NTDEL/CNCNR ZN/NTDEL/NHOME
    """,
    "attempted refused": """
        ZN/DLVRF/CROAT ZN/DLVRF/NEXCH ZN/DLVRF/NTORD ZN/DLVRF/OTHER ZN/DLVRF/SHNCP ZN/NTDEL/RFUSD
    """,
    "attempted rescheduled": """
        ZN/LDTMV/SECDA ZN/NTDEL/HLDAY ZN/NTDEL/SECDA
    """,
    "available_for_pickup": """
        LA/CNRFC/HDFCT LA/HLDCC/HDFCT ZF/CNRFC/HDFCT ZF/CNRFC/NRQRD ZF/HLDCC/HDFCT
    """,
    "available_for_pickup to_locker": """
        LA/HLDCC/LDPCK ZF/CNRFC/PCKST
    """,
    "available_for_pickup to_parcel_shop": """
        LA/HLDCC/SERPT LA/HNDDE/SERPT LA/INFCL/SERPT ZF/CNRFC/SERPT ZF/HLDCC/SERPT ZF/HNDDE/SERPT ZF/LDTMV/SERPT
    """,
    "cancelled voided": """
        BV/CANCL/NRQRD
    """,
    "delivered": """
        ZU/DLVRD/ACCPK ZU/DLVRD/ACCPT ZU/DLVRD/ACCSI ZU/DLVRD/AGENT ZU/DLVRD/DIDLV ZU/DLVRD/FAMLY ZU/DLVRD/OTHER
        ZU/DLVRD/PCKAD ZU/DLVRD/POBOX ZU/DLVRD/SERPT ZU/DLVRD/SPOUS ZU/DLVRD/WINPL
    """,
    "delivered damaged": """
        ZU/DLVRD/ACCDM
    """,
    "delivered to_neighbour": """
        ZU/DLVRD/NGHBR
    """,
    "delivered to_safe_place": """
        ZU/DLVRD/PKBOX ZU/DLVRD/SECPL
    """,
    "exception": """
        BV/CHECK/SVCHG BV/CNFSC/LEGAT BV/DTNPC/GHSTP BV/EXPHD/FFTCH BV/EXPHD/GDNMS BV/EXPHD/INCSH BV/EXPHD/INSPT
        BV/EXPHD/MSLBL BV/EXPHD/MSSDT BV/EXPHD/NRQRD BV/EXPHD/OTHER BV/EXPHD/STBSD BV/EXPHD/UDFPC BV/INFCL/FWEXH
        BV/INFCL/OARRV BV/PBNDT/NDRFC BV/PBNDT/NDRFN BV/PBNDT/NORSN BV/PURCR/OTHER BV/RCCLS/GHSTP BV/RELBL/NRQRD
        BV/REPCK/NRQRD BV/SECHK/INSPT PO/EXPHD/MSSDT ZN/ADVIS/STBSD
    """,
    "exception cod_not_paid": """
        BV/EXPHD/TRPMT
    """,
    "exception customs_hold": """
        BV/HLDCU/NORSN ZF/EXPHD/CLREF ZO/EXPHD/CLREF
    """,
    "exception damaged": """
        BV/DMGDS/CSDOC BV/DMGDS/CTCST BV/DMGDS/DMGED BV/DMGDS/DMGPC BV/DMGDS/LDMGD BV/DMGDS/NRQRD BV/DMGDS/PUDMG
        BV/DSPSD/DMGED BV/DSPSD/DMGPC BV/EXPHD/DMGED BV/EXPHD/DMGPC BV/EXPHD/DMPHD BV/REPCK/DMGPC ZU/DSPSD/DMGED
        ZN/DLVRF/DMGED ZN/NTDEL/DMGED
    """,
    "exception delayed_carrier": """
        BV/DTNPC/NPRPF BV/EXPHD/EQUBF BV/EXPHD/FRMJR BV/LDEXC/MSDLA BV/LDEXC/OVRLD BV/MVDEX/FRMJR BV/MVTEX/FRMJR
        BV/MVTEX/TCATC BV/MVTEX/TCHBD BV/MVTEX/VHARU PO/EXPHD/CAPEX PO/EXPHD/FRMJR PO/LDEXC/MSDLA PO/MVTEX/FRMJR
        PO/MVTEX/TCHBD PO/NTADT/NPRPF ZN/LDEXC/MSDLA
    """,
    "exception documents_missing": """
        BV/EXPHD/MSDOC BV/EXPHD/PWMFD
    """,
    "exception incorrect_address": """
        BV/ALERT/BDADD BV/EXPHD/BDADD BV/EXPHD/WRGRI BV/PURCR/BDADD BV/REPCK/WRGRI PO/EXPHD/BDADD PO/LDEXC/BDADD
    """,
    "exception lost": """
        BV/DSPSD/CLREF BV/DSPSD/CRQST BV/DSPSD/FSCCH BV/DSPSD/MSLBL BV/DSPSD/NRQRD BV/EXPHD/LOSTX ZN/DSPSD/CSREQ
        ZN/RCCLS/LOSTX ZU/DSPSD/BDADD ZU/DSPSD/CNCNR ZU/DSPSD/FRMJR ZU/DSPSD/GDNMS ZU/DSPSD/MOVED ZU/DSPSD/NTCLM
        ZU/DSPSD/NTORD
    """,
    "exception missorted": """
        BV/EXPHD/STPRB BV/MSRTD/CRRCS BV/MSRTD/CRRFN BV/MSRTD/NRQRD BV/MSRTD/WRGTR PO/MSRTD/CRRFN PO/MSRTD/NRQRD
        ZN/MSRTD/NRQRD
    """,
    "exception recipient_absent": """
        BV/OFWRD/CNCNR
    """,
    "exception rescheduled": """
        BV/REPCK/RDRDO
    """,
    "in_transit": """
        AA/LDTMV/FWEXH AA/LDTMV/MVMTV AA/LDTMV/NRQRD AA/MVDPT/NRQRD AA/REPCK/MVMTV AA/SRTED/FWAPS AA/SRTED/FWEXH
        AA/SRTED/FWEXP BV/SECHK/CCPSD BV/SECHK/DGCPS BV/SECHK/NRQRD BV/TRBCR/NRQRD EE/MVARR/NRQRD EE/SRTED/FWAPS
        EE/SRTED/FWEXH EE/SRTED/FWEXP EE/ULFMV/OARRV EE/ULFMV/UNLDD LA/INFCL/CTCST LA/INFCL/INCSH LA/INFCL/NRQRD
        NB/ASMVT/NRQRD NB/LDTHU/NRQRD NB/LDTMV/FWEXH NB/LDTMV/MVMTV NB/SRTED/FWEXH NB/SRTED/NRQRD NB/ULFMV/OARRV
        PO/INFCL/INCSH PO/MVARR/NRQRD PO/OFWRD/NRQRD PO/RELBL/PLDMG PO/RELBL/PPQLT PO/ULFMV/UNLDD ZO/RSDCP/FWEXH
        ZO/RSDCP/OARRV ZU/DLVRD/HNDTC
    """,
    "in_transit customs_hold": """
        ZO/HLDCP/NORSN ZO/HLDCU/NORSN ZO/HNDND/CUSTM ZO/ICPRC/FWEXH ZO/ICPRC/NRQRD ZO/ICPRC/OARRV ZO/ITBAR/CSTBA
        ZO/ITBAR/FWEXH ZO/ITBAR/OARRV ZU/DLVRD/CUSTM
    """,
    "in_transit damaged": """
        AA/DMGDS/LDMGD EE/DMGDS/LDMGD
    """,
    "in_transit incorrect_address": """
        PO/OFWRD/PBNBR
    """,
    "in_transit missorted": """
        AA/OFWRD/CRRFN EE/OFWRD/CRRFN
    """,
    "in_transit rescheduled": """
        AA/OFWRD/RDRCR LA/INFCL/CSREQ LA/INFCL/DLVDT LA/INFCL/HLDAY LA/INFCL/HLDSR LA/INFCL/HNDCA PO/INFCL/CSREQ
        PO/INFCL/HNDCA PO/OFWRD/CRFRD PO/OFWRD/CSREQ PO/OFWRD/RDRCR PO/OFWRD/RDRDO ZN/OFWRD/CNRFW ZN/OFWRD/RDRCR
        ZN/OFWRD/RDRDO
    """,
    "out_for_delivery": """
        PO/LDTMV/MVMTV PO/LDTMV/SECDA PO/REPCK/LDMGD PO/SRTED/NRQRD
    """,
    "out_for_delivery to_locker": """
        PO/LDTMV/PCKST
    """,
    "out_for_delivery to_parcel_shop": """
        PO/FWDCF/SERPT PO/HLDCC/SERPT PO/HNDDE/SERPT PO/LDTMV/SERPT
    """,
    "out_for_delivery to_safe_place": """
        PO/ROUCR/PKBOX
    """,
    "pre_transit data_only": """
        DD/ADVIS/DLVDT DD/ADVIS/DLVTM DD/ADVIS/MSGER DD/ADVIS/MSGPC DD/ADVIS/MSGST DD/ADVIS/ORDER DD/ADVIS/PFLOC
        DD/ADVIS/REJCT DD/ADVIS/ROUCR DD/ADVIS/SECDA DD/ADVIS/STBSD DD/ALERT/DLVTM DD/PURCR/REJCT DD/PURCR/SECPL
        GT/DLVRD/CODAR GT/DLVRD/CODRP GT/PMTCR/NRQRD GT/PMTCS/NRQRD GT/PMTCS/SERPT VA/PARCV/NRQRD VA/PURCR/BOOKN
        VA/PURCR/NRQRD ZU/DLVRD/CODRP
    """,
    "pre_transit pickup_failed": """
        AN/NTPUP/BDADD AN/NTPUP/CLOSD AN/NTPUP/CLRTE AN/NTPUP/CPUNK AN/NTPUP/CRROT AN/NTPUP/DMGED AN/NTPUP/GDNMS
        AN/NTPUP/GDNRD AN/NTPUP/NAGTB AN/NTPUP/NHOME AN/NTPUP/NPYMT AN/NTPUP/NTHND AN/NTPUP/NTHNG AN/NTPUP/OTHER
        AN/NTPUP/SPCNR AN/NTPUP/TRPMT AN/NTPUP/WRGTR AN/OFWRD/RDRCR
    """,
    "returning": """
        AA/OFWRD/RTSCR BV/EXPHD/RTTSP BV/OFWRD/RTSCR BV/RETRN/FSCCH BV/RETRN/GDNMS BV/RETRN/NAGTB BV/RETRN/UDFPC
        EE/OFWRD/RTSCR PO/OFWRD/RTSCR ZN/EXPHD/RTTSP ZN/OFWRD/RTSCR ZN/OFWRD/RTSSA ZN/RETRN/CSREQ ZN/RETRN/MSSDT
        ZN/RETRN/NAGTB ZN/RETRN/NEXCH ZN/RETRN/NTCCN ZN/RETRN/OTHER ZN/RETRN/RTSCR ZN/RETRN/RTSSA ZN/RETRN/WRGDT
        ZN/RETRN/WRGID
    """,
    "returning customs_hold": """
        ZO/RETRN/CLREF ZO/RETRN/INSPF
    """,
    "returning damaged": """
        BV/RETRN/DMGPC ZN/RETRN/DMGED
    """,
    "returning delayed_carrier": """
        ZN/RETRN/FRMJR ZN/RETRN/MSDLA
    """,
    "returning incorrect_address": """
        ZN/RETRN/BDADD ZN/RETRN/MOVED
    """,
    "returning missorted": """
        ZN/RETRN/WRGTR
    """,
    "returning recipient_absent": """
        ZN/RETRN/CNCNR ZN/RETRN/NHOME
    """,
    "returning refused": """
        ZN/RETRN/NTORD ZN/RETRN/RFUSD
    """,
    "unknown": """
        ZU/MVARR/NRQRD
    """,
    "unknown undone": """
        DD/STORN/NRQRD
    """,
}
