"""An SMTP server on loopback that says, at the step a test names, what the test wrote down: or hangs up, or is silent.

aiosmtpd plays servers that keep the rules (mailbox.py); this one plays those that do not.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HANG_UP, SILENCE = "hang up", "silence"

# `dot` is the end of a mail's text. One password in plain view is all that AUTH is asked for.
USUAL = {
    "greeting": "220 ready",
    "EHLO": "250-ready\r\n250 AUTH PLAIN",
    "AUTH": "235 welcome",
    "MAIL": "250 sender",
    "RCPT": "250 recipient",
    "DATA": "354 go on",
    "dot": "250 taken",
    "RSET": "250 forgotten",
    "QUIT": "221 goodbye",
}


class SmtpScript:
    """Keeps every command and every text; replies that a test gives stand in for the usual ones."""

    def __init__(self, replies: dict[str, str]) -> None:
        self.commands: list[str] = []
        self.texts: list[bytes] = []
        self._replies = {**USUAL, **replies}
        self._stopping = threading.Event()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def verbs(self) -> list[str]:
        return [command.split(" ", maxsplit=1)[0].upper() for command in self.commands]

    def close(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    self._converse()

            def _converse(self) -> None:
                going = self._say("greeting")
                while going and (line := self.rfile.readline()):
                    command = line.decode().rstrip()
                    outer.commands.append(command)
                    verb = command.split(" ", maxsplit=1)[0].upper()
                    going = self._say(verb) and verb != "QUIT"
                    if going and verb == "DATA" and outer._replies["DATA"].startswith("354"):
                        outer.texts.append(self._text())
                        going = self._say("dot")

            def _text(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(line)
                return b"".join(lines)

            def _say(self, step: str) -> bool:
                """Whether the conversation goes on."""
                reply = outer._replies.get(step, "502 not here")
                if reply == SILENCE:
                    outer._stopping.wait(30)
                if reply in {SILENCE, HANG_UP}:
                    return False
                self.wfile.write(f"{reply}\r\n".encode())
                return not reply.startswith("421")

        return Handler


@contextmanager
def smtp_script(**replies: str) -> Iterator[SmtpScript]:
    """A server for the time of a test."""
    server = SmtpScript(replies)
    try:
        yield server
    finally:
        server.close()
