"""The process that parses: it reads a job from its standard input, answers, and waits for the next.

Knows feedparser through `partial`; knows no store, no address and no secret: it starts with an empty environment, opens
no sockets and starts no programs, and ends with the process that started it, when its input ends.
"""

import gc
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import feedparser.api
import feedparser.mixin

from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds import article
from monitor.feeds.partial import Job, Parsed, parsed

# More than this is no message of ours.
_LONGEST = 1 << 30
_LENGTH = struct.Struct("!Q")
_NOTHING_BEYOND = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "ctypes.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article page whose text is wanted."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The text of a page, "" for none."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a document could not be parsed."""

    message: str
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a job; `grown` asks for a new process for the next one."""

    result: Parsed | PageText | Refusal
    grown: bool


def serve(cpu_seconds: float, memory: int, kept: int, *, pages: bool = False) -> None:
    """Answer jobs until the input ends. Only for a process of its own: it gives up signals, sockets and memory.

    A document that takes more seconds of the processor ends it by SIGPROF. `memory` is what the process may take, and
    `kept` what it may still hold between two documents, in bytes. With `pages` it loads what reads article pages first:
    parts of that cannot be loaded once the process is bound.
    """
    if pages:
        article.prepare()
    # The daemon is asked to stop, and stops this process when it needs it no more.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel = socket.socket(fileno=0)
    bind(memory)
    _hurry()
    send(channel, b"ready")
    while job := receive(channel):
        # Of the processor, not of the clock: on a busy machine a document takes no longer. What it takes to receive the
        # next one is not counted with this one.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        answer = _answer(job, kept)
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(channel, answer)


def send(channel: socket.socket, message: bytes) -> None:
    """Write a message with its length; raises OSError where nobody listens."""
    # In one piece: the other side wakes once.
    channel.sendall(_LENGTH.pack(len(message)) + message)


def receive(channel: socket.socket) -> bytes:
    """The next message; empty where the other side has ended. Raises OSError like a socket."""
    head = _exactly(channel, _LENGTH.size)
    size = _LENGTH.unpack(head)[0] if head else 0
    if size > _LONGEST:
        raise OSError("no message")
    return _exactly(channel, size)


def _exactly(channel: socket.socket, size: int) -> bytes:
    found = bytearray(size)
    view, at = memoryview(found), 0
    while at < size:
        arrived = channel.recv_into(view[at:])
        if not arrived:
            return b""
        at += arrived
    return bytes(found)


def _answer(message: bytes, kept: int) -> bytes:
    result: Parsed | PageText | Refusal
    try:
        result = _done(pickle.loads(message))  # noqa: S301 - from the process that started this one
    except ParseError as error:
        result = Refusal(message=str(error), fault=error.fault)
    except MemoryError:
        result = Refusal(message="reading it takes more memory than a feed may have", fault=Fault.UNREADABLE)
    except Exception as error:  # noqa: BLE001 - whatever a document brings about is said of that document
        result = Refusal(message=_failure(error), fault=Fault.UNREADABLE)
    return pickle.dumps(Answer(result=result, grown=_resident() > kept), pickle.HIGHEST_PROTOCOL)


def _resident() -> int:
    """Bytes of memory that we hold now; the highest that getrusage tells is our parent's where that was higher."""
    with open("/proc/self/statm", "rb", buffering=0) as sizes:  # noqa: PTH123 - at every document
        return int(sizes.read(64).split()[1]) * resource.getpagesize()


def _done(job: Job | Page) -> Parsed | PageText:
    if isinstance(job, Page):
        return PageText(text=article.main_text(job.url, job.body, job.content_type))
    return parsed(job)


def _failure(error: Exception) -> str:
    """The place, no values: where it happened is what mends it."""
    step = error.__traceback__
    while step and step.tb_next:
        step = step.tb_next
    place = f" in {os.path.basename(step.tb_frame.f_code.co_filename)}:{step.tb_lineno}" if step else ""  # noqa: PTH119
    return f"the parser failed on this document ({type(error).__name__}{place})"


def bind(memory: int) -> None:
    """No sockets, no programs, nothing written to a disk, and an end to memory."""
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):
            # A seccomp filter may forbid it, and the machine may set less; the unit's MemoryMax is behind it.
            continue
    sys.addaudithook(_refuse)


def _hurry() -> None:
    """Spare feedparser what it does anew for each document and each element, a quarter of its time."""
    # It looks for libxml2, and would read feeds otherwise where that is there.
    feedparser.api.PREFERRED_XML_PARSERS.clear()
    # It completes the address of the feed with itself.
    feedparser.mixin.make_safe_absolute_uri = lru_cache(feedparser.mixin.make_safe_absolute_uri)
    # The collector need not look through what was loaded.
    gc.freeze()


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_NOTHING_BEYOND):
        raise PermissionError(event)
