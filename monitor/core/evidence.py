"""What of a text is evidence of a state: which of several sayings counts, and whether it names whose state it is.

Knows a match and the groups of the gazetteer; knows nothing of feeds' tiers, of dates, or of what others reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.core.alert import Reason
from monitor.core.proposal import Proposal
from monitor.core.rule import Handling, Rule
from monitor.core.tracker import Facet

Groups = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A proposal, and why it is no evidence, if it is none."""

    facet: Facet
    proposal: Proposal
    against: Reason | None

    @property
    def target(self) -> str:
        """The facet and the state, `integration.damascus → agreed`; of a claim, the facet alone."""
        return f"{self.facet.name} → {self.proposal.state}" if self.proposal.state else self.facet.name

    @property
    def called(self) -> str:
        """The same as alerts and tests have it: `integration.damascus: agreed`."""
        return f"{self.facet.name}: {self.proposal.state}" if self.proposal.state else self.facet.name


def weighed(
    rule: Rule, proposals: Iterable[Proposal], groups: Groups, spoken: frozenset[str] = frozenset()
) -> Iterator[Weighed]:
    """Each proposal that counts, or is not said as done; of several states of a facet, one counts.

    A headline decides, whatever background stands below it; what is told as background gives way ("rejoins the deal
    after suspending it"); and "integration begins under the deal that was signed" tells of what is further along.
    "Accused of breaking the truce that was agreed" is a claim of no state. `spoken`: for whom the feed speaks.
    """
    every = tuple(proposals)
    for facet in rule.facets:
        own = [one for one in every if one.facet == facet.name]
        said = [one for one in own if one.handling is Handling.ALERT]
        counting = [one for one in said if one.headline] or said
        counting = [one for one in counting if not one.dated_back] or counting
        for one in own:
            if one.handling is not Handling.ALERT:
                yield Weighed(facet, one, Reason.ASSERTION)
            elif one is counting[-1]:
                against = unnamed(rule, facet, one, groups, spoken) if one.state else Reason.CLAIM
                yield Weighed(facet, one, against)


def unnamed(rule: Rule, facet: Facet, one: Proposal, groups: Groups, spoken: frozenset[str]) -> Reason | None:
    """Why it is not about the entity, or not of those whose state it is."""
    if rule.entity not in one.names:
        return Reason.NOT_THE_ENTITY
    if not facet.authority or one.names & {*facet.authority} or spoken & members(facet, groups):
        return None
    return Reason.NO_AUTHORITY


def members(facet: Facet, groups: Groups) -> set[str]:
    """The authorities of a facet, and who belongs to them."""
    return {*facet.authority, *(member for name in facet.authority for member in groups.get(name, ()))}


def in_text(rule: Rule, proposals: Iterable[Proposal], groups: Groups) -> tuple[Weighed, ...]:
    """What is said as done in a text that is read today, by an outlet that speaks for nobody."""
    done = (one for one in weighed(rule, proposals, groups) if one.against is not Reason.ASSERTION)
    return tuple(
        Weighed(one.facet, one.proposal, Reason.DATED_BACK) if not one.against and one.proposal.dated_back else one
        for one in done
    )


def in_vain(rule: Rule, found: Iterable[Weighed]) -> str:
    """Why nothing of a text is evidence, and what to name, in words; "" where some of it is, or it is a claim."""
    every = tuple(found)
    if any(one.against in {None, Reason.CLAIM} for one in every):
        return ""
    return next((_why(rule, one) for one in every), "")


def told(rule: Rule, proposals: Iterable[Proposal], groups: Groups) -> str:
    """What a text is evidence of, or why of nothing, behind what it matches by; "" for rules that weigh none."""
    found = in_text(rule, proposals, groups)
    if vain := in_vain(rule, found):
        return f", but is no evidence: {vain}"
    targets = ", ".join(one.target for one in found if one.against is None)
    return f"; evidence for {targets}" if targets else ""


def _why(rule: Rule, one: Weighed) -> str:
    match one.against:
        case Reason.NOT_THE_ENTITY:
            return f"{one.against}; name ${rule.entity}"
        case Reason.NO_AUTHORITY:
            names = ", ".join(f"${name}" for name in one.facet.authority)
            return f"{one.against}; name {'one of ' * (len(one.facet.authority) > 1)}{names}"
        case _:
            return f"it is told as what came before, by {one.proposal.dated_back!r}"
