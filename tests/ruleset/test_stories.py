"""Stories as they are written under `tests:`: what is read of them, and what is said of every slip."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from monitor import yamlfile
from monitor.core.rule import Outlet, Step, StoryTest, Totals
from monitor.core.severity import Severity
from monitor.ruleset.stories import USUAL_TIME
from monitor.yamlfile import Problems
from tests.ruleset.reading import mistyped, outside, rule_reader, rules

HEAD = "rules:\n- id: a\n  owner: o\n  match: patrol\n  tests:\n"
COMPLETE = f"""{HEAD}  - story:
    - at: 2024-08-23T16:10+03:00
      published: -2h
      outlet: trtworld
      owner: Turkish state
      tier: 2
      kind: state
      country: TR
      speaks_for: [$turkey, russia]
      lang: tr
      title: Devriye
      lead: One. Two.
      body: Three.
      link: https://a.example/1
      author: Anadolu
      rings: [RESUMPTION, patrol]
      why: the first
    - {{at: +1d12h, revises: 1, text: Devriye again, digest: true}}
    - {{at: 2024-09-01T00:00Z, published: 2024-08-31T22:00:00+00:00, outlet: The Daily, text: A patrol, rings: true}}
    - {{at: +30d, rings: no patrol, digest: false}}
    last_match: 2023-10-05
    until: +3d
    expect: {{alerts: 4, severity: critical, label: RESUMPTION, updates: 2}}
    why: all that there is
