"""Spikes: far more stories than usual, by the same hours of the days before."""

from pathlib import Path

import pytest

from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from tests.support.often import DAY, HOUR, MINUTE, days_of, file, report, rule, told, watched
from tests.support.stage import NOW

SPIKE = "spike: {window: 6h, against: 14d, ratio: 4, min: 6, severity: high, label: SPIKE}"
ATTACK = rule("attack", "attack", SPIKE)
ENOUGH = 15 * DAY


def burst(count: int, *, first: int = 900, where: str = "village") -> list[ParsedEntry]:
    return [report(first + n, NOW - 5 * HOUR + n * 10 * MINUTE, where=where) for n in range(count)]


def spikes(pipeline: Pipeline) -> list[dict[str, object]]:
    return told(pipeline, "attack", "SPIKE")


def test_six_stories_where_one_is_usual_are_a_spike_that_says_why(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        days_of(pipeline, 14, [-5 * HOUR])
        file(pipeline, NOW, *burst(6))
        [alert] = spikes(pipeline)
        [notice] = pipeline.store.outbox.of_alert(int(str(alert["id"])))

    assert (
        alert["detail"]
        == "6 stories in 6 h; 1 in the same hours of the last 14 days (6 times), watched since 2024-08-08"
    )
    assert alert["severity"] == "high"
    [delivery] = notice["deliveries"]
    assert "6 stories in 6 h; 1 in the same hours" in delivery["payload"]


def test_fewer_than_the_minimum_are_no_spike_though_nothing_is_usual(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(5))
        assert spikes(pipeline) == []


def test_where_nothing_is_usual_the_minimum_is_a_spike(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(6))
        [alert] = spikes(pipeline)
    assert str(alert["detail"]).startswith("6 stories in 6 h; none in the same hours")


def test_a_rule_that_is_new_warms_up_first(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - 13 * DAY) as pipeline:
        file(pipeline, NOW, *burst(9))
        assert spikes(pipeline) == []


def test_one_spike_is_one_alert_as_long_as_it_lasts(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(6))
        for n in range(20):
            at = NOW + n * HOUR
            file(pipeline, at, report(500 + n, at), report(600 + n, at + MINUTE))
        [alert] = spikes(pipeline)
        assert len(pipeline.store.alerts.matches_of_alert(int(str(alert["id"])))) > 20


def test_the_next_spike_is_told_again(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(6))
        later = NOW + 2 * DAY + 12 * HOUR
        file(pipeline, later, *(report(700 + n, later + n * MINUTE) for n in range(6)))
        assert len(spikes(pipeline)) == 2


def test_a_daily_rush_hour_is_no_spike_and_the_same_number_at_night_is(tmp_path: Path) -> None:
    rush = [n * 10 * MINUTE - 5 * HOUR for n in range(6)]
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        days_of(pipeline, 14, rush)
        file(pipeline, NOW, *burst(7))
        assert spikes(pipeline) == []
        night = NOW + 12 * HOUR
        file(pipeline, night, *(report(700 + n, night - n * MINUTE) for n in range(7)))
        [alert] = spikes(pipeline)
    assert str(alert["detail"]).startswith("7 stories in 6 h; none in the same hours")


def test_without_same_hours_the_rush_hour_is_held_against_the_average(tmp_path: Path) -> None:
    plain = ATTACK.replace("against: 14d", "against: 14d, same_hours: false").replace("ratio: 4", "ratio: 3")
    with watched(tmp_path, plain, since=NOW - ENOUGH) as pipeline:
        days_of(pipeline, 14, [n * 10 * MINUTE - 5 * HOUR for n in range(6)])
        file(pipeline, NOW, *burst(7))
        [alert] = spikes(pipeline)
    assert "in the last 14 days" in str(alert["detail"])


def test_reprints_are_no_more_stories(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        one = burst(1)[0]
        for feed in ("a", "b"):
            file(pipeline, NOW, *(_again(one, n) for n in range(8)), feed=feed)
        assert spikes(pipeline) == []


def test_places_are_counted_apart_and_the_alert_names_the_one(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK.replace("min: 6", "min: 6, by: place"), since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(4, where="Manbij"), *burst(5, first=800, where="Kobani"), *burst(9, first=850))
        assert spikes(pipeline) == []
        file(pipeline, NOW, *burst(1, first=999, where="Kobani"))
        [alert] = spikes(pipeline)
    assert (alert["label"], str(alert["detail"])[:27]) == ("SPIKE kobani", "kobani: 6 stories in 6 h; n")


def test_hours_in_which_nobody_looked_are_not_hours_in_which_nothing_happened(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        days_of(pipeline, 6, [n * 20 * MINUTE - 5 * HOUR for n in range(2)])
        outage(pipeline, 15, 6.5)
        file(pipeline, NOW, *burst(7))
        assert spikes(pipeline) == [], "seven days of the baseline were dark, and two stories are usual"


@pytest.mark.parametrize(("word", "alerts"), [("shadow", 0), ("muted", 0), ("draft", 0)])
def test_a_rule_that_tells_nobody_tells_of_no_spike(tmp_path: Path, word: str, alerts: int) -> None:
    with watched(tmp_path, ATTACK + f"\n  status: {word}", since=NOW - ENOUGH) as pipeline:
        file(pipeline, NOW, *burst(7))
        assert len(spikes(pipeline)) == alerts


def outage(pipeline: Pipeline, began: float, ended: float) -> None:
    """So many days ago nobody watched."""
    with pipeline.store.transaction():
        pipeline.store._connection.insert(
            "INSERT INTO outages (began_at, ended_at, reason) VALUES (?, ?, 'test')",
            [NOW - began * DAY, NOW - ended * DAY],
        )


def _again(one: ParsedEntry, number: int) -> ParsedEntry:
    return ParsedEntry(
        id=f"again-{number}",
        link=f"https://x.example/{number}",
        title=one.title,
        summary=one.summary,
        published_at=one.published_at,
    )


def test_a_rule_that_is_renamed_goes_on_with_its_spike(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, since=NOW - ENOUGH) as pipeline:
        days_of(pipeline, 14, [-5 * HOUR])
        file(pipeline, NOW, *burst(6))
    renamed = ATTACK.replace("id: attack", "id: assault") + "\n  formerly: [attack]"
    with watched(tmp_path, renamed, since=NOW + HOUR) as pipeline:
        file(pipeline, NOW + HOUR, *burst(1, first=950))
        assert (len(spikes(pipeline)), told(pipeline, "assault", "SPIKE")) == (1, [])
