"""Who else stands there, what only describes, and what is background: each guard, by the text it is for."""

from dataclasses import replace

import pytest

from monitor.core.clause import Event
from monitor.core.entry import read
from monitor.core.gazetteer import Pattern
from monitor.core.match import Setting
from monitor.core.rule import Window
from tests.core.rulebook import TODAY, VOCABULARY, cues, event, matcher, rule
from tests.core.test_evaluate import PATROL, matches

WORDS = replace(VOCABULARY, cues={**VOCABULARY.cues, "topic.and": cues(en="and")})
OURS = event(actors=["$turkey"], action="$topic.patrol", no_other="$us")
THEIRS = event(actors=["$sdf"], action="$topic.patrol", no_other="$hts")
JOINT = event(actors=["$turkey", "$russia"], action="$topic.patrol", joint=True)


def rings(tree: Event, title: str) -> bool:
    one = replace(rule("x", within=Window.SENTENCE), match=tree)
    ready, document = matcher(one, vocabulary=WORDS), read(title, "", "en")
    return ready.match(one, document, ready.find(document), Setting(today=TODAY)) is not None


def test_nobody_named_at_all_is_nobody_who_acts() -> None:
    left_out = event(actors=["$turkey"], action="$topic.patrol", implied={"TR": "turkey"})
    assert matches(left_out, "Turkish patrol begins", country="TR")
    assert not matches(left_out, "Joint patrol begins", country="TR")


@pytest.mark.parametrize(
    ("tree", "title", "wanted"),
    [
        pytest.param(OURS, "US Turkish convoy begins a patrol", False, id="side by side"),
        pytest.param(OURS, "US with Turkish convoy begins a patrol", False, id="with"),
        pytest.param(OURS, "US and Turkish convoys begin a patrol", False, id="and"),
        pytest.param(OURS, "US sees Turkish convoy begin a patrol", True, id="a word between that does not link"),
        pytest.param(PATROL, "Turkey and Russia, in a village the SDF holds, ran a joint patrol", True, id="paired"),
        pytest.param(PATROL, "Turkey, in a village the SDF holds, ran a joint patrol with Russia", False, id="parted"),
        pytest.param(JOINT, "Russia and Syria hold joint patrols, Turkey is silent", False, id="with others"),
        pytest.param(JOINT, "Russia and Turkey hold joint patrols, Syria is silent", True, id="others silent"),
        pytest.param(JOINT, "Turkey: joint patrols with Russia near Syria base begin", True, id="who is quoted acts"),
        pytest.param(JOINT, "Russia's Russian troops hold joint patrols, Turkey takes part", True, id="named twice"),
        pytest.param(THEIRS, "HTS resumes all of its patrols, SDF keeps silent", False, id="the other's action"),
        pytest.param(THEIRS, "HTS left the town after patrols resumed, SDF says", True, id="the other's background"),
    ],
)
def test_who_else_stands_there(tree: Event, title: str, wanted: bool) -> None:
    assert rings(tree, title) is wanted


def said(title: str, language: str) -> str:
    one = rule("$turkey and (patrol* or devriye*)", within=Window.SENTENCE)
    words = replace(
        VOCABULARY,
        modality={**VOCABULARY.modality, "cue.retro": cues(en="years ago", tr="geçen yıl")},
        patterns={**VOCABULARY.patterns, "cue.participle": (Pattern(expression="lan$|len$", language="tr"),)},
    )
    ready, document = matcher(one, vocabulary=words), read(title, "", language)
    match = ready.match(one, document, ready.find(document), Setting(today=TODAY))
    assert match is not None
    return match.assertion.value


@pytest.mark.parametrize(
    ("language", "title", "how"),
    [
        pytest.param("tr", "Türkiye geçen yıl durdurulan devriyelere başladı", "done", id="a date of a participle"),
        pytest.param("tr", "Türkiye geçen yıl devriyelere başladı", "retro", id="a date of the verb"),
        pytest.param("en", "Turkey resumes patrols suspended in October 2022", "done", id="a pause that ends"),
        pytest.param("en", "Turkey had its patrols suspended in October 2022", "retro", id="a pause"),
    ],
)
def test_a_date_that_belongs_to_something_else_is_no_past(language: str, title: str, how: str) -> None:
    assert said(title, language) == how
