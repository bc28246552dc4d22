"""What a reload swaps, and what is under way meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.checks import outage_rule
from monitor.polls import Polled, Same
from tests.support.desk import write_desk
from tests.support.reloading import FEEDS, GAS, PATROL, Desk, settled, watched, with_gas
from tests.support.stage import NOW, entry, polled, staged

desk = settled


def test_feeds_come_and_go_with_the_list(desk: Desk) -> None:
    write_desk(desk.folder, {"b": FEEDS["b"], "c": "https://c.example/"})
    desk.wait(5)
    assert [row["id"] for row in desk.pipeline.store.feeds.all()] == ["b", "c"]
    assert set(desk.installed[-1].feeds) == {"b", "c"}
    assert {due.id for due in desk.pipeline.store.feeds.lease_due(desk.now, timedelta(minutes=1), 9)} == {"b", "c"}


def test_a_poll_under_way_of_a_feed_that_left_the_list_is_filed_by_the_new_rules(desk: Desk) -> None:
    under_way = desk.pipeline.store.feeds.get("a")
    write_desk(desk.folder, {"b": FEEDS["b"]})
    with_gas(desk.folder)
    desk.wait(5)
    tally = desk.pipeline.file(Polled(due=under_way, result=polled("a", GAS).result), desk.now)
    assert (tally.new, tally.alerts, tally.bugs) == (1, 1, 0)


def test_what_the_old_address_of_a_feed_left_behind_does_not_go_to_the_new_one(desk: Desk) -> None:
    feeds = desk.pipeline.store.feeds
    (under_way,) = (due for due in feeds.lease_due(desk.now, timedelta(hours=1), 9) if due.id == "a")
    write_desk(desk.folder, {**FEEDS, "a": "https://elsewhere.example/"})
    desk.wait(5)
    desk.pipeline.file(Polled(due=under_way, result=polled("a", PATROL).result), desk.now)
    (again,) = (due for due in feeds.lease_due(desk.now, timedelta(hours=1), 9) if due.id == "a")
    assert again.address == "https://elsewhere.example/"
    assert (again.validators.etag, again.succeeded) == ("", False)


def test_the_blind_spot_of_a_feed_ends_when_the_feed_leaves(desk: Desk) -> None:
    store = desk.pipeline.store
    app = staged(desk.folder, desk.folder / "s.db")
    rule = outage_rule(app.desk, app.config)
    store.alerts.open_blind(rule, "failing", feed_id="a", title="a", detail="", now=NOW)
    write_desk(desk.folder, {"b": FEEDS["b"]})
    desk.wait(5)
    assert store.alerts.blind_spots() == []


def test_receivers_and_routes_are_taken_up(desk: Desk) -> None:
    desk.write(
        "wirewatch.yaml",
        "receivers: {night: {type: terminal}, day: {type: terminal}}\nroutes: [{receivers: [night]}]\n",
    )
    desk.wait(5)
    assert set(desk.installed[-1].notifiers) == {"night", "day"}
    desk.alerts(PATROL)
    assert [row["receiver"] for row in desk.pipeline.store.outbox.all(9)] == ["night"]


def test_what_waits_for_a_receiver_that_was_removed_is_named(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.alerts(PATROL)
    desk.write("wirewatch.yaml", "receivers: {night: {type: terminal}}\n")
    desk.wait(5)
    assert "receiver=terminal" in caplog.text
    assert "its notices wait for it" in caplog.text


def test_what_needs_a_restart_says_so_and_the_rest_is_taken_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = "store: ../s.db\npolling: {workers: 2}\n"
    folder = write_desk(tmp_path / "desk", FEEDS, config=config)
    with watched(folder, named=False) as desk:
        with_gas(folder)
        desk.write("wirewatch.yaml", "store: other.db\npolling: {workers: 3, timeout: 7s}\n")
        desk.wait(5)
        assert 'setting=store error="restart to use it"' in caplog.text
        assert 'setting=polling.workers error="restart to use it"' in caplog.text
        new = desk.installed[-1]
        assert (new.workers, new.fetcher is desk.means.fetcher) == (2, False)
        assert desk.rules == ["gas-deal", "joint-patrol"]
        assert not (folder / "other.db").exists()


def test_what_is_known_of_hosts_outlives_a_reload_that_changes_no_manners(desk: Desk) -> None:
    with_gas(desk.folder)
    desk.wait(5)
    assert desk.installed[-1].fetcher is desk.means.fetcher


def test_a_longer_window_of_stories_brings_back_older_ones(desk: Desk) -> None:
    desk.write("wirewatch.yaml", "alerts: {story_window: 1h}\n")
    desk.wait(5)
    desk.alerts(PATROL)
    desk.now += timedelta(hours=2)
    desk.alerts(entry("A storm over the Aegean"))
    desk.write("wirewatch.yaml", "alerts: {story_window: 72h}\n")
    desk.wait(5)
    desk.pipeline.file(polled("b", entry(PATROL.title, name="reprint", outlet="Another")), desk.now)
    assert desk.pipeline.store.stories.count() == 2


def test_a_reload_leaves_an_unchanged_poll_alone(desk: Desk) -> None:
    under_way = desk.pipeline.store.feeds.get("a")
    with_gas(desk.folder)
    desk.wait(5)
    desk.pipeline.file(Polled(due=under_way, result=Same(result="unchanged")), desk.now)
    assert desk.pipeline.store.feeds.get("a").succeeded
