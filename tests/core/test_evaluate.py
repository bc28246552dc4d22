"""Events on texts: somebody does something, with whom, where, and who else stands in between."""

from dataclasses import replace

import pytest

from monitor.core.clause import AtLeast, Event, Expression, Only, Query
from monitor.core.entry import read
from monitor.core.evaluate import needs
from monitor.core.feed import Feed
from monitor.core.match import Match, Setting
from monitor.core.query import parse
from monitor.core.rule import Rule, Window
from tests.core.rulebook import TODAY, event, matcher, rule

PATROL = event(
    actors=["$turkey", "$russia"], action="$topic.patrol", joint=True, within=12, no_other="$us or $sdf or $syria",
    implied={"TR": "turkey"},
)  # fmt: skip


def watching(tree: Query) -> Rule:
    return replace(rule("x", within=Window.SENTENCE), match=tree)


def found(tree: Query, title: str, lead: str = "", *, country: str = "") -> Match | None:
    one = watching(tree)
    ready, document = matcher(one), read(title, lead, "en")
    feed = Feed(id="", url="", host="", title="", language="", country=country, tier=1, owner="", kind="")
    return ready.match(one, document, ready.find(document), Setting(today=TODAY, feed=feed))


def matches(tree: Query, title: str, lead: str = "", *, country: str = "") -> bool:
    return found(tree, title, lead, country=country) is not None


@pytest.mark.parametrize(
    ("title", "rings"),
    [
        pytest.param("Turkey and Russia begin joint patrols", True, id="joint"),
        pytest.param("Turkish-Russian patrol leaves", True, id="side by side"),
        pytest.param("Turkey runs patrol with Russia", True, id="one with the other"),
        pytest.param("Turkish police patrol rescues Russian tourists", False, id="both there, but not together"),
        pytest.param("Turkey patrols", False, id="one of two actors"),
        pytest.param("Turkey, a b c d e f g h i j k l m joint patrols Russia", False, id="too far away"),
        pytest.param("Turkish and US troops begin joint patrols as Russia", False, id="another between"),
        pytest.param("Russia and Syria hold joint patrols, Turkey is silent", False, id="with another, behind a comma"),
        pytest.param("Russia joins drill; joint patrols of Turkey", False, id="in another clause"),
        pytest.param("Russia holds joint patrols while Turkey votes", False, id="behind a word that ends the clause"),
        pytest.param("Russia begins joint patrol near the Turkish border", False, id="a border is no party"),
        pytest.param("Turkey: Russia begins joint patrols; more follow", True, id="who is quoted is in every clause"),
    ],
)
def test_an_event_needs_its_actors_at_the_action(title: str, rings: bool) -> None:
    assert matches(PATROL, title) is rings


def test_a_national_outlet_leaves_out_its_own_country() -> None:
    assert matches(PATROL, "Joint patrol with Russia ends", country="TR")
    assert not matches(PATROL, "Joint patrol with Russia ends", country="RU")
    assert not matches(PATROL, "Joint patrol ends", country="TR")


def test_the_entities_of_the_title_count_in_the_sentences_below_it() -> None:
    assert matches(PATROL, "Turkey and Russia agree", "The first joint patrol began.")
    # Its deeds do not, nor what stands in another sentence.
    assert not matches(PATROL, "Joint patrol begins", "Turkey and Russia agreed.")
    assert not matches(PATROL, "News", "Turkey and Russia agreed. A joint patrol began.")


def test_a_headline_of_another_hides_nothing_that_stands_below_it() -> None:
    assert matches(PATROL, "US patrol ends near Manbij", "Turkey and Russia ran a joint patrol.")
    assert matches(PATROL, "Patrols resume despite SDF objections", "Turkey and Russia ran a joint patrol.")


