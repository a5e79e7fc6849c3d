"""Labels as shipped against plain WeasyPrint, reportlab and typst, on the same content, in the same run.

Each way draws the same labels (A4: label and slip, Code 128, two QR codes, three items, in German, Greek and
Vietnamese) in a process of its own, which tells its time, its CPU and the memory it had at the most. Plain is
WeasyPrint as one begins with it: fonts and style sheet are read anew for every label, by the default fetcher. reportlab
and typst are installed into a throw-away environment; they place the lines where the bench says, and lay nothing out.
What each has drawn is read back: the codes and the words must be there.
"""

import argparse
import io
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
OTHERS = ("reportlab==5.1.0", "typst==0.15.2")
WAYS = ("ours", "plain", "reportlab", "typst")
MM = 72 / 25.4


# --- the content -------------------------------------------------------------------------------------------------


def facts_of(n: int):
    from datetime import date

    from returns.papers import LabelFacts, LabelLine

    language, name, street = (
        ("de", "Größe Übergröße ß", "Übergrößenstraße 14"),
        ("el", "Ελληνική Ωμέγα", "Ελληνική οδός 7"),
        ("vi", "Nguyễn Thị Hồng", "Đường Trần Hưng Đạo 12"),
    )[n % 3]
    return LabelFacts(
        language=language,
        shop_name="Linden & Co.",
        number=f"R-7K3Q{n:04d}",
        parcel=1,
        parcels=2,
        carrier="DHL",
        tracking_number=f"0034043416109{n:07d}",
        routing="DE 27680807+99",
        receiver=("Linden & Co.", "Hauptstraße 4", "10115 Berlin"),
        sender=(name, street, "10115 Berlin"),
        send_by=date(2026, 12, 16),
        lines=(
            LabelLine(1, "Leinenhemd", "blau, Größe M"),
            LabelLine(2, "Λινό πουκάμισο", "Μέγεθος Μ"),
            LabelLine(3, "Áo sơ mi vải lanh", "cỡ M"),
        ),
        code="",
    )


def placed(n: int) -> dict:
    """The same label as words and dark runs with their places: millimetres from the upper left of A4."""
    from django.utils import translation
    from django.utils.translation import gettext, pgettext

    from returns.papers import codes
    from returns.papers.labels import long_day

    facts = facts_of(n)
    with translation.override(facts.language):
        said = [
            (17, 20, 9, 0, gettext("Return with")),
            (17, 27, 18, 1, facts.carrier),
            (95, 27, 15, 1, facts.routing),
            (160, 20, 9, 0, pgettext("label", "Parcel")),
            (160, 27, 18, 1, f"{facts.parcel} / {facts.parcels}"),
            (17, 38, 9, 0, pgettext("label", "To")),
            *((17, 46 + 7 * row, 16, row == 0, line) for row, line in enumerate(facts.receiver)),
            (109, 38, 9, 0, pgettext("label", "From")),
            *((109, 44 + 5 * row, 10, 0, line) for row, line in enumerate(facts.sender)),
            (158, 78, 9, 0, gettext("Return number")),
            (158, 84, 15, 1, facts.number),
            (70, 132, 14, 1, facts.tracking_number),
            (120, 149, 9, 0, gettext("Cut here. The part below goes inside the box.")),
            (12, 163, 12, 0, gettext("Return slip for %(shop)s") % {"shop": facts.shop_name}),
            (12, 178, 26, 1, facts.number),
            (12, 187, 16, 0, gettext("Parcel %(parcel)s of %(parcels)s") % {"parcel": 1, "parcels": 2}),
            (12, 202, 12, 1, gettext("What is in the box")),
        ]
        for row, line in enumerate(facts.lines):
            said += [
                (12, 210 + 13 * row, 12, 1, f"{line.quantity} ×"),
                (24, 210 + 13 * row, 12, 1, line.title),
                (24, 215 + 13 * row, 11, 0, line.detail),
            ]
        steps = (
            gettext("Pack the items on this list. Any strong box is fine."),
            gettext("Put this slip inside, on top."),
            gettext("Remove old labels. Stick the upper part on the box. Do not put tape over the codes."),
            gettext("Hand in the box at any %(carrier)s shop by:") % {"carrier": facts.carrier},
            long_day(facts.send_by, facts.language),
            gettext("Keep the receipt. It is your proof."),
        )
        said.append((118, 202, 12, 1, gettext("What to do")))
        row = 210.0
        for step in steps:
            for part in wrap(step, 44):
                said.append((126, row, 11, 0, part))
                row += 5.2
            row += 1.6
    bars = codes.bars(facts.tracking_number, codes.CODE128, room=180)
    qr = codes.qr(facts.number, words="")
    return {
        "number": facts.number,
        "tracking": facts.tracking_number,
        "said": said,
        "boxes": [
            *runs((bars.bits,), 64, 98, bars.module, bars.height),
            *dots(qr, 156, 34, 39),
            *dots(qr, 165, 156, 38),
        ],
        "lines": [
            (12, 11, 186, 0.5),
            (12, 31, 186, 0.5),
            (12, 92, 186, 0.5),
            (12, 136.5, 186, 0.5),
            (12, 196, 186, 0.5),
        ],
    }


