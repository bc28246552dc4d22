"""Recorded polls through the whole pipeline."""

import gzip
import json
from pathlib import Path

import pytest

from tests.support.desk import write_desk
from tests.support.program import wirewatch

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


def test_a_replay_begins_with_a_fresh_store(desk: Path, tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    store.touch()
    done = wirewatch("replay", *recorded(tmp_path), "--desk", desk, "--store", store)
    assert done.code == 3
    assert "a replay begins with a fresh one" in done.err


@pytest.mark.parametrize("line", ["no json", "[]", '{"t": "yesterday"}', '{"t": "2024-08-23T13:20:00Z", "added": []}'])
def test_a_line_that_is_no_poll_is_named(desk: Path, tmp_path: Path, line: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(POLLS["b"][0]) + "\n" + line + "\n")
    done = wirewatch("replay", path, "--desk", desk)
    assert done.code == 1
    assert f"{path}:2: this is no recorded poll" in done.err
    assert "Traceback" not in done.err


@pytest.mark.skipif(not HISTORY.is_dir(), reason="the recorded histories are not on this machine")
def test_the_recorded_histories_run_without_a_bug(desk: Path) -> None:
    done = wirewatch("replay", HISTORY / "economist.jsonl.gz", "--desk", desk, "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["entries"] > 500
