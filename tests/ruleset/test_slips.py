"""Slips in rules over time and their tests: each is one line with its place, that says what to do."""

from datetime import date
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import Places
from tests.support.desk import write_desk

TODAY = date(2026, 11, 23)
EVENT = """\
rules:
- id: joint-patrol
  owner: syria-desk
  severity: high
  match: $turkey and $russia and ($topic.joint near/8 $topic.patrol)
  tests:
  - {text: "Turkey and Russia resume joint patrols", expect: match}
  - {text: "Turkey and Russia could go on joint patrol", expect: digest}
"""
STATUS = """\
rules:
- id: patrol-status
  type: status
  owner: syria-desk
  entity: $turkey
  facets:
    patrols.north:
      states: [running, stopped, resumed]
      now: {state: running, since: 2023-01-01, source: memorandum}
      authority: [$turkey, $russia]
      to:
        stopped: $turkey and $phase.suspend near/8 $topic.patrol
        resumed: $turkey and $phase.resume near/8 $topic.patrol
  tests:
  - {text: Turkey suspends patrols, expect: match}
  - {text: Turkey may suspend patrols, expect: digest}
"""
WAVE = """\
- id: wave
  type: event_count
  owner: desk
  rules: [joint-patrol]
  timespan: 24h
  condition: {gte: 2}
"""
FACETS = STATUS[STATUS.index("    patrols.north") : STATUS.index("  tests:")]
PATROL = 'text: "Turkey, Russia resume joint patrols"'
TESTED = "Turkey and Russia resume joint patrols"


def said(folder: Path, rules: str) -> list[str]:
    """All that `check` says of these rules, without the folder."""
    desk = write_desk(folder / "desk", {"wire": "https://wire.example/rss"}, rules=rules)
    _, problems, _ = composition.check(Places(desk=desk, config=None, store=None), TODAY)
    return [str(one).removeprefix(f"{desk}/watch/rules.yaml:") for one in sorted(problems)]


def event(more: str = "", tests: str = "") -> str:
    return EVENT.replace("  tests:\n", f"{more}  tests:\n") + tests


def story(*steps: str, more: str = "") -> str:
    return event(tests="  - story:\n" + "".join(f"    - {{{step}}}\n" for step in steps) + more)


def evidence(said: str) -> str:
    return f"{STATUS}  - {{text: Turkey suspends patrols again, expect: {said}}}\n"


