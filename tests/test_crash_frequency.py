"""kill -9 while rules on how often ring: the alert rests on what it counts, and is told once."""

import inspect
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.crash import OVER_TIME
from tests.support.desk import write_desk
from tests.support.often import rule
from tests.support.program import environment
from tests.support.stage import once
from tests.support.wire import Item, Wire

WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b")
WAVE = "- {id: wave, type: event_count, owner: desk, rules: [attack, raid, siege], timespan: 24h, condition: {gte: 2}}"
RULES = "rules:\n" + "\n".join([*(rule(word, word) for word in ("attack", "raid", "siege")), WAVE]) + "\n"
NEWS = {
    "a": "Attack on the grain silo at dawn",
    "r": "Raid upon a fishing harbour by night",
    "s": "Siege of the old fort enters another month",
}


def writing_verbs() -> list[str]:
    return sorted(
        f"{owner}.{name}"
        for owner, one in OVER_TIME.items()
        for name, function in inspect.getmembers(one, inspect.isfunction)
        if not name.startswith("_") and WRITES.search(inspect.getsource(function))
    )


def crash(verb: str, when: str, desk: Path, store: Path) -> None:
    command = [sys.executable, "-m", "tests.support.crash", verb, when, str(desk), str(store)]
    died = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, f"{verb} was never reached: {died.stderr}"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", writing_verbs())
def test_a_crash_at_any_write_leaves_one_alert_on_all_it_counts(
    tmp_path: Path, wire: Wire, verb: str, when: str
) -> None:
    desk = write_desk(tmp_path / "desk", {"first": wire.publish("/1", [])}, rules=RULES)
    store = tmp_path / "store" / "wirewatch.db"
    once(desk, store)
    wire.publish("/1", [Item(title=title, guid=guid) for guid, title in NEWS.items()])
    crash(verb, when, desk, store)

    once(desk, store)

    with sqlite3.connect(store) as db:
        alerts = db.execute("SELECT rule_id, detail FROM alerts ORDER BY rule_id").fetchall()
        rests = db.execute("SELECT outcome, COUNT(*) FROM matches WHERE rule_id = 'wave' GROUP BY outcome").fetchall()
        told = db.execute("SELECT kind, COUNT(*) FROM notices GROUP BY kind").fetchall()
        [payload] = db.execute("SELECT payload FROM deliveries WHERE payload LIKE '%rule wave%'").fetchone()
    db.close()
    assert [name for name, _ in alerts] == ["attack", "raid", "siege", "wave"]
    assert alerts[-1][1] == "3 developments of attack, raid, siege within 1 day"
    assert (rests, told) == ([("alerted", 1), ("folded", 2)], [("opened", 4)])
    assert "3 developments of attack, raid, siege" in payload


def test_there_are_writes_to_crash_at() -> None:
    assert writing_verbs() == ["FrequencyStore.rest_on", "FrequencyStore.reword"]
