"""The writing half, driven entry by entry: what is told, what is folded, and why."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.entry import Document, ParsedEntry
from monitor.core.match import Matcher, Survey
from monitor.errors import FetchError
from monitor.pipeline import LEASE, Pipeline
from monitor.polls import Polled, Same
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.stage import NOW, due, entry, pipeline_on, polled

REPORT = (
    "Turkey and Russia have resumed joint patrols after a pause of ten months, the ministry said on Friday morning."
)
HOUR = timedelta(hours=1)
CRITICAL = PATROL_RULE.replace("severity: high", "severity: critical")
EXCLUDING = PATROL_RULE.replace(
    "notes:", "exclude: [{name: drill, when: exercise, reason: only an exercise}]\n      notes:"
)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/", "b": "https://b.example/"})
    with pipeline_on(desk, tmp_path / "store.db") as one:
        yield one


def ledger(pipeline: Pipeline) -> list[tuple[str, str]]:
    rows = pipeline.store._connection.rows("SELECT outcome, reason FROM matches ORDER BY id")
    return [(row["outcome"], row["reason"]) for row in rows]


def payloads(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [json.loads(row["payload"]) for row in pipeline.store._connection.rows("SELECT payload FROM deliveries")]


def resumed(number: int = 0, **changes: str) -> ParsedEntry:
    titles = ["Turkey, Russia resume joint patrols in Syria", "Joint patrols are back", "Vehicles roll near the border"]
    return entry(titles[number % 3], changes.get("summary", REPORT), name=f"{number}", outlet=f"Outlet {number}")


def test_the_first_match_alerts_and_says_why(pipeline: Pipeline) -> None:
    tally = pipeline.file(polled("a", resumed()), NOW)
    assert (tally.new, tally.matches, tally.alerts) == (1, 1, 1)
    assert ledger(pipeline) == [("alerted", "first match of this rule on this development")]
    (payload,) = payloads(pipeline)
    for told in (
        "Turkey-Russia joint patrol",
        "first match",
        "Outlet 0",
        "https://news.example/0",
        "«joint» «patrols»",
    ):
        assert told in payload["text"]


def test_reprints_in_one_poll_are_one_notice_that_names_every_outlet(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", *(resumed(number) for number in range(11))), NOW)
    (payload,) = payloads(pipeline)
    assert "(11 reports)" in payload["text"]
    assert sorted(outcome for outcome, _ in ledger(pipeline)) == ["alerted"] + ["folded"] * 10


def test_reprints_of_the_next_seconds_join_a_notice_that_was_not_sent(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", resumed(0)), NOW)
    pipeline.file(polled("b", resumed(1)), NOW + timedelta(seconds=3))
    (payload,) = payloads(pipeline)
    assert "Outlet 0, Outlet 1 (2 reports)" in payload["text"]


def test_reprints_after_the_notice_was_sent_are_folded_in_silence(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", resumed(0)), NOW)
    (due,) = pipeline.store.outbox.lease_due(NOW, LEASE, receivers=["terminal"], hurry=True)
    pipeline.settle(due, None, NOW)
    pipeline.file(polled("b", resumed(1)), NOW + HOUR)
    (payload,) = payloads(pipeline)
    assert "Outlet 1" not in payload["text"]
    assert ledger(pipeline)[1] == ("folded", "copy of a report that was told")


def test_a_critical_rule_does_not_wait_for_reprints(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/"}, rules=CRITICAL)
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        pipeline.file(polled("a", resumed()), NOW)
        assert len(pipeline.store.outbox.lease_due(NOW, LEASE, receivers=["terminal"])) == 1


def test_the_same_entry_again_is_nothing_new(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", resumed()), NOW)
    tally = pipeline.file(polled("a", resumed()), NOW + HOUR)
    assert (tally.new, tally.revised, tally.matches) == (0, 0, 0)


def test_a_changed_headline_that_still_matches_gives_no_second_alert(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Turkey and Russia resume joint patrols", name="x")), NOW)
    tally = pipeline.file(
        polled("a", entry("Joint patrols of Turkey and Russia restart in Syria", name="x")), NOW + HOUR
    )
    assert (tally.revised, tally.matches, tally.alerts) == (1, 1, 0)
    assert ledger(pipeline)[1] == ("folded", "revision of an entry that was told")


def test_a_revision_that_says_the_opposite_alerts_again(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Turkey and Russia resume joint patrols", name="x")), NOW)
    tally = pipeline.file(polled("a", entry("Turkey and Russia suspend joint patrols", name="x")), NOW + HOUR)
    assert tally.alerts == 1
    assert ledger(pipeline)[1] == ("alerted", "the entry was revised and now says something else")


def test_a_revision_is_matched_again(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Military convoy seen near the border", name="x")), NOW)
    tally = pipeline.file(polled("a", entry("Turkey and Russia on joint patrol", name="x")), NOW + HOUR)
    assert (tally.revised, tally.alerts) == (1, 1)


def test_the_text_that_a_revision_replaced_is_kept(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("First title", "First text", name="x")), NOW)
    pipeline.file(polled("a", entry("Second title", "Second text", name="x")), NOW + HOUR)
    (old,) = pipeline.store.entries.revisions(1)
    assert (old["revision"], old["title"], old["summary"]) == (1, "First title", "First text")
    assert pipeline.store.entries.get(1).title == "Second title"


def test_the_opposite_development_is_not_folded(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Turkey and Russia resume joint patrols in Syria")), NOW)
    tally = pipeline.file(polled("b", entry("Turkey and Russia suspend joint patrols in Syria")), NOW + HOUR)
    assert tally.alerts == 1


def test_a_report_in_another_language_joins_the_alert(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Turkey and Russia resume joint patrols")), NOW)
    tally = pipeline.file(polled("b", entry("Türkiye ile Rusya joint patrol için anlaştı")), NOW + HOUR)
    assert (tally.matches, tally.alerts) == (1, 0)
    assert ledger(pipeline)[1] == ("folded", "another report on a development that was told")


def test_a_development_of_the_next_day_alerts_again(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("Turkey and Russia hold joint patrol")), NOW)
    tally = pipeline.file(polled("b", entry("New joint patrol by Russia and Turkey reported today")), NOW + 24 * HOUR)
    assert tally.alerts == 1


def test_a_dropped_match_is_stored_with_its_reason_and_told_to_nobody(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/"}, rules=EXCLUDING)
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        tally = pipeline.file(polled("a", entry("Turkey, Russia plan joint patrol exercise")), NOW)
        assert (tally.matches, tally.alerts) == (1, 0)
        assert ledger(pipeline) == [("dropped", "dropped by an exclusion")]
        assert payloads(pipeline) == []


def test_a_failed_poll_backs_off_and_honours_retry_after(pipeline: Pipeline) -> None:
    refused = FetchError("429", status=429, retry_after=timedelta(hours=3))
    tally = pipeline.file(Polled(due=due("a"), result=refused), NOW)
    assert tally.error == "429"
    row = next(row for row in pipeline.store.feeds.all() if row["id"] == "a")
    assert (row["failures"], row["last_error"]) == (1, "429")
    assert row["next_due_at"] >= (NOW + timedelta(hours=3)).isoformat()


def test_a_304_keeps_validators_and_clears_failures(pipeline: Pipeline) -> None:
    pipeline.file(polled("a"), NOW)
    pipeline.file(Polled(due=due("a"), result=FetchError("down")), NOW)
    pipeline.file(Polled(due=due("a", failures=1), result=Same(result="unchanged")), NOW)
    row = next(row for row in pipeline.store.feeds.all() if row["id"] == "a")
    assert (row["etag"], row["failures"], row["last_error"], row["last_result"]) == ('"1"', 0, "", "unchanged")


def test_the_stories_of_the_window_are_known_again_after_a_restart(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/", "b": "https://b.example/"})
    with pipeline_on(desk, tmp_path / "store.db") as pipeline:
        pipeline.file(polled("a", resumed(0)), NOW)
    with pipeline_on(desk, tmp_path / "store.db", NOW + HOUR) as pipeline:
        tally = pipeline.file(polled("b", resumed(1)), NOW + HOUR)
        assert (tally.matches, tally.alerts) == (1, 0)
        assert pipeline.store.stories.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x07",
        "\ud800 lone",
        "\u202eevil\u202c",
        "\U0001f1f9\U0001f1f7" * 500,
        "e\u0301" * 50_000,
        "<b>" * 5000,
        "'" * 300,
        "\u0130" * 1000,
        "Z\u0334\u0319\u0355a\u0337l" * 500,
    ],
)
def test_no_text_stops_a_feed(pipeline: Pipeline, text: str) -> None:
    title = f"Turkey and Russia on joint patrol {text[:200]}"
    tally = pipeline.file(polled("a", entry(title, text, name=text[:50], outlet=text[:50])), NOW)
    assert (tally.status, tally.alerts) == ("ok", 1)


def test_an_entry_that_trips_a_bug_hides_no_other_and_leaves_no_trace(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Matcher.survey

    def poisoned(self: Matcher, document: Document, *rest: Any) -> Survey:
        if "poison" in document.parts[0].text:
            raise RecursionError
        return original(self, document, *rest)

    poison = entry("Turkey, Russia resume joint patrols in Syria, poison", REPORT, name="x")
    with monkeypatch.context() as patch:
        patch.setattr(Matcher, "survey", poisoned)
        tally = pipeline.file(polled("a", poison, resumed(1), poison), NOW)
    assert (tally.status, tally.bugs, tally.new, tally.alerts) == ("ok", 2, 1, 1)
    assert pipeline.store.entries.count() == 1
    # Asked for again without validators, and filed once the bug is gone.
    assert next(row for row in pipeline.store.feeds.all() if row["id"] == "a")["etag"] == ""
    assert pipeline.file(polled("a", poison), NOW + HOUR).new == 1


def test_an_entry_without_a_title_is_told_by_its_first_words(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry("", REPORT, name="untitled")), NOW)
    (payload,) = payloads(pipeline)
    assert "Turkey and Russia have resumed joint patrols after a pause of ten months, the …" in payload["text"]
