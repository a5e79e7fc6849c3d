import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from carriers import CARRIERS
from customers.models import Entry, Shop
from orders.models import Order
from portal.background import catch_up
from returns.models import Terms
from shipments.models import CarrierAccount, Shipment
from tests import make
from tests.orders.test_shopify import COLUMNS as SHOPIFY
from tests.orders.test_shopify import LINE as SHOPIFY_LINE
from tests.orders.test_shopify import ORDER as SHOPIFY_ORDER

pytestmark = pytest.mark.django_db

EXAMPLE = Path(settings.BASE_DIR) / "docs" / "shop.example.toml"
ORDERS = """\
order_number,placed_at,email,name,street,postcode,city,country,sku,title,quantity,unit_price,tracking_number
A-1,2026-10-12,ada@example.com,Ada,Am Beispiel 1,10115,Berlin,DE,MUG,Mug,1,19.00,SB1|SB2
A-2,2026-10-12,bea@example.com,Bea,Am Beispiel 2,10115,Berlin,DE,MUG,Mug,2,19.00,
"""


def run(*words, **options):
    """(exit code, what was said, what went wrong)"""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(*words, stdout=out, stderr=err, **options)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue().strip(), err.getvalue().strip()


def written(tmp_path, text, name="file.csv"):
    path = tmp_path / name
    path.write_text(text)
    return str(path)


# set_up_shop


def test_the_example_of_a_shop_sets_one_up_and_a_second_time_changes_nothing():
    code, said, _ = run("set_up_shop", str(EXAMPLE))

    assert code == 0
    assert "Linden & Loom is set up." in said
    shop = Shop.objects.get()
    terms = Terms.objects.get()
    assert (terms.version, terms.starts_at.year) == (1, 1970)
    assert terms.numbers["photo_from"] == {"EUR": 2000, "USD": 2000, "GBP": 2000, "VND": 500_000}
    assert CarrierAccount.objects.get().account == {"base_url": "env:SANDBOX_URL", "key": "demo"}

    assert run("set_up_shop", str(EXAMPLE)) == (0, "Nothing to change.", "")
    assert Shop.objects.get() == shop
    assert Terms.objects.count() == 1


def test_the_example_names_every_number_of_the_terms_with_the_value_it_has_when_left_out():
    from dataclasses import asdict

    from portal.shop_file import read_shop
    from returns.policy.terms import Terms as Numbers

    chosen = {**asdict(Numbers()), "return_carrier": "sandbox", "ask_when": list(Numbers().ask_when)}
    del chosen["version"], chosen["rules"]

    assert read_shop(EXAMPLE)["terms"] == chosen


def test_changed_numbers_make_a_new_version_and_a_changed_name_does_not(tmp_path):
    run("set_up_shop", str(EXAMPLE))
    other = EXAMPLE.read_text().replace("return_days = 30", "return_days = 60")
    renamed = other.replace('name = "Linden & Loom" ', 'name = "Elm & Loom" ')

    assert run("set_up_shop", written(tmp_path, other))[1] == "Terms version 2 hold for orders placed from now on."
    assert run("set_up_shop", written(tmp_path, renamed))[1] == "Elm & Loom has a new name."
    assert list(Terms.objects.order_by("version").values_list("numbers__return_days", flat=True)) == [30, 60]


