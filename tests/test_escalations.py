"""Alerts that become graver: what is told at once, what by a notice of its own, and what a silence counts."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from monitor import app as composition
from monitor.core.delivery import Settlement, State
from monitor.core.entry import ParsedEntry
from monitor.core.health import BlindSpot
from monitor.core.rule import OutageRule
from monitor.escalations import standing
from monitor.pipeline import LEASE, Pipeline
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.stage import NOW, entry, pipeline_on, polled, staged

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONDITIONS = """escalate:
      - {quiet_for: 30d, severity: critical, label: RESUMPTION}
      - {independent: 2, within: 6h, label: corroborated}
      - {source_is: official, severity: critical}
      - {assert: denied, severity: critical, label: DENIAL}
      """
CONFIG = """
    receivers:
      desk: {type: terminal}
      duty: {type: terminal}
    routes:
    - receivers: [desk]
    - {min_severity: critical, receivers: [duty]}
"""
FEEDS = {name: f"https://{name}.example/" for name in ("a", "b", "c", "ministry")}
# Reports on one development, by reporters of their own.
FIRST = entry(
    "Turkey, Russia resume joint patrols in Syria",
    "Four vehicles and 24 soldiers took part in the joint patrol on Friday, said the ministry in Ankara, after a stop.",
    name="first", outlet="One",
)  # fmt: skip
SECOND = entry(
    "Residents say that Russia and Turkey resumed their joint patrol",
    "A Russian convoy left its base in the morning and met Turkish armoured cars at the gate, two villagers told us.",
    name="second", outlet="Two",
)  # fmt: skip
REPRINT = entry("Patrol: Turkey and Russia roll, joint ride resumed", FIRST.summary, name="third", outlet="Three")


def desk_with(folder: Path, conditions: str = CONDITIONS) -> Path:
    rule = PATROL_RULE.replace("notes:", f"{conditions}notes:").replace(
        "match: $turkey", "assert: {denied: alert}\n      match: $turkey"
    )
    desk = write_desk(folder, FEEDS, rules=rule, config=CONFIG)
    listed = (desk / "feeds.yaml").read_text(encoding="utf-8")
    official = listed.replace("title: 'ministry',", "title: 'ministry', tier: 1,")
    (desk / "feeds.yaml").write_text(official, encoding="utf-8")
    return desk


def opened(folder: Path, conditions: str = CONDITIONS, **keys: Any) -> AbstractContextManager[Pipeline]:
    """The pipeline on this desk; the ministry's feed is official."""
    return pipeline_on(desk_with(folder / "desk", conditions), folder / "store.db", **keys)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with opened(tmp_path) as one:
        yield one


def rows(pipeline: Pipeline, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in pipeline.store._connection.rows(query)]


