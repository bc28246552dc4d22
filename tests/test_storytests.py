"""Stories that rules carry, run through the whole pipeline: what passes, what fails and how it is told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import Places
from monitor.core.alert import Decision
from monitor.core.feed import Feed
from monitor.core.match import Matcher
from monitor.core.rule import Rule
from monitor.core.sighting import Sighting
from monitor.overtime import OverTime
from monitor.pipeline import Pipeline
from monitor.polls import Tally
from monitor.ruleset.guards import unguarded
from monitor.store import Store
from monitor.storyrun import Stage
from monitor.storytests import Told, run_stories
from tests.support.desk import write_desk
from tests.support.stage import staged

RULE = """
    rules:
    - id: joint-patrol
      title: Turkey-Russia joint patrol
      owner: syria-desk
      severity: high
      match: $turkey and $russia and ($topic.joint near/8 $topic.patrol)
      tests:
      - {text: "Turkey and Russia resume joint patrols", expect: match}
      - {text: "Turkey and Russia could go on joint patrol", expect: digest}
"""
PATROL = 'text: "Turkey, Russia resume joint patrols"'
GAS = 'text: "Turkey and Russia sign a gas deal"'
MAYBE = 'text: "Turkey and Russia may hold a joint patrol in spring"'
FIRST = f"{{at: 2024-08-23T13:10Z, outlet: wire, {PATROL}, rings: joint patrol}}"


class Overdue(OverTime):
    """Takes an alert more gravely on a return after a month, and once nothing more has come for three weeks."""

    def __init__(self, store: Store) -> None:
        self._db = store
        self._last: tuple[datetime, int, Rule] | None = None

    def heard(
        self, rule: Rule, seen: Sighting, match_id: int, _decision: Decision, alert_id: int | None, _tally: Tally
    ) -> None:
        told = self._db.alerts.told((rule.id,), seen.at - timedelta(days=4_000), 0)
        last = max((one.at for one in told if one.entry_id != seen.entry.id), default=None)
        if alert_id is not None:
            self._last = (seen.at, alert_id, rule)
            if last is not None and seen.at - last > timedelta(days=30):
                self._escalate(alert_id, "RESUMPTION", seen.at, match_id)

    def due(self, now: datetime) -> bool:
        return self._last is not None and now >= self._last[0] + timedelta(days=21)

    def tick(self, tally: Tally, now: datetime) -> None:
        if self._last is not None and self.due(now):
            _, alert_id, rule = self._last
            self._escalate(alert_id, "no patrol", now, None)
            tally.touched[alert_id] = rule
            self._last = None

    def _escalate(self, alert_id: int, name: str, now: datetime, match_id: int | None) -> None:
        self._db.updates.add(alert_id, "escalation", name, "", now, match_id=match_id, severity="critical")


def clocked(stage: Stage) -> Stage:
    """The same, with rules that know of time."""

    def build(
        matcher: Matcher, store: Store, feeds: Mapping[str, Feed], now: datetime, *, folding: bool = True
    ) -> Pipeline:
        made = stage.build(matcher, store, feeds, now, folding=folding)
        made.take(replace(made.parts, over_time=Overdue(store)), now)
        return made

    return replace(stage, build=build)


def desk(folder: Path, *steps: str, more: str = "", rules: str = RULE, feeds: str = "") -> Path:
    lines = "".join(f"        - {step}\n" for step in steps)
    below = "".join(f"        {line}\n" for line in more.splitlines())
    made = write_desk(
        folder / "desk", {"wire": "https://wire.example/rss"}, rules=f"{rules}      - story:\n{lines}{below}"
    )
    with (made / "feeds.yaml").open("a", encoding="utf-8") as file:
        file.write(feeds)
    return made


def told(folder: Path, *steps: str, more: str = "", rules: str = RULE, feeds: str = "", by_clock: bool = False) -> Told:
    """The one story of the rule, run with the guards and without."""
    app = staged(desk(folder, *steps, more=more, rules=rules, feeds=feeds), folder / "none.db")
    stage = clocked(composition.stage(app)) if by_clock else composition.stage(app)
    (one,) = run_stories(stage, app.matcher, off=Matcher(unguarded(app.desk.ruleset)))
    return one


def said(one: Told) -> list[str]:
    """The problems, without the file, the line and the rule."""
    return [problem.message.removeprefix("rule joint-patrol: ") for problem in one.problems]


def test_a_story_passes_where_all_rings_and_stays_silent_as_it_says(tmp_path: Path) -> None:
    one = told(
        tmp_path,
        FIRST,
        f"{{at: +1h, outlet: The Daily, {PATROL}, why: a copy}}",
        "{at: +1h, outlet: hurriyet, lang: tr, text: Türkiye ile Rusya ortak devriyede, why: the same development}",
        f"{{at: +1h, outlet: The Daily, {MAYBE}, digest: true}}",
        "{at: +1h, revises: 1, text: 'Turkey, Russia resume joint patrols today', digest: false}",
        f"{{at: +1h, outlet: wire, {GAS}, rings: false}}",
        "{at: +7d, outlet: wire, text: 'Turkey, Russia end joint patrols', rings: [end]}",
        more="expect: {alerts: 2, severity: high, updates: 0}",
    )
    assert said(one) == []
    assert (one.silences, one.guarded) == (5, 4)
    assert [warning.line for warning in one.warnings] == [17]


def test_a_ring_where_silence_was_expected_is_told_with_the_step_its_time_and_the_alert(tmp_path: Path) -> None:
    one = told(tmp_path, FIRST, f"{{at: +9d, outlet: wire, {PATROL.replace('resume', 'hold')}}}")
    assert said(one) == [
        "step 2 of the story (2024-09-01 13:10): expected silence, rang Turkey, Russia hold joint patrols"
    ]
    (problem,) = one.problems
    assert (problem.file.endswith("rules.yaml"), problem.line, problem.column) == (True, 13, 7)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (f"{{at: +1h, outlet: b, {PATROL}, rings: X}}", "folded: copy of a report that was told; alert 1"),
        (f"{{at: +1h, outlet: b, {MAYBE}, rings: X}}", "digest: what is said so goes to the digest; possible: may"),
        (f"{{at: +1h, outlet: b, {GAS}, rings: X}}", "no match; missing: $topic.joint; $topic.patrol"),
        (
            f"{{at: +1h, outlet: b, tier: 4, {PATROL}, rings: X}}",
            "matches: 'Turkey', 'Russia', 'joint', 'patrols'; the rule does not listen to this feed (sources)",
        ),
        ("{at: +1h, rings: X}", "nothing fell due by the clock"),
    ],
)
def test_silence_where_a_ring_was_expected_is_told_with_what_became_of_the_entry(
    tmp_path: Path, step: str, reason: str
) -> None:
    rules = RULE.replace("      tests:", "      sources: {min_tier: 3}\n      tests:")
    assert said(told(tmp_path, FIRST, step, rules=rules)) == [
        f"step 2 of the story (2024-08-23 14:10): expected X, nothing rang ({reason})"
    ]


def test_each_of_several_alerts_is_looked_for_whatever_the_order(tmp_path: Path) -> None:
    def rung(rings: str) -> list[str]:
        steps = (FIRST.replace("rings: joint patrol", f"rings: {rings}"), "{at: +30d, outlet: b, text: x}")
        return said(told(tmp_path, *steps, by_clock=True))

    assert rung("[no patrol]") == []
    assert rung("NO PATROL") == []
    assert rung("true") == []
    (missing,) = rung("[no patrol, RESUMPTION]")
    assert missing.endswith("expected no patrol and RESUMPTION, rang no patrol: Turkey, Russia resume joint patrols "
                            "at 2024-09-13 13:10")  # fmt: skip


def test_what_falls_due_on_the_way_to_a_step_without_an_entry_belongs_to_it(tmp_path: Path) -> None:
    assert said(told(tmp_path, FIRST, "{at: +30d, rings: no patrol}", by_clock=True)) == []
    (problem,) = said(told(tmp_path, FIRST, "{at: +30d}", by_clock=True))
    assert problem == (
        "step 2 of the story (2024-09-22 13:10): expected silence, rang no patrol: Turkey, Russia resume joint patrols "
        "at 2024-09-13 13:10"
    )


def test_after_the_last_step_the_clock_runs_on_for_a_week_or_as_long_as_it_says(tmp_path: Path) -> None:
    waiting = (FIRST, "{at: +20d}")
    assert len(said(told(tmp_path, *waiting, by_clock=True))) == 1
    assert said(told(tmp_path, *waiting, more="until: +23h", by_clock=True)) == []
    assert said(told(tmp_path, FIRST, "{at: +10d}", by_clock=True)) == []
    assert len(said(told(tmp_path, FIRST, "{at: +10d}", more="until: +11d", by_clock=True))) == 1


def test_the_rule_may_have_matched_last_long_before_the_story(tmp_path: Path) -> None:
    resumed = FIRST.replace("joint patrol,", "RESUMPTION,").replace("rings: joint patrol", "rings: RESUMPTION")
    totals = "expect: {alerts: 1, severity: critical, label: RESUMPTION}"
    assert said(told(tmp_path, resumed, more=f"last_match: 2023-10-05\n{totals}", by_clock=True)) == []
    (problem, *_) = said(told(tmp_path, resumed, more="last_match: 2024-08-20", by_clock=True))
    assert "expected RESUMPTION, rang Turkey, Russia resume joint patrols" in problem


def test_totals_that_are_not_met_are_told_one_by_one(tmp_path: Path) -> None:
    one = told(tmp_path, FIRST, more="expect: {alerts: 2, severity: critical, label: RESUMPTION, updates: 1}")
    assert said(one) == [
        "the story: expected 2 alerts, got 1 (Turkey, Russia resume joint patrols)",
        "the story: expected severity critical, got high",
        "the story: expected label RESUMPTION, got none",
        "the story: expected 1 update, got 0",
    ]
    assert {problem.line for problem in one.problems} == {13}


def test_a_story_of_totals_alone_may_ring_where_it_likes_and_must_be_kept_from_more_by_a_guard(tmp_path: Path) -> None:
    steps = (FIRST.replace(", rings: joint patrol", ""), f"{{at: +1h, outlet: b, {PATROL}}}")
    one = told(tmp_path, *steps, more="expect: {alerts: 1}")
    assert (said(one), one.silences, one.guarded) == ([], 1, 1)


def test_what_comes_into_the_digest_is_asked_for_and_told(tmp_path: Path) -> None:
    maybe = 'title: "Turkey, Russia: a joint patrol?", lead: "Turkey and Russia may hold a joint patrol."'
    steps = (f"{{outlet: a, {maybe}, digest: false}}", f"{{at: +1h, outlet: b, {maybe}, digest: true}}")
    assert said(told(tmp_path, *steps, more="expect: {alerts: 0}")) == [
        "step 1 of the story (2026-01-05 12:00): expected no line in the digest, got Turkey, Russia: a joint patrol?",
        (
            "step 2 of the story (2026-01-05 13:00): expected a line in the digest, there is none "
            "(digest: copy of a report in the digest; possible, with entry 1)"
        ),
    ]


def test_an_outlet_that_is_a_feed_of_the_desk_is_that_feed_unless_the_step_says_otherwise(tmp_path: Path) -> None:
    rules = RULE.replace("      tests:", "      sources: {min_tier: 2, countries: [TR], not: [hurriyet]}\n      tests:")
    feeds = "".join(
        f"  - {{id: {name}, url: 'https://{name}.example/', title: '{name}', country: TR, tier: 2, language: tr}}\n"
        for name in ("aa", "hurriyet")
    )
    steps = (
        f"{{outlet: aa, {PATROL}, rings: true}}",
        f"{{at: +9d, outlet: trt, {PATROL.replace('resume', 'hold')}, why: of tier 3}}",
        f"{{at: +1h, outlet: hurriyet, {PATROL.replace('resume', 'hold')}, why: shut out}}",
        f"{{at: +1h, outlet: hurriyet, lang: en, {PATROL.replace('resume', 'hold')}, why: shut out in English}}",
        f"{{at: +1h, outlet: cnn, tier: 1, country: TR, {PATROL.replace('resume', 'hold')}, rings: true}}",
    )
    one = told(tmp_path, *steps, rules=rules, feeds=feeds)
    assert (said(one), one.silences, one.guarded) == ([], 3, 3)


def test_an_outlet_without_a_language_is_read_in_that_of_its_text(tmp_path: Path) -> None:
    assert said(told(tmp_path, "{outlet: x, text: 'Türkiye ile Rusya, Kobani kırsalında ortak devriyede', rings: true}",
                     f"{{at: +1h, outlet: y, {GAS}}}")) == []  # fmt: skip


@pytest.mark.parametrize("status", ["draft", "shadow", "muted"])
def test_a_rule_that_tells_nobody_yet_is_tested_as_if_it_were_live(tmp_path: Path, status: str) -> None:
    rules = RULE.replace("      tests:", f"      status: {status}\n      tests:")
    assert said(told(tmp_path, FIRST, f"{{at: +1h, outlet: b, {PATROL}}}", rules=rules)) == []


def test_names_that_wait_for_review_count_in_stories_of_a_rule_in_shadow_alone(tmp_path: Path) -> None:
    def rung(status: str) -> list[str]:
        rules = RULE.replace("      tests:", f"      status: {status}\n      tests:")
        step = "{outlet: a, text: Turkey and the Kremlin on joint patrol, rings: true}"
        folder = desk(tmp_path, step, rules=rules)
        words = folder / "gazetteer" / "desk.yaml"
        waiting = "russia:\n    aliases_unverified: {en: [Kremlin]}"
        words.write_text(words.read_text(encoding="utf-8").replace("russia:", waiting), encoding="utf-8")
        app = staged(folder, tmp_path / "none.db")
        return [message for one in run_stories(composition.stage(app), app.matcher) for message in said(one)]

    assert rung("shadow") == []
    assert "nothing rang" in rung("muted")[0]


def test_exclusions_end_on_their_day_by_the_clock_of_the_story(tmp_path: Path) -> None:
    exclude = "exclude: [{name: test, when: resume*, reason: a test, until: 2024-08-24}]"
    rules = RULE.replace("      tests:", f"      {exclude}\n      tests:")
    steps = (FIRST.replace("joint patrol}", "false}"), f"{{at: +1d, outlet: b, {PATROL}, rings: true}}")
    one = told(tmp_path, *steps, rules=rules)
    assert (said(one), one.guarded) == ([], 1)


STATUS = """
    rules:
    - id: joint-patrol
      title: Joint patrols
      owner: syria-desk
      type: status
      entity: $russia
      facets:
        patrols: {states: [off, on], to: {on: $russia and ($phase.resume near/8 $topic.patrol)}}
      change: {quorum: {independent: 2, within: 72h}, hold: 2h}
      tests:
      - {text: "Turkey and Russia resume joint patrols", expect: match}
      - {text: "Turkey and Russia could resume joint patrols", expect: digest}
