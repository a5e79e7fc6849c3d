import json
from datetime import date

import pytest

from carriers import AccountRefused, CarrierDown, ForgedWebhook, RateLimited, Status, ZoneFrom
from carriers.dhl_unified.translate import read, told
from carriers.dhl_unified.words import COARSE, SERVICES

from .contract import Contract
from .wire import body_of

HOOK = "https://shop.test/hooks/carriers/dhl_unified/1/"


class TestDhlUnifiedKeepsTheContract(Contract):
    slug = "dhl_unified"
    account = {"key": "app-key", "service": "ecommerce-europe", "webhook_secret": "our-token"}
    number = "00473325000000000018"
    nothing_at = {404}
    tells = {
        "first_scan": (Status.ACCEPTED, ""),
        "on_its_way": (Status.IN_TRANSIT, ""),
        "out": (Status.OUT_FOR_DELIVERY, ""),
        "attempted": (Status.ATTEMPTED, "recipient_absent"),
        "locker": (Status.AVAILABLE_FOR_PICKUP, "to_locker"),
        "delivered": (Status.DELIVERED, ""),
        "returning": (Status.RETURNING, ""),
        "returned": (Status.RETURNED, ""),
        "exception": (Status.EXCEPTION, "damaged"),
    }

    def test_it_reads_as_recorded(self):
        tracked = self.track("on_its_way")

        assert [(scan.code, scan.status, scan.sub_status, scan.place) for scan in tracked.scans] == [
            ("1", Status.PRE_TRANSIT, "data_only", "Leipzig, DE"),
            ("9", Status.ACCEPTED, "", "Leipzig, DE"),
            ("28", Status.IN_TRANSIT, "", "Nürnberg, DE"),
        ]
        assert tracked.scans[0].at.isoformat() == "2025-11-20T09:00:00+01:00"
        assert tracked.scans[0].zone_from is ZoneFrom.OFFSET
        assert tracked.expected_on == date(2025, 11, 22)
        assert tracked.service == "DHL Parcel Connect"

    def test_one_number_is_one_question(self):
        carrier, wire = self.open("on_its_way")

        carrier.track([self.number])

        assert carrier.batch_size == 1
        assert wire.asked[0].url == (
            "https://api-eu.dhl.com/track/shipments?trackingNumber=00473325000000000018&service=ecommerce-europe"
        )
        assert wire.asked[0].headers["DHL-API-Key"] == "app-key"

    def test_the_quota_of_a_new_key_is_kept(self):
        carrier, _wire = self.open("nothing_yet")

        assert (carrier.pace.a_second, carrier.pace.a_day, carrier.pace.at_once) == (0.2, 250, 1)

    def test_parcels_of_germany_have_the_clock_of_germany(self):
        tracked = self.track("parcel_de")

        assert [(scan.code, scan.status, scan.local) for scan in tracked.scans] == [
            ("AE", Status.ACCEPTED, "2025-11-20T15:30:00"),
            ("EE", Status.IN_TRANSIT, "2025-11-21T03:32:00"),
            ("PO", Status.OUT_FOR_DELIVERY, "2025-11-21T09:02:00"),
            ("ZF", Status.AVAILABLE_FOR_PICKUP, "2025-11-21T14:05:00"),
        ]
        assert {(scan.at.utcoffset().seconds, scan.zone_from) for scan in tracked.scans} == {(3600, ZoneFrom.CARRIER)}
        assert tracked.expected_on == date(2025, 11, 22)

    def test_the_worldwide_services_have_the_clock_of_the_place(self):
        tokyo, new_york = self.track("express").scans

        assert (tokyo.at.isoformat(), tokyo.zone_from) == ("2025-11-20T15:30:00+09:00", ZoneFrom.PLACE)
        assert (new_york.at.isoformat(), new_york.zone_from) == ("2025-11-21T10:00:00-05:00", ZoneFrom.ASSUMED)

    def test_a_service_that_tells_in_words_only_is_taken_at_its_coarse_word(self):
        scans = self.track("words_only").scans

        assert [(scan.code, scan.status) for scan in scans] == [
            ("Bearbeitet", Status.IN_TRANSIT),
            ("Geladen", Status.IN_TRANSIT),
            ("Zugestellt", Status.RETURNED),
        ]

    def test_nulls_and_an_object_for_a_list_are_survived(self):
        body = body_of(self.reply("half_empty"))

        reply = read(body)

        assert [(scan.text, scan.place, scan.status) for scan in reply.parcels[0].scans] == [
            ("transit", "", Status.IN_TRANSIT)
        ]
        assert [(no.code, no.error) for no in reply.refusals] == [("unreadable", CarrierDown)]

    def test_an_estimate_stays_what_it_was_when_the_parcel_has_come(self):
        assert self.track("delivered").expected_on == date(2025, 11, 22)

    def test_one_time_told_with_greenwich_and_without_is_one_scan(self):
        assert [scan.at.isoformat() for scan in self.track("clock_told_twice").scans] == ["2025-11-20T15:30:00+01:00"]

    def test_a_town_that_names_its_country_tells_the_state_and_so_the_clock(self):
        scans = self.track("town_with_its_country").scans

        assert [(scan.place, scan.at.utcoffset().total_seconds() / 3600) for scan in scans] == [
            ("Hebron, KY, US", -5),
            ("Whittier, CA, US", -8),
        ]

    def test_an_event_without_a_status_code_has_that_of_the_status_of_its_time(self):
        assert [scan.status for scan in self.track("event_without_its_code").scans] == [
            Status.UNKNOWN,
            Status.IN_TRANSIT,
        ]

    @pytest.mark.parametrize(
        ("coarse", "text", "status"),
        [
            ("transit", "Die Sendung wurde in das Zustellfahrzeug geladen. Sie kommt heute.", Status.OUT_FOR_DELIVERY),
            ("transit", "The shipment has been loaded onto the delivery vehicle", Status.OUT_FOR_DELIVERY),
            ("transit", "Shipment is out with courier for delivery", Status.OUT_FOR_DELIVERY),
            ("transit", "Die Sendung liegt in der Filiale zur Abholung bereit.", Status.AVAILABLE_FOR_PICKUP),
            ("transit", "Die Sendung wurde vom Absender in der Filiale eingeliefert.", Status.ACCEPTED),
            ("transit", "Die Sendung wurde zurückgestellt.", Status.IN_TRANSIT),
            ("transit", "Another sentence", Status.IN_TRANSIT),
            ("unknown", "Shipment is out with courier for delivery", Status.UNKNOWN),
        ],
    )
    def test_some_sentences_say_more_than_transit(self, coarse, text, status):
        assert told("parcel-de", text, coarse, text)[0] is status
        assert told("express", "", coarse, text)[0] is status

    def test_a_shipment_without_its_envelope_is_read(self):
        body = self.reply("on_its_way")["body"]

        assert read(json.dumps(body["shipments"][0]).encode()) == read(json.dumps(body).encode())

    def test_too_many_questions_wait_as_long_as_they_say(self):
        assert self.refuses("too_many", RateLimited).retry_after == 5.0
        assert [no.error for no in read(body_of(self.reply("too_many"))).refusals] == [RateLimited]

    def test_nothing_yet_read_from_a_file_is_no_error(self):
        assert [(no.code, no.error, no.number) for no in self.read("nothing_yet").refusals] == [
            ("404", None, self.number)
        ]

    # --- push

    def test_a_push_is_a_hint_even_with_the_right_token(self):
        carrier, wire = self.open("nothing_yet")

        knock = carrier.parse_webhook(body_of(self.reply("push")), {"x-homeward-token": "our-token"})

        assert (knock.proven, [parcel.number for parcel in knock.parcels]) == (False, [self.number])
        assert [scan.code for scan in knock.parcels[0].scans] == ["9", "28"]
        assert wire.asked == []

    @pytest.mark.parametrize("headers", [{}, {"x-homeward-token": "other"}, {"x-homeward-token": ""}])
    def test_a_push_without_our_token_is_forged(self, headers):
        carrier, wire = self.open("nothing_yet")

        for name in ("push", "push_validate"):
            with pytest.raises(ForgedWebhook):
                carrier.parse_webhook(body_of(self.reply(name)), headers)
        assert wire.asked == []

    def test_without_a_token_of_ours_nothing_is_proven_and_nothing_activated(self):
        carrier, wire = self.open("nothing_yet")
        carrier.account = {**self.account, "webhook_secret": ""}

        assert not carrier.parse_webhook(body_of(self.reply("push")), {}).proven
        assert carrier.parse_webhook(body_of(self.reply("push_validate")), {"x-homeward-token": ""}).parcels == []
        assert wire.asked == []

    def test_a_push_of_another_shape_is_no_push(self):
        carrier, _wire = self.open("nothing_yet")

        for body in (b"[]", b"<html/>", b'{"scope": "parcel.moved"}'):
            with pytest.raises(CarrierDown):
                carrier.parse_webhook(body, {"x-homeward-token": "our-token"})

    def test_the_first_knock_is_answered_with_its_secret_at_our_host(self):
        carrier, wire = self.open({"status": 204, "body": b""})

        knock = carrier.parse_webhook(body_of(self.reply("push_validate")), {"x-homeward-token": "our-token"})

        assert (knock.parcels, knock.proven) == ([], False)
        assert [(asked.method, asked.url) for asked in wire.asked] == [
            (
                "POST",
                "https://api-eu.dhl.com/tracking/push/v1/subscription/6a1b0000-0000-4000-8000-000000000001",
            )
        ]
        assert wire.asked[0].headers["DHL-API-Hook-Secret"] == "one-time-secret"

    def test_a_subscription_is_asked_for_in_their_words_ten_numbers_at_a_time(self):
        carrier, wire = self.open({"status": 202, "body": {}})
        numbers = [f"0034043400000000{number:04}" for number in range(12)]

        assert carrier.subscribe(numbers, HOOK) is None

        bodies = [json.loads(asked.body) for asked in wire.asked]
        assert [len(body["shipmentIDs"]) for body in bodies] == [10, 2]
        assert bodies[1] == {
            "hook": {
                "uri": HOOK,
                "authentication": {"type": "ApiKeyAuthentication", "header": "x-homeward-token", "token": "our-token"},
            },
            "format": "Default",
            "type": "Shipment",
            "service": "ecommerce-europe",
            "events": ["Transit", "Delivered", "Pre-Transit", "Failure", "Unknown"],
            "shipmentIDs": numbers[10:],
        }
        assert wire.asked[0].url == "https://api-eu.dhl.com/tracking/push/v1/subscription"

    @pytest.mark.parametrize("lacking", ["service", "webhook_secret"])
    def test_push_is_not_asked_for_without_a_service_and_a_token(self, lacking):
        carrier, wire = self.open({"status": 202, "body": {}})
        carrier.account = {**self.account, lacking: ""}

        with pytest.raises(AccountRefused):
            carrier.subscribe([self.number], HOOK)
        assert wire.asked == []

    def test_the_page_about_a_parcel(self):
        carrier, _wire = self.open("nothing_yet")

        assert carrier.tracking_url("A&B").endswith("tracking-id=A%26B")


