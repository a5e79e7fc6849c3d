"""A wire that leads nowhere: mounted on a session, it answers with recorded replies and remembers the questions."""

import io
import json
from pathlib import Path

import requests
import urllib3
from requests.adapters import HTTPAdapter


def recorded(folder: Path, name: str) -> dict:
    """A reply by its name: NAME.json holds the status, headers and body; NAME.xml is the body of a 200."""
    whole = folder / f"{name}.json"
    if whole.exists():
        return json.loads(whole.read_text(encoding="utf-8"))
    return {"status": 200, "headers": {"Content-Type": "text/xml"}, "body": (folder / f"{name}.xml").read_bytes()}


def body_of(reply: dict) -> bytes:
    return reply["body"] if isinstance(reply["body"], bytes) else json.dumps(reply["body"]).encode()


class Wire(HTTPAdapter):
    """Answers one reply after another, the last one for ever. Questions that `token_path` ends get `token`, apart."""

    def __init__(self, *replies: dict | Exception, token_path: str = "", token: dict | None = None):
        super().__init__()
        self.replies = list(replies)
        self.token_path = token_path
        self.token = token
        self.asked: list[requests.PreparedRequest] = []
        self.tokens_asked: list[requests.PreparedRequest] = []
        self.how: dict = {}

    def send(self, request, **how):
        self.how = how
        if self.token_path and request.path_url.split("?")[0].endswith(self.token_path):
            self.tokens_asked.append(request)
            return self.answer(request, self.token)
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return self.answer(request, reply)

    def answer(self, request, reply):
        body = body_of(reply)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.get("headers", {})}
        raw = urllib3.HTTPResponse(
            io.BytesIO(body),
            headers=headers,
            status=reply["status"],
            preload_content=False,
            enforce_content_length=True,
        )
        return self.build_response(request, raw)


def session_with(wire: Wire) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", wire)
    session.mount("http://", wire)
    return session
