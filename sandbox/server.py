"""One address, three rooms: /v1/ is Stripe, /carrier/v1/ the carrier, /_sandbox/ the control."""

import json
import re
import socket
import sys
import threading
import traceback
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .books import Books
from .carrier import Carrier
from .control import Control
from .faults import Faults
from .hooks import Hooks
from .http import Ask, Dropped, Reply
from .stripe import Stripe

MOST_BYTES = 1024 * 1024


class World:
    """Everything behind the address."""

    def __init__(self, books: Books):
        self.books = books
        self.faults = Faults()
        self.hooks = Hooks(books)
        self.stripe = Stripe(books, self.hooks)
        self.carrier = Carrier(books)
        self.calls: Counter[str] = Counter()
        self.calls_lock = threading.Lock()
        self.control = Control(books, self.stripe, self.hooks, self.faults, self.calls)

    def answer(self, ask: Ask) -> Reply:
        """Raises Dropped when the line should go dead."""
        if ask.path.startswith("/_sandbox/"):
            return self.control.answer(ask)
        with self.calls_lock:
            self.calls[call_name(ask)] += 1
        if ask.path.startswith("/v1/"):
            return self.stripe.answer(ask, self.faults.draw("stripe", ask))
        if ask.path.startswith("/checkout/"):
            return self.stripe.checkout.page(ask)
        if ask.path.startswith("/carrier/v1/"):
            return self.carrier.answer(ask, self.faults.draw("carrier", ask))
        return Reply(404, {"error": "There is /v1/, /carrier/v1/ and /_sandbox/."})

    def stop(self) -> None:
        self.faults.stopping.set()
        self.hooks.stop()


def call_name(ask: Ask) -> str:
    """POST /v1/refunds, GET /v1/refunds/ID: one counter for all of a kind."""
    path = re.sub("^((?:/carrier)?/v1/[^/]+)/[^/]+", r"\1/ID", ask.path)
    return f"{ask.method} {path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for an acknowledgement
    wbufsize = -1  # head and body leave in one piece
    server: "Server"

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def serve(self) -> None:
        try:
            self.send(self.server.world.answer(self.read_ask()))
        except Dropped:
            self.hang_up()
        except OSError:
            self.close_connection = True  # nobody waited for the answer
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self.send(Reply(500, {"error": {"type": "api_error", "message": "The sandbox has a fault of its own."}}))

    def read_ask(self) -> Ask:
        url = urllib.parse.urlsplit(self.path)
        size = min(int(self.headers.get("Content-Length") or 0), MOST_BYTES)
        return Ask(
            method=self.command,
            path=urllib.parse.unquote(url.path),
            query=dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(size),
        )

    def send(self, reply: Reply) -> None:
        html = isinstance(reply.body, str)
        body = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if html else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: /_sandbox/calls counts instead."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a storm knocks all at once

    def __init__(self, port: int, world: World):
        super().__init__(("127.0.0.1", port), Handler)
        self.world = world

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was killed while the line was open leaves no trace here."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
