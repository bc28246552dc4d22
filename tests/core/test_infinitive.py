"""What is to come, told by an infinitive: "to" makes a plan of a verb, and of nothing else."""

from dataclasses import replace

import pytest

from monitor.core.entry import read
from monitor.core.gazetteer import Pattern
from monitor.core.match import Setting
from monitor.core.rule import Window
from tests.core.rulebook import TODAY, VOCABULARY, cues, matcher, rule

WATCH = rule("($turkey or $russia) and patrol*", within=Window.SENTENCE)
WORDS = replace(
    VOCABULARY,
    modality={
        **VOCABULARY.modality,
        "cue.particle": cues(en="to"),
        "cue.pseudo": cues(en="agrees to, according to, to the"),
        "cue.possible": cues(en="may, moves to"),
    },
    patterns={**VOCABULARY.patterns, "cue.infinitive": (Pattern(expression="^to (?:widen|soon)$", language="en"),)},
)


def said(title: str) -> str:
    ready = matcher(WATCH, vocabulary=WORDS)
    document = read(title, "", "en")
    found = ready.match(WATCH, document, ready.find(document), Setting(today=TODAY))
    assert found is not None
    return f"{found.assertion}: {found.cue}" if found.cue else found.assertion.value


@pytest.mark.parametrize(
    ("title", "how"),
    [
        ("Turkey to redraw patrols", "planned: to"),
        ("Turkey, Russia to redraw patrols", "planned: to"),
        ("Turkish soldiers to widen patrols", "planned: to"),
        ("Turkish soldiers to soon redraw patrols", "planned: to"),
        ("Turkey to resume patrols", "planned: to resume"),
        pytest.param("Turkish soldiers to redraw patrols", "done", id="a verb nobody knows, behind no party"),
        pytest.param("Turkey agrees to widen patrols", "done", id="what is agreed"),
        pytest.param("Turkey moves to widen patrols", "possible: moves to", id="inside a longer cue"),
        pytest.param("According to Turkey patrols resume", "done", id="according to"),
        pytest.param("From Turkey to Syria patrols resume", "done", id="a country"),
        pytest.param("From Turkey to Kobani patrols resume", "done", id="a place"),
        pytest.param("From Turkey to 40 villages patrols went", "done", id="a number"),
        pytest.param("From Turkey to the north patrols went", "done", id="a direction"),
        pytest.param("Turkey, to widen its reach, sends patrols", "done", id="behind a comma"),
        pytest.param("Patrols led by Turkey to avenge attacks", "done", id="a purpose behind the deed"),
        pytest.param("Turkey resumes drills to widen patrols", "planned: to", id="the deed is the purpose"),
        pytest.param("Turkish patrols to soon resume", "planned: to", id="a verb behind that belongs to the deed"),
        pytest.param("Turkey began patrols to soon resume talks", "done", id="a verb ahead says that it is done"),
        pytest.param("From Turkey to mediators a letter went on patrols", "done", id="a way"),
        pytest.param("Letter from Turkey to mediators came after patrols", "done", id="a way, inside the clause"),
        pytest.param("Back from talks, Turkey to redraw patrols", "planned: to", id="from, in another clause"),
        pytest.param("Turkey to counter terrorism resumes patrols", "done", id="a purpose ahead of the deed"),
        pytest.param("Turkey and Russia to counter terrorism resume patrols", "done", id="a purpose of two"),
        pytest.param("Turkey to counter terrorism resumed patrols", "done", id="a purpose ahead of a deed of the past"),
        pytest.param(
            "Turkey to redraw plan of patrols resumed in March", "planned: to", id="a participle behind its noun"
        ),
        pytest.param("Turkey to redraw patrols that resumed", "planned: to", id="a clause of the noun"),
        pytest.param("Turkey to redraw and resume patrols", "planned: to", id="two infinitives"),
        pytest.param("Turkey to redraw patrols, Russia resumes talks", "planned: to", id="a deed in another clause"),
        pytest.param("Patrols: Turkey to", "done", id="nothing behind it"),
    ],
)
def test_a_particle_makes_a_plan_of_the_verb_behind_it(title: str, how: str) -> None:
    assert said(title) == how
