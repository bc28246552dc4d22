"""`type:` of a rule, told before anything else of it is read: by the wrong type every key of a rule would be wrong."""

from monitor import yamlfile
from monitor.ruleset.frequency import PATTERN_KEYS, PATTERNS
from monitor.yamlfile import Node, Problems

TYPES = ("event", "status", "absence", *PATTERNS)
EVENT, STATUS, OUTAGE = TYPES[:3]
# What is a key of a rule with a query, and no type.
_KEYS_OF_EVENTS = ("spike", "numbers", "escalate")


def type_of(node: Node) -> object:
    """What a rule says that it is; event, where it says nothing."""
    written = node.value.get("type") if isinstance(node.value, dict) else None
    return written.value if written is not None and not written.empty else EVENT


def written_names(node: Node) -> set[str]:
    """The names that a rule gives itself, whatever else is wrong with it."""
    keys = node.value if isinstance(node.value, dict) else {}
    former = keys["formerly"].value if "formerly" in keys else None
    nodes = [*([keys["id"]] if "id" in keys else []), *(former if isinstance(former, list) else [])]
    return {one.value for one in nodes if isinstance(one.value, str) and one.value}


def mistyped(node: Node, problems: Problems, what: str) -> bool:
    """Whether a rule is of no type, or clearly of another than it says; notes so, in one line."""
    keys, kind = (node.value, type_of(node)) if isinstance(node.value, dict) else ({}, EVENT)
    if kind == EVENT and "match" not in keys:
        return _untyped(node, keys, problems, what)
    if kind == OUTAGE and "match" in keys:
        advice = "remove 'type', and say 'absence: {expect_every: 21d}' to hear when no match comes"
        message = f"a rule of type absence watches the feeds and has no 'match'; {advice}"
        problems.add(keys["type"], message)
        return True
    if kind == STATUS and "match" in keys and "facets" not in keys:
        problems.add(keys["match"], "a rule of type status has its queries under 'facets', in 'to'; or remove 'type'")
        return True
    if kind in _KEYS_OF_EVENTS:
        problems.add(keys["type"], f"{kind!r} is no type, but a key of a rule of type event; write it as one")
    elif kind not in TYPES:
        yamlfile.choice(keys["type"], problems, "'type'", TYPES)
    return kind not in TYPES


def _untyped(node: Node, keys: dict[str, Node], problems: Problems, what: str) -> bool:
    """Whether a rule without a query has the keys of one that needs none."""
    for wanted, meant in ((("facets", "entity"), "status'"), (PATTERN_KEYS, f"{PATTERNS[0]}' or another pattern")):
        first = next((key for key in wanted if key in keys), "")
        if first:
            problems.add(node, f"{what} has {first!r}; say that it is of 'type: {meant}")
            return True
    return False
