"""Asking with a token that may have ended before its time."""

from collections.abc import Callable
from typing import TypeVar

from .errors import AccountRefused
from .http import Bearer

Told = TypeVar("Told")


def with_token(bearer: Bearer, fetch: Callable[[], tuple[str, float]], ask: Callable[[str], Told]) -> Told:
    """What `ask` gives with the account's token; after a 401 once more with a new one, and never again.

    A 401 came before anything was done, so asking again is safe even where it buys a label.
    """
    try:
        return ask(bearer.get(fetch))
    except AccountRefused as error:
        if not error.raw.startswith("401"):
            raise
    bearer.forget()
    return ask(bearer.get(fetch))
