"""axe on every page of the demo, in every language it has, light and dark: script/long runs it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from axe_playwright_python.sync_playwright import Axe
from house import CHROMIUM_FLAGS, LANGUAGES, chromium, demo
from playwright.sync_api import sync_playwright

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def main() -> None:
    runs = found = 0
    with demo(), sync_playwright() as playwright:
        from places import places

        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        for place in places():
            language = place.language or "en"
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    base_url=os.environ["SITE_URL"],
                    viewport={"width": 360, "height": 800},
                    locale=LANGUAGES[language],
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                context.add_cookies([place.cookie(language)])
                page = context.new_page()
                place.open(page, language)
                told = Axe().run(page, options=RULES).response["violations"]
                runs += 1
                for one in told:
                    found += len(one["nodes"])
                    print(f"{language} {scheme} {place.name}: {one['id']}: {one['nodes'][0]['html'][:100]}", flush=True)
                context.close()
        page = browser.new_page()
        page.set_content("<title>x</title><main><img src=x><input></main>")
        if not Axe().run(page, options=RULES).response["violations"]:
            raise SystemExit("axe finds nothing where something is: it has tested nothing.")
    print(f"axe: {runs} page runs, {found} violations")
    sys.exit(bool(found))


main()
