"""A small vocabulary and rules made in code: what the files of a desk would say, for the tests of core."""

from datetime import date

from monitor.core.entry import Document, read
from monitor.core.gazetteer import Alias, Cue, Entity, Pattern, Vocabulary
from monitor.core.match import Finding, Match, Matcher, evaluate
from monitor.core.query import parse
from monitor.core.rule import Exclusion, Rule, Ruleset, Severity

TODAY = date(2024, 8, 23)


def aliases(form: str = "name", *, exact: bool = False, **texts: str) -> tuple[Alias, ...]:
    """Aliases by language, several parted by commas: `aliases(en="Turkey, Türkiye")`."""
    return tuple(
        Alias(text=text, language=language, form=form, exact=exact)
        for language, listed in texts.items()
        for text in listed.split(", ")
    )


def cues(**texts: str) -> tuple[Cue, ...]:
    """Words of the lexicon by language, several parted by commas."""
    return tuple(Cue(text=text, language=language) for language, listed in texts.items() for text in listed.split(", "))


def _entity(name: str, *listed: Alias, kind: str = "state", **guards: tuple[str, ...]) -> Entity:
    return Entity(
        id=name, kind=kind, aliases=listed, not_with=guards.get("not_with", ()), needs=guards.get("needs", ())
    )


_ENTITIES = (
    _entity(
        "turkey",
        *aliases(en="Turkey, Türkiye", tr="Türkiye", ar="تركيا"),
        *aliases("adj", en="Turkish", tr="Türk"),
        *aliases("metonym", en="Ankara"),
        not_with=("roast", "sandwich*"),
    ),
    _entity("russia", *aliases(en="Russia", tr="Rusya", ru="Россия"), *aliases("adj", en="Russian", ru="российский")),
    _entity("syria", *aliases(en="Syria", tr="Suriye", ar="سوريا")),
    _entity("sdf", *aliases(exact=True, en="SDF", tr="SDG"), kind="armed_group", not_with=("Sustainable Development",)),
    _entity("hts", *aliases(exact=True, en="HTS", tr="HTŞ"), kind="armed_group"),
    _entity("m4", *aliases(exact=True, en="M4"), kind="road", needs=("syria",)),
    _entity(
        "assad",
        *aliases(en="Assad"),
        Alias(text="الأسد", language="ar", needs=("syria",)),
        kind="person",
    ),
    _entity("kobani", *aliases(en="Kobani, Ain al-Arab", ar="كوباني"), kind="place"),
    _entity("manbij", *aliases(en="Manbij", tr="Münbiç"), kind="place"),
)

VOCABULARY = Vocabulary(
    entities={entity.id: entity for entity in _ENTITIES},
    groups={"towns": ("kobani", "manbij"), "region": ("towns", "syria")},
    cues={
        "topic.patrol": cues(en="patrol", tr="devriye*", ru="патруль"),
        "topic.joint": cues(en="joint", tr="ortak"),
        "phase.begin": cues(en="begin*, began", tr="başla*"),
        "phase.resume": cues(en="resum*", tr="yeniden başla*"),
        "phase.suspend": cues(en="suspend*, halt*, pause*", tr="askıya al*"),
        "phase.cancel": cues(en="call* off"),
        "phase.complete": cues(en="complet*, end*"),
        "phase.lift": cues(en="lift*"),
        "phase.pause": cues(en="hiatus"),
        "phase.announce": cues(en="announc*"),
    },
    modality={
        "cue.negated": cues(en="no, not, won't", tr="değil"),
        "cue.denied": cues(en="denied", tr="yalanla*"),
        "cue.possible": cues(en="may"),
        "cue.background": cues(en="after, since"),
    },
    patterns={"cue.negated": (Pattern(expression="m[ae]d[iı]$|m[ae]yaca[kğ]", language="tr"),)},
)


def rule(query: str, *, rule_id: str = "watch", exclude: tuple[Exclusion, ...] = ()) -> Rule:
    """A rule with this query."""
    return Rule(
        id=rule_id,
        title=rule_id,
        owner="desk",
        severity=Severity.NOTICE,
        match=parse(query),
        exclude=exclude,
        file="watch/test.yaml",
        line=1,
    )


def matcher(*rules: Rule, vocabulary: Vocabulary = VOCABULARY) -> Matcher:
    """A matcher for these rules."""
    return Matcher(Ruleset(rules={one.id: one for one in rules}, vocabulary=vocabulary))


def matched(one: Rule, document: Document, *, link: str = "", today: date = TODAY) -> Match | None:
    """The match of a rule in a document, or None."""
    ready = matcher(one)
    return ready.match(one, document, ready.find(document), link, today)


def finding(query: str, title: str, lead: str = "", *, language: str = "en") -> Finding:
    """How a query fares on a text."""
    one = rule(query)
    return evaluate(one.match, matcher(one).find(read(title, lead, language)))


def meets(query: str, title: str, lead: str = "", *, language: str = "en") -> bool:
    """Whether a text satisfies a query."""
    return finding(query, title, lead, language=language).met
