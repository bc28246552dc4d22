"""What keeps a rule from telling anybody, whatever a text says. Knows rules; knows nothing of texts."""

from collections.abc import Iterator
from datetime import date

from monitor.core.rule import Correlation, Rule, Status


def silences(rule: Rule | Correlation, today: date) -> Iterator[str]:
    """Why it tells nobody, in words; and that its day has passed, though it rings all the same."""
    match rule.status:
        case Status.DRAFT:
            yield "the rule is a draft: it runs in its tests only"
        case Status.SHADOW:
            yield "the rule is in shadow: matches are recorded and tell nobody"
        case Status.MUTED:
            yield "the rule is muted: matches are recorded and tell nobody"
        case Status.LIVE:
            pass
    if rule.expires is not None and today > rule.expires:
        yield f"the rule expired on {rule.expires}, and rings all the same"
