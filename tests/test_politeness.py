"""What a publisher sees of us over many polls: spacing, validators, moves, pauses; over real HTTP."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.feed import HITS_TO_MOVE, HITS_TO_RETURN
from monitor.daemon import clock
from monitor.store import EntryStore, Store
from tests.support.desk import write_desk
from tests.support.http import Answer
from tests.support.stage import once
from tests.support.wire import Item, Wire, rss

HOUR = timedelta(hours=1)
XML = {"Content-Type": "application/rss+xml"}
NEWS = [Item(title="Weather in Ankara")]


class Subscription:
    """A desk with one feed, and what its publisher saw."""

    def __init__(self, folder: Path, wire: Wire, *, keys: str = "") -> None:
        self.wire = wire
        self.url = wire.publish("/feed", NEWS)
        self.desk = write_desk(folder / "desk", {"wire": self.url}, every="1h")
        if keys:
            listed = (self.desk / "feeds.yaml").read_text(encoding="utf-8")
            (self.desk / "feeds.yaml").write_text(listed.replace("id: wire,", f"id: wire, {keys},"), encoding="utf-8")
        self.store = folder / "store.db"

    def poll(self, *, due_only: bool = False) -> dict[str, Any]:
        """Poll once; the feed's row then. Without `due_only` its own interval does not count."""
        once(self.desk, self.store, everything=not due_only)
        return self.row()

    def row(self) -> dict[str, Any]:
        store = Store.read(self.store)
        (row,) = store.feeds.all()
        store.close()
        return row

    def wait(self) -> timedelta:
        """How long the feed is left alone from now on."""
        return datetime.fromisoformat(self.row()["next_due_at"]) - clock()

    def forget_its_pause(self) -> None:
        """As if the time the publisher asked for had passed."""
        store = Store.open(self.store)
        with store.transaction():
            store._connection.execute("UPDATE feeds SET not_before = NULL, next_due_at = ?", [clock()])
        store.close()

    @property
    def asked(self) -> int:
        return len(self.wire.requests)


@pytest.fixture
def subscription(tmp_path: Path, wire: Wire) -> Subscription:
    return Subscription(tmp_path, wire)


def test_a_restart_asks_nobody_who_is_not_due(subscription: Subscription) -> None:
    subscription.poll()
    for _ in range(3):
        subscription.poll(due_only=True)
    assert subscription.asked == 1


def test_every_request_after_the_first_is_conditional(subscription: Subscription) -> None:
    for _ in range(4):
        subscription.poll()
    assert ["If-None-Match" in request.headers for request in subscription.wire.requests] == [False, True, True, True]


def test_validators_follow_the_newest_answer(subscription: Subscription) -> None:
    answers = [
        Answer(body=rss([Item(title=f"Report {number}")]), headers={"ETag": f'"{number}"', **XML}) for number in (1, 2)
    ]
    for answer in answers:
        subscription.wire.answers["/feed"] = answer
        subscription.poll()
    subscription.poll()
    assert [request.headers.get("If-None-Match") for request in subscription.wire.requests] == [None, '"1"', '"2"']


def test_validators_of_a_body_that_is_no_feed_are_not_kept(subscription: Subscription) -> None:
    subscription.wire.answers["/feed"] = Answer(body=b"<html>hello</html>", headers={"ETag": '"page"'})
    subscription.poll()
    subscription.poll()
    assert "If-None-Match" not in subscription.wire.requests[1].headers


def test_retry_after_is_honoured_even_when_every_feed_is_asked_for(subscription: Subscription) -> None:
    subscription.wire.answers["/feed"] = Answer(status=429, headers={"Retry-After": "7200"})
    subscription.poll()
    subscription.poll()
    assert subscription.asked == 1
    assert subscription.wait() > 1.9 * HOUR


@pytest.mark.parametrize(
    "headers",
    [{"Cache-Control": "max-age=43200"}, {"Expires": "Thu, 01 Jan 2099 00:00:00 GMT"}],
    ids=["max-age", "Expires"],
)
def test_what_the_publisher_calls_fresh_is_not_asked_for_again(
    subscription: Subscription, headers: dict[str, str]
) -> None:
    subscription.wire.answers["/feed"] = Answer(body=rss(NEWS), headers={**XML, **headers})
    subscription.poll()
    subscription.poll()
    assert subscription.asked == 1
    assert 11.9 * HOUR < subscription.wait() <= 24 * HOUR