TURNED = "  - story:\n    - {{outlet: UN, tier: 1, text: Turkey suspends patrols, rings: '{}'}}\n"
NUMBERS = "  numbers: {p: {near: $topic.patrol, series: {all: {}, kob: {when: $kobani}}}}\n"
SLIPS = {
    # Days that are still to come, and those that never come.
    STATUS.replace("2023-01-01", "2036-01-01"): (
        "9:36: warning: rule patrol-status: 'since' is still to come (2036-01-01), and until then 'now' says nothing; "
        "give the day since when it is so"
    ),
    event("  escalate: [{quiet_for: 30d, last_known: 2030-01-01, label: R}]\n"): (
        "6:43: rule joint-patrol: 'last_known' is the day of the last development, and 2030-01-01 is still to come"
    ),
    event("  absence: {expect_every: 21d, after: 2030-01-01}\n"): (
        "6:39: warning: rule joint-patrol: nothing is expected before 2030-01-01, in more than a year; look at the "
        "year of 'after'"
    ),
    event("  numbers: {p: {near: $topic.patrol, series: {a: {baseline: {value: 3, as_of: 2031-01-01}}}}}\n"): (
        "6:79: rule joint-patrol: 'as_of' is the day on which a figure was so, and 2031-01-01 is still to come"
    ),
    STATUS.replace("2023-01-01", "2025-02-30"): (
        "9:36: 'since' is a date, written as 2027-06-30; there is no 2025-02-30, for February 2025 has 28 days"
    ),
    event("  absence: {expect_every: 21d, after: 2025-13-01}\n"): (
        "6:39: 'after' is first_match, start or a date, written as 2027-06-30; there is no 2025-13-01, for a year has "
        "12 months"
    ),
    event("  absence: {expect_every: 21d, after: frist_match}\n"): (
        "6:39: 'after' is first_match, start or a date, written as 2027-06-30; did you mean 'first_match'?"
    ),
    # States.
    STATUS.replace("stopped, resumed]", "stopped, resumed, gone]"): (
        "8:43: warning: rule patrol-status: facet 'patrols.north' has no way to the state 'gone'; give it a query "
        "under 'to', or take it out"
    ),
    STATUS.replace("$phase.resume", "$phase.suspend"): (
        "13:18: rule patrol-status: facet 'patrols.north' asks the same for 'stopped' and 'resumed', so that no report "
        "tells them apart; mend one"
    ),
    STATUS.replace("entity: $turkey", "entity: turkey"): (
        "5:11: warning: 'entity' names an entity; write $turkey, as in a query"
    ),
    STATUS.replace("states: [running, stopped, resumed]", "states: in_force"): (
        "8:15: 'states' is a list; begin each item with '- ' or write [a, b]"
    ),
    STATUS.replace(FACETS, "    states: in_force\n"): (
        "7:5: 'facets' has 'states' where the name of a facet stands; put one above, such as status"
    ),
    STATUS.replace(FACETS, "    states: [on, off]\n    to: {on: patrol}\n"): (
        "7:5: 'facets' has 'states' where the name of a facet stands; put one above, such as status"
    ),
    # Quorums and waits.
    STATUS.replace("  tests:", "  change: {quorum: {within: 1h}, hold: 3h}\n  tests:"): (
        "14:40: warning: rule patrol-status: 'hold' (3 h) is longer than 'within' of the quorum (1 h), so that a "
        "change is told when its reports are over; shorten it"
    ),
    STATUS.replace("  tests:", "  change: {fresh: 10m, hold: 3h}\n  tests:"): (
        "14:30: warning: rule patrol-status: 'hold' (3 h) is longer than 'fresh' (10 min), so that a state is reached "
        "anew before it was told; shorten it, or lengthen 'fresh'"
    ),
    STATUS.replace("  tests:", "  change: {quorum: {independent: 2, or_one: nobody}}\n  tests:"): (
        "14:34: warning: rule patrol-status: the quorum is of 2 origins, and the feeds that count have 1 owner, so "
        "that no change ever rings; ask for fewer"
    ),
    STATUS.replace("  tests:", "  change: {quorum: {independent: 1, min_tier: 2}}\n  tests:"): (
        "14:34: warning: rule patrol-status: the quorum is of 1 origin, and the feeds that count have 0 owners, so "
        "that only one official voice decides; ask for fewer"
    ),
    # Of which state a text is evidence.
    evidence("match, state: 'patrols.north: resumed'"): (
        "17:5: rule patrol-status: expected evidence for patrols.north: resumed, got evidence for patrols.north: "
        "stopped: 'Turkey suspends patrols again'"
    ),
    evidence("match, state: 'patrols.north: stoped'"): (
        "17:65: 'state': facet 'patrols.north' has no state 'stoped'; reports lead to stopped, resumed; did you mean "
        "'stopped'?"
    ),
    evidence("match, state: 'patrols.north: running'"): (
        "17:65: 'state': facet 'patrols.north' has no way to the state 'running'; reports lead to stopped, resumed"
    ),
    evidence("match, state: 'patrol.north: stopped'"): (
        "17:65: 'state': no facet is called 'patrol.north'; did you mean 'patrols.north'?"
    ),
    evidence("match, state: stopped"): (
        "17:65: 'state' has a facet and its state, such as \"patrols.north: stopped\", not 'stopped'"
    ),
    evidence("match, state: {patrols.north: stopped}"): (
        "17:65: 'state' is a text; put quotes around facet and state, \"deal: signed\""
    ),
    evidence("digest, state: 'patrols.north: stopped'"): (
        "17:66: 'state' is of a text that is evidence; write 'expect: match', or remove it"
    ),
    event(tests="  - {text: Turkey, expect: match, state: 'a: b'}\n"): (
        "9:42: 'state' is of rules of type status; remove it"
    ),
    STATUS.replace("[$turkey, $russia]", "$russia"): (
        "15:5: warning: rule patrol-status: matches, but is no evidence: it names nobody whose state this is; name "
        "$russia: 'Turkey suspends patrols'"
    ),
    STATUS.replace("[$turkey, $russia]", "[$russia, $kobani]").replace(
        "patrols, expect: match", "patrols, expect: match, state: 'patrols.north: stopped'"
    ): (
        "15:5: rule patrol-status: expected evidence for patrols.north: stopped, got no evidence: it names nobody "
        "whose state this is; name one of $russia, $kobani: 'Turkey suspends patrols'"
    ),
    STATUS.replace("entity: $turkey", "entity: $russia").replace("      authority: [$turkey, $russia]\n", ""): (
        "14:5: warning: rule patrol-status: matches, but is no evidence: it does not name the entity of the rule; name "
        "$russia: 'Turkey suspends patrols'"
    ),
    # Escalations.
    event("  escalate: [{source_is: official, severity: high}]\n"): (
        "6:14: warning: rule joint-patrol: 'escalate' takes an alert to high, and the rule is so already; give a "
        "graver one, or a 'label'"
    ),
    event("  escalate: [{source_is: official, severity: info}]\n"): (
        "6:14: warning: rule joint-patrol: 'escalate' takes an alert to info, and the rule is high already; give a "
        "graver one, or a 'label'"
    ),
    event("  escalate: [{assert: retro, label: D}]\n"): (
        "6:14: warning: rule joint-patrol: no alert has a report that is said as retro, for 'assert' has it dropped; "
        "say 'assert: {retro: alert}', or remove this"
    ),
    event(NUMBERS + "  escalate: [{number: p.koby, at_least: 3, label: D}]\n"): (
        "7:23: the rule has no number 'p.koby' under 'numbers'; did you mean 'p.kob'?"
    ),
    # Stories.
    story(f"outlet: wirr, {PATROL}, rings: true", f"at: +1h, outlet: wire, {PATROL}"): (
        "10:7: warning: rule joint-patrol: the outlet 'wirr' is no feed of the desk, and 'wire' is one: did you mean "
        "that? If not, say the 'tier' of this one"
    ),
    story(f"outlet: Daily News, {PATROL}, rings: true", f"at: +1h, outlet: Daly News, {PATROL}"): (
        "11:7: warning: rule joint-patrol: the outlet 'Daly News' is nearly 'Daily News', which the story has as well: "
        "did you mean that? If not, say the 'tier' of this one"
    ),
    story("outlet: wire, titel: x, rings: true"): (
        "10:22: unknown key 'titel' in step 1 of a story; did you mean 'title'?"
    ),
    event(tests='  - {text: "Turkey and Russia sign a deal", lang: xx, expect: no-match}\n'): (
        "9:5: warning: rule joint-patrol: 'lang' is 'xx', of which the desk has no word and no stem; known are ar, "
        "ckb, de, en, fa, fr, kmr, ru, tr, uk"
    ),
    STATUS
    + "  - story:\n    - {at: +0h, held: true, rings: false}\n    - {at: +1h, outlet: wire, text: A, rings: true}\n": (
        "18:23: 'held' is of an entry, and this step brings none; remove it"
    ),
    # Types.
    EVENT + WAVE.replace("event_count", "event_cuont"): (
        "10:9: 'type' is one of event, status, absence, event_count, temporal, temporal_ordered, not 'event_cuont'; "
        "did you mean 'event_count'?"
    ),
    EVENT + WAVE.replace("  type: event_count\n", ""): (
        "9:3: rule 'wave' has 'rules'; say that it is of 'type: event_count' or another pattern"
    ),
    STATUS.replace("type: status", "type: statsu"): (
        "3:9: 'type' is one of event, status, absence, event_count, temporal, temporal_ordered, not 'statsu'; did you "
        "mean 'status'?"
    ),
    STATUS.replace("  type: status\n", ""): "2:3: rule 'patrol-status' has 'facets'; say that it is of 'type: status'",
    event("  type: status\n"): (
        "5:10: a rule of type status has its queries under 'facets', in 'to'; or remove 'type'"
    ),
    event("  type: spike\n"): "6:9: 'spike' is no type, but a key of a rule of type event; write it as one",
    event("  type: absence\n"): (
        "6:9: a rule of type absence watches the feeds and has no 'match'; remove 'type', and say 'absence: "
        "{expect_every: 21d}' to hear when no match comes"
    ),
    # Rules that count others.
    EVENT + WAVE.replace("[joint-patrol]", "[feed-outage]"): (
        "12:11: rule 'wave' counts 'feed-outage', which watches the feeds and tells of no development; take it out"
    ),
    EVENT + WAVE.replace("[joint-patrol]", "[joint-patrool]"): (
        "12:11: rule 'wave' counts 'joint-patrool', and no rule is called so; did you mean 'joint-patrol'?"
    ),
    # Texts without quotes.
    event(tests=f'  - {{text: "{TESTED}", expect: match, why: yes, it rings, and loud}}\n'): (
        "9:79: the text of 'why' ends at the comma before 'it rings'; put quotes around the whole text"
    ),
    event(tests=f'  - {{text: "{TESTED}", expect: match, why: he said: yes}}\n'): (
        "9:81: a text that holds ': ' needs quotes around it; or a comma is missing before this key"
    ),
    story("outlet: wire, title: Turkey, Russia resume joint patrols, rings: true"): (
        "10:37: the text of 'title' ends at the comma before 'Russia resume joint patrols'; put quotes around the "
        "whole text"
    ),
    event("  notes: Check: whose statement it is.\n"): "6:15: a text that holds ': ' needs quotes around it",
}


