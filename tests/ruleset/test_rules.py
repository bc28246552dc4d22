"""exclusions.yaml and watch/*.yaml to rules: what is read, and where a fault is shown."""

from datetime import date

import pytest
from hypothesis import given, settings

from monitor import yamlfile
from monitor.core.rule import Exclusion, Expectation, RuleTest, Scope
from monitor.core.severity import Severity
from monitor.core.wording import describe
from monitor.ruleset.clauses import ClauseReader
from monitor.ruleset.exclusions import ExclusionReader
from monitor.ruleset.ruletests import TEST_KEYS
from monitor.yamlfile import Problems
from tests.ruleset.reading import VOCABULARY, mistyped, node, noted, outside, rule_reader, rules

EXCLUSIONS = """\
version: 1
exclusions:
  sports:
    when: football or "ski championship"
    reason: patrol races
  comment: {url: [/opinion/, /yazarlar/], reason: comment, until: 2027-01-01}
"""
COMPLETE = """\
version: 1
rules:
- id: joint-patrol
  title: Turkey-Russia joint patrol
  owner: syria-desk
  severity: critical
  match: $turkey and $russia and ($topic.joint near/8 $topic.patrol)
  exclude:
  - sports
  - name: not-yet
    when: $cue.possible near/4 $phase.resume
    scope: sentence
    reason: an intention
  notes: Check whose statement it is.
  tests:
  - {text: "Turkey and Russia resume joint patrols", expect: match}
  - title: Convoy seen
    lead: Turkey and Russia on joint patrol.
    lang: tr
    link: https://a.example/1
    expect: no-match
    why: it is only an example
"""
TESTS = "tests: [{text: a, expect: match}, {text: b, expect: no-match}]"
NOTHING = "exclusion 'a' excludes nothing; give it 'when' (a query) or 'url' (parts of links)"
BOTH = "give at least one text that must match and one that must not ('no-match' or 'digest')"
ONE_QUERY = "is one query; join its parts with 'and' or 'or', or list them under 'any:' or 'all:'"
AHEAD = "rules:\n- id: a-b\n  owner: o\n  "


def query(written: str) -> list[str]:
    """The problems of a rule with this query, which stands on line 4 from column 3."""
    return rules(f"{AHEAD}{written}\n  {TESTS}\n")[1]


def test_a_complete_rule_is_read_as_it_is_written() -> None:
    found, problems = rules(COMPLETE, EXCLUSIONS)
    assert problems == []
    rule = found["joint-patrol"]
    assert (rule.title, rule.owner, rule.severity) == ("Turkey-Russia joint patrol", "syria-desk", Severity.CRITICAL)
    assert (rule.notes, rule.file, rule.line) == ("Check whose statement it is.", "rules.yaml", 3)
    assert describe(rule.match) == "$turkey and $russia and $topic.joint near/8 $topic.patrol"
    assert [(one.name, one.scope, one.reason) for one in rule.exclude] == [
        ("sports", Scope.TEXT, "patrol races"),
        ("not-yet", Scope.SENTENCE, "an intention"),
    ]
    assert rule.tests == (
        RuleTest(
            title="Turkey and Russia resume joint patrols",
            lead="",
            language="en",
            link="",
            expect=Expectation.MATCH,
            line=16,
            column=5,
        ),
        RuleTest(
            title="Convoy seen",
            lead="Turkey and Russia on joint patrol.",
            language="tr",
            link="https://a.example/1",
            expect=Expectation.NO_MATCH,
            line=17,
            column=5,
        ),
    )


def test_a_rule_without_title_and_severity_is_a_notice_called_by_its_id() -> None:
    found, problems = rules(f"{AHEAD}match: patrol\n  {TESTS}\n")
    assert problems == []
    assert (found["a-b"].title, found["a-b"].severity, found["a-b"].exclude) == ("a-b", Severity.NOTICE, ())


def test_shared_exclusions_have_a_query_or_parts_of_links_and_may_end() -> None:
    problems = Problems()
    reader = ExclusionReader(ClauseReader(VOCABULARY, problems), problems)
    reader.read(node(EXCLUSIONS))
    assert noted(problems) == []
    assert reader.shared["comment"] == Exclusion(
        name="comment", reason="comment", url=("/opinion/", "/yazarlar/"), until=date(2027, 1, 1)
    )
    when = reader.shared["sports"].when
    assert when is not None
    assert describe(when) == 'football or "ski championship"'


