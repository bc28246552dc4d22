"""Rules in shadow, and muted: their spikes, absences and patterns are recorded as matches are, and tell nobody."""

import re
from pathlib import Path

import pytest

from monitor.pipeline import Pipeline
from tests.store.test_query_plans import HARMLESS
from tests.support.often import DAY, HOUR, MINUTE, days_of, file, report, rule, told, watched
from tests.support.stage import NOW

SPIKE = "spike: {window: 6h, against: 14d, ratio: 4, min: 6}"
ATTACK, RAID = rule("attack", "attack"), rule("raid", "raid")
WAVE = "- {id: wave, type: event_count, owner: desk, rules: [attack], timespan: 24h, condition: {gte: 2}}"
ANSWER = "- {id: answer, type: temporal_ordered, owner: desk, rules: [attack, raid], timespan: 24h}"
REASON = {"shadow": "the rule is in shadow and tells nobody", "muted": "the rule is muted"}


def quiet(one: str, status: str = "shadow") -> str:
    return f"{one}\n  status: {status}"


def lines(pipeline: Pipeline, name: str) -> list[tuple[str, str, str]]:
    """The ledger's lines under a name."""
    rows = pipeline.store._connection.rows(
        "SELECT outcome, reason, detail FROM matches WHERE rule_id = ? ORDER BY id", [name]
    )
    return [(row["outcome"], row["reason"], row["detail"]) for row in rows]


@pytest.mark.parametrize("status", ["shadow", "muted"])
def test_a_spike_is_recorded_with_the_matches_that_it_would_rest_on(tmp_path: Path, status: str) -> None:
    with watched(tmp_path, quiet(rule("attack", "attack", SPIKE), status), since=NOW - 15 * DAY) as pipeline:
        days_of(pipeline, 14, [-5 * HOUR])
        file(pipeline, NOW, *(report(900 + n, NOW - 5 * HOUR + n * MINUTE) for n in range(6)))
        found = lines(pipeline, "attack/spike")
        assert pipeline.store.alerts.all(9) == []
    assert len(found) == 6
    assert {one[:2] for one in found} == {("dropped", REASON[status])}
    assert found[0][2].startswith(
        "else alerted: far more than usual (6 stories in 6 h; 1 in the same hours of the last 14 days"
    )


def test_in_shadow_it_warms_up_as_well_and_begins_anew_when_it_is_live(tmp_path: Path) -> None:
    spiking = rule("attack", "attack", SPIKE)
    burst = [report(900 + n, NOW - 5 * HOUR + n * MINUTE) for n in range(6)]
    with watched(tmp_path, quiet(spiking), since=NOW - 13 * DAY) as pipeline:
        file(pipeline, NOW, *burst)
        assert lines(pipeline, "attack/spike") == []
        later = NOW + 30 * HOUR
        file(pipeline, later, *(report(800 + n, later + n * MINUTE) for n in range(-6, 0)))
        assert len(lines(pipeline, "attack/spike")) == 6
    with watched(tmp_path, spiking, since=NOW + 2 * DAY) as pipeline:
        file(pipeline, NOW + 3 * DAY, *(report(700 + n, NOW + 3 * DAY + n * MINUTE) for n in range(-8, 0)))
        assert told(pipeline, "attack", "SPIKE") == []


def test_an_absence_is_recorded_once_with_the_last_match(tmp_path: Path) -> None:
    patrol = rule("patrol", "patrol", "absence: {expect_every: 21d, label: no patrol}")
    with watched(tmp_path, quiet(patrol)) as pipeline:
        file(pipeline, NOW, report(1, NOW, "Patrol"))
        for hours in range(4):
            file(pipeline, NOW + 22 * DAY + hours * HOUR)
            pipeline.tick(NOW + 22 * DAY + hours * HOUR)
        found = lines(pipeline, "patrol/absence")
        assert not pipeline._over_time._frequencies.due(NOW + 23 * DAY)
        assert pipeline.store.alerts.absences() == []
        file(pipeline, NOW + 30 * DAY, report(2, NOW + 30 * DAY, "Patrol"))
        pipeline.tick(NOW + 40 * DAY)
        assert lines(pipeline, "patrol/absence") == found
    detail = "else alerted: no patrol (one is expected every 21 days; the last was told on 2024-08-23 13:30 UTC)"
    assert found == [("dropped", REASON["shadow"], detail)]


@pytest.mark.parametrize("pattern_is_quiet", [True, False])
def test_a_pattern_in_what_a_rule_in_shadow_would_tell_is_recorded(tmp_path: Path, *, pattern_is_quiet: bool) -> None:
    wave = WAVE.replace("}}", "}, status: shadow}") if pattern_is_quiet else WAVE
    with watched(tmp_path, quiet(ATTACK), wave) as pipeline:
        file(pipeline, NOW, report(1, NOW - HOUR))
        assert lines(pipeline, "wave") == []
        file(pipeline, NOW, report(2, NOW))
        assert pipeline.store.alerts.all(9) == []
        found = lines(pipeline, "wave")
    detail = "else alerted: so many within the timespan (2 developments of attack within 1 day)"
    assert found == [("dropped", REASON["shadow"], detail)] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_pattern_of_a_live_rule_and_one_in_shadow_is_recorded_and_tells_nobody(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    reports = report(1, NOW - 5 * HOUR), report(2, NOW - HOUR, "Raid")
    with watched(tmp_path, ATTACK, quiet(RAID), ANSWER) as pipeline:
        for n in order:
            file(pipeline, NOW, reports[n])
        assert [row["rule_id"] for row in pipeline.store.alerts.all(9)] == ["attack"]
        assert {one[:2] for one in lines(pipeline, "answer")} == {("dropped", REASON["shadow"])}
        assert len(lines(pipeline, "answer")) == 2


def test_what_is_denied_in_shadow_is_no_development(tmp_path: Path) -> None:
    loud = quiet(ATTACK + "\n  assert: {denied: alert}")
    with watched(tmp_path, loud, WAVE) as pipeline:
        file(pipeline, NOW, report(1, NOW - HOUR), report(9, NOW, "Governor denied attack"))
        assert lines(pipeline, "wave") == []


def test_what_is_counted_in_shadow_is_found_by_an_index(tmp_path: Path) -> None:
    rules = (
        quiet(rule("attack", "attack", SPIKE.replace("min: 6", "min: 2"))),
        quiet(rule("patrol", "patrol", "absence: {expect_every: 1d}")),
        WAVE,
    )
    with watched(tmp_path, *rules, since=NOW - 20 * DAY) as pipeline:
        connection, seen = pipeline.store._connection.database.conn, set[str]()
        connection.set_trace_callback(seen.add)
        file(pipeline, NOW, *(report(n, NOW - n * MINUTE) for n in range(3)), report(9, NOW, "Patrol"))
        file(pipeline, NOW + 2 * DAY)
        pipeline.tick(NOW + 2 * DAY)
        connection.set_trace_callback(None)
        assert [len(lines(pipeline, name)) for name in ("attack/spike", "patrol/absence", "wave")] == [3, 1, 3]
        queries = [one for one in seen if re.match(r"\s*SELECT", one) and "in shadow" in one]
        plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}
    assert len(plans) >= 5
    assert [step for plan in plans.values() for step in plan if "SCAN" in step and not HARMLESS.match(step)] == []
    assert all(any("matches_quiet" in step for step in plan) for plan in plans.values())