"""
FIRST = datetime(2024, 8, 23, 13, 10, tzinfo=UTC)


def stories(text: str) -> tuple[StoryTest, ...]:
    found, problems = rules(text)
    assert problems == []
    return found["a"].stories


def story(steps: str, more: str = "") -> str:
    return f"{HEAD}  - {{text: a patrol, expect: match}}\n  - {{text: b, expect: no-match}}\n  - story: {steps}\n{more}"


def test_a_complete_story_is_read_as_it_is_written() -> None:
    (found,) = stories(COMPLETE)
    assert found.steps[0] == Step(
        at=FIRST,
        published_at=FIRST - timedelta(hours=2),
        outlet="trtworld",
        language="tr",
        author="Anadolu",
        title="Devriye",
        lead="One. Two.",
        body="Three.",
        link="https://a.example/1",
        rings=("RESUMPTION", "patrol"),
        line=7,
        column=7,
    )
    assert found.outlets == (
        Outlet(
            name="trtworld", owner="Turkish state", tier=2, kind="state", country="TR", speaks_for=("turkey", "russia")
        ),
        Outlet(name="The Daily"),
    )
    assert (found.last_match, found.until) == (datetime(2023, 10, 5, 12, tzinfo=UTC), timedelta(days=3))
    assert found.totals == Totals(
        alerts=4, severity=Severity.CRITICAL, label="RESUMPTION", updates=2, line=28, column=13
    )
    assert (found.line, found.column, found.rings, found.silences) == (6, 5, True, 1)


def test_a_revision_has_the_outlet_the_language_the_link_and_the_date_of_the_entry() -> None:
    revised = stories(COMPLETE)[0].steps[1]
    assert (revised.at, revised.published_at) == (FIRST + timedelta(hours=36), FIRST - timedelta(hours=2))
    assert (revised.outlet, revised.language, revised.link) == ("trtworld", "tr", "https://a.example/1")
    assert (revised.revises, revised.title, revised.lead, revised.digest) == (1, "Devriye again", "", True)


def test_a_revision_of_a_revision_is_one_of_the_entry() -> None:
    steps = "[{outlet: a, text: x, rings: true}, {at: +1h, revises: 1, text: y}, {at: +1h, revises: 2, text: z}]"
    assert [step.revises for step in stories(story(steps))[0].steps] == [0, 1, 1]


def test_steps_that_say_nothing_of_it_are_silent_where_one_says_what_rings() -> None:
    (found,) = stories(story("[{outlet: a, text: x, rings: true}, {at: +1h, outlet: b, text: y}]"))
    assert [step.rings for step in found.steps] == [("",), ()]


def test_of_a_story_with_totals_alone_no_step_is_asked_and_what_may_not_ring_is_counted() -> None:
    (found,) = stories(story("[{outlet: a, text: x}, {at: +1h, outlet: b, text: y}]", "    expect: {alerts: 1}\n"))
    assert [step.rings for step in found.steps] == [None, None]
    assert (found.rings, found.silences) == (True, 1)


@pytest.mark.parametrize("at", ["", "at: +0h, "])
def test_a_story_that_does_not_say_when_begins_at_the_usual_time(at: str) -> None:
    (found,) = stories(story(f"[{{{at}outlet: a, text: x, rings: true}}, {{at: +1d, rings: false}}]"))
    assert [step.at for step in found.steps] == [USUAL_TIME, USUAL_TIME + timedelta(days=1)]


def test_a_story_with_a_ring_is_a_positive_test_and_its_silences_are_a_negative_one() -> None:
    both = f"{HEAD}  - story: [{{outlet: a, text: x, rings: true}}, {{at: +1h, outlet: b, text: y}}]\n"
    assert len(stories(both)) == 1
    advice = "give at least one text that must match and one that must not ('no-match' or 'digest')"
    rings = f"{HEAD}  - story: [{{outlet: a, text: x, rings: true}}]\n"
    silent = f"{HEAD}  - story: [{{outlet: a, text: x, rings: false}}]\n"
    assert rules(rings)[1] == rules(silent)[1] == [f"rules.yaml:6:3: {advice}"]


ENTRY = "outlet: a, text: x"
RINGS = f"{{{ENTRY}, rings: true}}"
RUNG = "'rings' is true, false, or a text that the alert has in its label or title"
SLIPS = {
    # The story.
    "{at: +1h}": "'story' is a list; begin each item with '- ' or write [a, b]",
    "[]": "'story' has from 1 to 500 steps, not 0",
    f"[{{{ENTRY}}}]": "a story expects nothing; say what 'rings' at its steps, or 'expect' of all of it",
    "[{at: 2024-08-23T13:10Z, rings: true}]": "a story brings no entry; give a step with 'outlet' and 'title'",
    # Steps.
    f"[{RINGS}, next day]": "step 2 of a story is a mapping of keys to values",
    f"[{RINGS}, {{}}]": "step 2 of a story is empty; give 'at' where only time passes, or an entry",
    f"[{RINGS}, {{rings: false}}]": "step 2 of a story lacks 'at'; write +2h after the step before",
    f"[{{{ENTRY}, ring: true}}]": "unknown key 'ring' in step 1 of a story; did you mean 'rings'?",
    f"[{{{ENTRY}, rings: }}]": "'rings' has no value; give one or remove the key",
    "[{text: x, rings: true}]": "step 1 of a story lacks 'outlet'; add the id of a feed, or any name",
    "[{outlet: x, rings: true}]": "step 1 of a story has either 'text', or 'title' (and 'lead', 'body')",
    "[{outlet: x, lead: y, rings: true}]": "step 1 of a story has either 'text', or 'title' (and 'lead', 'body')",
    f"[{{{ENTRY}, title: y, rings: true}}]": "step 1 of a story has either 'text', or 'title' (and 'lead', 'body')",
    f"[{{{ENTRY}, author: '', rings: true}}]": "'author' is an empty text; write one, or remove it",
    # Times.
    f"[{{at: +2h, {ENTRY}, rings: true}}]": "the first step has none before it; write a time, or +0h",
    f"[{{at: 2h, {ENTRY}, rings: true}}]": (
        "'at' is a time with its zone, written as 2024-08-23T13:10Z, or as +2h after the step before, not '2h'"
    ),
    f"[{{at: 2024-08-23T13:10, {ENTRY}, rings: true}}]": "'at' is a time with its zone",
    f"[{{at: 9999-08-23T13:10Z, {ENTRY}, rings: true}}]": "'at' is a time with its zone",
    f"[{{at: [1], {ENTRY}, rings: true}}]": "'at' is a time with its zone",
    f"[{RINGS}, {{at: +2 hours}}]": "'at' is +2h or +1d12h, of d, h, m and s, at most 4000d, not '+2 hours'",
    f"[{RINGS}, {{at: +}}]": "'at' is +2h or +1d12h, of d, h, m and s, at most 4000d, not '+'",
    f"[{RINGS}, {{at: +9999d}}]": "'at' is +2h or +1d12h, of d, h, m and s, at most 4000d, not '+9999d'",
    f"[{{at: 2199-01-01T00:00Z, {ENTRY}, rings: true}}, {{at: +4000d}}]": "a story ends before 2201; shorten it",
    f"[{RINGS}, {{at: 2025-01-01T00:00Z}}]": (
        "step 2 of a story is before the step ahead of it (2026-01-05 12:00); put them in order"
    ),
    f"[{{published: +2h, {ENTRY}, rings: true}}]": (
        "'published' is a time with its zone, written as 2024-08-23T13:10Z, or as -2h ahead of 'at', not '+2h'"
    ),
    f"[{{published: -2x, {ENTRY}, rings: true}}]": "'published' is -2h or -1d12h, of d, h, m and s",
    f"[{{published: 2027-01-01T00:00Z, {ENTRY}, rings: true}}]": (
        "'published' is after the step itself (2026-01-05 12:00)"
    ),
    # Outlets.
    f"[{{{ENTRY}, tier: 5, rings: true}}]": "'tier' is a whole number from 1 to 4, not '5'",
    f"[{{{ENTRY}, kind: paper, rings: true}}]": "'kind' is one of official, agency, state",
    f"[{{{ENTRY}, country: tr, rings: true}}]": "'country' is a code such as TR, not 'tr'",
    f"[{{{ENTRY}, lang: Turkish, rings: true}}]": "'lang' is a code such as en, tr or kmr, not 'Turkish'",
    f"[{{{ENTRY}, speaks_for: turkey, rings: true}}]": "'speaks_for' is a list",
    f"[{{{ENTRY}, speaks_for: [$turky], rings: true}}]": (
        "'speaks_for': no entity or group is called 'turky'; did you mean 'turkey'?"
    ),
    f"[{{{ENTRY}, tier: 1, rings: true}}, {{at: +1h, {ENTRY}, tier: 2}}]": (
        "'tier' of 'a' is another on line 8; an outlet is the same through the story"
    ),
    # Revisions.
    "[{revises: 1, text: x, rings: true}]": "the first step has none before it to revise",
    f"[{RINGS}, {{at: +1h, revises: 2, text: y}}]": "'revises' is a whole number from 1 to 1, not '2'",
    f"[{RINGS}, {{at: +1h}}, {{at: +1h, revises: 2, text: y}}]": (
        "step 2 of the story brings no entry that could be revised"
    ),
    f"[{RINGS}, {{at: +1h, revises: 1, text: y, lang: tr}}]": (
        "step 2 of a story revises an entry, whose 'lang' it has; remove the key"
    ),
    f"[{RINGS}, {{at: +1h, revises: 1}}]": "step 2 of a story has either 'text', or 'title' (and 'lead', 'body')",
    # What is expected.
    f"[{{{ENTRY}, rings: no}}]": f"{RUNG}; put 'no' in quotes if that is one",
    f"[{{{ENTRY}, rings: True}}]": f"{RUNG}; put 'True' in quotes if that is one",
    f"[{{{ENTRY}, rings: 3}}]": f"{RUNG}; how many alerts the story has is said by 'expect: {{alerts: 3}}'",
    f"[{{{ENTRY}, rings: [3]}}]": (
        "a list of 'rings' has texts alone, each of what an alert has in its label or title; give one, or put 3 in "
        "quotes if that is one"
    ),
    f"[{{{ENTRY}, rings: false, lacks: X}}]": "'lacks' is of alerts that ring; say what 'rings' beside it",
    f"[{{{ENTRY}, lacks: X}}, {{at: +1h, {RINGS[1:]}]": "'lacks' is of alerts that ring; say what 'rings' beside it",
    f"[{{{ENTRY}, rings: true, lacks: []}}]": "'lacks' is a text, or a list of 1 to 20",
    f"[{{{ENTRY}, rings: true, held: true}}]": (
        "'held' is of evidence, which only a rule of type status weighs; remove it"
    ),
    f"[{{{ENTRY}, at: 2025-02-30T12:00Z, rings: true}}]": "; there is no 2025-02-30, for February 2025 has 28 days",
    f"[{{{ENTRY}, rings: []}}]": "'rings' lists from 1 to 20 alerts; write false where none rings",
    f"[{{{ENTRY}, rings: [true]}}]": "a list of 'rings' has texts alone, each of what an alert has in its label",
    f"[{{{ENTRY}, rings: {{a: b}}}}]": f"{RUNG}; totals such as {{alerts: 2}} stand under 'expect'",
    f"[{{{ENTRY}, digest: yes, rings: true}}]": "'digest' is one of true, false, not 'yes'",
}


@pytest.mark.parametrize(("steps", "said"), SLIPS.items())
def test_every_slip_in_a_story_is_one_line_that_says_what_to_do(steps: str, said: str) -> None:
    _, problems = rules(story(steps))
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith("rules.yaml:8:")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("last_match: yesterday", "'last_match' is a time with its zone, written as 2023-10-05 or 2023-10-05T09:30Z"),
        ("last_match: 2026-01-05", "'last_match' is before the story, which begins 2026-01-05 12:00"),
        ("until: 3d", "'until' is +2h or +1d12h, of d, h, m and s, at most 4000d, not '3d'"),
        ("expect: match", "'expect' of a story is a mapping of keys to values (alerts, severity, label, updates)"),
        ("expect: {}", "'expect' of a story is empty; give alerts, severity, label, updates, or remove it"),
        ("expect: {alert: 1}", "unknown key 'alert' in 'expect' of a story; did you mean 'alerts'?"),
        ("expect: {alerts: many}", "'alerts' is a whole number from 0 to 1000, not 'many'"),
        ("expect: {severity: grave}", "'severity' is one of info, notice, high, critical, not 'grave'"),
        ("expect: {updates: -1}", "'updates' is a whole number from 0 to 1000, not '-1'"),
        ("expects: {alerts: 1}", "unknown key 'expects' in a story; did you mean 'expect'?"),
        ("lang: tr", "unknown key 'lang' in a story; known are story, last_match, until, expect, why"),
    ],
)
def test_every_slip_below_a_story_is_one_line_that_says_what_to_do(more: str, said: str) -> None:
    _, problems = rules(story(f"[{RINGS}]", f"    {more}\n"))
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith("rules.yaml:9:")


def test_a_word_near_story_is_asked_after() -> None:
    _, problems = rules(f"{HEAD}  - {{storey: [], expect: match}}\n")
    assert any(one.endswith("unknown key 'storey' in a test; did you mean 'story'?") for one in problems)


@settings(max_examples=300, deadline=2000)
@given(text=mistyped(COMPLETE))
def test_any_story_gives_a_test_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    reader = rule_reader(problems)
    root = yamlfile.parse(text, "f", problems)
    if root is not None:
        reader.read(root)
    assert outside(problems, text) == []
    assert problems or all(rule.tests or rule.stories for rule in reader.rules.values())
