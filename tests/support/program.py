"""The program as a user starts it: another process, real files, real signals."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Running:
    """A daemon process with its output so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Iterator[str]) -> None:
        self.lines.extend(iter(stream))

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def wait_for(self, seen: Callable[[], bool], seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < until, self.text
            assert self.process.poll() is None or seen(), self.text
            time.sleep(0.02)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        for reader in self._readers:
            reader.join(5)
        return code


@contextmanager
def running(desk: Path, **env: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "monitor", "run", "--desk", str(desk), "--store", str(desk / "wirewatch.db")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**env)
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
