"""Commands know rules on how often: listings, `why`, `status`, `alerts show`."""

from pathlib import Path

from monitor.daemon import clock
from tests.cli.running import document, run
from tests.support.often import DAY, HOUR, MINUTE, file, report, rule, watched
from tests.support.stage import NOW

ATTACK = rule("attack", "attack", "spike: {window: 6h, against: 366d, ratio: 4, min: 6}")
PATROL = rule("patrol", "patrol", "absence: {expect_every: 21d, label: no patrol}")
WAVE = "- {id: wave, type: event_count, owner: desk, rules: [attack], timespan: 24h, by: place, condition: {gte: 2}}"


def staged(folder: Path) -> tuple[str, ...]:
    """A wave at Kobani, and no patrol since; the rest is told by the clock of today."""
    with watched(folder, ATTACK, PATROL, WAVE) as pipeline:
        file(pipeline, NOW, report(1, NOW - HOUR, where="Kobani"), report(2, NOW, "Patrol"))
        file(pipeline, NOW + MINUTE, report(3, NOW, where="Kobani"))
        file(pipeline, NOW + 30 * DAY)
        pipeline.tick(NOW + 30 * DAY)
    return ("--desk", str(folder / "desk"), "--store", str(folder / "store.db"))


def test_the_list_of_rules_has_those_that_count_others(tmp_path: Path) -> None:
    places = staged(tmp_path)[:2]
    rows = {row["id"]: row for row in document(run("rules", "list", "--json", *places))}
    assert [(row["id"], row["type"]) for row in rows.values()] == [
        ("attack", "event"), ("patrol", "event"), ("wave", "event_count"),
    ]  # fmt: skip
    assert (rows["wave"]["rules"], rows["wave"]["timespan"], rows["wave"]["by"]) == (["attack"], "1 day", "place")
    assert rows["attack"]["spike"] == "6 or more in 6 h, 4 times the usual"
    assert rows["patrol"]["absence"] == "one every 21 days"


def test_status_lists_what_is_absent_apart_from_blind_spots(tmp_path: Path) -> None:
    places = staged(tmp_path)
    found = document(run("status", "--json", *places))
    assert (found["blind_spots"], [row["title"] for row in found["absences"]]) == ([], ["no patrol"])
    lines = run("status", *places).output
    assert "absent      patrol: no patrol, told 2024-09-22 13:30" in lines
    assert "the last was told on 2024-08-23 13:30 UTC" in lines


def test_why_has_the_lines_of_a_rule_that_counts_the_entry(tmp_path: Path) -> None:
    places = staged(tmp_path)
    lines = run("why", "1", "--rule", "wave", *places).output
    assert "rule wave/kobani: alerted (so many within the timespan), alert 4" in lines


def test_an_alert_shows_what_it_counts(tmp_path: Path) -> None:
    places = staged(tmp_path)
    lines = run("alerts", "show", "4", *places).output
    assert "kobani: 2 developments of attack within 1 day" in lines
    assert lines.count("Attack at Kobani") == 2
    assert "\nlabel kobani\n" in lines
    assert "kobani: kobani" not in lines


def test_a_rule_that_reads_no_text_explains_none(tmp_path: Path) -> None:
    found = run("rules", "explain", "wave", "Attack at Kobani", *staged(tmp_path)[:2])
    assert found.exit_code == 2
    assert "rule 'wave' counts other rules and reads no text; name one of those" in " ".join(found.output.split())


def test_status_and_why_say_until_when_a_spike_warms_up(tmp_path: Path) -> None:
    began = clock()
    with watched(tmp_path, ATTACK, since=began) as pipeline:
        file(pipeline, began, report(1, began))
    places = ("--desk", str(tmp_path / "desk"), "--store", str(tmp_path / "store.db"))
    until = f"{began + 366 * DAY:%Y-%m-%d %H:%M}"
    assert f"warming up  attack: no spike before {until} UTC" in run("status", *places).output
    assert f"attack: its spike warms up until {until} UTC" in run("why", "1", *places).output


def test_why_of_a_spike_by_place_says_that_no_place_was_told_of(tmp_path: Path) -> None:
    spike = "spike: {window: 6h, against: 3d, ratio: 4, min: 6, by: place}"
    with watched(tmp_path, rule("attack", "attack", spike)) as pipeline:
        file(pipeline, NOW, report(1, NOW, where="Kobani"))
    places = ("--desk", str(tmp_path / "desk"), "--store", str(tmp_path / "store.db"))
    assert "its spike: no place was told of within 6 h, needs 6: not rung" in run("why", "attack", *places).output