@pytest.mark.parametrize(
    "written", ["match: >-\n    {}", "match: |\n    {}", "match: '{}'", 'match: "{}"', "match: {}"]
)
def test_a_query_may_be_written_in_every_way_of_yaml(written: str) -> None:
    found, problems = rules(f"{AHEAD}{written.format('$turkey and ($russia or patrol)')}\n  {TESTS}\n")
    assert problems == []
    assert describe(found["a-b"].match) == "$turkey and ($russia or patrol)"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("match: $turkey and $rusia", "4:22: 'match': nothing is called '$rusia'; did you mean '$russia'?"),
        ("match: '$turkey and $rusia'", "4:23: 'match': nothing is called '$rusia'; did you mean '$russia'?"),
        ("match: $turkey and\n    $rusia", "4:10: 'match': nothing is called '$rusia'; did you mean '$russia'?"),
        ("match: >-\n    $turkey\n    or $rusia", "4:10: 'match': nothing is called '$rusia'; did you mean '$russia'?"),
        ("match: $turkey.ad", "4:10: 'match': nothing is called '$turkey.ad'; did you mean '$turkey.adj'?"),
        ("match: $nothing.like", "4:10: 'match': nothing is called '$nothing.like'"),
        ("match: $turkey and (patrol", "4:22: 'match': this bracket is never closed"),
        ("match: '$turkey and (patrol'", "4:23: 'match': this bracket is never closed"),
        ("match: >-\n    patrol and\n    (a or b", "4:10: 'match': this bracket is never closed (at '(a or b')"),
        ("match: >-\n    $turkey\n    and", "4:10: 'match': the query ends where a word was expected (at its end)"),
        ("match: [a]", f"4:10: 'match' {ONE_QUERY}"),
        ("match: ''", "4:10: 'match' is an empty text; write one, or remove it"),
        ("match:", "4:3: 'match' has no value; give one or remove the key"),
    ],
)  # fmt: skip
def test_a_fault_in_a_query_is_shown_where_it_stands_or_in_its_words(written: str, said: str) -> None:
    assert query(written) == [f"rules.yaml:{said}"]


def test_every_unknown_reference_of_a_query_is_told() -> None:
    assert [said.split(":")[2] for said in query("match: $turky and $rusia and $topic.petrol")] == ["10", "21", "32"]


def test_no_rule_vanishes_without_a_word() -> None:
    for line in ("match: ''", "match:", "match: [a]", "match: (", "{}"):
        found, problems = rules(f"{AHEAD}{line}\n  {TESTS}\n" if line != "{}" else "rules: [{}]")
        assert found == {}
        assert problems != []


@pytest.mark.parametrize("written", ["A-B", "a b", "ab_", "-a", "a" * 81, "''", "[a]"])
def test_an_id_is_plain_and_short(written: str) -> None:
    _, problems = rules(f"rules:\n- {{id: {written}, owner: o, match: patrol, {TESTS}}}")
    assert len(problems) == 1


def test_one_id_twice_is_told_with_the_place_of_the_first() -> None:
    again = f"- {{id: a-b, owner: o, match: x, {TESTS}}}\n"
    assert rules(f"rules:\n{again}{again}")[1] == [
        "rules.yaml:3:3: rule id 'a-b' again; first in rules.yaml:2, give each rule its own"
    ]


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("[]", f"5:10: {BOTH}"),
        ("[{text: a, expect: match}]", f"5:10: {BOTH}"),
        ("[{text: a, expect: no-match}]", f"5:10: {BOTH}"),
        ("[{text: a, expect: yes}]", "5:29: 'expect' is one of match, digest, no-match, not 'yes'"),
        ("[{text: a}, {text: b, expect: match}]", "5:11: a test lacks 'expect'; add it"),
        ("[a, b]", f"5:11: a test is a mapping of keys to values ({', '.join(TEST_KEYS)}, story)"),
        ("none", "5:10: 'tests' is a list; begin each item with '- ' or write [a, b]"),
    ],
)  # fmt: skip
def test_the_tests_of_a_rule_must_be_able_to_fail_both_ways(tests: str, said: str) -> None:
    problems = rules(f"{AHEAD}match: patrol\n  tests: {tests}\n")[1]
    assert problems[0] == f"rules.yaml:{said}"
    assert all("is a mapping" in problem for problem in problems[1:])


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{expect: match}", "5:11: a test has either 'text', or 'title' (and 'lead', 'body')"),
        ("{text: a, title: b, expect: match}", "5:11: a test has either 'text', or 'title' (and 'lead', 'body')"),
        ("{text: '', expect: match}", "5:18: 'text' is an empty text; write one, or remove it"),
        ("{text: a, lang: EN, expect: match}", "5:27: 'lang' is a language code such as en, tr or kmr, not 'EN'"),
        ("{text: a, exepct: match}", "5:21: unknown key 'exepct' in a test; did you mean 'expect'?"),
    ],
)  # fmt: skip
def test_a_fault_in_a_test_is_told_with_its_place(test: str, said: str) -> None:
    more = "{text: a, expect: match}, {text: b, expect: no-match}"
    assert rules(f"{AHEAD}match: patrol\n  tests: [{test}, {more}]\n")[1] == [f"rules.yaml:{said}"]


