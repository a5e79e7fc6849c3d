"""Bar codes as their standards want them: drawn by one library, measured here, read back by another."""

import io
import re
from functools import cache
from itertools import groupby

import pikepdf
import pypdfium2
import pytest
import segno
import zxingcpp

from returns.papers import PAPERS, LabelLine, label_html, label_pdf
from returns.papers.codes import CODE128, GS1_128, ITF, ITF14, bars, mod10, qr
from tests.returns.test_papers import make_facts

DPIS = [150, 203, 300]


def seen(pdf, dpi, page=0, turned=0):
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=dpi / 72, rotation=turned).to_pil().convert("L")
    return {(code.format.name, code.symbology_identifier, code.text): code for code in zxingcpp.read_barcodes(picture)}


@cache
def label(symbology, says, paper="a4"):
    return label_pdf(make_facts(symbology=symbology, bars=says), paper=paper)


GS1 = [
    ("(00)340434161094015902", "(00)340434161094015902"),  # SSCC
    ("(401)4012345ABC7890", "(401)4012345ABC7890"),  # consignment
    ("(403)27680807+99000943042250", "(403)27680807+99000943042250"),  # routing
    ("(420)73108(92)34690361980900000142", "(420)73108(92)34690361980900000142"),  # a separator between
    ("(401)X1(00)340434161094015902", "(401)X1(00)340434161094015902"),
    ("(00)340434161094015902(401)X1", "(00)340434161094015902(401)X1"),  # none, the first has a fixed length
]


@pytest.mark.parametrize("dpi", DPIS)
@pytest.mark.parametrize(("says", "read"), GS1)
def test_gs1_is_told_from_plain_code_128_and_its_parts_are_told_apart(says, read, dpi):
    codes = seen(label(GS1_128, says), dpi)

    assert ("Code128", "]C1", read) in codes


def test_the_separator_stands_only_after_what_has_no_fixed_length():
    for says, separators in (("(420)73108(92)3469", 1), ("(00)340434161094015902(401)X1", 0), ("(401)X1", 0)):
        [code] = [code for key, code in seen(label(GS1_128, says), 300).items() if key[0] == "Code128"]

        assert code.bytes.count(b"\x1d") == separators


@pytest.mark.parametrize("dpi", DPIS)
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    ("symbology", "says", "kind"),
    [
        (CODE128, "RR123456785DE", ("Code128", "]C0")),
        (GS1_128, "(00)340434161094015902", ("Code128", "]C1")),
        (ITF, "563102430313", ("ITF", "]I0")),  # Identcode of Deutsche Post
        (ITF, "21348075016401", ("ITF", "]I0")),  # Leitcode
        (ITF14, "15400141288763", ("ITF", "]I1")),
    ],
)
def test_every_symbology_is_read_on_every_paper(symbology, says, kind, paper, dpi):
    codes = seen(label(symbology, says, paper), dpi)

    found = {(format_, text) for format_, _identifier, text in codes}
    assert (kind[0], says) in found
    if kind[0] == "Code128":
        assert (*kind, says) in codes


def test_a_label_stuck_on_upside_down_or_sideways_is_read():
    pdf = label(GS1_128, "(00)340434161094015902", "a6")

    for turned in (90, 180, 270):
        assert ("Code128", "]C1", "(00)340434161094015902") in seen(pdf, 203, turned=turned)


# Sizes

LEAST = {  # module, height, quiet zone in millimetres or modules: of each standard
    CODE128: (0.33, 25, 10),
    GS1_128: (0.495, 31.75, 10),
    ITF: (0.33, 25, 10),
    ITF14: (0.495, 31.75, 10),
}
SAYS = {CODE128: "RR123456785DE", GS1_128: "(00)340434161094015902", ITF: "563102430313", ITF14: "15400141288763"}


@pytest.mark.parametrize("symbology", SAYS)
@pytest.mark.parametrize("room", [92, 180])
def test_bars_are_as_wide_and_as_high_as_the_standard_wants(symbology, room):
    code = bars(SAYS[symbology], symbology, room=room)
    narrowest = min(len(list(run)) for _bit, run in groupby(code.bits)) * code.module
    least, height, quiet = LEAST[symbology]

    assert narrowest >= least
    assert code.height >= max(height, code.width * 0.15)
    assert code.quiet * code.module >= quiet * narrowest
    assert code.width <= room


@pytest.mark.parametrize("symbology", SAYS)
def test_bars_are_whole_dots_of_a_label_printer(symbology):
    code = bars(SAYS[symbology], symbology, room=92)

    widths = [len(list(run)) * code.module / 0.125 for _bit, run in groupby(code.bits)]

    assert widths == pytest.approx([round(width) for width in widths])


def test_interleaved_wide_bars_are_two_and_a_half_narrow_ones():
    code = bars("563102430313", ITF, room=180)

    assert {len(list(run)) for _bit, run in groupby(code.bits)} == {2, 5}


def test_itf_14_has_bearer_bars_and_plain_interleaved_has_none():
    assert bars("15400141288763", ITF14, room=180).bearer == 2 * 2  # twice the narrow bar, which is two modules
    assert bars("15400141288763", ITF, room=180).bearer == 0

    [drawn] = re.findall(
        r'<div class="track"><svg.*?</svg>', label_html(make_facts(symbology=ITF14, bars="15400141288763"))
    )
    assert drawn.count("M0 ") == 2


