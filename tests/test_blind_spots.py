"""What the desk cannot see is told as an alert of its own, once, and so is its end."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.feed import Fault
from monitor.errors import FeedError, FetchError, ParseError
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Same
from tests.support.desk import write_desk
from tests.support.stage import NOW, entry, pipeline_on, polled

CONFIG = """
    receivers:
      desk: {type: terminal}
      operator: {type: terminal}
    routes:
    - rules: [joint-patrol]
      receivers: [desk]
    - rules: [feed-outage]
      receivers: [operator]
    blind_spots: {severity: critical, owner: night-shift}
"""
FEEDS = {name: f"https://{name}.example/" for name in ("a", "b", "c", "d", "e", "f")}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    desk = write_desk(tmp_path / "desk", FEEDS, config=CONFIG, every="10m")
    with pipeline_on(desk, tmp_path / "s.db") as one:
        yield one


def fail(pipeline: Pipeline, feed_id: str, at: datetime, error: FeedError | None = None) -> None:
    refused = FetchError("the server answered 500", fault=Fault.REFUSED, status=500)
    pipeline.file(Polled(due=pipeline.store.feeds.get(feed_id), result=error or refused), at)


def works(pipeline: Pipeline, feed_id: str, at: datetime) -> None:
    pipeline.file(Polled(due=pipeline.store.feeds.get(feed_id), result=Same(result="unchanged")), at)


def told(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Receiver and head line of every notice, in order."""
    rows = pipeline.store.outbox.all(100)
    return [(row["receiver"], row["subject"]) for row in reversed(rows)]


def test_three_failures_in_a_row_ring_once_and_their_end_is_told(pipeline: Pipeline) -> None:
    for minute in range(6):
        fail(pipeline, "a", NOW + minute * MINUTE)
    assert told(pipeline) == [("operator", "[critical] Blind spot: a (a): failing")]
    works(pipeline, "a", NOW + 60 * MINUTE)
    works(pipeline, "a", NOW + 70 * MINUTE)
    assert told(pipeline)[1:] == [("operator", "OVER [critical] Blind spot: a (a): failing")]
    alert = pipeline.store.alerts.get(1)
    assert alert is not None
    assert (alert["state"], alert["owner"], alert["feed_id"]) == ("closed", "night-shift", "a")
    assert "500" in alert["detail"]


def test_it_may_ring_again_after_it_was_over(pipeline: Pipeline) -> None:
    for start in (0, 600):
        for minute in range(3):
            fail(pipeline, "a", NOW + (start + minute) * MINUTE)
        works(pipeline, "a", NOW + (start + 10) * MINUTE)
    assert [subject.startswith("OVER") for _, subject in told(pipeline)] == [False, True, False, True]


def test_two_failures_ring_nothing(pipeline: Pipeline) -> None:
    fail(pipeline, "a", NOW)
    fail(pipeline, "a", NOW + MINUTE)
    works(pipeline, "a", NOW + 2 * MINUTE)
    assert told(pipeline) == []


def test_a_feed_that_ended_is_told_at_once_and_asked_no_more(pipeline: Pipeline) -> None:
    pipeline.store.feeds.make_due(NOW)
    fail(pipeline, "a", NOW, FetchError("410", fault=Fault.GONE, status=410))
    assert [subject for _, subject in told(pipeline)] == ["[critical] Blind spot: a (a): failing"]
    later = NOW + timedelta(days=400)
    assert "a" not in {due.id for due in pipeline.store.feeds.lease_due(later, MINUTE, 100)}
    pipeline.store.feeds.make_due(later)
    assert "a" not in {due.id for due in pipeline.store.feeds.lease_due(later, MINUTE, 100)}


def test_a_feed_that_ended_is_asked_again_when_somebody_names_it(pipeline: Pipeline) -> None:
    fail(pipeline, "a", NOW, FetchError("410", fault=Fault.GONE, status=410))
    pipeline.store.feeds.make_due(NOW + MINUTE, "a")
    assert [due.id for due in pipeline.store.feeds.lease_due(NOW + MINUTE, MINUTE, 1, "a")] == ["a"]


