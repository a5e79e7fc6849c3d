"""A photo is made anew from its pixels: nothing of what was uploaded is kept, and a bomb ends in the child."""

import io
import re
import struct
import subprocess
import sys
import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from orders import pictures
from orders.errors import Unreadable
from orders.pictures import CHILD, made_anew
from portal.customer.photos import MOST_BYTES
from returns import actions, drafts, parcels
from returns.errors import TooMany
from returns.models import Photo, Return
from tests import make

CANARY = b"CANARY-in-the-metadata"


def with_metadata(form: str) -> bytes:
    """A picture that tells place, time and more."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif[0x0112] = 6  # turn it a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    data = io.BytesIO()
    more = {"icc_profile": CANARY * 10, "comment": CANARY} if form == "JPEG" else {}
    Image.effect_noise((300, 200), 50).convert("RGB").save(data, form, exif=exif, **more)
    return data.getvalue() + CANARY


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_time_and_comments_stay_behind(form):
    upload = with_metadata(form)
    before = Image.open(io.BytesIO(upload))
    assert (CANARY in upload, dict(before.getexif().get_ifd(0x8825)) != {}) == (True, True)

    kept = made_anew(upload)

    after = Image.open(io.BytesIO(kept))
    assert (after.format, after.size) == ("WEBP", (200, 300))  # turned as it was meant to be seen
    assert (dict(after.getexif()), after.info.get("icc_profile"), after.info.get("xmp")) == ({}, None, None)
    assert (CANARY in kept, b"EXIF" in kept, b"XMP" in kept, b"GPS" in kept) == (False,) * 4


def test_nothing_of_the_uploaded_bytes_is_kept():
    upload = with_metadata("JPEG")

    kept = made_anew(upload)

    pieces = [upload[n : n + 12] for n in range(0, len(upload) - 12, 12)]
    assert len(pieces) > 500
    assert [piece for piece in pieces if piece in kept] == []


def test_a_large_picture_is_made_smaller():
    kept = made_anew(make.picture(size=(4000, 1000)))

    assert Image.open(io.BytesIO(kept)).size == (2000, 500)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is enormous."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small PNG with text that unpacks to 100 MB."""
    words = zlib.compress(b"\0" * 100_000_000, 9)
    return make.picture(form="PNG")[:-12] + chunk(b"zTXt", b"k\0\0" + words) + chunk(b"IEND", b"")


