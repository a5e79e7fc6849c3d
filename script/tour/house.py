"""A demo house of its own for whoever looks at all pages: started, visited with real sessions, and thrown away."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"en": "en-GB", "de": "de-DE", "el": "el-GR", "vi": "vi-VN"}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo portal on a free port; this process speaks to the same database through Django."""
    with tempfile.TemporaryDirectory(prefix="homeward-tour-") as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        url = f"http://127.0.0.1:{port}"
        os.environ.update(
            DATA_DIR=data,
            SITE_URL=url,
            DJANGO_ALLOW_ASYNC_UNSAFE="true",  # playwright runs a loop
            LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="portal.settings",
        )
        sys.path.insert(0, str(ROOT))
        with Path(f"{data}/serve.log").open("w") as log:
            house = subprocess.Popen([sys.executable, "manage.py", "serve", "--port", str(port)], cwd=ROOT, stdout=log)
        try:
            _wait(house, f"{url}/readyz", Path(f"{data}/serve.log"))
            import django

            django.setup()
            yield url
        finally:
            house.terminate()
            house.wait(120)


def _wait(house: subprocess.Popen, address: str, log: Path) -> None:
    for _ in range(600):
        if house.poll() is not None:
            raise SystemExit(f"The demo did not start:\n{log.read_text()}")
        try:
            if urllib.request.urlopen(address, timeout=5).status == 200:
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("The demo did not get ready within 300 seconds.")


def chromium() -> str:
    found = os.environ.get("CHROMIUM")
    return found or next(path for path in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(path).exists())
