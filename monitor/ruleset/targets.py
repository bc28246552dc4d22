"""Which state a test or a labelled case is to be evidence of, as it is written: `integration.damascus: agreed`."""

from collections.abc import Iterable, Sequence

from monitor import yamlfile
from monitor.core.evidence import Weighed, in_vain
from monitor.core.rule import Rule
from monitor.core.tracker import Facet


def target(written: str) -> str:
    """Facet and state with one blank between them; what has no colon, as it is."""
    facet, colon, state = written.partition(":")
    return f"{facet.strip()}: {state.strip()}" if colon else written.strip()


def wrong_target(written: str, facets: Sequence[Facet]) -> str:
    """What is wrong with a facet and its state, "" where a report can tell of it."""
    name, colon, state = (part.strip() for part in written.partition(":"))
    if not (name and colon and state):
        such_as = f"{facets[0].name}: {next(iter(facets[0].to))}"
        return f"'state' has a facet and its state, such as \"{such_as}\", not {written!r}"
    facet = next((one for one in facets if one.name == name), None)
    if facet is None:
        names = [one.name for one in facets]
        hint = yamlfile.nearest(name, names) or f"; the rule has {', '.join(names)}"
        return f"'state': no facet is called {name!r}{hint}"
    if state in facet.to:
        return ""
    known = "has no way to the state" if state in facet.states else "has no state"
    return f"'state': facet {name!r} {known} {state!r}; reports lead to {_listed(state, facet.to)}"


def evidence_of(found: Iterable[Weighed]) -> tuple[str, ...]:
    """The states that a text is evidence of."""
    return tuple(one.called for one in found if one.against is None)


def is_told_of(rule: Rule, found: Sequence[Weighed]) -> str:
    """In words, what a match is evidence of; where it is of none, why."""
    told = evidence_of(found)
    if told:
        return f"evidence for {' and '.join(told)}"
    return f"no evidence: {in_vain(rule, found) or 'no state follows from what is said'}"


def _listed(state: str, known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join(names) + yamlfile.nearest(state, names)
