"""Log lines: one for each event, and none that a feed or a server wrote."""

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from monitor import log
from monitor.log import LOGGER, line

FORGED = 'alert id=7 rule="all is well"'
BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
NAMES = ("", LOGGER, "slack_sdk", "apscheduler", "urllib3")


@pytest.fixture(autouse=True)
def _logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`configure` is for a process; this one has more tests to run."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    handlers = list(logging.getLogger().handlers)
    levels = {name: logging.getLogger(name).level for name in NAMES}
    yield
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(name="journal")
def _journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A stream of which systemd says that journald reads it."""
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        file = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{file.st_dev}:{file.st_ino}")
        yield stream


def written(stream: TextIO) -> list[str]:
    stream.seek(0)
    return stream.read().split("\n")[:-1]


def test_a_line_is_an_event_and_its_fields_in_order() -> None:
    assert (
        line("poll", feed="example-wire", entries=0, changed=False) == "poll feed=example-wire entries=0 changed=False"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert line("poll", feed="example-wire", status=None, error="") == "poll feed=example-wire"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "yes"', "\"say 'yes'\""),
        ('"', '"\'"'),
        (" ", '" "'),
        ("\n", '" "'),
        ("Дозор-دورية-🚨", "Дозор-دورية-🚨"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_a_value_that_could_be_taken_for_more_is_quoted(value: str, shown: str) -> None:
    assert line("poll", title=value) == f"poll title={shown}"


@pytest.mark.parametrize("control", [*BREAKS, "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\ud800", "\ufeff"])
def test_a_control_character_in_a_value_becomes_a_space(control: str) -> None:
    assert line("poll", title=f"a{control}b").replace("  ", " ") == 'poll title="a b"'


@pytest.mark.parametrize("control", BREAKS)
def test_a_value_cannot_begin_a_line(control: str) -> None:
    stream = io.StringIO(newline="")
    log.configure(stream)
    logging.getLogger(LOGGER).info(line("poll", title=f'x"{control}{FORGED}'))
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("control", BREAKS)
def test_the_text_of_an_exception_cannot_forge_an_event(control: str) -> None:
    stream = io.StringIO(newline="")
    log.configure(stream)
    hostile = ValueError(f"bad title:{control}{FORGED}\x1b[2J")
    logging.getLogger("apscheduler.executors").error("a job failed", exc_info=hostile)
    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("a job failed")
    assert [one for one in rest if not one.startswith(" ")] == []
    assert any("ValueError: bad title:" in one for one in rest)
    assert "\x1b" not in stream.getvalue()


def test_the_text_of_an_exception_cannot_forge_an_event_of_the_journal(journal: TextIO) -> None:
    log.configure(journal)
    logging.getLogger(LOGGER).error("bug", exc_info=ValueError(f"bad title:\n<6>{FORGED}"))
    first, *rest = written(journal)
    assert first == "<3>bug"
    assert [one for one in rest if not one.startswith("<3> ")] == []


def test_only_warnings_of_libraries_are_shown_and_they_are_cleaned_too() -> None:
    stream = io.StringIO()
    logging.getLogger().setLevel(logging.DEBUG)
    log.configure(stream, verbose=True)
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("odd header: \x1b]0;title\x07")
    assert stream.getvalue()[9:] == "WARNING odd header:  ]0;title \n"


def test_a_terminal_gets_time_and_level() -> None:
    stream = io.StringIO()
    log.configure(stream)
    logging.getLogger(LOGGER).info(line("ready", feeds=3))
    time, rest = stream.getvalue().split(" ", maxsplit=1)
    assert rest == "INFO    ready feeds=3\n"
    assert time.replace(":", "").isdigit()


def test_journald_gets_a_priority_at_each_line_and_no_time(journal: TextIO) -> None:
    log.configure(journal, verbose=True)
    logger = logging.getLogger(LOGGER)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL, 25):
        logger.log(level, line("event", level=level))
    logger.error("bug\n  frame one\nframe two")
    assert written(journal) == [
        "<7>event level=10",
        "<6>event level=20",
        "<4>event level=30",
        "<3>event level=40",
        "<2>event level=50",
        "<6>event level=25",
        "<3>bug",
        "<3>  frame one",
        "<3> frame two",
    ]


def test_a_terminal_that_only_inherited_the_variable_is_no_journal(journal: TextIO, tmp_path: Path) -> None:
    for stream in ((tmp_path / "terminal").open("w+", encoding="utf-8"), io.StringIO()):
        with stream:
            log.configure(stream)
            logging.getLogger(LOGGER).info("ready")
            assert written(stream)[0].endswith("INFO    ready")
    assert written(journal) == []


def test_only_the_verbose_see_details() -> None:
    stream = io.StringIO()
    log.configure(stream)
    logging.getLogger(LOGGER).debug("detail")
    assert stream.getvalue() == ""
    log.configure(stream, verbose=True)
    logging.getLogger(LOGGER).debug("detail")
    assert stream.getvalue().endswith("DEBUG   detail\n")


@pytest.mark.parametrize("name", ["slack_sdk.webhook.client", "urllib3.connectionpool", "apscheduler.scheduler"])
def test_libraries_that_print_addresses_or_trifles_stay_silent_even_then(name: str) -> None:
    stream = io.StringIO()
    log.configure(stream, verbose=True)
    logging.getLogger(name).debug("Sending a request - url: https://hooks.slack.com/services/T0/B0/s3cr3t")
    logging.getLogger(name).warning("the tick was a second late")
    assert stream.getvalue() == ""


def test_configuring_again_writes_each_line_once() -> None:
    stream = io.StringIO()
    log.configure(stream)
    log.configure(stream)
    logging.getLogger(LOGGER).info("ready")
    assert stream.getvalue().count("ready") == 1


def test_lines_go_to_standard_error_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    logging.getLogger(LOGGER).info("ready")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("INFO    ready\n")