@pytest.mark.parametrize("paper", ["a4", "a6"])  # four inches are no whole number of dots
def test_a_label_printer_prints_each_bar_as_wide_as_it_is(paper):
    """At eight dots a millimetre, one bit deep, the runs of dark and light are the modules times their dots."""
    facts = make_facts()
    code = bars(facts.tracking_number, CODE128, room={"a4": 180}.get(paper, 92))
    dots = round(code.module / 0.125)
    with pypdfium2.PdfDocument(label_pdf(facts, paper=paper)) as document:
        picture = document[0].render(scale=203.2 / 72).to_pil().convert("L").point(lambda grey: 255 * (grey > 127))

    runs = [len(list(run)) * dots for _bit, run in groupby(code.bits)]
    rows = ([len(list(run)) for _grey, run in groupby(picture.crop((0, y, picture.width, y + 1)).tobytes())]
            for y in range(picture.height))  # fmt: skip
    matching = [row for row in rows if any(row[at : at + len(runs)] == runs for at in range(len(row)))]
    assert len(matching) >= 20 * 8


def test_what_has_no_room_is_not_drawn_thinner():
    assert bars("X" * 60, CODE128, room=180) is None
    assert bars("(403)27680807+99000943042250", GS1_128, room=92) is None
    assert bars("(403)27680807+99000943042250", GS1_128, room=180).width <= 165.1


@pytest.mark.parametrize(
    ("symbology", "says"),
    [
        (CODE128, "Größe"),
        (CODE128, "a\nb"),
        (GS1_128, "340434161094015902"),
        (GS1_128, "(00)34043416109401590"),
        (GS1_128, "(00)340434161094015902x"),
        (GS1_128, "(99)" + "1" * 60),
        (GS1_128, "(77)12"),
        (ITF, "123"),
        (ITF, "12a4"),
        (ITF14, "15400141288764"),
        (ITF14, "1540014128876"),
    ],
)
def test_what_a_symbology_cannot_say_is_refused_and_stands_on_the_label_in_letters(symbology, says):
    with pytest.raises(ValueError):
        bars(says, symbology, room=180)

    assert not {key for key in seen(label(symbology, says), 203) if key[0] != "QRCode"}


def test_check_digits():
    assert [mod10(digits) for digits in ("15400141288763", "340434161094015902", "15400141288764")] == [
        True,
        True,
        False,
    ]


# QR


def test_a_qr_code_has_its_quiet_zone_and_survives_damage():
    code = qr("R-7K3QFW2X", words="")

    assert code.quiet == 4
    assert segno.make_qr("R-7K3QFW2X", error="m").error in "MQH"


def test_a_qr_code_of_the_carrier_with_dots_too_small_gives_way_to_our_number():
    long = "https://carrier.example/" + "x" * 276

    assert ("QRCode", "]Q1", long) in seen(label_pdf(make_facts(code=long)), 300)
    assert ("QRCode", "]Q1", "R-7K3QFW2X") in seen(label_pdf(make_facts(code=long), paper="a6"), 300)


# What a page may fetch

ATTACKS = [
    "<img src=file:///etc/passwd>",
    '<link rel=attachment href="file:///etc/passwd">',
    '<link rel=stylesheet href="http://127.0.0.1:{port}/sheet.css">',
    "<style>@import url(http://127.0.0.1:{port}/import.css)</style>",
    '<object data="http://127.0.0.1:{port}/object"></object>',
    '<svg><image href="http://127.0.0.1:{port}/image.png"/></svg>',
    '<img src="ftp://127.0.0.1:{port}/x">',
]


@pytest.fixture
def listener():
    """Counts who knocks, and sends everyone on to a file."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    knocks = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            knocks.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, knocks
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_type_is_only_text_and_nothing_is_fetched_for_it(attack, listener):
    port, knocks = listener
    typed = attack.format(port=port)
    pdf = label_pdf(
        make_facts(
            shop_name=typed, sender=(typed,), receiver=(typed,), carrier=typed, lines=(LabelLine(1, typed, typed),)
        )
    )

    assert knocks == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert b"root:" not in b"".join(page.Contents.read_bytes() for page in opened.pages)
        assert "/EmbeddedFiles" not in opened.Root.get("/Names", {})


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file://localhost/etc/passwd",
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "/etc/passwd",
        "relative.png",
        "jar:file:///x",
    ],
)
def test_even_a_page_of_ours_that_asks_can_read_nothing(address, listener):
    """Should a template ever let an address through, the fetcher is the second door."""
    from weasyprint import HTML

    from returns.papers.press import only_data

    port, knocks = listener
    asked = address.format(port=port)
    with pytest.raises(Exception):  # noqa: B017 - whatever it says, it gave nothing
        only_data().fetch(asked)
    page = f'<link rel=attachment href="{asked}"><link rel=stylesheet href="{asked}"><img src="{asked}" alt="x">text'

    pdf = HTML(string=page, url_fetcher=only_data(), base_url="file:///etc/").write_pdf()

    assert knocks == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not any(isinstance(thing, pikepdf.Stream) and b"root:" in thing.read_bytes() for thing in opened.objects)


def test_the_fetcher_reads_what_an_address_itself_holds():
    from returns.papers.press import only_data

    assert only_data().fetch("data:text/plain,hello").read() == b"hello"
