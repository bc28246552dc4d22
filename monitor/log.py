"""Log lines: one canonical line per unit of work, `event key=value ...`, the same keys everywhere.

Keys are the words of the domain: feed, entry, story, rule, alert, delivery, receiver. Values come from feeds and
servers, too, so control characters never reach a terminal or forge a line.
"""

import logging
import os
import sys
from typing import TextIO

LOGGER = "wirewatch"

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def line(event: str, **fields: object) -> str:
    """An event with its fields; None and "" are left out."""
    shown = (f"{name}={_value(value)}" for name, value in fields.items() if value is not None and value != "")
    return " ".join([event, *shown])


def configure(stream: TextIO | None = None, *, verbose: bool = False) -> None:
    """Lines to standard error: with a time on a terminal, with a priority for journald."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Journal() if "JOURNAL_STREAM" in os.environ else _Plain())
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


class _Journal(logging.Formatter):
    """journald reads the priority from `<6>` at the start of each line and adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_PRIORITY.get(record.levelno, 6)}>"
        return "\n".join(prefix + part for part in super().format(record).splitlines())


def _value(value: object) -> str:
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return f'"{text.replace(chr(34), chr(39))}"' if any(char in text for char in ' "=') or not text else text
