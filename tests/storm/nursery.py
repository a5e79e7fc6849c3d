"""Where processes are born: one that is warmed up and never opens a database connection forks the others.

A connection that crosses a fork breaks the locks of both sides, so the one who counts must not fork by himself.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer


class Nursery:
    """`born` says what a child of each kind does: {"worker": function of its arguments}. Fork it before any thread."""

    def __init__(self, born: dict[str, Callable[..., None]], log: Path) -> None:
        self.line, other = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.line.close()
            try:
                _serve(other, born, log)
            finally:
                os._exit(0)
        other.close()
        self.file = self.line.makefile("rw")

    def bear(self, kind: str, *arguments: object) -> int:
        return self._ask("bear", kind, *arguments)

    def kill(self, pid: int) -> int:
        """SIGKILL, as a power cut would; returns when it is dead: the signal it died of, -1 when it had died before."""
        return self._ask("kill", pid)

    def close(self) -> None:
        """All of them die."""
        self.file.close()
        self.line.close()
        os.waitpid(self.pid, 0)

    def _ask(self, *words: object) -> int:
        self.file.write(json.dumps(words) + "\n")
        self.file.flush()
        return int(self.file.readline())


def _serve(line: socket.socket, born: dict[str, Callable[..., None]], log: Path) -> None:
    file = line.makefile("rw")
    children: set[int] = set()
    while said := file.readline():
        verb, first, *rest = json.loads(said)
        if verb == "bear":
            pid = os.fork()
            if pid == 0:
                file.close()
                line.close()
                _live(born[first], rest, log)
            children.add(pid)
            answer = pid
        else:
            answer = _bury(first)
            children.discard(first)
        file.write(f"{answer}\n")
        file.flush()
    for pid in children:
        _bury(pid)


def _live(life: Callable[..., None], arguments: list, log: Path) -> None:
    try:
        with log.open("ab") as err:
            os.dup2(err.fileno(), sys.stderr.fileno())
            os.dup2(err.fileno(), sys.stdout.fileno())
        life(*arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _bury(pid: int) -> int:
    if os.waitpid(pid, os.WNOHANG)[0]:
        return -1
    os.kill(pid, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


def answer_at(door: socket.socket) -> None:
    """The portal, one request after the other, at a door that stays open while this process is dead."""
    from portal.wsgi import application

    server = WSGIServer(door.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = door
    server.server_address = door.getsockname()
    server.server_name, server.server_port = "127.0.0.1", door.getsockname()[1]
    server.setup_environ()
    server.set_app(application)
    server.serve_forever()