def test_every_code_of_every_service_has_a_deliberate_answer():
    assert {service: sorted(words) for service, words in SERVICES.items()} == {
        service: sorted(set(codes.split())) for service, codes in OFFICIAL.items()
    }
    # 1,092 rows; freight forwarding names two of its codes twice.
    assert sum(len(codes.split()) for codes in OFFICIAL.values()) == 1090
    assert sorted(COARSE) == ["delivered", "failure", "pre-transit", "transit", "unknown"]


def test_what_is_unknown_on_purpose():
    unknown = {(service, code) for service, words in SERVICES.items() for code in words if words[code][0] == "unknown"}

    assert unknown == {
        ("ecommerce", "680"),  # delivery status not updated
        ("ecommerce", "699"),
        ("express", "CS"),  # closed shipment
        ("parcel-nl", "DIFFERENT_STATUSES"),
        ("svb", "AMBIGUOUS"),
        ("svb", "NO_INFO"),
    }
    assert [word for word, (status, _sub_status) in COARSE.items() if status == "unknown"] == ["unknown"]


@pytest.mark.parametrize(
    ("service", "code", "coarse", "means"),
    [
        ("ecommerce-europe", "44", "delivered", (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop")),  # theirs: delivered
        ("parcel-nl", "DELIVERED_AT_PARCELSHOP", "delivered", (Status.IN_TRANSIT, "to_parcel_shop")),  # not to be had
        ("parcel-nl", "DELIVERED_AT_PARCELSTATION", "delivered", (Status.AVAILABLE_FOR_PICKUP, "to_locker")),
        ("svb", "RETURNED_TO_SENDER", "delivered", (Status.RETURNED, "")),
        ("ecommerce", "601", "delivered", (Status.AVAILABLE_FOR_PICKUP, "to_parcel_shop")),
        ("parcel-de", "ZN", "failure", (Status.ATTEMPTED, "")),
        ("parcel-de", "Die Sendung wurde bearbeitet.", "transit", (Status.IN_TRANSIT, "")),
        ("express", "DD", "delivered", (Status.DELIVERED, "damaged")),  # another DD than parcel-de's data service
        ("a-new-service", "63", "failure", (Status.EXCEPTION, "")),
    ],
)
def test_the_services_own_code_comes_before_the_coarse_one(service, code, coarse, means):
    assert told(service, code, coarse) == means


# DHL's list of statuses by service.
OFFICIAL = {
    "dgf": """
        DATA_SUBMITTED PICKUP_SUCCESSFUL ARRIVED_AT_ORIGIN_FACILITY PROCESSED_AT_ORIGIN_FACILITY
        DEPARTED_FROM_ORIGIN_FACILITY READY_FOR_DEPARTURE DEPARTED ARRIVED ARRIVED_AT_CUSTOMS CLEARED_BY_CUSTOMS
        ARRIVED_PROCESSED_AT_FACILITY OUT_FOR_DELIVERY DELIVERED HELD_AT_CUSTOMS DELIVERY_EXCEPTION
    """,
    "ecommerce": """
        100 101 104 106 107 108 109 110 113 114 115 116 120 125 128 129 130 132 134 135 150 155 156 161 162 163 164
        200 211 220 229 235 238 240 241 242 300 312 313 350 358 359 360 361 365 371 399 400 401 402 431 441 442 443
        445 447 448 449 450 451 452 453 454 456 461 462 463 464 468 469 470 472 473 477 478 479 480 481 482 483 494
        499 50 501 502 503 504 505 506 507 508 509 51 510 511 513 515 517 518 520 521 522 523 524 525 526 528 529
        530 531 532 533 534 535 536 537 538 539 540 541 542 543 544 545 546 547 548 549 550 551 552 553 554 555 556
        557 558 560 561 562 563 564 565 566 567 568 570 571 572 573 574 575 576 577 579 580 581 582 583 585 588 589
        590 591 592 593 594 595 596 597 598 599 600 601 602 603 604 605 606 607 608 609 610 611 612 613 614 615 616
        617 618 619 620 621 623 624 625 626 627 628 629 630 631 632 633 636 637 638 639 640 641 642 644 650 651 652
        653 654 655 656 657 658 659 665 670 671 680 683 686 689 690 691 693 699 700 710 720 730 740 750 760 770 780
        800 802 804 805 806 807 808 809 810 811 813 815 816 817 818 820 821 825 844 849 853 854 855 856 857 858 859
        860 862 863 864 867 868 869 870 871 872 880 881 882 883 884 885 886 887 99
    """,
    "ecommerce-europe": """
        1 2 3 4 5 6 7 8 9 14 15 16 17 19 20 22 23 25 26 27 28 29 30 31 32 33 37 38 40 41 42 43 44 45 46 47 52 53 56
        57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 85 86 87 88 89 90 91 92 93
        94 95 96 97 98 99 100 101 102 130 133 141 142 149 151 152 154 155 156 157 159 160 161 172 194 200 206 207
        208 209 210 211 214 215 217 218 219 222 223 226 228 230 231 232 233 234 235 236 237 238 240 242 248 249 253
        254 255 258 259 264 265 266 267 268 269 302 306 330 354 355 356 358 363 364 365 366 367 368 369 370 372 377
        378 379 380 392 395
    """,
    "ecommerce-ppl": """
        150 300 343 400 450 460 464 500 900 997 999
    """,
    "express": """
        101 102 103 104 AD AF AR BA BN BR CA CC CD CM CR CS DD DF DS FD HP IC MC MD MS ND NH OH OK PD PL PU RD RR RT
        SA SC SS TP TR UD WC PY SM
    """,
    "freight": """
        ACT-2 64-0 48-0 15-501 31-139 55-211 55-68 55-21 55-126 55-240 55-241 55-265 55-294 55-20 55-266 55-234 13-0
        31-140 24-0 1-0 20-126 12-0 20-266 20-354 20-270 7-0 56-222 1-21 20-208 20-209 20-13 20-296 24-628 24-501
        361-139 20-211 56-211 56-292 56-284 56-611 56-241 20-234 24-600 21-234 21-23 21-600 21-0 361-140
    """,
    "parcel-de": """
        AA AE AN BV DD EE ES GT LA NB PO VA ZF ZN ZO ZU
    """,
    "parcel-nl": """
        ACCESSPOINT_FULL_REDELIVER ADDRESS_CORRECTED_BY_DEPOT_MANAGER ADDRESS_NOT_FOUND ADDRESS_UNKNOWN
        AGREED_COLLECTION AGREED_DELIVERY ANNOUNCED_AT_PARCELSHOP ARRIVED_AT_DELIVERY_FACILITY
        ARRIVED_AT_INBOUND_GATEWAY ARRIVED_AT_ORIGIN_DEPOT ARRIVED_AT_ORIGIN_GATEWAY ARRIVED_AT_ORIGIN_HUB
        ARRIVED_AT_TERMINAL ARRIVED_DAMAGED ARRIVED_FACILITY AWAITING_PAYMENT_RECEIVER_NOTIFIED
        AWAITING_RECEIVER_COLLECTION BACKLOG_COLLECTION_CANCELLED BACKLOG_NOT_COLLECTED BACKLOG_NOT_DELIVERED
        BACKLOG_PICKUP_CANCELLED BAD_ADDRESS BAD_ADDRESS_INTERNATIONAL BAD_ADDRESS_NOT_COLLECTED BONDED_LOCATION
        BREAK_BULK_SHIPMENT_PROCESSED_BY_CUSTOMS BROKER_NOTIFIED BROKER_RELEASED
        CALAMITY_SYSTEM_INTERVENTION_DELIVERY_AT_PARCELSHOP CLEARANCE_DELAY CLEARANCE_RELEASE CLOSED
        CLOSED_AWAITING_COLLECTION CLOSED_ON_ARRIVAL CLOSED_SHIPMENT COD_AMOUNT_CHANGED COLLECT_AGAIN_SAME_ADDRESS
        COLLECTED COLLECTED_AT_ACCESSPOINT COLLECTED_AT_NEIGHBOUR COLLECTED_AT_PARCELSHOP COLLECTED_AT_PARCELSTATION
        COLLECTION_ADDRESS_CLOSED COLLECTION_DATA_RECEIVED COLLECTION_HANDED_OVER_TO_DD
        COLLECTION_HANDED_OVER_TO_THIRD_PARTY COLLECTION_IMPORT_EXPRESS COLLECTION_ORDER_HANDED_OVER_TO_DRIVER
        COLLECTION_ORDER_OUT_FOR_DELIVERY COLLECTION_ORDER_REFUSED COLLECTION_ORDER_SCANNED
        COLLECTION_PLANNED_IN_ROUTE CONFIRM_UPLIFT
        CONFIRMATION_OF_CLOSING_THE_SCAN-APPLICATION_AFTER_THE_SCAN_FOR_RETURN CS_ACTION_REQUIRED
        CUSTOMS_DATA_INCORRECT_RETURN_TO_SHIPPER DAMAGE_RETURN DANGEROUS_GOODS_OCCURRENCE DATA_MISSING
        DATA_RECEIVED_WITH_PREFIX_LABEL DELIVERED DELIVERED_AT_ACCESSPOINT DELIVERED_AT_DEPOT
        DELIVERED_AT_NEIGHBOURS DELIVERED_AT_PARCELSHOP DELIVERED_AT_PARCELSTATION DELIVERED_AT_PREFERED_NEIGHBOURS
        DELIVERED_AT_SAFEPLACE DELIVERED_AT_SHIPPER DELIVERED_DAMAGED DELIVERED_IN_MAILBOX
        DELIVERED_NO_CODE_VALIDATION DELIVERED_NOT_IN_TIME DELIVERY_CODE_MISSING_NEW_ATTEMPT
        DELIVERY_CODE_MISSING_PICK_UP DELIVERY_CODE_MISSING_RETURN DELIVERY_DATA_INCORRECT
        DELIVERY_DATA_INCORRECT_RETURN DELIVERY_DATE_CHANGED_BY_DEPOT_MANAGER
        DELIVERY_DATE_CHANGED_BY_DEPOT_MANAGER_REASON_CLOSED DELIVERY_PLANNED_IN_ROUTE DENIED_PARTIES
        DEPART_DESTINATION_GATEWAY DEPART_FACILITY DEPART_ORIGIN_GATEWAY DEPART_SHIPPER_FACILITY DEPARTURE
        DEPOT_SCAN DESTROYED DIFFERENT_STATUSES DUTY_INVOICE ENTRY_SUBMITTED
        EXPECTED_RETURN_DELIVERED_AT_SHIPPER_CALCULATED FACILITY_CHECK_IN FACILITY_CHECK_OUT
        FAILED_TO_DELIVER_REDELIVER FORCE_MAJEURE FORWARD_DESTINATION FORWARD_DESTINATION_TOO_LATE
        FORWARD_THIRD_PARTY FORWARD_TO_DIFFERENT_PARCELSHOP FORWARDED_TO_DIFFERENT_ADDRESS FOUND_AT_DEPOT
        FOUND_DURING_INVENTORY GATEWAY_ARRIVED GATEWAY_DEPARTED HANDOVER HELD_FOR_PAYMENT HELD_IN_STORAGE
        HELD_IN_STORAGE_BACKLOG HELD_IN_STORAGE_CLOSED HELD_IN_STORAGE_DAMAGED HELD_IN_STORAGE_HOLIDAY
        HELD_IN_STORAGE_INCOMPLETE HELD_IN_STORAGE_REFUSED HELD_OUT_DEPOT ID_CHECK_UNSUCCESSFUL IMAGE_AVAILABLE
        IN_CLEARANCE_PROCESS IN_ROUTE_THIRD_PARTY INCORRECT/UNKNOWN_PIN INFORMATION_ON_DELIVERY_TRANSMITTED
        INSUFFICIENT_DOCUMENTATION INTERVENTION INTERVENTION_DELIVERY_ADDRESS_CHANGED_INTO_PARCELSHOP
        INTERVENTION_DELIVERY_ADDRESS_CHANGED_INTO_PARCELSTATION
        INTERVENTION_DELIVERY_SCHEDULED_AT_ANOTHER_TIME/DATE INTERVENTION_PROCESSED_FOR_COLLECTION_AT_PARCELSHOP
        INTERVENTION_PROCESSED_FOR_DELIVERY_AT_NEIGHBOURS INTERVENTION_PROCESSED_FOR_DELIVERY_AT_SAFEPLACE
        INTERVENTION_RECEIVER_REQUEST_DELIVERY_CANCELLED INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_ACCESSPOINT
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_ANOTHER_TIME/DATE
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_DIFFERENT_ADDRESS
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_NEIGHBOURS INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_PARCELSHOP
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_PARCELSTATION
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_PREFERRED_NEIGHBOURS
        INTERVENTION_RECEIVER_REQUESTS_DELIVERY_AT_SAFEPLACE INTERVENTION_REQUEST_CANCEL_INTERVENTION
        INTERVENTION_REQUEST_CANCEL_INTERVENTION_SUSPECTED_FRAUD INTERVENTION_SHIPPER_REQUEST_DELIVERY_CANCELLED
        INTERVENTION_SYSTEM_FAILED_DELIVERY_AT_PARCELSHOP INTERVENTION_SYSTEM_FAILED_DELIVERY_AT_SAFEPLACE
        INTERVENTION_SYSTEM_REQUESTS_DELIVERY_AT_PARCELSHOP INTERVENTION_SYSTEM_REQUESTS_DELIVERY_AT_SAFEPLACE
        INVALID_SHIPMENT_SPECIFICATION INVALID_SHIPMENT_SPECIFICATION_RETURN INVENTORY LABEL_UNUSABLE LEG_CREATED
        LEG_REFERENCE_ADDED LOAD_VEHICLE MANIFESTED MIS_ROUTED MISCODE MISROUTED_RETURN_TO_SHIPPER
        MISSED_DELIVERY_CYCLE MISSING_AFTER_ROUTE MISSORT MONEY_TRANSFERED_TO_SENDER NEW_COLLECTION_ATTEMPT
        NEW_DELIVERY_ATTEMPT NO_MONEY_REDELIVER NO_MONEY_RETURN NOT_ARRIVED NOT_HOME NOT_HOME_NEW_DELIVERY
        NOT_HOME_RETURN_TO_SHIPPER NOT_HOME_SYSTEM_INTERVENTION_DELIVERY_AT_PARCELSHOP NOT_HOME_TO_PARCELSHOP
        NOTHING_COLLECTED NOTHING_PICKED_UP NOTHING_PICKED_UP_GOODS_ALREADY_COLLECTED
        NOTHING_PICKED_UP_GOODS_ARE_NOT_READY_YET NOTHING_PICKED_UP_NO_GOODS_FOR_TODAY
        NOTHING_PICKED_UP_NO_ORDER_GIVEN NOTHING_PICKED_UP_ORDER_CANCELLED NOTHING_PICKED_UP_OTHER_REASON
        NOTIFICATION_FOR_PARCELSHOP_COLLECTION_HAS_BEEN_SENT NOTIFICATION_FOR_PARCELSHOP_COLLECTION_HAS_FAILED
        NOTIFICATION_NOT_HOME_TO_PARCELSHOP NOTIFICATION_OF_DELIVERY_TIME_HAS_BEEN_SENT
        NOTIFICATION_OF_TIME_FRAME_HAS_BEEN_SENT ON_HOLD ON_HOLD_ANNOUNCED ON_HOLD_BAD_ADDRESS
        ON_HOLD_FOR_COLLECTION ON_ROUTE_TO_SHIPPER OUT_FOR_DELIVERY PACKAGING_ISSUE PALLET_MATERIAL_NOT_AVAILABLE
        PALLET_MATERIAL_NOT_AVAILABLE_AT_PICKUP PALLET_NOT_EMPTY PALLET_NOT_EMPTY_AT_PICKUP PARCEL_ALREADY_RETURNED
        PARCEL_ARRIVED_AT_LOCAL_DEPOT PARCEL_COLLECTED PARCEL_COLLECTED_AT_PARCELSHOP_BY_COURIER
        PARCEL_COLLECTED_AT_SERVICEPOINT_BY_COURIER PARCEL_FOUND_AT_PARCELSHOP PARCEL_HANDED_OVER_TO_COURIER
        PARCEL_HELD_FOR_COLLECTION_AT_LOCAL_DEPOT PARCEL_INFORMATION_REMOVED_FROM_PARCELSHOP_APPLICATION
        PARCEL_INTO_FALLBACK PARCEL_MISSING PARCEL_MISSING_AT_PARCELSHOP
        PARCEL_MISSING_AT_PARCELSHOP_NOTICED_AT_STOCK_CHECK PARCEL_MISSING_AT_PARCELSHOP_NOTICED_BY_COURIER
        PARCEL_MISSING_AT_PARCELSHOP_NOTICED_BY_CUSTOMER PARCEL_MISSING_AT_PARCELSTATION_NOTICED_BY_COURIER
        PARCEL_NO_DATA PARCEL_NOT_BROUGHT_IN PARCEL_NOT_COLLECTED_AT_PARCELSHOP PARCEL_NOT_SORTED_AT_HUB_NO_INFO
        PARCEL_OUT_OF_TIME_FOR_DROP_OFF PARCEL_PICKED_UP_AT_ACCESSPOINT PARCEL_PICKED_UP_AT_PARCELSHOP
        PARCEL_PICKED_UP_AT_PARCELSTATION PARCEL_READY_FOR_RETURN_TO_HUB PARCEL_RECEIVED
        PARCEL_RELABELED_FOR_RETURN_TO_SHIPPER PARCEL_RESORTED_AT_HUB PARCEL_RETURNED_FROM_ROUTE
        PARCEL_SCANNED_AT_RETURN_HUB PARCEL_SCANNED_FOR_COLLECTION_AT_ACCESSPOINT_BY_COURIER
        PARCEL_SCANNED_FOR_COLLECTION_AT_PARCELSHOP_BY_COURIER
        PARCEL_SCANNED_FOR_COLLECTION_AT_PARCELSTATION_BY_COURIER
        PARCEL_SCANNED_FOR_COLLECTION_AT_SERVICEPOINT_BY_COURIER PARCEL_SCANNED_FOR_RETURN_TO_HUB
        PARCEL_SCANNED_INTO_HAND-TERMINAL PARCEL_SORTED_AT_GATEWAY PARCEL_SORTED_AT_HUB PARCEL_SORTED_TO_OVERFLOW
        PARCEL_TOO_HEAVY_RETURN PARCEL_TOO_LARGE_RETURN PARCEL_WILL_BE_BROUGHT_IN_BY_RECEIVER
        PARCEL_WILL_BE_DELIVERED_SOON PARCELSHOP_DELIVERY_DEVIATION PARCELSHOP_FULL_REDELIVER
        PARCELSTATION_DELIVERY_UNSUCCESFULL_RETURN PARCELSTATION_NOT_AVAILABLE_REDELIVER_TO_PARCELSHOP
        PARTIAL_DELIVERY PASSED_GATEWAY PICKED_UP PICKUP_DATA_RECEIVED PICTURE_TAKEN_OF_PARCEL PIECE_MISSING PO_BOX
        POSTAL_CODE_INCORRECT POSTPROCESS_DELIVERED_AT_SHIPPER POSTPROCESS_RETURN_CONSOLIDATION
        POSTPROCESS_RETURN_CONSOLIDATION_DEPART POSTPROCESS_RETURN_CONSOLIDATION_LOAD PRENOTIFICATION_RECEIVED
        PREPROCESS_DEPART_SHIPPER PREPROCESS_HANDOVER_TO_EXPORT_CUSTOMS PREPROCESS_HANDOVER_TO_IMPORT_CUSTOMS
        PREPROCESS_HANDOVER_TO_TRANSPORTER PREPROCESS_SORT_BY_THIRD_PARTY PROCESSED_AT_LOCATION PROCESSED_AT_ORIGIN
        RECEIVER_CLOSED_ANNOUNCED RECEIVER_CLOSED_COLLECTION_CANCELLED RECEIVER_CLOSED_COLLECTION_RESCHEDULED
        RECEIVER_CLOSED_ON_HOLIDAY RECEIVER_CLOSED_ON_HOLIDAY_COLLECTION_CANCELLED
        RECEIVER_CLOSED_ON_HOLIDAY_COLLECTION_RESCHEDULED RECEIVER_CLOSED_ON_HOLIDAY_PICKUP_CANCELLED
        RECEIVER_CLOSED_PASSED_TO_DEPOT RECEIVER_CLOSED_PASSED_TO_PARCELSHOP RECEIVER_CLOSED_PICKUP_CANCELLED
        RECEIVER_MOVED_OR_UNKNOWN RECEIVER_MOVED_OR_UNKNOWN_NOT_COLLECTED RECEIVER_ON_HOLIDAY_ANNOUNCED
        RECEIVER_RETURN RECEIVER_UNKNOWN_RETURN RECORD_OF_TRANSIT REDELIVER REDELIVER_AT_PARCELSHOP
        REDELIVER_DIFFERENT_ADDRESS REDELIVER_SAME_ADDRESS REFUSED REFUSED_2ND_KIB REFUSED_AT_PARCELSHOP
        REFUSED_BY_RECEIVER REFUSED_DAMAGED REFUSED_INCOMPLETE REFUSED_INVENTORY REFUSED_NO_MONEY REFUSED_NO_RECAP
        REFUSED_NOT_COLLECTED REFUSED_NOT_ORDERED REFUSED_NOT_ORDERED_CORONA REFUSED_NOT_SIGNED REFUSED_OTHER_REASON
        REFUSED_REQUESTS_WAYBILL REFUSED_RETURN REFUSED_RETURN_TO_DD REFUSED_TOO_LATE REFUSED_WILL_NOT_PAY RELABELED
        REMINDER_FOR_COLLECTION_SENT_EMAIL REMINDER_FOR_COLLECTION_SENT_LETTER REMINDER_FOR_COLLECTION_SENT_SMS
        REPACKED_DELIVERY_DAMAGED RESPONSE_RECEIVED RETURN_DELIVERED_AT_SHIPPER_CALCULATED RETURN_ORDER_CANCELLED
        RETURNED_NOT_COLLECTED RETURNED_TO_SHIPPER REWEIGH ROUTE_IN_SCAN SAFEPLACE_DELIVERY_FAILED SCAN_OK_GATEWAY
        SCHEDULED_FOR_MOVEMENT SERVICE_CHANGED SHIPMENT_ACCEPTANCE SHIPMENT_ACCEPTANCE_DEPOT
        SHIPMENT_ACCEPTANCE_PARCELSHOP SHIPMENT_ACCEPTANCE_PARCELSTATION SHIPMENT_COLLECTED SHIPMENT_INSPECTION
        SHIPMENT_INSPECTION_ON_HOLD SHIPMENT_INSPECTION_REJECTED SHIPMENT_INSPECTION_RELEASED SHIPMENT_INTERCEPT
        SHIPMENT_STOPPED SHIPMENT_TOO_LARGE_FOR_ACCESSPOINT SHIPMENT_TOO_LARGE_FOR_PARCELSHOP
        SHIPMENT_TOO_LARGE_FOR_PARCELSTATION SIGNATURE_RECORDED SORTED_AT_DESTINATION_DEPOT
        SORTED_AT_DESTINATION_GATEWAY SORTED_AT_DESTINATION_HUB SORTED_AT_ORIGIN_DEPOT SORTED_AT_ORIGIN_GATEWAY
        SORTED_AT_ORIGIN_HUB SPECIAL_HANDLING SPONTANEOUS_RETURN STORAGE_PERIOD_ENDED_AT_ACCESSPOINT
        STORAGE_PERIOD_ENDED_AT_PARCELSHOP STORAGE_PERIOD_ENDED_AT_PARCELSTATION TRACE_INITIATED TRACE_TERMINATED
        TRANSPORT_DELAY UNCONTROLLABLE_CLEARANCE_DELAY UNJUSTIFIED_SPONTANEOUS_RETURN UNLOAD_VEHICLE
        VAT_AND_DUTY_PAYMENT_RECEIVED_BY_RECEIVER WILL_BE_COLLECTED WILL_BE_TRANSFERRED_TO_THIRD_PARTY
    """,
    "parcel-pl": """
        AN AN_BO AN_RA AN_SAS AWI AWI_CZAS AWI_DP2 AWI_NSP AWI_ONU AWI_OZ AWI_ROD AWI_SAS AWI_SPCAP BCZ BRG BRG_SAS
        CC DOR DOR_LOK DOR_OTH DOR_OWL DOR_POC DOR_RDZ DOR_SAS DOR_SP DWP EDB EDC EDWP EXA EXC KWC LIK LK LP LW
        LW_PL OP OP_BWER OP_COD OP_DO OP_DOK OP_DUB OP_OTH OP_PLA OP_PNK OP_REZ OP_ROD OP_SAS OP_TNZ OP_UMO OP_USK
        OP_USP OWL OWL_KP OWL_ONO OWL_PS_KP OWL_PS_ONO OWL_SP_KP OWL_SP_ONO PNK PNPT PO18 POW PPDOR PSHOP REZ SAS
        SEC SOB SORT SP_ATDSP SP_CAP SP_CN SP_DOR SP_DSP SP_DW SP_DWP SP_KP SP_KZW SP_OP SP_PA SP_PU SP_TO SP_ZAM
        SP_ZWR TRM TRM_X TRM2 WEJPL WER WYJPL ZA ZAIT ZID ZMA ZOS ZWN ZWR ZWR_AN ZWR_OP ZWR_WER ZWR_ZB ZWR_ZT ZWW
        ZWW_KRYZ ZWW_NSP
    """,
    "svb": """
        AMBIGUOUS AMOUNT_TRANSFERRED ANNOUNCED ARRIVAL_AT_OFFICE_OF_DELIVERY ARRIVED_IN_DESTINATION_COUNTRY
        ARRIVED_TRANSIT BZ BZA BZE CONFIRMATION_PENDING CONFIRMED CONFIRMED_BY_SENDER DELIVERED DELIVERED_ZU_NOT_OK
        DELIVERED_ZU_OK DELIVERY_ATTEMPTED DEPARTURE_FROM_INWARD_OE FETCHED
        FETCHED_KEY_ACCOUNT_PENDING_DELIVERY_CONFIRMATION FETCHED_NOTIFIED FETCHED_PACKSTATION
        FETCHED_PENDING_DELIVERY_CONFIRMATION FETCHED_PO_BOX_PENDING_DELIVERY_CONFIRMATION FORWARDED_ABROAD
        HANDOVER_CUSTOMS HELD_BY_CUSTOMS IN_DELIVERY IP_CUSTOMS ISSUE_OF_A_REPLACEMENT_CERTIFICATE_PZA MARBURG
        NO_INFO NOTIFIED NOTIFIED_KEY_ACCOUNT NOTIFIED_PACKSTATION NOTIFIED_PO_BOX PAID_EPOS PAID_MAILMAN
        PASSED_LETTER_CENTER POSTED POSTED_ARRIVED POSTED_MAIL_TERMINAL REDIRECTED RETURNED_TO_SENDER SENT_BACK
        SENT_BACK_ABROAD TO_BE_SENT_ABROAD
    """,
}
