"""Status rules as they are written: every slip is one line that says what to do."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.clause import Assertion
from monitor.core.rule import Handling
from monitor.core.severity import Severity
from monitor.core.tracker import Change, Contested, Quorum, Standing
from tests.ruleset.reading import rules

RULE = """\
rules:
- id: patrol-status
  type: status
  owner: syria-desk
  severity: high
  entity: $turkey
  facets:
    patrols.north:
      states: [running, stopped, resumed]
      now: {state: running, since: 2023-01-01, source: memorandum}
      authority: [$turkey, $russia]
      to:
        stopped: $turkey and $phase.suspend near/8 $topic.patrol
        resumed: {match: $turkey and $phase.resume near/8 $topic.patrol}
  change:
    quorum: {independent: 3, within: 36h, min_tier: 2, or_one: nobody}
    hold: 2h
    contested: {severity: notice, label: DISPUTED}
    milestone: never
    boilerplate: count
  assert: {planned: digest, demanded: drop}
  tests:
  - {text: Turkey suspends patrols, expect: match}
  - {text: Turkey suspends gas, expect: no-match}
"""


def problems(was: str, now: str, text: str = RULE) -> list[str]:
    assert was in text
    return rules(text.replace(was, now, 1))[1]


def test_a_status_rule_is_read_whole() -> None:
    found, said = rules(RULE)
    assert said == []
    rule = found["patrol-status"]
    (facet,) = rule.facets
    assert (rule.entity, facet.name, facet.authority) == ("turkey", "patrols.north", ("turkey", "russia"))
    assert (facet.states, list(facet.to)) == (("running", "stopped", "resumed"), ["stopped", "resumed"])
    assert facet.now == Standing(state="running", since=datetime(2023, 1, 1, tzinfo=UTC), source="memorandum")
    assert rule.change == Change(
        quorum=Quorum(independent=3, within=timedelta(hours=36), min_tier=2, official=False),
        hold=timedelta(hours=2),
        contested=Contested(severity=Severity.NOTICE, label="DISPUTED"),
        milestone=False,
        boilerplate=False,
    )
    assert rule.handling[Assertion.DEMANDED] is Handling.DROP


def test_what_is_not_said_is_as_usual() -> None:
    at, end = RULE.index("  change:"), RULE.index("  assert:")
    found, said = rules(RULE[:at] + RULE[end:])
    assert (said, found["patrol-status"].change) == ([], Change())
    assert Change().quorum == Quorum(independent=2, within=timedelta(hours=72), min_tier=0, official=True)


SLIPS = [
    ("entity: $turkey", "entity: $turky",
     "6:11: 'entity': no entity or group is called 'turky'; did you mean 'turkey'?"),
    ("entity: $turkey", "entity: [$turkey]", "6:11: 'entity'"),
    ("  entity: $turkey\n", "", "2:3: rule 'patrol-status' lacks 'entity'"),
    ("patrols.north:", "Patrols North:", "9:7: facet 'Patrols North': use lower-case letters, digits, '_' and '.'"),
    ("states: [running, stopped, resumed]", "states: [running]", "needs two states or more; the first"),
    ("states: [running, stopped, resumed]", "states: [stopped, resumed, stopped]",
     "has the state 'stopped' twice; remove one"),
    ("entity: $turkey", "entity: $turkey or $russia",
     "6:11: 'entity' is one name and no query; make a group of them in the gazetteer, and name that"),
    ("authority: [$turkey, $russia]", "authority: [$turkey and $russia]", "'authority' is one name and no query"),
    ("entity: $turkey", "entity: $topic.patrol",
     "6:11: 'entity' is an entity or a group; '$topic.patrol' is of the lexicon, and belongs into a query"),
    ("planned: digest", "plannd: alert", "did you mean 'planned'?"),
    ("states: [running,", "states: [Running,", "9:15: state 'Running': use lower-case letters"),
    ("states: [running,", "state: [running,", "unknown key 'state' in facet 'patrols.north'; did you mean 'states'?"),
    ("      to:\n", "      too:\n", "did you mean 'to'?"),
    ("now: {state: running", "now: {state: runing", "running, stopped, resumed; did you mean 'running'?"),
    ("since: 2023-01-01", "since: last year", "10:36: 'since'"),
    ("since: 2023-01-01", "until: 2023-01-01", "unknown key 'until' in 'now'"),
    (", source: memorandum", "", "lacks 'source'"),
    ("authority: [$turkey, $russia]", "authority: [$turkey, $rusia]", "did you mean 'russia'?"),
    ("        stopped: $turkey", "        stoped: $turkey", "running, stopped, resumed; did you mean 'stopped'?"),
    ("$phase.suspend near", "$phase.suspnd near", "'to.stopped': nothing is called '$phase.suspnd'; did you mean"),
    ("$topic.patrol}", "$topic.patrol, within: text}", "'to.resumed' has 'match' and nothing beside it"),
    ("{independent: 3,", "{independent: 0,", "16:27: 'independent' is a whole number from 1 to 10"),
    ("{independent: 3,", "{independant: 3,", "did you mean 'independent'?"),
    ("within: 36h", "within: 36 hours", "'within' is a duration from 10m to 30d, written as"),
    ("within: 36h", "within: 5m", "'within' is a duration from 10m to 30d"),
    ("min_tier: 2", "min_tier: 5", "'min_tier' is a whole number from 1 to 4"),
    ("or_one: nobody", "or_one: no one", "'or_one'"),
    ("hold: 2h", "hold: 4d", "17:11: 'hold' is a duration from 0s to 3d"),
    ("severity: notice", "severity: notise", "did you mean 'notice'?"),
    ("label: DISPUTED", f"label: {'LONG ' * 9}", "'label' is a word or a few, at most 40 characters"),
    ("milestone: never", "milestone: nevr", "'milestone'"),
    ("boilerplate: count", "boilerplate: 3", "'boilerplate'"),
    ("  change:\n", "  changes:\n", "did you mean 'change'?"),
    ("  hold: 2h", "  confirm: analyst", "unknown key 'confirm' in 'change'"),
    ("  change:\n", "  match: $turkey\n  change:\n",
     "15:10: 'match' does not belong here: it has its queries under 'facets', in 'to'"),
    ("  change:\n", "  numbers: {dead: {near: dead}}\n  change:\n",
     "15:12: a rule of type status counts nothing; say 'numbers' in a rule of type event on the same words"),
    ("planned: digest", "planned: alert",
     "only what is done is evidence; use digest, drop, or 'allow' at an event"),
    ("planned: digest", "done: digest",
     "'assert.done': what is done is the evidence of a rule of type status; remove it"),
    ("  tests:\n", "  notify: {cooldown: 6h}\n  tests:\n", "'cooldown' does nothing in a rule of type status"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "said"), SLIPS)
def test_a_slip_is_one_line_with_its_place_and_what_to_do(was: str, now: str, said: str) -> None:
    told = problems(was, now)
    assert len(told) == 1, told
    assert told[0].startswith("rules.yaml:")
    assert said in told[0]
    assert "\n" not in told[0]


@pytest.mark.parametrize("written", ["facets: {}", "facets: [a]", "facets: none"])
def test_facets_that_are_none_are_told(written: str) -> None:
    start, end = RULE.index("  facets:"), RULE.index("  change:")
    told = rules(f"{RULE[:start]}  {written}\n{RULE[end:]}")[1]
    assert len(told) == 1, told
    assert "'facets' has a name for each thing that has a state" in told[0]


@pytest.mark.parametrize("written", ["{}", "$turkey", "[]"])
def test_patterns_that_are_none_are_told(written: str) -> None:
    start, end = RULE.index("      to:"), RULE.index("  change:")
    told = rules(f"{RULE[:start]}      to: {written}\n{RULE[end:]}")[1]
    assert len(told) == 1, told
    assert "'to' of facet 'patrols.north' has a query for each state" in told[0]


def test_one_patrol_rule_of_the_other_type_says_where_facets_belong() -> None:
    text = """\
    rules:
    - id: patrol
      owner: me
      match: $turkey
      facets: {f: {states: [a, b], to: {b: $turkey}}}
      tests:
      - {text: Turkey, expect: match}
      - {text: nothing, expect: no-match}
    """
    (told,) = rules(text)[1]
    assert told == "rules.yaml:5:11: 'facets' does not belong here: it belongs to a rule of type status"


def test_a_cooldown_of_nothing_is_what_a_status_rule_has() -> None:
    assert problems("  tests:\n", "  notify: {cooldown: 0s}\n  tests:\n") == []


def test_an_event_may_allow_what_else_is_no_evidence() -> None:
    event = "{event: {actors: $turkey, action: $phase.suspend, allow: [planned]}}"
    assert problems("$turkey and $phase.suspend near/8 $topic.patrol", event) == []


def test_what_a_file_says_for_all_its_rules_is_refused_for_its_status_rules() -> None:
    (told,) = rules(
        "defaults: {assert: {possible: alert}}\n" + RULE.replace("  assert: {planned: digest, demanded: drop}\n", "")
    )[1]
    assert "rules.yaml:1:31: 'assert.possible'" in told
