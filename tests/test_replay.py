"""Recorded polls through the whole pipeline."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.alert import Decision
from monitor.core.rule import Rule
from monitor.core.sighting import Sighting
from monitor.overtime import OverTime
from monitor.polls import Tally
from monitor.replay import feed_of, replay
from monitor.store import Store
from tests.support.desk import write_desk
from tests.support.program import wirewatch
from tests.support.stage import NOW, pipeline_on

HISTORY = Path(__file__).parents[2] / "shared" / "data" / "feeds" / "history"
FIRST = [
    "1",
    "https://a.example/1",
    "Turkey, Russia resume joint patrols",
    "Fri, 23 Aug 2024 13:10:00 GMT",
    "On the road",
]
CHANGED = [*FIRST[:2], "Turkey and Russia resume their joint patrols", *FIRST[3:]]
POLLS = {
    "a": [
        {"t": "2024-08-23T13:20:00+00:00", "n": 1, "add": [FIRST]},
        {"t": "2024-08-23T16:20:00+02:00", "n": 1, "add": [], "upd": [CHANGED], "back": [], "rem": []},
        {"t": "2024-08-23T15:20:00+00:00", "empty": True},
    ],
    "b": [{"t": "2024-08-23T13:30:00+00:00", "n": 1, "add": [["9", *FIRST[1:]]]}],
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return write_desk(tmp_path / "desk", {"unused": "https://a.example/"})


def recorded(folder: Path) -> list[Path]:
    paths = []
    for name, polls in POLLS.items():
        text = "".join(json.dumps(poll) + "\n" for poll in polls)
        path = folder / (f"{name}.jsonl.gz" if name == "a" else f"{name}.jsonl")
        path.write_bytes(gzip.compress(text.encode()) if name == "a" else text.encode())
        paths.append(path)
    return paths


def test_a_recording_runs_through_the_whole_pipeline_on_its_own_clock(desk: Path, tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    done = wirewatch("replay", *recorded(tmp_path), "--desk", desk, "--store", store, "--json")
    totals = json.loads(done.out)
    assert totals.pop("seconds") > 0
    assert totals == {
        "polls": 4, "entries": 2, "revisions": 1, "stories": 1, "matches": 3, "alerts": 1, "notices": 1,
        "deliveries": 1,
    }  # fmt: skip
    (alert,) = json.loads(wirewatch("alerts", "list", "--desk", desk, "--store", store, "--json").out)
    assert alert["opened_at"] == "2024-08-23T13:20:00.000000+00:00"


def test_a_recording_named_like_a_feed_of_the_desk_is_of_that_feed(desk: Path, tmp_path: Path) -> None:
    feed = "  - {id: b, url: 'https://b.example/rss', title: The Bee, country: TR, tier: 2, language: tr}\n"
    with (desk / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write(feed)
    rules = desk / "watch" / "rules.yaml"
    listens = "  sources: {min_tier: 2, countries: [TR]}\n  tests:"
    rules.write_text(rules.read_text(encoding="utf-8").replace("  tests:", listens), encoding="utf-8")
    store = tmp_path / "kept.db"
    done = wirewatch("replay", *recorded(tmp_path), "--desk", desk, "--store", store, "--json")
    assert json.loads(done.out)["matches"] == 1
    (alert,) = json.loads(wirewatch("alerts", "list", "--desk", desk, "--store", store, "--json").out)
    assert alert["opened_at"] == "2024-08-23T13:30:00.000000+00:00"
    kept = Store.read(store)
    assert [one.outlet for one in kept.alerts.reports(alert["id"])] == ["The Bee"]
    kept.close()


def test_a_recording_of_no_feed_of_the_desk_is_read_in_the_language_of_its_texts(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "unknown.jsonl"
    turkish = ["1", "https://c.example/1", "Türkiye ile Rusya, Kobani kırsalında ortak devriyeye başladı", "", ""]
    english = ["2", "https://c.example/2", "Turkey and Russia sign a gas deal in the capital", "", ""]
    path.write_text(json.dumps({"t": "2024-08-23T13:20:00+00:00", "add": [turkish, english]}) + "\n")
    store = tmp_path / "kept.db"
    assert wirewatch("replay", path, "--desk", desk, "--store", store).code == 0
    kept = Store.read(store)
    assert [kept.entries.get(number).language for number in (1, 2)] == ["en", "tr"]
    kept.close()


class Late(OverTime):
    """Something falls due so long after each match."""

    def __init__(self, waits: list[timedelta]) -> None:
        self._waits = waits
        self._due: list[datetime] = []
        self.ticked: list[datetime] = []

    def heard(
        self, _rule: Rule, seen: Sighting, _match: int, _decision: Decision, _alert: int | None, _tally: Tally
    ) -> None:
        self._due += [seen.at + wait for wait in self._waits]

    def due(self, now: datetime) -> bool:
        return any(at <= now for at in self._due)

    def tick(self, _tally: Tally, now: datetime) -> None:
        self.ticked.append(now)
        self._due = [at for at in self._due if at > now]


def replayed(desk: Path, folder: Path, late: Late) -> list[datetime]:
    with pipeline_on(desk, folder / "replayed.db", recorded=True) as pipeline:
        paths = recorded(folder)
        pipeline.store.feeds.sync([feed_of(path, {}) for path in paths], NOW)
        feeds = {feed.id: feed for feed in (feed_of(path, {}) for path in paths)}
        pipeline.take(replace(pipeline.parts, feeds=feeds, over_time=late), NOW)
        replay(pipeline, paths, lambda _: None)
    return late.ticked


def test_what_falls_due_by_the_clock_does_so_at_its_time_between_two_polls_and_after_the_last(
    desk: Path, tmp_path: Path
) -> None:
    first = datetime(2024, 8, 23, 13, 20, tzinfo=UTC)
    ticked = replayed(desk, tmp_path, Late([timedelta(minutes=7), timedelta(days=2)]))
    assert ticked == [
        first + wait + more
        for wait in (timedelta(minutes=7), timedelta(days=2))
        for more in (timedelta(0), timedelta(minutes=10), timedelta(hours=1))
    ]


def test_a_replay_runs_on_for_a_week_at_most(desk: Path, tmp_path: Path) -> None:
    assert replayed(desk, tmp_path, Late([timedelta(days=10)])) == []


def test_a_replay_begins_with_a_fresh_store(desk: Path, tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    store.touch()
    done = wirewatch("replay", *recorded(tmp_path), "--desk", desk, "--store", store)
    assert done.code == 3
    assert "a replay begins with a fresh one" in done.err


ENTRY = "an entry is [id, link, title, date, summary]"
AT = '"t": "2024-08-23T13:20:00Z"'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "each line is one object of JSON such as {"),
        ("[]", "each line is one object of JSON such as {"),
        ("[" * 100_000, "each line is one object of JSON such as {"),
        ("{}", "'t' is missing; give the time of the poll, such as 2024-08-23T13:20:00Z"),
        ('{"t": "yesterday"}', "'t' is no time: \"yesterday\"; give the time of the poll"),
        ('{"t": 3}', "'t' is no time: 3; give"),
        ('{"t": "0001-01-01T00:00:00+14:00"}', "'t' is no time"),
        (f'{{{AT}, "added": []}}', "it has no 'added'; known are add, back, empty, n, rem, t, upd"),
        (f'{{{AT}, "n": "many"}}', "'n' is how many entries the feed had, a whole number, not \"many\""),
        (f'{{{AT}, "n": -1}}', "'n' is how many entries the feed had"),
        (f'{{{AT}, "add": "a"}}', "'add' is a list of entries; an entry is [id, link, title, date, summary]"),
        (f'{{{AT}, "add": [["1"]]}}', f'{ENTRY}, five texts; date and summary may be null; not ["1"]'),
        (f'{{{AT}, "upd": [["1", "l", null, null, null]]}}', ENTRY),
        (f'{{{AT}, "upd": [{{"id": 3}}]}}', ENTRY),
    ],
)  # fmt: skip
def test_a_line_that_is_no_poll_is_named_with_what_is_wrong(desk: Path, tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(POLLS["b"][0]) + "\n" + line + "\n")
    done = wirewatch("replay", path, "--desk", desk)
    assert done.code == 1
    assert f"{path}:2: this is no recorded poll: {said}" in done.err
    assert "Traceback" not in done.err


def test_bytes_that_are_no_text_are_named(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(json.dumps(POLLS["b"][0]).encode() + b"\n\xff\n")
    done = wirewatch("replay", path, "--desk", desk)
    assert done.err.strip() == f"{path}: the file is no text in UTF-8"


def test_a_clock_that_goes_back_is_told_and_the_recording_runs_all_the_same(desk: Path, tmp_path: Path) -> None:
    path = tmp_path / "back.jsonl"
    days = [f"2024-08-{day}T13:20:00Z" for day in ("23", "21", "24", "22")]
    path.write_text("".join(json.dumps({"t": day, "n": 0, "add": []}) + "\n" for day in days))
    done = wirewatch("replay", path, "--desk", desk, "--json")
    assert (done.code, json.loads(done.out)["polls"]) == (0, 4)
    assert done.err.strip() == (
        f"{path}:2: warning: the clock goes back here (2 times in this file): the poll is of 2024-08-21 13:20, and the "
        "one above it of 2024-08-23 13:20; put polls in the order of time, or what was told by then stands"
    )


@pytest.mark.skipif(not HISTORY.is_dir(), reason="the recorded histories are not on this machine")
def test_the_recorded_histories_run_without_a_bug(desk: Path) -> None:
    done = wirewatch("replay", HISTORY / "economist.jsonl.gz", "--desk", desk, "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["entries"] > 500
