"""python -m sandbox --port 8990 --state data/sandbox.sqlite3 [--webhook-url URL --webhook-secret SECRET]"""

import argparse
import signal
import threading

from .books import Books
from .server import Server, World


def main() -> None:
    said = arguments()
    books = Books(said.state)
    world = World(books)
    world.hooks.setup(url=said.webhook_url, secret=said.webhook_secret, mode=None, seconds=None)
    server = Server(said.port, world)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    world.hooks.start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(f"sandbox listening on {server.url}", flush=True)
    stop.wait()
    server.shutdown()
    world.stop()
    server.server_close()
    books.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in carrier and a stand-in Stripe.")
    parser.add_argument("--port", type=int, default=8990, help="0 takes a free one")
    parser.add_argument("--state", default=":memory:", help="the SQLite file that keeps the books")
    parser.add_argument("--webhook-url", help="where the stand-in Stripe sends its news")
    parser.add_argument("--webhook-secret", help="what it signs them with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
