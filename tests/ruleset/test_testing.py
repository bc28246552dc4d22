"""The tests that rules carry: how they come out, and what the author is told."""

from datetime import date

import pytest

from monitor.core.match import Matcher
from monitor.core.rule import Expectation, Ruleset
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.rules import RuleReader
from monitor.ruleset.testing import Outcome, run_negatives, run_tests
from monitor.yamlfile import Problems
from tests.ruleset.reading import node, rules, vocabulary

TODAY = date(2026, 8, 23)
TWO_RULES = """\
rules:
- id: joint-patrol
  owner: syria-desk
  match: $turkey and $russia and ($topic.joint near/8 $topic.patrol)
  exclude:
  - {name: not-yet, when: $cue.possible near/4 $phase.resume, reason: an intention}
  - {name: comment, url: [/opinion/], reason: comment}
  - {name: film, when: premiere, reason: a film of this name, until: 2026-08-23}
  tests:
  - {text: "Turkey and Russia resume joint patrols", expect: match}
  - {text: "Turkey and Russia may resume joint patrols", expect: no-match}
  - {text: "Turkey and Russia may go on joint patrol", expect: digest}
  - {text: "Turkey and Russia on joint patrol", link: "https://a.example/opinion/1", expect: no-match}
  - {text: "Türkiye ile Rusya ortak devriyede", lang: tr, expect: match}
  - {title: Convoy seen, lead: "Turkey and Russia went on joint patrol.", expect: match}
- id: patrol
  owner: syria-desk
  match: patrol
  tests:
  - {text: "A patrol left at noon", expect: match}
  - {text: "A gas deal", expect: no-match}
"""


def outcomes(text: str, *rule_ids: str, today: date = TODAY) -> list[Outcome]:
    found, problems = rules(text)
    assert problems == []
    return list(run_tests(Matcher(Ruleset(rules=found, vocabulary=vocabulary())), today, rule_ids))


def failure(text: str, expect: str, **keys: str) -> Outcome:
    """The one failing outcome of the first rule with one more test."""
    more = "".join(f", {key}: '{value}'" for key, value in keys.items())
    added = TWO_RULES.replace("  tests:\n", f"  tests:\n  - {{text: '{text}'{more}, expect: {expect}}}\n", 1)
    (failed,) = [outcome for outcome in outcomes(added) if not outcome.passed]
    return failed


def test_every_test_of_every_rule_is_run_with_its_language_lead_and_link() -> None:
    assert [outcome.passed for outcome in outcomes(TWO_RULES)] == [True] * 8


def test_only_the_rules_that_were_named_are_tested() -> None:
    assert {outcome.rule.id for outcome in outcomes(TWO_RULES, "patrol")} == {"patrol"}


def test_a_text_that_should_not_match_is_told_with_the_words_that_matched() -> None:
    outcome = failure("Turkey, Russia: joint patrol is a flop", "no-match")
    assert outcome.got is Expectation.MATCH
    assert str(outcome.problem) == (
        "rules.yaml:10:5: rule joint-patrol: expected no-match, got match "
        "(matches: 'Turkey', 'Russia', 'joint', 'patrol'): 'Turkey, Russia: joint patrol is a flop'"
    )


def test_a_text_that_should_match_is_told_with_what_is_missing() -> None:
    outcome = failure("Turkey and Russia go on a patrol", "match")
    assert outcome.got is Expectation.NO_MATCH
    assert str(outcome.problem) == (
        "rules.yaml:10:5: rule joint-patrol: expected match, got no-match "
        "(no match; all but $topic.joint): 'Turkey and Russia go on a patrol'"
    )


def test_a_text_that_is_said_otherwise_is_told_with_its_cue() -> None:
    outcome = failure("Turkey and Russia could go on joint patrol", "match")
    assert outcome.got is Expectation.DIGEST
    assert "got digest (matches, all but modality: possible, by 'could' → digest)" in outcome.problem.message


