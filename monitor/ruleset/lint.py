"""What is wrong or odd in a desk that loads: rules that cannot ring, guards that guard nothing, names that mislead.

Every finding is told in plain words with the place in the file. Knows the desk and the day; does not run the rules'
tests. Places are looked up in the files only for what is found, so that a desk in order costs nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from monitor import yamlfile
from monitor.core.clause import (
    Both,
    Either,
    Event,
    Near,
    Only,
    Phrase,
    Query,
    Reference,
    Without,
    children,
    events,
    leaves,
    references,
)
from monitor.core.evaluate import label_of
from monitor.core.feed import KINDS, Feed
from monitor.core.gazetteer import Vocabulary
from monitor.core.rule import Correlation, Rule, Ruleset, RuleTest, Status, Step
from monitor.core.text import fold
from monitor.core.wording import describe
from monitor.errors import Problem
from monitor.ruleset.desk import Desk
from monitor.ruleset.oddtests import in_tests
from monitor.ruleset.oddtimes import over_time
from monitor.ruleset.places import Places
from monitor.ruleset.scripts import script_of, written_in
from monitor.yamlfile import Node

_MOST_NAMED = 3
_LONGEST_HOMONYM = 2


def lint(desk: Desk, folder: Path, today: date) -> list[Problem]:
    """All findings; errors are what cannot be meant, warnings what may be."""
    places = Places(folder)
    found = [one for rule in desk.ruleset.rules.values() for one in _of_rule(rule, desk, places, today)]
    stories = [one for rule in desk.ruleset.every for one in in_tests(rule, desk)]
    whole = [*_uncounted(desk.ruleset), *expired(desk.ruleset.every, today), *_ambiguous(desk, places)]
    return [*found, *stories, *whole]


def expired(rules: Iterable[Rule | Correlation], today: date) -> Iterator[Problem]:
    """Live rules whose day has passed; the daemon goes on ringing them."""
    for rule in rules:
        if rule.status is Status.LIVE and rule.expires is not None and today > rule.expires:
            message = (
                f"rule {rule.id} expired on {rule.expires} and rings all the same; look whether it is still right, "
                "then set a new 'expires', or 'status: muted'"
            )
            yield Problem(file=rule.file, line=rule.line, message=message)


def _uncounted(ruleset: Ruleset) -> Iterator[Problem]:
    """Rules that count one which tells nobody, and so brings nothing to count."""
    every = {one.id: one for one in ruleset.every}
    for one in ruleset.correlations.values():
        for name in one.rules if one.status is not Status.DRAFT else ():
            if every[name].status is not Status.LIVE:
                what = (
                    f"rule {one.id} counts rule {name}, which is {every[name].status.value} and tells nothing to count"
                )
                message = f"{what}; make that one live, or take its name out"
                yield Problem(file=one.file, line=one.line, message=message, warning=True)


def _of_rule(rule: Rule, desk: Desk, places: Places, today: date) -> Iterator[Problem]:
    yield from _query(rule, desk.ruleset.vocabulary, places)
    yield from _exclusions(rule, places, today)
    yield from _sources(rule, desk.feeds, places)
    yield from _test_languages(rule, places)
    yield from over_time(rule, desk.feeds.values(), places, today)


def _query(rule: Rule, vocabulary: Vocabulary, places: Places) -> Iterator[Problem]:
    node = places.of_rule
    for conflict in _conflicts(rule.match):
        what = f"rule {rule.id} can never match: it asks for {conflict} and bars it"
        yield _problem(node(rule, "match"), f"{what}; drop one of the two", warning=False)
    for part in sorted({only.part for only in _onlys(rule.match)} - rule.scope):
        what = f"rule {rule.id} looks at the {part}, which its 'scope' leaves out, so that part never matches"
        yield _problem(node(rule, "match"), f"{what}; add {part} to 'scope'", warning=False)
    if _is_one_word(rule.match):
        message = f"rule {rule.id} asks for one word only, and will ring often; say what must happen beside it"
        yield _problem(node(rule, "match"), message)
    elif _names_only(rule.match, vocabulary):
        message = f"rule {rule.id} rings at every mention of {describe(rule.match)}; say what must happen beside it"
        yield _problem(node(rule, "match"), message)
    elif not references(rule.match):
        message = (
            f"rule {rule.id} names only words of its own, in the languages you thought of; use $names where they are"
        )
        yield _problem(node(rule, "match"), message)


def _exclusions(rule: Rule, places: Places, today: date) -> Iterator[Problem]:
    """Exclusions that are over, that are there twice, that drop nothing, or that drop everything."""
    asked, barred = _needed(rule.match), _barred(rule.match)
    seen: dict[tuple[object, ...], str] = {}
    for one in rule.exclude:
        what = f"exclusion {one.name} of rule {rule.id}"
        node = places.of_exclusion(rule, list(seen.values()).count(one.name), one)
        same = (one.when and describe(one.when), one.url, one.scope)
        if same in seen:
            yield _problem(node, f"{what} is the same as {seen[same]}; drop one of the two")
        seen.setdefault(same, one.name)
        if one.until is not None and today >= one.until:
            yield _problem(node, f"{what} ended on {one.until} and drops nothing any more; remove it, or move 'until'")
        if one.when is None:
            continue
        never = sorted(_needed(one.when) & barred)
        if never:
            message = f"{what} can never apply: it needs {never[0]}, which the rule bars itself; drop it"
            yield _problem(node, message)
        if not one.url and isinstance(one.when, Reference | Phrase) and label_of(one.when) in asked:
            message = f"{what} drops every match: the rule itself asks for {label_of(one.when)}"
            yield _problem(node, message, warning=False)


def _sources(rule: Rule, feeds: dict[str, Feed], places: Places) -> Iterator[Problem]:
    sources, every = rule.sources, list(feeds.values())
    for key, wanted, there in (
        ("countries", sources.countries, {feed.country for feed in every}),
        ("languages", sources.languages, {feed.language for feed in every}),
        ("not", sources.excluded, {name for feed in every for name in (feed.id, feed.kind, *feed.tags)} | set(KINDS)),
    ):
        for name in sorted(wanted - there):
            hint = yamlfile.nearest(name, sorted(there)) if key == "not" else ""
            message = f"rule {rule.id}: no feed of the desk is {name!r}, as 'sources.{key}' has it{hint}"
            yield _problem(places.of_rule(rule, "sources", key), message)
    if every and not any(sources.takes(feed) for feed in every):
        message = f"rule {rule.id} listens to no feed of the desk; see 'sources'"
        yield _problem(places.of_rule(rule, "sources"), message, warning=False)
    countries = {feed.country for feed in every}
    implied = {country for event in events(rule.match) for country in event.implied}
    for country in sorted(implied - countries):
        message = f"rule {rule.id}: no feed of the desk is of {country}, as 'implied_by_source' has it"
        yield _problem(places.of_rule(rule, "match"), message)


def _test_languages(rule: Rule, places: Places) -> Iterator[Problem]:
    """Languages that a rule speaks in words of its own, or listens to, and that no test of it is in."""
    texts: list[RuleTest | Step] = [*rule.tests, *(step for story in rule.stories for step in story.steps)]
    tested = {test.language for test in texts}
    for language in sorted(rule.sources.languages - tested):
        message = f"rule {rule.id} listens to feeds in {language!r} and has no test in it"
        yield _problem(places.of_rule(rule, "tests"), message)
    scripts = {script_of(test.title + test.lead + test.body) for test in texts} | {""}
    words: dict[str, str] = {}
    for leaf in leaves(rule.match):
        if isinstance(leaf, Phrase):
            words.setdefault(script_of(" ".join(leaf.words)), " ".join(leaf.words))
    for script in sorted(set(words) - scripts):
        message = f"rule {rule.id} has words in {script} ({words[script]!r}) and no test in {written_in(script)}"
        yield _problem(places.of_rule(rule, "tests"), message)


def _ambiguous(desk: Desk, places: Places) -> Iterator[Problem]:
    """Aliases of two entities, where no guard tells them apart and rules mean each of them."""
    owners: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for entity in desk.ruleset.vocabulary.entities.values():
        for alias in entity.aliases:
            # "The presidents of Turkey and Syria" names both on purpose.
            homonym = len(alias.text.split()) <= _LONGEST_HOMONYM
            if homonym and not (alias.needs or entity.needs or entity.not_with):
                owners[fold(alias.text), alias.language].setdefault(entity.id, alias.text)
    told = set()
    for (key, _), named in sorted(owners.items()):
        pair = tuple(sorted(named))
        if len(pair) < 2 or (key, pair) in told or not _told_apart(pair, desk):
            continue
        told.add((key, pair))
        text = named[pair[-1]]
        node = places.of_alias(pair[-1], text)
        message = (
            f"{text!r} is an alias of {' and '.join(pair[:_MOST_NAMED])}; give one of them 'needs_for' or 'not_with'"
        )
        if node is not None:
            yield _problem(node, message)


def _told_apart(pair: Iterable[str], desk: Desk) -> bool:
    """Whether rules mean each of the entities without the others, by itself or in a group."""
    groups, wanted = desk.ruleset.vocabulary.groups, set(pair)
    meant = set()
    for rule in desk.ruleset.rules.values():
        names = {reference.name.partition(".")[0] for reference in references(rule.match)}
        found = wanted & names.union(*(groups.get(name, ()) for name in names))
        meant |= found if found != wanted else set()
    return meant == wanted


def _conflicts(query: Query) -> Iterator[str]:
    """What a part asks for and bars at once."""
    if isinstance(query, Both):
        yield from sorted(_needed(query) & _barred(query))
        return
    for part in children(query) if isinstance(query, Either | Only) else ():
        yield from _conflicts(part)


def _needed(query: Query) -> frozenset[str]:
    """Labels that are in every text which satisfies the query."""
    needed: frozenset[str]
    match query:
        case Either(parts):
            needed = frozenset.intersection(*map(_needed, parts))
        case Event():
            slots = (part for name, part in query.slots() if name != "actors" or not query.implied)
            needed = frozenset[str]().union(*map(_needed, slots))
        case Reference() | Phrase():
            needed = frozenset({label_of(query)})
        case Both(parts):
            needed = frozenset[str]().union(*map(_needed, parts))
        case Near(left, right):
            needed = _needed(left) | _needed(right)
        case Only(_, part):
            needed = _needed(part)
        case _:
            needed = frozenset()
    return needed


def _barred(query: Query) -> frozenset[str]:
    """Labels that are in no text which satisfies the query."""
    match query:
        case Without(Either(parts)):
            return frozenset(label_of(part) for part in parts if isinstance(part, Reference | Phrase))
        case Without(Reference() | Phrase() as leaf):
            return frozenset({label_of(leaf)})
        case Both(parts):
            return frozenset[str]().union(*map(_barred, parts))
        case _:
            return frozenset()


def _onlys(query: Query) -> Iterator[Only]:
    if isinstance(query, Only):
        yield query
    for part in children(query):
        yield from _onlys(part)


def _is_one_word(query: Query) -> bool:
    return isinstance(query, Phrase) and len(query.words) == 1


def _names_only(query: Query, vocabulary: Vocabulary) -> bool:
    """Whether any mention of an entity is enough."""
    alone = query.parts if isinstance(query, Either) else (query,)
    known = {*vocabulary.entities, *vocabulary.groups}
    return all(isinstance(part, Reference) and part.name.partition(".")[0] in known for part in alone)


def _problem(node: Node, message: str, *, warning: bool = True) -> Problem:
    return Problem(file=node.file, line=node.line, column=node.column, message=message, warning=warning)