def test_the_file_changes_the_look_it_names_and_leaves_the_rest_to_the_brand_page(tmp_path):
    text = EXAMPLE.read_text().replace('corners = "round"', "")
    silent = written(tmp_path, text.replace('accent = "#0b6e5f"', ""), "silent.toml")
    blue = written(tmp_path, text.replace('accent = "#0b6e5f"', 'accent = "#1D4ED8"'), "blue.toml")
    run("set_up_shop", silent)
    Shop.objects.update(accent="#aa0000", corners="soft")

    said = [run("set_up_shop", path)[1] for path in (silent, blue, blue)]

    assert said == ["Nothing to change.", "Linden & Loom has a new look.", "Nothing to change."]
    assert Shop.objects.values_list("accent", "corners").get() == ("#1d4ed8", "soft")
    (line,) = Entry.objects.filter(verb="shop.brand_changed")
    assert (line.by, line.facts) == ("file", {"before": {"accent": "#aa0000"}, "after": {"accent": "#1d4ed8"}})


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ("transit_days = 5", "transitdays = 5", "transitdays: this key is not known; did you mean transit_days?"),
        ('accent = "#0b6e5f"', 'accent = "teal"', "accent: write a colour such as #0b6e5f"),
        ('corners = "round"', 'corners = "oval"', "corners: use one of square, soft, round"),
        ("return_days = 30", "return_day = 30", "terms.return_day: this key is not known"),
        ("[carriers.sandbox]", "[carriers.pigeon]", "carriers.pigeon: this carrier is not known"),
        ('EUR = "20.00"', "EUR = 20.00", "terms.photo_from.EUR: put quotes around the sum"),
        ('EUR = "20.00"', 'EUR = "20.001"', "terms.photo_from.EUR: “20.001” has 3 decimals"),
        ('language = "en" ', 'language = "fr" ', "language: use one of en, de, el, vi"),
        ('time_zone = "Europe/Berlin"', 'time_zone = "Berlin"', "time_zone: write it such as Europe/Berlin"),
        ('postcode = "04109"\n', "", "return_address.postcode: is missing"),
        ('slug = "linden-and-loom"', 'slug = ""', "slug: is missing"),
        ("stop_minutes = 15", "stop_minutes = true", "terms.stop_minutes: write a whole number"),
        ('return_carrier = "sandbox"', 'return_carrier = "dove"', "terms.return_carrier: use one of "),
        ('key = "demo"', 'kee = "demo"', "carriers.sandbox.kee: this key is not known; did you mean key?"),
        ('key = "demo"', "", "carriers.sandbox.key: is missing: any word"),
        ('key = "demo"', 'key = "demo"\npush = "yes"', "carriers.sandbox.push: write true or false"),
        ("[terms]", "[terms", "is not TOML"),
    ],
)
def test_a_mistake_in_the_shops_file_is_named_and_nothing_is_changed(tmp_path, was, now, named):
    assert was in EXAMPLE.read_text()

    code, _, wrong = run("set_up_shop", written(tmp_path, EXAMPLE.read_text().replace(was, now, 1)))

    assert code == 2
    assert named in wrong
    assert not Shop.objects.exists()


# import_orders, import_stock


def test_a_good_file_ends_with_0_and_says_what_came_in(shop, tmp_path):
    file = written(tmp_path, ORDERS)

    assert run("import_orders", file) == (0, "2 new, 0 known, 0 refused, 2 parcels", "")
    assert run("import_orders", file) == (0, "0 new, 2 known, 0 refused, 0 parcels", "")


def test_a_bad_row_is_told_by_line_column_and_order_and_the_end_is_1(shop, tmp_path):
    file = written(tmp_path, ORDERS.replace("Mug,2,", "Mug,none,"))

    code, said, wrong = run("import_orders", file)

    assert (code, said) == (1, "1 new, 0 known, 1 refused, 2 parcels")
    assert wrong.startswith("line 3, column quantity (order A-2): “none” is not a quantity")


def test_a_changed_sum_is_refused_by_name(shop, tmp_path):
    run("import_orders", written(tmp_path, ORDERS))

    code, said, wrong = run("import_orders", written(tmp_path, ORDERS.replace("Mug,2,19.00", "Mug,2,18.00")))

    assert (code, said) == (1, "0 new, 1 known, 1 refused, 0 parcels")
    assert wrong.startswith("line 3, column line_paid (order A-2): This order is here already with 3800")


@pytest.mark.parametrize("command", ["import_orders", "import_stock"])
def test_a_file_that_cannot_be_read_ends_with_2(shop, tmp_path, command):
    nothing = run(command, str(tmp_path / "nothing.csv"))
    empty = run(command, written(tmp_path, ""))
    (tmp_path / "latin.csv").write_bytes("sku,product\nTÜR,Tür\n".encode("latin-1"))
    latin = run(command, str(tmp_path / "latin.csv"))

    assert nothing == (2, "", f"{tmp_path / 'nothing.csv'} cannot be read: No such file or directory.")
    assert (empty[0], empty[2]) == (2, "The file is empty: its first line must name the columns.")
    assert latin[0] == 2
    assert "not UTF-8" in latin[2]


