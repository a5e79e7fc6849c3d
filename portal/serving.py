"""The processes behind `manage.py serve`: started in turn, watched together, stopped together."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

SANDBOX_PORT = 8990
PATIENCE = 30.0  # seconds until a child must answer
LAST_WORDS = 4.0  # seconds to end by itself
LOOPBACK = "127.0.0.1"


class WillNotStart(Exception):
    """The message says what is in the way."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen


@dataclass
class House:
    """Children share one environment and the folder they start in. `over` is set when somebody wants an end."""

    root: Path
    environment: dict[str, str]
    over: threading.Event
    children: list[Child] = field(default_factory=list)

    def python(self, *arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def manage(self, *arguments: str) -> list[str]:
        return self.python(str(self.root / "manage.py"), *arguments)

    def start(self, name: str, command: list[str], **more) -> subprocess.Popen:
        """In a session of its own: Ctrl-C reaches the parent alone, which stops the children in turn."""
        process = subprocess.Popen(  # noqa: S603 - our own words
            command, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True, **more
        )
        self.children.append(Child(name, process))
        return process

    def run(self, *arguments: str) -> str:
        """A command of ours, to its end; what it said. Raises WillNotStart when it fails, or when all is over."""
        process = self.start(arguments[0], self.manage(*arguments), stdout=subprocess.PIPE, text=True)
        while True:
            try:
                said, _ = process.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if self.over.is_set():
                    raise WillNotStart("Stopped before it was ready.") from None
        self.children = [child for child in self.children if child.process is not process]
        if process.returncode:
            raise WillNotStart(f"manage.py {' '.join(arguments)} did not work; its words stand above.")
        return said.strip()

    def dead(self) -> Child | None:
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """The last one started goes first; whoever does not listen is killed."""
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
        ends = time.monotonic() + LAST_WORDS
        for child in reversed(self.children):
            try:
                child.process.wait(timeout=max(ends - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                kill_group(child.process)
                child.process.wait()
        self.children.clear()

    def watch(self) -> Child | None:
        """Until it is over, or a child has died: then that child."""
        while not self.over.wait(0.3):
            if child := self.dead():
                return child
        return None

    def wait_until_it_answers(self, url: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not self.over.wait(0.05):
            if child := self.dead():
                raise WillNotStart(f"The {child.name} ended at once; its words stand above.")
            if answers(url):
                return
            if time.monotonic() > ends:
                raise WillNotStart(f"Nothing answers at {url} after {PATIENCE:.0f} seconds.")

    def start_sandbox(self, data: Path, site_url: str) -> str:
        """The stand-in carrier and Stripe; its address. News go to the portal, signed with a secret that is kept."""
        command = self.python("-m", "sandbox", "--state", str(data / "sandbox.sqlite3"))
        command += ["--port", str(SANDBOX_PORT if is_free(SANDBOX_PORT) else 0)]
        command += ["--webhook-url", f"{site_url}/hooks/stripe/", "--webhook-secret", kept_secret(data)]
        process = self.start("sandbox", command, stdout=subprocess.PIPE, text=True)
        assert process.stdout  # noqa: S101 - asked for above
        said = process.stdout.readline()
        if "listening on" not in said:
            raise WillNotStart("The sandbox did not start; its words stand above.")
        return said.split()[-1]

    def start_web(self, port: int) -> None:
        command = self.python("-m", "gunicorn", "portal.wsgi:application", "--bind", f"{LOOPBACK}:{port}")
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
        command += ["--graceful-timeout", "3", "--log-level", "warning"]
        if Path("/dev/shm").is_dir():  # noqa: S108 - the heartbeat file: on a disk a busy one stops the worker
            command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
        self.start("web server", command)

    def start_worker(self) -> None:
        self.start("worker", self.manage("worker"))


def kill_group(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    session = requests.Session()
    session.trust_env = False  # a proxy of the laptop's owner knows nothing of this address
    try:
        return session.get(url, timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False


def kept_secret(data: Path) -> str:
    """The secret that the sandbox signs its news with, made once."""
    file = data / "sandbox_webhook_secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"whsec_{secrets.token_hex(24)}")
    return file.read_text().strip()
