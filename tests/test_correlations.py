"""Rules on the developments of others: so many within a time, all of them, one after the other."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from tests.support.often import DAY, HOUR, MINUTE, file, report, rule, told, watched
from tests.support.stage import NOW, entry

ATTACK, RAID = rule("attack", "attack"), rule("raid", "raid")
COUNT = """- id: wave
  type: event_count
  title: Wave of attacks
  owner: desk
  severity: critical
  rules: [attack]
  timespan: 24h
  condition: {gte: 3}"""
ORDERED = """- id: answer
  type: temporal_ordered
  owner: desk
  rules: [attack, raid]
  timespan: 12h"""
BOTH = ORDERED.replace("temporal_ordered", "temporal")


def attacks(count: int, *, where: str = "village", first: int = 0) -> list[ParsedEntry]:
    return [report(first + n, NOW - (count - n) * HOUR, where=where) for n in range(count)]


def a_then_b() -> tuple[ParsedEntry, ParsedEntry]:
    return report(1, NOW - 5 * HOUR), report(2, NOW - HOUR, "Raid")


def entries_of(pipeline: Pipeline, alert: dict[str, object]) -> list[str]:
    matches = pipeline.store.alerts.matches_of_alert(int(str(alert["id"])))
    return sorted(str(one["title"]).split()[-1] for one in matches)


def test_three_developments_within_the_timespan_are_an_alert_that_names_them(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(2))
        assert told(pipeline, "wave") == []
        file(pipeline, NOW + MINUTE, report(2, NOW))
        [alert] = told(pipeline, "wave")
        [notice] = pipeline.store.outbox.of_alert(int(str(alert["id"])))

        assert entries_of(pipeline, alert) == ["0", "1", "2"]
    assert alert["detail"] == "3 developments of attack within 1 day"
    assert notice["subject"].startswith("[critical] Wave of attacks: ")
    [delivery] = notice["deliveries"]
    assert "3 developments of attack within 1 day" in delivery["payload"]


def test_three_reprints_count_once(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        one = report(1, NOW - HOUR)
        for n in range(3):
            copy = ParsedEntry(id=f"copy-{n}", link=f"https://x.example/{n}", title=one.title, summary=one.summary)
            file(pipeline, NOW, copy, feed="ab"[n % 2])
        file(pipeline, NOW + MINUTE, report(2, NOW))
        assert told(pipeline, "wave") == []


def test_what_is_longer_ago_than_the_timespan_does_not_count(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(2))
        later = NOW + DAY
        file(pipeline, later, report(2, later))
        assert told(pipeline, "wave") == []


def test_a_wave_that_goes_on_is_one_alert(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        for n in range(12):
            file(pipeline, NOW + n * 4 * HOUR, report(n, NOW + n * 4 * HOUR))
        [alert] = told(pipeline, "wave")
        assert len(entries_of(pipeline, alert)) == 12


def test_places_are_counted_apart(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT + "\n  by: place") as pipeline:
        file(pipeline, NOW, *attacks(2, where="Kobani"), *attacks(2, where="Manbij", first=10), *attacks(5, first=20))
        assert told(pipeline, "wave") == []
        file(pipeline, NOW + MINUTE, report(50, NOW, where="Kobani"))
        [alert] = told(pipeline, "wave", "kobani")
        assert entries_of(pipeline, alert) == ["0", "1", "50"]
    assert alert["detail"] == "kobani: 3 developments of attack within 1 day"


def test_a_report_of_two_places_counts_in_each(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT + "\n  by: place") as pipeline:
        file(pipeline, NOW, *attacks(3, where="Kobani and Manbij"))
        assert [row["label"] for row in told(pipeline, "wave", "kobani") + told(pipeline, "wave", "manbij")] == [
            "kobani",
            "manbij",
        ]


def test_entities_are_those_that_the_rules_met(tmp_path: Path) -> None:
    by_state = rule("attack", "attack and ($turkey or $russia)").replace('"attack and', '"Turkey attack and')
    with watched(tmp_path, by_state, COUNT + "\n  by: entity") as pipeline:
        file(pipeline, NOW, *attacks(2, where="Turkish base"), *attacks(2, where="Russian base", first=10))
        assert told(pipeline, "wave") == []
        file(pipeline, NOW + MINUTE, report(50, NOW, where="Russian base"))
        assert [row["label"] for row in told(pipeline, "wave", "russia")] == ["russia"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_then_b_rings_in_whatever_order_the_reports_come_in(tmp_path: Path, order: tuple[int, int]) -> None:
    with watched(tmp_path, ATTACK, RAID, ORDERED) as pipeline:
        for n in order:
            file(pipeline, NOW, a_then_b()[n])
        [alert] = told(pipeline, "answer")
    assert alert["detail"] == "attack, then raid within 12 h"


@pytest.mark.parametrize("order", ["[attack, raid]", "[raid, attack]"])
def test_one_report_that_tells_of_a_and_b_counts_whatever_the_order_of_its_words(tmp_path: Path, order: str) -> None:
    with watched(tmp_path, ATTACK, RAID, ORDERED.replace("[attack, raid]", order)) as pipeline:
        file(pipeline, NOW, report(1, NOW - HOUR, "Attack and raid"))
        assert len(told(pipeline, "answer")) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_b_then_a_rings_only_where_the_order_does_not_count(tmp_path: Path, order: tuple[int, int]) -> None:
    b_then_a = report(1, NOW - 5 * HOUR, "Raid"), report(2, NOW - HOUR)
    with watched(tmp_path, ATTACK, RAID, ORDERED, BOTH.replace("answer", "both")) as pipeline:
        for n in order:
            file(pipeline, NOW, b_then_a[n])
        assert told(pipeline, "answer") == []
        assert len(told(pipeline, "both")) == 1


def test_a_late_reprint_of_a_does_not_make_it_come_after_b(tmp_path: Path) -> None:
    first = report(1, NOW - 20 * HOUR, "Raid")
    copy = ParsedEntry(id="c", link="https://x.example/c", title=first.title, summary=first.summary, published_at=NOW)
    with watched(tmp_path, ATTACK, RAID, ORDERED) as pipeline:
        file(pipeline, NOW - 19 * HOUR, first)
        file(pipeline, NOW - HOUR, report(2, NOW - HOUR))
        file(pipeline, NOW, copy, feed="b")
        assert told(pipeline, "answer") == []


def test_the_same_alerts_in_every_order_of_arrival(tmp_path: Path) -> None:
    entries = [
        report(1, NOW - 9 * HOUR), report(2, NOW - 7 * HOUR, "Raid"), report(3, NOW - 5 * HOUR),
        report(4, NOW - 2 * HOUR, "Raid"),
    ]  # fmt: skip
    outcomes = set()
    for number, order in enumerate(permutations(entries)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with watched(folder, ATTACK, RAID, ORDERED, COUNT.replace("gte: 3", "gte: 2")) as pipeline:
            for n, one in enumerate(order):
                file(pipeline, NOW + n * MINUTE, one)
            alerts = [*told(pipeline, "answer"), *told(pipeline, "wave")]
            outcomes.add(tuple((row["rule_id"], tuple(entries_of(pipeline, row))) for row in alerts))
    assert outcomes == {(("answer", ("1", "2", "3", "4")), ("wave", ("1", "3")))}


def test_what_is_denied_is_no_development(tmp_path: Path) -> None:
    loud = ATTACK + "\n  assert: {denied: alert}"
    with watched(tmp_path, loud, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(2), report(9, NOW, "Governor denied attack"))
        assert told(pipeline, "wave") == []


def test_a_rule_may_list_for_the_digest_what_only_counts_together(tmp_path: Path) -> None:
    quiet = ATTACK + "\n  assert: {done: digest, possible: digest}"
    with watched(tmp_path, quiet, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(2), report(9, NOW, "They may attack"))
        assert told(pipeline, "wave") == []
        file(pipeline, NOW + MINUTE, report(10, NOW))
        [alert] = pipeline.store.alerts.all(10)
        assert alert["rule_id"] == "wave"


def test_a_correlation_may_count_another(tmp_path: Path) -> None:
    both = BOTH.replace("[attack, raid]", "[wave, raid]")
    with watched(tmp_path, ATTACK, RAID, COUNT, both) as pipeline:
        file(pipeline, NOW + MINUTE, report(9, NOW - HOUR, "Raid"))
        file(pipeline, NOW, *attacks(3))
        assert len(told(pipeline, "answer")) == 1


@pytest.mark.parametrize("status", ["shadow", "muted"])
def test_in_shadow_it_is_recorded_and_tells_nobody(tmp_path: Path, status: str) -> None:
    with watched(tmp_path, ATTACK, f"{COUNT}\n  status: {status}") as pipeline:
        file(pipeline, NOW, *attacks(3))
        assert told(pipeline, "wave") == []
        lines = [one for n in (1, 2, 3) for one in pipeline.store.alerts.matches_of_entry(n)]
    quiet = [one for one in lines if one["rule_id"] == "wave"]
    assert {one["outcome"] for one in quiet} == {"dropped"}
    assert quiet[0]["detail"] == ("else alerted: so many within the timespan (3 developments of attack within 1 day)")


def test_what_was_in_shadow_rings_once_it_is_live(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, f"{COUNT}\n  status: shadow") as pipeline:
        file(pipeline, NOW, *attacks(3))
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        file(pipeline, NOW + MINUTE, report(9, NOW))
        [alert] = told(pipeline, "wave")
        assert len(entries_of(pipeline, alert)) == 4


def test_a_draft_does_nothing(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, f"{COUNT}\n  status: draft") as pipeline:
        file(pipeline, NOW, *attacks(3))
        assert pipeline.store.alerts.counts() == {"alerts": 3, "alerted": 3}


def test_a_pattern_that_is_renamed_goes_on_with_its_alert(tmp_path: Path) -> None:
    with watched(tmp_path, ATTACK, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(3))
    renamed = COUNT.replace("id: wave", "id: surge") + "\n  formerly: [wave]"
    with watched(tmp_path, ATTACK, renamed, since=NOW + HOUR) as pipeline:
        file(pipeline, NOW + HOUR, report(9, NOW + HOUR))
        [alert] = told(pipeline, "wave")
        assert told(pipeline, "surge") == []
        assert entries_of(pipeline, alert) == ["0", "1", "2", "9"]


def test_a_pattern_may_name_a_rule_by_a_name_it_had(tmp_path: Path) -> None:
    renamed = ATTACK.replace("id: attack", "id: assault") + "\n  formerly: [attack]"
    with watched(tmp_path, renamed, COUNT) as pipeline:
        file(pipeline, NOW, *attacks(3))
        assert len(told(pipeline, "wave")) == 1


TRACKED = """- id: st
  type: status
  owner: desk
  entity: $russia
  facets:
    deal: {states: [none, signed], to: {signed: "$russia and signed"}}
    base: {states: [open, closed], to: {closed: "$russia and closed"}}
  change: {quorum: {independent: 2, within: 72h}}
  tests: [{text: Russia signed, expect: match}, {text: Turkey, expect: no-match}]"""


def test_one_report_that_decides_two_facets_brings_two_developments(tmp_path: Path) -> None:
    with watched(tmp_path, TRACKED, COUNT.replace("attack", "st").replace("gte: 3", "gte: 2")) as pipeline:
        for feed, title in (
            ("a", "Russia signed the deal and closed its base near Qamishli"),
            ("b", "Base closed, agreement signed: what the farewell of Russia means"),
        ):
            file(pipeline, NOW, replace(entry(title, name=feed), published_at=NOW), feed=feed)
        alerts = {str(row["rule_id"]) + str(row["label"]): row for row in pipeline.store.alerts.all(9)}
        assert set(alerts) == {"stdeal: none → signed", "stbase: open → closed", "wave"}
        assert alerts["wave"]["detail"] == "2 developments of st within 1 day"