@pytest.mark.parametrize(("rules", "line"), SLIPS.items(), ids=[line.split(": ")[-1][:60] for line in SLIPS.values()])
def test_each_slip_is_one_line_with_its_place(rules: str, line: str, tmp_path: Path) -> None:
    assert said(tmp_path, rules) == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("patrols.north: running → stoped", "the rule has no state 'stoped'; did you mean 'stopped'?"),
        ("running → gone", "the rule has no state 'gone'; known are running, stopped, resumed"),
        (
            "MILESTONE patrol.south: stopped again",
            "the rule has no facet 'patrol.south'; did you mean 'patrols.north'?",
        ),
    ],
)
def test_a_change_of_state_that_can_never_ring_is_told_beside_what_rang(text: str, line: str, tmp_path: Path) -> None:
    odd, failed = said(tmp_path, STATUS + TURNED.format(text))
    assert failed.endswith(f"expected {text}, rang patrols.north: running → stopped: Turkey suspends patrols")
    assert odd == f"18:7: warning: rule patrol-status: {text!r} never rings: {line}"


@pytest.mark.parametrize("text", ["north: running → stopped", "running → stop", "stopped", "CONTESTED"])
def test_a_change_of_state_may_be_called_by_a_part_of_it(text: str, tmp_path: Path) -> None:
    assert not any("never rings" in one for one in said(tmp_path, STATUS + TURNED.format(text)))


