"""A desk of rules on how often, and reports of attacks that are told apart: each a story of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import indent

from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from tests.support.desk import write_desk
from tests.support.stage import NOW, entry, pipeline_on, polled

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_TESTS = '[{text: "%s in a village", expect: match}, {text: "Harvest in a village", expect: no-match}]'
_WORDS = (
    "amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "hazel", "indigo", "juniper", "kelp", "lotus",
    "maple", "nectar", "olive", "poppy", "quartz", "river", "sable", "tulip", "umber", "violet", "willow", "yarrow",
    "zephyr", "anchor", "beacon", "copper", "dagger", "eagle", "falcon", "garnet", "harbor", "ivory",
)  # fmt: skip


def rule(name: str, word: str, *keys: str) -> str:
    """A rule that rings for a word; each match a development of its own, unless it is a reprint."""
    lines = (f"id: {name}", "owner: desk", f"match: {word}", "notify: {cooldown: 0s}", f"tests: {_TESTS % word}", *keys)
    return "- " + indent("\n".join(lines), "  ").lstrip()


def desk_of(folder: Path, *rules: str, feeds: Iterable[str] = ("a", "b")) -> Path:
    """A desk with these rules."""
    listed = {name: f"https://{name}.example/" for name in feeds}
    return write_desk(folder / "desk", listed, rules="rules:\n" + "\n".join(rules) + "\n")


@contextmanager
def watched(folder: Path, *rules: str, since: datetime = NOW) -> Iterator[Pipeline]:
    """The program on such a desk, watching since a moment."""
    with pipeline_on(desk_of(folder, *rules), folder / "store.db", since) as pipeline:
        pipeline.tick(since)
        yield pipeline


def report(number: int, at: datetime | None, what: str = "Attack", where: str = "village") -> ParsedEntry:
    """The report of an event; no other number is of the same."""
    first, second = divmod(number, len(_WORDS))
    words = f"{_WORDS[second]} {_WORDS[(3 * second + first) % len(_WORDS)]} {number}"
    title = f"{what} at {where}: {words}"
    summary = f"The {words} post was where it happened, people near {_WORDS[(second + 7 + first) % 34]} told {words}."
    return replace(entry(title, summary, name=f"n{number}-{what}-{where}"), published_at=at)


def file(pipeline: Pipeline, at: datetime, *entries: ParsedEntry, feed: str = "a") -> None:
    """Polls that bring an entry each, a second apart: what one brings at once is one development."""
    for n, one in enumerate(entries):
        pipeline.file(polled(feed, one), at + n * timedelta(seconds=1))
    if not entries:
        pipeline.file(polled(feed), at)


def days_of(pipeline: Pipeline, days: int, times: Iterable[timedelta], *, first: int = 0, until: datetime = NOW) -> int:
    """Fill days before a moment with one report at each of these times of day; the next number."""
    for n in range(days, 0, -1):
        for time in times:
            at = until - n * DAY + time
            file(pipeline, at, report(first, at))
            first += 1
    return first


def told(pipeline: Pipeline, rule_id: str, label: str = "") -> list[dict[str, object]]:
    """The alerts of a rule with a label, the oldest first."""
    rows = [row for row in pipeline.store.alerts.all(1000) if row["rule_id"] == rule_id]
    return sorted(
        (row for row in rows if str(row["label"]).startswith(label) and (label or not row["label"])),
        key=lambda row: row["id"],
    )