@pytest.mark.parametrize(
    ("text", "link", "exclusion"),
    [
        ("Turkey and Russia could resume joint patrols", "", "not-yet (an intention), by 'could', 'resume'"),
        ("Turkey and Russia resume joint patrols", "https://a.example/opinion/2", "comment (comment)"),
    ],
)
def test_a_match_that_was_dropped_is_told_with_the_exclusion(text: str, link: str, exclusion: str) -> None:
    outcome = failure(text, "match", **({"link": link} if link else {}))
    assert f"got no-match (dropped by exclusion {exclusion})" in outcome.problem.message


def test_a_test_reads_the_body_and_stands_for_a_feed_of_its_country() -> None:
    text = """\
        rules:
        - id: a
          owner: o
          scope: [title, body]
          match: {event: {actors: [$turkey, $russia], action: $topic.patrol, implied_by_source: {TR: $turkey}}}
          tests:
          - {title: A, lead: One. Two., body: Turkey and Russia on patrol., expect: match}
          - {title: A, lead: Turkey and Russia on patrol., expect: no-match}
          - {text: A patrol with Russia, expect: no-match}
          - {text: A patrol with Russia, country: TR, expect: match}
        """
    assert [one.passed for one in outcomes(text)] == [True] * 4


GUARDED = """\
rules:
- id: a
  owner: o
  match: {event: {actors: [$turkey, $russia], action: $topic.patrol, joint: true, no_other: $manbij}}
  exclude: [{name: film, when: premiere, reason: a film}]
  tests:
  - {text: "Turkey and Russia on joint patrol", expect: match}
  - {text: "Turkey may join Russia on patrol", expect: digest, why: said otherwise}
  - {text: "A patrol of Turkey met the men that Russia sent", expect: no-match, why: not joint}
  - {text: "Turkey, Manbij and Russia on joint patrol", expect: no-match, why: another party}
  - {text: "Turkey and Russia on joint patrol at the premiere", expect: no-match, why: excluded}
  - {text: "Turkey and Russia sign a gas deal", expect: no-match, why: no patrol}
- id: b
  owner: o
  match: $turkey and patrol and not film
  tests:
  - {text: "Turkey on patrol", expect: match}
  - {text: "Turkey on patrol in film", expect: no-match}
- id: c
  owner: o
  match: $turkey and patrol
  tests:
  - {text: "Turkey on patrol", expect: match}
  - {text: "Turkey", expect: no-match}
"""


def test_with_the_guards_off_tests_of_a_guard_are_told_from_tests_of_words() -> None:
    found, problems = rules(GUARDED)
    assert problems == []
    told = list(run_negatives(Ruleset(rules=found, vocabulary=vocabulary()), TODAY))
    assert [(one.rule.id, one.guarded) for one in told] == [
        ("a", True), ("a", True), ("a", True), ("a", True), ("a", False), ("b", True), ("c", False),
    ]  # fmt: skip


def test_a_homonym_counts_as_a_guard() -> None:
    words = vocabulary("entities: {sdf: {kind: army, aliases: {name: {en: [SDF]}}, not_with: [Japan]}}", "topics: {}")
    problems = Problems()
    clauses = ClauseReader(words, problems)
    reader = RuleReader(clauses, ExclusionReader(clauses, problems), problems)
    tests = "tests: [{text: SDF base, expect: match}, {text: Japan's SDF base, expect: no-match}]"
    reader.read(node(f"rules: [{{id: a, owner: o, match: $sdf and base, {tests}}}]"))
    assert problems.found == []
    (told,) = run_negatives(Ruleset(rules=reader.rules, vocabulary=words), TODAY)
    assert told.guarded


def test_an_exclusion_counts_until_its_day_and_not_on_it() -> None:
    more = "  tests:\n  - {text: Turkey and Russia on joint patrol at the premiere, expect: no-match}\n"
    text = TWO_RULES.replace("  tests:\n", more, 1)
    assert outcomes(text, today=date(2026, 8, 22))[0].passed
    assert not outcomes(text, today=date(2026, 8, 23))[0].passed


def test_a_long_text_is_cut_in_the_message() -> None:
    outcome = failure("Turkey and Russia " + "and more " * 30, "match")
    assert outcome.problem.message.endswith("and mor…'")
    assert len(outcome.problem.message) < 200
