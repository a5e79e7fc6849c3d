"""The sandbox as a process of its own, for tests and scripts.

with Sandbox(state=path) as box:
    box.post("/_sandbox/payments", {"amount": 4480, "currency": "EUR"})
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
WIRE = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sandbox:
    """`webhook` is (url, secret). Raises RuntimeError when the process does not start."""

    def __init__(self, state: str | Path = ":memory:", *, webhook: tuple[str, str] | None = None, port: int = 0):
        self.state = str(state)
        self.webhook = webhook
        self.port = port
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--state", self.state]
        if self.webhook:
            command += ["--webhook-url", self.webhook[0], "--webhook-secret", self.webhook[1]]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self.process.stdout  # noqa: S101  (for the type checker)
        said = self.process.stdout.readline()  # blocks until it is ready or dead
        if "listening on" not in said:
            self.stop()
            raise RuntimeError("The sandbox did not start.")
        self.url = said.split()[-1]
        self.port = int(self.url.rpartition(":")[2])  # a second start answers at the same address

    def stop(self) -> None:
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.bury()

    def kill(self) -> None:
        """As a power cut would, with no time to tidy up."""
        if self.process:
            self.process.kill()
            self.bury()

    def bury(self) -> None:
        if self.process:
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
            self.process = None

    def get(self, path: str, headers: dict[str, str] | None = None) -> dict:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: dict | None = None, headers: dict[str, str] | None = None) -> dict:
        return self.ask("POST", path, body or {}, headers)

    def delete(self, path: str, headers: dict[str, str] | None = None) -> dict:
        return self.ask("DELETE", path, None, headers)

    def ask(self, method: str, path: str, body: dict | None, headers: dict[str, str] | None) -> dict:
        """The JSON it answers. Raises RuntimeError with its words when it refuses."""
        data = None if body is None else json.dumps(body).encode()
        all_headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data, all_headers, method=method)  # noqa: S310
        try:
            with WIRE.open(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error
