"""What loads and is odd in the tests of rules: outlets that are nearly a feed, languages and states nobody knows."""

import re
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher

from monitor.core.gazetteer import Vocabulary
from monitor.core.rule import Correlation, Outlet, Rule, RuleTest, Step
from monitor.errors import Problem
from monitor.ruleset.desk import Desk
from monitor.yamlfile import nearest

# Two names of so many letters that are so much alike are one, mistyped; "Outlet 1" and "Outlet 2" are two.
_LONG_ENOUGH, _ALIKE = 4, 0.75
# As an alert of a status rule is headed: `integration.damascus: none → agreed`, `MILESTONE deal: signed again`.
_CHANGE = re.compile(r"(?:([a-z0-9_.]+): )?([a-z0-9_.]+) → ([a-z0-9_.]+)|([a-z0-9_.]+): ([a-z0-9_.]+) again")


def in_tests(rule: Rule | Correlation, desk: Desk) -> Iterator[Problem]:
    """All that is odd in the tests of one rule."""
    known = _languages(desk.ruleset.vocabulary)
    for test in rule.tests:
        yield from _language(rule, test, known)
    for story in rule.stories:
        odd = {one.name: hint for one in story.outlets if (hint := _meant(one, story.outlets, desk))}
        for step in story.steps:
            if step.language and not step.revises:
                yield from _language(rule, step, known)
            for text in step.rings or ():
                yield from _change(rule, step, text)
            if meant := odd.pop(step.outlet, ""):
                message = f"rule {rule.id}: the outlet {step.outlet!r} is {meant}"
                yield _problem(rule, step, f"{message}: did you mean that? If not, say the 'tier' of this one")


def _change(rule: Rule | Correlation, step: Step, text: str) -> Iterator[Problem]:
    """A change of state that is to ring, of a facet or a state that the rule has not."""
    found = _CHANGE.search(text) if isinstance(rule, Rule) and rule.facets else None
    if found is None or isinstance(rule, Correlation):
        return
    name, states = found[1] or found[4] or "", [one for one in (found[2], found[3], found[5]) if one]
    facets = [one for one in rule.facets if not name or one.name.endswith(name)]
    known = list(dict.fromkeys(state for one in facets for state in one.states))
    odd = next((one for one in states if not any(state.startswith(one) or state.endswith(one) for state in known)), "")
    what = f"rule {rule.id}: {text!r} never rings: the rule has no"
    if not facets:
        yield _problem(rule, step, f"{what} facet {name!r}{_hint(name, [one.name for one in rule.facets])}")
    elif odd:
        yield _problem(rule, step, f"{what} state {odd!r}{_hint(odd, known)}")


def _hint(name: str, known: Collection[str]) -> str:
    return nearest(name, known) or f"; known are {', '.join(known)}"


def _language(rule: Rule | Correlation, test: RuleTest | Step, known: Collection[str]) -> Iterator[Problem]:
    if test.language not in known:
        hint = nearest(test.language, known) or f"; known are {', '.join(sorted(known))}"
        message = f"rule {rule.id}: 'lang' is {test.language!r}, of which the desk has no word and no stem{hint}"
        yield _problem(rule, test, message)


def _languages(vocabulary: Vocabulary) -> frozenset[str]:
    """Those that texts are read in: with stems, cues or names."""
    named = {alias.language for entity in vocabulary.entities.values() for alias in entity.aliases}
    return frozenset({*vocabulary.languages, *vocabulary.spoken, *named} - {""})


def _meant(outlet: Outlet, others: Collection[Outlet], desk: Desk) -> str:
    """What an outlet of which nothing is said but its name is likely to be instead, "" for itself."""
    bare = outlet == Outlet(name=outlet.name)
    if not bare or outlet.name in desk.feeds:
        return ""
    for feed_id in desk.feeds:
        if _mistyped(outlet.name, feed_id):
            return f"no feed of the desk, and {feed_id!r} is one"
    said = (other.name for other in others if other.name != outlet.name)
    first = next((name for name in said if _mistyped(outlet.name, name) and _comes_first(name, outlet, others)), "")
    return f"nearly {first!r}, which the story has as well" if first else ""


def _comes_first(name: str, outlet: Outlet, others: Collection[Outlet]) -> bool:
    names = [other.name for other in others]
    return names.index(name) < names.index(outlet.name)


def _mistyped(name: str, other: str) -> bool:
    """Whether two names differ by capitals and blanks alone, or by a letter or two that are no number."""
    one, two = ("".join(char for char in text.casefold() if char.isalnum()) for text in (name, other))
    if one == two:
        return True
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    if min(len(one), len(two)) < _LONG_ENOUGH or matcher.real_quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return False
    changed = [(one[a:b], two[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    letters = [part for parts in changed for part in parts]
    return sum(map(len, letters)) <= 2 and all(part.isalpha() for part in letters if part)


def _problem(rule: Rule | Correlation, at: RuleTest | Step, message: str) -> Problem:
    return Problem(file=rule.file, line=at.line, column=at.column, message=message, warning=True)
