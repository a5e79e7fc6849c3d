"""Lighthouse on the key pages of the demo, as a slow phone: medians of three, and what falls short of the aim.

    script/lighthouse [--runs 3] [--only NAME]

Aims: performance 95, accessibility 100, best practices 100, and SEO 95 where search engines may come (private pages ask
not to be found). Needs npm; Lighthouse itself is fetched into a folder that is thrown away.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from house import chromium, demo

VERSION = "12.8.2"
AIMS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 95}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    short = 0
    with tempfile.TemporaryDirectory(prefix="homeward-lighthouse-") as room, demo() as url:
        subprocess.run(["npm", "install", "--silent", "--prefix", room, f"lighthouse@{VERSION}"], check=True)
        from places import places

        # One of each name, the English one where there is one.
        keys = sorted((place for place in places() if place.key), key=lambda place: place.language not in {"", "en"})
        pages = list({place.name: place for place in reversed(keys)}.values())[::-1]
        print(f"{'page':<26}{'perf':>6}{'a11y':>6}{'best':>6}{'seo':>6}{'LCP ms':>8}{'CLS':>7}{'KB':>6}")
        for place in (each for each in pages if each.name.startswith(chosen.only)):
            runs = [once(room, url + place.path, place.cookie(place.language or "en")) for _ in range(chosen.runs)]
            median = {name: statistics.median(run[name] for run in runs) for name in runs[0] if name != "why"}
            aims = {name: aim for name, aim in AIMS.items() if name != "seo" or place.public}
            missed = [name for name, aim in aims.items() if median[name] < aim]
            short += len(missed)
            seo = f"{median['seo']:.0f}" if place.public else "-"
            print(
                f"{place.name:<26}{median['performance']:>6.0f}{median['accessibility']:>6.0f}"
                f"{median['best-practices']:>6.0f}{seo:>6}{median['lcp']:>8.0f}{median['cls']:>7.3f}{median['kb']:>6.0f}"
                f"  {'below the aim: ' + ', '.join(missed) if missed else ''}",
                flush=True,
            )
            for line in sorted({line for run in runs for line in run["why"]} if missed else ()):
                print(f"    {line}")
    print(f"{short} below the aim")
    sys.exit(bool(short))


def once(room: str, address: str, cookie: dict[str, str]) -> dict:
    headers = json.dumps({"Cookie": f"{cookie['name']}={cookie['value']}"})
    report = f"{room}/report.json"
    subprocess.run(
        [
            f"{room}/node_modules/.bin/lighthouse",
            address,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            f"--extra-headers={headers}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            f"--only-categories={','.join(AIMS)}",
        ],
        check=True,
        env={**os.environ, "CHROME_PATH": chromium()},
    )
    said = json.loads(Path(report).read_text())
    audits = said["audits"]
    scores = {name: round((said["categories"][name]["score"] or 0) * 100) for name in AIMS}
    refs = {ref["id"] for name in AIMS for ref in said["categories"][name]["auditRefs"] if ref["weight"]}
    asked = [audits[each] for each in sorted(refs) if audits[each]["scoreDisplayMode"] != "notApplicable"]
    failed = [f"{audit['title']} ({audit['id']})" for audit in asked if (audit["score"] or 0) < 1]
    return {
        **scores,
        "lcp": audits["largest-contentful-paint"]["numericValue"],
        "cls": audits["cumulative-layout-shift"]["numericValue"],
        "kb": audits["total-byte-weight"]["numericValue"] / 1024,
        "why": failed,
    }


main()