def runs(rows, left: float, top: float, module: float, height: float) -> list[tuple[float, float, float, float]]:
    return [
        (left + run.start() * module, top + at * height, len(run[0]) * module, height)
        for at, bits in enumerate(rows)
        for run in re.finditer("1+", bits)
    ]


def dots(code, left: float, top: float, side: float):
    module = side / code.modules
    return runs(code.rows, left + code.quiet * module, top + code.quiet * module, module, module)


def fonts_into(folder: Path) -> None:
    """Our two fonts as plain TrueType, under their own names."""
    from fontTools.ttLib import TTFont

    for weight in ("Regular", "Bold"):
        font = TTFont(ROOT / "static" / "fonts" / f"NotoSans-{weight}.subset.woff2")
        font.flavor = None
        font.save(folder / f"NotoSans-{weight}.ttf")


# --- the four ways -----------------------------------------------------------------------------------------------


def ours(_folder: Path):
    from returns.papers import label_pdf

    return lambda n: label_pdf(facts_of(n))


def plain(_folder: Path):
    from weasyprint import HTML

    from returns.papers import labels, press

    css = "\n".join((press.STATIC / name).read_text() for name in press.LOOKS["label"])

    def draw(n: int) -> bytes:
        page = press._page(labels._label(facts_of(n), "a4"), stylesheets=[])
        page = page.replace("</head>", f"<style>{css}</style></head>")
        return HTML(string=page, base_url=str(press.STATIC / "css" / "label.css")).write_pdf()

    return draw


def by_reportlab(folder: Path):
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    for weight in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(weight, str(folder / f"NotoSans-{weight}.ttf")))
    content = json.loads((folder / "content.json").read_text())

    def draw(n: int) -> bytes:
        label, written = content[n], io.BytesIO()
        canvas = Canvas(written, pagesize=(210 * MM, 297 * MM), pageCompression=1)
        for x, y, size, bold, text in label["said"]:
            canvas.setFont("Bold" if bold else "Regular", size)
            canvas.drawString(x * MM, (297 - y) * MM, text)
        path = canvas.beginPath()
        for x, y, width, height in label["boxes"]:
            path.rect(x * MM, (297 - y - height) * MM, width * MM, height * MM)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.save()
        return written.getvalue()

    return draw


def by_typst(folder: Path):
    import typst

    content = json.loads((folder / "content.json").read_text())
    compiler = typst.Compiler(font_paths=[str(folder)], ignore_system_fonts=True)

    def draw(n: int) -> bytes:
        label = content[n]
        drawn = "".join(
            f'<rect x="{x:.3f}" y="{y:.3f}" width="{w:.3f}" height="{h:.3f}"/>' for x, y, w, h in label["boxes"]
        )
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">{drawn}</svg>'
        )
        said = "\n".join(
            f"#place(top + left, dx: {x}mm, dy: {y}mm, text(size: {size}pt, weight: {700 if bold else 400}, "
            f'top-edge: "baseline", {json.dumps(text, ensure_ascii=False)}))'
            for x, y, size, bold, text in label["said"]
        )
        source = (
            '#set page(width: 210mm, height: 297mm, margin: 0mm)\n#set text(font: "Noto Sans")\n'
            f'#place(top + left, image(bytes({json.dumps(svg)}), format: "svg", width: 210mm))\n{said}'
        )
        return compiler.compile(source.encode(), format="pdf")

    return draw