def alerts(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return rows(pipeline, "SELECT severity, label FROM alerts WHERE blind_spot = '' ORDER BY id")


def notices(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return rows(pipeline, "SELECT kind, subject FROM notices ORDER BY id")


def sent(pipeline: Pipeline, now: datetime) -> None:
    """Everything that waits is sent."""
    while due := pipeline.store.outbox.lease_due(now, LEASE, receivers=["desk", "duty"], hurry=True):
        for one in due:
            pipeline.store.outbox.settle(one.id, Settlement(state=State.SENT), now)


def quiet_until(pipeline: Pipeline, now: datetime = NOW) -> None:
    """The watch begins with something that no rule is about."""
    pipeline.file(polled("a", entry("Grain prices in Odesa", name="grain")), now)


def test_a_second_origin_is_told_by_a_notice_of_its_own(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    sent(pipeline, NOW)
    pipeline.file(polled("b", SECOND), NOW + HOUR)
    assert alerts(pipeline) == [("high", "corroborated")]
    assert notices(pipeline)[1:] == [
        ("escalation", f"[high] corroborated - Turkey-Russia joint patrol: {FIRST.title}"),
    ]
    (payload,) = rows(pipeline, "SELECT payload FROM deliveries ORDER BY id DESC LIMIT 1")
    assert "2 independent origins within 6 h: One, Two" in json.loads(payload[0])["text"]


def test_ten_reprints_are_told_as_one_origin(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    sent(pipeline, NOW)
    for number in range(10):
        one = entry(f"Joint patrol, version {number}", FIRST.summary, name=f"r{number}", outlet=f"Paper {number}")
        pipeline.file(polled("b", one), NOW + number * timedelta(minutes=10))
    assert alerts(pipeline) == [("high", "")]
    assert len(notices(pipeline)) == 1


def test_what_is_graver_goes_where_only_that_goes_and_at_once(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    sent(pipeline, NOW)
    pipeline.file(polled("ministry", SECOND), NOW + HOUR)
    # Nobody waits for reprints of what is critical.
    told = rows(
        pipeline, "SELECT receiver, due_at = queued_at FROM deliveries WHERE state = 'queued' ORDER BY receiver"
    )
    assert told == [("desk", 1), ("duty", 1)]
    assert rows(pipeline, "SELECT name, severity FROM alert_updates ORDER BY id") == [
        ("corroborated", ""), ("official source", "critical"),
    ]  # fmt: skip
    assert [kind for kind, _ in notices(pipeline)] == ["opened", "escalation"]


def test_each_condition_is_told_once(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    sent(pipeline, NOW)
    for number in range(3):
        again = entry(SECOND.title, SECOND.summary, name=f"again {number}", outlet=f"Two {number}")
        pipeline.file(polled("ministry", again), NOW + number * HOUR)
    assert [kind for kind, _ in notices(pipeline)] == ["opened", "escalation"]


def test_a_notice_that_nobody_was_sent_is_drawn_anew_and_reaches_who_hears_of_nothing_less(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    pipeline.file(polled("ministry", SECOND), NOW + timedelta(seconds=3))
    ((kind, subject),) = notices(pipeline)
    assert (kind, subject) == ("opened", f"[critical] corroborated - Turkey-Russia joint patrol: {FIRST.title}")
    deliveries = rows(pipeline, "SELECT receiver, payload FROM deliveries ORDER BY receiver")
    assert [receiver for receiver, _ in deliveries] == ["desk", "duty"]
    assert all("official source: official: Two" in payload for _, payload in deliveries)
    assert rows(pipeline, "SELECT COUNT(*) FROM alert_updates WHERE notice_id IS NULL") == [(0,)]


def test_what_holds_as_an_alert_opens_sets_its_severity_at_once(pipeline: Pipeline) -> None:
    pipeline.file(polled("ministry", FIRST), NOW)
    assert alerts(pipeline) == [("critical", "")]
    assert [receiver for (receiver,) in rows(pipeline, "SELECT receiver FROM deliveries")] == ["desk", "duty"]


def test_a_severity_is_never_lowered(tmp_path: Path) -> None:
    lower = "escalate: [{assert: done, severity: info, label: seen}]\n      "
    with opened(tmp_path, lower) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
        assert alerts(pipeline) == [("high", "seen")]


def test_the_first_after_a_long_silence_says_so_once(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    later = NOW + 40 * DAY
    pipeline.file(polled("b", SECOND), later)
    pipeline.file(polled("b", entry("Turkey and Russia halt joint patrol", name="halt")), later + HOUR)
    assert alerts(pipeline) == [("high", ""), ("critical", "RESUMPTION"), ("high", "")]
    ((detail,),) = rows(pipeline, "SELECT detail FROM alerts WHERE label = 'RESUMPTION'")
    assert detail == "first in 40 days: the last was on 2024-08-23"
    assert notices(pipeline)[1][1].startswith("[critical] RESUMPTION - Turkey-Russia joint patrol: ")
    (payload, *_) = rows(pipeline, "SELECT payload FROM deliveries WHERE notice_id = 2")
    assert f"why      rule joint-patrol: {detail}" in json.loads(payload[0])["text"]


def on_day(report: ParsedEntry, days: float) -> ParsedEntry:
    return replace(report, published_at=NOW + days * DAY)


ARCHIVE = entry("Archive: joint patrol by Russian, Turkish troops on M4 road", name="archive", outlet="Old")


def labels(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return rows(pipeline, "SELECT label, detail FROM alerts WHERE blind_spot = '' ORDER BY id")


def test_an_old_report_that_is_shown_again_neither_ends_a_silence_nor_breaks_it(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", on_day(FIRST, 0)), NOW)
    pipeline.file(polled("c", on_day(ARCHIVE, -300)), NOW + 99 * DAY)
    pipeline.file(polled("b", on_day(SECOND, 100)), NOW + 100 * DAY)
    assert labels(pipeline) == [
        ("", ""), ("", ""), ("RESUMPTION", "first in 100 days: the last was on 2024-08-23"),
    ]  # fmt: skip


def test_a_report_of_before_the_last_development_that_comes_late_ends_no_silence(pipeline: Pipeline) -> None:
    quiet_until(pipeline)
    pipeline.file(polled("a", on_day(FIRST, 100)), NOW + 100 * DAY)
    pipeline.file(polled("c", on_day(ARCHIVE, 60)), NOW + 101 * DAY)
    assert [label for label, _ in labels(pipeline)] == ["RESUMPTION", ""]


def test_an_old_report_does_not_take_a_resumption_from_the_first_after_what_the_desk_knows(tmp_path: Path) -> None:
    known = CONDITIONS.replace("quiet_for: 30d,", "quiet_for: 30d, last_known: 2023-10-05,")
    with opened(tmp_path, known) as pipeline:
        quiet_until(pipeline)
        pipeline.file(polled("c", on_day(ARCHIVE, -400)), NOW + DAY)
        pipeline.file(polled("b", on_day(SECOND, 2)), NOW + 2 * DAY)
        assert labels(pipeline) == [("", ""), ("RESUMPTION", "first in 325 days: the last was on 2023-10-05")]


def test_an_old_report_tells_nothing_of_the_time_before_the_watch(pipeline: Pipeline) -> None:
    quiet_until(pipeline)
    pipeline.file(polled("c", on_day(ARCHIVE, -400)), NOW + DAY)
    pipeline.file(polled("b", on_day(SECOND, 20)), NOW + 20 * DAY)
    assert [label for label, _ in labels(pipeline)] == ["", ""]


def test_a_silence_ends_on_the_day_of_the_report_and_not_when_it_came(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", on_day(FIRST, 0)), NOW)
    pipeline.file(polled("b", on_day(SECOND, 29)), NOW + 31 * DAY)
    assert [label for label, _ in labels(pipeline)] == ["", ""]


def test_a_new_store_has_no_silence_to_count(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    assert alerts(pipeline) == [("high", "")]


def test_the_desk_may_say_when_the_last_was(tmp_path: Path) -> None:
    known = CONDITIONS.replace("quiet_for: 30d,", "quiet_for: 30d, last_known: 2023-10-05,")
    with opened(tmp_path, known) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
        assert alerts(pipeline) == [("critical", "RESUMPTION")]
        ((detail,),) = rows(pipeline, "SELECT detail FROM alerts")
        assert detail == "first in 323 days: the last was on 2023-10-05"


def test_a_watch_that_saw_nothing_for_long_says_since_when(pipeline: Pipeline) -> None:
    quiet_until(pipeline)
    pipeline.file(polled("a", FIRST), NOW + 31 * DAY)
    ((detail,),) = rows(pipeline, "SELECT detail FROM alerts")
    assert detail == "first in 31 days: none since the watch began on 2024-08-23"


def test_a_rule_that_joined_late_has_heard_no_silence(tmp_path: Path) -> None:
    with opened(tmp_path, "") as pipeline:
        quiet_until(pipeline)
    with opened(tmp_path, now=NOW + 20 * DAY) as pipeline:
        pipeline.file(polled("a", FIRST), NOW + 31 * DAY)
        assert alerts(pipeline) == [("high", "")]


def blind(pipeline: Pipeline, first: float, last: float, *feeds: str | None) -> None:
    for feed_id in feeds:
        spot = BlindSpot.FAILING if feed_id else BlindSpot.OWN_SIDE
        begin, end = NOW + first * DAY, NOW + last * DAY
        pipeline.store.alerts.open_blind(OutageRule(), spot, feed_id=feed_id, title="", detail="", now=begin)
        pipeline.store.alerts.close_blind(spot, feed_id, end)


@pytest.mark.parametrize("feeds", [("a",), (None,)])
def test_a_silence_does_not_count_while_the_feeds_that_could_have_told_were_blind(
    pipeline: Pipeline, feeds: tuple[str | None, ...]
) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    blind(pipeline, 5, 20, *feeds)
    pipeline.file(polled("b", SECOND), NOW + 40 * DAY)
    assert alerts(pipeline)[1] == ("high", "")


def test_what_was_blind_is_told_where_the_rest_was_long_enough(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    # Feeds that never matched this rule are not its eyes.
    blind(pipeline, 20, 39, "b", "c", "ministry")
    blind(pipeline, 5, 11, "a")
    pipeline.file(polled("b", SECOND), NOW + 40 * DAY)
    ((detail,),) = rows(pipeline, "SELECT detail FROM alerts WHERE label = 'RESUMPTION'")
    assert detail == "first in 40 days: the last was on 2024-08-23; the watch was blind for 6 days of that"


def test_a_silence_does_not_count_while_no_daemon_ran(tmp_path: Path) -> None:
    with opened(tmp_path) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
    back = NOW + 39 * DAY
    app = staged(tmp_path / "desk", tmp_path / "store.db")
    for _ in range(2):
        composition.open_pipeline(app, back).store.close()
    again = composition.open_pipeline(app, back)
    ((began, ended),) = rows(again, "SELECT began_at, ended_at FROM outages")
    assert tuple(map(datetime.fromisoformat, (began, ended))) == (NOW, back)
    again.file(polled("b", SECOND), NOW + 40 * DAY)
    assert alerts(again)[1] == ("high", "")
    again.store.close()


def test_a_short_pause_is_no_outage(tmp_path: Path) -> None:
    with opened(tmp_path) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
    again = composition.open_pipeline(staged(tmp_path / "desk", tmp_path / "store.db"), NOW + 5 * HOUR)
    assert rows(again, "SELECT COUNT(*) FROM outages") == [(0,)]
    again.store.close()


def test_in_a_recorded_run_every_feed_is_alive(tmp_path: Path) -> None:
    with opened(tmp_path, recorded=True) as pipeline:
        pipeline.file(polled("a", FIRST), NOW)
        blind(pipeline, 5, 20, "a")
        pipeline.file(polled("b", SECOND), NOW + 40 * DAY)
        assert alerts(pipeline)[1] == ("critical", "RESUMPTION")


def outcome(folder: Path, reports: tuple[tuple[str, ParsedEntry], ...], *, pause: bool) -> tuple[Any, ...]:
    with opened(folder) as pipeline:
        for number, (feed_id, one) in enumerate(reports):
            at = NOW + number * timedelta(minutes=5)
            pipeline.file(polled(feed_id, one), at)
            if pause:
                sent(pipeline, at)
        names = rows(pipeline, "SELECT name FROM alert_updates ORDER BY name")
        return alerts(pipeline), names


@pytest.mark.parametrize("pause", [True, False])
def test_the_order_in_which_reports_come_does_not_matter(tmp_path: Path, pause: bool) -> None:
    reports = (
        ("a", FIRST),
        ("b", SECOND),
        ("c", REPRINT),
        ("ministry", entry("Joint patrol of Turkey and Russia resumes", name="m", outlet="M")),
    )
    outcomes = [
        outcome(tmp_path / str(number), order, pause=pause) for number, order in enumerate(permutations(reports))
    ]
    assert all(one == outcomes[0] for one in outcomes)
    assert outcomes[0][0] == [("critical", "corroborated")]


def test_why_says_what_is_met_and_what_is_missing(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", FIRST), NOW)
    rule = pipeline._matcher.ruleset.rules["joint-patrol"]
    told = {one.condition.name: (one.met, one.detail) for one in standing(pipeline.store, rule, pipeline._feeds, 1)}
    assert told == {
        "RESUMPTION": (False, "0 h of 30 days of silence"),
        "corroborated": (False, "1 of 2 origins within 6 h"),
        "official source": (False, "no official source"),
        "DENIAL": (False, "nobody said it as denied"),
    }
    pipeline.file(polled("ministry", SECOND), NOW + HOUR)
    assert [one.met for one in standing(pipeline.store, rule, pipeline._feeds, 1)] == [False, True, True, False]