HTML = b"<html><script>alert(1)</script></html>"
REFUSED = {
    "nothing": b"",
    "words": b"hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": HTML,
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj",
    "gif": make.picture(form="GIF"),
    "bmp": make.picture(form="BMP"),
    "tiff": make.picture(form="TIFF"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "cut jpeg": make.picture()[:-2000],
    "cut png": make.picture(form="PNG")[:-200],
    "half a head": make.picture()[:100],
    "a bomb of 60,000 a side": bomb(60_000, 60_000),
    "a bomb just over the limit": bomb(10_000, 5_001),
    "a zip": b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_picture_is_refused(name):
    with pytest.raises(Unreadable):
        made_anew(REFUSED[name])


def test_a_picture_that_is_also_a_page_becomes_a_picture_only():
    polyglots = [
        make.picture() + HTML,
        make.picture(form="PNG") + HTML,
        make.picture(form="PNG") + b"PK\x03\x04" + HTML,
    ]

    kept = [made_anew(upload) for upload in polyglots]

    assert [HTML[:14] in each for each in kept] == [False] * 3
    assert [Image.open(io.BytesIO(each)).format for each in kept] == ["WEBP"] * 3


def test_text_that_unpacks_to_much_does_not_get_far():
    try:
        kept = made_anew(text_bomb())
    except Unreadable:
        return

    assert len(kept) < 10_000


def test_a_child_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(30)\n")
    monkeypatch.setattr(pictures, "CHILD", slow)
    monkeypatch.setattr(pictures, "LONGEST", 0.3)

    with pytest.raises(Unreadable, match="too long"):
        made_anew(make.picture())


def test_the_child_has_little_memory_little_time_and_writes_no_file(tmp_path):
    """The same limits, and then a try to overstep each."""
    source = CHILD.read_text().split("    Image.MAX_IMAGE_PIXELS")[0]
    tries = {
        "memory": "x = bytearray(2 * 1024**3)",
        "file": f"open({str(tmp_path / 'written')!r}, 'wb', buffering=0).write(b'x' * 100)",
        "nothing": "pass",
    }

    told = {}
    for name, act in tries.items():
        code = f"{source}\n    {act}\nmain()"
        run = subprocess.run([sys.executable, "-I", "-c", code, "10"], capture_output=True, check=False, timeout=60)
        told[name] = run.returncode == 0

    assert told == {"memory": False, "file": False, "nothing": True}
    written = tmp_path / "written"
    assert not written.exists() or written.stat().st_size == 0
    assert "RLIMIT_CPU" in source


# On the page


@pytest.fixture
def draft(shop, ada, db):
    order = make.make_order(shop)
    ada.post("/", {"number": order.number, "proof": "10115"})
    path = ada.post(f"/o/{order.number_key}/return/")["Location"].rpartition("problem/")[0]
    ada.post(f"{path}problem/1/", {"reason": "damaged"})
    return path


def add(ada, path: str, data: bytes, name: str = "p.jpg", kind: str = "image/jpeg") -> int:
    return ada.post(f"{path}photo/1/", {"photo": SimpleUploadedFile(name, data, kind)}).status_code


def test_a_page_that_calls_itself_a_photo_is_refused_and_nothing_is_kept(ada, draft):
    told = [add(ada, draft, HTML), add(ada, draft, REFUSED["svg"], "p.svg", "image/svg+xml"), add(ada, draft, b"")]

    assert told == [422] * 3
    assert Photo.objects.count() == 0
    assert add(ada, draft, make.picture()) in {200, 302}
    assert Photo.objects.count() == 1


def test_ten_megabytes_are_the_most(ada, draft):
    jpeg = make.picture()

    told = [add(ada, draft, jpeg + b"\0" * (size - len(jpeg))) for size in (MOST_BYTES + 1, MOST_BYTES)]

    assert (told[0], Photo.objects.count()) == (422, 1)
    assert MOST_BYTES == 10 * 1024 * 1024


def test_the_customers_file_name_is_forgotten(ada, draft):
    add(ada, draft, make.picture(), name="../../etc/Ada Example at home.jpg.html")

    name = Photo.objects.get().file.name
    assert re.fullmatch(r"(photos/)?[\w-]{32}\.webp", name)


def test_five_photos_are_the_most(shop):
    line = make.make_return(make.make_order(shop), state="draft", reason="damaged").lines.get()
    for _ in range(5):
        drafts.add_photo(line, make.picture())

    with pytest.raises(TooMany):
        drafts.add_photo(line, make.picture())

    assert line.photos.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_removed_is_gone_from_the_disk(shop):
    line = make.make_return(make.make_order(shop), state="draft", reason="damaged").lines.get()
    photo = drafts.add_photo(line, make.picture())
    storage, name = photo.file.storage, photo.file.name
    assert storage.exists(name)

    drafts.remove_photo(photo)

    assert (storage.exists(name), Photo.objects.count()) == (False, 0)


def test_staff_get_the_picture_and_nothing_else_of_it(shop, sam):
    ret = make.make_return(make.make_order(shop), state="draft", reason="damaged")
    upload = with_metadata("JPEG")
    photo = drafts.add_photo(ret.lines.get(), upload)
    actions.submit(ret)

    response = sam.get(f"/staff/returns/{ret.number}/photos/{photo.pk}/")

    served = b"".join(response.streaming_content)
    assert (response.status_code, response["Content-Type"], served[8:12]) == (200, "image/webp", b"WEBP")
    assert CANARY not in served
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_pictures_and_receipts_are_deleted_ninety_days_after_the_end_and_not_a_day_earlier(shop, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    draft = make.make_return(make.make_order(shop), reason="damaged", state="draft")
    drafts.add_photo(draft.lines.get(), make.picture())
    ret = actions.submit(draft)
    proof = parcels.submit_proof(ret, by="customer", file=("receipt.webp", make.picture()))
    ended = timezone.now() - timedelta(days=90)
    Return.objects.update(state="settled", ended_at=ended)

    kept = actions.forget_photos(ended)
    gone = actions.forget_photos(ended + timedelta(seconds=1))

    assert (kept, gone, Photo.objects.count(), make.fresh(proof).file.name) == (0, 2, 0, "")
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
