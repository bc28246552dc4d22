"""What rules may say on how often, and what is refused."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.core.frequency import Absence, By, Pattern, Spike, Start
from monitor.core.rule import Ruleset, Status
from monitor.core.severity import Severity
from monitor.errors import ConfigError
from monitor.ruleset.desk import load_desk
from monitor.ruleset.lint import lint
from tests.support.often import desk_of, rule

WAVE = "- {id: wave, type: event_count, owner: desk, rules: [attack], timespan: 24h, condition: {gte: 3}}"
TIDE = WAVE.replace("wave", "tide").replace("[attack]", "[wave]").replace("owner", "by: place, owner")
FLOOD = WAVE.replace("wave", "flood").replace("[attack]", "[tide]")
SPIKE = "spike: {window: 6h, against: 28d, ratio: 4, min: 6}"


def read(folder: Path, *rules: str) -> Ruleset:
    return load_desk(desk_of(folder, *rules)).ruleset


def refused(folder: Path, *rules: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(folder, *rules)
    return [problem.message for problem in error.value.problems]


def test_a_spike_with_everything(tmp_path: Path) -> None:
    more = "same_hours: false, by: place, severity: critical, label: UP}"
    said = SPIKE.replace("ratio: 4", "ratio: 2.5").replace("}", f", {more}")
    assert read(tmp_path, rule("attack", "attack", said)).rules["attack"].spike == Spike(
        window=timedelta(hours=6), against=timedelta(days=28), ratio=2.5, least=6, same_hours=False, by=By.PLACE,
        severity=Severity.CRITICAL, label="UP",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "after"),
    [("", Start.FIRST_MATCH), (", after: start", Start.START), (", after: 2024-08-22", date(2024, 8, 22))],
)
def test_an_absence_counts_from_a_match_from_the_start_or_from_a_day(tmp_path: Path, said: str, after: object) -> None:
    found = read(tmp_path, rule("patrol", "patrol", f"absence: {{expect_every: 21d{said}}}")).rules["patrol"].absence
    assert found == Absence(expect_every=timedelta(days=21), after=after)  # type: ignore[arg-type]


def test_a_rule_that_counts_others_has_no_query_and_takes_the_defaults_that_are_its_business(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, rule("attack", "attack"), WAVE.replace(", owner: desk", ", formerly: [tide]"))
    file = desk / "watch" / "rules.yaml"
    defaults = "defaults: {owner: syria, severity: high, status: shadow, scope: [body]}\n"
    file.write_text(defaults + file.read_text(encoding="utf-8"), encoding="utf-8")
    wave = load_desk(desk).ruleset.correlations["wave"]
    assert (wave.pattern, wave.rules, wave.timespan, wave.least) == (
        Pattern.EVENT_COUNT, ("attack",), timedelta(days=1), 3,
    )  # fmt: skip
    assert (wave.owner, wave.severity, wave.status, wave.names) == (
        "syria", Severity.HIGH, Status.SHADOW, ("wave", "tide"),
    )  # fmt: skip


def test_a_rule_may_be_counted_by_a_name_it_had_and_from_a_file_that_is_read_later(tmp_path: Path) -> None:
    found = read(tmp_path, WAVE.replace("[attack]", "[assault]"), rule("attack", "attack", "formerly: [assault]"))
    assert found.correlations["wave"].rules == ("attack",)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (SPIKE.replace(", min: 6", ""), "'spike' lacks 'min'; add it"),
        (SPIKE.replace("min: 6", "min: 1"), "'min' is a whole number from 2 to 10000, not '1'"),
        (SPIKE.replace("ratio: 4", "ratio: 1"), "'ratio' is a number from 1.1 to 1000: so many times the usual"),
        (SPIKE.replace("window: 6h", "window: 48h"), "'window' is at most 1d where the same hours are compared"),
        (SPIKE.replace("against: 28d", "against: 60h"), "'against' is whole days, 3d or more, where their same hours"),
        (SPIKE.replace("against: 28d", "against: 2x"), "'against' is a duration from 1d to 366d"),
        (SPIKE.replace("window: 6h, against: 28d", "window: 12h, against: 1d, same_hours: false"),
         "'against' is at least 4 times 'window'"),
        (SPIKE.replace("min: 6", "min: 6, by: feed"), "'by' is one of place, entity, not 'feed'"),
        (SPIKE.replace("min: 6", "min: 6, windw: 1"), "unknown key 'windw' in 'spike'; did you mean 'window'?"),
        ("absence: {after: start}", "'absence' lacks 'expect_every'; add it"),
        ("absence: {expect_every: 21d, after: monday}", "'after' is first_match, start or a date, written as"),
        ("absence: {expect_every: 5m}", "'expect_every' is a duration from 1h to 3650d"),
        (f"absence: {{expect_every: 5d, label: {'x' * 61}}}", "'label' stands in a subject line; use 60 characters"),
    ],
)  # fmt: skip
def test_a_slip_in_a_rule_is_one_clear_line(tmp_path: Path, said: str, message: str) -> None:
    [found] = refused(tmp_path, rule("attack", "attack", said))
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (WAVE.replace("[attack]", "[atack]"),
         "rule 'wave' counts 'atack', and no rule is called so; did you mean 'attack'?"),
        (WAVE.replace(", condition: {gte: 3}", ""), "rule 'wave' lacks 'condition'; add it"),
        (WAVE.replace("gte: 3", "lte: 3"), "unknown key 'lte' in 'condition'; did you mean 'gte'?"),
        (WAVE.replace("timespan: 24h, ", ""), "rule 'wave' lacks 'timespan'; add it"),
        (WAVE.replace("[attack]", "[]"), "'rules' must name 1 rule or more"),
        (WAVE.replace("[attack]", "[attack, attack]"), "'rules' names a rule twice"),
        (WAVE.replace("event_count", "temporal"), "'condition' belongs to a rule of type event_count"),
        (WAVE.replace("event_count", "temporal").replace(", condition: {gte: 3}", ""),
         "'rules' must name 2 rules or more"),
        (WAVE.replace("event_count", "event_cuont"), "'type' is one of event, status, absence, event_count"),
        (WAVE.replace("rules:", "match: attack, rules:"), "unknown key 'match' in rule 'wave'"),
        (WAVE.replace("wave", "attack"), "rule id 'attack' again; first in"),
        (WAVE.replace("[attack]", "[attack, wave]"), "rule 'wave' counts itself, by way of attack, wave"),
        (f"{WAVE}\n{TIDE}\n{FLOOD}", "rule 'flood' counts 'tide', which has 'by'; name the rules that one counts"),
    ],
)  # fmt: skip
def test_a_slip_in_a_rule_that_counts_others_is_told(tmp_path: Path, said: str, message: str) -> None:
    found = refused(tmp_path, rule("attack", "attack"), said)
    assert any(one.startswith(message) for one in found), found


def test_rules_that_count_each_other_are_refused(tmp_path: Path) -> None:
    one, other = WAVE.replace("[attack]", "[tide]"), WAVE.replace("wave", "tide").replace("[attack]", "[wave]")
    found = refused(tmp_path, rule("attack", "attack"), one, other)
    assert [message.partition(",")[0] for message in found] == [
        "rule 'wave' counts itself",
        "rule 'tide' counts itself",
    ]


def test_that_the_counted_rule_has_problems_is_said_of_the_one_that_counts_it(tmp_path: Path) -> None:
    found = refused(tmp_path, rule("attack", "attack", SPIKE.replace("min: 6", "min: 0")), WAVE)
    assert found[1] == "rule 'wave' counts rule 'attack', which has problems; mend that one first"


def test_a_rule_that_counts_what_tells_nothing_is_a_warning(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, rule("attack", "attack", "status: shadow"), WAVE)
    found = [one.message for one in lint(load_desk(desk), desk, date(2026, 11, 22)) if "counts" in one.message]
    what = "rule wave counts rule attack, which is shadow and tells nothing to count"
    assert found == [f"{what}; make that one live, or take its name out"]
