"""A real HTTP server on loopback whose answers a test writes down."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to send back; `drip` is the pause in seconds after each byte.

    `hang_up` closes without an answer, `silent` gives none as long as the server is there.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    hang_up: bool = False
    silent: bool = False


Responder = Callable[[Request], Answer]


class HttpServer:
    """Answers with what `respond` returns, and keeps every request."""

    def __init__(self, respond: Responder) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, *_: Any) -> None:
                pass

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    method=self.command,
                    path=self.path,
                    headers=dict(self.headers.items()),
                    body=self.rfile.read(length),
                )
                outer.requests.append(request)
                answer = outer.respond(request)
                self.close_connection = True
                if answer.silent:
                    outer._stopping.wait()
                if answer.hang_up or answer.silent:
                    return
                with suppress(OSError):
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                self.send_response_only(answer.status)
                usual = {"Date": self.date_time_string(), "Content-Length": str(len(answer.body))}
                for name, value in {**usual, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                if not answer.drip:
                    self.wfile.write(answer.body)
                    return
                for byte in answer.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if outer._stopping.wait(answer.drip):
                        return

        return Handler


@contextmanager
def http_server(respond: Responder) -> Iterator[HttpServer]:
    """A server for the time of a test."""
    server = HttpServer(respond)
    try:
        yield server
    finally:
        server.close()
