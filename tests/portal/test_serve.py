"""`manage.py serve`, as it is started: real processes in a folder of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.conf import settings

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at children through /proc")
MANAGE = str(Path(settings.BASE_DIR) / "manage.py")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(tmp_path):
    """Starts it with an empty house; returns (process, port, what it said until it was ready)."""
    begun = []

    def start(**environment):
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, MANAGE, "serve", "--port", str(port), "--no-demo"],
            env={"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"], **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun.append(process)
        said = ""
        while "Ctrl-C stops everything." not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        return process, port, said

    yield start
    for process in begun:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)


def children_of(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_serves_pages_work_and_sandbox_on_loopback_and_one_signal_stops_them_all(serve):
    process, port, said = serve()
    children = children_of(process)
    sandbox = int(re.search(r"Sandbox +http://127\.0\.0\.1:(\d+)/", said)[1])

    assert f"http://127.0.0.1:{port}/" in said
    assert "There is no shop yet: manage.py set_up_shop" in said
    assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 503
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).headers["Server"] == "gunicorn"
    assert len(children) == 3

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=10) == 0
    assert is_free(port)
    assert is_free(sandbox)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_when_one_child_dies_it_says_so_and_stops_the_others(serve):
    process, port, _ = serve(LOG_LEVEL="ERROR")
    worker = next(
        pid for pid in children_of(process) if "worker" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    )
    others = [pid for pid in children_of(process) if pid != worker]

    os.kill(worker, signal.SIGKILL)

    assert process.wait(timeout=10) == 1
    assert "The worker has stopped (exit code -9), so all is stopped." in process.stdout.read()
    assert is_free(port)
    time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in others)


def test_an_end_during_the_first_start_leaves_an_empty_house_and_no_process(tmp_path):
    environment = {"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, MANAGE, "serve", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while "the demo moves in" not in (line := process.stdout.readline()):
        assert line
    while len(children := children_of(process)) < 2:
        time.sleep(0.05)
    time.sleep(2.5)

    process.terminate()

    assert process.wait(timeout=10) == 1
    assert "Stopped before it was ready." in process.stdout.read()
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    asked = [sys.executable, MANAGE, "shell", "--no-imports", "-c"]
    count = "from customers.models import Shop; print(Shop.objects.count())"
    assert subprocess.run([*asked, count], env=environment, capture_output=True, text=True, check=True).stdout == "0\n"


def test_serve_says_which_port_is_taken(outside, tmp_path):
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "serve", "--port", str(outside.port)]

    done = subprocess.run(
        command, env={"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"Port {outside.port} is taken" in done.stderr
