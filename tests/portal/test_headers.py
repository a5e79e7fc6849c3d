"""Strict headers on every answer there is, errors included; two cookies; nothing of a third party."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from portal.customer import access
from returns import drafts
from returns.models import Credit
from shipments.models import CarrierAccount
from tests import make
from tests.portal.routes import ANY_UUID, every_route

pytestmark = pytest.mark.django_db

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
OURS = {"http://127.0.0.1:8000", "http://testserver"}
# Where goods come in a camera may look for codes, read by WebAssembly, and a service worker keeps the page.
SCANNER_PAGES = {"staff:goods-in", "staff:goods-in-case", "staff:goods-in-order", "staff:goods-in-shell"}
# A letter is styled inside, in a frame of our own page that may do nothing.
FRAME, FRAMED = "get staff:letters-one", "get staff:letters-mail"
# Names of vocabularies, fetched by nobody.
NOT_FETCHED = {"http://www.w3.org"}


def faults_of(response, *, scanner: bool = False) -> list[str]:
    wanted = {
        **WANTED,
        **({"Permissions-Policy": WANTED["Permissions-Policy"].replace("()", "(self)", 1)} if scanner else {}),
    }
    faults = [
        f"{name}: {response.headers.get(name)}" for name, value in wanted.items() if response.headers.get(name) != value
    ]
    csp = response.headers.get("Content-Security-Policy", "")
    if scanner:
        faults += (
            [] if "worker-src 'self'" in csp and "script-src 'self' 'wasm-unsafe-eval'" in csp else [f"CSP: {csp}"]
        )
        csp = csp.replace(" 'wasm-unsafe-eval'", "")
    elif "worker-src" in csp:
        faults.append(f"CSP: {csp}")
    if "default-src 'none'" not in csp or "unsafe" in csp or "*" in csp or "http" in csp:
        faults.append(f"CSP: {csp}")
    if not {"no-store", "private"} <= set(response.headers.get("Cache-Control", "").split(", ")):
        faults.append(f"Cache-Control: {response.headers.get('Cache-Control')}")
    if response.headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        faults.append(f"Referrer-Policy: {response.headers.get('Referrer-Policy')}")
    if set(response.headers) & {"Server", "X-Powered-By"}:
        faults.append("says what it is made of")
    return faults


@pytest.fixture
def case(shop, ada):
    """A case with a photo and a refund, opened by ada at level 2."""
    order = make.make_order(shop)
    ret = make.make_return(order, state="settling")
    from returns import money

    money.propose(ret)
    draft = make.make_return(make.make_order(shop), state="draft", reason="damaged")
    drafts.add_photo(draft.lines.get(), make.picture())
    session = ada.session
    now = int(timezone.now().timestamp())
    session["orders"] = {str(each.order_id): [access.ALL, now, now] for each in (ret, draft)}
    session.save()
    return ret


def values(ret) -> dict:
    held, _ = Credit.objects.get_or_create(
        shop=ret.shop, customer=ret.order.customer, currency="EUR", defaults={"code": "AAAA-AAAA-AAAA"}
    )
    return {
        "code": held.code,
        "number": ret.number,
        "position": 1,
        "photo": 1,
        "offer": 1,
        "note": 1,
        "line": 1,
        "group": "normal",
        "reason": "damaged",
        "kind": "return.created",
        "digest": "0123456789abcdef",
        "rule": "OWN-1",
        "receipt": 1,
        "proof": 1,
        "secret": "not-a-secret",
        "name": "none.webp",
        "carrier": "sandbox",
        "uuid": ANY_UUID,
        "file": 1,
        "key": ANY_UUID,
        "token": CarrierAccount.objects.get().hook_token,
    }


def answers(browser: Client, ret):
    """Every route by GET and by POST, for this browser; who signs out does it last."""
    browser.raise_request_exception = False
    for route in sorted(every_route(), key=lambda route: route.name == "staff:sign-out"):
        number = ret.order.number_key if "/o/" in "/" + route.pattern or "orders/" in route.pattern else ret.number
        path = route.path(**{**values(ret), "number": number})
        for method in ("get", "post"):
            yield f"{method} {route.name}", getattr(browser, method)(path)


@pytest.mark.parametrize("who", ["ada", "bob", "sam"])
def test_every_answer_of_every_route_has_strict_headers(case, request, who):
    browser = request.getfixturevalue(who)

    seen = dict(answers(browser, case))

    faults = {
        name: faults_of(response, scanner=is_scanner_page(name, response))
        for name, response in seen.items()
        if name not in {"get staff:photo", FRAMED}
    }
    assert {name: found for name, found in faults.items() if found} == {}
    assert len(seen) == 2 * len(every_route())
    assert {name for name, response in seen.items() if response.status_code >= 500} == set()


def is_scanner_page(name: str, response) -> bool:
    return response.status_code == 200 and name.removeprefix("get ") in SCANNER_PAGES


def test_a_camera_and_webassembly_are_for_the_scanner_pages_alone(case, sam):
    seen = {name: response.headers for name, response in answers(sam, case)}

    camera = {name for name, headers in seen.items() if "camera=(self)" in headers["Permissions-Policy"]}
    wasm = {name for name, headers in seen.items() if "wasm" in headers.get("Content-Security-Policy", "")}
    assert camera == wasm == {f"get {name}" for name in SCANNER_PAGES}


def test_a_frame_is_for_one_page_alone_and_only_what_is_in_it_is_styled_inside(case, sam):
    seen = {name: response.headers for name, response in answers(sam, case)}

    def named(word: str) -> set[str]:
        return {name for name, headers in seen.items() if word in headers.get("Content-Security-Policy", "")}

    assert named("frame-src") == {FRAME}
    assert named("unsafe-inline") == named("sandbox") & {FRAMED} == {FRAMED}
    csp = seen[FRAMED]["Content-Security-Policy"]
    others = {**dict(seen[FRAMED]), "X-Frame-Options": "DENY", "Content-Security-Policy": csp.replace("unsafe-", "")}
    assert seen[FRAMED]["X-Frame-Options"] == "SAMEORIGIN"
    assert faults_of(HttpResponse(headers=others)) == []


def test_a_header_that_is_missing_would_be_seen():
    assert len(faults_of(HttpResponse())) == len(WANTED) + 3


def test_errors_have_them_too(ada, shop, monkeypatch):
    ada.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True)
    monkeypatch.setattr(access, "letter_token", lambda _: 1 / 0)

    answers_ = {
        404: ada.get("/there/is/no/such/page"),
        403: strict.post("/", {"number": "1", "proof": "2"}),
        405: ada.post("/contact/"),
        400: ada.get("/", headers={"Host": "evil.example"}),
        422: ada.post("/", {"number": "", "proof": ""}),
        500: ada.get("/l/secret/"),
    }

    assert {status: response.status_code for status, response in answers_.items()} == {
        status: status for status in answers_
    }
    assert {status: faults_of(response) for status, response in answers_.items()} == {status: [] for status in answers_}
    assert b"evil.example" not in answers_[400].content
    assert b"ZeroDivisionError" not in answers_[500].content


def test_the_redirect_to_https_has_them_too(ada, shop, settings):
    settings.SECURE_SSL_REDIRECT = True

    response = Client().get("/")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/")
    assert faults_of(response) == []


def test_no_page_loads_or_names_a_third_party(case, ada, sam):
    found: dict[str, set] = {}
    pages = 0
    for browser in (ada, sam):
        for name, response in answers(browser, case):
            if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
                pages += 1
                hosts = set(re.findall(r"https?://[^/\s\"'<>&]+", response.content.decode()))
                loads = set(re.findall(r"(?:src|href|action)=[\"']?(//[^\s\"'>]+)", response.content.decode()))
                if hosts - OURS - NOT_FETCHED or loads:
                    found[name] = hosts | loads

    assert found == {}
    assert pages > 40


def test_no_page_has_inline_script_or_style(case, ada, sam):
    bad = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", re.I)

    found = {
        name: bad.findall(response.content.decode())
        for browser in (ada, sam)
        for name, response in answers(browser, case)
        if response.headers.get("Content-Type", "").startswith("text/html")
        and not response.streaming
        and name != FRAMED
        and bad.search(response.content.decode())
    }

    assert found == {}
    assert bad.search('<a onclick="x">')


def test_two_cookies_at_most_both_hidden_from_script(case, ada, sam):
    for browser in (ada, sam):
        for _ in answers(browser, case):
            pass

        cookies = {
            name: (row["httponly"], row["samesite"], row["path"], row["domain"])
            for name, row in browser.cookies.items()
        }
        assert set(cookies) <= {"session", "csrf"}
        assert set(cookies.values()) <= {(True, "Lax", "/", ""), ("", "Lax", "/", "")}
        assert cookies["csrf"][0] is True


def test_a_page_in_another_language_is_told_so(ada, shop):
    page = ada.get("/", headers={"Accept-Language": "de"})

    assert page["Content-Language"] == "de"
