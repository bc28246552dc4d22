"""Routes: which receivers hear of an alert."""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.core.rule import Correlation, Ringing, Rule
from monitor.core.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which alerts go to which receivers; an empty condition holds for every alert."""

    receivers: tuple[str, ...]
    min_severity: Severity = Severity.INFO
    rules: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def takes(self, rule: Ringing) -> bool:
        """Whether alerts of a rule go this way."""
        return (
            rule.severity >= self.min_severity
            and (not self.rules or not {rule.id, *_former(rule)}.isdisjoint(self.rules))
            and (not self.owners or rule.owner in self.owners)
        )


def receivers_of(rule: Ringing, routes: Iterable[Route]) -> tuple[str, ...]:
    """The receivers the rule names; else those of all routes that take it, each once, in the order of the routes."""
    if isinstance(rule, Rule | Correlation) and rule.telling.receivers:
        return rule.telling.receivers
    return tuple(dict.fromkeys(name for route in routes if route.takes(rule) for name in route.receivers))


def _former(rule: Ringing) -> tuple[str, ...]:
    return rule.formerly if isinstance(rule, Rule | Correlation) else ()
