"""The program as a user starts it: another process, real files, real signals."""

import os
import subprocess
import sys
from pathlib import Path


def environment(**extra: str) -> dict[str, str]:
    """A user's environment, without anything of the one who runs the tests that could lead elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "TMPDIR"}}
    return {**kept, "PYTHONUTF8": "1", **extra}


def wirewatch(*arguments: str | Path, env: dict[str, str] | None = None, seconds: int = 60) -> "Finished":
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=environment(**(env or {})),
    )
    return Finished(done)


class Finished:
    """How a command ended."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"
