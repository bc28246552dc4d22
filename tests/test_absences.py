"""Events that are expected and do not come."""

from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.entry import ParsedEntry
from monitor.core.feed import Fault
from monitor.errors import ParseError
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Same
from tests.support.often import DAY, HOUR, file, report, rule, told, watched
from tests.support.stage import NOW

PATROL = rule("patrol", "patrol", 'absence: {expect_every: 21d, severity: info, label: "no patrol for 3 weeks"}')


def patrol(number: int, at: datetime) -> ParsedEntry:
    return report(number, at, "Patrol")


def awake(pipeline: Pipeline, at: datetime) -> None:
    """A feed answers, and the clock ticks."""
    file(pipeline, at)
    pipeline.tick(at)


def absences(pipeline: Pipeline) -> list[str]:
    return [row["detail"] for row in pipeline.store.alerts.absences()]


def test_three_weeks_without_a_match_are_told_once(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        awake(pipeline, NOW + 21 * DAY - HOUR)
        assert absences(pipeline) == []
        for hours in range(3):
            awake(pipeline, NOW + 21 * DAY + hours * HOUR)
        assert absences(pipeline) == ["one is expected every 21 days; the last was told on 2024-08-23 13:30 UTC"]
        [_, alert] = told(pipeline, "patrol")
        [notice] = pipeline.store.outbox.of_alert(int(str(alert["id"])))
        assert pipeline.store.alerts.blind_spots() == []
    assert (alert["severity"], notice["subject"]) == ("info", "[info] patrol: no patrol for 3 weeks")


def test_the_next_match_ends_it_and_says_so(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        awake(pipeline, NOW + 22 * DAY)
        back = NOW + 30 * DAY
        file(pipeline, back, patrol(2, back))
        alert = pipeline.store.alerts.get(2)
        kinds = [notice["kind"] for notice in pipeline.store.outbox.of_alert(2)]
        assert absences(pipeline) == []
    assert alert is not None
    assert (alert["state"], kinds) == ("closed", ["opened", "closed"])


def test_a_report_that_is_itself_too_old_does_not_end_it(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        awake(pipeline, NOW + 30 * DAY)
        file(pipeline, NOW + 30 * DAY, patrol(2, NOW + DAY))
        assert len(absences(pipeline)) == 1


def test_nothing_is_missed_before_the_first_match(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        awake(pipeline, NOW + 90 * DAY)
        assert absences(pipeline) == []


def test_after_start_it_is_expected_from_when_the_rule_is_watched(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL.replace("21d,", "21d, after: start,")) as pipeline:
        awake(pipeline, NOW + 20 * DAY)
        assert absences(pipeline) == []
        awake(pipeline, NOW + 21 * DAY)
        assert absences(pipeline) == ["one is expected every 21 days; none was told since 2024-08-23 13:30 UTC"]


def test_after_a_day_it_is_expected_from_that_day(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL.replace("21d,", "21d, after: 2024-10-01,")) as pipeline:
        awake(pipeline, datetime.fromisoformat("2024-10-21T00:00:00+00:00"))
        assert absences(pipeline) == []
        awake(pipeline, datetime.fromisoformat("2024-10-22T00:00:00+00:00"))
        assert len(absences(pipeline)) == 1


def fail(pipeline: Pipeline, at: datetime, *feeds: str) -> None:
    for feed in feeds:
        broken = ParseError("no feed", fault=Fault.EMPTY)
        pipeline.file(Polled(due=pipeline.store.feeds.get(feed), result=broken), at)


def test_it_is_held_while_the_feeds_are_dead_and_that_time_is_no_silence(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        # The third failure is the blind spot.
        for hours in range(-2, 39 * 24, 8):
            fail(pipeline, NOW + DAY + hours * HOUR, "a", "b")
            pipeline.tick(NOW + DAY + hours * HOUR)
        assert absences(pipeline) == []
        for hours in range(2):
            for feed in "ab":
                again = Polled(due=pipeline.store.feeds.get(feed), result=Same(result="unchanged"))
                pipeline.file(again, NOW + 40 * DAY + hours * HOUR)
        awake(pipeline, NOW + 59 * DAY)
        assert absences(pipeline) == []
        awake(pipeline, NOW + 60 * DAY)
        assert len(absences(pipeline)) == 1


def test_half_of_the_feeds_are_eyes_enough(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        for hours in range(0, 22 * 24, 8):
            fail(pipeline, NOW + hours * HOUR, "b")
        awake(pipeline, NOW + 21 * DAY)
        assert len(absences(pipeline)) == 1


def test_what_is_missed_by_one_rule_makes_nobody_blind(tmp_path: Path) -> None:
    tank = rule("tank", "tank", "absence: {expect_every: 30d, after: start}")
    with watched(tmp_path, PATROL, tank) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        for days in (22, 31):
            awake(pipeline, NOW + days * DAY)
        assert [row["rule_id"] for row in pipeline.store.alerts.absences()] == ["patrol", "tank"]


def test_what_nobody_could_have_told_is_no_silence(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        with pipeline.store.transaction():
            pipeline.store._connection.insert(
                "INSERT INTO outages (began_at, ended_at, reason) VALUES (?, ?, 'test')",
                [NOW + DAY, NOW + 11 * DAY],
            )
        awake(pipeline, NOW + 30 * DAY)
        assert absences(pipeline) == []
        awake(pipeline, NOW + 31 * DAY)
        assert len(absences(pipeline)) == 1


def test_a_feed_the_rule_does_not_listen_to_is_no_witness(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL + "\n  sources: {not: [b]}") as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        file(pipeline, NOW + 30 * DAY, feed="b")
        pipeline.tick(NOW + 30 * DAY)
        assert absences(pipeline) == []


def test_a_rule_that_is_muted_misses_nothing_and_begins_anew(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL.replace("21d,", "21d, after: start,")) as pipeline:
        awake(pipeline, NOW + 22 * DAY)
        assert len(absences(pipeline)) == 1
    with watched(tmp_path, PATROL.replace("21d,", "21d, after: start,") + "\n  status: muted") as pipeline:
        awake(pipeline, NOW + 90 * DAY)
        assert absences(pipeline) == []
    with watched(tmp_path, PATROL.replace("21d,", "21d, after: start,"), since=NOW + 91 * DAY) as pipeline:
        awake(pipeline, NOW + 92 * DAY)
        assert absences(pipeline) == []
        awake(pipeline, NOW + 91 * DAY + timedelta(days=21))
        assert len(absences(pipeline)) == 1


def test_what_came_while_a_rule_was_muted_is_no_match_that_it_missed_since(tmp_path: Path) -> None:
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
    with watched(tmp_path, PATROL + "\n  status: muted", since=NOW + DAY) as pipeline:
        file(pipeline, NOW + 90 * DAY, patrol(2, NOW + 90 * DAY))
    with watched(tmp_path, PATROL, since=NOW + 91 * DAY) as pipeline:
        awake(pipeline, NOW + 92 * DAY)
        assert absences(pipeline) == []
        awake(pipeline, NOW + 112 * DAY)
        assert absences(pipeline) == ["one is expected every 21 days; the last was told on 2024-08-23 13:30 UTC"]


def test_a_rule_that_is_renamed_misses_the_same_and_is_told_once(tmp_path: Path) -> None:
    renamed = PATROL.replace("id: patrol", "id: joint") + "\n  formerly: [patrol]"
    with watched(tmp_path, PATROL) as pipeline:
        file(pipeline, NOW, patrol(1, NOW))
        awake(pipeline, NOW + 22 * DAY)
    back = NOW + 24 * DAY
    with watched(tmp_path, renamed, since=NOW + 23 * DAY) as pipeline:
        awake(pipeline, NOW + 23 * DAY)
        assert [row["id"] for row in pipeline.store.alerts.absences()] == [2]
        file(pipeline, back, patrol(2, back))
        assert absences(pipeline) == []
        kinds = [notice["kind"] for notice in pipeline.store.outbox.of_alert(2)]
        assert kinds == ["opened", "closed"]
