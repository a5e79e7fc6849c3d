"""Reading what the operator set, and telling every mistake at once.

A value comes from NAME, or from the file that NAME_FILE names (Docker and systemd secrets).
"""

import stat
import sys
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from environs import Env, EnvError


class Environment:
    def __init__(self) -> None:
        self.env = Env()
        self.mistakes: list[str] = []

    def read(self, name: str, default=None, *, kind: str = "str"):
        """The value of NAME as `kind` (a method of environs.Env), or `default` when it is not set or wrong."""
        try:
            return getattr(self.env, kind)(name, default)
        except (EnvError, ValueError) as wrong:
            self.mistakes.append(f"{name}: {wrong}")
            return default

    def secret(self, name: str, default: str = "") -> str:
        """NAME, or the content of the file at NAME_FILE, which others must not be able to read."""
        path = self.env.str(f"{name}_FILE", "")
        if not path:
            return self.env.str(name, default)
        file = Path(path)
        if not file.is_file():
            self.mistakes.append(f"{name}_FILE: there is no file {path}")
            return default
        if file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            self.mistakes.append(f"{name}_FILE: everybody may read {path}; run chmod o-rwx on it")
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError) as wrong:
            self.mistakes.append(f"{name}_FILE: {path} cannot be read ({type(wrong).__name__})")
            return default

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Addresses (10.0.0.7) and networks (10.0.0.0/8), with commas between them."""
        networks = []
        for part in self.read(name, [], kind="list"):
            try:
                networks.append(ip_network(part.strip(), strict=False))
            except ValueError:
                self.mistakes.append(f"{name}: {part} is no address; write such as 10.0.0.7 or 10.0.0.0/8")
        return networks

    def refuse(self, name: str, reason: str) -> None:
        self.mistakes.append(f"{name}: {reason}")

    def stop_on_mistakes(self) -> None:
        if self.mistakes:
            lines = "\n".join(f"  {mistake}" for mistake in self.mistakes)
            sys.stderr.write(f"Homeward cannot start with these settings:\n{lines}\nThe README lists every setting.\n")
            raise SystemExit(2)