def test_a_file_that_breaks_off_ends_with_2_and_says_what_came_in(shop, tmp_path):
    code, said, wrong = run("import_orders", written(tmp_path, ORDERS + 'A-3,"no end'))

    assert (code, said) == (2, "1 new, 0 known, 0 refused, 2 parcels")
    assert "Line 4 is not CSV" in wrong


def test_shopifys_export_comes_in_as_it_is(shop, tmp_path):
    row = {**SHOPIFY_ORDER, **SHOPIFY_LINE}
    file = ",".join(SHOPIFY) + "\n" + ",".join(f'"{row.get(column, "")}"' for column in SHOPIFY) + "\n"

    assert run("import_orders", written(tmp_path, file), format="shopify")[:2] == (
        0,
        "1 new, 0 known, 0 refused, 0 parcels",
    )
    assert Order.objects.get().number == "#1001"


def test_without_a_shop_or_among_several_it_says_what_to_do(tmp_path):
    file = written(tmp_path, ORDERS)

    none = run("import_orders", file)
    make.make_shop(slug="elm")
    make.make_shop(slug="oak")
    several = run("import_orders", file)
    chosen = run("import_orders", file, shop="oak")

    assert none == (2, "", "There is no shop yet: run manage.py set_up_shop FILE.toml first.")
    assert several == (2, "", "There are several shops: name one with --shop.")
    assert chosen[0] == 0
    assert set(Order.objects.values_list("shop__slug", flat=True)) == {"oak"}


def test_stock_says_what_changed(shop, tmp_path):
    file = written(tmp_path, "sku,product,price,on_hand\nMUG,Mug,19.00,4\nBOWL,Bowl,,1\n")

    assert run("import_stock", file)[:2] == (1, "1 new or changed, 0 as before, 1 refused")
    assert run("import_stock", file) == (
        1,
        "0 new or changed, 1 as before, 1 refused",
        "line 3, column price: is empty: write something here",
    )


