"""Faults that lie between two parts, each sound by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.arrivals import from_json
from monitor.core.feed import HITS_TO_MOVE, HITS_TO_RETURN, Fault, Hints
from monitor.core.health import BlindSpot
from monitor.errors import FetchError
from monitor.pipeline import Pipeline
from monitor.polls import Polled, Read, Same
from monitor.store import Store
from tests.support.desk import NEAR, TERMINAL, write_desk
from tests.support.stage import NOW, entry, once, pipeline_on, polled
from tests.support.wire import Item, Wire

MINUTE = timedelta(minutes=1)
LINK = "https://news.example/live"
DATE = "Fri, 23 Aug 2024 00:00:00 GMT"
FEEDS = {"a": "https://a.example/", "b": "https://b.example/"}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline_on(write_desk(tmp_path / "desk", FEEDS, every="10m"), tmp_path / "s.db") as one:
        yield one


def polls(pipeline: Pipeline, feed_id: str, result: Read | Same | FetchError, at: datetime) -> None:
    pipeline.file(Polled(due=pipeline.store.feeds.get(feed_id), result=result), at)


def document(*titles: str, **facts: Any) -> Read:
    result = polled("a", *(entry(title) for title in titles)).result
    assert isinstance(result, Read)
    return replace(result, **facts)


def spots(pipeline: Pipeline) -> list[str]:
    return [row["blind_spot"] for row in pipeline.store.alerts.blind_spots()]


@pytest.mark.parametrize("title", ["Live from the border", "Turkey, Russia resume joint patrols"])
def test_a_report_that_shares_link_and_date_with_one_still_listed_is_a_report_of_its_own(
    tmp_path: Path, wire: Wire, title: str
) -> None:
    earlier = Item(title="Live from the border", guid="1", link=LINK, date=DATE)
    filler = [Item(title=f"Report {number}", guid=f"f{number}") for number in range(5)]
    url = wire.publish("/feed", [earlier, *filler])
    desk, store = write_desk(tmp_path / "desk", {"wire": url}), tmp_path / "s.db"
    once(desk, store)
    news = Item(title=title, guid="2", link=LINK, date=DATE, summary="Turkey and Russia resume joint patrols.")
    wire.publish("/feed", [news, earlier, *filler])
    assert once(desk, store).alerts == 1


def test_a_new_address_is_another_feed_with_a_first_poll_of_its_own(tmp_path: Path, wire: Wire) -> None:
    config = f"{TERMINAL.strip()}\n{NEAR.replace('baseline: false', 'baseline: true')}"
    old = wire.publish("/old", [Item(title="Weather")])
    desk, store = write_desk(tmp_path / "desk", {"wire": old}, config=config), tmp_path / "s.db"
    once(desk, store)
    new = wire.publish("/new", [Item(title="Turkey, Russia resume joint patrols")])
    write_desk(tmp_path / "desk", {"wire": new}, config=config)
    assert once(desk, store).alerts == 0


def test_a_feed_that_comes_back_to_the_desk_still_blind_is_told_again(tmp_path: Path) -> None:
    down = FetchError("the server answered 500", fault=Fault.REFUSED, status=500)
    for feeds, times in ((FEEDS, 5), ({"b": FEEDS["b"]}, 0), (FEEDS, 5)):
        with pipeline_on(write_desk(tmp_path / "desk", feeds), tmp_path / "s.db") as one:
            for minute in range(times):
                polls(one, "a", down, NOW + minute * MINUTE)
            found = spots(one)
    assert found == ["failing"]


def test_a_window_that_is_too_short_for_its_interval_rings_once_and_is_read_more_often(pipeline: Pipeline) -> None:
    at, start, rang = NOW, 0, 0
    for _ in range(60):
        polls(pipeline, "a", document(*(f"Report {number}" for number in range(start, start + 10))), at)
        row = pipeline.store.feeds.all()[0]
        wait = datetime.fromisoformat(row["next_due_at"]) - at
        at, start = at + wait, start + int(wait / timedelta(seconds=40))
        rang = len([one for one in pipeline.store.alerts.all(100) if one["blind_spot"] == "turned over"])
    assert rang <= 2


def test_a_copy_or_a_ghost_in_a_document_hides_no_loss(pipeline: Pipeline) -> None:
    for step in range(3):
        first = document(*(f"Report {number}" for number in range(4 * step, 4 * step + 10)), listed=12)
        polls(pipeline, "a", first, NOW + 10 * step * MINUTE)
    other = document(*(f"Other {number}" for number in range(10)), listed=12)
    polls(pipeline, "a", other, NOW + 30 * MINUTE)
    assert spots(pipeline) == ["turned over"]


def test_entries_that_lose_their_dates_are_told_although_none_is_new(pipeline: Pipeline) -> None:
    def dated(step: int, *, dates: bool = True) -> Read:
        at = NOW + step * 10 * MINUTE
        names = range(step, step + 10)
        entries = [
            replace(entry(f"Report {name}"), published_at=at - (step + 10 - name) * MINUTE if dates else None)
            for name in names
        ]
        result = polled("a", *entries).result
        assert isinstance(result, Read)
        return result

    for step in range(60):
        polls(pipeline, "a", dated(step), NOW + step * 10 * MINUTE)
    assert spots(pipeline) == []
    for step in range(60, 66):
        polls(pipeline, "a", dated(step, dates=False), NOW + step * 10 * MINUTE)
    assert BlindSpot.UNDATED.value in spots(pipeline)


def test_validators_of_an_address_that_was_given_up_are_not_sent_to_another(pipeline: Pipeline) -> None:
    for step in range(HITS_TO_MOVE):
        polls(pipeline, "a", document("One", moved_to="https://new.example/feed"), NOW + step * MINUTE)
    assert pipeline.store.feeds.get("a").address == "https://new.example/feed"
    polls(pipeline, "a", document("Two"), NOW + 10 * MINUTE)
    assert pipeline.store.feeds.get("a").validators.etag == '"1"'
    for step in range(HITS_TO_RETURN):
        polls(pipeline, "a", FetchError("down"), NOW + (20 + step) * MINUTE)
    due = pipeline.store.feeds.get("a")
    assert (due.address, due.validators.etag, due.seen.body) == (FEEDS["a"], "", b"")


def test_quiet_hours_of_a_publisher_outlast_a_restart(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", FEEDS, every="10m")
    hours = frozenset(range(NOW.hour, NOW.hour + 6))
    with pipeline_on(desk, tmp_path / "s.db") as one:
        polls(one, "a", document("One", hints=Hints(skip_hours=hours)), NOW)
        before = one.store.feeds.all()[0]["next_due_at"]
    with pipeline_on(desk, tmp_path / "s.db", NOW + MINUTE) as one:
        assert one.store.feeds.all()[0]["next_due_at"] == before
        one.store.feeds.make_due(NOW + 2 * MINUTE)
        assert one.store.feeds.all()[0]["next_due_at"] == before


def test_a_clock_that_is_set_back_delays_nothing_that_waits(pipeline: Pipeline) -> None:
    ahead = NOW + timedelta(days=365)
    polls(pipeline, "a", document("One", fresh_for=timedelta(hours=1)), ahead)
    pipeline.file(polled("b", entry("Turkey, Russia resume joint patrols")), ahead)
    pipeline.catch_up(NOW)
    assert {due.id for due in pipeline.store.feeds.lease_due(NOW, MINUTE, 9)} == {"a", "b"}
    assert len(pipeline.store.outbox.lease_due(NOW, MINUTE, receivers=["terminal"])) == 1


def test_what_matters_of_a_feed_counts_entries_and_not_rules(pipeline: Pipeline) -> None:
    polls(pipeline, "a", document("Turkey, Russia resume joint patrols", "Weather"), NOW)
    polls(pipeline, "a", document("Turkey and Russia resume joint patrols in Syria", "Grain", "Olives"), NOW + MINUTE)
    known = from_json(pipeline.store.feeds.get("a").cadence)
    assert 0 < known.matches <= 2 < known.entries


def test_a_bug_while_telling_forgets_nothing_of_our_own_side(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pipeline._aftermath._reach
    with monkeypatch.context() as broken:
        broken.setattr("monitor.store.feeds.FeedStore.settle", lambda *_, **__: [].pop())
        with pytest.raises(IndexError):
            polls(pipeline, "a", FetchError("down"), NOW)
    assert pipeline._aftermath._reach == before
    assert pipeline.store.facts.get("reach") == ""


def test_replayed_polls_ring_whatever_the_desk_says_of_first_polls(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", FEEDS)
    listed = (desk / "feeds.yaml").read_text(encoding="utf-8")
    (desk / "feeds.yaml").write_text(listed.replace("id: a,", "id: a, baseline: true,"), encoding="utf-8")
    with pipeline_on(desk, tmp_path / "s.db", recorded=True) as one:
        polls(one, "a", document("Turkey, Russia resume joint patrols"), NOW)
        assert one.store.alerts.counts()["alerts"] == 1


def test_a_store_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    with pipeline_on(write_desk(tmp_path / "desk", FEEDS), tmp_path / "s.db") as one:
        polls(one, "a", document("One"), NOW)
        store = Store.read(tmp_path / "s.db")
        assert store.feeds.get("a").succeeded
        store.close()
