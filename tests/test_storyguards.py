"""What keeps each silent step of a story silent: shown by the same story with the guard off."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import Places
from monitor.core.feed import Feed
from monitor.core.match import Matcher
from monitor.pipeline import Pipeline
from monitor.ruleset.guards import unguarded
from monitor.store import Store
from monitor.storyrun import Stage
from monitor.storytests import Told, run_stories
from tests.cli.running import run
from tests.support.desk import write_desk
from tests.support.stage import staged

NOON = "2026-01-05T12:00Z"


def rule(word: str, *keys: str, steps: tuple[str, ...] = (), more: str = "") -> str:
    """A rule that rings for a word, with a story of its own if there are steps."""
    lines = (f"id: {word}", "owner: desk", f"match: {word}", *keys, "tests:")
    tests = (f'- {{text: "{word} in a village", expect: match}}', "- {text: Harvest, expect: no-match}")
    story = ("- story:", *(f"  - {step}" for step in steps), *([f"  {more}"] if more else [])) if steps else ()
    return "- " + "\n".join((*lines, *tests, *story)).replace("\n", "\n  ")


def pattern(kind: str, *steps: str, more: str = "", names: str = "[attack, truce]") -> str:
    lines = (f"id: {kind.replace('_', '-')}", f"type: {kind}", "owner: desk", f"rules: {names}", "timespan: 24h")
    story = ("tests:", "- story:", *(f"  - {step}" for step in steps))
    return "- " + "\n".join((*lines, *([more] if more else []), *story)).replace("\n", "\n  ")


def desk(folder: Path, *rules: str) -> Path:
    return write_desk(folder / "desk", {"a": "https://a.example/"}, rules="rules:\n" + "\n".join(rules) + "\n")


def told(folder: Path, *rules: str, named: bool = True) -> Told:
    """The one story of these rules."""
    app = staged(desk(folder, *rules), folder / "none.db")
    off = Matcher(unguarded(app.desk.ruleset))
    (one,) = run_stories(composition.stage(app), app.matcher, off=off, named=named)
    assert one.problems == ()
    return one


def by(one: Told) -> dict[int, tuple[str, ...]]:
    """The guards of each silent step."""
    return {silence.number: silence.by for silence in one.quiet}


def test_silence_before_a_return_is_kept_by_quiet_for(tmp_path: Path) -> None:
    steps = (
        f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: attack, lacks: RESUMPTION}}",
        "{at: +20d, outlet: a, text: An attack hits basil, rings: attack, lacks: [resumption, nothing]}",
        "{at: +40d, outlet: b, text: Attack at cedar, rings: RESUMPTION}",
    )
    escalate = "escalate: [{quiet_for: 30d, label: RESUMPTION}]"
    one = told(tmp_path, rule("attack", escalate, steps=steps, more="last_match: 2025-12-20"))
    assert by(one) == {1: ("escalate.quiet_for",), 2: ("escalate.quiet_for",)}


def test_what_no_escalation_is_called_is_lacked_in_vain(tmp_path: Path) -> None:
    steps = (f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: attack, lacks: RESUMTION}}",)
    escalate = "escalate: [{quiet_for: 30d, label: RESUMPTION}]"
    (warning,) = told(tmp_path, rule("attack", escalate, steps=steps), named=False).warnings
    assert (warning.line, warning.message) == (
        10,
        (
            "rule attack: that no alert of step 1 has 'RESUMTION' proves nothing: none has it with every guard off "
            "either; name the label of an escalation of this rule"
        ),
    )


def test_a_label_that_an_alert_lacks_and_has_is_told(tmp_path: Path) -> None:
    steps = (f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: attack, lacks: seen}}",)
    folder = desk(tmp_path, rule("attack", "escalate: [{assert: done, label: SEEN}]", steps=steps))
    _, problems, _ = composition.check(Places(desk=folder, config=None, store=None), date(2026, 11, 23))
    (problem,) = (one.message for one in problems if not one.warning)
    assert problem.endswith("(2026-01-05 12:00): expected no seen, rang SEEN: An attack in amber")


def test_a_cooldown_of_the_rule_is_named_and_not_several_guards(tmp_path: Path) -> None:
    steps = (
        f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: attack}}",
        "{at: +8h, outlet: b, text: Attack at a cedar mill}",
    )
    found = by(told(tmp_path, rule("attack", "notify: {cooldown: 12h}", steps=steps)))
    assert found == {2: ("folding", "notify.cooldown")}


def test_few_stories_are_no_spike_by_its_minimum_and_not_while_it_warms_up(tmp_path: Path) -> None:
    spike = "spike: {window: 6h, against: 3d, ratio: 2, min: 3}"
    steps = (
        f"{{at: {NOON}}}",
        "{at: +4d, outlet: a, text: An attack in amber}",
        "{at: +1h, outlet: b, text: An attack at basil basil}",
        "{at: +1h, outlet: c, text: An attack hits hazel town, rings: SPIKE}",
    )
    assert by(told(tmp_path, rule("attack", "assert: {done: digest}", spike, steps=steps))) == {
        2: ("assert", "spike.min"), 3: ("assert",),
    }  # fmt: skip
    early = (steps[0], steps[1].replace("+4d", "+1h"), steps[2], steps[3].replace("SPIKE", "false"))
    found = by(told(tmp_path, rule("attack", "assert: {done: digest}", spike, steps=early)))
    assert "spike.against" in found[4]


def test_time_that_passes_is_silent_as_long_as_something_is_expected_or_held(tmp_path: Path) -> None:
    steps = (
        f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: true}}",
        "{at: +20d, rings: false}",
        "{at: +2d, rings: gone}",
    )
    one = told(tmp_path, rule("attack", "absence: {expect_every: 21d, label: gone}", steps=steps), named=False)
    assert by(one) == {2: ("absence.expect_every",)}


@pytest.mark.parametrize(
    ("alert_on", "guard"),
    [("change: false, jump_over: 20", "alert_on.jump_over"), ("min_delta: 10", "alert_on.min_delta")],
)
def test_a_small_change_of_a_figure_is_silent_by_what_the_rule_asks_for(
    alert_on: str, guard: str, tmp_path: Path
) -> None:
    steps = (
        f"{{at: {NOON}, outlet: a, text: An attack killed 3}}",
        "{at: +3d, outlet: a, text: 'An attack: 9 killed'}",
        "{at: +3d, outlet: b, text: Attack leaves 80 killed, rings: true}",
    )
    numbers = f"numbers: {{killed: {{near: killed, alert_on: {{{alert_on}}}}}}}"
    found = by(told(tmp_path, rule("attack", "assert: {done: digest}", numbers, steps=steps)))
    assert guard in found[2]
    assert found[1] == ("assert",)


COUNT = pattern(
    "event_count",
    f"{{at: {NOON}, outlet: a, text: An attack in Kobani}}",
    "{at: +1h, outlet: b, text: Attack may hit Manbij}",
    "{at: +30h, outlet: c, text: Attack on the road to Aleppo}",
    "{at: +1h, outlet: c, text: A truce near Idlib was signed, rings: true}",
    more="condition: {gte: 2}",
)
TEMPORAL = pattern(
    "temporal",
    f"{{at: {NOON}, outlet: a, text: An attack in Kobani}}",
    "{at: +25h, outlet: b, text: A truce in Manbij}",
    "{at: +1h, outlet: c, text: Attack on the road to Aleppo, rings: true}",
)
ORDERED = pattern(
    "temporal_ordered",
    f"{{at: {NOON}, outlet: a, text: A truce in Manbij}}",
    "{at: +1h, outlet: c, text: Attack on the road to Aleppo}",
    "{at: +1h, outlet: c, text: A truce near Idlib was signed, rings: true}",
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (COUNT, {1: "condition.gte", 2: "assert", 3: "timespan"}),
        (TEMPORAL, {1: "rules", 2: "timespan"}),
        (ORDERED, {1: "rules", 2: "type: temporal_ordered"}),
    ],
)
def test_each_step_that_completes_no_pattern_is_silent_by_what_the_pattern_asks_for(
    written: str, expected: dict[int, str], tmp_path: Path
) -> None:
    several = (rule("attack", "notify: {cooldown: 0s}"), rule("truce", "notify: {cooldown: 0s}"))
    found = by(told(tmp_path, *several, written))
    assert set(found) == set(expected)
    for number, guard in expected.items():
        assert guard in found[number], (number, found)


SPIKING = rule(
    "surge", "assert: {done: digest}", "spike: {window: 6h, against: 3d, ratio: 2, min: 2}",
    steps=(f"{{at: {NOON}}}", "{at: +4d, outlet: a, text: A surge in Kobani}",
           "{at: +1h, outlet: b, text: The surge reaches Manbij, rings: SPIKE}"),
).replace("expect: match", "expect: digest")  # fmt: skip
ABSENT = rule(
    "patrol", "absence: {expect_every: 21d, label: gone}",
    steps=(f"{{at: {NOON}, outlet: a, text: A patrol, rings: true}}", "{at: +20d, rings: false}",
           "{at: +2d, rings: gone}"),
)  # fmt: skip


def test_check_and_rules_test_run_the_stories_of_every_kind_of_rule_over_time(tmp_path: Path) -> None:
    several = (rule("attack", "notify: {cooldown: 0s}"), rule("truce", "notify: {cooldown: 0s}"))
    folder = desk(tmp_path, *several, COUNT, TEMPORAL, ORDERED, SPIKING, ABSENT)
    checked = run("check", folder)
    assert (checked.exit_code, "7 rules with 13 tests" in checked.stdout) == (0, True), checked.output
    assert "proves nothing" not in checked.output
    tested = run("rules", "test", "--desk", folder)
    assert (tested.exit_code, tested.stdout) == (0, "13 passed, 0 failed\n")
    failing = desk(tmp_path, *several, COUNT.replace("gte: 2", "gte: 3"), SPIKING, ABSENT.replace("21d", "10d"))
    result = run("rules", "test", "--desk", failing)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "9 passed, 2 failed")
    assert "rule event-count: step 4 of the story (2026-01-06 20:00): expected an alert, nothing rang" in result.stderr
    assert "rule patrol: step 2 of the story (2026-01-25 12:00): expected silence, rang gone" in result.stderr


def test_a_step_says_whether_its_evidence_is_held_or_only_listed(tmp_path: Path) -> None:
    held = "patrols: {states: [off, on], to: {on: $russia and $phase.resume near/8 $topic.patrol}}"
    lines = (
        "- id: status", "type: status", "owner: desk", "entity: $russia", f"facets: {{{held}}}", "tests:",
        "- {text: Russia may resume patrols, expect: digest}",
        "- story:",
        "  - {outlet: a, text: Russia resumes patrols, digest: true, held: true}",
        "  - {at: +1h, outlet: b, text: Russia may resume patrols, digest: true, held: HELD}",
        "  - {at: +1h, outlet: c, text: 'Moscow restarts patrols, residents say', held: false, rings: on}",
    )  # fmt: skip

    def said(meant: str) -> list[str]:
        app = staged(desk(tmp_path, "\n  ".join(lines).replace("HELD", meant)), tmp_path / "none.db")
        (one,) = run_stories(composition.stage(app), app.matcher)
        return [problem.message for problem in one.problems]

    assert said("false") == []
    assert said("true") == [
        (
            "rule status: step 2 of the story (2026-01-05 13:00): expected that it is held (digest: what is said so "
            "goes to the digest; possible: may)"
        )
    ]


def test_a_long_story_is_run_twice_and_more_often_only_for_the_names_of_its_guards(tmp_path: Path) -> None:
    first = f"{{at: {NOON}, outlet: a, text: An attack in amber, rings: true}}"
    copies = tuple(f"{{at: +1h, outlet: o{number}, text: An attack in amber}}" for number in range(49))
    app = staged(desk(tmp_path, rule("attack", steps=(first, *copies))), tmp_path / "none.db")
    off, stage, built = Matcher(unguarded(app.desk.ruleset)), composition.stage(app), []

    def build(
        matcher: Matcher, store: Store, feeds: Mapping[str, Feed], now: datetime, *, folding: bool = True
    ) -> Pipeline:
        built.append(folding)
        return stage.build(matcher, store, feeds, now, folding=folding)

    counted: Stage = replace(stage, build=build)
    (one,) = run_stories(counted, app.matcher, off=off)
    assert (one.guarded, built) == (49, [True, False])
    built.clear()
    (one,) = run_stories(counted, app.matcher, off=off, named=True)
    assert set(by(one).values()) == {("folding",)}
    assert len(built) <= 6
