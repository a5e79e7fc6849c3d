"""One line an event, as JSON, without personal data: only the fields that are named here leave the house."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

MOST_FRAMES = 60
SAFE = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "logger",
        "route",
        "method",
        "status",
        "ms",
        "lane",
        "sweep",
        "error",
        "number",
        "verb",
        "shop",
        "carrier",
        "count",
        "why",
        "address",
        "workers",
        "version",
        "exception",
    ]
)


def only_safe_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict:
    """Drop every field that nobody has declared harmless: a new one has to be thought about once."""
    return {name: value for name, value in event.items() if name in SAFE}


def without_messages(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where it happened and what kind it was; never what the exception says, which may quote a customer's row."""
    told = event.pop("exc_info", None)
    if not told:
        return event
    error = told if isinstance(told, BaseException) else told[1] if isinstance(told, tuple) else sys.exc_info()[1]
    lines: list[str] = []
    while error is not None and len(lines) < MOST_FRAMES:
        kind = type(error)
        lines.append(f"{kind.__module__}.{kind.__qualname__}")
        frames = traceback.extract_tb(error.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    event["exception"] = "\n".join(lines[:MOST_FRAMES])
    return event


def configure(config: dict) -> None:
    shared: list = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                without_messages,
                only_safe_fields,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config["level"])
    # These write whole addresses, and addresses hold numbers and tokens; our own request log names the route instead.
    # Nobody hears them: a logger that nobody hears and that is not told to be silent speaks to stderr all the same.
    for chatty in (
        "django.request",
        "django.security",
        "urllib3",
        "stripe",
        "weasyprint",
        "fontTools",
        "pypdf",
        "gunicorn.access",
    ):
        logging.getLogger(chatty).setLevel("CRITICAL")
    logging.getLogger("django.request").handlers = [logging.NullHandler()]
    logging.getLogger("django.request").propagate = False
