"""What keeps rules silent, switched off: all of it at once, or one guard at a time.

A guard is called as its key in the rule is. Knows rules as values; knows nothing of tests or of how they are run.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from monitor.core.clause import Assertion, AtLeast, Both, Either, Event, Only, Query, Without
from monitor.core.escalation import Escalation
from monitor.core.frequency import By, Pattern
from monitor.core.gazetteer import Vocabulary
from monitor.core.numbers import AlertOn
from monitor.core.rule import Correlation, Handling, Rule, Ruleset, Sources
from monitor.core.tracker import Change, Facet, Quorum

# No two reports are so near in time: a window of it holds nothing.
NEVER = timedelta(microseconds=-1)
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=10_000)
# The first report is believed at once, and the next is a development of its own.
_BELIEVED = Change(quorum=Quorum(independent=1, within=_SHORTEST), fresh=_SHORTEST, boilerplate=False)
_ALL_OF_A_QUERY = frozenset({"not", "joint", "no_other"})
# What each condition of `escalate` asks for, by the key that it is written with.
_CONDITIONS: Mapping[str, Callable[[Escalation], object]] = MappingProxyType(
    {
        "quiet_for": lambda one: one.quiet_for,
        "independent": lambda one: one.independent,
        "source_is": lambda one: one.official,
        "assert": lambda one: one.assertion,
        "number": lambda one: one.number,
    }
)


@dataclass(frozen=True, slots=True)
class Guard:
    """One that makes a difference to some rules; `off` are these without it."""

    name: str
    off: Ruleset


def guards(ruleset: Ruleset) -> Iterator[Guard]:
    """The guards of these rules, each switched off by itself."""
    for name, off in _OF_RULE.items():
        found = replace(ruleset, rules={key: off(rule) for key, rule in ruleset.rules.items()})
        if found.rules != ruleset.rules:
            yield Guard(name, found)
    for name, pattern_off in _OF_PATTERN.items():
        patterns = {key: pattern_off(one) for key, one in ruleset.correlations.items()}
        if patterns != ruleset.correlations:
            yield Guard(name, replace(ruleset, correlations=patterns))


def cooling(ruleset: Ruleset) -> Ruleset:
    """The same rules where no cooldown folds a report into what was told."""
    return replace(ruleset, rules={key: _not_cooling(rule) for key, rule in ruleset.rules.items()})


def _not_cooling(rule: Rule) -> Rule:
    return rule if rule.telling.cooldown is None else replace(rule, telling=replace(rule.telling, cooldown=NEVER))


def believing(ruleset: Ruleset) -> Ruleset:
    """The same rules where one report changes a state, and one development makes a pattern."""
    return replace(
        ruleset,
        rules={key: replace(rule, change=_BELIEVED) for key, rule in ruleset.rules.items()},
        correlations={key: _alone(one) for key, one in ruleset.correlations.items()},
    )


def unguarded(ruleset: Ruleset) -> Ruleset:
    """The same rules with their guards off, so that each report of their words rings by itself.

    Nothing is excluded, everything that is said counts as an alert, every feed is heard, events need no `joint` and bar
    nobody, `not` bars nothing, no name has a homonym, no report joins the alert of another, one report by whomever
    changes a state, one development makes a pattern, and every condition of `escalate` is met. What is not to come by
    the clock is off as well: an absence proves nothing of a report.
    """
    return Ruleset(
        rules={key: _bare(rule) for key, rule in ruleset.rules.items()},
        vocabulary=without_homonyms(ruleset.vocabulary),
        correlations={key: _alone(one) for key, one in ruleset.correlations.items()},
    )


def without_homonyms(words: Vocabulary) -> Vocabulary:
    """The same words where each name means its entity whatever stands near it."""
    entities = {
        name: replace(one, not_with=(), needs=(), aliases=tuple(replace(alias, needs=()) for alias in one.aliases))
        for name, one in words.entities.items()
    }
    return replace(words, entities=entities)


def due_within(ruleset: Ruleset, time: timedelta) -> Ruleset:
    """The same rules where an absence rings, and what is held is told, after so long."""
    rules = {}
    for key, rule in ruleset.rules.items():
        absence = replace(rule.absence, expect_every=time) if rule.absence is not None else None
        change = replace(rule.change, hold=time) if rule.facets and rule.change.hold else rule.change
        rules[key] = replace(rule, absence=absence, change=change)
    return replace(ruleset, rules=rules)


def timed(rule: Rule | Correlation) -> str:
    """The guard of a rule that the clock wears down, "" where nothing of it falls due by the clock."""
    if isinstance(rule, Correlation):
        return ""
    return "absence.expect_every" if rule.absence is not None else "change.hold" if rule.change.hold else ""


def _bare(rule: Rule) -> Rule:
    """What keeps a rule silent, switched off: whatever is added to rules and can do so belongs here."""
    for name, off in _OF_RULE.items():
        rule = rule if name.startswith("change.") else off(rule)
    return replace(
        rule, telling=replace(rule.telling, cooldown=NEVER), change=_BELIEVED, absence=None, tests=(), stories=()
    )


def _alone(one: Correlation) -> Correlation:
    return replace(one, pattern=Pattern.EVENT_COUNT, least=1, timespan=_SHORTEST, by=By.NOTHING, tests=(), stories=())


def _asking(*what: str) -> Callable[[Rule], Rule]:
    """Without what queries of a rule bar, or ask for beside words."""
    off = frozenset(what)

    def opened(rule: Rule) -> Rule:
        facets = tuple(
            replace(facet, to={state: _open(query, off) for state, query in facet.to.items()}) for facet in rule.facets
        )
        return replace(rule, match=_open(rule.match, off), facets=facets)

    return opened


def _open(query: Query, off: frozenset[str]) -> Query:
    """A query that bars nothing of this."""
    match query:
        case Both(parts):
            asked = tuple(_open(part, off) for part in parts if not ("not" in off and isinstance(part, Without)))
            return asked[0] if len(asked) == 1 else Both(asked)
        case Either(parts):
            return Either(tuple(_open(part, off) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(_open(part, off) for part in parts))
        case Only(part, inner):
            return Only(part, _open(inner, off))
        case Event():
            return replace(
                query,
                joint=query.joint and "joint" not in off,
                no_other=None if "no_other" in off else query.no_other,
            )
        case _:
            return query


def _changing(**keys: Any) -> Callable[[Rule], Rule]:
    def changed(rule: Rule) -> Rule:
        return replace(rule, change=replace(rule.change, **keys)) if rule.facets else rule

    return changed


def _anybodys(rule: Rule) -> Rule:
    facets: tuple[Facet, ...] = tuple(replace(facet, authority=()) for facet in rule.facets)
    return replace(rule, facets=facets)


def _believed(rule: Rule) -> Rule:
    quorum = replace(rule.change.quorum, independent=1, min_tier=0)
    return replace(rule, change=replace(rule.change, quorum=quorum)) if rule.facets else rule


def _spiking(**keys: Any) -> Callable[[Rule], Rule]:
    def spiked(rule: Rule) -> Rule:
        return replace(rule, spike=replace(rule.spike, **keys)) if rule.spike is not None else rule

    return spiked


def _counting(**keys: Any) -> Callable[[Rule], Rule]:
    """Figures with another `alert_on`."""

    def counted(rule: Rule) -> Rule:
        numbers = tuple(replace(one, alert_on=replace(one.alert_on, **keys)) for one in rule.numbers)
        return replace(rule, numbers=numbers)

    return counted


def _jumping(rule: Rule) -> Rule:
    """Every rise is told as a jump, where a rule tells jumps."""
    numbers = tuple(
        replace(one, alert_on=replace(one.alert_on, jump_over=0)) if one.alert_on.jump_over is not None else one
        for one in rule.numbers
    )
    return replace(rule, numbers=numbers)


def _escalated(key: str) -> Callable[[Rule], Rule]:
    """Conditions of this kind are met by any report."""
    asks = _CONDITIONS[key]

    def met(one: Escalation) -> Escalation:
        if not asks(one):
            return one
        return Escalation(severity=one.severity, label=one.name, independent=1, within=_LONGEST)

    return lambda rule: replace(rule, escalate=tuple(met(one) for one in rule.escalate))


def _unordered(one: Correlation) -> Correlation:
    return replace(one, pattern=Pattern.TEMPORAL) if one.pattern is Pattern.TEMPORAL_ORDERED else one


def _any_of_them(one: Correlation) -> Correlation:
    """One of the rules is enough."""
    return one if one.pattern is Pattern.EVENT_COUNT else replace(one, pattern=Pattern.EVENT_COUNT, least=1)


def _counted_once(one: Correlation) -> Correlation:
    return replace(one, least=1) if one.pattern is Pattern.EVENT_COUNT else one


_USUAL = AlertOn()
_OF_RULE: Mapping[str, Callable[[Rule], Rule]] = MappingProxyType(
    {
        "exclude": lambda rule: replace(rule, exclude=()),
        "assert": lambda rule: replace(rule, handling=dict.fromkeys(Assertion, Handling.ALERT)),
        "sources": lambda rule: replace(rule, sources=Sources()),
        "notify.cooldown": _not_cooling,
        **{what: _asking(what) for what in sorted(_ALL_OF_A_QUERY)},
        "authority": _anybodys,
        "change.quorum": _believed,
        "change.fresh": _changing(fresh=_SHORTEST),
        "change.hold": _changing(hold=timedelta()),
        "change.milestone": _changing(milestone=True),
        "change.boilerplate": _changing(boilerplate=False),
        **{f"escalate.{key}": _escalated(key) for key in _CONDITIONS},
        "spike.min": _spiking(least=1),
        "spike.ratio": _spiking(ratio=0.0),
        "spike.against": _spiking(against=timedelta()),
        "alert_on.change": _counting(change=True),
        "alert_on.min_delta": _counting(min_delta=_USUAL.min_delta),
        "alert_on.ratio": _counting(ratio=_USUAL.ratio),
        "alert_on.jump_over": _jumping,
        "numbers.expect": lambda rule: replace(
            rule, numbers=tuple(replace(one, nondecreasing=False) for one in rule.numbers)
        ),
    }
)
_OF_PATTERN: Mapping[str, Callable[[Correlation], Correlation]] = MappingProxyType(
    {
        "condition.gte": _counted_once,
        "rules": _any_of_them,
        "type: temporal_ordered": _unordered,
        "timespan": lambda one: replace(one, timespan=_LONGEST),
        "by": lambda one: replace(one, by=By.NOTHING),
    }
)
