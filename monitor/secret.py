"""Secrets by name: where one is looked up, and a value that does not print itself.

Knows systemd credentials, a folder of files and the environment; knows nothing of who uses a secret. A secret is
looked up when it is used, so that it can be rotated without a restart, and the daemon can start before it is there.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")


class SecretMissingError(LookupError):
    """No place has the secret; the message names the places."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value; `reveal` is the one way to it, and printing or logging the object shows stars."""

    _value: str

    def __repr__(self) -> str:
        return "Secret('***')"

    def reveal(self) -> str:
        """The value itself, for the call that needs it."""
        return self._value


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The places, in order: systemd's credentials, the folder from the configuration, the environment."""

    credentials: Path | None
    folder: Path | None
    environment: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> Secret:
        """The secret of that name; raises SecretMissingError, which says where it was looked for."""
        for folder in (self.credentials, self.folder):
            value = _read(folder / name) if folder is not None else ""
            if value:
                return Secret(value)
        value = self.environment.get(variable(name), "").strip()
        if value:
            return Secret(value)
        raise SecretMissingError(f"secret {name!r} is missing; {self.places(name)}")

    def places(self, name: str) -> str:
        """What a person can do to provide it."""
        file = f"write it to {self.folder / name}" if self.folder else "name a folder for it with 'secrets:'"
        return f"set {variable(name)}, {file}, or give the unit LoadCredential={name}:PATH"


def secrets_from(environment: Mapping[str, str], folder: Path | None) -> Secrets:
    """The places as this process has them."""
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    return Secrets(credentials=Path(credentials) if credentials else None, folder=folder, environment=environment)


def process_secrets(folder: Path | None) -> Secrets:
    """The places of this process."""
    return secrets_from(os.environ, folder)


def variable(name: str) -> str:
    """The environment variable of a secret: slack-syria is SLACK_SYRIA."""
    return name.upper().replace("-", "_")


def _read(path: Path) -> str:
    try:
        # Editors on Windows begin a file with a byte order mark.
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        return ""
