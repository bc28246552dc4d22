"""Parsing in other processes: what a document does to its parser is that document's trouble, and nobody else's."""

import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.feeds.document import Source
from monitor.feeds.partial import Job, Parsed, parsed
from monitor.feeds.split import split
from monitor.feeds.worker import Limits, Worker, _Values
from tests.feeds.documents import ADDRESS, own_documents
from tests.support.http import Answer, http_server

ITEM = "<item><title>Report {0}</title><link>https://wire.example/{0}</link><description>Text {0}</description></item>"
# Prints the number of its parsing process, and waits to be killed.
OWNER = """
from monitor.feeds.document import Source
from monitor.feeds.partial import Job
from monitor.feeds.worker import Worker
worker = Worker()
worker.parse(Job(source=Source(url="https://a.example/", body=b"<rss><channel/></rss>", content_type="")))
print(worker._idle[0]._process.pid, flush=True)
input()
"""


@pytest.fixture(scope="module", name="worker")
def _worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


def job(body: bytes) -> Job:
    return Job(source=Source(url=ADDRESS, body=body, content_type="application/xml"))


def rss(entries: int) -> bytes:
    return f"<rss version='2.0'><channel>{''.join(map(ITEM.format, range(entries)))}</channel></rss>".encode()


def process_of(worker: Worker) -> int:
    """The process that will have the next document."""
    worker.parse(job(rss(1)))
    return worker._idle[-1]._process.pid


def titles(worker: Worker, body: bytes) -> list[str]:
    return [entry.title for entry in worker.parse(job(body)).feed.entries]


def outcome(parse: Callable[[Job], Parsed], one: Job) -> Parsed | str:
    try:
        return parse(one)
    except ParseError as error:
        return f"{error.fault}: {error}"


def refused(worker: Worker, body: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        worker.parse(job(body))
    return caught.value


def runs(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def wait_until_gone(process: int) -> None:
    while runs(process):
        time.sleep(0.01)


@pytest.mark.parametrize("name", sorted(own_documents()))
def test_a_document_is_read_as_it_would_be_here(name: str, worker: Worker) -> None:
    body = own_documents()[name]
    parts = split(body)
    fresh = (0,) if parts and len(parts.digests) > 1 else ()
    one = Job(source=job(body).source, spans=parts.spans() if parts else (), fresh=fresh)
    assert outcome(worker.parse, one) == outcome(parsed, one)


def test_what_is_wrong_with_a_document_is_said_as_it_would_be_here(worker: Worker) -> None:
    error = refused(worker, b"<html><body>Checking your browser</body></html>")
    assert "HTML page" in str(error)
    assert error.fault is Fault.NO_FEED


def test_a_process_reads_one_document_after_another(worker: Worker) -> None:
    assert process_of(worker) == process_of(worker)


def test_a_document_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    with Worker(limits=Limits(wall_seconds=0.3)) as worker:
        error = refused(worker, rss(30_000))
        assert error.fault is Fault.UNREADABLE
        assert str(error) == "the parser was stopped on it after 0.3 s"
    with Worker(children=1, limits=Limits(cpu_seconds=0.4)) as worker:
        error = refused(worker, rss(30_000))
        assert error.fault is Fault.UNREADABLE
        assert str(error) == "the parser was stopped on it after 0.4 s of processor time"
        assert titles(worker, rss(2)) == ["Report 0", "Report 1"]


def test_the_processor_time_of_one_document_is_not_the_next_ones() -> None:
    with Worker(children=1, limits=Limits(cpu_seconds=3)) as worker:
        first = process_of(worker)
        for _ in range(4):
            worker.parse(job(rss(2_000)))
        assert process_of(worker) == first


def test_a_document_that_takes_too_much_memory_is_given_up_and_the_next_is_read() -> None:
    with Worker(children=1, limits=Limits(memory=70_000_000)) as worker:
        assert refused(worker, rss(20_000)).fault is Fault.UNREADABLE
        assert titles(worker, rss(2)) == ["Report 0", "Report 1"]


def test_a_process_that_dies_over_a_document_costs_that_document_only() -> None:
    with Worker(children=1) as worker:
        process = process_of(worker)
        killer = threading.Timer(0.3, os.kill, (process, signal.SIGSEGV))
        killer.start()
        error = refused(worker, rss(60_000))
        killer.join()
        assert error.fault is Fault.UNREADABLE
        assert str(error) == "the parser crashed on it"
        assert titles(worker, rss(2)) == ["Report 0", "Report 1"]


def test_a_process_that_died_while_it_waited_is_nobodys_fault() -> None:
    with Worker(children=1) as worker:
        process = process_of(worker)
        os.kill(process, signal.SIGKILL)
        wait_until_gone(process)
        assert titles(worker, rss(1)) == ["Report 0"]


def test_a_process_is_replaced_after_so_many_documents() -> None:
    with Worker(children=1, limits=Limits(documents=3)) as worker:
        assert len({process_of(worker) for _ in range(2)}) == 1
        worker.parse(job(rss(1)))
        assert not worker._idle


def test_a_process_that_holds_too_much_memory_is_replaced() -> None:
    with Worker(children=1, limits=Limits(kept=10_000_000)) as worker:
        worker.parse(job(rss(1)))
        assert not worker._idle


def test_the_memory_of_the_program_is_not_counted_as_its_own() -> None:
    # Linux hands the highest that a process ever held on to what it starts.
    held = b"x" * 300_000_000
    with Worker(children=1) as worker:
        worker.parse(job(rss(1)))
        assert len(worker._idle) == 1
    assert held


def test_many_threads_share_two_processes() -> None:
    with Worker(children=2) as worker, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: len(titles(worker, rss(number))), range(1, 41)))
        assert found == list(range(1, 41))
        assert 1 <= len(worker._idle) <= 2