def test_a_network_of_our_own_that_is_down_is_one_alert_and_its_end_another(pipeline: Pipeline) -> None:
    for feed_id in FEEDS:
        works(pipeline, feed_id, NOW)
    down = FetchError("the name cannot be resolved", fault=Fault.NO_ANSWER)
    for minute in range(10):
        for feed_id in FEEDS:
            fail(pipeline, feed_id, NOW + (10 + minute) * MINUTE, down)
    assert [subject for _, subject in told(pipeline)] == ["[critical] Blind spot: our own network: nobody answers"]
    for feed_id in FEEDS:
        works(pipeline, feed_id, NOW + 40 * MINUTE)
    assert len(told(pipeline)) == 2


def test_what_was_known_of_our_own_side_survives_a_restart(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", FEEDS, config=CONFIG, every="10m")
    down = FetchError("the name cannot be resolved", fault=Fault.NO_ANSWER)
    for minute in range(8):
        with pipeline_on(desk, tmp_path / "s.db", NOW + minute * MINUTE) as one:
            for feed_id in FEEDS:
                fail(one, feed_id, NOW + minute * MINUTE, down)
            told_so_far = told(one)
    assert len(told_so_far) == 1


def test_a_document_that_shares_nothing_with_the_last_one_is_told_and_polled_sooner(pipeline: Pipeline) -> None:
    def document(start: int) -> Polled:
        entries = [entry(f"Report number {number} from Ankara") for number in range(start, start + 10)]
        return Polled(due=pipeline.store.feeds.get("a"), result=polled("a", *entries).result)

    for step, start in enumerate((0, 4, 8)):
        pipeline.file(document(start), NOW + 10 * step * MINUTE)
    usual = pipeline.store.feeds.all()[0]
    pipeline.file(document(100), NOW + 30 * MINUTE)
    hurried = pipeline.store.feeds.all()[0]
    assert [subject for _, subject in told(pipeline)] == ["[critical] Blind spot: a (a): turned over"]
    waits = [
        datetime.fromisoformat(row["next_due_at"]) - datetime.fromisoformat(row["last_poll_at"])
        for row in (usual, hurried)
    ]
    assert waits[1] * 2 <= waits[0] * 1.1
    assert "turned over" in hurried["due_why"]


def test_a_page_in_place_of_a_feed_is_told_with_what_to_do(pipeline: Pipeline) -> None:
    page = ParseError("an HTML page arrived in place of a feed", fault=Fault.NO_FEED)
    for minute in range(3):
        works(pipeline, "b", NOW + minute * MINUTE)
        fail(pipeline, "a", NOW + minute * MINUTE, page)
    payload = json.loads(pipeline.store.outbox.of_notice(1)[0]["payload"])
    assert "HTML page" in payload["text"]
    assert "browser" in payload["text"]


def test_a_feed_that_left_the_desk_is_no_blind_spot_any_more(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", FEEDS, config=CONFIG)
    with pipeline_on(desk, tmp_path / "s.db") as one:
        for minute in range(3):
            fail(one, "a", NOW + minute * MINUTE)
        assert len(one.store.alerts.blind_spots()) == 1
    write_desk(tmp_path / "desk", {name: url for name, url in FEEDS.items() if name != "a"}, config=CONFIG)
    with pipeline_on(desk, tmp_path / "s.db") as one:
        assert one.store.alerts.blind_spots() == []
        assert len(told(one)) == 1


def test_a_feed_whose_turn_at_a_busy_host_did_not_come_has_not_failed(pipeline: Pipeline) -> None:
    waited = FetchError("its turn at this host did not come within 2 min", fault=Fault.THROTTLED)
    for minute in range(5):
        fail(pipeline, "a", NOW + minute * MINUTE, waited)
    assert told(pipeline) == []
    row = pipeline.store.feeds.all()[0]
    assert (row["failures"], row["polls"]) == (0, 0)
    assert "its turn" in row["due_why"]


def test_our_own_network_is_one_alert_at_any_pace(pipeline: Pipeline) -> None:
    for feed_id in FEEDS:
        works(pipeline, feed_id, NOW)
    down = FetchError("connection refused", fault=Fault.NO_ANSWER)
    for step in range(30):
        for feed_id in FEEDS:
            fail(pipeline, feed_id, NOW + timedelta(seconds=2 + 3 * step), down)
    assert [subject for _, subject in told(pipeline)] == ["[critical] Blind spot: our own network: nobody answers"]
