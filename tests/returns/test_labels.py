"""Labels of real carriers: paid once even where the carrier knows no keys, drawn by them, or brought by a person."""

import contextlib
import io
from datetime import timedelta
from decimal import Decimal

import barcode
import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from carriers import LabelItem, ReturnLabel
from carriers.errors import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited
from customers.models import Entry
from returns import parcels
from returns.models import ReturnParcel
from returns.queries import parcels_by_hand
from shipments.models import CarrierAccount
from tests import make
from tests.returns.test_papers import codes_on, text_of
from tests.shipments.told import fresh_told

pytestmark = pytest.mark.django_db


def a_pdf(width=420, height=298) -> bytes:
    """An A6 page as a carrier would send it."""
    page, written = pikepdf.new(), io.BytesIO()
    page.add_blank_page(page_size=(width, height))
    page.save(written)
    return written.getvalue()


def a_picture(kind: str) -> bytes:
    """A lying label of 1400 x 800 with a readable code, as UPS sends them."""
    picture = Image.new("L", (1400, 800), 255)
    bars = barcode.get("code128", "1Z999AA10123456784").build()[0]
    for place, bar in enumerate(bars):
        picture.paste(255 if bar == "0" else 0, (100 + place * 6, 250, 106 + place * 6, 450))
    picture.paste(0, (0, 0, 1200, 10))
    written = io.BytesIO()
    picture.save(written, kind)
    return written.getvalue()


@pytest.fixture
def told(shop, monkeypatch):
    CarrierAccount.objects.create(shop=shop, carrier="told")
    return fresh_told(monkeypatch)


@pytest.fixture
def parcel(shop, told) -> ReturnParcel:
    ret = make.make_return(make.make_order(shop), state="approved")
    ret.parcels.update(carrier="told")
    return ret.parcels.get()


def due(parcel) -> list:
    return list(parcels.unlabelled_parcels(timezone.now() + timedelta(days=1)))


@pytest.mark.parametrize("error", [CarrierDown("no answer"), KeyboardInterrupt()])
def test_a_carrier_without_keys_is_never_asked_twice_when_the_answer_is_lost(parcel, told, error):
    told.says = error

    with contextlib.suppress(KeyboardInterrupt):  # as when the process is killed
        parcels.buy_label(parcel)
    ReturnParcel.objects.update(asking_until=None)

    assert (due(parcel), parcels.buy_labels(), len(told.asked)) == ([], 0, 1)
    assert make.fresh(parcel).needs_a_hand
    assert list(parcels_by_hand(timezone.now())) == [parcel]


def test_a_carrier_with_keys_is_asked_again_under_the_same_key(parcel, told):
    told.label_once, told.says = True, CarrierDown("no answer")
    parcels.buy_label(parcel)
    ReturnParcel.objects.update(ask_again=timezone.now())
    told.says = ReturnLabel("T1", file=a_pdf(), file_type="application/pdf")

    parcels.buy_labels()

    keys = [key for key, _wanted in told.asked]
    assert keys == [f"{parcel.ret.number}-1"] * 2
    assert make.fresh(parcel).shipment.tracking_number == "T1"


@pytest.mark.parametrize("error", [RateLimited("slow"), AccountRefused("no"), BadRequest("postcode")])
def test_a_clear_no_made_no_label_and_is_asked_again_later(parcel, told, error):
    told.says = error

    parcels.buy_label(parcel)

    assert due(parcel) == [parcel]
    assert make.fresh(parcel).ask_error == str(error)
    assert not make.fresh(parcel).needs_a_hand


def test_what_is_not_offered_waits_for_a_person(parcel, told):
    told.says = NotOffered()

    parcels.buy_label(parcel)

    assert (due(parcel), make.fresh(parcel).needs_a_hand) == ([], True)


def test_a_person_who_has_looked_may_ask_once_more(parcel, told, sam):
    told.says = CarrierDown("no answer")
    parcels.buy_label(parcel)
    told.says = ReturnLabel("T2", file=a_pdf(), file_type="application/pdf")

    sam.post(f"/staff/returns/{parcel.ret.number}/label/1/", {"again": "1"})

    assert make.fresh(parcel).shipment.tracking_number == "T2"


def test_the_carrier_learns_all_it_needs_and_values_in_main_units(parcel, told):
    order = parcel.ret.order
    make.make_shipment(order, carrier="told", tracking_number="OUT-1")
    line = parcel.ret.lines.get().order_line
    told.says = ReturnLabel("T1")

    parcels.buy_label(parcel)

    wanted = told.asked[0][1]
    assert (wanted.sender_email, wanted.outbound_number) == (order.customer.email, "OUT-1")
    assert wanted.items == (LabelItem(line.title, 1, Decimal(line.paid) / line.quantity / 100, "EUR"),)


