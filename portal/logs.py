"""One line an event, as JSON, without personal data: only the fields that are named here leave the house."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

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
                structlog.processors.format_exc_info,
                only_safe_fields,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config["level"])
    # These write whole addresses, and addresses hold numbers and tokens; our own request log names the route instead.
    for chatty in (
        "django.request",
        "django.security",
        "urllib3",
        "stripe",
        "weasyprint",
        "fontTools",
        "gunicorn.access",
    ):
        logging.getLogger(chatty).setLevel("ERROR" if chatty == "django.request" else "CRITICAL")
    logging.getLogger("django.request").propagate = False
