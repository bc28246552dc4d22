"""JSON Schema of `spike`, `absence` and the rules on the developments of others."""

from collections.abc import Mapping

from monitor.core.severity import Severity
from monitor.ruleset.frequency import ABSENCE_KEYS, CONDITION_KEYS, GROUPS, PATTERNS, SPIKE_KEYS, STARTS
from monitor.schemas import Schema, choice, duration, either, listed, record, text, truth, whole

_SEVERITIES = tuple(severity.label for severity in Severity)
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def frequency_keys() -> dict[str, Schema]:
    """The keys of a rule that look at how often it matches."""
    severity = choice("How grave it is; without it, as the rule.", _SEVERITIES)
    spike = {
        "window": duration("The time in which stories are counted"),
        "against": duration("The time before it that says what is usual, and for which the rule warms up"),
        "same_hours": truth("Compare with the same hours of each day.", usual=True),
        "ratio": {"type": "number", "minimum": 1.1, "maximum": 1000, "description": "So many times the usual."},
        "min": whole("At least so many stories, whatever is usual.", 2, 10_000),
        "by": _by(),
        "severity": severity,
        "label": text("Stands ahead of the alert's title; SPIKE without it."),
    }
    absence = {
        "expect_every": duration("How long without a match is too long"),
        "after": either(
            choice("", STARTS),
            text("", pattern=_DAY),
            description="From when on one is expected; first_match without it.",
        ),
        "severity": severity,
        "label": text("What the alert says."),
    }
    return {
        "spike": record(
            SPIKE_KEYS, spike, "Rings when far more stories match than usual.", ("window", "against", "ratio", "min")
        ),
        "absence": record(ABSENCE_KEYS, absence, "Rings when none matches for too long.", ("expect_every",)),
    }


def correlation(keys: Mapping[str, Schema], known: tuple[str, ...]) -> Schema:
    """A rule on the developments of others; `keys` are those of any rule."""
    own = {
        "type": choice("event_count: so many; temporal: one of each; temporal_ordered: in this order.", PATTERNS),
        "rules": listed(text(""), "The rules whose alerts are counted, by their ids.", least=1),
        "timespan": duration("Within so long"),
        "condition": record(
            CONDITION_KEYS, {"gte": whole("So many or more.", 2, 10_000)}, "How many; event_count only."
        ),
        "by": _by(),
    }
    described = {key: own.get(key) or keys[key] for key in known}
    return {
        **record(known, described, "A rule on the developments of others.", ("id", "type", "rules", "timespan")),
        "if": {"properties": {"type": {"const": "event_count"}}, "required": ["type"]},
        "then": {"required": ["condition"]},
    }


def _by() -> Schema:
    return choice("Counts apart: each place that a report names, or each entity that the rule met.", GROUPS)
