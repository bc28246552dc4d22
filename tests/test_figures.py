"""Figures over time, through the real pipeline: kept, judged, told where they change, and shown as ranges."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.cli.main import main
from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from monitor.yamlfile import Problems, items, load, pairs
from tests.conftest import SHIPPED_DESK
from tests.support.desk import write_desk
from tests.support.stage import NOW, due, entry, pipeline_on, polled

NUMBERS_RULES = """
    rules:
    - id: joint-patrol
      owner: syria-desk
      match: $topic.patrol
      numbers:
        total:
          near: $topic.patrol
          series:
            overall: {baseline: {value: 344, as_of: 2023-10-05}}
            kobani: {when: $kobani, baseline: {value: 121, as_of: 2023-01-01}}
          alert_on: {change: true, jump_over: 20}
      tests:
      - {text: "Turkey and Russia run 122nd joint patrol near Kobani", expect: match, numbers: {total.kobani: 122}}
      - {text: "Turkey and Russia sign a gas deal", expect: no-match}
    - id: toll
      owner: syria-desk
      match: blast and killed
      assert: {done: digest}
      numbers:
        killed: {near: killed or dead, per: story, alert_on: {min_delta: 3, ratio: 1.25}}
      tests:
      - {text: "Manbij blast: toll rises from 24 to 31 killed", expect: match, numbers: {killed: 31}}
      - {text: "Blast in Manbij: 24 killed", expect: digest, numbers: {killed: 24}}
    - id: attack
      owner: syria-desk
      match: bomb and checkpoint
      numbers:
        killed: {near: killed or dead, per: story, alert_on: {min_delta: 2}}
        wounded: {near: wounded, per: story, alert_on: {min_delta: 2}}
      tests:
      - {text: "Car bomb at checkpoint: 3 dead, 2 wounded", expect: match, numbers: {killed: 3, wounded: 2}}
      - {text: "Checkpoint opened", expect: no-match}
"""
SECTION_C = Path(__file__).parent / "data/figures/section_c.yaml"
FEEDS = {name: f"https://{name}.example/" for name in "abcd"}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return write_desk(tmp_path / "desk", FEEDS, rules=NUMBERS_RULES)


@pytest.fixture
def pipeline(desk: Path, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline_on(desk, tmp_path / "store.db") as one:
        yield one


def dated(title: str, outlet: str, at: datetime, summary: str = "") -> ParsedEntry:
    name = f"{outlet}:{title}"
    link = f"https://news.example/{name}".replace(" ", "-")
    return ParsedEntry(id=name, link=link, title=title, summary=summary, outlet=outlet, published_at=at)


def tell(pipeline: Pipeline, title: str, outlet: str, minute: int = 0, feed: str = "a", summary: str = "") -> int:
    """File a report; how many alerts it opened."""
    at = NOW + timedelta(minutes=minute)
    return pipeline.file(polled(feed, dated(title, outlet, at, summary)), at).alerts


def updates(pipeline: Pipeline, alert_id: int) -> list[str]:
    return [one["detail"] for one in pipeline.store.updates.of(alert_id)]


def test_a_count_that_rises_is_an_update_and_each_series_has_its_own(pipeline: Pipeline) -> None:
    tell(pipeline, "Turkey and Russia run 122nd joint patrol near Kobani", "North Press")
    tell(pipeline, "Turkey and Russia hold joint patrol, the 345th of its kind", "TRT", 5, "b")

    assert "kobani: 121 -> 122 (North Press)" in updates(pipeline, 1)
    every = [one for alert in (1, 2) for one in updates(pipeline, alert)]
    assert "overall: 344 -> 345 (TRT)" in every
    assert len(every) == 2


def test_a_fall_is_flagged_and_not_told_and_a_jump_is_told_as_one_to_review(pipeline: Pipeline) -> None:
    tell(pipeline, "Turkey and Russia run 4th joint patrol near Kobani", "SOHR")
    tell(pipeline, "Turkish-Russian 344th joint patrol near Kobani", "Hawar", 9)

    rows = [row for entry_id in (1, 2) for row in pipeline.store.figures.of_entry(entry_id)]
    assert [(row["low"], row["verdict"]) for row in rows] == [(4, "fall"), (344, "jump")]
    told = [one for alert in (1, 2) for one in updates(pipeline, alert)]
    assert told == ["kobani: 121 -> 344 (Hawar), REVIEW: another series or a slip?"]


def test_a_toll_that_rises_rings_though_the_rule_sends_what_is_done_to_the_digest(pipeline: Pipeline) -> None:
    assert tell(pipeline, "Blast in Manbij market: 24 killed, officials in the town said", "AP") == 0
    assert tell(pipeline, "Blast in Manbij market: 25 killed, officials in the town said", "AP", 10) == 0
    assert tell(pipeline, "Blast in Manbij market: 31 killed, officials in the town said", "Reuters", 20, "b") == 1

    alert = pipeline.store.alerts.get(1)
    assert alert is not None
    assert alert["label"] == "killed 24 -> 31"
    assert updates(pipeline, 1) == ["killed: 24 -> 31 (Reuters)"]
    assert tell(pipeline, "Blast in Manbij market: 40 killed, officials in the town said", "AP", 30) == 0
    assert updates(pipeline, 1)[1:] == ["killed: 31 -> 40 (AP)"]


def test_a_toll_that_creeps_up_by_ones_is_told_when_it_has_gone_far_enough(pipeline: Pipeline) -> None:
    alerts = [
        tell(pipeline, f"Blast in Manbij market: {toll} killed, officials in the town said", "AP", toll)
        for toll in (8, 9, 10, 11)
    ]

    assert alerts == [0, 0, 0, 1]


def test_the_report_of_a_rise_rings_by_itself(pipeline: Pipeline) -> None:
    assert tell(pipeline, "Manbij blast: toll rises from 24 to 31 killed", "AP") == 1
    assert updates(pipeline, 1) == ["killed: 24 -> 31 (AP)"]


WAVE = """
    - id: wave
      type: event_count
      owner: syria-desk
      rules: [toll]
      timespan: 24h
      condition: {gte: 2}