@pytest.mark.parametrize(
    ("exclude", "said"),
    [
        ("[sport]", "5:13: no exclusion is called 'sport' in exclusions.yaml; did you mean 'sports'?"),
        ("sports", "5:12: 'exclude' is a list; begin each item with '- ' or write [a, b]"),
        ("[[sports]]", "5:13: an exclusion is a text; put it in quotes if it holds ': ', ' #', [ or {"),
        ("[{when: x, reason: y}]", "5:13: an exclusion of a rule has a 'name', a 'reason', and 'when' or 'url'"),
        ("[{name: a, when: x}]", "5:13: exclusion 'a' lacks 'reason'; add it"),
        ("[{name: a, reason: y}]", f"5:13: {NOTHING}"),
        ("[{name: a, reason: y, url: []}]", "5:39: 'url' names no part of a link; give one, or remove the key"),
        ("[{name: a, reason: y, url: ['']}]", "5:40: an item of 'url' is an empty text; write one, or remove it"),
        ("[{name: a, reason: y, when: $turky}]", "5:40: 'when': nothing is called '$turky'; did you mean '$turkey'?"),
        ("[{name: a, reason: y, when: x, until: soon}]", "5:50: 'until' is a date, written as 2027-06-30, not 'soon'"),
        ("[{name: a, reason: y, url: [x], scope: text}]", "5:51: 'scope' says where 'when' looks; it needs 'when'"),
    ],
)  # fmt: skip
def test_a_fault_in_an_exclusion_is_told_with_its_place(exclude: str, said: str) -> None:
    text = f"{AHEAD}match: patrol\n  exclude: {exclude}\n  {TESTS}\n"
    assert rules(text, EXCLUSIONS)[1] == [f"rules.yaml:{said}"]


@pytest.mark.parametrize("part", ["''", "' '", '"\\t"', "~", ""])
def test_a_part_of_a_link_that_every_link_has_is_told(part: str) -> None:
    text = f"{AHEAD}match: x\n  exclude:\n  - name: a\n    reason: b\n    url:\n    - {part}\n  {TESTS}\n"
    (said,) = rules(text)[1]
    assert said.startswith("rules.yaml:9:")


def test_a_rule_with_five_faults_tells_all_five_with_its_name() -> None:
    text = """\
        rules:
        - id: ypg-status
          ownr: syria-desk
          severity: hgih
          match: $turky and patrol
          exclude: [sports]
          nots: x
        """
    assert rules(text)[1] == [
        "rules.yaml:2:3: rule 'ypg-status' lacks 'tests'; add it",
        "rules.yaml:3:3: unknown key 'ownr' in rule 'ypg-status'; did you mean 'owner'?",
        "rules.yaml:4:13: 'severity' is one of info, notice, high, critical, not 'hgih'; did you mean 'high'?",
        "rules.yaml:5:10: 'match': nothing is called '$turky'; did you mean '$turkey'?",
        "rules.yaml:6:13: no exclusion is called 'sports' in exclusions.yaml",
        "rules.yaml:7:3: unknown key 'nots' in rule 'ypg-status'; did you mean 'notes'?",
    ]


def test_mistakes_in_an_event_hide_none_behind_them() -> None:
    text = """\
        rules:
        - id: a
          owner: o
          match:
            event:
              actor: [$russia]
              action: [export*, shipment*]
              within: 16
              joint: yes
              allow: [denies]
          scope: title
          assert: {denied: ring}
          status: live
          sources: {min_tier: B}
          tests: [{text: a, expect: match}, {text: b, expect: digest}]
        """
    assert [said.removeprefix("rules.yaml:").split(": ")[0] for said in rules(text)[1]] == [
        "6:7", "7:15", "8:15", "9:14", "10:15", "11:10", "12:20", "13:11", "14:23",
    ]  # fmt: skip


@settings(max_examples=400, deadline=2000)
@given(text=mistyped(COMPLETE))
def test_any_rule_file_gives_rules_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = rule_reader(problems, EXCLUSIONS)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read(root)
    assert outside(problems, text) == []
    assert problems or (reader.rules and all(rule.tests and rule.owner for rule in reader.rules.values()))


@settings(max_examples=200, deadline=2000)
@given(text=mistyped(EXCLUSIONS))
def test_any_file_of_exclusions_gives_exclusions_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = ExclusionReader(ClauseReader(VOCABULARY, problems), problems)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read(root)
    assert outside(problems, text) == []
    assert problems or all(one.when or one.url for one in reader.shared.values())
