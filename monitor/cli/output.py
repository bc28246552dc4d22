"""Printing: tables and JSON on standard output, problems and what was not sent on standard error."""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from monitor.core.delivery import State
from monitor.core.render import plain
from monitor.errors import Problem


def as_json(document: object) -> None:
    """One JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain_value))


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> None:
    """Rows under headings; `columns` maps keys to headings. A terminal cuts long lines, a pipe does not."""
    if not rows:
        click.echo(empty)
        return
    cells = [list(columns.values())]
    cells += [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for line in cells:
        text = "  ".join(cell.ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip()
        click.echo(text[:width] if width else text)


def problems(found: Iterable[Problem], form: str = "text") -> None:
    """Problems for a person, a program or GitHub's log, on standard error (JSON on standard output)."""
    if form == "json":
        as_json([problem.as_dict() for problem in found])
        return
    for problem in found:
        click.echo(_for_github(problem) if form == "github" else plain(str(problem)), err=form == "text")


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 rule, 2 rules."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def when(stored: str) -> str:
    """A time of the store, for a person: UTC, to the minute."""
    return stored[:16].replace("T", " ")


def deliveries(rows: Sequence[Mapping[str, Any]], *, retried: bool) -> bool:
    """A line for each delivery of a notice; whether all were sent.

    One that was not goes to standard error with its reason; `retried` ones wait for the daemon.
    """
    yet, without_reason = (" yet", "the daemon sends it") if retried else ("", "the daemon did not send it in time")
    for row in rows:
        whom = f"{row['receiver']} {row['recipient']}".strip()
        if row["state"] == State.SENT:
            click.echo(f"sent to {whom}")
        else:
            fail(f"not sent to {whom}{yet}: {row['error'] or without_reason}")
    return all(row["state"] == State.SENT for row in rows)


def fail(message: str) -> None:
    """One line on standard error."""
    click.echo(f"wirewatch: {plain(message)}", err=True)


def _for_github(problem: Problem) -> str:
    level = "warning" if problem.warning else "error"
    message, file = _escaped(problem.message), _escaped(problem.file).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} file={file},line={problem.line or 1},col={problem.column or 1}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    return plain(when(value) if _is_time(value) else str(value))


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 32 and value[10] == "T" and value.endswith("+00:00")


def _plain_value(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
