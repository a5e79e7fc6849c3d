"""People and machines at the door: browsers with an address of their own that solve what they owe."""

import altcha
from django.test import Client
from structlog.testing import LogCapture

from portal.customer import access, puzzle

HEAVIEST = 2**19


def address(n: int) -> str:
    """Public, and each in a neighbourhood of its own."""
    return f"81.{n // 250 % 250}.{n % 250}.7"


def answer_of(browser: Client, hashes: int = HEAVIEST, *, name: str = "") -> str:
    """As a machine with endless strength would solve it: the right counter is the first one."""
    challenge = puzzle.challenge_for(puzzle.browser_of(name or browser.session["browser"]), hashes, counter=0)
    solution = altcha.solve_challenge(challenge)
    return altcha.Payload(challenge, solution).to_base64()


class Visitor:
    """A browser at an address. `met`: a page asked it for work."""

    def __init__(self, at: str, browser: Client | None = None) -> None:
        self.at = at
        self.browser = browser or Client()
        self.met = False
        self.answer = ""

    def see(self, **headers):
        return self._read(self.browser.get("/", REMOTE_ADDR=self.at, **headers))

    def try_(self, number: str, proof: str, **headers) -> str:
        """found, missed, puzzle or blocked."""
        facts = {"number": number, "proof": proof, "puzzle": self.answer}
        response = self._read(self.browser.post("/", facts, REMOTE_ADDR=self.at, **headers))
        if response.status_code == 422:
            return "puzzle" if b"press the button again" in response.content else "missed"
        return {302: "found", 429: "blocked"}[response.status_code]

    def insist(self, number: str, proof: str, **headers) -> str:
        """Once more with the puzzle solved, when it was asked for."""
        told = self.try_(number, proof, **headers)
        return self.try_(number, proof, **headers) if told == "puzzle" else told

    def _read(self, response):
        owes = b"data-puzzle=" in response.content
        self.met |= owes
        self.answer = answer_of(self.browser) if owes else ""
        return response


class Ledger:
    """What the portal itself says of each look-up."""

    def __enter__(self):
        self.processors = access.log.bind()._processors  # a logger keeps those that it was first used with
        self.kept, capture = list(self.processors), LogCapture()
        self.processors[:], self.lines = [capture], capture.entries
        return self

    def __exit__(self, *told):
        self.processors[:] = self.kept

    def count(self, *events: str) -> int:
        return sum(line["event"] in {f"lookup.{event}" for event in events} for line in self.lines)

    @property
    def judged(self) -> int:
        return self.count("missed", "found")
