"""Labels of real carriers: paid once even where the carrier knows no keys, drawn by them, or brought by a person."""

import contextlib
import io
import zlib
from datetime import timedelta
from decimal import Decimal

import barcode
import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image

from carriers import LabelItem, ReturnLabel
from carriers.errors import AccountRefused, BadRequest, CarrierDown, NotOffered, RateLimited
from customers.models import Entry
from returns import actions, parcels
from returns.models import ReturnParcel
from returns.queries import parcels_by_hand
from shipments.models import CarrierAccount
from tests import make
from tests.returns.test_papers import codes_on, text_of
from tests.shipments.told import fresh_told
from tests.threads import at_once

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


# What is wrong with a label


def a_wicked_pdf() -> bytes:
    """A script when it is opened, a program when its page is, a link, and a field that calculates."""
    pdf, written = pikepdf.new(), io.BytesIO()
    word, words = pikepdf.Name, pikepdf.String
    pdf.add_blank_page(page_size=(420, 298))
    script = pikepdf.Dictionary(S=word.JavaScript, JS=words("app.alert(1)"))
    pdf.Root.OpenAction = script
    pdf.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[words("a"), pdf.make_indirect(script)]))
    page = pdf.pages[0].obj
    page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=word.Launch, F=words("cmd.exe")))
    link = pikepdf.Dictionary(S=word.URI, URI=words("https://evil.test/"))
    parent = pdf.make_indirect(pikepdf.Dictionary(T=words("p"), AA=pikepdf.Dictionary(C=script)))
    page.Annots = pikepdf.Array(
        pdf.make_indirect(pikepdf.Dictionary(Type=word.Annot, Rect=[0, 0, 9, 9], **facts))
        for facts in (
            {"Subtype": word.Link, "A": link},
            {"Subtype": word.Widget, "FT": word.Tx, "Parent": parent, "AA": pikepdf.Dictionary(F=script)},
        )
    )
    pdf.save(written)
    return written.getvalue()


def pdf_of(pages=1, **save) -> bytes:
    pdf, written = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(420, 298))
    pdf.save(written, **save)
    return written.getvalue()


def bomb() -> bytes:
    """Small, with a list of objects that is two hundred megabytes when it is unpacked."""
    squeeze = zlib.compressobj(9)
    packed = squeeze.compress(b"10 0 <</Type/Catalog/Pages 2 0 R>>")
    packed += b"".join(squeeze.compress(b" " * 1_000_000) for _ in range(200)) + squeeze.flush()
    objects = {
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]>>",
        5: b"<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed),
    }
    pdf, at = b"%PDF-1.5\n", {}
    for number, content in objects.items():
        at[number] = len(pdf)
        pdf += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    rows = [(1, at[n], 0) if n in at else (1, len(pdf), 0) if n == 6 else (2, 5, 0) if n == 10 else (0, 0, 0)
            for n in range(11)]  # fmt: skip
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + index.to_bytes(2, "big") for kind, place, index in rows)
    head = b"6 0 obj\n<</Type/XRef/Size 11/W[1 4 2]/Root 10 0 R/Length %d>>stream\n" % len(table)
    return pdf + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(pdf)


def dots(size, kind="PNG", mode="L", colour: object = 255, **save) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **save)
    return written.getvalue()


BAD_LABELS = {
    "cut short": (pdf_of()[:300], "application/pdf", "cannot be read"),
    "a web page": (b"<html>", "application/pdf", "cannot be read"),
    "locked": (pdf_of(encryption=pikepdf.Encryption(owner="o", user="u", R=6)), "application/pdf", "cannot be read"),
    "a book": (pdf_of(300), "application/pdf", "300 pages"),
    "no page": (pdf_of(0), "application/pdf", "0 pages"),
    "a bomb": (bomb(), "application/pdf", "cannot be read"),
    "a huge picture": (dots((9000, 9000), mode="1", colour=0), "image/png", "9000 x 9000"),
    "a huger one": (dots((20_000, 20_000), mode="1", colour=0), "image/gif", "cannot be read"),
    "blank": (dots((600, 900)), "image/gif", "blank"),
    "blank glass": (dots((600, 900), mode="RGBA", colour=(0, 0, 0, 0)), "image/png", "blank"),
    "another kind": (dots((600, 900), "BMP", colour=0), "image/png", "cannot be read"),
    "printer's words": (b"^XA^XZ", "application/zpl", "cannot be read"),
}


@pytest.mark.parametrize("flaw", BAD_LABELS)
@pytest.mark.parametrize("once", [False, True])
def test_what_cannot_be_given_to_a_customer_waits_for_a_person_who_learns_its_number(parcel, told, flaw, once):
    file, file_type, why = BAD_LABELS[flaw]
    told.label_once, told.says = once, ReturnLabel("T77", file=file, file_type=file_type)

    parcels.buy_label(parcel)

    box = make.fresh(parcel)
    assert (box.needs_a_hand, box.shipment, due(parcel)) == (True, None, [])
    assert box.ask_error.startswith("The carrier has made the label T77.")
    assert why in box.ask_error


