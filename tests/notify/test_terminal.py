"""Notices on streams that are open, closed, full or old."""

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest

from monitor.core.delivery import Medium
from monitor.errors import DeliveryError
from monitor.notify.terminal import TerminalNotifier
from tests.support.notice import delivery, payload


def failure(stream: TextIO) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        TerminalNotifier(stream).send(delivery(""), payload(Medium.TERMINAL))
    return caught.value


def shown(text: str, encoding: str) -> str:
    """What a terminal of that encoding gets to see."""
    beneath = io.BytesIO()
    stream = io.TextIOWrapper(beneath, encoding=encoding, newline="\n")
    TerminalNotifier(stream).send(delivery(""), {"text": text})
    return beneath.getvalue().decode(encoding)


def test_a_notice_stands_between_blank_lines() -> None:
    screen = io.StringIO()
    TerminalNotifier(screen).send(delivery(""), payload(Medium.TERMINAL))
    assert screen.getvalue() == f"\n{payload(Medium.TERMINAL)['text']}\n\n"


def test_a_notice_is_seen_at_once(tmp_path: Path) -> None:
    path = tmp_path / "screen"
    with path.open("w", encoding="utf-8", buffering=65_536) as stream:
        TerminalNotifier(stream).send(delivery(""), {"text": "Дозор"})
        assert path.read_text(encoding="utf-8") == "\nДозор\n\n"


def test_a_closed_stream_is_temporary(tmp_path: Path) -> None:
    with (tmp_path / "screen").open("w", encoding="utf-8") as stream:
        stream.close()
        error = failure(stream)
    assert (error.temporary, error.ambiguous) == (True, False)
    assert str(error) == "the terminal cannot be written to (ValueError)"


def test_a_pipe_whose_reader_left_is_temporary() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")
    error = failure(stream)
    with suppress(BrokenPipeError):
        stream.close()
    assert error.temporary
    assert str(error) == "the terminal cannot be written to (BrokenPipeError)"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "Дозор café 🚨 دورية"),
        ("latin-1", "????? café ? ?????"),
        ("ascii", "????? caf? ? ?????"),
        ("koi8-r", "Дозор caf? ? ?????"),
    ],
)
def test_a_terminal_with_an_old_encoding_gets_question_marks_and_no_crash(encoding: str, expected: str) -> None:
    assert shown("Дозор café 🚨 دورية", encoding) == f"\n{expected}\n\n"


def test_half_a_character_becomes_a_question_mark() -> None:
    assert shown("a \ud83d b", "utf-8") == "\na ? b\n\n"