def test_a_ttl_in_the_document_is_a_floor(subscription: Subscription) -> None:
    body = rss(NEWS).replace(b"<description>", b"<ttl>300</ttl><description>", 1)
    subscription.wire.answers["/feed"] = Answer(body=body, headers=XML)
    row = subscription.poll()
    assert 4.9 * HOUR < subscription.wait() < 5.6 * HOUR
    assert "ttl" in row["due_why"]


def test_the_floor_of_a_304_counts_and_the_ttl_of_the_last_document_still_does(subscription: Subscription) -> None:
    body = rss(NEWS).replace(b"<description>", b"<ttl>120</ttl><description>", 1)
    subscription.wire.answers["/feed"] = Answer(body=body, headers={**XML, "ETag": '"1"'})
    subscription.poll()
    subscription.wire.answers["/feed"] = Answer(status=304, headers={"ETag": '"1"'})
    subscription.forget_its_pause()
    assert subscription.poll(due_only=True)["last_result"] == "unchanged"
    assert subscription.wait() > 1.9 * HOUR


def test_the_operator_may_replace_the_floor_but_not_a_retry_after(tmp_path: Path, wire: Wire) -> None:
    subscription = Subscription(tmp_path, wire, keys="floor: 1s")
    wire.answers["/feed"] = Answer(body=rss(NEWS), headers={**XML, "Cache-Control": "max-age=43200"})
    subscription.poll()
    assert subscription.wait() < 1.2 * HOUR
    wire.answers["/feed"] = Answer(status=503, headers={"Retry-After": "36000"})
    subscription.forget_its_pause()
    subscription.poll(due_only=True)
    assert subscription.wait() > 9.9 * HOUR


class TestAFeedThatMoved:
    def move(self, wire: Wire, status: int = 301) -> None:
        wire.answers["/feed"] = Answer(status=status, headers={"Location": "/new"})
        wire.publish("/new", NEWS)

    def paths(self, wire: Wire) -> list[str]:
        return [request.path for request in wire.requests]

    def test_it_is_asked_at_its_new_address_after_several_permanent_redirects(self, subscription: Subscription) -> None:
        self.move(subscription.wire)
        for _ in range(HITS_TO_MOVE):
            subscription.poll()
        subscription.wire.requests.clear()
        row = subscription.poll()
        assert self.paths(subscription.wire) == ["/new"]
        assert row["moved_to"] == subscription.wire.url("/new")

    def test_a_temporary_redirect_moves_nothing(self, subscription: Subscription) -> None:
        self.move(subscription.wire, 302)
        for _ in range(2 * HITS_TO_MOVE):
            subscription.poll()
        assert self.paths(subscription.wire).count("/feed") == 2 * HITS_TO_MOVE

    def test_one_plain_answer_in_between_starts_the_count_anew(self, subscription: Subscription) -> None:
        for _ in range(2):
            self.move(subscription.wire)
            for _ in range(HITS_TO_MOVE - 1):
                subscription.poll()
            del subscription.wire.answers["/feed"]
            assert subscription.poll()["moved_hits"] == 0

    def test_an_address_that_fails_is_given_up_for_the_desks_own(self, subscription: Subscription) -> None:
        self.move(subscription.wire)
        for _ in range(HITS_TO_MOVE):
            subscription.poll()
        subscription.wire.answers["/new"] = Answer(status=404)
        for _ in range(HITS_TO_RETURN):
            subscription.poll()
        del subscription.wire.answers["/feed"]
        subscription.wire.requests.clear()
        assert subscription.poll()["last_result"] in {"ok", "same", "unchanged"}
        assert self.paths(subscription.wire) == ["/feed"]


def test_410_stops_and_404_never_does(subscription: Subscription) -> None:
    subscription.wire.answers["/feed"] = Answer(status=404)
    for _ in range(8):
        assert subscription.poll()["stopped_at"] is None
    subscription.wire.answers["/feed"] = Answer(status=410)
    assert subscription.poll()["stopped_at"] is not None
    asked = subscription.asked
    subscription.poll()
    assert subscription.asked == asked


def test_nothing_is_kept_to_be_skipped_when_an_entry_could_not_be_filed(
    subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(EntryStore, "add", lambda *_, **__: json.loads("{"))
        assert subscription.poll()["entries"] == 0
    assert subscription.poll()["entries"] == 1
    assert "If-None-Match" not in subscription.wire.requests[1].headers