"""


def test_a_change_that_waits_for_a_second_origin_and_is_held_rings_by_the_clock(tmp_path: Path) -> None:
    one = told(
        tmp_path,
        f"{{outlet: a, {PATROL}, digest: true, why: one origin}}",
        f"{{at: +1h, outlet: b, {PATROL}, digest: false, why: a reprint}}",
        "{at: +1h, outlet: c, text: 'Russia back in Kobani, patrols restart', why: held}",
        "{at: +2h, rings: 'patrols: off → on'}",
        "{at: +1h, outlet: d, text: 'Russia says patrols resumed by agreement', why: it was told}",
        more="expect: {alerts: 1, severity: notice, label: 'patrols: off → on'}",
        rules=STATUS,
    )
    assert said(one) == []
    assert (one.silences, one.guarded) == (4, 4)


def test_a_change_that_still_waits_is_told_with_what_it_waits_for(tmp_path: Path) -> None:
    steps = (f"{{outlet: a, {PATROL}, rings: false}}", f"{{at: +1h, outlet: b, {PATROL}, rings: on}}")
    assert said(told(tmp_path, *steps, rules=STATUS, more="until: +1h")) == [
        (
            "step 2 of the story (2026-01-05 13:00): expected on, nothing rang "
            "(held: it waits for more origins; patrols → on: 1 of 2 origins; 72 h left)"
        )
    ]


def test_each_silence_that_no_guard_keeps_is_a_warning_at_its_step(tmp_path: Path) -> None:
    one = told(
        tmp_path,
        FIRST,
        f"{{at: +1h, outlet: b, {GAS}}}",
        f"{{at: +1h, outlet: b, {PATROL}}}",
        "{at: +30d}",
        "{at: +1d, rings: false}",
    )
    assert (said(one), one.silences, one.guarded) == ([], 3, 1)
    words, clock = one.warnings
    assert (words.line, words.column, words.warning) == (13, 7, True)
    assert words.message == (
        "rule joint-patrol: the silence of step 2 proves nothing: with every guard off it is silent, too (no match; "
        "missing: $topic.joint; $topic.patrol); give it all words of a match: a copy of what rang, or one that says it "
        "otherwise"
    )
    assert (clock.line, clock.message) == (
        16,
        (
            "rule joint-patrol: the silence of step 5 proves nothing: nothing of this rule falls due there by the "
            "clock; give the step an entry, or take it out"
        ),
    )


def test_a_story_of_totals_that_no_guard_keeps_is_a_warning_of_its_own(tmp_path: Path) -> None:
    steps = (FIRST.replace(", rings: joint patrol", ""), f"{{at: +1h, outlet: b, {GAS}}}")
    (warning,) = told(tmp_path, *steps, more="expect: {alerts: 1}").warnings
    assert (warning.line, "silent with every guard off, too" in warning.message) == (11, True)


@pytest.mark.parametrize(
    "step",
    [
        f"{{at: +1h, outlet: b, {PATROL}, why: a copy}}",
        "{at: +1h, outlet: b, text: Moscow and Ankara on patrol together, why: the same development}",
        "{at: +1h, revises: 1, text: 'Turkey, Russia resume joint patrols again', why: a revision}",
        "{at: +1h, revises: 1, text: 'Turkey, Russia resume joint patrols', lead: New., why: behind the same link}",
        f"{{at: +0h, outlet: b, {PATROL}, why: at the same time}}",
        f"{{at: +9d, outlet: b, {MAYBE}, why: not said as done}}",
    ],
)
def test_each_kind_of_silence_can_fail_once_the_guards_are_off(tmp_path: Path, step: str) -> None:
    first = FIRST.replace("outlet: wire", "outlet: wire, link: 'https://wire.example/1'")
    one = told(tmp_path, first, step)
    assert (said(one), one.silences, one.guarded) == ([], 1, 1)


def test_a_story_leaves_nothing_to_the_next_one(tmp_path: Path) -> None:
    app = staged(desk(tmp_path, FIRST, rules=f"{RULE}      - story:\n        - {FIRST}\n"), tmp_path / "none.db")
    assert [said(one) for one in run_stories(composition.stage(app), app.matcher)] == [[], []]
    assert not (tmp_path / "none.db").exists()


def test_check_runs_stories_and_counts_them(tmp_path: Path) -> None:
    folder = desk(tmp_path, FIRST, f"{{at: +9d, outlet: b, {PATROL.replace('resume', 'hold')}}}")
    places = Places(desk=folder, config=None, store=None)
    _, problems, tests = composition.check(places, date(2026, 11, 22))
    assert tests == 3
    (failed,) = [problem.message for problem in problems if not problem.warning]
    assert failed.startswith("rule joint-patrol: step 2 of the story (2024-09-01 13:10): expected silence, rang Turkey")


def test_a_story_that_asks_for_a_guard_does_so_for_its_rule(tmp_path: Path) -> None:
    rules = RULE.replace("could go on joint patrol", "sign a gas deal").replace("digest}", "no-match}")
    copied = desk(tmp_path, FIRST, f"{{at: +1h, outlet: b, {PATROL}}}", rules=rules)
    _, problems, _ = composition.check(Places(desk=copied, config=None, store=None), date(2026, 11, 22))
    assert problems == []
    words = desk(tmp_path, FIRST, f"{{at: +1h, outlet: b, {GAS}}}", rules=rules)
    _, problems, _ = composition.check(Places(desk=words, config=None, store=None), date(2026, 11, 22))
    assert [problem.warning for problem in problems] == [True, True]
