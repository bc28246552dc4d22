"""Log lines: one canonical line per unit of work, `event key=value ...`, the same keys everywhere.

Keys are the words of the domain: feed, entry, story, rule, alert, delivery, receiver. Values come from feeds and
servers, too, so control characters never reach a terminal or forge a line.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

LOGGER = "wirewatch"

# What could be taken for another field, or for the end of this one.
_AMBIGUOUS = re.compile(r'[ "=]')
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def line(event: str, **fields: object) -> str:
    """An event with its fields; None and "" are left out."""
    shown = (f"{name}={_value(value)}" for name, value in fields.items() if value is not None and value != "")
    return " ".join([event, *shown])


def configure(stream: TextIO | None = None, *, verbose: bool = False) -> None:
    """Lines to standard error: with a time on a terminal, with a priority for journald."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Journal() if _is_journal(stream) else _Plain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.DEBUG if verbose else logging.INFO)
    # slack_sdk prints webhook addresses at DEBUG; a slow tick is no news, its job just runs a second later.
    logging.getLogger("slack_sdk").setLevel(logging.ERROR)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("urllib3").setLevel(logging.ERROR)


class _Plain(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(_lines(super().format(record)))


class _Journal(logging.Formatter):
    """journald reads the priority from `<6>` at the start of each line and adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_PRIORITY.get(record.levelno, 6)}>"
        return "\n".join(prefix + part for part in _lines(super().format(record)))


def _is_journal(stream: TextIO) -> bool:
    """Whether journald reads this stream; terminals of a desktop inherit the variable, too (systemd.exec(5))."""
    try:
        file = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):
        # A stream that was closed before the start is None.
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"


def _lines(text: str) -> Iterator[str]:
    """The lines of a record; all but the first begin with a space, as no event does.

    The text of a library's exception may hold line breaks of a feed's making.
    """
    for number, part in enumerate(text.splitlines()):
        yield _printable(part) if number == 0 or part.startswith(" ") else f" {_printable(part)}"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def _value(value: object) -> str:
    text = _printable(str(value))
    return f'"{text.replace(chr(34), chr(39))}"' if _AMBIGUOUS.search(text) or not text else text