@pytest.mark.parametrize(
    "label", [ReturnLabel("T" * 65), ReturnLabel("T1", routing="\0" + "r" * 200), ReturnLabel("OUT")]
)
def test_a_label_that_cannot_be_kept_waits_for_a_person_and_stops_no_other(parcel, told, label):
    make.make_shipment(parcel.ret.order, carrier="told", tracking_number="OUT")
    told.says = label

    parcels.buy_labels()

    assert len(told.asked) == 1
    if connection.vendor == "postgresql" or label.tracking_number == "OUT":  # SQLite keeps whatever it is given
        assert make.fresh(parcel).needs_a_hand


def test_a_code_has_no_need_of_a_broken_picture(parcel, told):
    told.says = ReturnLabel("T1", code="https://carrier.example/q", code_image=b"<html>")

    parcels.buy_label(parcel)

    assert (bool(make.fresh(parcel).code_image), make.fresh(parcel).code) == (False, "https://carrier.example/q")


def test_nothing_acts_in_the_paper_a_customer_gets(parcel, told, reader):
    told.says = ReturnLabel("T1", file=a_wicked_pdf(), file_type="application/pdf")
    parcels.buy_label(parcel)

    laid_open = io.BytesIO()
    with pikepdf.open(io.BytesIO(open_label(reader, parcel))) as pdf:
        pdf.save(laid_open, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    acts = (b"JavaScript", b"Launch", b"/URI", b"OpenAction", b"/AA", b"app.alert")
    assert [word for word in acts if word in a_wicked_pdf()] == list(acts)
    assert [word for word in acts if word in laid_open.getvalue()] == []


def test_what_is_transparent_is_paper_and_of_a_film_the_first_picture_counts(parcel, told, reader):
    label = Image.open(io.BytesIO(a_picture("PNG"))).convert("RGBA")
    label.putalpha(Image.eval(label.convert("L"), lambda grey: 255 - grey))
    black, written = Image.new("RGBA", label.size, "black"), io.BytesIO()
    black.putalpha(label.getchannel("A"))
    black.save(written, "PNG", save_all=True, append_images=[Image.new("RGBA", label.size, "black")])
    told.says = ReturnLabel("1Z999AA10123456784", file=written.getvalue(), file_type="image/png")
    parcels.buy_label(parcel)

    assert "1Z999AA10123456784" in {text for _kind, text in codes_on(open_label(reader, parcel), 203)}


def test_label_and_code_of_a_cancelled_return_are_not_given_out(parcel, told, reader):
    told.says = ReturnLabel("T1", code="C", code_image=a_picture("PNG"), file=a_pdf(), file_type="application/pdf")
    parcels.buy_label(parcel)
    paths = [f"/returns/{parcel.ret.number}/label.pdf", f"/returns/{parcel.ret.number}/code-1.png"]
    before = [reader.get(path) for path in paths]
    actions.cancel(make.fresh(parcel).ret, by="customer")

    after = [reader.get(path).status_code for path in paths]

    assert [reply.status_code for reply in before] == [200, 200]
    assert {reply["Cache-Control"] for reply in before} == {"no-store, private"}
    assert after == [404, 404]


def test_at_level_one_neither_label_nor_code_are_given_out(parcel, told, ada):
    told.says = ReturnLabel(
        "TRACK-1-NUMBER", code="C", code_image=a_picture("PNG"), file=a_pdf(), file_type="application/pdf"
    )
    parcels.buy_label(parcel)
    session, now = ada.session, int(timezone.now().timestamp())
    session["orders"] = {str(parcel.ret.order_id): [1, now, now]}
    session.save()

    replies = [ada.get(f"/returns/{parcel.ret.number}/{name}") for name in ("label.pdf", "code-1.png")]

    assert [reply.status_code for reply in replies] == [302, 302]
    assert "TRACK-1-NUMBER" not in ada.get(f"/returns/{parcel.ret.number}/").content.decode()


def test_asking_once_more_while_the_carrier_is_being_asked_does_nothing(parcel, told):
    assert parcels._claim(parcel)

    parcels.ask_once_more(parcel)

    assert (told.asked, make.fresh(parcel).ask_again) == ([], None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_bring_a_label_at_once_one_is_told_that_he_was_late(by_hand):
    numbers = ["RR123456785DE", "RR123456771DE"]

    kept = at_once(
        *(lambda n=n: parcels.give_label(by_hand, tracking_number=n, file=None, by="carrier") for n in numbers)
    )

    assert sorted(kept) == [False, True]
    assert by_hand.ret.order.shipments.filter(direction="return").count() == 1


def test_the_number_of_the_parcel_it_came_in_is_no_label(by_hand, sam):
    came = make.make_shipment(by_hand.ret.order, carrier="dhl_parcel_de", tracking_number="RR123456785DE")

    reply = sam.post(
        f"/staff/returns/{by_hand.ret.number}/label/1/", {"tracking_number": came.tracking_number}, follow=True
    )

    assert "The customer has the label now" not in reply.content.decode()
    assert make.fresh(by_hand).state == "planned"


def test_nobody_brings_a_label_for_a_return_that_has_ended(by_hand):
    actions.cancel(by_hand.ret, by="customer")

    assert parcels.give_label(by_hand, tracking_number="RR123456785DE", file=None, by="sam") is False
