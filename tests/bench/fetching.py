"""What a poll that is answered with 304 costs: the fetcher beside a plain session of requests, CPU of this process.

    python -m tests.bench.fetching [POLLS]

The server is another process on loopback, and answers before it has understood. Each way is run in turn, five times;
the least is printed, for a busy machine only ever adds.
"""

import multiprocessing
import socket
import ssl
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

import requests

from monitor.core.feed import Validators
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.guard import Guard

ROUNDS = 5
KNOWN = Validators(etag='"6b031b4b-20f0"', last_modified="Sun, 22 Nov 2026 16:41:47 GMT")
ANSWER = (
    b"HTTP/1.1 304 Not Modified\r\nServer: bench\r\nDate: Sun, 22 Nov 2026 16:41:48 GMT\r\n"
    b'Last-Modified: Sun, 22 Nov 2026 16:41:47 GMT\r\nETag: "6b031b4b-20f0"\r\n%s\r\n'
)


def serve(ports: Connection, closing: bytes) -> None:
    """One connection at a time, as the fetcher asks one host."""
    listening = socket.create_server(("127.0.0.1", 0))
    ports.send(listening.getsockname()[1])
    while True:
        connected, _ = listening.accept()
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connected:
            while connected.recv(65_536):
                connected.sendall(ANSWER % closing)
                if closing:
                    break


def served(closing: bytes) -> tuple[multiprocessing.Process, int]:
    """A server in a process of its own, and its port."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(there, closing), daemon=True)
    process.start()
    return process, int(here.recv())


def milliseconds(poll: Callable[[str], object], urls: list[str]) -> float:
    """CPU a poll."""
    begun = time.process_time()
    for url in urls:
        poll(url)
    return (time.process_time() - begun) / len(urls) * 1_000


def ours(now: datetime) -> Callable[[str], object]:
    """A poll by the fetcher, with everything that it guards."""
    fetcher = Fetcher(
        user_agent="wirewatch/bench",
        limits=Limits(timeout=timedelta(seconds=30), max_bytes=10_000_000),
        context=ssl.create_default_context(),
        guard=Guard(allow=["127.0.0.1"]),
    )
    return lambda url: fetcher.fetch(url, KNOWN, now)


def plain() -> Callable[[str], object]:
    """A poll by requests, with nothing guarded."""
    session = requests.Session()
    headers = {"If-None-Match": KNOWN.etag, "If-Modified-Since": KNOWN.last_modified}
    return lambda url: session.get(url, headers=headers, timeout=30)


def main(polls: int) -> None:
    """Print both, on kept connections and on new ones."""
    ways = {"requests": plain(), "wirewatch": ours(datetime.now(UTC))}
    for kind, closing in (("kept", b""), ("new", b"Connection: close\r\n")):
        process, port = served(closing)
        # A server for each way: it holds one connection at a time.
        for name, poll in ways.items():
            urls = [f"http://127.0.0.1:{port}/{number}.xml" for number in range(polls)]
            least = min(milliseconds(poll, urls) for _ in range(ROUNDS))
            print(f"{kind} connection, {name}: {least:.3f} ms of CPU a poll")
            process.kill()
            process, port = served(closing)
        process.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
