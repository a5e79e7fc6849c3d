"""A no in a body, where the HTTP status is not at hand."""

from .base import Refusal
from .errors import AccountRefused, BadRequest, CarrierDown, CarrierError, RateLimited
from .http import plain, reading


def meant_by(status: int) -> type[CarrierError]:
    """What an HTTP status means to us, as http.call takes it."""
    if status in (401, 403):
        return AccountRefused
    if status == 429:
        return RateLimited
    return BadRequest if 400 <= status < 500 and status != 408 else CarrierDown


def problem(said: dict, number: str = "") -> Refusal:
    """{"title": "Unauthorized", "status": 401, "detail": "..."}, as RFC 7807 has it; a 404 is about `number` alone.

    Raises CarrierDown for what has no status.
    """
    with reading(said):
        status = int(said["status"])
    message = f"{plain(said.get('title'))}: {plain(said.get('detail'))}".strip(": ")
    return Refusal(str(status), message or str(status), meant_by(status), number if status == 404 else "")
