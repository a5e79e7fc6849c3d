"""Asking with an OAuth token."""

from collections.abc import Callable

from .errors import AccountRefused
from .http import Answer, Bearer


def with_token(bearer: Bearer, fetch: Callable[[], tuple[str, float]], question: Callable[[str], Answer]) -> Answer:
    """What `question` answers when it has a token. One they do not take any more is renewed once, never again."""
    token = bearer.get(fetch)
    try:
        return question(token)
    except AccountRefused as error:
        if not error.raw.startswith("401 "):
            raise
    bearer.forget()
    return question(bearer.get(fetch))
