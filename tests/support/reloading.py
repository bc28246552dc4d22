"""A desk whose files are watched while a pipeline runs by them; looks and the clock are the test's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import Places
from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from monitor.reload import Reload, Result, standing
from monitor.work import Means, Source
from tests.support.desk import write_desk
from tests.support.stage import NOW, entry, polled

FEEDS = {"a": "https://a.example/", "b": "https://b.example/"}
GAS_RULE = """
- id: gas-deal
  owner: energy-desk
  match: $turkey and $russia and gas
  tests:
  - {text: "Turkey and Russia sign a gas deal", expect: match}
  - {text: "Turkey and Russia resume joint patrols", expect: no-match}
"""
BROKEN = "rules:\n- id: broken\n  match: $turky\n  owner: me\n"
GAS = entry("Turkey and Russia sign a gas deal")
PATROL = entry("Turkey, Russia resume joint patrols in Syria")


class Desk:
    """A desk that is watched: its folder, the pipeline that runs by it, and a clock that goes as it is told."""

    def __init__(self, folder: Path, pipeline: Pipeline, means: Means, source: Source) -> None:
        self.folder = folder
        self.pipeline = pipeline
        self.means = means
        self.installed: list[Means] = []
        self.at, self.now = 0.0, NOW
        self.reload = Reload(source, write=self._write, install=self.installed.append, clock=lambda: self.now)
        self.reload.begin(pipeline, NOW)

    def _write(self, verb: Callable[[Pipeline], None]) -> None:
        verb(self.pipeline)

    def wait(self, seconds: float) -> None:
        """Looks every second for so long."""
        for _ in range(int(seconds)):
            self.at, self.now = self.at + 1, self.now + timedelta(seconds=1)
            self.reload.look(self.at)

    def ask(self) -> None:
        self.reload.ask()
        self.wait(1)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def rules(self) -> list[str]:
        return sorted(self.pipeline.parts.matcher.ruleset.rules)

    @property
    def told(self) -> list[str]:
        """The heads of all notices on rules, the oldest first."""
        return [row["subject"] for row in reversed(self.pipeline.store.outbox.all(100)) if "rules" in row["subject"]]

    @property
    def standing(self) -> tuple[Result, int]:
        """How the last attempt went, and how many problems it had."""
        found = standing(self.pipeline.store)
        assert found is not None
        return found.result, found.count

    def alerts(self, *entries: ParsedEntry) -> int:
        """How many alerts a poll with these entries opens."""
        return self.pipeline.file(polled("a", *entries), self.now).alerts


def with_gas(folder: Path) -> None:
    """A second rule, in a file of its own."""
    (folder / "watch/gas.yaml").write_text(f"rules:{GAS_RULE}", encoding="utf-8")


@contextmanager
def watched(
    folder: Path, *, lenient: bool = False, named: bool = True, change: Callable[[Source], Source] = lambda one: one
) -> Iterator[Desk]:
    """A desk at work, on a store that is `named` or its configuration's; `change` may replace how files are read."""
    app = composition.load(Places(desk=folder, config=None, store=folder / "s.db" if named else None), lenient=lenient)
    means = composition.means(app)
    assert means.source is not None
    pipeline = means.open_pipeline(NOW)
    try:
        yield Desk(folder, pipeline, means, change(means.source))
    finally:
        pipeline.store.close()
        means.close()


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[Desk]:
    """A desk that has been looked at for a while, and nothing was taken up."""
    with watched(write_desk(tmp_path / "desk", FEEDS)) as one:
        one.wait(5)
        assert one.installed == []
        yield one
