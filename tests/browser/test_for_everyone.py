"""For everyone: nothing that axe finds, one question a page, a person at the same place; small and calm."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.scenes import SCENES, enter

pytestmark = pytest.mark.django_db(transaction=True)

TWELVE = [
    "home", "withdraw", "on_its_way", "two_parcels", "lost", "problem", "photo", "wish", "check", "ready",
    "where_is_my_money", "code",
]  # fmt: skip
ALL = list(SCENES)
EVERY = ALL if os.environ.get("BROWSER_FULL") else TWELVE
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LEAST_TARGET = """() => [...document.querySelectorAll("a, button, input, summary, select, textarea")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.closest(".skip") && !one.matches(".skip"))
  .filter((one) => getComputedStyle(one).display !== "inline" || !one.parentElement.matches("p, li, dd, span, h1"))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.width < 24 || box.height < 24 })
  .map((one) => one.outerHTML.slice(0, 80))"""
SPACED = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets.push(sheet) }"""
CUT = """() => [...document.querySelectorAll("main *")]
  .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()))
  .filter((one) => one.clientWidth > 1 && getComputedStyle(one).overflow === "hidden")
  .filter((one) => one.scrollHeight > one.clientHeight + 2).map((one) => one.outerHTML.slice(0, 80))"""
STOPS = """() => [...document.querySelectorAll("a, button, input, summary")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden").length"""
FOCUSED = """() => { const one = document.activeElement; if (one === document.body) return null;
  const box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const ring = getComputedStyle(one.closest(".choice") ?? one).outlineWidth;
  return { what: one.outerHTML.slice(0, 80), ring: parseFloat(ring),
    covered: !(top && (one.contains(top) || top.contains(one) || one.labels?.[0]?.contains(top))) } }"""
SHAPE = """() => ({
  h1: document.querySelectorAll("h1").length,
  mains: document.querySelectorAll("main").length,
  levels: [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1])),
  submits: [...document.querySelectorAll("main form button.button:not(.secondary)")].length,
  backs: document.querySelectorAll("main > a.back").length,
  help: document.querySelector("body > footer > p.foot-help:first-child > a")?.getAttribute("href") ?? "",
  hours: document.querySelector("body > footer > p.foot-help")?.textContent ?? "",
})"""
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 50);
})"""


def violations(page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("name", EVERY)
def test_axe_finds_nothing_light_or_dark(name, shop, box, page_at, live_server):
    page = page_at(360)
    enter(page, live_server, SCENES[name](shop, box))

    page.emulate_media(reduced_motion="reduce")
    light = violations(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = violations(page)

    assert (light, dark) == ([], [])


def test_axe_finds_what_is_wrong(shop, box, page_at, live_server):
    page = page_at(360)
    enter(page, live_server, SCENES["home"](shop, box))
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('.quiet').style.color = '#bbb'")

    found = {line.partition(":")[0] for line in violations(page)}

    assert {"label", "color-contrast"} <= found


@pytest.mark.parametrize("name", ALL)
def test_every_page_has_one_heading_one_question_and_a_person_at_the_same_place(name, shop, box, page_at, live_server):
    page = page_at(320)
    enter(page, live_server, SCENES[name](shop, box))

    shape = page.evaluate(SHAPE)

    assert (shape["h1"], shape["mains"]) == (1, 1)
    assert all(later - earlier <= 1 for earlier, later in zip(shape["levels"], shape["levels"][1:], strict=False))
    assert shape["help"] == "/contact/"
    assert (shop.hours["en"] in shape["hours"], shop.phone in shape["hours"]) == (True, True)
    assert page.evaluate(LEAST_TARGET) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator("main input:checked").count() == (1 if name in {"items"} else 0)
    if name in {"items", "problem", "photo", "size", "wish", "way", "check"}:
        assert (shape["submits"], shape["backs"]) == (1, 1)


@pytest.mark.parametrize("name", ["on_its_way", "wish", "check", "ready", "home"])
def test_text_may_be_spaced_and_doubled_without_loss(name, shop, box, page_at, live_server):
    """WCAG 1.4.4, 1.4.10 and 1.4.12, at 320 pixels: 400 % of a screen of 1280."""
    page = page_at(320)
    enter(page, live_server, SCENES[name](shop, box))
    page.evaluate(SPACED)

    fits = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    fits_doubled = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    cut = page.evaluate(CUT)

    assert (fits, fits_doubled, cut) == (True, 0, [])


@pytest.mark.parametrize("name", ["on_its_way", "wish", "ready"])
def test_the_focus_is_seen_at_every_stop_and_covered_by_nothing(name, shop, box, page_at, live_server):
    page = page_at(360)
    enter(page, live_server, SCENES[name](shop, box))
    stops = page.evaluate(STOPS)
    unseen, seen = [], 0

    for _ in range(stops + 5):
        page.keyboard.press("Tab")
        told = page.evaluate(FOCUSED)
        if told is None:
            break
        seen += 1
        if told["ring"] < 2 or told["covered"]:
            unseen.append(told)

    assert unseen == []
    assert seen >= 5


@pytest.mark.parametrize("name", TWELVE)
def test_the_first_view_is_small_still_and_from_here_alone(name, shop, box, page_at, live_server):
    """All in, not even packed: 70 KB. Two cookies, no banner, nothing in the browser's storage, and no jump."""
    page = page_at(360)
    sizes = {}
    page.on("response", lambda answer: sizes.setdefault(answer.url, len(answer.body()) if answer.ok else 0))
    there = SCENES[name](shop, box)
    enter(page, live_server, there)
    page.wait_for_load_state("networkidle")

    shifted = page.evaluate(SHIFTED)
    kept = page.evaluate("[localStorage.length, sessionStorage.length]")

    assert sum(sizes.values()) <= 70 * 1024
    assert (page.foreign, page.complaints, kept) == ([], [], [0, 0])
    assert len(page.context.cookies()) <= 2
    assert shifted <= 0.02


def test_forced_colours_keep_every_state_apart(shop, box, page_at, live_server):
    page = page_at(360)
    page.emulate_media(forced_colors="active")
    enter(page, live_server, SCENES["wish"](shop, box))
    first, second = page.locator(".choice").nth(0), page.locator(".choice").nth(1)

    first.click()

    edge = "(one) => getComputedStyle(one).borderTopColor"
    assert first.evaluate(edge) != second.evaluate(edge)
    expect(page.locator("main button.button")).to_be_visible()
