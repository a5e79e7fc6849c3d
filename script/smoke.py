"""The whole journey, as a customer and as staff walk it: real processes, real HTTP, forms as the pages show them.

No room of the house is imported here; what our own books say is asked at the end by a command.
"""

import argparse
import email
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import policy
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import requests
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
SECRET = "whsec_smoke"
NOW = datetime.now(UTC)

SHOP = """
slug = "smoke"
name = "Smoke & Sons"
country = "DE"
language = "en"
time_zone = "Europe/Berlin"
currency = "EUR"
email = "hello@example.com"
[return_address]
name = "Smoke & Sons, Returns"
street = "Lagerweg 3"
postcode = "04109"
city = "Leipzig"
country = "DE"
[terms]
stop_minutes = 0
return_carrier = "sandbox"
[carriers.sandbox]
base_url = "env:SANDBOX_URL"
key = "smoke"
"""
STOCK = """sku,product,size,colour,price,on_hand
SHIRT-M,Linen shirt,M,white,69.00,4
SHIRT-L,Linen shirt,L,white,69.00,4
LAMP,Table lamp,,brass,149.00,3
MUG,Mug,,blue,19.00,9
"""
HEADER = (
    "order_number,placed_at,email,name,street,postcode,city,country,phone,sku,title,size,quantity,unit_price,"
    "order_discount,delivery_paid,payment_reference,payment_captured,carrier,tracking_number,shipped_on"
)
# number, who, postcode, rows (sku, title, size, quantity, price), discount, paid, life of the parcel, hours ago
ORDERS = (
    ("S-1001", "ada", "10115", (("SHIRT-M", "Linen shirt", "M", 1, "69.00"),), "0", "73.90", "on_time", 130),
    (
        *("S-1002", "bea", "20095"),
        (("LAMP", "Table lamp", "", 1, "149.00"), ("MUG", "Mug", "", 1, "19.00")),
        *("10.00", "162.90", "on_time", 110),
    ),
    ("S-1003", "cleo", "50667", (("LAMP", "Table lamp", "", 1, "149.00"),), "0", "153.90", "on_time", 140),
    ("S-1004", "dan", "80331", (("MUG", "Mug", "", 2, "19.00"),), "0", "42.90", "late", 66),
)
# Of the lamp's 149.00 and the mug's 19.00 a discount of 10.00 was taken: the lamp bears 8.87 of it.
REFUND = 14013
REFUND_SHOWN = "140.13"
LETTERS = {
    "ada": ["access.code", "exchange.shipped", "return.created", "return.received"],
    "bea": ["access.code", "refund.succeeded", "return.approved", "return.created", "return.received"],
    "cleo": ["return.created", "return.rejected"],
    "dan": ["parcel.late"],
}
OURS = """
import json
from notices.models import Letter
from orders.models import Payment, Variant
from returns.models import Refund, Return
print(json.dumps({
    "refunds": list(Refund.objects.values("amount", "currency", "state", "provider_id", "bank_reference", "counted")),
    "payments": list(Payment.objects.values("reference", "captured", "reserved", "outside")),
    "returns": dict(Return.objects.values_list("order__number", "state")),
    "letters": {str(letter.uuid): [letter.kind, letter.state] for letter in Letter.objects.all()},
    "shelf": {sku: [on_hand, held] for sku, on_hand, held in Variant.objects.values_list("sku", "on_hand", "held")},
}))
"""


class Wrong(Exception):
    """The journey is not as it should be."""


def must(true: object, sentence: str) -> None:
    if not true:
        raise Wrong(sentence)


# --- pages ------------------------------------------------------------------------------------------------------


class Form:
    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.values: dict[str, str] = {}  # what a browser would send without a touch
        self.offers: dict[str, list[str]] = {}  # what may be chosen
        self.names: set[str] = set()


