"""A program under measurement: a process of its own that runs a cycle when told to, and what that took.

CPU is user and system time of the process and of all its children, the living and the dead, from /proc: a program that
hands its parsing to a worker pays for it, too.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat behind the command's name, as proc(5) counts them, less three.
_PARENT, _TIMES, _RSS = 1, slice(11, 15), 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of CPU and of waiting."""

    cpu: float
    wall: float


class Program:
    """A running program; its answers are lines of JSON."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.start = self._measured("")

    def cycle(self, arguments: str = "") -> Cost:
        """One cycle over all feeds."""
        return self._measured(f"cycle {arguments}\n")

    def count(self) -> dict[str, int]:
        """What the program has stored: `entries`, and feeds that are `broken`."""
        return dict(self._told("count\n"))

    def memory(self) -> float:
        """Resident megabytes of the process and its children."""
        return sum(int(stat[_RSS]) for stat in _family(self._process.pid)) * _PAGE / 1e6

    def _measured(self, command: str) -> Cost:
        cpu, wall = self._cpu() if command else 0.0, time.monotonic()
        self._told(command)
        return Cost(cpu=self._cpu() - cpu, wall=time.monotonic() - wall)

    def _told(self, command: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command)
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("the program under measurement ended; the lines above say why")
        return json.loads(answer)

    def _cpu(self) -> float:
        return sum(sum(map(int, stat[_TIMES])) for stat in _family(self._process.pid)) / _TICKS


@contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[Program]:
    """The program, started in a folder; it ends when its input does."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Program(process)
        except BaseException:
            process.kill()
            raise


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of several cycles, for CPU and for waiting."""
    return Cost(cpu=median(cost.cpu for cost in costs), wall=median(cost.wall for cost in costs))


def _family(pid: int) -> list[list[str]]:
    """The stat fields of a process and of all that descend from it."""
    stats = {int(path.parent.name): fields for path in Path("/proc").glob("[0-9]*/stat") if (fields := _stat(path))}
    family = [pid]
    for one in family:
        family += [child for child, fields in stats.items() if int(fields[_PARENT]) == one]
    return [stats[one] for one in family if one in stats]


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
