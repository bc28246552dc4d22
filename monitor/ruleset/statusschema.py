"""JSON Schema of what only rules of type status say."""

from monitor.core.gazetteer import Vocabulary
from monitor.core.tracker import Change
from monitor.ruleset.facets import (
    BOILERPLATE,
    CHANGE_KEYS,
    CONTESTED_KEYS,
    FACET_KEYS,
    MILESTONES,
    NOW_KEYS,
    OR_ONE,
    QUORUM_KEYS,
    SEVERITIES,
)
from monitor.schemas import (
    Schema,
    choice,
    day,
    duration,
    either,
    listed,
    named,
    one_or_many,
    record,
    ref,
    suggested,
    text,
    whole,
)

_STATE = "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$"


def status_keys(vocabulary: Vocabulary) -> dict[str, Schema]:
    """The keys `entity`, `facets` and `change`."""
    parties = suggested([f"${name}" for name in (*vocabulary.entities, *vocabulary.groups)], "An entity or group.")
    said = "What has a state, by name: integration.damascus."
    return {
        "entity": {**parties, "description": "type status: whose state it is; evidence names it."},
        "facets": named(record(FACET_KEYS, _facet(parties), required=("states", "to")), said, names=_STATE),
        "change": record(CHANGE_KEYS, _change(), "type status: what makes a change of evidence."),
    }


def _facet(parties: Schema) -> dict[str, Schema]:
    now = {
        "state": text("One of the states.", pattern=_STATE),
        "since": day("Since when it is so"),
        "source": text("On what grounds."),
    }
    pattern = either(ref("clause"), record(("match",), {"match": ref("clause")}, required=("match",)))
    return {
        "states": listed(text("", pattern=_STATE), "What it can be; the first is how it began.", least=2),
        "now": record(NOW_KEYS, now, "The state it is in, as the desk knows it.", ("state", "source")),
        "authority": one_or_many(parties, "Whose word counts: evidence names one of them."),
        "to": named(pattern, "By state: what reports of it say.", names=_STATE),
        "claims": ref("clause", "What is said of the state and proves none: that the other side breaks the truce."),
    }


def _change() -> dict[str, Schema]:
    usual = Change()
    quorum = {
        "independent": whole("So many independent origins.", 1, 10),
        "within": duration("Within this time; 72h without it"),
        "min_tier": whole("Of feeds of this tier or better.", 1, 4),
        "or_one": choice("official: one report by an authority's own voice is enough.", OR_ONE, OR_ONE[0]),
    }
    severity = usual.contested.severity.label if usual.contested else ""
    contested = {
        "severity": choice("How grave a denial is.", SEVERITIES, severity),
        "label": text("What it is headed by; CONTESTED without it."),
    }
    return {
        "quorum": record(QUORUM_KEYS, quorum, "Who decides."),
        "fresh": duration("How long a state that was reached is told again, not reached anew; as 'within' without it"),
        "hold": duration("How long a change waits for a denial before it is told; not at all without it"),
        "contested": record(CONTESTED_KEYS, contested, "How a denial by an authority is told."),
        "milestone": choice("new_story: the same state by a new development is told.", MILESTONES, MILESTONES[0]),
        "boilerplate": choice("suppress: a sentence read on three days is none.", BOILERPLATE, BOILERPLATE[0]),
    }
