"""What every request and every answer has in common."""

import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

log = structlog.get_logger("portal.request")
Answer = Callable[[HttpRequest], HttpResponse]


class RequestLog:
    """One line a request: the route's name, never its address, which may hold numbers and tokens."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None:
            ms = round((time.perf_counter() - started) * 1000)
            log.info("request", route=match.view_name, method=request.method, status=response.status_code, ms=ms)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation):
            return  # an answer, not a failure
        match = request.resolver_match
        log.error("request.failed", route=match and match.view_name, exc_info=exception)


class BodyLimit:
    """A body larger than any form of ours is refused before it is read. Without a length Django reads nothing."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.LARGEST_BODY:
            return HttpResponse(status=413)
        return self.get_response(request)


class SecurityHeaders:
    """Headers that neither Django nor django-csp sets; whatever is made for one visitor is kept by nobody."""

    ALWAYS = {
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class Language:
    """The language of a page: what the visitor chose, else what her browser asks for, else the shop's."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.known = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get("language") if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        language = chosen if chosen in self.known else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


def client_address(request: HttpRequest) -> str:
    """The peer, or what a trusted proxy says of it, read from the right: a visitor's own words are not believed."""
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while forwarded and _is_trusted(address):
        address = _without_port(forwarded.pop())
    return address


def _without_port(told: str) -> str:
    """Some proxies write the visitor's port behind it: 203.0.113.1:4711, [2001:db8::1]:4711."""
    if told.startswith("["):
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def _is_trusted(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in settings.TRUSTED_PROXIES)


def is_own_path(path: str) -> bool:
    """Whether a redirect to `path` stays in this portal."""
    parts = urlsplit(path)
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
