"""Guards of rules, switched off one at a time: each that a rule has, and no other."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.rule import Ruleset
from monitor.ruleset.desk import load_desk
from monitor.ruleset.guards import believing, due_within, guards, timed, unguarded
from tests.support.desk import write_desk

TESTS = "tests: [{text: a, expect: match}, {text: b, expect: no-match}]"
PLAIN = f"- {{id: plain, owner: o, match: patrol, {TESTS}}}"
STATUS = f"""\
- id: state
  type: status
  owner: o
  entity: $turkey
  facets: {{f: {{states: [a, b], to: {{b: patrol}}}}}}
  {TESTS}
"""
PATTERN = "- {id: wave, type: event_count, owner: o, rules: [plain], timespan: 24h, condition: {gte: 2}}"


def ruleset(folder: Path, *rules: str) -> Ruleset:
    return load_desk(
        write_desk(folder / "desk", {"a": "https://a.example/"}, rules="rules:\n" + "\n".join(rules) + "\n")
    ).ruleset


def names(found: Ruleset) -> set[str]:
    return {one.name for one in guards(found)}


def test_any_rule_is_guarded_by_how_a_text_says_it_and_by_nothing_that_it_does_not_say(tmp_path: Path) -> None:
    assert names(ruleset(tmp_path, PLAIN)) == {"assert"}


EVENTS = {
    "exclude: [{name: n, when: sport, reason: r}]": "exclude",
    "sources: {min_tier: 2}": "sources",
    "escalate: [{quiet_for: 30d, label: L}]": "escalate.quiet_for",
    "escalate: [{independent: 2, within: 6h, label: L}]": "escalate.independent",
    "escalate: [{source_is: official, label: L}]": "escalate.source_is",
    "escalate: [{assert: denied, label: L}]": "escalate.assert",
    "numbers: {n: {near: killed, expect: any}}, escalate: [{number: n, at_least: 3, label: L}]": "escalate.number",
    "numbers: {n: {near: killed, expect: any, alert_on: {min_delta: 3}}}": "alert_on.min_delta",
    "numbers: {n: {near: killed, expect: any, alert_on: {ratio: 2}}}": "alert_on.ratio",
    "numbers: {n: {near: killed, expect: any, alert_on: {jump_over: 20}}}": "alert_on.jump_over",
    "numbers: {n: {near: killed, expect: any, alert_on: {change: false}}}": "alert_on.change",
    "numbers: {n: {near: killed}}": "numbers.expect",
}


@pytest.mark.parametrize(("key", "guard"), EVENTS.items(), ids=list(EVENTS.values()))
def test_each_guard_of_an_event_is_switched_off_by_itself(key: str, guard: str, tmp_path: Path) -> None:
    assert names(ruleset(tmp_path, PLAIN.replace("tests:", f"{key}, tests:"))) == {"assert", guard}


@pytest.mark.parametrize(
    ("match", "guard"),
    [
        ("patrol and not drill", "not"),
        ("{event: {action: patrol, actors: [$turkey, $russia], joint: true}}", "joint"),
        ("{event: {action: patrol, actors: $turkey, no_other: $russia}}", "no_other"),
        ("{any: [{all: [patrol, {title: patrol and not drill}]}, {at_least: 1, of: [x and not y]}]}", "not"),
    ],
)
def test_what_a_query_bars_or_asks_for_beside_words_is_a_guard(match: str, guard: str, tmp_path: Path) -> None:
    assert names(ruleset(tmp_path, PLAIN.replace("match: patrol", f"match: {match}"))) == {"assert", guard}


def test_a_spike_has_three_guards(tmp_path: Path) -> None:
    spike = "spike: {window: 6h, against: 3d, ratio: 2, min: 3}, tests:"
    found = names(ruleset(tmp_path, PLAIN.replace("tests:", spike)))
    assert found == {"assert", "spike.min", "spike.ratio", "spike.against"}


@pytest.mark.parametrize(
    ("was", "now", "guard"),
    [
        ("to:", "authority: [$turkey], to:", "authority"),
        ("owner: o", "owner: o\n  change: {hold: 2h}", "change.hold"),
        ("owner: o", "owner: o\n  change: {milestone: never}", "change.milestone"),
    ],
)
def test_a_status_rule_is_guarded_by_its_quorum_and_what_else_its_change_asks_for(
    was: str, now: str, guard: str, tmp_path: Path
) -> None:
    usual = {"assert", "change.quorum", "change.fresh", "change.boilerplate"}
    assert names(ruleset(tmp_path, STATUS)) == usual
    assert names(ruleset(tmp_path, STATUS.replace(was, now))) == usual | {guard}


@pytest.mark.parametrize(
    ("kind", "more", "found"),
    [
        ("event_count, by: place", "", {"condition.gte", "timespan", "by"}),
        ("temporal", ", other", {"rules", "timespan"}),
        ("temporal_ordered", ", other", {"rules", "timespan", "type: temporal_ordered"}),
    ],
)
def test_a_pattern_is_guarded_by_what_it_asks_for(kind: str, more: str, found: set[str], tmp_path: Path) -> None:
    wave = PATTERN.replace("event_count", kind).replace("[plain]", f"[plain{more}]")
    wave = wave if "event_count" in kind else wave.replace(", condition: {gte: 2}", "")
    assert names(ruleset(tmp_path, PLAIN, PLAIN.replace("plain", "other"), wave)) == {"assert", *found}


def test_without_any_guard_nothing_is_left_to_switch_off_but_what_makes_a_development(tmp_path: Path) -> None:
    every = PLAIN.replace(
        "tests:", f"{', '.join(list(EVENTS)[:3])}, spike: {{window: 6h, against: 3d, ratio: 2, min: 3}}, tests:"
    )
    bare = unguarded(ruleset(tmp_path, every, STATUS, PATTERN))
    assert names(bare) <= {"escalate.independent", "timespan", "change.milestone"}
    assert unguarded(bare).rules == bare.rules
    assert believing(bare).correlations == bare.correlations


def test_what_the_clock_wears_down_comes_sooner_and_the_rest_stays(tmp_path: Path) -> None:
    absent = PLAIN.replace("tests:", "absence: {expect_every: 21d}, tests:")
    held = STATUS.replace("owner: o", "owner: o\n  change: {hold: 2h}")
    found = ruleset(tmp_path, absent, held)
    assert [timed(rule) for rule in found.rules.values()] == ["absence.expect_every", "change.hold"]
    sooner = due_within(found, timedelta(minutes=5)).rules
    assert sooner["plain"].absence is not None
    assert sooner["plain"].absence.expect_every == sooner["state"].change.hold == timedelta(minutes=5)
    assert sooner["state"].change.quorum == found.rules["state"].change.quorum
