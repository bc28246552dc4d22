"""A small vocabulary and rules made in code: what the files of a desk would say, for the tests of core."""

from datetime import date
from typing import Any

from monitor.core.clause import Event
from monitor.core.entry import Document, read
from monitor.core.evaluate import evaluate
from monitor.core.gazetteer import Alias, Cue, Entity, Pattern, Vocabulary
from monitor.core.match import Match, Matcher, Setting
from monitor.core.query import parse
from monitor.core.rule import Exclusion, Rule, Ruleset, Window
from monitor.core.severity import Severity
from monitor.core.view import Finding
from tests.core.reading import view_of

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
    _entity("us", *aliases(exact=True, en="US")),
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
        "topic.with": cues(en="with", tr="ile"),
        "topic.border": cues(en="turkish border, border with turkey"),
        "topic.agreement": cues(en="deal, memorandum"),
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
        "cue.possible": cues(en="may, if"),
        "cue.demanded": cues(en="must, urges"),
        "cue.planned": cues(en="will, to resume"),
        "cue.stative": cues(en="considers"),
        "cue.habitual": cues(en="regularly"),
        "cue.retro": cues(en="years ago"),
        "cue.opinion": cues(en="opinion"),
        "cue.pseudo": cues(en="not only, no doubt"),
        "cue.clause_break": cues(en="while"),
        "cue.background": cues(en="after, since"),
    },
    patterns={"cue.negated": (Pattern(expression="m[ae]d[iı]$|m[ae]yaca[kğ]", language="tr"),)},
)


def rule(
    query: str,
    *,
    rule_id: str = "watch",
    exclude: tuple[Exclusion, ...] = (),
    within: Window = Window.TEXT,
    **keys: Any,
) -> Rule:
    """A rule with this query, on title and lead as one text."""
    return Rule(
        id=rule_id,
        title=rule_id,
        owner="desk",
        severity=Severity.NOTICE,
        match=parse(query),
        exclude=exclude,
        within=within,
        **keys,
        file="watch/test.yaml",
        line=1,
    )


def matcher(*rules: Rule, vocabulary: Vocabulary = VOCABULARY) -> Matcher:
    """A matcher for these rules."""
    return Matcher(Ruleset(rules={one.id: one for one in rules}, vocabulary=vocabulary))


def matched(one: Rule, document: Document, *, link: str = "", today: date = TODAY) -> Match | None:
    """The match of a rule in a document, or None."""
    ready = matcher(one)
    return ready.match(one, document, ready.find(document), Setting(today=today, link=link))


def finding(query: str, title: str, lead: str = "", *, language: str = "en") -> Finding:
    """How a query fares on a text."""
    one = rule(query)
    return evaluate(one.match, view_of(matcher(one).find(read(title, lead, language))))


def event(**keys: Any) -> Event:
    """An event whose parts are query strings; `actors` is a list of them."""
    made: dict[str, Any] = {key: parse(value) if isinstance(value, str) else value for key, value in keys.items()}
    made["actors"] = tuple(parse(actor) for actor in keys.get("actors", ()))
    return Event(**made)


def said(one: Rule, title: str, lead: str = "", *, language: str = "en", setting: Setting | None = None) -> str:
    """How a rule's match says it, with the cue: "possible: may"; "" where nothing matches."""
    ready = matcher(one)
    document = read(title, lead, language)
    match = ready.match(one, document, ready.find(document), setting or Setting(today=TODAY))
    if match is None:
        return ""
    return f"{match.assertion.value}: {match.cue}" if match.cue else match.assertion.value


def meets(query: str, title: str, lead: str = "", *, language: str = "en") -> bool:
    """Whether a text satisfies a query."""
    return finding(query, title, lead, language=language).met
