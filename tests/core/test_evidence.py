"""What of a text is evidence of a state: which saying counts, and whose state it must name."""

from datetime import date

import pytest

from monitor.core import entry, evidence
from monitor.core.alert import Reason
from monitor.core.evidence import Weighed
from monitor.core.match import Matcher, Setting
from monitor.core.rule import Ruleset
from tests.ruleset.reading import VOCABULARY, rules

READ, _ = rules(
    """\
    rules:
    - id: patrols
      type: status
      owner: o
      entity: $turkey
      facets:
        north:
          states: [running, stopped, resumed]
          authority: [$russia, $kobani]
          to: {stopped: $phase.suspend near/8 $topic.patrol, resumed: $phase.resume near/8 $topic.patrol}
          claims: tension* near/8 $topic.patrol
        talks:
          states: [none, begun]
          authority: $russia
          to: {begun: $phase.begin near/4 talks}
      tests: [{text: a, expect: match}, {text: b, expect: no-match}]
    """
)
RULE = READ["patrols"]
MATCHER = Matcher(Ruleset(rules=READ, vocabulary=VOCABULARY))


def told(title: str, lead: str = "") -> tuple[Weighed, ...]:
    document = entry.read(title, lead, "en", whole=False)
    match = MATCHER.match(RULE, document, MATCHER.find(document), Setting(today=date(2026, 11, 23)))
    assert match is not None
    return evidence.in_text(RULE, match.proposals, VOCABULARY.groups)


@pytest.mark.parametrize(
    ("title", "lead", "states"),
    [
        ("Turkey, Russia suspend patrols", "", ["north: stopped"]),
        ("Turkey, Russia suspend patrols, then resume patrols", "", ["north: resumed"]),
        ("Turkey, Russia suspend patrols", "They had resumed patrols.", ["north: stopped"]),
        ("Turkey, Russia suspend patrols and begin talks", "", ["north: stopped", "talks: begun"]),
        ("Turkey, Russia suspend patrols amid tension on patrols", "", ["north"]),
    ],
)
def test_of_what_a_text_says_of_a_facet_one_saying_counts(title: str, lead: str, states: list[str]) -> None:
    assert [one.called for one in told(title, lead)] == states


@pytest.mark.parametrize(
    ("title", "reason", "why"),
    [
        ("Turkey, Russia suspend patrols", None, ""),
        ("Turkey suspends patrols near Kobani", None, ""),
        ("Turkey suspends patrols", Reason.NO_AUTHORITY,
         "it names nobody whose state this is; name one of $russia, $kobani"),
        ("Turkey begins talks", Reason.NO_AUTHORITY, "it names nobody whose state this is; name $russia"),
        ("Russia suspends patrols", Reason.NOT_THE_ENTITY, "it does not name the entity of the rule; name $turkey"),
        ("Turkey, Russia suspended patrols in March", Reason.DATED_BACK, "it is told as what came before, by 'March'"),
        ("Tension on patrols", Reason.CLAIM, ""),
    ],
)  # fmt: skip
def test_what_is_no_evidence_says_why_and_whom_to_name(title: str, reason: Reason | None, why: str) -> None:
    found = told(title)
    assert [one.against for one in found] == [reason]
    assert evidence.in_vain(RULE, found) == why


def test_one_state_that_counts_is_enough() -> None:
    found = told("Turkey begins talks, suspends patrols at Kobani")
    assert evidence.in_vain(RULE, found) == ""


def test_the_voice_of_an_authority_need_not_name_it() -> None:
    document = entry.read("Turkey suspends patrols", "", "en", whole=False)
    match = MATCHER.match(RULE, document, MATCHER.find(document), Setting(today=date(2026, 11, 23)))
    assert match is not None
    spoken = evidence.weighed(RULE, match.proposals, VOCABULARY.groups, frozenset({"russia"}))
    assert [one.against for one in spoken] == [None]
