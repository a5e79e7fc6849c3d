"""The portal's own settings, with a data folder that is thrown away and nothing from the developer's shell."""

import os
import tempfile

KEPT = {"DATABASE_URL"}
for name in ("SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS", "DEBUG"):
    os.environ.pop(name, None)
for name in ("AUDIT_KEY", "AUDIT_HEAD_TO"):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="homeward-tests-")
os.environ["SECRET_KEY"] = "tests-only-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2
os.environ["ALLOWED_HOSTS"] = "testserver,127.0.0.1,localhost"
os.environ["STRIPE_API_KEY"] = "sk_test_homeward"
os.environ["STRIPE_WEBHOOK_SECRETS"] = "whsec_tests"

from portal.settings import *  # noqa: F403, E402 - the environment above has to stand first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PAUSE = lambda seconds: None  # noqa: E731
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
if SQLITE:  # noqa: F405 - threads share a file, never a database in memory; it need not survive a power cut
    _sqlite = DATABASES["default"]  # noqa: F405
    _sqlite["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}  # noqa: F405
    _sqlite["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
