"""A wire that leads nowhere: mounted on a session, it answers with recorded replies and remembers the questions."""

import io
import json
from pathlib import Path

import requests
import urllib3
from requests.adapters import HTTPAdapter


def recorded(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


class Wire(HTTPAdapter):
    def __init__(self, *replies: dict | Exception):
        super().__init__()
        self.replies = list(replies)
        self.asked: list[requests.PreparedRequest] = []
        self.how: dict = {}

    def send(self, request, **how):
        self.asked.append(request)
        self.how = how
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        body = reply["body"] if isinstance(reply["body"], bytes) else json.dumps(reply["body"]).encode()
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
