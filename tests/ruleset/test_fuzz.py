"""Whatever an author types: a tree or problems with places, never a traceback, never a hang."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import yamlfile
from monitor.core import entry
from monitor.core.match import Matcher, Setting
from monitor.core.query import QueryError, parse
from monitor.core.rule import Ruleset
from monitor.core.wording import describe
from monitor.ruleset.explain import explain
from monitor.ruleset.testing import run_negatives, run_tests
from monitor.yamlfile import Problems
from tests.ruleset.reading import VOCABULARY, mistyped, outside, rule_reader

TODAY = date(2026, 11, 22)
WORDS = st.sampled_from([
    "$turkey", "$russia.adj", "$topic.patrol", "$cue.possible", "$no", "$", "patrol", "patrol*", "*", '"a b"', '"',
    "and", "or", "near/", "not", "near/3", "then/2", "near/0", "(", ")",
    "NOT", "İ", "türk*", "$turkey)", "((", "then/999", "ـ",
])  # fmt: skip
NEWS = st.sampled_from(["Turkey", "Russia", "joint patrol", "may", "Kobani;", "."])
WRITTEN = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join))
EVENTS = """\
defaults: {owner: desk, severity: high, scope: [title, lead, body], within: paragraph}
rules:
- id: a-b
  formerly: [old]
  status: live
  expires: 2027-06-30
  match:
    any:
    - event:
        actors: [$turkey, $russia]
        action: $topic.patrol
        target: [$kobani, base]
        place: $manbij
        near: $phase.resume
        with: {any: [$kobani, road]}
        joint: true
        no_other: $manbij
        within: 16 words
        ordered: true
        implied_by_source: {TR: $turkey}
        allow: [negated]
    - {at_least: 2, of: [$turkey, patrol* then/5 base, {title: "$russia"}]}
    - {all: [$turkey], none: [film], re: "[0-9]+ patrols"}
  assert: {planned: alert, denied: drop}
  exclude: [{name: film, when: {any: [film, cinema]}, scope: sentence, reason: a film, until: 2027-01-01}]
  sources: {min_tier: 3, not: [aggregators], countries: [TR], languages: [tr]}
  notify: {receivers: [terminal], cooldown: 6h}
  runbook: https://a.example/b
  tests:
  - {text: "Turkey and Russia resume joint patrols", expect: match, country: TR}
  - {title: "Turkey", lead: "Russia", body: "may", lang: tr, expect: no-match}
"""


@settings(max_examples=400)
@given(WRITTEN)
def test_any_text_is_a_query_or_an_error_with_a_column_in_it(written: str) -> None:
    column = 1
    try:
        tree = parse(written)
    except QueryError as error:
        column = error.column
    else:
        assert describe(parse(describe(tree))) == describe(tree)
    assert 1 <= column <= len(written) + 1


@settings(max_examples=250)
@given(
    mistyped(EVENTS), st.lists(st.sampled_from(["Turkey", "Russia", "joint patrol", "may", "Kobani;", "."]), max_size=8)
)
def test_any_rule_file_gives_rules_that_run_or_problems_with_places_in_it(text: str, words: list[str]) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = rule_reader(problems)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read(root)
    assert outside(problems, text) == []
    assert problems or reader.rules
    ruleset = Ruleset(rules=reader.rules, vocabulary=VOCABULARY)
    matcher = Matcher(ruleset)
    for rule in reader.rules.values():
        document = entry.read(" ".join(words), "Russia. May. Patrol in Kobani.", "en", whole=True)
        assert explain(matcher, rule, document, Setting(today=TODAY)).verdict
    assert all(outcome.passed or outcome.reason for outcome in run_tests(matcher, TODAY))
    assert all(one.rule.id for one in run_negatives(ruleset, TODAY))