@pytest.mark.parametrize(
    ("keys", "title", "rings"),
    [
        ({"place": "$kobani"}, "Patrol in Kobani", True),
        ({"place": "$kobani"}, "Patrol in Manbij", False),
        ({"place": "$kobani"}, "Patrol hit; Kobani quiet", False),
        ({"target": "$sdf or $hts"}, "Patrol of the SDF", True),
        ({"near": "$phase.resume"}, "Patrol resumes", True),
        ({"near": "$phase.resume"}, "Patrol a b c d e f g h i j k resumes", False),
        ({"beside": "$kobani"}, "Patrol a b c d e f g h i j k in Kobani", True),
        ({"actors": ["$turkey"], "ordered": True}, "Turkey runs a patrol", True),
        ({"actors": ["$turkey"], "ordered": True}, "A patrol of Turkey", False),
    ],
)
def test_each_slot_of_an_event_is_asked_for(keys: dict[str, object], title: str, rings: bool) -> None:
    assert matches(event(action="$topic.patrol", **keys), title) is rings


def test_the_evidence_of_an_event_is_its_slots() -> None:
    match = found(PATROL, "On Friday Ankara began joint patrols with Russia")
    assert match is not None
    assert [(one.text, one.label) for one in match.evidence] == [
        ("Ankara", "$turkey"), ("joint", "$topic.joint"), ("patrols", "$topic.patrol"), ("Russia", "$russia"),
    ]  # fmt: skip
    assert match.subject == {"turkey", "russia", "topic.patrol"}


def test_parts_of_the_entry_can_be_asked_by_their_names() -> None:
    tree = parse("$turkey")
    assert matches(Only("title", tree), "Turkey")
    assert not matches(Only("lead", tree), "Turkey", "Russia")
    assert matches(Only("lead", tree), "Russia", "Nothing. Turkey patrols.")


def test_some_of_many_parts_can_be_enough() -> None:
    tree = AtLeast(2, (parse("a"), parse("b"), parse("c")))
    assert [matches(tree, title) for title in ("a", "a c", "a b c", "x")] == [False, True, True, False]


def test_an_expression_finds_words_as_they_are_written() -> None:
    match = found(Expression(r"m4(?:\s+highway)?"), "On the M4  Highway")
    assert match is not None
    assert [one.text for one in match.evidence] == ["M4  Highway"]


def test_a_query_looks_at_a_sentence_unless_the_rule_says_otherwise() -> None:
    both = parse("patrol* and ceasefire")
    title, lead = "Patrols", "A ceasefire holds. Patrols resume."
    assert not matches(both, title, lead)
    for window in (Window.TEXT, Window.PARAGRAPH):
        one = replace(watching(both), within=window)
        ready, document = matcher(one), read(title, lead, "en")
        assert ready.match(one, document, ready.find(document), Setting(today=TODAY)) is not None


def test_a_text_below_the_lead_is_read_by_rules_that_say_so() -> None:
    body = "One sentence. Two sentences. Three.\n\nTurkey patrols in the fourth."
    for scope, rings in (({"title", "lead"}, False), ({"body"}, True), ({"title", "body"}, True)):
        one = replace(watching(parse("$turkey near/2 patrol*")), scope=frozenset(scope))
        ready = matcher(one)
        document = read("News", body, "en", whole=ready.reads_body)
        match = ready.match(one, document, ready.find(document), Setting(today=TODAY))
        assert (match is not None) is rings
        if match is not None:
            assert {evidence.part for evidence in match.evidence} == {"body"}


def test_what_a_query_needs_is_in_every_text_that_satisfies_it() -> None:
    assert needs(parse("a and (b or c) and not d")) == [{"a"}, {"b", "c"}]
    assert needs(parse("(a and $turkey) or b")) == [{"a", "b"}]
    assert needs(parse("a or (b and not c)")) == [{"a", "b"}]
    assert needs(PATROL) == [{"$russia"}, {"$topic.patrol"}]
    assert needs(Event(action=parse("a"), no_other=parse("b"))) == [{"a"}]
