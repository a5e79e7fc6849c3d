"""Every page in every language and width, as pictures: script/screens FOLDER [--widths 360,1280] [--only NAME].

Writes FOLDER/LANGUAGE/WIDTH/NAME.png and contact sheets of them, and names what no eye needs to find: a page that is
wider than the screen, text that is cut off, a page in another language than was asked for, anything from elsewhere.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from house import CHROMIUM_FLAGS, LANGUAGES, chromium, demo
from PIL import Image
from playwright.sync_api import sync_playwright

FAULTS = """() => {
  const found = [];
  const root = document.documentElement;
  const over = root.scrollWidth - root.clientWidth;
  if (over > 0) found.push(`wider than the screen by ${over} px`);
  for (const one of document.querySelectorAll("main *")) {
    const style = getComputedStyle(one);
    if (one.scrollWidth > one.clientWidth + 1 && style.overflowX === "hidden" && one.clientWidth > 1)
      found.push(`cut off: ${one.tagName} ${one.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""
TALL = 2600  # of a picture on a sheet; the page itself is kept whole


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--widths", default="320,360,768,1280")
    options.add_argument("--languages", default=",".join(LANGUAGES))
    options.add_argument("--only", default="", help="pages whose name begins like this")
    options.add_argument("--dark", action="store_true")
    options.add_argument("--text", type=float, default=1.0, help="how much larger the text is: 2 for 200 %%")
    chosen = options.parse_args()
    if Path(__file__).resolve().parents[2] in chosen.folder.resolve().parents:
        raise SystemExit("Name a folder outside of the repository.")
    faults = 0
    with demo(), sync_playwright() as playwright:
        from places import places

        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        there = [place for place in places() if place.name.startswith(chosen.only)]
        for language in chosen.languages.split(","):
            mine = [place for place in there if place.language in {"", language}]
            for width in (int(each) for each in chosen.widths.split(",")):
                faults += visit(browser, mine, language, width, chosen)
    print(f"{faults} faults")
    sys.exit(bool(faults))


def visit(browser, there: list, language: str, width: int, chosen) -> int:
    folder = chosen.folder / language / f"{width}{'-dark' if chosen.dark else ''}"
    folder.mkdir(parents=True, exist_ok=True)
    faults, pictures = 0, []
    for place in there:
        context = browser.new_context(
            base_url=os.environ["SITE_URL"],
            viewport={"width": width, "height": 800},
            locale=LANGUAGES[language],
            color_scheme="dark" if chosen.dark else "light",
            reduced_motion="reduce",
        )
        context.add_cookies([place.cookie(language)])
        page = context.new_page()
        told = listen(page)
        place.open(page, language)
        if chosen.text != 1:
            page.evaluate(f"document.documentElement.style.fontSize = '{chosen.text * 100}%'")
        told += page.evaluate(FAULTS)
        if page.locator("html").get_attribute("lang") != language:
            told.append("in another language")
        page.screenshot(path=folder / f"{place.name}.png", full_page=True)
        pictures.append(folder / f"{place.name}.png")
        for fault in told:
            print(f"{language} {width} {place.name}: {fault}", flush=True)
        faults += len(told)
        context.close()
    sheets(folder, pictures, width)
    return faults


def listen(page) -> list[str]:
    """What the browser complains of from now on; a page that is rightly not there is no complaint."""
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on(
        "console",
        lambda line: told.extend([line.text] if line.type == "error" and "status of 4" not in line.text else []),
    )
    here = os.environ["SITE_URL"]
    page.on("request", lambda ask: told.extend([] if ask.url.startswith(here) else [f"from elsewhere: {ask.url}"]))
    return told


def sheets(folder: Path, pictures: list[Path], width: int) -> None:
    """Eight pages side by side, each at most 460 pixels wide."""
    each = min(width, 460)
    for first in range(0, len(pictures), 8):
        tiles = []
        for path in pictures[first : first + 8]:
            picture = Image.open(path).convert("RGB")
            picture = picture.resize((each, round(picture.height * each / picture.width)))
            tiles.append(picture.crop((0, 0, each, min(picture.height, TALL))))
        sheet = Image.new("RGB", (len(tiles) * (each + 12), max(tile.height for tile in tiles)), "#888")
        for n, tile in enumerate(tiles):
            sheet.paste(tile, (n * (each + 12), 0))
        sheet.save(folder / f"_sheet-{first // 8 + 1}.png")


main()
