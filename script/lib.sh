# What the scripts share. Sourced from the repository's root by a POSIX sh with `set -eu`.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "$*"
    exit 1
}

# --- Python ---------------------------------------------------------------------------------------

# Sets PYTHON. Version managers leave names on the path behind which there is nothing, so each candidate is run.
find_python() {
    lacking=""
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        version=$("$candidate" -c 'import sys; sys.version_info >= (3, 11) and print("%d.%d" % sys.version_info[:2])' \
            2>/dev/null) || continue
        [ -n "$version" ] || continue
        if "$candidate" -c 'import venv, ensurepip, sqlite3, ssl' 2>/dev/null; then
            PYTHON=$candidate
            return
        fi
        lacking=${lacking:-$version}
    done
    if [ -n "$lacking" ]; then
        warn "Python $lacking is here, but a part of it is missing (venv, ensurepip, sqlite3 or ssl)."
    else
        warn "Homeward needs Python 3.11 or newer, and none was found."
    fi
    die "Install it with: $(python_packages "${lacking:-3}")"
}

python_packages() {
    if command -v apt-get >/dev/null 2>&1; then
        say "apt-get install python3 python$1-venv"
    elif command -v dnf >/dev/null 2>&1; then
        say "dnf install python3 python3-pip"
    elif command -v apk >/dev/null 2>&1; then
        say "apk add python3 py3-pip"
    elif command -v brew >/dev/null 2>&1; then
        say "brew install python@3.13"
    else
        say "your system's packages, or https://www.python.org/downloads/"
    fi
}

# make_venv [dev]: .venv with what the requirements pin. A stamp makes the second start instant.
make_venv() {
    kind=${1:-base}
    ! venv_is_fresh "$kind" || return 0
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        find_python
        say "Making a Python environment in .venv ($("$PYTHON" --version)) ..."
        rm -rf .venv
        "$PYTHON" -m venv .venv || die "Python could not make an environment: $(python_packages 3)"
    fi
    requirements="requirements.txt"
    [ "$kind" = base ] || requirements="requirements-dev.txt"
    say "Installing $requirements: about a minute the first time ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements" ||
        die "The packages could not be installed: see the lines above, and run this again."
    venv_stamp "$kind" write
}

venv_is_fresh() {
    [ -x .venv/bin/python ] && venv_stamp "$1" check 2>/dev/null
}

# An environment for development holds what the server needs too.
venv_stamp() {
    .venv/bin/python -I - "$@" <<'PYTHON'
import hashlib, pathlib, sys

kind, verb = sys.argv[1:]
stamp = pathlib.Path(".venv/requirements.sha256")
digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
lines = []
for name, file in (("base", "requirements.txt"), ("dev", "requirements-dev.txt")):
    digest.update(pathlib.Path(file).read_bytes())
    lines.append(f"{name} {digest.hexdigest()}\n")
wanted = lines[0] if kind == "base" else lines[1]
if verb == "check":
    sys.exit(wanted not in stamp.read_text())
stamp.write_text(wanted if kind == "base" else "".join(lines))
PYTHON
}

# --- What the system has to bring -----------------------------------------------------------------

may_install() {
    [ "${HOMEWARD_INSTALL:-yes}" = yes ] && command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

# install_packages NAME...: with apt-get, its lists fetched once when they are not enough.
install_packages() {
    say "Installing $* ..."
    apt_get install "$@" 2>/dev/null || { apt_get update && apt_get install "$@"; }
}

apt_get() {
    verb=$1
    shift
    if [ "$verb" = install ]; then
        set -- -y -qq --no-install-recommends "$@"
    else
        set -- -qq
    fi
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get "$verb" "$@" </dev/null >/dev/null
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "$verb" "$@" </dev/null >/dev/null
    fi
}

# Pango writes the papers (labels, slips, credit notes). Without it the portal runs and shows pages to print.
ensure_pango() {
    ! has_pango || return 0
    pango="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig"
    if may_install; then
        # shellcheck disable=SC2086 # a list of packages
        if install_packages $pango && has_pango; then
            return 0
        fi
    fi
    warn "Papers are shown as pages to print, not as PDF, until Pango is installed:"
    if command -v brew >/dev/null 2>&1; then
        warn "    brew install pango"
    elif command -v dnf >/dev/null 2>&1; then
        warn "    dnf install pango harfbuzz fontconfig"
    elif command -v apk >/dev/null 2>&1; then
        warn "    apk add pango harfbuzz-subset fontconfig"
    else
        warn "    apt-get install $pango"
    fi
}

has_pango() {
    .venv/bin/python -I - <<'PYTHON' 2>/dev/null
import ctypes, sys

FOLDERS = ("", "/opt/homebrew/lib/", "/usr/local/lib/") if sys.platform == "darwin" else ("",)
LIBRARIES = (("libpango-1.0", 0), ("libpangoft2-1.0", 0), ("libharfbuzz-subset", 0))


def opens(path):
    try:
        ctypes.CDLL(path)
    except OSError:
        return False
    return True


for name, number in LIBRARIES:
    file = f"{name}.{number}.dylib" if sys.platform == "darwin" else f"{name}.so.{number}"
    if not any(opens(folder + file) for folder in FOLDERS):
        sys.exit(1)
PYTHON
}

# Sets CHROMIUM, empty when there is none: then the browser tests are skipped, and counted.
ensure_chromium() {
    find_chromium
    if [ -z "$CHROMIUM" ] && may_install; then
        install_packages chromium || warn "Chromium could not be installed."
        find_chromium
    fi
    [ -n "$CHROMIUM" ] || warn "There is no Chromium: browser tests will be skipped. Install it with: apt-get install chromium"
    export CHROMIUM
}

find_chromium() {
    for candidate in ${CHROMIUM:-} chromium chromium-browser google-chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if "$candidate" --version >/dev/null 2>&1; then
            CHROMIUM=$(command -v "$candidate")
            return
        fi
    done
    CHROMIUM=""
}

free_port() {
    .venv/bin/python -I -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
