"""What a room of the sandbox is asked, and what it answers."""

import json
import urllib.parse
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> dict:
        """Raises ValueError when the body is no JSON object."""
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("The body is not a JSON object.")
        return found

    def form(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: dict | str  # a str goes out as HTML
    headers: dict[str, str] = field(default_factory=dict)


class Dropped(Exception):
    """Close the connection without a word."""