class Reader(HTMLParser):
    """The forms of a page, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag in {"script", "style"}:
            self.silent += 1
        if tag == "form":
            self.form = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self.form)
        if self.form is None:
            return
        name = has.get("name", "")
        if tag == "select":
            self.select = name
            self.form.names.add(name)
        elif tag == "option" and self.select:
            self.form.offers.setdefault(self.select, []).append(has.get("value", ""))
            if "selected" in has or self.select not in self.form.values:
                self.form.values[self.select] = has.get("value", "")
        elif tag in {"input", "textarea"} and name:
            self.take_input(self.form, name, has)

    def take_input(self, form: Form, name: str, has: dict[str, str]) -> None:
        form.names.add(name)
        kind = has.get("type", "text")
        if kind in {"radio", "checkbox"}:
            form.offers.setdefault(name, []).append(has.get("value", "on"))
            if "checked" in has:
                form.values[name] = has.get("value", "on")
        elif kind not in {"file", "submit"}:
            form.values[name] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self.silent -= 1
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.words.append(" ".join(data.split()))


class Page:
    def __init__(self, reply: requests.Response) -> None:
        self.url = reply.url
        self.status = reply.status_code
        self.html = reply.text
        reader = Reader()
        reader.feed(reply.text)
        self.forms = reader.forms
        self.text = " ".join(reader.words)

    def form(self, ends: str = "", field: str = "") -> Form:
        """The form whose action ends so, or that has such a field."""
        for form in self.forms:
            path = (form.action or self.url).split("?")[0]
            if (ends and path.endswith(ends)) or (field and field in form.names):
                return form
        raise Wrong(f"{self.url} has no form {ends or field}; it says: {self.text[:300]}")

    def has(self, *words: str) -> "Page":
        for each in words:
            must(each in self.text, f"{self.url} ({self.status}) should say “{each}”; it says: {self.text[:600]}")
        return self


class Browser:
    """One person's browser: its cookies, and the page she sees."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False
        self.page: Page

    def open(self, path: str, *, expect: int = 200) -> Page:
        self.page = Page(self.session.get(urljoin(self.site, path), timeout=20))
        must(self.page.status == expect, f"{path} answers {self.page.status}: {self.page.text[:300]}")
        return self.page

    def fetch(self, path: str) -> requests.Response:
        return self.session.get(urljoin(self.site, path), timeout=30)

    def submit(self, form: Form, *, files: dict | None = None, expect: int = 200, **answers: str) -> Page:
        """Fill the form in and send it, as a browser does; choices have to be offered."""
        for name, value in answers.items():
            must(name in form.names, f"{self.page.url} asks no {name}")
            offered = form.offers.get(name, [value])
            must(value in offered, f"{self.page.url} does not offer {value} for {name}, but {offered}")
        headers = {"Origin": self.site, "Referer": self.page.url}
        url = urljoin(self.page.url, form.action or self.page.url)
        data = {**form.values, **answers}
        self.page = Page(self.session.post(url, data=data, files=files, headers=headers, timeout=30))
        must(self.page.status == expect, f"{url} answers {self.page.status}: {self.page.text[:400]}")
        return self.page


# --- the processes ----------------------------------------------------------------------------------------------


