"""Parsing in processes that can be killed: a document that hangs, crashes or bloats the parser costs that document.

Knows how to start, ask, time and end such a process; knows nothing of feeds. What a process says is taken as values of
a few known types, never as code: it is where hostile bytes are read.
"""

import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from enum import Enum
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from monitor.core.entry import ParsedEntry
from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.child import Answer, Page, PageText, Refusal, receive, send
from monitor.feeds.document import ParsedFeed
from monitor.feeds.partial import Job, Parsed

Result = TypeVar("Result", Parsed, PageText)

# Loading the parser takes 0.2 s of an idle machine.
_START_SECONDS = 60

# The same paths as ours, the program's own folder among them, without what the environment would add.
_BEGIN = (
    "import sys; cpu, memory, kept, pages, *sys.path[:] = sys.argv[1:];"
    "from monitor.feeds.child import serve; serve(float(cpu), int(memory), int(kept), pages=pages == 'True')"
)
# What a process may answer with: the dataclasses and enums of these modules, and times.
_VALUES = {kind.__module__ for kind in (ParsedEntry, Fault, ParsedFeed, Parsed, Answer)}
_TIMES = {"datetime", "timedelta", "timezone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may take, and how many of them a process reads before a fresh one takes its place."""

    # A feed of 5.5 MB takes 4.4 s and one of 20,000 items 13 s; what takes longer is no feed.
    cpu_seconds: float = 20
    # By the clock: several times that, for a busy machine.
    wall_seconds: float = 90
    # Bytes; the parse of 10 MB takes about 300 MB.
    memory: int = 1 << 30
    # Bytes that a process may still hold after a document, or it is replaced; it begins with 35 MB.
    kept: int = 200 << 20
    # What leaks in the parser does not add up over months.
    documents: int = 4_000


class Worker:
    """Parses jobs for any number of threads, in at most `children` processes that start when they are needed.

    A job waits for a free process; its limits of time begin with the process. One for `pages` reads article pages.
    """

    def __init__(self, *, children: int = 2, limits: Limits = Limits(), pages: bool = False) -> None:
        self._pages = pages
        self._turns = threading.BoundedSemaphore(children)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._at_work: set[_Process] = set()
        self._limits = limits
        self._closed = False

    def parse(self, job: Job) -> Parsed:
        """The parsed document; raises ParseError, with Fault.UNREADABLE where a process was lost over it."""
        return _expected(Parsed, self._done(job))

    def text(self, url: str, body: bytes, content_type: str) -> str:
        """The text of an article page, as `article.main_text` has it; raises ParseError likewise."""
        return _expected(PageText, self._done(Page(url=url, body=body, content_type=content_type))).text

    def _done(self, job: Job | Page) -> Parsed | PageText | Refusal:
        with self._turns:
            process = self._taken()
            with self._lock:
                self._at_work.add(process)
            try:
                result = process.answer(job)
            finally:
                self._give_back(process)
        return result

    def close(self) -> None:
        """End the processes, those at work as well. Nothing is parsed after it."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for process in self._at_work:
                process.kill()
        for process in idle:
            process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _taken(self) -> "_Process":
        """The process that was idle for the shortest time, or a new one."""
        while process := self._next_idle():
            if process.alive:
                return process
            process.end()
        return _Process(self._limits, pages=self._pages)

    def _next_idle(self) -> "_Process | None":
        with self._lock:
            if self._closed:
                raise ParseError("the parser was stopped", fault=Fault.BUG)
            return self._idle.pop() if self._idle else None

    def _give_back(self, process: "_Process") -> None:
        with self._lock:
            self._at_work.discard(process)
            if process.fit and not self._closed:
                self._idle.append(process)
                return
        process.end()


class _Process:
    """One process and the socket it listens to."""

    def __init__(self, limits: Limits, *, pages: bool) -> None:
        self._limits = limits
        self._channel, theirs = socket.socketpair()
        self._documents = 0
        self.fit = True
        with theirs:
            try:
                self._process = _started(theirs, limits, pages=pages)
            except OSError as error:
                self._channel.close()
                raise ParseError(f"the parser does not start: {error.strerror}", fault=Fault.BUG) from error
        self._greet()

    @property
    def alive(self) -> bool:
        """Whether nobody killed it while it waited."""
        return self._process.poll() is None

    def answer(self, job: Job | Page) -> Parsed | PageText | Refusal:
        """What came of a job; ends the process where nothing did."""
        self._documents += 1
        # Until it has answered: whatever comes in between, its answer is not taken for that to another job.
        self.fit = False
        try:
            answer = self._ask(pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
        except TimeoutError:
            self.end()
            return _unreadable(f"the parser was stopped on it after {self._limits.wall_seconds:g} s")
        except (OSError, EOFError, pickle.UnpicklingError):
            return _unreadable(self._cause_of_death())
        self.fit = self._documents < self._limits.documents and not answer.grown
        return answer.result

    def kill(self) -> None:
        """End the process; whoever waits for its answer finds that out, and closes the socket."""
        self._process.kill()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.fit = False
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _greet(self) -> None:
        self._channel.settimeout(_START_SECONDS)
        with suppress(OSError):
            if receive(self._channel) == b"ready":
                return
        self.end()
        raise ParseError("the parser does not start; is the installation complete?", fault=Fault.BUG)

    def _ask(self, job: bytes) -> Answer:
        # A timeout holds for one call: sendall is one, and the first of the answer waits for the parse.
        self._channel.settimeout(self._limits.wall_seconds)
        send(self._channel, job)
        said = receive(self._channel)
        if not said:
            raise EOFError
        answer = _Values(io.BytesIO(said)).load()
        if not isinstance(answer, Answer):
            raise pickle.UnpicklingError
        return answer

    def _cause_of_death(self) -> str:
        self.end()
        if self._process.returncode == -signal.SIGPROF:
            return f"the parser was stopped on it after {self._limits.cpu_seconds:g} s of processor time"
        return "the parser crashed on it"


class _Values(pickle.Unpickler):
    """Reads our own values and times, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        # Told by the name of the module, before it is imported.
        if module in _VALUES and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, Enum):
                # Not the class itself, which would be open to be changed.
                return partial(_member, found)
            if isinstance(found, type) and is_dataclass(found):
                return found
        if module == "datetime" and name in _TIMES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


def _member(kind: type[Enum], value: object) -> Enum:
    return kind(value)


def _expected(kind: type[Result], result: Parsed | PageText | Refusal) -> Result:
    if isinstance(result, kind):
        return result
    refusal = result if isinstance(result, Refusal) else _unreadable("the parser answered another question")
    raise ParseError(refusal.message, fault=refusal.fault)


def _started(channel: socket.socket, limits: Limits, *, pages: bool) -> subprocess.Popen[bytes]:
    bounds = (str(limits.cpu_seconds), str(limits.memory), str(limits.kept), str(pages))
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-I", "-c", _BEGIN, *bounds, *map(os.path.abspath, sys.path)],
        stdin=channel.fileno(),
        stdout=subprocess.DEVNULL,
        # Python's last words at a Ctrl-C are not for the terminal; what there is to say comes as an answer.
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Nothing of ours but where Python's own library lies; dates are read alike wherever the machine stands."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"TZ": "UTC"} | kept


def _unreadable(message: str) -> Refusal:
    return Refusal(message=message, fault=Fault.UNREADABLE)