def test_standard_input_is_read(shop, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(ORDERS.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    assert run("import_orders", "-")[:2] == (0, "2 new, 0 known, 0 refused, 2 parcels")


# staff_link, look, worker


def test_a_staff_link_signs_in_once(client, shop):
    code, link, _ = run("staff_link", user="sam", create=True)
    path = link.removeprefix(settings.SITE_URL)

    assert code == 0
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    assert client.get("/staff/").status_code == 200
    assert client.get(path).status_code == 410


def test_a_staff_link_is_for_staff_only(django_user_model):
    assert run("staff_link", user="sam") == (2, "", "There is no account sam: add --create to make it.")
    django_user_model.objects.create_user("bob")
    assert run("staff_link", user="bob")[0] == 2
    assert run("staff_link")[0] == 2
    sam = django_user_model.objects.create_user("sam", is_staff=True)
    assert run("staff_link")[0] == 0
    sam.is_active = False
    sam.save()
    assert run("staff_link", user="sam")[0] == 2


def test_look_asks_now_about_the_parcels_that_are_named(box, shop, tmp_path):
    for number in ("SBLOOK1", "SBLOOK2"):
        box.post("/_sandbox/parcels", {"number": number, "life": "fresh"})
    run("import_orders", written(tmp_path, ORDERS.replace("SB1|SB2", "SBLOOK1|SBLOOK2")))
    catch_up()
    for number in ("SBLOOK1", "SBLOOK2"):
        box.post("/_sandbox/parcels", {"number": number, "life": "on_time"})
        box.post(f"/_sandbox/parcels/{number}/move", {"to": "delivered"})

    assert run("look") == (2, "", "Name tracking numbers, or say --all.")
    assert run("look", "SBLOOK1") == (0, "1 parcels looked at.", "")

    statuses = dict(Shipment.objects.values_list("tracking_number", "status"))
    assert statuses == {"SBLOOK1": "delivered", "SBLOOK2": "pre_transit"}


def test_the_worker_ends_when_it_is_told_to(tmp_path):
    manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
    environment = {"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "INFO"}
    subprocess.run([*manage, "migrate", "-v", "0"], env=environment, check=True)
    worker = subprocess.Popen([*manage, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    assert "worker.started" in worker.stderr.readline()

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=20) == 0
    assert "worker.stopped" in worker.stderr.read()


# carriers


REPLY = """{"parcels": [{"no": "SB840000000019", "eta": "2025-11-21", "log": [
  {"ts": "2025-11-20T15:00:00+01:00", "c": "PUP", "txt": "Picked up <b>today</b>", "where": "Leipzig"}]}],
 "unknown": ["SB2"]}"""


def test_a_raw_reply_is_translated_with_every_key_that_was_promised(tmp_path):
    code, said, _ = run("carriers", "translate", "sandbox", written(tmp_path, REPLY))

    assert code == 0
    assert json.loads(said) == {
        "parcels": [
            {
                "tracking_number": "SB840000000019",
                "status": "accepted",
                "sub_status": "",
                "delivered": False,
                "estimated_delivery": "2025-11-21",
                "events": [
                    {
                        "at": "2025-11-20T15:00:00+01:00",
                        "local": "2025-11-20T15:00:00",
                        "code": "PUP",
                        "text": "Picked up today",
                        "place": "Leipzig",
                        "status": "accepted",
                    }
                ],
            }
        ],
        "errors": [{"code": "unknown", "message": "unknown"}],
    }


def test_a_reply_may_come_by_the_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REPLY.encode())))

    code, said, _ = run("carriers", "translate", "sandbox", "-")

    assert (code, json.loads(said)["parcels"][0]["status"]) == (0, "accepted")


def test_an_error_of_the_carrier_is_a_reply_and_a_web_page_is_none(tmp_path):
    refused = written(tmp_path, '{"fehler": "unknown_key", "text": "Unknown key"}')

    assert json.loads(run("carriers", "translate", "sandbox", refused)[1]) == {
        "parcels": [],
        "errors": [{"code": "unknown_key", "message": "Unknown key"}],
    }
    with pytest.raises(CommandError, match="no reply of Sandbox Parcel"):
        run("carriers", "translate", "sandbox", written(tmp_path, "<html>"))
    with pytest.raises(CommandError, match="cannot be read"):
        run("carriers", "translate", "sandbox", str(tmp_path / "none"))


def test_numbers_are_told_one_item_an_argument_in_their_order():
    said = json.loads(run("carriers", "detect", "1Z999AA10123456784", "1Z999AA10123456785", "")[1])

    assert said == [
        {"number": "1Z999AA10123456784", "candidates": [{"carrier": "ups", "check": "ok"}]},
        {"number": "1Z999AA10123456785", "candidates": []},
        {"number": "", "candidates": []},
    ]


def test_check_tells_which_account_works_and_keeps_what_it_found(shop, box):
    CarrierAccount.objects.filter(shop=shop).update(account={"base_url": box.url, "key": "wrong-key", "kee": 1})

    with pytest.raises(CommandError, match="1 of the accounts above need a hand"):
        run("carriers", "check")
    kept = CarrierAccount.objects.get()

    assert kept.found_wrong[0] == "kee is not a key of this account."
    assert kept.found_wrong[1].startswith("Sandbox Parcel refuses this account.")
    CarrierAccount.objects.update(account={"base_url": box.url, "key": "good"})
    code, said, _ = run("carriers", "check", "sandbox")
    assert (code, said.splitlines()) == (
        0,
        [f"{shop.slug} sandbox: works", "  The adapter was checked against the stand-in of this project."],
    )
    with pytest.raises(CommandError, match="Not a carrier of ours: dove"):
        run("carriers", "check", "dove")


def test_every_carrier_is_listed_with_what_it_was_checked_against():
    said = run("carriers", "list")[1]

    assert [line.split()[0] for line in said.splitlines() if not line.startswith(" ")] == sorted(CARRIERS)
    assert said.count("checked against") == len(CARRIERS)


def test_the_manual_says_of_every_carrier_what_the_adapter_says():
    manual = (Path(settings.BASE_DIR) / "docs/carriers.md").read_text()

    told = run("carriers", "list", "--markdown")[1]

    assert manual.partition("<!-- manage.py carriers list --markdown -->\n\n")[2] == f"{told}\n"
