"""What the operator sets (first half), then what Django needs (second half)."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
import dj_email_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
environment = Environment()

# --- what the operator sets -------------------------------------------------------------------------------------

DATA_DIR = Path(environment.read("DATA_DIR", str(BASE_DIR / "data"))).resolve()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as _error:
    environment.refuse("DATA_DIR", f"name a folder that the portal may write to ({_error.strerror})")
    environment.stop_on_mistakes()

SITE_URL = environment.read("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
LOOPBACK = _site.hostname in {"localhost", "127.0.0.1", "::1"}
if _site.scheme not in {"http", "https"} or not _site.hostname:
    environment.refuse("SITE_URL", "write the whole address, for example https://returns.example.com")
elif _site.scheme == "http" and not LOOPBACK:
    environment.refuse("SITE_URL", "a portal that others can reach needs https")

DEBUG = environment.read("DEBUG", False, kind="bool")
if DEBUG and not LOOPBACK:
    environment.refuse("DEBUG", "switch it off: error pages would show your data to everyone")

_hosts = ["127.0.0.1", "localhost", "[::1]"] if LOOPBACK else [_site.hostname or ""]
ALLOWED_HOSTS = environment.read("ALLOWED_HOSTS", _hosts, kind="list")
if "*" in ALLOWED_HOSTS or not any(ALLOWED_HOSTS):
    environment.refuse("ALLOWED_HOSTS", "name the hosts of your portal; * lets others forge links in letters")

DATABASE_URL = environment.secret("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'homeward.sqlite3'}"
try:
    _database = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True))
except (ValueError, KeyError):
    environment.refuse("DATABASE_URL", "write sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME")
    _database = dict(dj_database_url.parse("sqlite://:memory:"))
SQLITE = "sqlite" in str(_database["ENGINE"])
if not SQLITE and "postgresql" not in str(_database["ENGINE"]):
    environment.refuse("DATABASE_URL", "only SQLite and PostgreSQL are supported")
_elsewhere = not SQLITE and _database.get("HOST") not in {"", "localhost", "127.0.0.1", "::1"}
_sslmode = _database.get("OPTIONS", {}).get("sslmode")  # type: ignore[attr-defined]
if _elsewhere and _sslmode not in {"require", "verify-ca", "verify-full"}:
    environment.refuse("DATABASE_URL", "add ?sslmode=verify-full (or require): the database is on another machine")


def _secret_key() -> str:
    given = environment.secret("SECRET_KEY")
    if given:
        if len(given) < 50 or len(set(given)) < 5 or given.startswith("django-insecure-"):
            environment.refuse("SECRET_KEY", "needs 50 random characters or more")
        return given
    if not SQLITE:
        environment.refuse("SECRET_KEY", "give one (50 random characters or more): several machines must share it")
        return secrets.token_urlsafe(64)
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        # Written whole before it gets its name: web and worker start at the same moment, and the first one wins.
        fresh = DATA_DIR / f"secret_key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            kept.hardlink_to(fresh)
        fresh.unlink()
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = environment.read("SECRET_KEY_FALLBACKS", [], kind="list")
TRUSTED_PROXIES = environment.networks("TRUSTED_PROXIES")
LOG_LEVEL = environment.read("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    environment.refuse("LOG_LEVEL", "use DEBUG, INFO, WARNING or ERROR")
    LOG_LEVEL = "INFO"

STRIPE_API_KEY = environment.secret("STRIPE_API_KEY")
STRIPE_API_BASE = environment.read("STRIPE_API_BASE", "")
STRIPE_WEBHOOK_SECRETS = [part for part in environment.secret("STRIPE_WEBHOOK_SECRETS").split(",") if part]
STRIPE_LIVE = STRIPE_API_KEY.startswith(("sk_live_", "rk_live_"))
if STRIPE_API_KEY and not STRIPE_API_KEY.startswith(("sk_", "rk_")):
    environment.refuse("STRIPE_API_KEY", "a secret or restricted key begins with sk_ or rk_; pk_ keys cannot refund")
if STRIPE_API_BASE and urlsplit(STRIPE_API_BASE).hostname not in {"localhost", "127.0.0.1", "::1"}:
    environment.refuse("STRIPE_API_BASE", "is for the sandbox on this machine only; leave it out for the real Stripe")
if STRIPE_LIVE and not STRIPE_WEBHOOK_SECRETS:
    environment.refuse("STRIPE_WEBHOOK_SECRETS", "a live key needs the signing secret of your webhook endpoint")

EMAIL_URL = environment.secret("EMAIL_URL") or f"file://{DATA_DIR / 'letters'}"
EMAIL_FROM = environment.read("EMAIL_FROM", "")
try:
    _email = dj_email_url.parse(EMAIL_URL)
    _email["EMAIL_BACKEND"]  # which an address of another kind lacks
except (ValueError, KeyError):
    environment.refuse("EMAIL_URL", "write smtp://USER:PASSWORD@HOST:PORT, smtps://… or file:///FOLDER")
    _email = dj_email_url.parse("memory://")
if EMAIL_URL.startswith("file:"):
    # The parser takes the first slash away: letters would lie wherever the process happened to begin.
    _email["EMAIL_FILE_PATH"] = unquote(urlsplit(EMAIL_URL).path)

# The first one signs the audit, the others still check it. Without one the audit is signed by SECRET_KEY.
AUDIT_KEYS = [part.strip() for part in environment.secret("AUDIT_KEY").split(",") if part.strip()]
if any(len(key) < 32 or len(set(key)) < 5 for key in AUDIT_KEYS):
    environment.refuse("AUDIT_KEY", "needs 32 random characters or more")
AUDIT_HEAD_TO = environment.read("AUDIT_HEAD_TO", "")
_away = urlsplit(AUDIT_HEAD_TO)
if AUDIT_HEAD_TO and not (
    (_away.scheme == "file" and not _away.netloc and _away.path.startswith("/") and not _away.path.endswith("/"))
    or (_away.scheme == "mailto" and "@" in _away.path)
    or (_away.scheme == "syslog" and bool(_away.hostname or _away.path.startswith("/")))
):
    environment.refuse("AUDIT_HEAD_TO", "write file:///FILE, mailto:NAME@HOST, syslog:///dev/log or syslog://HOST:514")

environment.stop_on_mistakes()

# --- what Django needs ------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "notices",
    "returns",
    "shipments",
    "orders",
    "customers",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "portal.middleware.RequestLog",
    # First, so that redirects to https and static files carry the headers too.
    "portal.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.messages.context_processors.messages",
                "portal.faces.everywhere",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "portal.templatetags.words"],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"]),
            ],
        },
    }
]

if SQLITE:
    # IMMEDIATE: a deferred transaction that turns into a writer fails at once when another one writes.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    _options: dict = _database.setdefault("OPTIONS", {})  # type: ignore[assignment]
    _options["options"] = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGES = [("en", _("English")), ("de", _("German")), ("el", _("Greek")), ("vi", _("Vietnamese"))]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files"), "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20

SECURE = _site.scheme == "https"
# Two cookies, both needed to work: no banner. __Host- names are for https only (browsers drop them over http).
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.faces.form_expired"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"  # no-referrer would turn every form into a 403
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

PAUSE = time.sleep  # what a look-up that finds nothing waits with; tests do not wait

LARGEST_BODY = 11 * 1024 * 1024  # one photo of 10 MB and the form around it
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 8
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options is set by portal.middleware.SecurityHeaders, on static files and redirects too
    "security.W021",  # the browsers' preload list is the shop's own decision: it is hard to leave
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "staff:sign-in"
LOGIN_REDIRECT_URL = "staff:queue"

LOGGING_CONFIG = "portal.logs.configure"
LOGGING = {"level": LOG_LEVEL}
