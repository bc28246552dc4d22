"""What loads and is odd in rules over time: days that are still to come, states nothing leads to, grounds of no effect.

Knows rules, the feeds of the desk and the day; knows nothing of their tests.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from monitor.core.clause import Assertion
from monitor.core.duration import in_hours
from monitor.core.feed import Feed
from monitor.core.rule import Handling, Rule
from monitor.core.tracker import Facet
from monitor.core.wording import describe
from monitor.errors import Problem
from monitor.ruleset.places import Places
from monitor.yamlfile import Node

# It is tomorrow already where some desks are.
_TOMORROW = timedelta(days=1)
# An absence may be expected from a day to come; who means one in so long has mistyped the year.
_FAR = timedelta(days=366)
# A denial of what was told rings, whatever the rule does with what is denied else.
_TAKEN_BACK = frozenset({Assertion.DENIED, Assertion.NEGATED})


def over_time(rule: Rule, feeds: Collection[Feed], places: Places, today: date) -> Iterator[Problem]:
    """All that is odd in one rule; errors are what cannot be meant."""
    yield from _days_of_the_past(rule, places, today)
    yield from _days_to_come(rule, places, today)
    yield from _escalations(rule, places)
    for facet in rule.facets:
        yield from _states(rule, facet, places)
    if rule.facets:
        yield from _waits(rule, places)
        yield from _origins(rule, feeds, places)


def _days_of_the_past(rule: Rule, places: Places, today: date) -> Iterator[Problem]:
    """Days on which something was, and that are not yet."""
    for number, one in enumerate(rule.escalate):
        if one.last_known is not None and one.last_known.date() > today + _TOMORROW:
            what = f"rule {rule.id}: 'last_known' is the day of the last development, and {one.last_known.date()}"
            yield _problem(places.of_rule(rule, "escalate", number, "last_known"), f"{what} is still to come")
    for numbers in rule.numbers:
        for series in numbers.series:
            if series.baseline is not None and series.baseline.as_of > today + _TOMORROW:
                way = ("numbers", numbers.name, "series", series.name, "baseline", "as_of")
                what = f"rule {rule.id}: 'as_of' is the day on which a figure was so"
                yield _problem(places.of_rule(rule, *way), f"{what}, and {series.baseline.as_of} is still to come")


def _days_to_come(rule: Rule, places: Places, today: date) -> Iterator[Problem]:
    """Days from which on something counts, so that nothing does until then."""
    for facet in rule.facets:
        since = facet.now.since if facet.now is not None else None
        if since is not None and since.date() > today + _TOMORROW:
            what = f"rule {rule.id}: 'since' is still to come ({since.date()}), and until then 'now' says nothing"
            node = places.of_rule(rule, "facets", facet.name, "now", "since")
            yield _problem(node, f"{what}; give the day since when it is so", warning=True)
    after = rule.absence.after if rule.absence is not None else None
    if isinstance(after, date) and not isinstance(after, datetime) and after > today + _FAR:
        message = (
            f"rule {rule.id}: nothing is expected before {after}, in more than a year; look at the year of 'after'"
        )
        yield _problem(places.of_rule(rule, "absence", "after"), message, warning=True)


def _escalations(rule: Rule, places: Places) -> Iterator[Problem]:
    """Conditions that are met and change nothing, and those that no report meets."""
    for number, one in enumerate(rule.escalate):
        node = places.of_rule(rule, "escalate", number)
        if not one.label and one.severity is not None and one.severity <= rule.severity:
            what = f"rule {rule.id}: 'escalate' takes an alert to {one.severity.label}, and the rule is"
            grave = "so already" if one.severity is rule.severity else f"{rule.severity.label} already"
            yield _problem(node, f"{what} {grave}; give a graver one, or a 'label'", warning=True)
        handling = rule.handling[one.assertion] if one.assertion is not None else Handling.ALERT
        if handling is not Handling.ALERT and one.assertion not in {Assertion.DONE, *_TAKEN_BACK}:
            said = one.assertion.value if one.assertion is not None else ""
            what = (
                f"rule {rule.id}: no alert has a report that is said as {said}, for 'assert' has it {_left(handling)}"
            )
            yield _problem(node, f"{what}; say 'assert: {{{said}: alert}}', or remove this", warning=True)


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _left(handling: Handling) -> str:
    return "listed in the digest" if handling is Handling.DIGEST else "dropped"


def _waits(rule: Rule, places: Places) -> Iterator[Problem]:
    """A change that waits longer for a denial than what it rests on lasts."""
    hold, within, fresh = rule.change.hold, rule.change.quorum.within, rule.change.fresh
    what = f"rule {rule.id}: 'hold' ({in_hours(hold)}) is longer than"
    node = places.of_rule(rule, "change", "hold")
    if hold > within:
        message = (
            f"{what} 'within' of the quorum ({in_hours(within)}), so that a change is told when its reports are over"
        )
        yield _problem(node, f"{message}; shorten it", warning=True)
    elif fresh is not None and hold > fresh:
        message = f"{what} 'fresh' ({in_hours(fresh)}), so that a state is reached anew before it was told"
        yield _problem(node, f"{message}; shorten it, or lengthen 'fresh'", warning=True)


def _origins(rule: Rule, feeds: Collection[Feed], places: Places) -> Iterator[Problem]:
    """A quorum of more origins than feeds that count have owners; one that is not written is as usual on any desk."""
    quorum = rule.change.quorum
    node = places.of_rule(rule, "change", "quorum", "independent")
    counting = [one for one in feeds if rule.sources.takes(one) and one.tier <= (quorum.min_tier or one.tier)]
    owners = {one.owner or one.title for one in counting}
    if node.value == str(quorum.independent) and len(owners) < quorum.independent:
        only = "only one official voice decides" if quorum.official else "no change ever rings"
        what = f"rule {rule.id}: the quorum is of {_several(quorum.independent, 'origin')}, and the feeds that count"
        message = f"{what} have {_several(len(owners), 'owner')}, so that {only}; ask for fewer"
        yield _problem(node, message, warning=True)


def _states(rule: Rule, facet: Facet, places: Places) -> Iterator[Problem]:
    """States that no report leads to, and those that the same reports lead to."""
    what = f"rule {rule.id}: facet {facet.name!r}"
    known = {*facet.to, facet.states[0], *([facet.now.state] if facet.now is not None else [])}
    for number, state in enumerate(facet.states):
        if state not in known:
            message = f"{what} has no way to the state {state!r}; give it a query under 'to', or take it out"
            yield _problem(places.of_rule(rule, "facets", facet.name, "states", number), message, warning=True)
    seen: dict[str, str] = {}
    for state, query in facet.to.items():
        first = seen.setdefault(describe(query), state)
        if first != state:
            message = f"{what} asks the same for {first!r} and {state!r}, so that no report tells them apart; mend one"
            yield _problem(places.of_rule(rule, "facets", facet.name, "to", state), message)


def _problem(node: Node, message: str, *, warning: bool = False) -> Problem:
    return Problem(file=node.file, line=node.line, column=node.column, message=message, warning=warning)