DRAW = {"ours": ours, "plain": plain, "reportlab": by_reportlab, "typst": by_typst}


def child(way: str, count: int, folder: Path) -> None:
    """One way, alone in its process; the first label is drawn before the clock starts."""
    if way in ("ours", "plain"):
        set_up_django()
    draw = DRAW[way](folder)
    (folder / f"{way}.pdf").write_bytes(draw(0))
    sizes, taken = [], []
    cpu = time.process_time()
    for n in range(count):
        began = time.perf_counter()
        sizes.append(len(draw(n)))
        taken.append((time.perf_counter() - began) * 1000)
    print(json.dumps({
        "ms": statistics.median(taken),
        "slowest": max(taken),
        "cpu": (time.process_time() - cpu) / count * 1000,
        "bytes": statistics.mean(sizes),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))  # fmt: skip


def set_up_django() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="portal.settings", LOG_LEVEL="ERROR")
    os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="homeward-bench-"))
    import django

    django.setup()


# --- the run -----------------------------------------------------------------------------------------------------


def other_python(folder: Path) -> str:
    """A Python with reportlab and typst; "" when they cannot be had here."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *OTHERS]
    if subprocess.run(install, check=False, stderr=subprocess.DEVNULL).returncode:
        print(f"{' and '.join(OTHERS)} could not be installed: their rows are left out.")
        return ""
    return python


def read_back(pdf: Path, label: dict) -> None:
    import pypdfium2
    import zxingcpp

    with pypdfium2.PdfDocument(pdf.read_bytes()) as document:
        words = document[0].get_textpage().get_text_range()
        picture = document[0].render(scale=203 / 72).to_pil().convert("L")
    read = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert {label["number"], label["tracking"]} <= read, (pdf.name, read)
    assert all(word in words for word in ("Größe Übergröße ß", "Λινό πουκάμισο", "Áo sơ mi vải lanh")), pdf.name


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--labels", type=int, default=50)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.way:
        child(chosen.way, chosen.labels, chosen.folder)
        return
    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as name:
        folder = Path(name)
        os.environ["DATA_DIR"] = name
        set_up_django()
        from django.core.management import call_command

        call_command("messages", "--compile")
        fonts_into(folder)
        content = [placed(n) for n in range(chosen.labels)]
        (folder / "content.json").write_text(json.dumps(content))
        other = other_python(folder)
        pythons = {"ours": sys.executable, "plain": sys.executable, "reportlab": other, "typst": other}
        measured: dict[str, list[dict]] = {way: [] for way in WAYS if pythons[way]}
        for _ in range(chosen.rounds):
            for way, rows in measured.items():
                command = [pythons[way], __file__, "--way", way, "--labels", str(chosen.labels), "--folder", name]
                rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        for way in measured:
            read_back(folder / f"{way}.pdf", content[0])
    report(measured, chosen.labels)


def report(measured: dict[str, list[dict]], labels: int) -> None:
    print(f"{labels} labels on A4, medians of {len(measured['ours'])} rounds, {os.cpu_count()} cores")
    print("             ms a label   slowest       CPU     bytes  peak MB   plain is slower by")
    plain_ms = statistics.median(row["ms"] for row in measured["plain"])
    for way, rows in measured.items():
        row = {name: statistics.median(each[name] for each in rows) for name in rows[0]}
        print(
            f"{way:<12}{row['ms']:>11.1f}{row['slowest']:>10.1f}{row['cpu']:>10.1f}{row['bytes']:>10.0f}"
            f"{row['peak']:>9.0f}{plain_ms / row['ms']:>12.2f}"
        )


main()