# What the customer gets


def open_label(browser, parcel) -> bytes:
    return browser.get(f"/returns/{parcel.ret.number}/label.pdf").content


@pytest.fixture
def reader(ada, parcel):
    """Ada at level 2."""
    session = ada.session
    now = int(timezone.now().timestamp())
    session["orders"] = {str(parcel.ret.order_id): [2, now, now]}
    session.save()
    return ada


def test_a_label_the_carrier_drew_comes_as_it_is_and_the_slip_behind_it(parcel, told, reader):
    told.says = ReturnLabel("00340434161094015902", file=a_pdf(), file_type="application/pdf")
    parcels.buy_label(parcel)

    pdf = open_label(reader, parcel)

    with pypdfium2.PdfDocument(pdf) as document:
        sizes = [tuple(round(side) for side in page.get_size()) for page in document]
        slip = document[1].get_textpage().get_text_range()
    assert sizes == [(420, 298), (595, 842)]
    assert parcel.ret.number in slip
    assert "00340434161094015902" not in slip
    assert "the other page" in " ".join(slip.split())


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_a_picture_of_a_label_is_set_upright_on_our_page_and_can_be_scanned(parcel, told, reader, kind):
    told.says = ReturnLabel("1Z999AA10123456784", file=a_picture(kind), file_type=f"image/{kind.lower()}")
    parcels.buy_label(parcel)

    pdf = open_label(reader, parcel)

    assert "1Z999AA10123456784" in {text for _kind, text in codes_on(pdf, 203)}
    assert parcel.ret.number in text_of(pdf)


def test_the_carriers_own_code_is_shown_and_only_at_level_two(parcel, told, reader, bob):
    drawn = a_picture("PNG")
    told.says = ReturnLabel("T1", code="https://carrier.example/q", code_image=drawn)
    parcels.buy_label(parcel)
    path = f"/returns/{parcel.ret.number}/code-1.png"

    told_ada, told_bob = reader.get(path), bob.get(path)

    assert (b"".join(told_ada.streaming_content), told_ada["Content-Type"]) == (drawn, "image/png")
    assert told_bob.status_code == 404
    assert path in reader.get(f"/returns/{parcel.ret.number}/").content.decode()


# A label that a person brings


def give(browser, parcel, file=None, number="RR123456785DE"):
    data = {"tracking_number": number, **({"file": file} if file else {})}
    return browser.post(f"/staff/returns/{parcel.ret.number}/label/1/", data)


@pytest.fixture
def by_hand(parcel):
    parcel.ret.parcels.update(carrier="paper", ask_again=None)
    return make.fresh(parcel)


def test_staff_bring_a_label_and_the_customer_is_told(by_hand, sam, reader):
    reply = give(sam, by_hand, SimpleUploadedFile("label.pdf", a_pdf()))

    box = make.fresh(by_hand)
    assert (reply.status_code, box.ret.state, box.carrier) == (302, "awaiting_dropoff", "dhl_parcel_de")
    assert box.shipment.tracking_number == "RR123456785DE"
    entry = Entry.objects.get(verb="label.created")
    assert (entry.by, entry.facts["by_hand"]) == ("staff:sam", True)
    assert open_label(reader, by_hand).startswith(b"%PDF")


def test_without_a_file_the_customer_gets_a_page_with_the_number_in_bars(by_hand, sam, reader):
    give(sam, by_hand)

    found = codes_on(open_label(reader, by_hand), 203)

    assert "RR123456785DE" in {text for _kind, text in found}


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"<html>", "RR123456785DE"),
        (b"%PDF-1.7 nothing in it", "RR123456785DE"),
        (b"%PDF-" + b"x" * (5 * 1024 * 1024), "RR123456785DE"),
        (None, ""),
        (None, "<script>"),
    ],
)
def test_what_is_no_label_is_refused_and_changes_nothing(by_hand, sam, content, number):
    file = SimpleUploadedFile("label.pdf", content) if content else None

    reply = give(sam, by_hand, file, number)

    assert (reply.status_code, make.fresh(by_hand).state) == (422, "planned")


def test_a_box_that_has_a_label_gets_no_second_one(by_hand, sam):
    give(sam, by_hand)

    give(sam, by_hand, number="RR123456771DE")

    assert make.fresh(by_hand).shipment.tracking_number == "RR123456785DE"
    assert by_hand.ret.order.shipments.filter(direction="return").count() == 1


def test_a_box_without_a_label_stands_in_the_queue(by_hand, sam, reader):
    page = sam.get("/staff/").content.decode()

    assert by_hand.ret.number in page
    assert "Needs a label" in page
    assert "A person makes your label" in reader.get(f"/returns/{by_hand.ret.number}/").content.decode()
