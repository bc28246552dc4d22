"""Commands run in this process, and a store that the real program has filled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from monitor.cli.main import main
from tests.support.desk import write_desk
from tests.support.program import wirewatch
from tests.support.stage import once
from tests.support.wire import Item, wire

CONFIG = """
    receivers:
      terminal: {type: terminal}
      syria-slack: {type: slack, webhook_secret: slack-syria}
"""
PATROL = Item(title="Turkey and Russia resume joint patrols near Kobani", summary="The first one left at noon.")
REPRINT = Item(title=PATROL.title, summary=PATROL.summary, outlet="The Daily", link="https://daily.example/patrol")
# A bidirectional override in a headline, to turn round what a terminal shows.
HOSTILE = Item(title="Turkey and \u202eRussia sign a gas deal", link="https://news.example/gas")


def run(*arguments: str | Path) -> Result:
    """A command as `wirewatch ARGUMENTS`, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="wirewatch")


@dataclass(frozen=True)
class Placed:
    """A desk and a store, and commands on them."""

    desk: Path
    store: Path

    def run(self, *arguments: str | Path) -> Result:
        """A command on this desk and store."""
        return run(*arguments, "--desk", self.desk, "--store", self.store)

    def json(self, *arguments: str | Path) -> Any:
        """The document that a command prints."""
        return document(self.run(*arguments, "--json"))


def document(result: Result) -> Any:
    """The one JSON document on standard output."""
    return json.loads(result.stdout)


@contextmanager
def filled(folder: Path) -> Iterator[Placed]:
    """Three feeds, polled by `wirewatch once`: one with an alert in it, a reprint of that, and one that is gone.

    One notice is sent to the terminal; the other waits, since the secret of its receiver is not there.
    """
    with wire() as one:
        feeds = {
            "agency": one.publish("/agency", [PATROL, HOSTILE]),
            "daily": one.publish("/daily", [REPRINT]),
            "gone": one.url("/gone"),
        }
        placed = Placed(write_desk(folder / "desk", feeds, config=CONFIG), folder / "wire.db")
        finished = wirewatch("once", "--desk", placed.desk, "--store", placed.store)
        assert "3 new entries, 1 alerts; 1 notices sent, 1 not sent" in finished.out
        # Twice more, so that the feed that is gone counts as a blind spot.
        once(placed.desk, placed.store)
        once(placed.desk, placed.store)
        yield placed