def test_the_rules_without_slips_have_nothing_said_of_them(tmp_path: Path) -> None:
    for rules in (EVENT, STATUS, EVENT + WAVE):
        assert said(tmp_path, rules) == []


@pytest.mark.parametrize(
    "broken",
    [
        "- {id: bad, owner: a, match: $turky and patrol, tests: TESTS}\n",
        "- {id: bad, owner: a, type: evnt, match: patrol, tests: TESTS}\n",
        "- {id: good, formerly: [bad], owner: a, match: patrol, within: wrod, tests: TESTS}\n",
    ],
)
def test_a_rule_that_counts_a_broken_one_is_told_so(broken: str, tmp_path: Path) -> None:
    tests = "[{text: a, expect: match}, {text: b, expect: no-match}]"
    lines = said(tmp_path, EVENT + broken.replace("TESTS", tests) + WAVE.replace("[joint-patrol]", "[bad]"))
    assert lines[1:] == ["13:11: rule 'wave' counts rule 'bad', which has problems; mend that one first"]


def test_a_rule_that_counts_one_of_a_file_that_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    desk = write_desk(tmp_path / "desk", {"wire": "https://wire.example/rss"}, rules=EVENT.replace("owner:", "owner"))
    (desk / "watch" / "wave.yaml").write_text(f"rules:\n{WAVE}", encoding="utf-8")
    _, problems, _ = composition.check(Places(desk=desk, config=None, store=None), TODAY)
    assert [one.message for one in problems if one.file.endswith("wave.yaml")] == [
        "rule 'wave' counts 'joint-patrol', which may stand in a file that cannot be read; mend that one first"
    ]


def test_outlets_that_are_told_apart_or_are_numbered_are_no_slip(tmp_path: Path) -> None:
    first = f"outlet: Outlet 1, {PATROL}, rings: true"
    steps = (f"at: +1h, outlet: Outlet 2, {PATROL}", f"at: +1h, outlet: wirr, tier: 3, {PATROL}")
    assert said(tmp_path, story(first, *steps)) == []


@pytest.mark.parametrize("name", ["p", "p.all"])
def test_a_figure_is_called_by_its_name_or_with_its_series_in_tests_and_conditions_alike(
    name: str, tmp_path: Path
) -> None:
    escalate = f"  escalate: [{{number: {name}, at_least: 300, label: MANY}}]\n"
    tests = (
        f'  - {{text: "Turkey and Russia held the 344th joint patrol", expect: match, numbers: {{{name}: 344}}}}\n'
        '  - {text: "Turkey, Russia on joint patrol", expect: match, numbers: {p: none, p.kob: none}}\n'
        '  - story:\n    - {outlet: wire, text: "Turkey and Russia held the 344th joint patrol", rings: MANY}\n'
    )
    assert said(tmp_path, event(NUMBERS + escalate, tests)) == []
    wrong = said(tmp_path, event(NUMBERS + escalate, tests.replace(f"{{{name}: 344}}", f"{{{name}: 345}}")))
    assert wrong == [
        f"11:5: rule joint-patrol: counted {name}: 344, not 345: 'Turkey and Russia held the 344th joint patrol'"
    ]
