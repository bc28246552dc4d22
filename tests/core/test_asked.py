"""Which rules are asked at all: never fewer than match."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clause import Query
from monitor.core.entry import read
from monitor.core.feed import Feed
from monitor.core.gazetteer import Alias, Entity, Vocabulary
from monitor.core.match import Matcher, Setting
from monitor.core.query import parse
from monitor.core.rule import Rule, Ruleset, Sources, Status, Window
from tests.core.rulebook import TODAY, VOCABULARY, event, matcher, rule
from tests.core.test_match import QUERIES, TEXTS

SETTING = Setting(today=TODAY)
NOBODY = Feed(id="wire", url="", host="", title="", language="en", country="TR", tier=2, owner="", kind="agency")


def told(ready: Matcher, title: str, setting: Setting = SETTING, lead: str = "") -> list[str]:
    return [match.rule_id for match in ready.matches(read(title, lead, "en"), setting)]


def with_match(tree: Query, **keys: object) -> Rule:
    return replace(rule("x"), match=tree, **keys)  # type: ignore[arg-type]


@given(TEXTS, TEXTS, st.lists(QUERIES, min_size=1, max_size=6), st.sampled_from(list(Window)))
def test_a_rule_that_matches_is_always_asked(title: str, lead: str, queries: list[str], within: Window) -> None:
    ready = matcher(*(rule(query, rule_id=f"r{number}", within=within) for number, query in enumerate(queries)))
    document = read(title, lead, "en")
    found = ready.find(document)
    alone = {one.id for one in ready.ruleset.rules.values() if ready.match(one, document, found, SETTING)}
    assert set(told(ready, title, lead=lead)) == alone


def test_many_rules_on_one_word_are_all_asked() -> None:
    ready = matcher(*(rule("patrol* and not nothing", rule_id=f"r{number:04}") for number in range(1_500)))
    assert len(told(ready, "Patrols")) == 1_500
    assert told(ready, "Talks") == []


def test_a_rule_whose_actor_is_left_out_by_its_outlets_is_asked() -> None:
    tree = event(actors=["$turkey", "$russia"], action="$topic.patrol", implied={"TR": "turkey"})
    ready = matcher(with_match(tree))
    assert told(ready, "Patrol of Russia", replace(SETTING, feed=NOBODY)) == ["watch"]
    assert told(ready, "Patrol of Russia") == []


def test_a_draft_is_not_asked_and_a_rule_hears_its_own_sources_only() -> None:
    ready = matcher(
        rule("$turkey", rule_id="draft", status=Status.DRAFT),
        rule("$turkey", rule_id="muted", status=Status.MUTED),
        rule("$turkey", rule_id="official", sources=Sources(min_tier=1)),
        rule("$turkey", rule_id="no-agencies", sources=Sources(excluded=frozenset({"agency"}))),
        rule("$turkey", rule_id="turkish", sources=Sources(countries=frozenset({"TR"}))),
        rule("$turkey", rule_id="english", sources=Sources(languages=frozenset({"en"}))),
        rule("$turkey", rule_id="arabic", sources=Sources(languages=frozenset({"ar"}))),
    )
    assert told(ready, "Turkey", replace(SETTING, feed=NOBODY)) == ["english", "muted", "turkish"]


def test_names_that_wait_for_review_count_in_shadow_only() -> None:
    bakur = Entity(
        id="bakur", kind="place", aliases=(Alias(text="Bakur", language="en"),),
        unverified=(Alias(text="Northland", language="en"),),
    )  # fmt: skip
    vocabulary = Vocabulary(entities={**VOCABULARY.entities, "bakur": bakur}, cues=VOCABULARY.cues)
    live, shadow = rule("$bakur", rule_id="live"), rule("$bakur", rule_id="shadow", status=Status.SHADOW)
    ready = Matcher(Ruleset(rules={"live": live, "shadow": shadow}, vocabulary=vocabulary))
    assert told(ready, "Bakur") == ["live", "shadow"]
    assert told(ready, "Northland") == ["shadow"]


def test_a_rule_of_an_expression_alone_is_asked_of_every_text() -> None:
    ready = matcher(with_match(parse("a"), id="word"), with_match(event(action="a"), id="event"))
    assert told(ready, "b") == []
    assert told(ready, "a") == ["event", "word"]