class House:
    """Sandbox, web and worker, each a process; a folder that is thrown away."""

    def __init__(self, folder: Path, *, postgres: bool) -> None:
        self.folder = folder
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.letters_at = folder / "data" / "letters"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept,
            "DATA_DIR": str(folder / "data"),
            "SITE_URL": self.site,
            "SECRET_KEY": "smoke-only-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
            "STRIPE_API_KEY": "sk_test_smoke",
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "LOG_LEVEL": "ERROR",
            "PYTHONUNBUFFERED": "1",
        }
        if postgres:
            self.environment["DATABASE_URL"] = os.environ["DATABASE_URL"]
        self.processes: dict[str, subprocess.Popen] = {}
        self.lock = threading.Lock()

    def start(self, name: str, *arguments: str, **more) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stderr=log, start_new_session=True, **more
            )
        self.processes[name] = process
        return process

    def start_sandbox(self) -> None:
        said = self.start(
            *("sandbox", "-m", "sandbox", "--port", "0", "--state", str(self.folder / "sandbox.sqlite3")),
            *("--webhook-url", f"{self.site}/hooks/stripe/", "--webhook-secret", SECRET),
            stdout=subprocess.PIPE,
            text=True,
        )
        url = said.stdout.readline().split()[-1]
        self.environment |= {"SANDBOX_URL": url, "STRIPE_API_BASE": url}

    def start_web(self) -> None:
        self.start(
            *("web", "-m", "gunicorn", "portal.wsgi:application", "--bind", f"127.0.0.1:{self.port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"),
        )
        wait_for(lambda: answers(f"{self.site}/healthz"), "the web server answers", 30)

    def start_worker(self) -> None:
        self.start("worker", "manage.py", "worker")

    def manage(self, *arguments: str, words: str = "", expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=words,
            text=True,
            capture_output=True,
            check=False,
        )
        must(done.returncode == expect, f"manage.py {arguments} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout.strip()

    def sandbox(self, verb: str, noun: str, /, **said: object) -> dict:
        url = f"{self.environment['SANDBOX_URL']}/_sandbox/{noun}"
        reply = requests.request(verb, url, json=said or None, timeout=10)
        must(reply.ok, f"the sandbox says {reply.status_code} to {noun}: {reply.text}")
        return reply.json()

    def letters(self) -> list[tuple[str, str, str, str]]:
        """(to, subject, Message-ID, text) of every letter that has left."""
        found = []
        for file in sorted(self.letters_at.glob("*.log")):
            for part in re.split(r"^-{79}\n", file.read_text(errors="replace"), flags=re.MULTILINE):
                mail = email.message_from_string(part.lstrip(), policy=policy.default)
                body = mail.get_body(("plain",)) if mail["Message-ID"] else None
                if body is not None:
                    found.append((mail["To"], mail["Subject"], mail["Message-ID"], body.get_content()))
        return found

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=6)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Killer(threading.Thread):
    """Kills the worker, as a power cut would, and starts another at once: at random moments, and once at the worst."""

    def __init__(self, house: House, times: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.house = house
        self.times = times
        self.done = 0
        self.seed = seed
        self.dice = random.Random(seed)
        self.over = threading.Event()

    def run(self) -> None:
        while self.done < self.times - 1 and not self.over.wait(self.dice.uniform(0.5, 3.5)):
            self.strike()

    def strike(self) -> None:
        with self.house.lock:
            worker = self.house.processes["worker"]
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            self.done += 1
            self.house.start("worker", "manage.py", "worker")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


PATIENCE = 30.0


def wait_for(true: Callable[[], object], what: str, seconds: float | None = None):
    """Until it is true; its value. A killed worker's work is taken up when its lease has ended."""
    ends = time.monotonic() + (seconds or PATIENCE)
    while time.monotonic() < ends:
        if value := true():
            return value
        time.sleep(0.1)
    raise Wrong(f"waited in vain: {what}")


# --- the journey ------------------------------------------------------------------------------------------------


def orders_csv() -> str:
    rows = [HEADER]
    for number, who, postcode, lines, discount, paid, _life, hours in ORDERS:
        shipped = NOW - timedelta(hours=hours)
        placed = (shipped - timedelta(hours=20)).isoformat(timespec="seconds")
        for place, (sku, title, size, quantity, price) in enumerate(lines):
            buyer = (
                f"{placed},{who}@example.com,{who.title()} Example,Am Beispiel 7,{postcode},Berlin,DE,+49 30 5550123"
            )
            rest = f"{discount},4.90,pi_smoke{number[2:]},{paid},sandbox,SMOKE{number[2:]},{shipped.date()}"
            first = place == 0
            cells = f"{sku},{title},{size},{quantity},{price}"
            rows.append(f"{number},{buyer if first else ',' * 7},{cells},{rest if first else ',' * 6}")
    return "\n".join(rows) + "\n"


def picture() -> bytes:
    drawn = Image.new("RGB", (900, 700), (196, 178, 150))
    ImageDraw.Draw(drawn).line((100, 120, 420, 380, 380, 460, 800, 600), fill=(40, 30, 30), width=9)
    out = io.BytesIO()
    drawn.save(out, "JPEG")
    return out.getvalue()


class Journey:
    def __init__(self, house: House) -> None:
        self.house = house
        self.begun = time.monotonic()
        self.ada, self.bea, self.cleo = (Browser(house.site) for _ in range(3))
        self.sam, self.pia = Browser(house.site), Browser(house.site)
        self.cases: dict[str, str] = {}

    def say(self, sentence: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s  {sentence}", flush=True)

    # the shop

    def set_up(self) -> None:
        file = self.house.folder / "shop.toml"
        file.write_text(SHOP)
        self.house.manage("set_up_shop", str(file))
        must("Nothing to change" in self.house.manage("set_up_shop", str(file)), "a second set_up_shop changes nothing")
        self.say("the shop is set up; a second time changes nothing")

    def bring_in(self) -> None:
        house = self.house
        for number, _who, _postcode, _lines, _discount, paid, life, hours in ORDERS:
            house.sandbox(
                *("POST", "payments"), id=f"pi_smoke{number[2:]}", amount=int(paid.replace(".", "")), currency="EUR"
            )
            started = (NOW - timedelta(hours=hours)).isoformat()
            house.sandbox("POST", "parcels", number=f"SMOKE{number[2:]}", life=life, started_at=started)
        house.manage("import_stock", "-", words=STOCK)
        said = house.manage("import_orders", "-", words=orders_csv())
        must(said.endswith("4 new, 0 known, 0 refused, 4 parcels"), f"the first import says {said}")
        said = house.manage("import_orders", "-", words=orders_csv())
        must(said.endswith("0 new, 4 known, 0 refused, 0 parcels"), f"the second import says {said}")
        changed = orders_csv().replace("162.90", "161.90").replace(",10.00,4.90", ",11.00,4.90")
        said = house.manage("import_orders", "-", words=changed, expect=1)
        must(said.endswith("0 new, 3 known, 1 refused, 0 parcels"), f"a changed sum says {said}")
        self.say("4 orders are in; a second import changes nothing, a changed sum is refused")

    # the customers

    def find(self, browser: Browser, number: str, proof: str, *, expect: int = 200) -> Page:
        return browser.submit(browser.open("/").form(field="proof"), number=number, proof=proof, expect=expect)

    def find_nothing(self) -> None:
        stranger = Browser(self.house.site)
        wrong = self.find(stranger, "S-1001", "99999", expect=422)
        unknown = self.find(stranger, "S-9999", "10115", expect=422)
        must(wrong.text.replace("99999", "") == unknown.text.replace("10115", ""), "wrong and unknown read differently")
        self.say("a wrong postcode and an unknown order read the same")

    def find_order(self) -> None:
        def arrived() -> bool:
            return "Your parcel arrived on" in self.find(self.ada, "s 1001", "10115").text

        wait_for(arrived, "the carrier's scans are on the order page")
        page = self.ada.page.has("Linen shirt")
        for personal in ("Ada Example", "ada@example.com", "Am Beispiel", "SMOKE1001", "5550123", "73.90", "Hannover"):
            must(personal not in page.html, f"number and postcode show {personal}")
        self.say("number and postcode show the parcel's way, and nothing personal")

    def see_everything(self, browser: Browser, who: str, number: str, postcode: str) -> None:
        self.find(browser, number, postcode)
        browser.open(f"/o/{number.replace('-', '').lower()}/code/")
        browser.submit(browser.page.form(ends="/code/"))
        code = wait_for(lambda: self.code_for(who), f"a code for {who}")
        page = browser.submit(browser.page.form(field="code"), code=code)
        page.has("Am Beispiel 7")

    def code_for(self, who: str) -> str:
        for to, subject, _id, text in self.house.letters():
            if to == f"{who}@example.com" and subject.startswith("Your code"):
                return re.search(r"\b\d{4} \d{4}\b", text)[0]
        return ""

    def ask(self, browser: Browser, number: str, **answers: str) -> str:
        """Through the questions, one a page, until the request is sent; the number of the return."""
        key = number.replace("-", "").lower()
        page = browser.submit(browser.open(f"/o/{key}/").form(ends="/return/"))
        asked = []
        while not page.url.endswith("/check/"):
            must(len(asked) < 10, f"the questions do not end: {asked}")
            question = page.url.split("/returns/")[1].split("/")[1]
            asked.append(question)
            if question == "items":
                page = browser.submit(page.form(field="line-1"), **{"line-1": "on"})
            elif question == "photo":
                page = browser.submit(page.form(field="photo"), files={"photo": ("p.jpg", picture(), "image/jpeg")})
            else:
                field = {"problem": "reason"}.get(question, question)
                page = browser.submit(page.form(field=field), **{field: answers[question]})
        page = browser.submit(page.form(ends="/check/"))
        case = re.search(r"R-[2-9A-Z]{8}", page.url)[0]
        self.say(f"{number}: {', '.join(asked)}, check: sent as {case}")
        return case

    def follow(self, browser: Browser, case: str) -> Page:
        return browser.open(f"/returns/{case}/")

    def parcel_back(self, browser: Browser, case: str) -> str:
        """The tracking number under the code, when the label is there."""
        page = self.follow(browser, case)
        found = re.search(r"SB\d{12}", page.text)
        return found[0] if found and "<svg" in page.html else ""

    def take_labels(self) -> None:
        for browser, who in ((self.ada, "ada"), (self.bea, "bea")):
            case = self.cases[who]
            wait_for(lambda browser=browser, case=case: self.parcel_back(browser, case), f"a label for {who}")
            reply = browser.fetch(f"/returns/{case}/label.pdf")
            pdf = reply.content.startswith(b"%PDF") and reply.headers["Content-Type"] == "application/pdf"
            must(pdf, f"the label of {case} is no PDF: {reply.content[:200]!r}")
        self.say("both labels are PDFs; both codes are on the page")

    def send_back(self) -> None:
        for browser, who in ((self.ada, "ada"), (self.bea, "bea")):
            number = self.parcel_back(browser, self.cases[who])
            self.house.sandbox("POST", f"parcels/{number}/move", to="delivered")
            self.house.manage("look", number)

            def here(browser: Browser = browser, who: str = who) -> bool:
                return "We have your parcel" in self.follow(browser, self.cases[who]).text

            wait_for(here, f"the parcel of {who} has arrived")
        self.say("the carrier's scans moved both returns: they are with us")

    # the staff

    def sign_in(self) -> None:
        link = self.house.manage("staff_link", "--user", "sam", "--create")
        queue = self.sam.submit(self.sam.open(link).forms[0])
        queue.has(self.cases["bea"], self.cases["cleo"])
        must(self.cases["ada"] not in queue.text, "what the rules decided waits in the queue")
        Browser(self.house.site).open(link, expect=410)
        colleague = self.house.manage("staff_link", "--user", "pia", "--create")
        self.pia.submit(self.pia.open(colleague).forms[0])
        self.say("staff signed in by a link that works once; both cases wait in the queue")

    def case(self, who: str) -> Page:
        return self.sam.open(f"/staff/returns/{self.cases[who]}/")

    def decide(self) -> None:
        page = self.case("bea").has("a person decides", REFUND_SHOWN)
        self.sam.submit(page.form(ends="/approve/")).has("is approved")
        page = self.case("cleo")
        reason = "The photo shows another lamp than the one we sent."
        self.sam.submit(page.form(ends="/reject/"), reason=reason).has("a second person decides")
        hers = self.pia.open(f"/staff/returns/{self.cases['cleo']}/").has(reason)
        self.pia.submit(hers.form(ends="/reject/"), reason=reason).has("is rejected")
        page = self.follow(self.cleo, self.cases["cleo"]).has("We cannot accept this return")
        must("another lamp" not in page.html, "number and postcode show what staff wrote")
        link = wait_for(lambda: self.link_for("cleo", "Our answer about your return"), "the letter of the rejection")
        self.cleo.open(link).has("another lamp")
        must("/l/" not in self.cleo.page.url, "the address after a letter's link still carries its secret")
        self.say("one is approved; one is rejected, and the letter's link opens the reason")

    def link_for(self, who: str, subject: str) -> str:
        for to, said, _id, text in self.house.letters():
            if to == f"{who}@example.com" and said.startswith(subject):
                return re.search(rf"{self.house.site}/l/\S+", text)[0]
        return ""

    def check_goods(self) -> None:
        for who in ("ada", "bea"):
            page = self.sam.submit(self.case(who).form(ends="/receive/")).has("are received")
            self.sam.submit(page.form(ends="/accept/")).has("are accepted")
        self.say("goods are received and accepted")

    def send_money(self, killer: "Killer | None") -> None:
        def proposed() -> bool:
            return f"Send €{REFUND_SHOWN}" in self.case("bea").text

        wait_for(proposed, f"a refund of {REFUND_SHOWN} is proposed")
        self.sam.page.has("Table lamp × 1", "The payment holds €162.90")
        if killer:  # the worst moment: the money has left, the answer has not come
            slow = {"where": "stripe", "what": "hang_after", "method": "POST", "path": "/v1/refunds", "seconds": 20}
            self.house.sandbox("POST", "faults", **slow)
            if killer.seed % 2 == 0:  # and no news come either: only a second try under the same key finds out
                self.house.sandbox("POST", "webhooks", mode="drop")
        self.sam.submit(self.sam.page.form(ends="/send/")).has("is sent soon")
        if killer:
            wait_for(self.refunds_there, "the refund has left")
            killer.strike()
            self.say("the worker was killed while the answer to its refund was on the way")

        def sent() -> str:
            page = self.bea.open("/o/s1002/money/")
            reference = re.search(r"\b7\d{4}(?: \d{5}){3} \d{3}\b", page.text)
            return reference[0] if reference and "Your money is on its way" in page.text else ""

        reference = wait_for(sent, "the customer reads the bank reference")
        self.say(f"{REFUND_SHOWN} EUR are sent; the customer reads the bank reference {reference}")

    def refunds_there(self) -> list[dict]:
        return [refund for each in self.house.sandbox("GET", "books")["payments"] for refund in each["refunds"]]

    def send_exchange(self) -> None:
        self.house.sandbox("POST", "parcels", number="SMOKE2001", life="fresh")
        page = self.case("ada")
        self.sam.submit(page.form(ends="/ship/"), carrier="sandbox", tracking_number="SMOKE2001").has("on its way")
        self.follow(self.ada, self.cases["ada"]).has("Your item is on its way")
        self.say("the new item is on its way")

    # the end

    def read_letters(self, kills: int) -> None:
        def all_there() -> bool:
            return len({message for _, _, message, _ in self.house.letters()}) >= sum(map(len, LETTERS.values()))

        wait_for(all_there, "all letters have left")
        time.sleep(1)  # one too many would come now
        letters = self.house.letters()
        kinds = {uuid: kind for uuid, (kind, _state) in self.our_books()["letters"].items()}
        for who, wanted in LETTERS.items():
            mine = {message for to, _, message, _ in letters if to == f"{who}@example.com"}
            told = sorted(kinds[message.strip("<>").partition("@")[0]] for message in mine)
            must(told == wanted, f"{who} should have {wanted}, and has {told}")
        copies = Counter(message for _, _, message, _ in letters)
        twice = sum(count - 1 for count in copies.values())
        must(twice <= kills, f"{twice} letters went out again, with {kills} kills")
        self.say(
            f"{len(copies)} letters, each event told once" + (f"; {twice} copies, same Message-ID" if kills else "")
        )

    def compare_books(self) -> None:
        ours = wait_for(self.settled_books, "everything is settled")
        theirs = {each["id"]: each for each in self.house.sandbox("GET", "books")["payments"]}
        sent = self.refunds_there()
        must(len(sent) == 1, f"the sandbox knows {len(sent)} refunds, not 1")
        must(len(ours["refunds"]) == 1, f"our books know {len(ours['refunds'])} refunds, not 1")
        mine = ours["refunds"][0]
        must(mine["provider_id"] == sent[0]["id"], "the two books name different refunds")
        must(mine["amount"] == sent[0]["amount"] == REFUND, f"{mine['amount']} here, {sent[0]['amount']} there")
        must((mine["state"], sent[0]["status"]) == ("succeeded", "succeeded"), "the refund has not succeeded")
        for payment in ours["payments"]:
            other = theirs[payment["reference"]]
            agree = payment["captured"] == other["amount"] and payment["reserved"] == other["refunded"]
            must(agree and payment["outside"] == 0, f"the books differ: {payment} here, {other} there")
        must(ours["shelf"]["SHIRT-L"] == [3, 0], f"the shelf says {ours['shelf']}")
        self.say(f"the books agree to the cent: one refund, {REFUND_SHOWN} EUR, {mine['provider_id']}")

    def our_books(self) -> dict:
        return json.loads(self.house.manage("shell", "--no-imports", "-c", OURS))

    def settled_books(self) -> dict | None:
        ours = self.our_books()
        wanted = {"S-1001": "settled", "S-1002": "settled", "S-1003": "rejected"}
        done = ours["returns"] == wanted and {state for _kind, state in ours["letters"].values()} == {"sent"}
        return ours if done else None


def walk(house: House, killer: Killer | None, *, spoil: bool) -> None:
    journey = Journey(house)
    house.start_sandbox()
    house.manage("prepare")
    journey.set_up()
    journey.bring_in()
    house.start_web()
    house.start_worker()
    if killer:
        killer.start()
    journey.find_nothing()
    journey.find_order()
    journey.see_everything(journey.ada, "ada", "S-1001", "10115")
    journey.see_everything(journey.bea, "bea", "S-1002", "bea@example.com")
    journey.say("a code by letter opens the rest of the order")
    journey.cases["ada"] = journey.ask(journey.ada, "S-1001", problem="wrong_size", size="SHIRT-L", way="code")
    journey.cases["bea"] = journey.ask(journey.bea, "S-1002", problem="damaged", wish="money", way="code")
    journey.find(journey.cleo, "S-1003", "50667")
    journey.cases["cleo"] = journey.ask(journey.cleo, "S-1003", problem="damaged", wish="money", way="label")
    journey.sign_in()
    journey.decide()
    journey.take_labels()
    journey.send_back()
    journey.check_goods()
    journey.send_money(killer)
    journey.send_exchange()
    if killer:
        killer.join()
        journey.say(f"the worker was killed {killer.done} times meanwhile")
    journey.read_letters(killer.done if killer else 0)
    if spoil:
        house.sandbox("POST", "payments/pi_smoke1003/refund", amount=1)
        journey.say("one cent was refunded behind our back")
    journey.compare_books()
    print(f"The journey stands, in {time.monotonic() - journey.begun:.1f} s.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/smoke", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on the database that DATABASE_URL names")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill the worker N times meanwhile")
    parser.add_argument("--seed", type=int, default=1, help="of the moments when it is killed")
    parser.add_argument("--spoil", action="store_true", help="refund a cent behind our back: this must end with 1")
    said = parser.parse_args()
    if said.postgres and "DATABASE_URL" not in os.environ:
        parser.error("--postgres needs DATABASE_URL: script/with-postgres script/smoke --postgres")
    global PATIENCE  # noqa: PLW0603
    PATIENCE = 200.0 if said.kill else 30.0
    folder = Path(tempfile.mkdtemp(prefix="homeward-smoke-"))
    house = House(folder, postgres=said.postgres)
    killer = Killer(house, said.kill, said.seed) if said.kill else None
    failed = True
    try:
        walk(house, killer, spoil=said.spoil)
        failed = False
    except (Wrong, requests.RequestException, KeyError, TypeError) as error:
        print(f"NOT OK: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        if killer:
            killer.over.set()
        house.stop()
        if failed:
            for log in sorted(folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
