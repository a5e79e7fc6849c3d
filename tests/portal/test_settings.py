"""A wrong setting stops the start: exit code 2, and a line that names the variable."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = (
    "import portal.settings as s; "
    "print(s.SECRET_KEY[:6], s.SESSION_COOKIE_NAME, s.SECURE_SSL_REDIRECT, s.STRIPE_API_KEY, s.TRUSTED_PROXIES)"
)
KEY = "abcdefghijklmnopqrstuvwxyz0123456789" * 2


def start(tmp_path, **said: str) -> subprocess.CompletedProcess:
    """The settings read by a process of its own, with nothing from this one's shell."""
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), **said}
    return subprocess.run(
        [sys.executable, "-c", READ], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


BAD = {
    "http for a host that others reach": ("SITE_URL", {"SITE_URL": "http://returns.example.com"}),
    "no host": ("SITE_URL", {"SITE_URL": "returns.example.com", "ALLOWED_HOSTS": "returns.example.com"}),
    "debug on the internet": ("DEBUG", {"SITE_URL": "https://returns.example.com", "DEBUG": "true"}),
    "not a yes or no": ("DEBUG", {"DEBUG": "perhaps"}),
    "every host": ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": "*"}),
    "no host at all": ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ""}),
    "a short key": ("SECRET_KEY", {"SECRET_KEY": "short"}),
    "a key of one letter": ("SECRET_KEY", {"SECRET_KEY": "a" * 60}),
    "the key of an example": ("SECRET_KEY", {"SECRET_KEY": "django-insecure-" + KEY}),
    "no key with PostgreSQL": ("SECRET_KEY", {"DATABASE_URL": "postgres://u:p@127.0.0.1/h"}),
    "another database": ("DATABASE_URL", {"DATABASE_URL": "mysql://u:p@127.0.0.1/h", "SECRET_KEY": KEY}),
    "no database address": ("DATABASE_URL", {"DATABASE_URL": "nonsense", "SECRET_KEY": KEY}),
    "a far database in the clear": ("DATABASE_URL", {"DATABASE_URL": "postgres://u:p@db.example/h", "SECRET_KEY": KEY}),
    "a far database that may be in the clear": (
        "DATABASE_URL",
        {"DATABASE_URL": "postgres://u:p@db.example/h?sslmode=prefer", "SECRET_KEY": KEY},
    ),
    "a publishable key": ("STRIPE_API_KEY", {"STRIPE_API_KEY": "pk_live_1"}),
    "a live key without a webhook secret": ("STRIPE_WEBHOOK_SECRETS", {"STRIPE_API_KEY": "sk_live_1"}),
    "another Stripe than the sandbox": ("STRIPE_API_BASE", {"STRIPE_API_BASE": "https://evil.example"}),
    "no mail address": ("EMAIL_URL", {"EMAIL_URL": "pigeon://post"}),
    "no log level": ("LOG_LEVEL", {"LOG_LEVEL": "LOUD"}),
    "a proxy that is no address": ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "10.0.0.0/8,proxy.internal"}),
    "a file that is not there": ("STRIPE_API_KEY_FILE", {"STRIPE_API_KEY_FILE": "/nowhere/key"}),
    "a short key for the audit": ("AUDIT_KEY", {"AUDIT_KEY": "short"}),
    "a place for the audit's end that is no place": ("AUDIT_HEAD_TO", {"AUDIT_HEAD_TO": "https://example.com/heads"}),
    "a folder for the audit's end": ("AUDIT_HEAD_TO", {"AUDIT_HEAD_TO": "file:///var/"}),
    "a data folder that is a file": ("DATA_DIR", {"DATA_DIR": "/dev/null/data"}),
}
GOOD = {
    "a laptop": {},
    "the internet": {
        "SITE_URL": "https://returns.example.com",
        "DATABASE_URL": "postgres://u:p@db.example/h?sslmode=verify-full",
        "SECRET_KEY": KEY,
        "STRIPE_API_KEY": "rk_live_1",
        "STRIPE_WEBHOOK_SECRETS": "whsec_1,whsec_2",
        "TRUSTED_PROXIES": "10.0.0.7,2001:db8::/32",
        "EMAIL_URL": "smtp://u:p@mail.example:587?tls=True",
    },
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """All of them, a few at a time: each is a process."""
    wanted = {**{name: said for name, (_, said) in BAD.items()}, **GOOD}
    with ThreadPoolExecutor(4) as pool:
        runs = {name: pool.submit(start, tmp_path_factory.mktemp("start"), **said) for name, said in wanted.items()}
        return {name: run.result() for name, run in runs.items()}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_setting_is_refused_by_its_name(told, name):
    variable, _ = BAD[name]

    said = told[name]

    named = [line.split(":")[0].strip() for line in said.stderr.splitlines() if line.startswith("  ")]
    assert (said.returncode, named, said.stdout) == (2, [variable], "")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("name", GOOD)
def test_a_right_one_starts(told, name):
    assert (told[name].returncode, told[name].stderr) == (0, "")


def test_over_https_cookies_belong_to_this_host_alone(told):
    assert told["the internet"].stdout.split()[1:3] == ["__Host-session", "True"]
    assert told["a laptop"].stdout.split()[1:3] == ["session", "False"]


def test_all_mistakes_are_told_at_once(tmp_path):
    said = start(tmp_path, SITE_URL="http://a.example", LOG_LEVEL="LOUD", STRIPE_API_KEY="pk_1")

    named = [line.split(":")[0].strip() for line in said.stderr.splitlines() if line.startswith("  ")]
    assert named == ["SITE_URL", "LOG_LEVEL", "STRIPE_API_KEY"]


def test_a_secret_comes_from_a_file_that_only_its_owner_reads(tmp_path):
    file = tmp_path / "stripe"
    file.write_text("sk_test_from_a_file\n")
    file.chmod(0o600)
    kept = start(tmp_path, STRIPE_API_KEY_FILE=str(file))
    file.chmod(0o644)

    open_ = start(tmp_path, STRIPE_API_KEY_FILE=str(file))

    assert (kept.returncode, "sk_test_from_a_file" in kept.stdout) == (0, True)
    assert (open_.returncode, "STRIPE_API_KEY_FILE: everybody may read" in open_.stderr) == (2, True)
    assert "sk_test_from_a_file" not in open_.stderr


def test_a_key_is_made_once_also_when_web_and_worker_start_together(tmp_path):
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: start(tmp_path), range(6)))

    key = tmp_path / "data" / "secret_key"
    assert {(run.returncode, run.stdout.split()[0]) for run in runs} == {(0, key.read_text()[:6])}
    assert len(key.read_text()) >= 64
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in key.parent.iterdir()] == ["secret_key"]