def test_a_signal_to_the_program_does_not_end_a_parse(worker: Worker) -> None:
    process = process_of(worker)
    os.kill(process, signal.SIGINT)
    os.kill(process, signal.SIGTERM)
    assert process_of(worker) == process


def test_a_terminals_interrupt_does_not_reach_it(worker: Worker) -> None:
    assert os.getpgid(process_of(worker)) != os.getpgid(0)


def test_it_ends_with_the_program_however_that_ends() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        process = int(owner.stdout.readline())
        assert runs(process)
        owner.kill()
    wait_until_gone(process)
    assert not runs(process)


def test_closing_ends_it_and_nothing_is_read_after() -> None:
    worker = Worker()
    process = process_of(worker)
    worker.close()
    assert not runs(process)
    assert refused(worker, rss(1)).fault is Fault.BUG


def test_it_has_none_of_the_programs_secrets_and_none_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREWATCH_SLACK", "https://hooks.example/secret")
    with Worker() as worker, socket.socket() as open_here:
        open_here.set_inheritable(True)
        process = process_of(worker)
        assert "secret" not in Path(f"/proc/{process}/environ").read_text(encoding="utf-8")
        assert sorted(path.name for path in Path(f"/proc/{process}/fd").iterdir()) == ["0", "1", "2"]


def test_a_document_cannot_have_it_ask_the_network(worker: Worker) -> None:
    with http_server(lambda _: Answer(body=b"<!ENTITY wire 'fetched'>")) as server:
        body = (
            f'<!DOCTYPE rss SYSTEM "{server.url}/rss.dtd" [<!ENTITY a SYSTEM "{server.url}/a"> '
            f'<!ENTITY % b SYSTEM "{server.url}/b"> %b;]><rss version="2.0"><channel>'
            "<item><title>One &a;</title><link>https://wire.example/1</link></item></channel></rss>"
        )
        assert len(titles(worker, body.encode())) == 1
        assert server.requests == []


@pytest.mark.parametrize(
    "deed",
    ["socket.socket()", "socket.create_connection(('127.0.0.1', 9))", "subprocess.run(['true'])", "os.fork()"],
)
def test_nor_can_its_libraries(deed: str) -> None:
    program = f"import os, socket, subprocess; from monitor.feeds.child import bind; bind(1 << 30); {deed}"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "PermissionError" in done.stderr


def test_it_writes_nothing(tmp_path: Path) -> None:
    program = f"from monitor.feeds.child import bind; bind(1 << 30); open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "File too large" in done.stderr


class Deed:
    """What a process that was taken over might answer with."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


@pytest.mark.parametrize(
    "said",
    [
        *map(pickle.dumps, [Deed(), os.path.join, Path("/"), Worker, parsed, Answer()]),
        # A class that one of our modules of values has from elsewhere.
        b"cmonitor.core.entry\nCounter\n.",
    ],
)
def test_its_answers_are_read_as_values_and_nothing_else(said: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        _Values(io.BytesIO(said)).load()
