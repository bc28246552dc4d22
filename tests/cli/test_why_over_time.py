"""`why` of what rules on how often did not ring for: of an entry, and of a rule as it stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from monitor.daemon import clock
from monitor.pipeline import Pipeline
from tests.cli.running import Placed
from tests.support.often import DAY, HOUR, MINUTE, days_of, file, report, rule, watched

SPIKE = "spike: {window: 6h, against: 14d, ratio: 4, min: 6}"
ATTACK, RAID, PATROL = rule("attack", "attack", SPIKE), rule("raid", "raid"), rule("patrol", "patrol")
WAVE = "- {id: wave, type: event_count, owner: desk, rules: [attack], timespan: 24h, condition: {gte: 3}}"
ANSWER = "- {id: answer, type: temporal_ordered, owner: desk, rules: [raid, patrol], timespan: 12h}"
NOW = clock().replace(second=0, microsecond=0)


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@contextmanager
def working(folder: Path, *rules: str, days: int = 15) -> Iterator[tuple[Placed, Pipeline]]:
    with watched(folder, *rules, since=NOW - days * DAY) as pipeline:
        yield Placed(folder / "desk", folder / "store.db"), pipeline


def lines(placed: Placed, *what: str) -> str:
    result = placed.run("why", *what)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_entry_says_what_its_spike_needs(tmp_path: Path) -> None:
    with working(tmp_path, ATTACK) as (placed, pipeline):
        first = days_of(pipeline, 14, [-5 * HOUR, -4 * HOUR], until=NOW)
        file(pipeline, NOW, *(report(900 + n, NOW - (6 - n) * MINUTE) for n in range(7)))
        told = "attack: its spike: 7 stories in 6 h, usual in these hours 2 (14 days), needs 8: not rung"
        assert f"  {told}\n" in lines(placed, str(first + 1))
        assert f"  {told}\n" in lines(placed, str(first + 1), "--rule", "attack")
        file(pipeline, NOW, report(990, NOW))
        assert "8 stories in 6 h, usual in these hours 2 (14 days), needs 8: rings" in lines(placed, str(first + 1))
        (found,) = placed.json("why", str(first + 1))
    assert found["over_time"] == [
        {"rule": "attack", "counted": "attack", "kind": "spike", "group": "",
         "told": "its spike: 8 stories in 6 h, usual in these hours 2 (14 days), needs 8: rings", "rings": True},
    ]  # fmt: skip


def test_a_rule_says_how_it_stands_now(tmp_path: Path) -> None:
    with working(tmp_path, ATTACK, WAVE, days=3) as (placed, pipeline):
        file(pipeline, NOW, report(1, NOW - HOUR), report(2, NOW - MINUTE))
        shown = lines(placed, "attack").splitlines()
    until = at(NOW + 11 * DAY)
    assert shown == [
        "rule attack (event, live): attack",
        f"  attack: its spike warms up until {until} (3 of 14 days); 2 stories in 6 h, 'min' is 6: not rung",
        "  wave: 2 of 3 developments of attack within 1 day: not rung",
    ]


def test_a_pattern_says_what_it_has_and_what_it_awaits(tmp_path: Path) -> None:
    with working(tmp_path, RAID, PATROL, ANSWER) as (placed, pipeline):
        file(pipeline, NOW, report(1, NOW - HOUR, "Raid"))
        awaits = f"answer: raid seen {at(NOW - HOUR)}; patrol awaited until {at(NOW + 11 * HOUR)}: not rung"
        assert f"  {awaits}\n" in lines(placed, "1")
        assert lines(placed, "answer").splitlines() == ["rule answer (temporal_ordered, live): answer", f"  {awaits}"]
        assert placed.json("why", "answer")["over_time"][0]["kind"] == "temporal_ordered"
        file(pipeline, NOW, report(2, NOW - 2 * HOUR, "Patrol"))
        before = f"answer: patrol seen {at(NOW - 2 * HOUR)}, no raid in the 12 h before: not rung"
        assert f"  {before}\n" in lines(placed, "2")


def test_each_place_has_its_own_account(tmp_path: Path) -> None:
    wave = WAVE.replace("24h", "24h, by: place")
    with working(tmp_path, ATTACK.replace("min: 6", "min: 6, by: place"), wave) as (placed, pipeline):
        file(pipeline, NOW, report(1, NOW - HOUR, where="Kobani"), report(2, NOW - MINUTE))
        shown = lines(placed, "1")
        assert "  attack: its spike of kobani: 1 story in 6 h, usual in these hours 0 (14 days), needs 6: not" in shown
        assert "  wave: kobani: 1 of 3 developments of attack within 1 day: not rung" in shown
        nowhere = lines(placed, "2")
        assert "  attack: its spike: it names no place: not rung\n" in nowhere
        assert "  wave: this names no place to count it by: not rung\n" in nowhere
        assert "  wave: kobani: 1 of 3 developments" in lines(placed, "wave")


def test_what_is_no_development_says_so(tmp_path: Path) -> None:
    with working(tmp_path, ATTACK, WAVE) as (placed, pipeline):
        file(pipeline, NOW, report(1, NOW, "They may attack"))
        assert "  wave: this is no development of attack, which is told, or listed as done: not rung\n" in lines(
            placed, "1"
        )


def test_an_absence_says_by_when_one_is_due(tmp_path: Path) -> None:
    patrol = rule("patrol", "patrol", "absence: {expect_every: 21d}")
    with working(tmp_path, patrol) as (placed, pipeline):
        assert "its absence: one is expected every 21 days from the first on, and none was told" in lines(
            placed, "patrol"
        )
        file(pipeline, NOW - DAY, report(1, NOW - DAY, "Patrol"))
        told = f"the last was told on {at(NOW - DAY)}; due by {at(NOW + 20 * DAY)}: not rung"
        assert told in lines(placed, "patrol")
    with working(tmp_path, patrol.replace("21d", "20h")) as (placed, pipeline):
        file(pipeline, NOW)
        pipeline.tick(NOW)
        overdue = f"overdue since {at(NOW - 4 * HOUR)}: rang, alert 2"
        assert overdue in lines(placed, "patrol")


@pytest.mark.parametrize("status", ["shadow", "muted"])
def test_a_rule_that_tells_nobody_is_explained_as_well(tmp_path: Path, status: str) -> None:
    with working(tmp_path, f"{ATTACK}\n  status: {status}", WAVE) as (placed, pipeline):
        file(pipeline, NOW, report(1, NOW - HOUR), report(2, NOW - MINUTE))
        shown = lines(placed, "attack")
        assert "its spike: 2 stories in 6 h, usual in these hours 0 (14 days), needs 6: not rung" in shown
        assert "matches are recorded and tell nobody" in shown
        assert "wave: 2 of 3 developments of attack within 1 day; attack tells nobody: not rung" in shown
        assert "wave: 2 of 3 developments" in lines(placed, "1")
        file(pipeline, NOW, report(3, NOW))
        assert "wave: 3 developments of attack within 1 day; attack tells nobody: would ring" in lines(placed, "1")


def test_a_rule_of_which_nothing_is_counted_says_so(tmp_path: Path) -> None:
    with working(tmp_path, RAID) as (placed, _):
        assert "nothing of it is counted over time: each report rings by itself" in lines(placed, "raid")


def test_what_is_neither_entry_nor_rule_is_told(tmp_path: Path) -> None:
    with working(tmp_path, RAID) as (placed, _):
        missing = placed.run("why", "rade")
        assert (missing.exit_code, missing.stderr) == (
            1, "wirewatch: no stored entry has the number or link 'rade', and no rule is called so\n",
        )  # fmt: skip
        both = placed.run("why", "raid", "--rule", "raid")
        assert both.exit_code == 2
        assert "'raid' is a rule; name an entry beside it" in " ".join(both.stderr.split())