"""


def test_what_rings_for_its_figure_escalates_and_is_counted_like_any_alert(tmp_path: Path) -> None:
    mass = "escalate: [{number: killed, at_least: 30, severity: critical, label: MASS}]\n      match: blast and killed"
    rules = NUMBERS_RULES.replace("match: blast and killed", mass) + WAVE
    desk = write_desk(tmp_path / "desk", FEEDS, rules=rules)
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        tell(pipeline, "Blast in Manbij: toll rises from 24 to 31 killed", "AP")
        tell(pipeline, "Blast at Kobani bazaar market: toll goes up from 20 to 29 killed", "Hawar", 60, "b")
        told = [(row["rule_id"], row["severity"], row["label"]) for row in pipeline.store.alerts.all(10)]

    assert sorted(told)[:2] == [("toll", "critical", "MASS"), ("toll", "notice", "killed 20 -> 29")]
    assert [rule_id for rule_id, _, _ in sorted(told)[2:]] == ["wave"]


def test_outlets_that_differ_are_shown_as_a_range_once_and_killed_is_not_wounded(pipeline: Pipeline) -> None:
    tell(pipeline, "Car bomb at checkpoint: 3 dead, 2 wounded", "AP", summary="The blast went off on Friday.")
    tell(pipeline, "Bomb at checkpoint kills: 2 dead, 2 wounded", "BBN Haber", 5, "b")
    tell(pipeline, "Car bomb at checkpoint leaves 3 dead", "Hawar", 9, "c")

    assert updates(pipeline, 1) == ["killed 2-3: 3 AP; 2 BBN Haber"]


def test_what_a_feed_shows_at_its_first_poll_is_kept_and_not_told(tmp_path: Path) -> None:
    config = "receivers: {terminal: {type: terminal}}\npolling: {gap: 0s, baseline: true}\n"
    desk = write_desk(tmp_path / "desk", FEEDS, rules=NUMBERS_RULES, config=config)
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        old = dated("Turkey and Russia run 124th joint patrol near Kobani", "Hawar", NOW - timedelta(days=2))
        first = polled("d", old)
        pipeline.file(replace(first, due=due("d", succeeded=False)), NOW)
        assert pipeline.store.alerts.open_alerts() == 0
        tell(pipeline, "Turkey and Russia run 125th joint patrol near Kobani", "SOHR", 9)

        assert [row["low"] for row in pipeline.store.figures.of_entry(1)] == [124]
        assert updates(pipeline, 1) == ["kobani: 124 -> 125 (SOHR)"]


def test_a_revision_takes_the_place_of_what_the_entry_said(pipeline: Pipeline) -> None:
    one = entry("Car bomb at checkpoint: 3 dead", name="x", outlet="AP")
    pipeline.file(polled("a", one), NOW)
    pipeline.file(polled("a", entry("Car bomb at checkpoint: 2 dead", name="x", outlet="AP")), NOW)
    tell(pipeline, "Bomb at checkpoint: 2 dead", "Hawar", 5, "b")

    assert [row["low"] for row in pipeline.store.figures.of_entry(1)] == [3, 2]
    assert not any("2-3" in one for one in updates(pipeline, 1))


def test_alerts_show_and_why_tell_the_figures_and_the_range(desk: Path, tmp_path: Path) -> None:
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        tell(pipeline, "Car bomb at checkpoint: 3 dead, 2 wounded", "AP")
        tell(pipeline, "Bomb at checkpoint kills: 2 dead, 2 wounded", "BBN Haber", 5, "b")
    places = ["--desk", str(desk), "--store", str(tmp_path / "store.db")]
    shown = CliRunner().invoke(main, ["alerts", "show", "1", *places]).output
    why = CliRunner().invoke(main, ["why", "2", *places]).output

    assert "killed 2-3: 3 AP; 2 BBN Haber" in shown
    assert re.search(r"killed +2 +BBN Haber .*conflict +AP gives 3", shown)
    assert "figure, rule attack: killed 2, conflict (AP gives 3)" in why
    assert "update of alert 1: killed 2-3: 3 AP; 2 BBN Haber" in why
    assert "counts wounded: 2, by '2'" in why


def test_no_query_on_figures_reads_a_table_through(pipeline: Pipeline) -> None:
    connection, seen = pipeline.store._connection.database.conn, set[str]()
    connection.set_trace_callback(seen.add)
    for toll in (24, 25, 31, 40):
        tell(pipeline, f"Blast in Manbij market: {toll} killed, officials in the town said", "AP", toll)
    for number in (344, 345):
        pipeline.file(polled("a", entry(f"Kobani: {number}th patrol of both armies", name="x", outlet="TRT")), NOW)
    connection.set_trace_callback(None)
    queries = [one for one in seen if "figures" in one or "near.story_id" in one]
    plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}

    assert len(queries) > 20
    assert any("'replaced'" in one for one in queries)
    scanned = [one for one, plan in plans.items() if any(re.match("SCAN (?!json_each)", step) for step in plan)]
    assert scanned == []


REPORTS = [(122, "SOHR", 0), (123, "Hawar", 60), (123, "SOHR", 90), (122, "AP", 120), (4, "TRT", 130), (160, "X", 140)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(REPORTS))
def test_the_order_in_which_reports_of_a_day_come_in_changes_nothing(
    order: list[Any], desk: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pipeline_on(desk, tmp_path_factory.mktemp("order") / "store.db") as pipeline:
        for value, outlet, minute in order:
            at = NOW + timedelta(minutes=minute)
            title = f"Turkey and Russia run {value}th joint patrol near Kobani"
            pipeline.file(polled("a", dated(title, outlet, at)), NOW + timedelta(hours=12))
        rows = [row for entry_id in range(1, 7) for row in pipeline.store.figures.of_entry(entry_id)]

    assert {(row["low"], row["outlet"]): row["verdict"] for row in rows} == {
        (122, "SOHR"): "change", (123, "Hawar"): "change", (123, "SOHR"): "same", (122, "AP"): "conflict",
        (4, "TRT"): "fall", (160, "X"): "jump",
    }  # fmt: skip


def section_c() -> list[dict[str, str]]:
    """Four reports of one car bomb, written for this test."""
    problems = Problems()
    root = load(SECTION_C, SECTION_C.name, problems)
    assert root is not None
    return [{key: value.value for key, value in pairs(one, problems, "")} for one in items(root, problems, "")]  # type: ignore[misc]


def test_four_reports_of_one_bomb_that_differ_are_one_alert_with_the_range_by_outlet(tmp_path: Path) -> None:
    with pipeline_on(SHIPPED_DESK, tmp_path / "store.db") as pipeline:
        for minute, one in enumerate(section_c()):
            feed = {"ar": "sohr-ar", "tr": "aa-tr"}[one["lang"]]
            at = NOW + timedelta(minutes=10 * minute)
            pipeline.file(polled(feed, dated(one["title"], one["outlet"], at, one["lead"])), at)
        told = updates(pipeline, 1)
        figures = pipeline.store.figures.of_alert(1)

    given = {(row["name"], row["outlet"]): row["low"] for row in figures}
    assert {name: given[name, "almohrarmedia"] for name in ("killed", "wounded")} == {"killed": 3, "wounded": 2}
    assert {name: given[name, "hibrpress"] for name in ("killed", "wounded")} == {"killed": 3, "wounded": 4}
    assert {name: given[name, "bbnhaber"] for name in ("killed", "wounded")} == {"killed": 2, "wounded": 2}
    assert any(one.startswith("killed 2-3: 3 almohrarmedia") for one in told)
    assert any(one.startswith("wounded 2-4: ") for one in told)


def test_a_toll_that_an_agency_raises_in_its_own_report_rings(pipeline: Pipeline) -> None:
    for toll in (3, 4, 90):
        one = entry(f"Car bomb at checkpoint: {toll} dead", name="x", outlet="AP")
        pipeline.file(polled("a", one), NOW)

    assert updates(pipeline, 1) == ["killed: 4 -> 90 (AP)"]


def test_a_toll_that_is_corrected_downwards_in_its_own_report_rings_nobody(pipeline: Pipeline) -> None:
    for toll in (90, 3):
        one = entry(f"Car bomb at checkpoint: {toll} dead", name="x", outlet="AP")
        pipeline.file(polled("a", one), NOW)

    assert updates(pipeline, 1) == []
